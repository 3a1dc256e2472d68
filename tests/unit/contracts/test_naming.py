import pytest

from pipeline_etl.contracts.naming import KINDS, check_columns, problems

KEEPS_THE_GRAMMAR = [
    ("created_at", "TIMESTAMP WITH TIME ZONE"),
    ("created_at", "timestamptz"),
    ("week_date", "DATE"),
    ("queued_seconds", "DOUBLE"),
    ("queued_seconds_p95", "double"),
    ("io_read_bytes_total", "BIGINT"),
    ("list_cost_usd", "decimal(18,6)"),
    ("hit_ratio_low", "DOUBLE"),
    ("is_default_branch", "BOOLEAN"),
    ("run_id", "BIGINT"),
    ("test_id", "VARCHAR"),
    ("runner_labels", "VARCHAR[]"),
    ("flake_score", "DOUBLE"),
    ("status", "VARCHAR"),
]

BREAKS_IT = [
    ("created", "TIMESTAMP WITH TIME ZONE", "a TIMESTAMP WITH TIME ZONE is an instant, UTC; mark it with _at"),
    ("created_at", "TIMESTAMP", "not TIMESTAMP"),
    ("queued_seconds", "BIGINT", "a duration in seconds, which is DOUBLE, not BIGINT"),
    ("default_branch", "BOOLEAN", "mark it with is_ or has_"),
    ("week", "DATE", "mark it with _date"),
    ("duration_s", "DOUBLE", "write seconds for s"),
    ("repo_id", "BIGINT", "write repository for repo"),
    ("duration", "DOUBLE", "says neither of what nor in which unit"),
    ("retries_count", "HUGEINT", "BIGINT or DOUBLE or INTEGER, not HUGEINT"),
    ("jobURL", "VARCHAR", "lower case words"),
    ("run__id", "BIGINT", "lower case words"),
]


@pytest.mark.parametrize(("name", "column_type"), KEEPS_THE_GRAMMAR)
def test_a_name_that_says_kind_and_unit_has_no_problem(name: str, column_type: str) -> None:
    assert problems(name, column_type) == []


@pytest.mark.parametrize(("name", "column_type", "expected"), BREAKS_IT)
def test_a_name_that_breaks_the_grammar_is_told_what_to_do(name: str, column_type: str, expected: str) -> None:
    (problem,) = problems(name, column_type)

    assert problem.startswith(name)
    assert expected in problem


def test_columns_are_checked_together() -> None:
    columns = [*KEEPS_THE_GRAMMAR, *((name, column_type) for name, column_type, _ in BREAKS_IT)]

    assert len(check_columns(columns)) == len(BREAKS_IT)


def test_no_mark_belongs_to_two_kinds() -> None:
    marks = [mark for kind in KINDS for mark in kind.marks]

    assert len(marks) == len(set(marks))
