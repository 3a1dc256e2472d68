"""Which column of which mart is which metric. A metric is added here and nowhere else.

Names follow Prometheus: ``ci_<what>_<unit>``, seconds, bytes, ratios of 0 to 1, and moments as seconds since 1970, so
that an age is ``time() - metric`` at the moment somebody asks. No label holds an id, a commit or a text of anybody's
choice without a bound: the names of workflows are limited to the busiest of each repository.
"""

from dataclasses import dataclass
from typing import Final

SERIES_LIMIT: Final = 40
"""Series that one metric has for one repository; what is left out is counted in ``ci_exporter_series_dropped``."""

RECENT: Final = "period_kind = 'last_30_days'"


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """One metric.

    Args:
        name: Of the metric.
        documentation: One sentence, for ``# HELP``.
        mart: Where it is read.
        value: The column with the value; None for the number of rows.
        labels: Columns that tell the series of a repository apart.
        where: Which rows of the mart.
        rank: Column of which the largest are kept where there are more rows than ``SERIES_LIMIT``.
        factor: What makes the metric's base unit of the column's.
        total: How rows with the same labels become one value: ``sum`` or ``min``. None: there is one row of each.
    """

    name: str
    documentation: str
    mart: str
    value: str | None
    labels: tuple[str, ...] = ()
    where: str = "true"
    rank: str | None = None
    factor: int = 1
    total: str | None = None


def _by_workflow(
    name: str, documentation: str, column: str, *, mart: str = "rpt_pipeline_durations", factor: int = 1
) -> Gauge:
    return Gauge(
        name=name,
        documentation=f"{documentation}, last 30 days.",
        mart=mart,
        value=column,
        labels=("workflow_name",),
        where=RECENT,
        rank="run_count",
        factor=factor,
    )


GAUGES: Final[tuple[Gauge, ...]] = (
    Gauge(
        name="ci_known_until_timestamp_seconds",
        documentation="Moment up to which the history is known.",
        mart="dim_repositories",
        value="as_of_at",
    ),
    Gauge(
        name="ci_last_run_timestamp_seconds",
        documentation="When the newest run was created.",
        mart="dim_repositories",
        value="last_run_at",
    ),
    Gauge(
        name="ci_oldest_open_run_timestamp_seconds",
        documentation="When the oldest run that has not ended was created; absent when all have.",
        mart="fct_run_attempts",
        value="created_at",
        where="status <> 'completed'",
        total="min",
    ),
    Gauge(
        name="ci_api_budget_requests",
        documentation="Requests the service grants at a time; absent when it does not say.",
        mart="dim_repositories",
        value="budget_count",
    ),
    Gauge(
        name="ci_api_budget_left_requests",
        documentation="Requests that could still be sent at the end of the last sync.",
        mart="dim_repositories",
        value="budget_left_count",
    ),
    Gauge(
        name="ci_api_budget_reset_timestamp_seconds",
        documentation="When the service grants requests anew.",
        mart="dim_repositories",
        value="budget_resets_at",
    ),
    Gauge(
        name="ci_token_expiry_timestamp_seconds",
        documentation="When the token ceases to be good; absent when it never does, is renewed, or nobody says.",
        mart="dim_repositories",
        value="token_expires_at",
    ),
    _by_workflow("ci_runs", "Runs that were created", "run_count"),
    _by_workflow("ci_pipeline_wall_seconds_p50", "Median wall time of a first attempt", "wall_seconds_p50"),
    _by_workflow("ci_pipeline_wall_seconds_p95", "95th percentile of wall time of first attempts", "wall_seconds_p95"),
    _by_workflow("ci_pipeline_lead_seconds_p50", "Median time to the end of a run's last attempt", "lead_seconds_p50"),
    _by_workflow("ci_pipeline_compute_seconds_p50", "Median machine time of an attempt", "compute_seconds_p50"),
    _by_workflow("ci_pipeline_success_ratio", "Runs that succeeded in the end, by decided runs", "success_ratio"),
    _by_workflow(
        "ci_pipeline_first_attempt_success_ratio",
        "Runs that succeeded at once, by decided runs",
        "first_attempt_success_ratio",
    ),
    _by_workflow("ci_pipeline_rerun_ratio", "Runs with more than one attempt, by runs", "rerun_ratio"),
    _by_workflow("ci_job_queued_seconds_p50", "Median wait of a job from creation to start", "queued_seconds_p50"),
    _by_workflow("ci_job_queued_seconds_p95", "95th percentile of that wait", "queued_seconds_p95"),
    _by_workflow(
        "ci_billed_seconds",
        "Time that is billed, each job rounded up to whole minutes",
        "billed_minute_count",
        mart="rpt_costs",
        factor=60,
    ),
    _by_workflow("ci_list_cost_usd", "Cost at list price", "list_cost_usd", mart="rpt_costs"),
    _by_workflow("ci_billable_cost_usd", "Cost that is billed", "billable_cost_usd", mart="rpt_costs"),
    Gauge(
        name="ci_waste_seconds",
        documentation="Machine time lost, each second to one cause, last 30 days.",
        mart="rpt_waste",
        value="wasted_seconds",
        labels=("waste_cause",),
        where=RECENT,
        total="sum",
    ),
    Gauge(
        name="ci_tests",
        documentation="Tests executed in the last 30 days, by the class of their flakiness.",
        mart="fct_test_flakiness",
        value=None,
        labels=("flakiness_class",),
        where="is_current",
        total="sum",
    ),
    Gauge(
        name="ci_cache_lookups",
        documentation="Cache lookups, last 30 days.",
        mart="fct_cache_effectiveness",
        value="lookup_count",
        labels=("workflow_name",),
        where=RECENT,
        total="sum",
    ),
    Gauge(
        name="ci_cache_exact_hits",
        documentation="Cache lookups that found exactly what they asked for, last 30 days.",
        mart="fct_cache_effectiveness",
        value="exact_count",
        labels=("workflow_name",),
        where=RECENT,
        total="sum",
    ),
    Gauge(
        name="ci_failed_jobs",
        documentation="Failed jobs by cause, last 30 days.",
        mart="fct_failure_clusters",
        value="recent_failed_job_count",
        labels=("failure_class",),
        total="sum",
    ),
    Gauge(
        name="ci_recovery_seconds_p50",
        documentation="Median time in which the default branch gets green again, episodes of the last 90 days.",
        mart="rpt_recovery_times",
        value="recovery_seconds_p50",
        labels=("workflow_name",),
        rank="episode_count",
    ),
    Gauge(
        name="ci_open_breakages",
        documentation="Workflows whose default branch is red now.",
        mart="rpt_recovery_times",
        value="open_count",
        labels=("workflow_name",),
        rank="episode_count",
    ),
    Gauge(
        name="ci_extraction_coverage_ratio",
        documentation="What is stored, by what the service is known to have had.",
        mart="rpt_completeness",
        value="coverage_ratio",
        labels=("item_kind",),
    ),
    Gauge(
        name="ci_extraction_problems",
        documentation="Things that could not be read or stored.",
        mart="rpt_extraction_problems",
        value=None,
        labels=("problem_kind",),
        total="sum",
    ),
)
