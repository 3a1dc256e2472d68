"""One function per kind of column, so that a table reads as a list of names, kinds and meanings.

The kinds are those of the naming grammar (``naming.py``): an instant ends in ``_at``, a duration in ``_seconds`` …
"""

import dataframely as dy

from pipeline_etl.contracts.vocabulary import words


def text(description: str, *, nullable: bool = False, key: bool = False) -> dy.String:
    """Text as the service or the file said it, redacted."""
    return dy.String(nullable=nullable, primary_key=key, metadata={"description": description})


def texts(description: str, *, nullable: bool = False) -> dy.List:
    """A list of texts; empty when there are none, null when unknown."""
    return dy.List(dy.String(), nullable=nullable, metadata={"description": description})


def numbers(description: str, *, nullable: bool = False) -> dy.List:
    """A list of whole numbers; empty when there are none, null when unknown."""
    return dy.List(dy.Int64(), nullable=nullable, metadata={"description": description})


def word(vocabulary: object, description: str, *, nullable: bool = False, key: bool = False) -> dy.Enum:
    """A word of a closed list."""
    return dy.Enum(words(vocabulary), nullable=nullable, primary_key=key, metadata={"description": description})


def whole(description: str, *, nullable: bool = False, key: bool = False) -> dy.Int64:
    """An identifier, ordinal or count. Always 64 bits: run and job ids passed 2^33 years ago."""
    return dy.Int64(nullable=nullable, primary_key=key, metadata={"description": description})


def size(description: str, *, nullable: bool = False) -> dy.Int64:
    """A size in bytes."""
    return dy.Int64(nullable=nullable, metadata={"description": description})


def seconds(description: str, *, nullable: bool = False) -> dy.Float64:
    """A duration in seconds."""
    return dy.Float64(nullable=nullable, metadata={"description": description})


def share(description: str, *, nullable: bool = False) -> dy.Float64:
    """A share; 1 is the whole."""
    return dy.Float64(nullable=nullable, metadata={"description": description})


def flag(description: str, *, nullable: bool = False) -> dy.Bool:
    """Yes or no."""
    return dy.Bool(nullable=nullable, metadata={"description": description})


def instant(description: str, *, nullable: bool = False, key: bool = False) -> dy.Datetime:
    """A moment in UTC, microseconds."""
    return dy.Datetime(
        nullable=nullable,
        primary_key=key,
        time_unit="us",
        time_zone="UTC",
        metadata={"description": description},
    )
