"""The facts that data/sample/SHAPE.md counts in the archive's files must come out of the marts."""

import json
import re
from pathlib import Path

import duckdb
import pytest

SHAPE = (Path(__file__).parents[2] / "data" / "sample" / "SHAPE.md").read_text()
BITCOIN, SQLITE_UTILS = "bitcoin/bitcoin", "simonw/sqlite-utils"


def facts(title: str) -> dict:
    """The JSON block under a heading."""
    return json.loads(re.search(rf"### {title}\n.*?```json\n(.*?)```", SHAPE, re.DOTALL).group(1))


def shape(row: str, column: int) -> int:
    """A number of the first table (column 1 for bitcoin, 2 for sqlite-utils)."""
    return int(re.search(rf"^\| {row} \|(.*)\|$", SHAPE, re.MULTILINE).group(1).split("|")[column - 1])


def counted(connection: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> dict:
    return dict(connection.execute(sql, list(parameters)).fetchall())


def only_row(connection: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> dict:
    result = connection.execute(sql, list(parameters))
    names = [column[0] for column in result.description]
    return dict(zip(names, result.fetchone(), strict=True))


@pytest.fixture(scope="module")
def marts(sample_warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(sample_warehouse), read_only=True)
    connection.execute("set TimeZone = 'UTC'; use marts")
    return connection


@pytest.mark.parametrize(("repository", "column"), [(BITCOIN, 1), (SQLITE_UTILS, 2)])
def test_every_attempt_job_and_step_of_the_archive_is_in_the_marts(marts, repository, column):
    expected = {name: shape(name, column) for name in ("runs", "attempts", "jobs", "steps", "job_names", "shas")}

    actual = only_row(
        marts,
        """
        select
            (select count(distinct run_id) from fct_run_attempts where repository_name = $1) as runs,
            (select count(*) from fct_run_attempts where repository_name = $1) as attempts,
            (select count(*) from fct_jobs where repository_name = $1) as jobs,
            (select count(*) from fct_steps where repository_name = $1) as steps,
            (select count(distinct job_name) from fct_jobs where repository_name = $1) as job_names,
            (select count(distinct head_sha) from fct_run_attempts where repository_name = $1) as shas
        """,
        repository,
    )

    assert actual == expected


def test_bitcoin_ended_as_often_in_each_way_as_recorded(marts):
    expected = facts("bitcoin_conclusions")

    actual = {
        kind: counted(
            marts,
            f"select provider_result, count(*) from {mart} where repository_name = ? group by all",
            BITCOIN,
        )
        for kind, mart in (("runs", "fct_run_attempts"), ("jobs", "fct_jobs"))
    }

    assert actual == expected


def test_bitcoin_jobs_queued_as_long_in_each_week_as_recorded(marts):
    expected = facts("bitcoin_queue_by_week")

    rows = marts.execute(
        """
        select
            strftime(date_trunc('week', created_at), '%Y-%m-%d') as week,
            count(*) as n,
            quantile_cont(queued_seconds, 0.5) as p50,
            round(quantile_cont(queued_seconds, 0.95), 1) as p95
        from fct_jobs
        where repository_name = ? and result = 'success'
        group by week
        """,
        [BITCOIN],
    ).fetchall()
    actual = {week: {"n": n, "p50": p50, "p95": p95} for week, n, p50, p95 in rows}

    assert actual == expected


def test_sqlite_utils_runs_succeeded_and_were_run_again_as_often_as_recorded(marts):
    expected = facts("sqlite_run_success")

    actual = only_row(
        marts,
        """
            select
                count(*) as runs,
                count(*) filter (first.result = 'success') as success_attempt1,
                count(*) filter (last.result = 'success') as success_last,
                count(*) filter (last.run_attempt > 1) as rerun,
                count(*) filter (first.result = 'failure' and last.result = 'success') as fixed_by_rerun
            from fct_run_attempts as first
            inner join fct_run_attempts as last using (repository_id, run_id)
            where first.repository_name = ? and first.run_attempt = 1 and last.is_last_attempt
            """,
        SQLITE_UTILS,
    )

    assert actual == expected


def test_sqlite_utils_caches_hit_as_often_as_their_logs_say(marts):
    expected = facts("sqlite_cache_hit_rate")

    by_job: dict[str, dict[str, int]] = {}
    for job_name, outcome, count in marts.execute(
        """
        select job_name, cache_outcome, count(*) from fct_cache_operations
        where repository_name = ? and operation = 'restore' group by all
        """,
        [SQLITE_UTILS],
    ).fetchall():
        by_job.setdefault(job_name, {})[outcome] = count
    saves = marts.execute("select count(*) from fct_cache_operations where cache_outcome = 'saved'").fetchone()[0]
    totals = {word: sum(outcomes.get(word, 0) for outcomes in by_job.values()) for word in ("exact", "partial", "miss")}
    restores = sum(totals.values())
    actual = {
        "restores": restores,
        **totals,
        "exact_hit_rate": round(totals["exact"] / restores, 5),
        "any_hit_rate": round((totals["exact"] + totals["partial"]) / restores, 5),
        "saves": saves,
        "by_job": by_job,
    }

    assert actual == expected


def test_every_test_case_of_the_archive_is_in_the_marts(marts):
    said = re.search(r"\| test_results \| passed (\d+), skipped (\d+), failed (\d+) \|", SHAPE).groups()
    expected = dict(zip(("passed", "skipped", "failed"), map(int, said), strict=True))

    actual = counted(marts, "select outcome, count(*) from fct_test_executions group by all")

    assert actual == expected
    assert sum(actual.values()) == int(re.search(r"\| test_cases \| (\d+) \|", SHAPE).group(1))


def test_every_test_execution_of_the_archive_is_tied_to_the_job_that_ran_it(marts):
    untied = marts.execute("select count(*) from fct_test_executions where job_id is null").fetchone()[0]

    assert untied == 0


def test_jobs_carried_over_into_a_re_run_are_marked_and_left_out_of_its_compute_time(marts):
    expected = int(re.search(r"\| carried_over_jobs \| (\d+) \|", SHAPE).group(1))

    carried_over, twice = marts.execute(
        """
        select count(*) filter (is_carried_over), count(*) filter (is_carried_over and execution_seconds is not null)
        from fct_jobs
        """
    ).fetchone()

    assert (carried_over, twice) == (expected, 0)


def test_failed_jobs_name_the_step_that_failed(marts):
    said = re.search(r"\| failing_step_of_failed_jobs \| (.*) \|", SHAPE).group(1)
    expected = {name: int(count) for name, count in re.findall(r"(?:^|, )(.*?) (\d+)(?=,|$)", said)}

    actual = counted(
        marts,
        "select failed_step_name, count(*) from fct_failures where repository_name = ? group by all",
        SQLITE_UTILS,
    )

    assert actual == expected


def test_every_log_line_can_be_searched(marts):
    expected = int(re.search(r"\| log_lines_in_job_files \| (\d+) \|", SHAPE).group(1))

    actual = marts.execute("select count(*) from raw.log_lines").fetchone()[0]

    assert actual == expected


def test_a_test_that_times_out_and_passes_on_the_same_commit_is_flaky_and_one_that_never_passes_there_is_not(marts):
    """July: a limit of 1.4 s per test. June: a commit that broke a test until it was mended."""
    peaks = counted(
        marts,
        "select test_name, max(flake_score_ratio) from fct_test_flakiness where is_current is not null group by all",
    )
    classes = marts.execute(
        "select distinct flakiness_class from fct_test_flakiness where test_name = 'test_with_tracer'"
    ).fetchall()

    assert peaks["test_roundtrip_text"] >= 0.8
    assert peaks.get("test_with_tracer", 0) < 0.3
    assert ("flaky",) not in classes


def test_every_mart_and_every_column_of_it_is_explained_in_the_warehouse_itself(marts):
    unexplained = marts.execute(
        """
        select table_name from duckdb_tables() where schema_name = 'marts' and comment is null
        union all
        select table_name || '.' || column_name from duckdb_columns() where schema_name = 'marts' and comment is null
        """
    ).fetchall()

    assert unexplained == []
    assert counted(marts, "select table_name, comment from duckdb_tables() where schema_name = 'marts'")
