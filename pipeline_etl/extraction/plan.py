"""What to ask the service for: pure functions of what is stored, what was listed and what time it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from pipeline_etl.contracts.vocabulary import FINAL_STATES

GRID_ORIGIN: Final = datetime(2018, 1, 1, tzinfo=UTC)
"""No run is older: the service started in 2018."""

REVISIT_SECONDS: Final = 2**21
"""Width of the windows that are listed again every night: 24 days, so that a 30-day look-back is two or three lists."""

PAGES_KEPT: Final = timedelta(seconds=2 * REVISIT_SECONDS)
"""So long before the look-back a window may have begun that is still listed again, and be known as unchanged."""

RESULT_LIMIT: Final = 1_000
"""A filtered list ends here without saying so."""


@dataclass(frozen=True, order=True)
class Window:
    """A closed span of creation times.

    All windows come from halving one span, so that the same nights ask for the same addresses and unchanged lists are
    answered "not changed".
    """

    created_from: datetime
    width_seconds: int

    @property
    def created_until(self) -> datetime:
        """Last second of the window; the next window starts one second later."""
        return self.created_from + timedelta(seconds=self.width_seconds - 1)

    @property
    def halves(self) -> tuple["Window", "Window"] | None:
        """The two halves, later one first; None for a window of one second."""
        if self.width_seconds == 1:
            return None
        half = self.width_seconds // 2
        later = Window(self.created_from + timedelta(seconds=half), half)
        return later, Window(self.created_from, half)


def windows_to_list(*, since: datetime | None, until: datetime, revisited: timedelta) -> tuple[Window, ...]:
    """Windows of the grid that together hold every run created in ``since … until``; latest first.

    The last ``revisited`` before ``until`` is in windows of the width that later syncs ask for again; what lies before
    is in as few as possible. The caller halves windows that prove too full.
    """
    first = _cell(since) if since else 0
    last = _cell(until)
    recent = max(first, _cell(until - revisited))
    blocks = [*_blocks(first, recent), *((number, 1) for number in range(recent, last + 1))]
    windows = (
        Window(GRID_ORIGIN + timedelta(seconds=number * REVISIT_SECONDS), count * REVISIT_SECONDS)
        for number, count in blocks
    )
    return tuple(sorted(windows, reverse=True))


def _cell(moment: datetime) -> int:
    """Number of the revisited window that a moment is in."""
    return max(int((moment - GRID_ORIGIN).total_seconds()) // REVISIT_SECONDS, 0)


def _blocks(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The numbers ``first … end - 1`` as few blocks of a power of two, each at a multiple of its size."""
    while first < end:
        size = 1
        while first % (2 * size) == 0 and first + 2 * size <= end:
            size *= 2
        yield first, size
        first += size


@dataclass(frozen=True, kw_only=True)
class Span:
    """Creation times of runs that are to be listed."""

    since: datetime | None
    """None for all the service remembers."""
    until: datetime
    revisited: timedelta = timedelta()
    """The last so much of it is listed again by later syncs."""
    is_new: bool = True
    """Whether none of it was listed before: what is known of pages speaks of other spans."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """The history that complete syncs have listed, one span without a gap."""

    since: datetime | None
    """None for all the service remembers."""
    until: datetime


def history_known(syncs: pl.DataFrame, *, until: datetime | None) -> Known | None:
    """What complete syncs have listed; None before the first.

    Args:
        syncs: rows of Syncs.
        until: moment up to which everything is known.
    """
    if until is None:
        return None
    starts = syncs.filter("is_complete", pl.col("known_until_at") <= until)["window_start_at"]
    return Known(since=None if starts.has_nulls() else min(starts.to_list()), until=until)


def spans_to_list(
    known: Known | None, *, since: datetime | None, until: datetime, rerun_window: timedelta
) -> tuple[Span, ...]:
    """Spans to list, latest first.

    A run may be run again until 30 days after it was made, and nothing but the list of runs says so: later syncs go
    back that far behind the last complete one, but never behind where history begins. A beginning that is earlier than
    it was adds what lies between; a later one takes nothing away.
    """
    if known is None:
        return (Span(since=since, until=until, revisited=rerun_window),)
    recent = known.until - rerun_window
    start = recent if known.since is None else max(recent, known.since)
    again = Span(since=start, until=until, revisited=rerun_window, is_new=False)
    if known.since is None or (since is not None and since >= known.since):
        return (again,)
    return again, Span(since=since, until=known.since)


@dataclass(frozen=True, order=True)
class AttemptKey:
    """An attempt of a run."""

    run_id: int
    run_attempt: int

    @property
    def item_id(self) -> str:
        """Its name in the ledger."""
        return f"{self.run_id}/{self.run_attempt}"


def attempts_owed(listed: pl.DataFrame, *, settled: frozenset[str]) -> tuple[AttemptKey, ...]:
    """Attempts to read, oldest run first, for their logs expire first.

    Args:
        listed: rows of RunAttempts, the latest attempt of each listed run.
        settled: item ids of attempts that need no further look.
    """
    ordered = listed.sort("created_at", "run_id")
    return tuple(key for key in attempts_of(ordered) if key.item_id not in settled)


def attempts_of(listed: pl.DataFrame) -> tuple[AttemptKey, ...]:
    """Every attempt of listed runs, in their order.

    Args:
        listed: rows of RunAttempts, the latest attempt of each run.
    """
    latest = listed.select("run_id", "run_attempt").iter_rows()
    return tuple(AttemptKey(run_id, attempt) for run_id, last in latest for attempt in range(1, last + 1))


def attempts_unsettled(entries: pl.DataFrame, *, refused: frozenset[str] = frozenset()) -> frozenset[str]:
    """Item ids of attempts of which something is still owed: the attempt itself, a log, an annotation.

    Args:
        entries: rows of LedgerEntries, the latest look at each thing.
        refused: kinds of things that the token may not read now either.
    """
    state = pl.col("state").cast(pl.String)
    is_refused = (state == "not_permitted") & pl.col("item_kind").cast(pl.String).is_in(sorted(refused))
    of_attempts = entries.filter(pl.col("run_attempt").is_not_null(), ~state.is_in(sorted(FINAL_STATES)), ~is_refused)
    keys = of_attempts.select("run_id", "run_attempt").unique().iter_rows()
    return frozenset(AttemptKey(run_id, run_attempt).item_id for run_id, run_attempt in keys)


def attempts_unlisted(not_yet: Iterable[str], *, listed: pl.DataFrame) -> tuple[AttemptKey, ...]:
    """Attempts that were unfinished at an earlier sync and are too old to be listed now: asked for one by one."""
    listed_runs = set(listed["run_id"].to_list())
    keys = (AttemptKey(*(int(part) for part in item_id.split("/"))) for item_id in not_yet)
    return tuple(sorted(key for key in keys if key.run_id not in listed_runs))
