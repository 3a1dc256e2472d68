"""A history as the tables the models of the flake score begin with."""

from typing import Final

import duckdb
import numpy as np
import polars as pl

from tests.simulated.histories import MAIN, History

START: Final = "timestamptz '2026-01-05 00:00:00+00'"
"""Day 0, a Monday."""

INPUTS: Final = {
    "int_test_tries_collapsed": f"""
        select
            'github' as provider, 1::bigint as repository_id, executions.run_id, executions.execution_id::varchar as execution_id,
            executions.execution_id as job_id, executions.attempt as run_attempt,
            'c' || executions.config as job_config_id, 'c' || executions.config as test_config_id,
            {START} + to_microseconds(cast(executions.at * 86400e6 as bigint)) as executed_at,
            executions.execution_id as artifact_id, 'junit.xml' as report_path, md5(results.test::varchar) as test_id,
            1::bigint as try_count, 0.1::double as test_seconds,
            0.1::double as first_try_seconds, 1::bigint as load_number,
            ['passed', 'failed', 'flaky_passed', 'skipped'][results.outcome + 1] as outcome, null::varchar as message
        from results inner join executions using (execution_id)
    """,
    "stg_test_results": """
        select
            'github' as provider, 1::bigint as repository_id, execution_id as artifact_id, md5(test::varchar) as test_id,
            null::varchar as suite_name, 'module' as class_name, 'test_' || test as test_name, null::varchar as file_path
        from results
    """,
    "int_runs_numbered_by_load": """
        select 'github' as provider, 1::bigint as repository_id, run_id, 1::bigint as load_number from runs
    """,
    "int_failures_classified": "select 'github' as provider, 1::bigint as repository_id, 0::bigint as job_id, 'test' as failure_class",
    "int_runs_in_context": f"""
        select
            'github' as provider, 1::bigint as repository_id, 'owner/name' as repository_name, run_id, sha as head_sha,
            branch as head_branch, branch = 'main' as is_default_branch, event, 'https://ci/' || run_id as run_url,
            {START} as created_at
        from runs
    """,
    "int_repositories_as_of": f"""
        select
            'github' as provider, 1::bigint as repository_id, {START} + to_days(day_count) as as_of_at,
            {START} + to_days(day_count - 30) as window_start_at
        from history
    """,
    "int_jobs_in_context": """
        select 'github' as provider, 1::bigint as repository_id, execution_id as job_id, 'https://ci/job/' || execution_id as job_url
        from executions
    """,
    "stg_repositories": "select 'github' as provider, 1::bigint as repository_id, 'owner/name' as repository_name",
}
"""Model → the query that stands for it, over the frames of ``register``."""


def register(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """Put the frames the inputs are made of into a database."""
    outcomes = np.stack(history.outcomes)
    execution, test = np.nonzero(outcomes >= 0)
    frames = {
        "results": pl.DataFrame({"execution_id": execution, "test": test, "outcome": outcomes[execution, test]}),
        "executions": pl.DataFrame(
            {
                "execution_id": np.arange(len(history.times)),
                "run_id": history.run_ids,
                "attempt": history.attempts,
                "config": history.configs,
                "at": history.times,
            }
        ),
        "runs": pl.DataFrame(
            [{"run_id": run.run_id, "sha": run.sha, "branch": run.branch, "event": run.event} for run in history.runs]
        ),
        "history": pl.DataFrame({"day_count": [history.scenario.day_count]}),
    }
    assert MAIN == "main"
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())


def truth(history: History, *, window_days: int = 30) -> pl.DataFrame:
    """One row per test: whether it is flaky at the end, and whether it has failed for no reason in the window."""
    tests = np.arange(history.scenario.test_count)
    return pl.DataFrame(
        {
            "test": tests,
            "is_flaky": history.is_flaky_now,
            "has_shown": history.has_failed_spuriously_since(history.scenario.day_count - window_days),
            "first_spurious_at": history.first_spurious_at,
            "rate": history.tests.rates,
        }
    )
