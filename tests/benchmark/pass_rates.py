"""How soon a pass rate that fell is found, and how often one is found where nothing fell.

The model's own SQL judges generated histories whose truth is known: results that are drawn one by one from a rate, or
from one that differs from day to day, because what breaks one run of a day breaks the next. Draws are seeded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import duckdb
import numpy as np
import polars as pl

from tests.benchmark.figure import Figure
from tests.benchmark.regressions import AS_OF, DAYS, SOON_DAYS, STEP_DAYS, TOLD_DAYS
from tests.simulated.models import compiled

MODEL: Final = "fct_pass_rate_regressions"
FALSE_ALARMS_PER_YEAR: Final = 0.5
SEED: Final = 77_314
"""Of no history that the rule was chosen on."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What the results of one kind of series are drawn from; ``breakage`` is the chance of a day on which half fail."""

    runs_per_day: float = 10
    failed: float = 0.05
    breakage: float = 0.0
    fallen: float | None = None
    series_count: int = 300


def figures() -> Iterator[Figure]:
    for rate in (5, 10, 30):
        for breakage in (0.0, 1 / 60):
            kind = History(runs_per_day=rate, breakage=breakage)
            often = ", half of the results of one day in sixty fail" if breakage else ""
            yield Figure(
                what=f"{rate} results a day, 95 % pass{often}, nothing falls: false alarms",
                value=round(judge(kind)[1], 3),
                unit="per series and year",
                bound=FALSE_ALARMS_PER_YEAR,
            )
        for fallen in (0.15, 0.3):
            yield Figure(
                what=f"{rate} results a day, from 95 % to {1 - fallen:.0%}: found within {SOON_DAYS} days",
                value=round(judge(replace(History(runs_per_day=rate), fallen=fallen))[0] * 100, 1),
                unit="%",
            )


def judge(kind: History) -> tuple[float, float]:
    """The share of falls found soon, and the false alarms of a series and year."""
    days, step_days = generated(kind)
    found = answer(days)
    soon_count = false_count = 0
    for series, step_day in enumerate(step_days):
        first = AS_OF.date() - timedelta(days=step_day)
        dates = found.filter(pl.col("series_id") == str(series))["detected_date"].to_list()
        hits = [date for date in dates if kind.fallen is not None and date >= first]
        soon_count += any((date - first).days < SOON_DAYS for date in hits)
        false_count += len(dates) - len(hits)
    return soon_count / len(step_days), false_count / len(step_days) / TOLD_DAYS * 365


def generated(kind: History) -> tuple[pl.DataFrame, list[int]]:
    """Days of the series of a kind, and for each how many days before the end its rate fell."""
    draw = np.random.default_rng(SEED)
    before_end = np.arange(DAYS, 0, -1)
    frames, step_days = [], []
    for series in range(kind.series_count):
        step_day = int(draw.integers(*STEP_DAYS))
        step_days.append(step_day)
        is_after = (before_end <= step_day) & (kind.fallen is not None)
        chance = np.where(is_after, kind.fallen or 0.0, kind.failed)
        chance = np.where(draw.random(DAYS) < kind.breakage, 0.5, chance)
        results = draw.poisson(kind.runs_per_day, DAYS)
        frames.append(
            pl.DataFrame(
                {
                    "series_id": np.full(DAYS, str(series)),
                    "day_date": [AS_OF.date() - timedelta(days=int(day)) for day in before_end],
                    "result_count": results,
                    "failed_result_count": draw.binomial(results, chance),
                }
            )
        )
    return pl.concat(frames).filter(pl.col("result_count") > 0), step_days


def answer(days: pl.DataFrame) -> pl.DataFrame:
    """What the model says of generated days."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; create schema intermediate; create schema marts")
        connection.execute(
            "create table intermediate.int_repositories_as_of as select 'github' as provider, 1 as repository_id, "
            "timestamptz '2026-07-01 00:00:00+00' as as_of_at"
        )
        connection.register("generated_days", days.to_arrow())
        connection.execute(
            "create table marts.fct_daily_pass_rates as select 'github' as provider, 1 as repository_id, "
            "'a/b' as repository_name, 2 as workflow_id, 'CI' as workflow_name, 'workflow' as series_kind, *, "
            "series_id as series_name, cast(day_date as timestamptz) as first_failed_at, 'bad' as first_failed_sha, "
            "cast(null as varchar) as first_failed_run_url, cast(day_date as timestamptz) as last_passed_at, "
            "'good' as last_passed_sha from generated_days"
        )
        connection.execute(
            "create table marts.fct_run_attempts as select 'github' as provider, 1 as repository_id, 2 as workflow_id, "
            "true as is_headline, true as is_default_branch, 'bad' as head_sha, now() as created_at where false"
        )
        (model,) = compiled(selected=MODEL)
        return connection.sql(model.sql).pl()
