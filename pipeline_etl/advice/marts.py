"""What advice reads: these columns of these marts, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from pipeline_etl.advice.proposal import Row
from pipeline_etl.errors import ReportError

REPOSITORIES: Final = ("provider", "repository_id", "repository_name", "is_recorded_archive", "as_of_at")

Reads = Mapping[str, Sequence[str]]
"""Mart → columns."""

SCALING_READS: Final[Reads] = {
    "dim_repositories": REPOSITORIES,
    "dim_workflow_files": ("repository_name", "workflow_path", "head_sha", "content_text", "is_redacted"),
    "rpt_declared_jobs": (
        "repository_name",
        "workflow_path",
        "workflow_name",
        "workflow_job_key",
        "max_parallel_count",
        "timeout_seconds",
        "measured_job_count",
        "successful_job_count",
        "timed_out_job_count",
        "leg_count",
        "execution_seconds_p50",
        "execution_seconds_p99",
        "longest_success_seconds",
        "queued_seconds_p95",
        "proposed_timeout_seconds",
        "overlong_seconds_total",
        "timeout_verdict",
    ),
    "rpt_matrix_parallelism": (
        "repository_name",
        "workflow_path",
        "workflow_job_key",
        "parallel_leg_count_max",
        "other_job_count",
        "other_queue_seconds_p95",
        "other_queue_seconds_mean",
        "apart_job_count",
        "apart_queue_seconds_p95",
        "apart_queue_seconds_mean",
    ),
    "dim_jobs": ("repository_name", "job_config_id", "workflow_path", "workflow_job_key"),
    "rpt_right_sizing": (
        "repository_name",
        "workflow_name",
        "job_config_id",
        "job_name",
        "sku_name",
        "sizing_rule",
        "missing_text",
        "confidence",
        "watched_job_count",
        "job_cpu_ratio_p95",
        "memory_bytes_max",
        "memory_ratio_max",
        "container_memory_bytes",
        "advised_sku_name",
        "predicted_saving_usd",
    ),
    "rpt_test_suites": (
        "provider",
        "repository_id",
        "repository_name",
        "job_config_id",
        "workflow_path",
        "workflow_job_key",
        "job_name",
        "shard_count",
        "measured_job_count",
        "job_test_seconds_p50",
        "job_test_seconds_p5",
        "job_test_seconds_p95",
        "is_parallel_inside",
        "overhead_seconds",
        "pool_name",
        "minute_price_usd",
    ),
    "rpt_runner_pools": (
        "repository_name",
        "pool_name",
        "running_job_count_max",
        "parallel_run_count_p95",
        "run_runner_count",
    ),
    "rpt_test_durations": (
        "provider",
        "repository_id",
        "repository_name",
        "job_config_id",
        "test_id",
        "suite_name",
        "class_name",
        "test_name",
        "file_path",
        "test_seconds_p50",
        "expected_seconds",
    ),
}

CLEAN_UP_READS: Final[Reads] = {
    "dim_repositories": REPOSITORIES,
    "rpt_completeness": ("repository_name", "item_kind", "not_yet_count"),
    "fct_artifacts": (
        "repository_name",
        "artifact_id",
        "artifact_name",
        "artifact_bytes",
        "is_expired",
        "created_at",
        "expires_at",
        "head_branch",
    ),
    "fct_cache_entries": (
        "repository_name",
        "cache_id",
        "cache_key",
        "key_template",
        "ref",
        "cache_bytes",
        "created_at",
        "last_accessed_at",
    ),
}


def read(connection: duckdb.DuckDBPyConnection, reads: Reads) -> dict[str, list[Row]]:
    """The rows of marts, in an order that is always the same. Raises ReportError when a column is missing."""
    return {mart: _rows(connection, mart, columns) for mart, columns in reads.items()}


def _rows(connection: duckdb.DuckDBPyConnection, mart: str, columns: Sequence[str]) -> list[Row]:
    try:
        found = connection.execute(f"select {', '.join(columns)} from marts.{mart} order by all").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"the marts do not hold what advice reads: {error}") from error
    return [dict(zip(columns, row, strict=True)) for row in found]
