from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dataframely as dy
import polars as pl
import pytest

from pipeline_etl.contracts.tables import ExtractionProblems, LogLines, Repositories, Steps
from pipeline_etl.errors import ContractDrift
from pipeline_etl.storage.conform import conform, declared_schema, latest_looks, problem_id, stored_schema
from pipeline_etl.storage.layout import Look, Partition

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def look(partition: Partition) -> Look:
    return Look(partition=partition, extracted_at=NOW)


def test_rows_that_keep_the_rules_pass_as_they_are(rows: Callable, look: Look) -> None:
    frame = rows(Steps, 5)

    result = conform(frame, Steps, look=look)

    assert result.rows.equals(frame)
    assert (result.rejected_count, result.problems.height) == (0, 0)


def test_a_row_without_a_required_value_becomes_a_problem_and_the_others_stay(rows: Callable, look: Look) -> None:
    frame = rows(Steps, 3, job_id=[1, 1, 2], step_number=[1, 2, 1]).with_columns(
        step_name=pl.Series([None, "build", "test"])
    )

    result = conform(frame, Steps, look=look)

    (problem,) = result.problems.to_dicts()
    assert result.rows.select("job_id", "step_number").rows() == [(1, 2), (2, 1)]
    assert result.rejected_count == 1
    assert problem["problem_kind"] == "step_name|nullability"
    assert (problem["item_kind"], problem["item_id"], problem["job_id"]) == ("steps", "1", 1)
    assert '"step_number":1' in problem["message"]
    assert problem["extracted_at"] == NOW


def test_a_log_of_a_thousand_broken_lines_is_one_problem(rows: Callable, look: Look) -> None:
    frame = rows(LogLines, 1000, job_id=1, line_number=range(1000)).with_columns(line_text=pl.lit(None, pl.String))

    result = conform(frame, LogLines, look=look)

    (message,) = result.problems["message"]
    assert result.rejected_count == 1000
    assert message.startswith("1000 rows of log_lines broke the rule line_text|nullability")


def test_a_row_that_breaks_two_rules_is_two_problems(rows: Callable, look: Look) -> None:
    frame = rows(Steps, 1).with_columns(step_name=pl.lit(None, pl.String), job_id=pl.lit(None, pl.Int64))

    result = conform(frame, Steps, look=look)

    assert set(result.problems["problem_kind"]) == {"step_name|nullability", "job_id|nullability"}
    assert set(result.problems["item_id"]) == {"unknown"}


def test_a_rule_of_the_table_names_the_problem(rows: Callable, look: Look) -> None:
    class Ordered(Steps):
        """One row per step."""

        @dy.rule()
        def a_step_never_ends_before_it_starts(cls) -> pl.Expr:  # noqa: N805 # a rule is a class method
            return pl.col("completed_at") >= pl.col("started_at")

    frame = rows(Steps, 1, started_at=NOW, completed_at=NOW - timedelta(seconds=1))

    assert conform(frame, Ordered, look=look).problems["problem_kind"].to_list() == [
        "a_step_never_ends_before_it_starts"
    ]


def test_a_word_outside_the_vocabulary_is_a_problem_and_never_an_error(rows: Callable, look: Look) -> None:
    frame = rows(Steps, 2).with_columns(result=pl.Series(["success", "vanished"]))

    result = conform(frame, Steps, look=look)

    assert result.rows["result"].to_list() == ["success"]
    assert result.problems["problem_kind"].to_list() == ["result|dtype"]


def test_undeclared_and_missing_columns_are_named_together(rows: Callable, look: Look) -> None:
    frame = rows(Steps).drop("step_name", "status").with_columns(colour=pl.lit("red"))

    with pytest.raises(ContractDrift, match=r"steps.*undeclared columns \['colour'\].*\['step_name', 'status'\]"):
        conform(frame, Steps, look=look)


def test_an_undeclared_column_alone_is_drift(rows: Callable, look: Look) -> None:
    with pytest.raises(ContractDrift, match=r"undeclared columns \['colour'\], missing columns \[\]"):
        conform(rows(Steps).with_columns(colour=pl.lit("red")), Steps, look=look)


def test_a_missing_column_alone_is_drift(rows: Callable, look: Look) -> None:
    with pytest.raises(ContractDrift, match=r"undeclared columns \[\], missing columns \['step_name'\]"):
        conform(rows(Steps).drop("step_name"), Steps, look=look)


def test_what_a_frame_may_leave_out_is_filled_from_the_look_or_null(rows: Callable, look: Look) -> None:
    frame = rows(Steps).drop("provider", "repository_id", "extracted_at", "completed_at")

    (row,) = conform(frame, Steps, look=look).rows.to_dicts()

    assert (row["provider"], row["repository_id"], row["extracted_at"]) == ("github", 7, NOW)
    assert row["completed_at"] is None


def test_a_type_that_cannot_become_the_declared_one_is_drift(rows: Callable, look: Look) -> None:
    frame = rows(Steps).with_columns(job_id=pl.Series([[1, 2]]))

    with pytest.raises(ContractDrift, match="steps"):
        conform(frame, Steps, look=look)


def test_rows_of_another_repository_are_refused(rows: Callable, look: Look) -> None:
    with pytest.raises(ContractDrift, match="another repository than 7"):
        conform(rows(Steps, repository_id=8), Steps, look=look)


def test_of_two_rows_with_one_key_the_later_look_stands(rows: Callable, look: Look) -> None:
    frame = rows(
        Repositories,
        2,
        repository_name=["a/new", "a/old"],
        extracted_at=[NOW, NOW - timedelta(days=1)],
        repository_id=7,
    )

    result = conform(frame, Repositories, look=look)

    assert result.rows["repository_name"].to_list() == ["a/new"]
    assert result.rejected_count == 0


def test_of_two_looks_at_one_moment_the_order_of_rows_does_not_decide(rows: Callable) -> None:
    frame = rows(Repositories, 2, repository_name=["a/b", "a/c"])

    assert (
        latest_looks(frame.lazy(), Repositories)
        .collect()
        .equals(latest_looks(frame.reverse().lazy(), Repositories).collect())
    )


def test_the_same_problem_met_again_has_the_same_id() -> None:
    once = problem_id(problem_kind="MalformedLog", item_kind="job_log", item_id="1")

    assert once == problem_id(problem_kind="MalformedLog", item_kind="job_log", item_id="1")
    assert once != problem_id(problem_kind="MalformedLog", item_kind="job_log", item_id="1", file_path="a")


def test_words_are_stored_as_text_so_that_a_vocabulary_can_grow() -> None:
    assert stored_schema(Steps)["result"] == pl.String
    assert isinstance(declared_schema(Steps)["result"], pl.Enum)
    assert list(stored_schema(ExtractionProblems)) == list(declared_schema(ExtractionProblems))
