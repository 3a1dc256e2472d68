"""Suites, and what is said of sharing them out."""

from dataclasses import replace

import pytest

from pipeline_etl.advice.shard_advice import shards
from pipeline_etl.advice.shards import Terms
from pipeline_etl.advice.suite import Suite, Test

FILE = "jobs:\n  test:\n    runs-on: x\n    steps:\n      - run: pytest\n"


def some_tests(*seconds, is_measured=True):
    return tuple(
        Test(
            test_id=f"t{number}",
            class_name="tests.a",
            test_name=f"t{number}",
            file_path=None,
            seconds=float(each),
            is_measured=is_measured,
        )
        for number, each in enumerate(seconds)
    )


SUITE = Suite(
    repository_name="a/b",
    workflow_path="ci.yml",
    workflow_job_key="test",
    job_name="test (3.13)",
    is_pytest=True,
    tests=some_tests(*[10] * 90),
    shard_count=1,
    measured_job_count=20,
    overhead_seconds=60.0,
    is_parallel_inside=False,
    pool_name="linux",
    minute_price_usd=0.006,
    spread=(0.9, 1.2),
)


def proposal(*suites, terms=None):
    (only,) = shards(suites, terms or Terms())
    return only


def test_a_long_suite_is_shared_out_and_says_what_each_number_of_jobs_takes():
    made = proposal(SUITE, terms=Terms(target_seconds=400))
    said = [evidence.said for evidence in made.advice.evidence]

    assert made.advice.action == "Share the suite out by 3 jobs (now 1 job)."
    assert made.advice.gain.amount == 600
    assert (made.advice.gain.low, made.advice.gain.high) == (pytest.approx(540), pytest.approx(720))
    assert made.advice.confidence == "high"
    assert "3 jobs: 6 min by least_duration, 6 min by duration_based_chunks, 18 billed minutes" in " ".join(said)
    assert any(line.startswith("pytest --splits 3 --group <1 to 3> --splitting-algorithm least_dur") for line in said)
    assert "--splits 3" in made.change(FILE)


def test_a_short_suite_stays_as_it_is_and_promises_nothing():
    made = proposal(replace(SUITE, tests=some_tests(1, 2, 3)))

    assert made.advice.action == "Leave the suite in 1 job."
    assert (made.advice.gain, made.change) == (None, None)


def test_too_many_shards_become_fewer():
    made = proposal(replace(SUITE, tests=some_tests(1, 2, 3), shard_count=4))

    assert made.advice.action == "Share the suite out by 1 job (now 4 jobs)."
    assert made.change is None  # taking a matrix away is for a person


def test_the_legs_of_a_matrix_get_one_number_and_the_slowest_decides():
    slow = replace(SUITE, job_name="test (3.14)", tests=some_tests(*[20] * 90))

    made = proposal(SUITE, slow, terms=Terms(target_seconds=400))

    assert made.advice.action == "Share the suite out by 6 jobs (now 1 job)."
    assert "test (3.14)" in made.advice.evidence[0].said


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"is_parallel_inside": True, "overhead_seconds": None}, "ran side by side"),
        ({"measured_job_count": 4}, "needs 5 jobs of test (3.13) with a test report, has 4"),
        ({"overhead_seconds": None}, "needs 5 jobs"),
        ({"tests": ()}, "no test of test (3.13) has passed three times"),
    ],
)
def test_where_data_are_too_thin_it_says_what_is_missing(changes, missing):
    assert missing in proposal(replace(SUITE, **changes)).advice.missing


def test_a_runner_of_unknown_price_is_said():
    said = [evidence.said for evidence in proposal(replace(SUITE, minute_price_usd=None)).advice.evidence]

    assert "The price of the runner is not known, so that money was left out." in said


@pytest.mark.parametrize(
    ("changes", "confidence"),
    [({}, "high"), ({"spread": None}, "medium"), ({"tests": some_tests(*[10] * 90, is_measured=False)}, "low")],
)
def test_confidence_is_that_of_the_durations(changes, confidence):
    assert proposal(replace(SUITE, **changes)).advice.confidence == confidence


def test_other_suites_are_shared_out_by_file_and_by_hand():
    made = proposal(
        replace(
            SUITE,
            is_pytest=False,
            tests=tuple(replace(test, file_path=f"f{number}") for number, test in enumerate(SUITE.tests)),
        )
    )

    assert "file by file" in made.advice.action
    assert made.change is None


SHORT = {
    "repository_name": "a/b",
    "pool_name": "linux",
    "running_job_count_max": 6,
    "parallel_run_count_p95": 3.0,
    "run_runner_count": 2,
}


def test_where_runners_are_short_a_run_gets_its_part_of_them_unless_it_is_told_how_many():
    (capped,) = shards([SUITE], Terms(target_seconds=400), [SHORT])
    (told,) = shards([SUITE], Terms(target_seconds=400, runner_count=9), [SHORT])
    (elsewhere,) = shards([SUITE], Terms(target_seconds=400), [{**SHORT, "pool_name": "macos"}])
    (enough,) = shards([SUITE], Terms(target_seconds=400), [{**SHORT, "run_runner_count": None}])

    assert capped.advice.action == "Share the suite out by 2 jobs (now 1 job)."
    assert "never more than 6 jobs at work" in capped.advice.evidence[-1].said
    for free in (told, elsewhere, enough):
        assert free.advice.action == "Share the suite out by 3 jobs (now 1 job)."
        assert not any("too few runners" in evidence.said for evidence in free.advice.evidence)
