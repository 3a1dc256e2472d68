"""How soon a changed duration is found, and how often one is found where nothing changed.

The model's own SQL judges generated histories whose truth is known. A run takes its level times noise of its own, of
its day (runs of a day share runners and network), of the day of the week and of its place in a slow drift; some runs
and some days are outliers. Draws are seeded: the figures are the same on every machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import duckdb
import numpy as np
import polars as pl

from tests.benchmark.figure import Figure
from tests.simulated.regressions import OF_ONE_WORKFLOW, regressions

AS_OF: Final = datetime(2026, 7, 1, tzinfo=UTC)

DAYS: Final = 236
TOLD_DAYS: Final = 180
"""Of the days generated, those in which the model tells of changes."""

STEP_DAYS: Final = (60, 100)
"""Days before the end between which a step comes."""

SOON_DAYS: Final = 10
SPACED_DAYS: Final = 14
FEWEST_RUNS: Final = 10
FALSE_ALARMS_PER_YEAR: Final = 0.5
FOUND_RATIO: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class History:
    """What the durations of one kind of series are drawn from. Noise is a standard deviation of logarithms.

    With the step the share of runs of the default branch, which take longer than others, may change from its first value
    to its second: a change of the mix and of no duration.
    """

    runs_per_day: float = 30
    run_noise: float = 0.15
    day_noise: float = 0.02
    yearly_drift: float = 0.0
    weekend: float = -0.02
    default_shares: tuple[float, float] = (1, 1)
    default_longer: float = 0.0
    step: float = 0.0
    series_count: int = 300

    @property
    def label(self) -> str:
        return f"{self.runs_per_day:g} runs a day, noise {self.run_noise:.0%} a run and {self.day_noise:.1%} a day"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the model says of the series of one kind."""

    found_soon_ratio: float
    median_delay_days: float
    false_alarms_per_year: float


QUIET: Final = History(run_noise=0.05, day_noise=0.01)
USUAL: Final = History()
NOISY: Final = History(run_noise=0.30, day_noise=0.04)


def figures() -> Iterator[Figure]:
    for name, kind in {"quiet": QUIET, "usual": USUAL, "noisy": NOISY}.items():
        yield _false_alarms(f"{name}, nothing changes ({kind.label})", kind, bound=FALSE_ALARMS_PER_YEAR)
    for rate in (5, 10, 100):
        of_rate = replace(USUAL, runs_per_day=rate)
        yield _false_alarms(f"usual, nothing changes, {rate} runs a day", of_rate, bound=FALSE_ALARMS_PER_YEAR)
    for weekend in (-0.2, 0.2):
        rhythm, name = replace(USUAL, weekend=weekend), f"usual, weekends {weekend:+.0%}"
        yield _false_alarms(f"{name}, nothing changes", rhythm, bound=FALSE_ALARMS_PER_YEAR)
        for step in (0.1, -0.1):
            yield _found(f"{name}, {step:+.0%}", replace(rhythm, step=step), bound=FOUND_RATIO)
    for shares in ((0.2, 0.2), (0.2, 0.7)):
        mixed = replace(USUAL, default_shares=shares, default_longer=0.4)
        name = (
            f"usual, {shares[0]:.0%} of the runs, later {shares[1]:.0%}, are of a default branch that takes 40% longer"
        )
        yield _false_alarms(f"{name}, nothing changes", mixed, bound=FALSE_ALARMS_PER_YEAR)
        for step in (0.1, -0.1):
            yield _found(f"{name}, {step:+.0%}", replace(mixed, step=step), bound=FOUND_RATIO)
    for drift in (0.1, -0.1):
        yield _false_alarms(f"usual, drifts by {drift:+.0%} a year", replace(USUAL, yearly_drift=drift))
    yield from _steps("quiet", QUIET, bounds={0.1: FOUND_RATIO, -0.1: FOUND_RATIO, 0.2: FOUND_RATIO})
    yield from _steps("usual", USUAL, bounds={0.1: FOUND_RATIO, -0.1: FOUND_RATIO, 0.2: FOUND_RATIO})
    yield from _steps("noisy", NOISY, bounds={})
    for rate in (5, 10, 100):
        yield _found(f"usual, +10 %, {rate} runs a day", replace(USUAL, runs_per_day=rate, step=0.1), bound=None)
    yield from _early_warnings()


def _steps(name: str, kind: History, *, bounds: Mapping[float, float]) -> Iterator[Figure]:
    for step in (0.05, 0.1, -0.1, 0.2, 0.5):
        yield _found(f"{name}, {step:+.0%}", replace(kind, step=step), bound=bounds.get(step))


def _found(what: str, kind: History, *, bound: float | None) -> Figure:
    judged = judge(kind)
    return Figure(
        what=f"{what}: found within {SOON_DAYS} days (median after {judged.median_delay_days:g})",
        value=round(judged.found_soon_ratio * 100, 1),
        unit="%",
        bound=None if bound is None else bound * 100,
        is_floor=True,
    )


def _false_alarms(what: str, kind: History, *, bound: float | None = None) -> Figure:
    return Figure(
        what=f"{what}: false alarms",
        value=round(judge(kind).false_alarms_per_year, 3),
        unit="per series and year",
        bound=bound,
    )


def _early_warnings() -> Iterator[Figure]:
    """What a warning would be worth that compares the runs of two days with those of the 28 days before."""
    steady, _ = warned(USUAL)
    yield Figure(
        what="early warning by Kolmogorov and Smirnov's test (not built), usual, nothing changes: false alarms",
        value=round(steady / TOLD_DAYS * 365, 3),
        unit="per series and year",
    )
    for step in (0.2, 0.5):
        kind = replace(USUAL, step=step)
        _, delay_days = warned(kind)
        yield Figure(
            what=f"the same, {step:+.0%}: median delay (the model: {judge(kind).median_delay_days:g})",
            value=delay_days,
            unit="days",
        )


def warned(kind: History) -> tuple[float, float]:
    """False warnings of a series in the days told of, and the median day on which the step of one was warned of."""
    rows, step_days = generated(replace(kind, series_count=100))
    false_count, delays = 0, []
    for (_, runs), step_day in zip(rows.group_by("series_id", maintain_order=True), step_days, strict=True):
        before_end, seconds = runs["days_before_end"].to_numpy(), runs["comparable_seconds"].to_numpy()
        last, first_hit = -np.inf, np.inf
        for day in range(TOLD_DAYS, 0, -1):
            now = seconds[(before_end >= day) & (before_end < day + 2)]
            before = seconds[(before_end >= day + 2) & (before_end < day + 30)]
            if not _is_warning(now, before):
                continue
            if kind.step and day <= step_day:
                first_hit = min(first_hit, step_day - day + 1)
            elif -day - last > SPACED_DAYS:
                false_count += 1
            last = -day
        delays.append(first_hit)
    return false_count / len(step_days), float(np.median(delays))


def _is_warning(now: np.ndarray, before: np.ndarray) -> bool:
    """Whether the median moved by a fifth and Kolmogorov and Smirnov's test gives such a distance less than 1 in 1,000."""
    if len(now) < FEWEST_RUNS or np.median(now) < 1.2 * np.median(before):
        return False
    values = np.concatenate([now, before])
    shares = [np.searchsorted(np.sort(runs), values, side="right") / len(runs) for runs in (now, before)]
    effective = np.sqrt(len(now) * len(before) / len(values))
    distance = (effective + 0.12 + 0.11 / effective) * np.abs(shares[0] - shares[1]).max()
    return bool(2 * np.exp(-2 * distance**2) < 0.001)


@cache
def judge(kind: History) -> Judged:
    """What the model finds in as many series of a kind as it asks for."""
    rows, step_days = generated(kind)
    found = answer(rows).select("series_id", "direction", "detected_date")
    right = "slower" if kind.step > 0 else "faster"
    delays, false_count = [], 0
    for series, step_day in enumerate(step_days):
        day = AS_OF.date() - timedelta(days=int(step_day))
        of_series = found.filter(pl.col("series_id") == str(series))
        hits = (
            of_series.filter((pl.col("direction") == right) & (pl.col("detected_date") >= day))
            if kind.step
            else of_series.clear()
        )
        false_count += of_series.height - hits.height
        delays.append((hits["detected_date"].min() - day).days + 1 if hits.height else np.inf)
    return Judged(
        found_soon_ratio=float(np.mean(np.array(delays) <= SOON_DAYS)),
        median_delay_days=float(np.median(delays)),
        false_alarms_per_year=false_count / len(step_days) / TOLD_DAYS * 365,
    )


def generated(kind: History) -> tuple[pl.DataFrame, list[int]]:
    """Runs of the series of a kind, and for each how many days before the end its step came."""
    draw = np.random.default_rng(20_261_125)
    frames, step_days = [], []
    for series in range(kind.series_count):
        step_day = int(draw.integers(*STEP_DAYS))
        step_days.append(step_day)
        before_end = np.arange(DAYS, 0, -1)
        weekend = np.array([(AS_OF - timedelta(days=int(day))).weekday() >= 5 for day in before_end])
        level = (
            np.log(600)
            + draw.normal(0, kind.day_noise, DAYS)
            + np.where(weekend, kind.weekend, 0)
            + np.where(draw.random(DAYS) < 1 / 60, draw.uniform(0.2, 0.5, DAYS), 0)
            + np.log1p(kind.yearly_drift) * (DAYS - before_end) / 365
            + np.where(before_end <= step_day, np.log1p(kind.step), 0)
        )
        runs = draw.poisson(kind.runs_per_day * np.where(weekend, 0.3, 1.28))
        day_of_run = np.repeat(np.arange(DAYS), runs)
        count = len(day_of_run)
        outlier = np.where(draw.random(count) < 0.03, draw.uniform(0.4, 1.1, count), 0)
        share = np.where(before_end <= step_day, kind.default_shares[1], kind.default_shares[0])[day_of_run]
        is_default = draw.random(count) < share if min(kind.default_shares) < 1 else np.full(count, fill_value=True)
        longer = np.where(is_default, np.log1p(kind.default_longer), 0)
        seconds = np.exp(level[day_of_run] + draw.normal(0, kind.run_noise, count) + outlier + longer)
        frames.append(
            pl.DataFrame(
                {
                    "series_id": np.full(count, series),
                    "days_before_end": before_end[day_of_run],
                    "is_default_branch": is_default,
                    "comparable_seconds": np.round(seconds),
                }
            )
        )
    runs_of_all = pl.concat(frames).with_row_index("run_id")
    moment = pl.lit(AS_OF) - pl.duration(days="days_before_end", hours=-12)
    return runs_of_all.with_columns(pl.col("series_id").cast(pl.String), created_at=moment), step_days


def answer(rows: pl.DataFrame) -> pl.DataFrame:
    """What the models say of generated runs."""
    with duckdb.connect() as connection:
        connection.register("generated_runs", rows.to_arrow())
        measurements = f"""
            select
                {OF_ONE_WORKFLOW}, 'workflow' as series_kind, series_id, series_id as series_name, run_id,
                cast(run_id as varchar) as head_sha, is_default_branch, cast(null as varchar) as run_url, created_at,
                comparable_seconds
            from generated_runs
        """
        return regressions(connection, measurements, as_of=AS_OF.isoformat())
