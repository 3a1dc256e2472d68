"""What is still owed, of all kinds, in the order in which the service deletes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import Artifacts
from pipeline_etl.extraction.commit import Committer
from pipeline_etl.extraction.plan import (
    AttemptKey,
    attempts_of,
    attempts_owed,
    attempts_unlisted,
    attempts_unsettled,
)
from pipeline_etl.storage import Ledger

LOG_LIFE: Final = timedelta(days=90)
"""How long logs are kept unless a repository has it otherwise."""

NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A thing to read."""

    subject: AttemptKey | Mapping[str, Any]
    """An attempt, to be read with its logs, or a row of Artifacts."""
    expires_at: datetime | None
    """When the service deletes it, as far as one can tell; None when one cannot."""

    @property
    def kind(self) -> str:
        """What it is called where things are counted."""
        return "attempts with logs" if isinstance(self.subject, AttemptKey) else "artifacts"


def all_owed(
    committer: Committer,
    ledger: Ledger,
    runs: pl.DataFrame,
    artifacts: pl.DataFrame,
    *,
    since: datetime | None,
    refused: frozenset[str],
) -> list[Owed]:
    """What is owed, soonest to expire first.

    Args:
        committer: knows what is stored, and until when.
        ledger: what was read before.
        runs: rows of RunAttempts that were listed.
        artifacts: rows of Artifacts, all that may be owed.
        since: where history begins; None for all the service remembers.
        refused: kinds of things that the token may not read.
    """
    now = committer.known_until_at
    life = log_life(committer.current(Artifacts, where=pl.col("created_at") > now - LOG_LIFE))
    attempts = owed_attempts(ledger, runs, life=life, refused=refused)
    return soonest_first([*attempts, *owed_artifacts(ledger, artifacts, since=since, refused=refused)], now=now)


def owed_attempts(ledger: Ledger, listed: pl.DataFrame, *, life: timedelta, refused: frozenset[str]) -> list[Owed]:
    """Attempts that were listed or were unfinished, unless they are settled.

    Args:
        ledger: what was read before.
        listed: rows of RunAttempts.
        life: how long logs are kept.
        refused: kinds of things that the token may not read.
    """
    unsettled = attempts_unsettled(ledger.open, refused=refused)
    settled = ledger.settled("run_attempt", [key.item_id for key in attempts_of(listed)]) - unsettled
    created = dict(listed.select("run_id", "created_at").iter_rows())
    keys = (*attempts_unlisted(unsettled, listed=listed), *attempts_owed(listed, settled=settled))
    ends = ((key, created.get(key.run_id)) for key in keys)
    return [Owed(subject=key, expires_at=None if made is None else made + life) for key, made in ends]


def artifacts_in_question(
    committer: Committer, ledger: Ledger, listed: pl.DataFrame, *, is_known: bool
) -> pl.DataFrame:
    """Rows of the artifacts that may be owed: all, or where the ledger has its word on them those of three kinds.

    They were listed now, the ledger says that they are owed, or they were stored since everything had its word there.

    Args:
        committer: knows what is stored.
        ledger: what was read before.
        listed: rows of Artifacts that were listed now.
        is_known: whether the history that is wanted was all known before.
    """
    accounted = ledger.accounted_until(by=committer.known_until_at) if is_known else None
    if accounted is None:
        return committer.current(Artifacts)
    ids = {*listed["artifact_id"], *open_artifacts(ledger)["item_id"].cast(pl.Int64)}
    return committer.current(
        Artifacts, where=pl.col("artifact_id").is_in(sorted(ids)) | (pl.col("extracted_at") > accounted)
    )


def owed_artifacts(
    ledger: Ledger, stored: pl.DataFrame, *, since: datetime | None, refused: frozenset[str]
) -> list[Owed]:
    """Artifacts that are not settled, of the history that is wanted.

    Args:
        ledger: what was read before.
        stored: rows of Artifacts, all that may be owed.
        since: where history begins; None for all the service remembers.
        refused: kinds of things that the token may not read.
    """
    settled = ledger.settled("artifact", stored["artifact_id"].cast(pl.String).to_list())
    if "artifact" in refused:
        settled |= frozenset(open_artifacts(ledger).filter(state="not_permitted")["item_id"])
    owed = stored.filter(~pl.col("artifact_id").cast(pl.String).is_in(sorted(settled)))
    if since is not None:
        owed = owed.filter((pl.col("created_at") >= since).fill_null(value=True))
    rows = owed.sort("artifact_id").to_dicts()
    return [Owed(subject=row, expires_at=row["expires_at"] or NEVER) for row in rows]


def open_artifacts(ledger: Ledger) -> pl.DataFrame:
    """The artifacts that the ledger knows as not settled."""
    return ledger.open.filter(item_kind="artifact")


def log_life(artifacts: pl.DataFrame) -> timedelta:
    """How long logs are kept, as far as one can tell: one setting of a repository holds for logs and artifacts.

    Args:
        artifacts: rows of Artifacts; some may be kept for a shorter time than the setting says, none for longer.
    """
    longest: timedelta | None = artifacts.select((pl.col("expires_at") - pl.col("created_at")).max()).item()
    return longest or LOG_LIFE


def soonest_first(owed: Iterable[Owed], *, now: datetime) -> list[Owed]:
    """Things of all kinds in the order in which they are lost.

    A run that was unfinished for so long that it is not listed comes first. What should be gone by now comes last, the
    latest of it first, for it may be kept for longer than it seems.
    """

    def order(thing: Owed) -> tuple[bool, float]:
        if thing.expires_at is None:
            return False, 0.0
        moment = thing.expires_at.timestamp()
        is_past = thing.expires_at <= now
        return is_past, -moment if is_past else moment

    return sorted(owed, key=order)
