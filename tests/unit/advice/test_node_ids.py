"""The node ids of a suite that is hard to name, as pytest itself reports and collects it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_etl.advice.node_ids import durations_of
from pipeline_etl.advice.suite import Suite, Test
from tests.parsed import parse_test_report

FILES = Path(__file__).parent / "node_id_files"
COLLECTED = (FILES / "collected.txt").read_text("utf-8").splitlines()
NODE_IDS = {line for line in COLLECTED if "::" in line}


def suite(report, **changes):
    """The suite of one report of pytest."""
    results = parse_test_report((FILES / report).read_bytes(), repository_id=1).results
    tests = tuple(
        Test(
            test_id=row["test_id"],
            class_name=row["class_name"],
            test_name=row["test_name"],
            file_path=row["file_path"],
            seconds=1.0 + row["result_number"],
            is_measured=True,
        )
        for row in results.iter_rows(named=True)
    )
    made = Suite(
        repository_name="a/b",
        workflow_path=None,
        workflow_job_key=None,
        job_name="test",
        is_pytest=True,
        tests=tests,
        shard_count=1,
        measured_job_count=20,
        overhead_seconds=10.0,
        is_parallel_inside=False,
        pool_name=None,
        minute_price_usd=None,
        spread=None,
    )
    return replace(made, **changes)


def test_the_recorded_suite_has_what_makes_names_hard():
    assert len(NODE_IDS) == 9
    assert any("[a::b]" in node_id for node_id in NODE_IDS)


def test_a_report_that_names_files_gives_every_node_id():
    durations = durations_of([suite("xunit1.xml")])

    assert set(durations.seconds) == NODE_IDS
    assert (durations.refusal, durations.unnamed_count) == (None, 0)


def test_a_report_without_files_is_refused_with_what_to_do():
    durations = durations_of([suite("xunit2.xml")])

    assert durations.seconds == {}
    assert "junit_family = xunit1" in durations.refusal


def test_with_the_collected_list_the_same_report_gives_every_node_id():
    from_list = durations_of([suite("xunit2.xml")], collected=COLLECTED)

    assert from_list.seconds == durations_of([suite("xunit1.xml")]).seconds


def test_what_two_node_ids_fit_is_not_guessed():
    twins = [*COLLECTED, "tests/deep/check_dots/TestOuter.py::test_same"]

    durations = durations_of([suite("xunit2.xml")], collected=twins)

    assert "1 of 9 tests fit no node id, or more than one" in durations.refusal


def test_a_rare_test_without_a_node_id_is_counted_and_left_to_the_mean():
    whole = suite("xunit1.xml")
    stranger = replace(whole.tests[0], file_path="tests/other.py", seconds=0.1)

    durations = durations_of([replace(whole, tests=(*whole.tests, stranger))])

    assert (set(durations.seconds), durations.unnamed_count) == (NODE_IDS, 1)


def test_a_test_of_two_legs_takes_the_mean_of_them():
    slow = suite("xunit1.xml")
    fast = replace(slow, tests=tuple(replace(test, seconds=test.seconds / 3) for test in slow.tests))

    both, one = durations_of([slow, fast]).seconds, durations_of([slow]).seconds

    assert both == pytest.approx({node_id: seconds * 2 / 3 for node_id, seconds in one.items()}, abs=1e-5)


def test_the_file_is_json_sorted_by_node_id():
    text = durations_of([suite("xunit1.xml")]).as_text

    assert list(json.loads(text)) == sorted(NODE_IDS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"tests": ()}, "no test has a known duration"), ({"is_pytest": False}, "not reported by pytest")],
)
def test_what_pytest_split_cannot_use_is_refused(changes, reason):
    assert reason in durations_of([suite("xunit1.xml", **changes)]).refusal
