"""Rows against their declaration: what may be stored, and what becomes a row of ``extraction_problems``."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import ExtractionProblems, Table, table_name
from pipeline_etl.errors import ContractDrift
from pipeline_etl.storage.layout import Look

CONTEXT_KEYS: Final = ("provider", "repository_id")
_ADVICE: Final = "The other rows are stored. Open an issue with this message: the service's answer is read wrongly."


@dataclass(frozen=True, kw_only=True)
class Conforming:
    """Rows that may be stored, in the table's columns and types, and the problems of those that may not."""

    rows: pl.DataFrame
    rejected_count: int
    problems: pl.DataFrame


def conform(frame: pl.DataFrame, table: Table, *, look: Look) -> Conforming:
    """Split a frame by the table's rules.

    Nullable columns may be left out, and so may the three that every row carries: they are the look's. Of rows with
    one key the latest look is kept. Raises ContractDrift for
    undeclared or missing columns, for a type that cannot become the declared one, and for another repository's rows.
    """
    complete = _complete(frame, table, look=look)
    try:
        valid, failure = table.filter(_without_repeats(complete, table), cast=True)
    except pl.exceptions.PolarsError as error:
        raise ContractDrift(f"{table_name(table)}: a column cannot take its declared type: {error}") from error
    if valid.filter(pl.col("repository_id") != look.partition.repository_id).height:
        raise ContractDrift(f"{table_name(table)}: rows of another repository than {look.partition.repository_id}")
    rejected = failure.details()
    problems = _problems(rejected, table, rules=failure.counts(), look=look) if rejected.height else None
    return Conforming(
        rows=valid,
        rejected_count=rejected.height,
        problems=ExtractionProblems.create_empty() if problems is None else problems,
    )


def latest_looks(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """One row per key: the one read last, in no particular order.

    Of looks at the same moment one stands by its content alone, so that neither the order in which rows were written
    nor how they were cut into batches can show.
    """
    content = [pl.col(name).cast(kind, strict=False) for name, kind in stored_schema(table).items()]
    return (
        rows.with_columns(pl.struct(content).hash().alias("tie"))
        .sort("extracted_at", "tie")
        .unique(subset=table.primary_key(), keep="last")
        .drop("tie")
    )


def problem_id(*, problem_kind: str, item_kind: str, item_id: str, file_path: str | None = None) -> str:
    """The hash by which a problem met again is the same row."""
    return sha256("\0".join((problem_kind, item_kind, item_id, file_path or "")).encode()).hexdigest()


def declared_schema(table: Table) -> pl.Schema:
    """The columns of a frame of the table."""
    return pl.Schema({name: column.dtype for name, column in table.columns().items()})


def stored_schema(table: Table) -> pl.Schema:
    """The columns of the table's Parquet files.

    Words are stored as text: an enumeration would make yesterday's files unreadable the day a vocabulary grows.
    """
    declared = declared_schema(table)
    return pl.Schema({name: pl.String() if isinstance(kind, pl.Enum) else kind for name, kind in declared.items()})


def _complete(frame: pl.DataFrame, table: Table, *, look: Look) -> pl.DataFrame:
    columns = table.columns()
    context: dict[str, Any] = {
        "provider": look.partition.provider,
        "repository_id": look.partition.repository_id,
        "extracted_at": look.extracted_at,
    }
    given = set(frame.columns)
    undeclared = sorted(given - set(columns))
    missing = [name for name, column in columns.items() if name not in given | set(context) and not column.nullable]
    if undeclared or missing:
        raise ContractDrift(
            f"rows for {table_name(table)} do not fit its declaration: undeclared columns {undeclared}, "
            f"missing columns {missing}"
        )
    unknown = [
        pl.lit(context.get(name), dtype=column.dtype).alias(name)
        for name, column in columns.items()
        if name not in given
    ]
    return frame.with_columns(unknown).select(columns.keys())


def _without_repeats(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    is_repeated = pl.struct(table.primary_key()).is_duplicated().any()
    return latest_looks(frame.lazy(), table).collect() if frame.select(is_repeated).item() else frame


def _problems(details: pl.DataFrame, table: Table, *, rules: Iterable[str], look: Look) -> pl.DataFrame:
    """One row per broken rule and thing, however many rows of the thing broke it: a log has a million lines."""
    name = table_name(table)
    key = [column for column in table.primary_key() if column not in CONTEXT_KEYS]
    item = pl.col(key[0]) if key else pl.lit(look.partition.repository_id)
    rows = pl.concat(
        details.filter(pl.col(rule) == "invalid")
        .group_by(item.cast(pl.String).fill_null("unknown").alias("item_id"), maintain_order=True)
        .agg(
            *(_first(column, details) for column in ("run_id", "run_attempt", "job_id")),
            pl.lit(rule).alias("problem_kind"),
            pl.format(
                "{} rows of {} broke the rule {}; the first was {}",
                pl.len(),
                pl.lit(name),
                pl.lit(rule),
                pl.struct(key or CONTEXT_KEYS).first().struct.json_encode(),
            ).alias("message"),
        )
        for rule in rules
    )
    ids = [
        problem_id(problem_kind=kind, item_kind=name, item_id=item_id)
        for kind, item_id in rows.select("problem_kind", "item_id").iter_rows()
    ]
    return ExtractionProblems.validate(
        rows.with_columns(
            pl.Series("problem_id", ids),
            pl.lit(look.partition.provider).alias("provider"),
            pl.lit(look.partition.repository_id).alias("repository_id"),
            pl.lit(look.extracted_at).alias("extracted_at"),
            pl.lit(name).alias("item_kind"),
            pl.lit(None, dtype=pl.String).alias("file_path"),
            pl.lit(_ADVICE).alias("advice"),
        ).select(ExtractionProblems.columns().keys()),
        cast=True,
    )


def _first(column: str, frame: pl.DataFrame) -> pl.Expr:
    known = pl.col(column).cast(pl.Int64).first() if column in frame.columns else pl.lit(None, dtype=pl.Int64)
    return known.alias(column)
