"""The numbers of the marts, counted a second time on histories that hold every case they are easily got wrong on."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline_etl.extraction.load import load_lake
from pipeline_etl.storage import Lake, Warehouse
from tests.second.attempts import as_of, attempts_of, measures, windows
from tests.second.caches import effectiveness, lookups_of, missed_savings, operations_in_slots
from tests.second.differences import Table, differences
from tests.second.evidence import commits_of, seen_in
from tests.second.flake_costs import costs_of_flakes
from tests.second.flakiness import Scores, moments, scores_at
from tests.second.headlines import headlines, weekly_trends
from tests.second.lake import completeness, latest
from tests.second.lists import lost_tests, quarantine, verification
from tests.second.money import costs, losses_of
from tests.second.paths import critical_path, declarations, ordered, waits
from tests.second.periods import costs_of_periods, losses_of_periods
from tests.second.rates import is_lower_end, is_upper_end
from tests.second.recoveries import episodes, recovery_times
from tests.second.replays import bottlenecks, replayed_wall, slacks_and_drags
from tests.second.verdicts import executions_of, weekly_tests
from tests.simulated.hard_lake import write_hard_lake

PROJECT = Path(__file__).parents[2]
MARTS = (
    "rpt_headlines",
    "rpt_weekly_trends",
    "rpt_completeness",
    "rpt_weekly_tests",
    "fct_test_executions",
    "fct_flake_evidence",
    "fct_test_flakiness",
    "fct_test_flakiness_by_config",
    "rpt_flaky_test_costs",
    "rpt_lost_tests",
    "rpt_quarantine",
    "rpt_verification",
    "rpt_recovery_times",
    "rpt_costs",
    "rpt_waste",
    "fct_cache_effectiveness",
    "fct_critical_paths",
    "fct_stage_bottlenecks",
)

Read = Callable[..., Table]


def clock() -> datetime:
    return datetime(2027, 2, 1, tzinfo=UTC)


def built(root: Path) -> Path:
    """A warehouse with the marts of the hard lake."""
    lake, warehouse = Lake(root / "lake"), Warehouse(root / "warehouse.duckdb")
    write_hard_lake(lake)
    with warehouse.building(loaded_at=clock()) as building:
        load_lake(lake, building, clock=clock)
        command = f"--quiet build --exclude-resource-type unit_test --exclude-resource-type test --target-path {root}"
        done = subprocess.run(
            [
                Path(sys.executable).with_name("dbt"),
                *command.split(),
                *("--project-dir=dbt", "--profiles-dir=dbt", "--select"),
                *(f"+{mart}" for mart in MARTS),
            ],
            cwd=PROJECT,
            env={**os.environ, "PIPELINE_ETL_WAREHOUSE": str(building.path), "DBT_LOG_PATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3_000:]
        building.publish()
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return built(tmp_path_factory.mktemp("hard"))


@pytest.fixture(scope="module")
def lake(root) -> Path:
    return root / "lake"


@pytest.fixture(scope="module")
def attempts(lake):
    return attempts_of(lake)


@pytest.fixture(scope="module")
def orders(lake, attempts):
    declared = declarations(lake)
    return {
        each.key: ordered(each, declared.get((each.key[0], each.row["workflow_path"], each.row["head_sha"])))
        for own in attempts.values()
        for each in own
    }


@pytest.fixture(scope="module")
def lookups(lake, attempts):
    return lookups_of(lake, attempts)


@pytest.fixture(scope="module")
def operations(lake, attempts):
    return operations_in_slots(lake, attempts)


@pytest.fixture(scope="module")
def losses(lake, attempts, operations):
    return losses_of(lake, attempts, missed_savings(lake, operations))


@pytest.fixture(scope="module")
def private(lake) -> set[int]:
    """Repositories that only members can see."""
    return {row["repository_id"] for row in latest(lake, "repositories") if row["is_private"]}


@pytest.fixture(scope="module")
def executions(lake, attempts):
    return executions_of(lake, attempts)


@pytest.fixture(scope="module")
def read(root) -> Read:
    """Rows of a mart by their key."""
    connection = duckdb.connect(str(root / "warehouse.duckdb"), read_only=True)
    connection.execute("set TimeZone = 'UTC'; use marts")

    def rows(query: str, *key: str) -> Table:
        result = connection.execute(query)
        names = [column[0] for column in result.description]
        found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return {tuple(row[name] for name in key): row for row in found}

    return rows


def test_every_attempt_took_and_counted_what_its_jobs_say(attempts, read):
    expected = {each.key: measures(each) for own in attempts.values() for each in own}

    assert differences(expected, read("from fct_run_attempts", "repository_id", "run_id", "run_attempt")) == []


def test_headlines_of_both_windows(lake, attempts, lookups, read):
    expected = {}
    for repository, (now, before) in windows(lake, attempts).items():
        values = headlines(attempts[repository], lookups[repository], now)
        past = headlines(attempts[repository], lookups[repository], before) if before else dict.fromkeys(values)
        for name, value in values.items():
            expected[repository, name] = {"current_value": value, "previous_value": past[name]}

    actual = read(
        "from rpt_headlines where metric_name <> 'flaky_test_count'",
        "repository_id",
        "metric_name",
    )

    assert differences(expected, actual) == []


def test_weekly_trends(lake, attempts, lookups, executions, read):
    moments = as_of(lake)
    expected = {
        (repository, *key): row
        for repository, own in attempts.items()
        for key, row in weekly_trends(own, lookups[repository], executions[repository], moments[repository]).items()
    }

    actual = read("from rpt_weekly_trends", "repository_id", "workflow_id", "branch_class", "iso_week_start_date")

    assert differences(expected, actual) == []


def test_completeness(lake, read):
    expected = {
        key: {"known_count": known, "stored_count": stored, "coverage_ratio": ratio}
        for key, (known, stored, ratio) in completeness(lake).items()
    }

    assert differences(expected, read("from rpt_completeness", "repository_id", "item_kind")) == []


def test_verdict_of_every_test_in_every_job(executions, read):
    expected = {
        (repository, row["execution"], row["test_id"]): {
            "verdict": row["outcome"],
            **{name: row[name] for name in ("run_id", "job_id", "is_bad", "try_count", "is_mass_failure")},
        }
        for repository, own in executions.items()
        for row in own
    }

    actual = read(
        """
        select *, if(outcome in ('failed', 'error'), 'bad', outcome) as verdict,
            coalesce(job_id, artifact_id) as execution
        from fct_test_executions
        """,
        "repository_id",
        "execution",
        "test_id",
    )

    assert differences(expected, actual) == []


def test_tests_of_every_week(executions, read):
    expected = {
        (repository, week): row for repository, own in executions.items() for week, row in weekly_tests(own).items()
    }

    actual = read(
        """
        select
            repository_id, iso_week_start_date, sum(weekly_execution_count) as executed, sum(weekly_failed_count) as bad,
            sum(weekly_retried_count) as flaky_passed, sum(weekly_skipped_count) as skipped
        from rpt_weekly_tests group by all
        """,
        "repository_id",
        "iso_week_start_date",
    )

    assert differences(expected, actual) == []


@pytest.fixture(scope="module")
def seen(lake, attempts, executions, read):
    """Of every repository the tests that were reported."""
    configs = {key: row["job_config_id"] for key, row in read("from fct_jobs", "repository_id", "job_id").items()}
    return {
        repository: seen_in(
            lake,
            executions[repository],
            own,
            {job: config for (of, job), config in configs.items() if of == repository},
        )
        for repository, own in attempts.items()
    }


@pytest.fixture(scope="module")
def scores(lake, attempts, seen) -> dict[int, dict[datetime, Scores]]:
    """Of every repository and moment what is said of its tests."""
    ends = as_of(lake)
    return {
        repository: {
            end: scores_at(seen[repository], commits_of(own), end)
            for end in moments(seen[repository], ends[repository])
        }
        for repository, own in attempts.items()
    }


def said(scores: dict[int, dict[datetime, Scores]], what: str) -> Table:
    """One thing that is said at every moment."""
    return {
        (repository, end, *(key if isinstance(key, tuple) else (key,))): row
        for repository, own in scores.items()
        for end, each in own.items()
        for key, row in getattr(each, what).items()
    }


def test_evidence_of_every_test_and_run(scores, read):
    expected = said(scores, "evidence")

    key = ("repository_id", "as_of_at", "test_id", "test_config_id", "run_id")
    assert differences(expected, read("from fct_flake_evidence", *key)) == []
    assert len({row["evidence_code"] for row in expected.values()}) >= 15, "nearly every kind must be there"


def test_flake_score_of_every_test_and_moment(scores, read):
    expected = said(scores, "tests")

    assert differences(expected, read("from fct_test_flakiness", "repository_id", "as_of_at", "test_id")) == []
    assert {row["flakiness_class"] for row in expected.values()} == {
        "gone",
        "env_broken",
        "broken",
        "flaky",
        "suspect",
        "healthy",
        "insufficient_data",
    }


def test_flake_score_of_every_configuration(scores, read):
    key = ("repository_id", "as_of_at", "test_id", "test_config_id")

    assert differences(said(scores, "configs"), read("from fct_test_flakiness_by_config", *key)) == []


def test_interval_of_every_flake_rate(scores, read):
    ends = (
        "select *, null as test_config_id from fct_test_flakiness union all by name from fct_test_flakiness_by_config"
    )
    actual = read(ends, "repository_id", "as_of_at", "test_id", "test_config_id")
    rates = said(scores, "rates")

    known = {key for key, (alpha, _) in rates.items() if alpha >= 0.5}
    assert {key for key, row in actual.items() if row["flake_rate_ratio_high"] is not None} == known
    assert {key for key, row in actual.items() if row["flake_rate_ratio_low"] is not None} == known
    assert [key for key in known if not is_upper_end(actual[key]["flake_rate_ratio_high"], *rates[key])] == []
    assert [key for key in known if not is_lower_end(actual[key]["flake_rate_ratio_low"], *rates[key])] == []


def test_what_flakes_cost(attempts, executions, seen, scores, losses, read):
    expected = {}
    for repository, own in attempts.items():
        retries = {
            (str(row["execution"]) if row["job_id"] else f"artifact-{row['execution']}", row["test_id"]): row[
                "retry_seconds"
            ]
            for row in executions[repository]
        }
        judged = {end: each.tests for end, each in scores[repository].items()}
        found = costs_of_flakes(seen[repository], retries, judged, own, losses)
        expected |= {(repository, *key): row for key, row in found.items()}

    actual = read("from rpt_flaky_test_costs", "repository_id", "test_id", "iso_week_start_date")

    assert differences(expected, actual, tolerance=1e-4) == [], "dollars are rounded to a millionth"


def test_lost_tests(lake, attempts, seen, scores, read):
    expected = {
        (repository, test): row
        for repository, end in as_of(lake).items()
        for test, row in lost_tests(
            seen[repository], commits_of(attempts[repository]), scores[repository][end].tests, end
        ).items()
    }

    assert differences(expected, read("from rpt_lost_tests", "repository_id", "test_id")) == []
    assert {row["loss_kind"] for row in expected.values()} == {"gone", "skipped"}


def test_lists_of_tests_to_verify_and_to_quarantine(lake, read):
    """By the scores as they are stored: among many that are all but certain the last digit makes the order."""
    current, weeks = defaultdict(dict), defaultdict(list)
    for (repository, test), row in read("from fct_test_flakiness where is_current", "repository_id", "test_id").items():
        current[repository][test] = row
    for key, row in read("from rpt_flaky_test_costs", "repository_id", "test_id", "iso_week_start_date").items():
        weeks[key[0]].append(row)
    to_verify, to_mute = {}, {}
    for repository, end in as_of(lake).items():
        own = current[repository]
        to_verify |= {(repository, test): row for test, row in verification(own).items()}
        to_mute |= {(repository, test): row for test, row in quarantine(own, weeks[repository], end).items()}

    assert differences(to_verify, read("from rpt_verification", "repository_id", "test_id")) == []
    assert differences(to_mute, read("from rpt_quarantine", "repository_id", "test_id")) == []


def test_waits_of_every_job_add_up_to_its_start(attempts, orders, read):
    expected = {
        job.key: {
            **waits(job, orders[each.key], each),
            "dag_source": orders[each.key].source if job.execution is not None else None,
        }
        for own in attempts.values()
        for each in own
        for job in each.executed
    }

    assert differences(expected, read("from fct_jobs where is_executed", "repository_id", "job_id")) == []


def test_critical_path_of_every_attempt(attempts, orders, read):
    expected = {
        (each.key[0], row["job_id"]): {**row, "path_position": position}
        for own in attempts.values()
        for each in own
        for position, row in enumerate(critical_path(each, orders[each.key]), 1)
    }

    assert differences(expected, read("from fct_critical_paths", "repository_id", "job_id")) == []


def test_a_replay_that_changes_nothing_takes_the_wall_time(attempts, orders):
    for own in attempts.values():
        for each in own:
            if each.wall is not None and each.timed:
                assert replayed_wall(each, orders[each.key], lambda job: job.execution) == pytest.approx(each.wall)


def test_slack_and_drag_of_every_job(attempts, orders, read):
    expected = {
        (each.key[0], job_id): row
        for own in attempts.values()
        for each in own
        for job_id, row in slacks_and_drags(each, orders[each.key]).items()
    }

    actual = read("from fct_jobs where slack_seconds is not null", "repository_id", "job_id")

    assert differences(expected, actual) == []


def test_bottlenecks_of_every_period(lake, attempts, orders, read):
    moments = as_of(lake)
    expected = {
        (repository, *key): row
        for repository, own in attempts.items()
        for key, row in bottlenecks(own, orders, moments[repository]).items()
    }

    actual = read(
        "from fct_stage_bottlenecks where subject_kind <> 'stage'",
        "repository_id",
        "workflow_id",
        "period_kind",
        "period_start_date",
        "subject_kind",
        "subject_name",
    )

    assert differences(expected, actual) == []


def test_costs_of_every_job(attempts, private, read):
    expected = {
        job.key: costs(job, is_private=repository in private)
        for repository, own in attempts.items()
        for each in own
        for job in each.jobs
    }

    assert differences(expected, read("from fct_job_costs", "repository_id", "job_id")) == []


def test_recovery_of_default_branches(lake, attempts, read):
    moments = as_of(lake)
    own = {
        (repository, workflow): found
        for repository, mine in attempts.items()
        for workflow, found in episodes(mine).items()
    }
    expected = {
        (*key, each.failed_at): {
            "recovery_kind": each.kind,
            "is_start_known": each.is_start_known,
            "recovered_at": each.recovered_at,
            "recovery_seconds": each.seconds,
            "failed_run_count": len(each.runs),
        }
        for key, found in own.items()
        for each in found
    }

    assert differences(expected, read("from fct_recoveries", "repository_id", "workflow_id", "failed_at")) == []
    times = {key: recovery_times(found, moments[key[0]]) for key, found in own.items()}
    expected = {key: row for key, row in times.items() if row}

    assert differences(expected, read("from rpt_recovery_times", "repository_id", "workflow_id")) == []


def test_caches_of_all_history(operations, read):
    actual = read(
        "select * replace (replace(key_template, '-<hash>', '') as key_template) from fct_cache_effectiveness where period_kind = 'all_history'",
        "repository_id",
        "workflow_name",
        "job_name",
        "step_name",
        "key_template",
    )

    assert differences(effectiveness(operations), actual) == []


def test_costs_of_every_period(lake, attempts, private, read):
    moments = as_of(lake)
    expected = {
        (repository, *key): row
        for repository, own in attempts.items()
        for key, row in costs_of_periods(own, moments[repository], is_private=repository in private).items()
    }

    actual = read("from rpt_costs", "repository_id", "workflow_id", "period_kind", "period_start_date")

    assert differences(expected, actual) == []


def test_what_every_job_lost(losses, read):
    expected = {
        key: {f"lost_to_{cause}_seconds": seconds for cause, seconds in causes.items()}
        for key, causes in losses.items()
    }

    assert differences(expected, read("from fct_job_waste", "repository_id", "job_id")) == []


def test_waste_of_every_period_by_cause(lake, attempts, private, losses, read):
    moments = as_of(lake)
    expected = {
        (repository, *key): row
        for repository, own in attempts.items()
        for key, row in losses_of_periods(own, losses, moments[repository], is_private=repository in private).items()
    }

    actual = read("from rpt_waste", "repository_id", "workflow_id", "period_kind", "period_start_date", "waste_cause")

    assert differences(expected, actual, tolerance=1e-4) == [], "each job's part is rounded to a millionth of a dollar"
