"""What a recommendation is: what to do, why, what it brings, how sure that is, or what is missing to say so."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["shards", "cache", "retention", "runner", "max_parallel", "matrix_leg", "timeout"]
"""What a recommendation is about."""

Confidence = Literal["high", "medium", "low", "none"]
"""How sure it is. ``none`` stands where the data are too thin to advise anything."""

Unit = Literal["seconds", "bytes", "usd"]


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What following the advice is expected to bring. The interval is null where none can be said."""

    amount: float
    unit: Unit
    per: str
    """What it is gained per, as in "run", "job" or "90 days"."""
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and not self.low <= self.amount <= self.high:
            raise ValueError(f"{self.amount} does not lie from {self.low} to {self.high}")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One measured fact, in a sentence, and the page that shows it where there is one."""

    said: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One recommendation, or what is missing before there can be one."""

    repository_name: str
    subject: str
    """What it is about: a job, a cache, an artifact."""
    kind: Kind
    action: str
    """What to do, in a sentence; "leave it as it is" is an action too."""
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    gain: Gain | None = None
    missing: str | None = None
    """What has to be known before anything can be advised."""

    def __post_init__(self) -> None:
        if (self.missing is not None) != (self.confidence == "none"):
            raise ValueError("advice either has grounds or says which are missing")
        if self.missing is not None and self.gain is not None:
            raise ValueError("what has no grounds promises nothing")

    def as_json(self) -> Mapping[str, Any]:
        """Its parts as JSON has them."""
        return asdict(self)


def too_thin(repository_name: str, subject: str, kind: Kind, missing: str) -> Advice:
    """The advice where data are too thin: it says how much is missing."""
    return Advice(
        repository_name=repository_name,
        subject=subject,
        kind=kind,
        action="Nothing can be advised yet.",
        evidence=(),
        confidence="none",
        missing=missing,
    )
