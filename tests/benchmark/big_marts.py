"""A warehouse of 5,000 runs and two million test results, made by the declared contracts of the marts alone.

Nothing in it is a measurement: rows have the number, the types and the spread of keys of a big warehouse, which is what
a report's queries cost.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb

from pipeline_etl.reports.sections import advice, recoveries, regressions
from pipeline_etl.reports.sections.right_sizing import RULES
from pipeline_etl.reports.sections.waste import CAUSES
from tests.declared_marts import declared_marts, marts_ddl

AS_OF: Final = "timestamptz '2026-03-30 12:00:00+00'"
RUNS: Final = 5_000
ROWS: Final = {
    "dim_repositories": 1,
    "dim_workflows": 12,
    "dim_jobs": 400,
    "dim_tests": 20_000,
    "fct_run_attempts": RUNS,
    "fct_jobs": 20 * RUNS,
    "fct_critical_paths": 3 * RUNS,
    "fct_steps": 200 * RUNS,
    "fct_test_executions": 400 * RUNS,
    "fct_test_flakiness": 520_000,
    "fct_stage_bottlenecks": 1_600,
    "fct_recoveries": 2_000,
    "rpt_recovery_times": 12,  # one per workflow, as its key says: a reader joins it
    "rpt_pipeline_durations": 48,
    "rpt_headlines": 11,
    "rpt_completeness": 5,
}
FACTS, SUMMARIES = 50_000, 2_000
"""Rows of the other marts of measurements, and of those shaped for reading."""


def _one_of(words: Iterable[str]) -> str:
    listed = list(words)
    return f"{listed}[1 + (hash(i) % {len(listed)})::bigint]"


WORDS: Final = {
    "advice_kind": _one_of(advice.KINDS),
    "advice_reason": _one_of(advice.ACTIONS),
    "recovery_kind": _one_of(recoveries.KINDS),
    "series_kind": _one_of(regressions.KINDS),
    "provider": "'github'",
    "repository_id": "1",
    "repository_name": "'acme/shop'",
    "as_of_at": f"{AS_OF} - interval (7 * (i // 20000)) day",
    "is_current": "i < 20000",
    "is_executed": "true",
    "is_headline": "true",
    "is_recorded_archive": "false",
    "run_attempt": "1",
    "job_id": f"i % {20 * RUNS}",
    "run_id": f"i % {RUNS}",
    "period_kind": "['last_30_days', 'previous_30_days', 'week', 'all_history'][1 + i % 4]",
    "branch_class": "'all'",
    "flakiness_class": "['flaky', 'suspect', 'broken', 'healthy', 'insufficient_data'][1 + (hash(i) % 5)::bigint]",
    "sizing_rule": _one_of(RULES),
    "test_id": "'test ' || i % 20000",
    "waste_cause": _one_of(CAUSES),
    "workflow_name": "'workflow ' || i % 12",
    "workflow_id": "i % 12",
    "iso_week": "'2026-W' || lpad((1 + i // 12 % 13)::varchar, 2, '0')",
}
"""Column → what its value is made of, from the number of the row."""


def write_big_warehouse(path: Path) -> None:
    """Make the file."""
    with duckdb.connect(path) as connection:
        connection.execute(marts_ddl())
        for mart, columns in declared_marts().items():
            rows = ROWS.get(mart, SUMMARIES if mart.startswith("rpt_") else FACTS)
            values = ", ".join(f"({_value(name, kind, rows)})::{kind} as {name}" for name, kind in columns.items())
            connection.execute(f"insert into marts.{mart} by name select {values} from range({rows}) as made (i)")


def _value(name: str, kind: str, rows: int) -> str:
    share = "1000" if name.endswith("_ratio") else "1"
    of_kind = {
        "boolean": f"hash(i, '{name}') % 2 = 0",
        "date": f"date_trunc('week', {AS_OF}::date - (7 * (i // 12 % 26))::integer)",
        "timestamptz": f"{AS_OF} - interval (i * 180.0 / {rows}) day",
        "varchar": f"'{name} ' || i % 400",
        "varchar[]": "['one', 'two']",
        "double": f"hash(i, '{name}') % 1000 / {share}.0",
    }
    an_address = "'https://github.com/acme/shop/actions/runs/' || i" if name.endswith("_url") else None
    return WORDS.get(name) or an_address or of_kind.get(kind, f"hash(i, '{name}') % 1000")
