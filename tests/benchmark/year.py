"""A made-up year of a busy repository, written straight into the raw tables: what the models are timed on.

Everything is drawn by hash, so that the same call makes the same year. Four jobs a run; two of them report every test.
A few tests are flaky at known rates, a few break for a while, the rest passes; failed runs are run again half the time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import duckdb

from pipeline_etl.storage.raw_tables import ensure_tables

FIRST_DAY: Final = datetime(2025, 1, 6, tzinfo=UTC)

_CONTEXT: Final = "'github' as provider, 1::bigint as repository_id, $read_at::timestamptz as extracted_at"

_RUNS: Final = """
create or replace temp table new_runs as
select
    i as run_id,
    i as run_number,
    $first_day::timestamptz + i * (interval 1 day / $runs_per_day) as created_at,
    md5('commit' || i) as head_sha,
    hash(i, 'pr') % 100 < 55 as is_pull_request,
    -- A branch of a pull request lives for some eight runs.
    case when hash(i, 'pr') % 100 < 55 then 'feature-' || (i // 16) else 'main' end as head_branch
from range($first_day_number * $runs_per_day, $last_day_number * $runs_per_day) as numbers (i)
"""

_ATTEMPTS: Final = """
create or replace temp table new_attempts as
with failed as (
    select run_id, bool_or(test_outcome = 'failed') as is_failed
    from new_results where run_attempt = 1 group by all
)
select new_runs.*, 1 as run_attempt, created_at as run_started_at, is_failed
from new_runs inner join failed using (run_id)
union all
select new_runs.*, 2, created_at + interval 40 minute, false
from new_runs inner join failed using (run_id)
where is_failed and hash(run_id, 'again') % 2 = 0
"""

_RESULTS: Final = """
create or replace temp table new_results as
with tests as (
    select
        t,
        md5('test' || t) as test_id,
        -- One in a hundred tests is flaky, at 0.3 % to 10 %.
        case when t % 100 = 7 then 0.003 * pow(1.5, t // 100 % 9) else 0 end as flake_rate
    from range($test_count) as numbers (t)
),
drawn as (
    select
        new_runs.run_id,
        attempt.run_attempt,
        leg.leg,
        tests.t,
        tests.test_id,
        hash(new_runs.run_id, attempt.run_attempt, leg.leg, tests.t) % 1000000 / 1e6 as draw,
        tests.flake_rate,
        -- One in two hundred is broken on the default branch for three days in sixty.
        tests.t % 200 = 11 and new_runs.head_branch = 'main'
        and epoch(new_runs.created_at)::bigint // 86400 % 60 - tests.t % 57 between 0 and 2 as is_broken
    from new_runs
    cross join (values (1), (2)) as leg (leg)
    cross join (values (1), (2)) as attempt (run_attempt)
    cross join tests
    where attempt.run_attempt = 1 or hash(new_runs.run_id, 'again') % 2 = 0
)
select
    *,
    case
        when t % 97 = 5 then 'skipped'
        when is_broken or draw < flake_rate then 'failed'
        else 'passed'
    end as test_outcome
from drawn
"""

# A second attempt exists where the first one failed.
_RESULTS_OF_ATTEMPTS: Final = (
    "delete from new_results where (run_id, run_attempt) not in (select (run_id, run_attempt) from new_attempts)"
)

_JOBS: Final = """
create or replace temp table new_jobs as
select
    new_attempts.*,
    job.n as job_number,
    (new_attempts.run_id * 2 + new_attempts.run_attempt - 1) * 4 + job.n as job_id,
    job.job_name,
    new_attempts.run_started_at + job.start_minute * interval 1 minute as job_created_at,
    hash(new_attempts.run_id, run_attempt, job.n, 'queue') % 40 as queued,
    job.seconds * (0.8 + hash(new_attempts.run_id, run_attempt, job.n, 'length') % 400 / 1000.0) as executed,
    new_attempts.is_failed and job.n in (1, 2) as is_failed_job
from new_attempts
cross join (values (0, 'lint', 0, 60), (1, 'test (3.12)', 0, 480), (2, 'test (3.13)', 0, 540), (3, 'build', 11, 120))
    as job (n, job_name, start_minute, seconds)
"""

_INSERTS: Final = {
    "run_attempts": """
        select {context}, run_id, run_attempt, run_number, 1 as workflow_id, 'CI' as workflow_name,
            '.github/workflows/ci.yml' as workflow_path, if(is_pull_request, 'pull_request', 'push') as event,
            head_branch, head_sha, 'acme/shop' as head_repository_name, 'change ' || run_id as display_title,
            'completed' as status, if(is_failed, 'failure', 'success') as result, 'completed' as provider_status,
            if(is_failed, 'failure', 'success') as provider_result, created_at, run_started_at,
            run_started_at + interval 30 minute as updated_at, 'https://ci.invalid/runs/' || run_id as run_url,
            false as is_merge_queue
        from new_attempts""",
    "jobs": """
        select {context}, job_id, run_id, run_attempt, job_name, 'CI' as workflow_name, head_branch, head_sha,
            'completed' as status, if(is_failed_job, 'failure', 'success') as result, 'completed' as provider_status,
            if(is_failed_job, 'failure', 'success') as provider_result, job_created_at as created_at,
            job_created_at + queued * interval 1 second as started_at,
            date_trunc('second', job_created_at + (queued + executed) * interval 1 second) as completed_at,
            1 as runner_id, 'runner' as runner_name, 'Default' as runner_group_name, ['ubuntu-latest'] as runner_labels,
            'https://ci.invalid/runs/' || run_id || '/job/' || job_id as job_url, 8 as step_count
        from new_jobs""",
    "steps": """
        select {context}, job_id, n + 1 as step_number, run_id, run_attempt,
            ['Set up job', 'Checkout', 'Set up Python', 'Restore cache', 'Install dependencies', 'Run tests', 'Upload',
                'Complete job'][n + 1] as step_name,
            'completed' as status, if(is_failed_job and n = 5, 'failure', 'success') as result,
            if(is_failed_job and n = 5, 'failure', 'success') as provider_result,
            date_trunc('second', job_created_at + (queued + executed * n / 8) * interval 1 second) as started_at,
            date_trunc('second', job_created_at + (queued + executed * (n + 1) / 8) * interval 1 second) as completed_at
        from new_jobs cross join range(8) as steps (n)""",
    "job_logs": """
        select {context}, job_id, run_id, run_attempt, 100 as line_count, 9000 as log_bytes, 0 as redaction_count,
            0 as truncated_line_count, job_created_at as first_line_at, job_created_at as last_line_at
        from new_jobs""",
    "cache_operations": """
        select {context}, job_id, run_id, run_attempt, 40 as line_number, 4 as step_number, 'restore' as operation,
            if(hash(job_id, 'cache') % 10 < 7, 'exact', 'miss') as cache_outcome, 'actions/cache' as cache_tool,
            'pip-' || job_name || '-' || md5('lock' || run_id // 60) as requested_key,
            if(hash(job_id, 'cache') % 10 < 7, 'pip-' || job_name || '-' || md5('lock' || run_id // 60), null)
                as restored_key,
            45000000 as cache_bytes,
            job_created_at + (queued + executed * 3 / 8) * interval 1 second as started_at,
            job_created_at + (queued + executed * 3 / 8 + 2) * interval 1 second as completed_at, 'cache' as message
        from new_jobs where job_number < 3""",
    "artifacts": """
        select {context}, job_id as artifact_id, run_id, 'junit-' || job_number as artifact_name,
            20000 as artifact_bytes, false as is_expired, job_created_at as created_at,
            job_created_at + interval 90 day as expires_at, head_branch, head_sha
        from new_jobs where job_number in (1, 2)""",
    "artifact_uploads": """
        select {context}, job_id, run_id, run_attempt, job_id as artifact_id, 90 as line_number, 7 as step_number,
            'junit-' || job_number as artifact_name, 20000 as artifact_bytes, job_created_at as uploaded_at
        from new_jobs where job_number in (1, 2)""",
    "test_reports": """
        select {context}, job_id as artifact_id, 'junit.xml' as report_path, run_id, 'junit' as report_format,
            1 as suite_count, $test_count as test_case_count, 300.0 as report_seconds
        from new_jobs where job_number in (1, 2)""",
    "test_results": """
        select {context}, (run_id * 2 + run_attempt - 1) * 4 + leg as artifact_id, 'junit.xml' as report_path, run_id,
            t as result_number, test_id, 'pytest' as suite_name, 'tests.test_' || t // 50 as class_name,
            'test_' || t as test_name, 'tests/test_' || t // 50 || '.py' as file_path, 1 as try_number, test_outcome,
            0.01 + t % 100 / 250.0 as test_seconds, if(test_outcome = 'failed', 'AssertionError', null) as message
        from new_results""",
    "ledger_entries": """
        select {context}, 'attempt' as item_kind, run_id || '/' || run_attempt as item_id, 'stored' as state, run_id,
            run_attempt
        from new_attempts""",
    "syncs": """
        select {context}, md5($read_at::varchar) as sync_id, $read_at::timestamptz as started_at,
            $first_day::timestamptz + $last_day_number * interval 1 day as known_until_at, true as is_complete,
            1 as request_count""",
}

_ONCE: Final = {
    "repositories": """
        select {context}, 'acme/shop' as repository_name, 'main' as default_branch, false as is_private,
            'https://ci.invalid/acme/shop' as repository_url, false as is_recorded_archive""",
    "workflows": """
        select {context}, 1 as workflow_id, 'CI' as workflow_name, '.github/workflows/ci.yml' as workflow_path,
            'active' as workflow_state, $first_day::timestamptz as created_at, $first_day::timestamptz as updated_at""",
}


@dataclass(frozen=True, kw_only=True)
class Year:
    """How large a history is: days, runs a day, two reports a run, tests a report."""

    runs_per_day: int = 13
    test_count: int = 1_000


def add_days(connection: duckdb.DuckDBPyConnection, year: Year, *, first: int, last: int, load_number: int) -> int:
    """Load the days from ``first`` up to ``last`` as one load brings them; the number of test results added."""
    ensure_tables(connection)
    values = {
        "first_day": FIRST_DAY,
        "first_day_number": first,
        "last_day_number": last,
        "runs_per_day": year.runs_per_day,
        "test_count": year.test_count,
        "read_at": FIRST_DAY + timedelta(days=last),
    }
    for statement in (_RUNS, _RESULTS, _ATTEMPTS, _RESULTS_OF_ATTEMPTS, _JOBS):
        _execute(connection, statement, values)
    for table, query in {**(_ONCE if load_number == 1 else {}), **_INSERTS}.items():
        composed = query.format(context=_CONTEXT)
        _execute(
            connection,
            f"insert into raw.{table} by name select *, {load_number} as load_number from ({composed})",
            values,
        )
    count = connection.execute("select count(*) from new_results").fetchall()[0][0]
    for table in ("new_runs", "new_results", "new_attempts", "new_jobs"):
        connection.execute(f"drop table {table}")
    return count


def _execute(connection: duckdb.DuckDBPyConnection, statement: str, values: dict[str, object]) -> None:
    connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
