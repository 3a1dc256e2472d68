"""Rows of the marts as suites."""

from pipeline_etl.advice.splitting import Item
from pipeline_etl.advice.suite import suites_of

KEY = {"provider": "github", "repository_id": 1, "job_config_id": "c"}
SUITE = {
    **KEY,
    "repository_name": "a/b",
    "workflow_path": "ci.yml",
    "workflow_job_key": "test",
    "job_name": "test (3.13)",
    "shard_count": 1,
    "measured_job_count": 20,
    "job_test_seconds_p50": 100.0,
    "job_test_seconds_p5": 90.0,
    "job_test_seconds_p95": 130.0,
    "is_parallel_inside": False,
    "overhead_seconds": 30.0,
    "pool_name": "linux",
    "minute_price_usd": None,
}


def a_test(name="t", **changes):
    row = {"test_id": name, "class_name": "tests.a", "test_name": name, "file_path": None, "suite_name": "pytest"}
    return {**KEY, **row, "test_seconds_p50": 2.0, "expected_seconds": 2.0, **changes}


def the_suite(*rows, **changes):
    (only,) = suites_of([{**SUITE, **changes}], rows)
    return only


def test_a_suite_has_the_tests_of_its_configuration_and_of_no_other():
    suite = the_suite(a_test("a"), a_test("b", job_config_id="other"), a_test("c", repository_id=2))

    assert [test.test_id for test in suite.tests] == ["a"]


def test_a_duration_that_is_not_its_own_is_marked():
    suite = the_suite(a_test("a"), a_test("b", test_seconds_p50=None))

    assert [test.is_measured for test in suite.tests] == [True, False]


def test_a_test_nothing_is_known_of_is_left_out():
    assert the_suite(a_test("a", expected_seconds=None)).tests == ()


def test_pytest_shares_out_tests_and_others_share_out_files():
    rows = [a_test(name, file_path=path) for name, path in (("a", "x"), ("b", "x"), ("c", "y"))]

    assert [item.name for item in the_suite(*rows).items] == ["a", "b", "c"]
    assert the_suite(*({**row, "suite_name": "jest"} for row in rows)).items == [
        Item(name="x", seconds=4.0),
        Item(name="y", seconds=2.0),
    ]


def test_the_spread_is_relative_to_the_median_and_unknown_without_its_ends():
    assert the_suite().spread == (0.9, 1.3)
    assert the_suite(job_test_seconds_p95=None).spread is None
    assert the_suite(job_test_seconds_p50=0.0).spread is None
