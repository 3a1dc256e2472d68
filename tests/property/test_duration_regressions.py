"""Changed durations, from measurements to what is told: the worked examples of docs/metrics.md and cases beside them."""

from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl

from tests.simulated.regressions import OF_ONE_WORKFLOW, regressions

BEFORE = (100, 101, 99, 102, 100, 98, 103, 101, 100, 99, 102, 100, 101, 97)
"""Medians of the first fourteen days of the worked example, seconds."""

SINCE = (110, 112, 115, 111, 118)
"""Those from the 24th day on."""

LEVELS = dict(enumerate(BEFORE, 1)) | dict(enumerate(SINCE, 24))


def found(
    levels: str, *, as_of: str, run_count: int = 5, kind: str = "workflow", default_branch: str = "run = 1"
) -> list[dict]:
    """What is told of days of so many runs each; ``levels`` is SQL for the seconds of a ``run`` on a ``day``."""
    measurements = f"""
        select
            {OF_ONE_WORKFLOW}, '{kind}' as series_kind, '2' as series_id, 'CI' as series_name, 1_000 * day + run as run_id,
            concat('sha', day) as head_sha, {default_branch} as is_default_branch, concat('run', day, '-', run) as run_url,
            timestamptz '2026-01-01 12:00:00+00' + to_days(day - 1) as created_at,
            cast({levels} as double) as comparable_seconds
        from range(1, 61) as days (day), range(1, {run_count + 1}) as runs (run)
        where comparable_seconds is not null
    """
    with duckdb.connect() as connection:
        rows = regressions(connection, measurements, as_of=as_of)
    return rows.with_columns(pl.col(pl.Float64).round(3)).to_dicts()


def daily(levels: dict[int, float]) -> str:
    """The same seconds for every run of a day."""
    return "case day " + " ".join(f"when {day} then {seconds}" for day, seconds in levels.items()) + " end"


def until(day: int) -> dict[str, str]:
    """As of the morning after a day of January."""
    return {"as_of": (datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=day)).isoformat()}


def told(rows: list[dict], *names: str) -> list[tuple]:
    return [tuple(str(row[name]) if name.endswith("_date") else row[name] for name in names) for row in rows]


def test_a_sum_of_six_is_no_alarm_yet():
    levels = {day: seconds for day, seconds in LEVELS.items() if day <= 26}

    assert found(daily(levels), **until(26)) == []


def test_a_change_is_found_on_its_fourth_day_and_began_after_the_last_day_without_it():
    """Nothing is known of days 15 to 23, so it may have begun on the 15th."""
    (row,) = found(daily({day: seconds for day, seconds in LEVELS.items() if day <= 27}), **until(27))

    assert (row["direction"], row["regression_state"]) == ("slower", "open")
    assert (str(row["onset_date"]), str(row["detected_date"])) == ("2026-01-15", "2026-01-27")
    assert (row["baseline_seconds"], row["changed_seconds"], row["change_ratio"], row["cusum"]) == (
        100,
        111.5,
        0.115,
        8,
    )
    assert (row["last_good_sha"], row["first_bad_sha"], row["suspect_commit_count"]) == ("sha14", "sha24", 1)
    assert (row["baseline_day_count"], row["evidence_url"]) == (13, "run24-1")


def test_the_size_of_a_change_is_that_of_its_clearest_day_and_its_day_that_of_the_first():
    rows = found(daily(LEVELS), **until(28))

    assert told(rows, "onset_date", "detected_date", "last_detected_date", "changed_seconds", "cusum") == [
        ("2026-01-15", "2026-01-27", "2026-01-28", 112, 10)
    ]


def test_quiet_days_between_move_the_onset():
    rows = found(daily(LEVELS | dict.fromkeys(range(15, 24), 100)), **until(28))

    assert told(rows, "onset_date", "last_good_sha", "first_bad_sha") == [("2026-01-24", "sha23", "sha24")]


def test_a_job_that_changes_by_less_than_thirty_seconds_is_not_told_of():
    assert found(daily(LEVELS), kind="job", **until(28)) == []


def test_faster_is_a_change_too():
    rows = found(daily({day: 200 - seconds for day, seconds in LEVELS.items()}), **until(28))

    assert told(rows, "direction", "onset_date", "detected_date", "changed_seconds", "change_ratio") == [
        ("faster", "2026-01-15", "2026-01-27", 88, -0.12)
    ]


def test_a_slowdown_that_hides_in_the_rhythm_of_the_week_is_found_and_measured_by_it():
    """Weekends take 80 s, weekdays 100 s, and all a tenth more from Thursday, 19 February on."""
    weekend = "isodow(date '2026-01-01' + cast(day - 1 as integer)) >= 6"

    rows = found(f"if({weekend}, 80, 100) * if(day >= 50, 1.1, 1)", **until(60))

    assert told(rows, "direction", "onset_date", "detected_date", "baseline_seconds", "changed_seconds") == [
        ("slower", "2026-02-19", "2026-02-22", 100, 110)
    ]


UNEVEN = "100 * if(day >= 49, 1.12, 1) * list_extract([0.4, 0.73, 1, 1.27, 1.6], cast(1 + run % 5 as bigint))"
"""Twelve days at 112 % of the level, of runs that differ by 40 %."""


def test_a_day_of_five_runs_that_differ_much_says_little():
    assert found(UNEVEN, **until(60)) == []


def test_many_runs_that_differ_as_much_say_it():
    rows = found(UNEVEN, run_count=50, **until(60))

    assert told(rows, "direction", "onset_date", "changed_seconds") == [("slower", "2026-02-18", 112)]


def test_another_mix_of_branches_is_no_change():
    """Runs of the default branch take 200 s, others 100 s; of ten runs a day one is of it, from 18 February on eight."""
    default_branch = "run <= if(day >= 49, 8, 1)"

    assert found(f"if({default_branch}, 200, 100)", run_count=10, default_branch=default_branch, **until(60)) == []
