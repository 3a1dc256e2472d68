"""Marts made by hand: a busy repository whose names are hostile, a quiet one with a single run, and none at all."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from pipeline_etl.reports import read_content
from pipeline_etl.reports.section import Repository
from tests.declared_marts import marts_ddl

SCHEMA = marts_ddl()

AS_OF = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
BUSY = {"provider": "github", "repository_id": 1, "repository_name": "acme/<script>shop</script>"}
QUIET = {"provider": "github", "repository_id": 2, "repository_name": "acme/quiet"}

HOSTILE_JOB = 'build "</svg><script>alert(1)</script>" | `x` ${{ y }}\x1b[31m'
HOSTILE_TEST = "test_[<img src=x onerror=alert(1)>]\u202e"
HOSTILE_URL = "javascript:alert(document.domain)"
RUN_URL = "https://github.com/acme/shop/actions/runs/10"


def insert(connection: duckdb.DuckDBPyConnection, mart: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to a mart by column name; columns not named are null."""
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into marts.{mart} ({names}) values ({marks})", list(row.values()))


@pytest.fixture
def repository() -> Repository:
    """A repository with enough of everything."""
    return Repository(
        repository_id=1,
        repository_name="acme/shop",
        repository_url="https://github.com/acme/shop",
        is_recorded_archive=False,
        archive_note=None,
        as_of_at=AS_OF,
        first_run_at=AS_OF - timedelta(days=60),
        last_run_at=AS_OF,
        run_count=60,
        attempt_count=62,
        job_count=130,
        executed_job_count=120,
        recent_run_count=30,
        log_count=120,
        test_execution_count=1000,
        test_count=100,
        unjudged_test_count=10,
        cache_lookup_count=60,
    )


@pytest.fixture
def empty_marts():
    """Every mart a report reads, without a row."""
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        yield connection


@pytest.fixture
def quiet_marts(empty_marts):
    """One live repository with one run of one job: no tests, no caches, no logs, no week to compare with."""
    insert_quiet(empty_marts)
    return empty_marts


@pytest.fixture(scope="session")
def marts_file(tmp_path_factory):
    """A recorded archive with everything, beside the quiet repository, whose as-of is a year earlier."""
    path = tmp_path_factory.mktemp("marts") / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(SCHEMA)
        connection.execute("begin")
        insert_quiet(connection)
        insert_busy(connection)
        connection.execute("commit")
    return path


@pytest.fixture
def marts(marts_file, tmp_path):
    """The marts of a busy and a quiet repository, to be changed by one test."""
    with duckdb.connect(shutil.copy(marts_file, tmp_path / "warehouse.duckdb")) as connection:
        yield connection


@pytest.fixture(scope="session")
def content(marts_file):
    """The report of the busy and the quiet repository, as of the bundled sample."""
    with duckdb.connect(marts_file, read_only=True) as connection:
        return read_content(connection, is_sample=True)


def insert_quiet(connection: duckdb.DuckDBPyConnection) -> None:
    at = AS_OF - timedelta(days=365)
    run = {**QUIET, "run_id": 20, "run_attempt": 1, "workflow_name": "CI"}
    job = {**QUIET, "job_id": 200, "run_id": 20, "run_attempt": 1}
    insert(
        connection,
        "dim_repositories",
        [
            {
                **QUIET,
                "is_recorded_archive": False,
                "repository_url": "https://github.com/acme/quiet",
                "as_of_at": at,
                "first_run_at": at - timedelta(days=1),
                "last_run_at": at - timedelta(days=1),
            }
        ],
    )
    insert(connection, "dim_workflows", [{**QUIET, "workflow_id": 6, "workflow_name": "CI"}])
    insert(
        connection,
        "fct_run_attempts",
        [{**run, "is_headline": True, "created_at": at - timedelta(days=1), "wall_seconds": 60.0}],
    )
    insert(
        connection,
        "fct_jobs",
        [
            {
                **job,
                "workflow_name": "CI",
                "is_executed": True,
                "has_log": False,
                "created_at": at - timedelta(days=1),
                "runner_queue_seconds": 0.0,
            }
        ],
    )


def insert_busy(connection: duckdb.DuckDBPyConnection) -> None:
    insert(
        connection,
        "dim_repositories",
        [
            {
                **BUSY,
                "is_recorded_archive": True,
                "archive_note": "# Note\n\n<script>alert(2)</script> ![pixel](https://evil.example/p.png)\n\n| a | b |\n|---|---|\n| REAL | no |",
                "repository_url": HOSTILE_URL,
                "as_of_at": AS_OF,
                "first_run_at": AS_OF - timedelta(days=60),
                "last_run_at": AS_OF,
            }
        ],
    )
    insert(connection, "dim_workflows", [{**BUSY, "workflow_id": 5, "workflow_name": "CI & <b>CD</b>"}])
    for number in range(30):
        _insert_run(connection, number=number)
    _insert_summaries(connection)
    _insert_tests(connection)
    _insert_lists_of_tests(connection)


def _insert_run(connection: duckdb.DuckDBPyConnection, *, number: int) -> None:
    created_at = AS_OF - timedelta(days=number, minutes=5)
    run = {**BUSY, "run_id": 10 + number, "run_attempt": 1, "workflow_name": "CI & <b>CD</b>"}
    insert(
        connection,
        "fct_run_attempts",
        [{**run, "is_headline": True, "created_at": created_at, "wall_seconds": 600.0 + number, "run_url": RUN_URL}],
    )
    for position, (name, seconds) in enumerate(((HOSTILE_JOB, 400.1 + number), ("deploy", 150.7)), start=1):
        job_id = number * 10 + position
        job = {**BUSY, "job_id": job_id, "run_id": 10 + number, "run_attempt": 1}
        insert(
            connection,
            "fct_jobs",
            [
                {
                    **job,
                    "job_name": name,
                    "workflow_name": "CI & <b>CD</b>",
                    "is_executed": True,
                    "has_log": position == 1,
                    "created_at": created_at,
                    "dependency_wait_seconds": 0.0 if position == 1 else 430.0,
                    "scheduling_wait_seconds": 0.1 * number,
                    "runner_queue_seconds": 20.3 + number,
                    "setup_seconds": 2.0,
                }
            ],
        )
        insert(
            connection,
            "fct_critical_paths",
            [
                {
                    **job,
                    "workflow_name": "CI & <b>CD</b>",
                    "job_name": name,
                    "path_position": position,
                    "execution_seconds": seconds,
                    "runner_queue_seconds": 20.3,
                    "scheduling_seconds": 0.1,
                    "dag_source": "yaml",
                }
            ],
        )
        insert(connection, "fct_steps", [{**job, "step_number": 1}])
        insert(connection, "fct_cache_operations", [{**job, "line_number": 1}])
    insert(connection, "fct_test_executions", [{**BUSY, "job_id": number * 10 + 1, "test_id": "t1"}])


def _insert_summaries(connection: duckdb.DuckDBPyConnection) -> None:
    headline = {**BUSY, "metric_unit": "seconds", "current_count": 30, "previous_count": 30, "is_lower_better": True}
    insert(
        connection,
        "rpt_headlines",
        [
            {
                **headline,
                "metric_name": "wall_seconds_p50",
                "metric_title": "Median run",
                "current_value": 750.0,
                "previous_value": 600.0,
                "is_change_shown": True,
            },
            {
                **headline,
                "metric_name": "success_ratio",
                "metric_title": "[bold]Success[/bold] <i>",
                "metric_unit": "ratio",
                "current_value": 0.638,
                "previous_value": 0.6,
                "is_lower_better": False,
                "is_change_shown": False,
            },
            {**headline, "metric_name": "lead_seconds_p50", "metric_title": "Lead", "is_change_shown": False},
        ],
    )
    duration = {**BUSY, "workflow_id": 5, "workflow_name": "CI & <b>CD</b>"}
    insert(
        connection,
        "rpt_pipeline_durations",
        [
            {
                **duration,
                "period_kind": "last_30_days",
                "run_count": 30,
                "measured_run_count": 28,
                "wall_seconds_p50": 614.5,
                "wall_seconds_p95": 628.0,
                "first_attempt_success_ratio": 0.5,
                "path_execution_ratio": 0.9,
                "path_queue_ratio": 0.07,
                "path_scheduling_ratio": 0.03,
                "slowest_wall_seconds": 629.0,
                "slowest_run_url": RUN_URL,
            },
            {**duration, "period_kind": "previous_30_days", "run_count": 4},
        ],
    )
    measured = {**duration, "job_name": HOSTILE_JOB, "period_kind": "last_30_days", "slowest_job_url": HOSTILE_URL}
    insert(
        connection,
        "rpt_job_durations",
        [
            {
                **measured,
                "measured_job_count": 30,
                "execution_seconds_p50": 414.6,
                "execution_seconds_p95": 428.0,
                "execution_seconds_total": 12438.0,
                "queued_seconds_p50": 34.8,
                "slowest_execution_seconds": 429.1,
            },
            {**measured, "period_kind": "previous_30_days", "measured_job_count": 9, "execution_seconds_p50": 300.0},
        ],
    )
    insert(
        connection,
        "rpt_step_durations",
        [
            {
                **measured,
                "step_name": "Run <b>tests</b>",
                "stage_name": "unit_test",
                "measured_step_count": 30,
                "step_seconds_p50": 400.0,
                "step_seconds_total": 12000.0,
                "slowest_step_seconds": 420.0,
            }
        ],
    )
    subject = {
        **duration,
        "period_kind": "last_30_days",
        "attempt_count": 30,
        "is_enough_data": True,
        "dag_source": "yaml",
    }
    insert(
        connection,
        "fct_stage_bottlenecks",
        [
            {
                **subject,
                "subject_kind": "job",
                "subject_name": HOSTILE_JOB,
                "blame_ratio": 0.66,
                "criticality_ratio": 1.0,
                "wall_seconds_p50": 614.5,
                "whatif_wall_seconds_p50": 494.5,
                "saving_seconds_p50": 120.0,
                "saving_seconds_low": 118.0,
                "saving_seconds_high": 122.0,
            },
            {**subject, "subject_kind": "stage", "subject_name": "unit-test", "blame_ratio": 0.4},
            {**subject, "subject_kind": "wait", "subject_name": "queue", "blame_ratio": 0.07},
        ],
    )
    insert(
        connection,
        "fct_cache_effectiveness",
        [
            {
                **BUSY,
                "cache_slot_id": slot,
                "workflow_name": "CI & <b>CD</b>",
                "period_kind": "all_history",
                "period_start_date": date(2026, 1, 1),
                "job_name": HOSTILE_JOB,
                "step_name": "Cache",
                "key_template": f"pip-<hash>-{slot}",
                "lookup_count": 9,
                "exact_count": exact,
                "partial_count": 0,
                "miss_count": 9 - exact,
                "exact_ratio": exact / 9,
                "is_never_hit": exact == 0,
                "verdict": verdict,
                "cache_bytes_p50": 1_200_000_000.0,
                "net_benefit_seconds": 40.167 if exact else None,
            }
            for slot, exact, verdict in (("a", 6, "pays off"), ("b", 0, "never hits"))
        ],
    )
    insert(
        connection,
        "rpt_weekly_trends",
        [
            {
                **duration,
                "branch_class": "all",
                "iso_week_start_date": date(2026, 2, 2) + timedelta(weeks=week),
                "iso_week": f"2026-W{6 + week:02}",
                "is_week_complete": week < 8,
                "run_count": 7 if week != 3 else 0,
                "wall_seconds_p50": None if week == 3 else 600.0 + 10 * week,
                "wall_seconds_p50_low": None if week == 3 else 590.0,
                "wall_seconds_p50_high": None if week == 3 else 700.0,
                "success_ratio": 0.8,
                "is_wall_change_shown": week == 7,
                "wall_change_ratio": 0.12,
                "flaky_test_count": week % 3,
            }
            for week in range(9)
        ],
    )
    _insert_money(connection)
    _insert_use(connection)
    insert(
        connection,
        "fct_duration_regressions",
        [
            {
                **duration,
                "regression_id": f"r{number}",
                "series_kind": kind,
                "series_id": name,
                "series_name": name,
                "direction": direction,
                "regression_state": state,
                "onset_date": date(2026, 3, 2),
                "detected_date": date(2026, 3, 6),
                "baseline_seconds": 500.0,
                "changed_seconds": 600.0,
                "change_seconds": 100.0,
                "change_ratio": 0.2,
                "last_good_sha": "a" * 40,
                "first_bad_sha": "b" * 40,
                "suspect_commit_count": 2,
                "evidence_url": RUN_URL,
            }
            for number, (kind, name, direction, state) in enumerate(
                (
                    ("workflow", "CI & <b>CD</b>", "slower", "open"),
                    ("job", HOSTILE_JOB, "faster", "open"),
                    ("test", HOSTILE_TEST, "slower", "recovered"),
                )
            )
        ],
    )
    insert(
        connection,
        "fct_pass_rate_regressions",
        [
            {
                **duration,
                "regression_id": f"p{number}",
                "series_kind": kind,
                "series_id": name,
                "series_name": name,
                "regression_state": state,
                "onset_date": date(2026, 2, 20),
                "detected_date": date(2026, 2, 24),
                "baseline_pass_ratio": 0.99,
                "changed_pass_ratio": 0.7,
                "baseline_result_count": 280,
                "changed_result_count": 40,
                "fisher_chance_ratio": 0.0001,
                "last_good_sha": "a" * 40,
                "first_bad_sha": "b" * 40,
                "suspect_commit_count": 2,
                "evidence_url": RUN_URL,
            }
            for number, (kind, name, state) in enumerate(
                (("job", HOSTILE_JOB, "open"), ("test", HOSTILE_TEST, "recovered"))
            )
        ],
    )
    insert(
        connection,
        "fct_failure_clusters",
        [
            {
                **BUSY,
                "failure_cluster_id": f"c{number}",
                "failure_class": "test",
                "template_text": template,
                "failed_step_name": "Run <b>",
                "message": HOSTILE_TEST,
                "is_retryable": False,
                "is_new": number == 0,
                "first_seen_at": AS_OF - timedelta(hours=3),
                "last_seen_at": AS_OF - timedelta(hours=2),
                "failed_job_count": 5,
                "recent_failed_job_count": 3 - number,
                "failed_run_count": 2,
                "branch_count": 1,
                "repository_count": 1,
                "is_on_default_branch": True,
                "is_on_other_branches": False,
                "first_bad_sha": "b" * 40,
                "evidence_url": HOSTILE_URL,
            }
            for number, template in enumerate((HOSTILE_TEST, None))
        ],
    )
    insert(
        connection,
        "fct_recoveries",
        [
            {
                **duration,
                "recovery_id": kind,
                "recovery_kind": kind,
                "is_start_known": True,
                "failed_at": AS_OF - timedelta(hours=5),
                "recovered_at": None if kind == "open" else AS_OF - timedelta(hours=4),
                "red_seconds": 3600.0,
                "failed_run_count": 2,
                "failure_class": "test",
                "last_good_sha": "a" * 40,
                "first_bad_sha": "b" * 40,
                "suspect_commit_count": None if kind == "flaky_recovery" else 1,
                "evidence_url": RUN_URL,
            }
            for kind in ("open", "recovery", "flaky_recovery")
        ],
    )
    insert(
        connection,
        "rpt_recovery_times",
        [{**duration, "recovery_seconds_p50": 3600.0, "episode_count": 2, "open_count": 1, "flaky_recovery_count": 1}],
    )
    insert(
        connection,
        "rpt_alerts",
        [
            {
                **BUSY,
                "alert_id": f"{number:032x}",
                "rule_name": rule,
                "entity_kind": "workflow",
                "entity_id": "5",
                "entity_name": HOSTILE_JOB,
                "workflow_name": "CI & <b>CD</b>",
                "severity": "critical",
                "digest_name": None,
                "alert_state": state,
                "alert_value": 2000.0,
                "threshold_value": 1800.0,
                "metric_unit": unit,
                "opened_at": AS_OF - timedelta(hours=5),
                "last_seen_at": AS_OF - timedelta(hours=1),
                "resolved_at": None if state == "open" else AS_OF,
                "is_notifiable": number != 2,
                "evidence_url": HOSTILE_URL if number else RUN_URL,
                "as_of_at": AS_OF,
            }
            for number, (rule, state, unit) in enumerate(
                (
                    ("run_too_long", "open", "seconds"),
                    ("memory_above_limit", "open", "bytes"),
                    ("queue_too_long", "open", "seconds"),
                    ("job_failed", "resolved", "count"),
                )
            )
        ],
    )
    insert(
        connection,
        "rpt_completeness",
        [
            {
                **BUSY,
                "item_kind": "job_log",
                "known_count": 100,
                "stored_count": 90,
                "not_yet_count": 0,
                "expired_count": 10,
                "gone_count": 0,
                "error_count": 0,
                "not_permitted_count": 0,
                "not_wanted_count": 0,
                "coverage_ratio": 0.9,
                "is_below_floor": True,
            }
        ],
    )
    insert(
        connection,
        "rpt_extraction_problems",
        [
            {
                **BUSY,
                "problem_kind": "MalformedArchive",
                "item_kind": "artifact",
                "item_id": str(item),
                "message": "zip <b>cut</b>\nshort",
                "advice": "Look at it.",
                "occurred_at": AS_OF,
            }
            for item in range(3)
        ],
    )


def _insert_money(connection: duckdb.DuckDBPyConnection) -> None:
    workflow = {**BUSY, "workflow_id": 5, "workflow_name": "CI & <b>CD</b>"}
    periods = [("last_30_days", 0), ("all_history", 0), *(("week", week) for week in range(4))]
    insert(
        connection,
        "rpt_costs",
        [
            {
                **workflow,
                "period_kind": kind,
                "period_start_date": date(2026, 3, 2) + timedelta(weeks=week),
                "run_count": 7,
                "billed_job_count": 14,
                "billed_minute_count": 110 + week,
                "list_cost_usd": "0.66",
                "billable_cost_usd": "0",
                "run_cost_usd": "0.094286",
                "rounding_ratio": 0.3,
                "unpriced_job_count": 1,
                "self_hosted_job_count": 0,
            }
            for kind, week in periods
        ],
    )
    insert(
        connection,
        "rpt_waste_ranking",
        [
            {
                **workflow,
                "period_kind": "last_30_days",
                "fix_rank": rank,
                "waste_cause": cause,
                "job_family_name": HOSTILE_JOB,
                "billed_job_count": 30,
                "wasted_job_count": 12,
                "wasted_seconds": 600.0 / rank,
                "wasted_share_ratio": 0.6 / rank,
                "wasted_list_cost_usd": "0.06" if rank == 1 else None,
            }
            for rank, cause in enumerate(("needless_rerun", "rounding"), start=1)
        ],
    )


def _insert_use(connection: duckdb.DuckDBPyConnection) -> None:
    workflow = {**BUSY, "workflow_id": 5, "workflow_name": "CI & <b>CD</b>"}
    config = {
        **workflow,
        "job_config_id": "c",
        "job_name": HOSTILE_JOB,
        "billed_job_count": 30,
        "watched_job_count": 25,
    }
    measured = {
        "covered_ratio_mean": 0.9,
        "cpu_count": 4,
        "job_cpu_ratio_p50": 0.2,
        "job_cpu_ratio_p95": 0.3,
        "memory_total_bytes": 16_000_000_000,
        "memory_bytes_max": 4_000_000_000,
        "memory_ratio_max": 0.25,
    }
    insert(connection, "rpt_resource_use", [{**config, **measured, "period_kind": "last_30_days"}])
    insert(
        connection,
        "rpt_right_sizing",
        [
            {
                **config,
                **measured,
                "sku_name": "linux_4_core",
                "sizing_rule": "size_down",
                "advised_sku_name": "linux",
                "predicted_duration_factor": 1.0,
                "predicted_saving_usd": "6",
                "confidence": "medium",
                "has_enough_telemetry": True,
            }
        ],
    )
    insert(
        connection,
        "rpt_artifact_storage",
        [
            {
                **BUSY,
                "workflow_name": "CI & <b>CD</b>",
                "artifact_family_name": "dist-<num>",
                "period_kind": kind,
                "artifact_count": 30,
                "artifact_bytes_total": 3_000_000_000,
                "growth_ratio": growth,
                "retention_seconds_p50": 7_776_000.0,
                "live_artifact_count": 20,
                "live_bytes": 2_000_000_000,
                "expired_artifact_count": 10,
                "storage_gb_hours": 720.5,
            }
            for kind, growth in (("all_history", None), ("last_30_days", 0.5))
        ],
    )
    insert(
        connection,
        "rpt_cache_storage",
        [{**BUSY, "key_template": "pip-<hash>", "cache_entry_count": 3, "live_bytes": 50_000_000}],
    )
    insert(
        connection,
        "rpt_build_times",
        [
            {
                **workflow,
                "period_kind": "last_30_days",
                "part_kind": kind,
                "part_name": name,
                "run_count": 30,
                "part_job_count": 60,
                "timed_part_count": 60,
                "part_seconds_p50": 12.5,
                "part_seconds_total": 3000.0,
                "part_run_seconds_mean": 100.0,
                "part_ratio": 0.5,
                "downloaded_count": 90 if kind == "tool" else None,
                "cached_ratio": 0.1 if kind == "tool" else None,
            }
            for kind, name in (("stage", "unit_test"), ("stage", "deps"), ("tool", "pip"), ("tool", "npm"))
        ],
    )
    insert(
        connection,
        "rpt_advice",
        [
            {
                **BUSY,
                "advice_kind": "cache",
                "subject_id": "slot-1",
                "advice_reason": "costs_more_than_it_saves",
                "workflow_name": workflow["workflow_name"],
                "advised_name": HOSTILE_JOB,
                "evidence_text": "20 lookups, 15 exact, 0 partial, 5 missed; 5 keys saved",
                "gain_seconds": 60.0,
                "gain_seconds_low": 40.0,
                "gain_seconds_high": 80.0,
                "advice_confidence": "high",
            },
            {
                **BUSY,
                "advice_kind": "runner",
                "subject_id": "5 c",
                "advice_reason": "not_enough_data",
                "workflow_name": workflow["workflow_name"],
                "advised_name": "build",
                "advice_confidence": "none",
                "needed_text": "needs 20 jobs over 14 days with telemetry; has 2 over 0",
            },
        ],
    )
    insert(
        connection,
        "rpt_matrix_legs",
        [
            {
                **workflow,
                "matrix_name": "test",
                "job_name": HOSTILE_JOB,
                "compared_run_count": 83,
                "matrix_finding_run_count": 31,
                "finding_run_count": 29,
                "unique_find_count": 0,
                "unique_find_ratio_high": 0.11,
                "billed_minute_count": 95,
                "list_cost_usd": "0.57",
                "leg_verdict": "never finds alone",
            }
        ],
    )


def _insert_lists_of_tests(connection: duckdb.DuckDBPyConnection) -> None:
    named = {**BUSY, "test_id": "t1", "class_name": "tests.test_shop", "test_name": HOSTILE_TEST}
    test = {
        **named,
        "flakiness_class": "flaky",
        "flake_score_ratio": 0.88,
        "flake_rate_ratio": 0.0142,
        "incident_count": 2,
        "evidence_url": RUN_URL,
    }
    insert(
        connection,
        "rpt_quarantine",
        [
            {
                **test,
                "direct_incident_count": 1,
                "clean_execution_count": 4,
                "expected_failure_count": 0.5,
                "expected_cost_usd": 1.5,
                "release_execution_count": 210,
                "quarantine_ends_at": AS_OF + timedelta(days=14),
                "expected_wrong_count": 0.12,
                "test_count": 23,
            }
        ],
    )
    insert(
        connection,
        "rpt_verification",
        [
            {
                **test,
                "flake_rate_ratio_high": 0.04,
                "execution_count": 60,
                "rerun_budget_count": 74,
                "verification_number": 1,
            }
        ],
    )
    insert(
        connection,
        "rpt_test_durations",
        [{**named, "job_config_id": "c", "passing_execution_count": 20, "test_seconds_p50": 1.25}],
    )
    insert(
        connection,
        "rpt_weekly_tests",
        [
            {
                **BUSY,
                "workflow_id": 5,
                "workflow_name": "CI & <b>CD</b>",
                "job_family_name": HOSTILE_JOB,
                "iso_week_start_date": date(2026, 3, 16) + timedelta(weeks=week),
                "report_job_count": 7,
                "weekly_execution_count": 161,
                "weekly_failed_count": week,
                "weekly_retried_count": 0,
                "weekly_skipped_count": 3,
                "suite_seconds_total": 70.5,
                "suite_seconds_p50": 10.1,
                "suite_wall_seconds_p50": 6.0,
                "failed_ratio": week / 161,
                "skipped_ratio": 3 / 164,
                "is_week_complete": week == 0,
            }
            for week in range(2)
        ],
    )


def _insert_tests(connection: duckdb.DuckDBPyConnection) -> None:
    score = {
        **BUSY,
        "class_name": "tests.test_shop",
        "flake_rate_ratio": 0.0142,
        "flake_rate_ratio_low": 0.001,
        "flake_rate_ratio_high": 0.04,
        "incident_count": 2,
        "direct_incident_count": 1,
        "execution_count": 60,
        "bad_execution_count": 3,
        "confidence": "high",
        "evidence_url": RUN_URL,
        "last_incident_at": AS_OF - timedelta(days=2),
    }
    tests = [
        ("t1", HOSTILE_TEST, 0.88, "flaky"),
        ("t2", "test_b", 0.0, "healthy"),
        ("t3", "test_c", None, "insufficient_data"),
    ]
    tests += [(f"s{number:02}", f"test_suspect_{number:02}", 0.5, "suspect") for number in range(20)]
    insert(
        connection,
        "fct_test_flakiness",
        [
            {
                **score,
                "test_id": test_id,
                "test_name": name,
                "as_of_at": as_of_at,
                "is_current": as_of_at == AS_OF,
                "flake_score_ratio": ratio,
                "flakiness_class": word,
            }
            for test_id, name, ratio, word in tests
            for as_of_at in (AS_OF - timedelta(days=15), AS_OF - timedelta(days=8), AS_OF)
        ],
    )
    insert(
        connection,
        "rpt_flake_onsets",
        [
            {
                **BUSY,
                "as_of_at": AS_OF,
                "test_id": "t1",
                "onset_ratio": 0.93,
                "onset_sha": "d" * 40,
                "onset_at": AS_OF - timedelta(days=12),
                "before_suspects_sha": "b" * 40,
                "first_suspect_sha": "c" * 40,
                "last_suspect_sha": "e" * 40,
                "credible_commit_count": 3,
            }
        ],
    )
    _insert_lost_and_covered(connection)


def _insert_lost_and_covered(connection: duckdb.DuckDBPyConnection) -> None:
    named = {**BUSY, "test_id": "t1", "class_name": "tests.test_shop", "test_name": HOSTILE_TEST}
    _insert_flake_costs(connection, named)
    insert(
        connection,
        "rpt_lost_tests",
        [
            {
                **named,
                "test_id": f"lost {kind}",
                "as_of_at": AS_OF,
                "suite_name": "unit",
                "file_path": "tests/test_shop.py",
                "loss_kind": kind,
                "last_executed_at": AS_OF - timedelta(days=9),
                "skipped_run_count": skipped,
                "bad_execution_count": bad,
                "execution_count": 40,
                "message": message,
            }
            for kind, skipped, bad, message in (
                ("gone", 0, 0, None),
                ("skipped", 6, 3, "<script>alert(3)</script> [x](javascript:alert(4))"),
            )
        ],
    )
    insert(
        connection,
        "rpt_coverage_trend",
        [
            {
                **BUSY,
                "head_sha": f"{number}" * 40,
                "head_branch": "main",
                "is_default_branch": True,
                "executed_at": AS_OF - timedelta(weeks=3 - number),
                "covered_file_count": 12,
                "unmerged_file_count": 0,
                "covered_line_count": covered,
                "valid_line_count": 1000,
                "line_ratio": covered / 1000,
                "base_sha": f"{number - 1}" * 40 if number else None,
                "base_line_ratio": before and before / 1000,
                "line_change_ratio": before and (covered - before) / 1000,
            }
            for number, (before, covered) in enumerate(((None, 800), (800, 780), (780, 821)))
        ],
    )
    insert(
        connection,
        "rpt_runner_pools",
        [
            {
                **BUSY,
                "pool_name": "self-hosted, <i>x64</i>",
                "runner_kind": "self_hosted",
                "pool_job_count": 400,
                "running_job_count_max": 4,
                "machine_count": 5,
                "hour_count": 200,
                "hourly_job_count_p95": 34.5,
                "execution_seconds_mean": 400.0,
                "utilization_ratio": 0.958,
                "predicted_queue_seconds": 700.0,
                "busy_job_count": 90,
                "busy_queue_seconds_mean": 120.0,
                "busy_queue_seconds_p95": 400.0,
                "needed_runner_count": 5,
                "pool_verdict": "too few runners",
            }
        ],
    )
    insert(
        connection,
        "rpt_coverage_by_file",
        [
            {
                **BUSY,
                "file_path": path,
                "head_sha": "2" * 40,
                "executed_at": AS_OF - timedelta(weeks=1),
                "covered_line_count": 100 - missed,
                "valid_line_count": 100,
                "missed_line_count": missed,
                "line_ratio": 1 - missed / 100,
                "changed_sha": change and "2" * 40,
                "changed_at": change and AS_OF - timedelta(weeks=1),
                "base_sha": change and "1" * 40,
                "base_line_ratio": change and 1 - missed / 100 - change,
                "line_change_ratio": change,
                "more_missed_line_count": change and round(-100 * change),
                "is_changed_by_last_commit": change is not None,
                "is_recently_changed": change is not None,
            }
            for path, missed, change in (("src/<b>cart</b>.py", 20, -0.05), ("src/shop|.py", 60, None))
        ],
    )


def _insert_flake_costs(connection: duckdb.DuckDBPyConnection, named: Mapping[str, Any]) -> None:
    insert(
        connection,
        "rpt_flaky_test_costs",
        [
            {
                **named,
                "iso_week_start_date": date(2026, 3, 16) + timedelta(weeks=week),
                "rerun_count": 1,
                "wasted_rerun_seconds": 120.0,
                "retry_seconds": 4.5,
                "blocked_rerun_seconds": 300.0 * (week + 1),
                "list_cost_usd": 0.012,
                "blocked_people_usd": 5.0 * (week + 1),
            }
            for week in range(2)
        ],
    )
    insert(
        connection,
        "rpt_flake_burden",
        [
            {
                **BUSY,
                "as_of_at": AS_OF - timedelta(weeks=week),
                "is_current": week == 0,
                "judged_test_count": 20,
                "flaky_now_count": 1,
                "suspect_test_count": 0,
                "broken_test_count": 0,
                "gone_test_count": 1,
                "green_ratio": 0.9858 - week / 10,
            }
            for week in range(2)
        ],
    )
