"""When a limit should be set, raised, or left alone."""

import pytest

from pipeline_etl.advice.limits import max_parallel, takes_runners_from_others, timeouts
from pipeline_etl.errors import UnpatchableWorkflowFile

FILE = "jobs:\n  test:\n    runs-on: x\n    strategy:\n      max-parallel: 2\n      matrix: {a: [1, 2]}\n"


MATRIX = {
    "workflow_path": ".github/workflows/ci.yml",
    "workflow_job_key": "test",
    "parallel_leg_count_max": 8,
    "other_job_count": 50,
    "other_queue_seconds_p95": 400.0,
    "other_queue_seconds_mean": 90.0,
    "apart_job_count": 60,
    "apart_queue_seconds_p95": 20.0,
    "apart_queue_seconds_mean": 10.0,
}


def the_only(proposals):
    (only,) = proposals
    return only


def test_a_job_without_a_limit_gets_one_and_the_gain_is_what_hung_jobs_took(declared_job):
    proposal = the_only(timeouts([declared_job()]))

    assert proposal.advice.action.startswith("Set timeout-minutes to 20 (now 360 min, the service's own")
    assert (proposal.advice.gain.amount, proposal.advice.confidence) == (18000.0, "high")
    assert proposal.change(FILE) == FILE.replace("runs-on: x\n", "runs-on: x\n    timeout-minutes: 20\n")


def test_a_limit_that_ends_good_jobs_is_raised(declared_job):
    proposal = the_only(
        timeouts([declared_job(timeout_seconds=600.0, timed_out_job_count=4, timeout_verdict="too tight")])
    )

    assert proposal.advice.action == "Raise timeout-minutes to 20 (now 10 min)."


@pytest.mark.parametrize("verdict", ["fits", None])
def test_a_limit_that_is_right_or_not_the_job_s_own_is_left_alone(declared_job, verdict):
    assert timeouts([declared_job(timeout_verdict=verdict)]) == []


def test_too_few_successes_say_how_many_are_missing(declared_job):
    advice = the_only(timeouts([declared_job(timeout_verdict="not enough data", successful_job_count=3)])).advice

    assert advice.missing == "needs 20 successful jobs in 90 days, has 3"


def test_without_a_99th_percentile_the_longest_stands_in_and_confidence_is_less(declared_job):
    advice = the_only(timeouts([declared_job(execution_seconds_p99=None, successful_job_count=40)])).advice

    assert advice.confidence == "medium"
    assert "the longest took 13 min 20 s" in advice.evidence[0].said


def test_a_limit_that_is_an_expression_is_not_overwritten(declared_job):
    text = "jobs:\n  test:\n    runs-on: x\n    timeout-minutes: ${{ inputs.limit }}\n"

    with pytest.raises(UnpatchableWorkflowFile, match="is an expression"):
        the_only(timeouts([declared_job()])).change(text)


def test_legs_that_wait_for_each_other_may_run_together_where_runners_are_there(declared_job):
    proposal = the_only(max_parallel([declared_job(max_parallel_count=2, leg_count=5)]))

    assert (proposal.advice.gain.amount, proposal.advice.confidence) == (600.0, "low")
    assert any("REST alone does not tell it" in evidence.said for evidence in proposal.advice.evidence)
    assert proposal.change(FILE) == FILE.replace("max-parallel: 2", "max-parallel: 5")


@pytest.mark.parametrize("changes", [{"leg_count": 2, "max_parallel_count": 2}, {"leg_count": 9}, {"leg_count": None}])
def test_what_holds_nothing_back_is_left_alone(declared_job, changes):
    assert max_parallel([declared_job(**changes)]) == []


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"queued_seconds_p95": 400.0}, "jobs queue 6 min 40 s"),
        ({"queued_seconds_p95": None}, "needs 20 executed jobs"),
    ],
)
def test_where_runners_are_short_or_unknown_nothing_is_advised(declared_job, changes, missing):
    advice = the_only(max_parallel([declared_job(max_parallel_count=2, leg_count=5, **changes)])).advice

    assert missing in advice.missing


def test_a_matrix_that_takes_the_runners_of_others_is_told_to_take_half_and_never_more(declared_job):
    row = declared_job(max_parallel_count=8, leg_count=9)

    proposal = the_only(max_parallel([row], [MATRIX]))

    assert proposal.advice.action == "Lower max-parallel to 4 (now 8, 8 legs at a time)."
    assert "waits more than 6 min 40 s" in proposal.advice.evidence[0].said
    assert "Its own runs take about 5 min longer, at 5 min a leg." in proposal.advice.evidence[1].said
    assert (proposal.advice.gain.amount, proposal.advice.confidence) == (4000.0, "low")
    assert proposal.change(FILE) == FILE.replace("max-parallel: 2", "max-parallel: 4")


def test_a_matrix_without_a_limit_gets_one(declared_job):
    proposal = the_only(max_parallel([declared_job(leg_count=8, execution_seconds_p50=None)], [MATRIX]))

    assert "(now no limit, 8 legs at a time)" in proposal.advice.action
    assert proposal.advice.evidence[1].said == "What it costs its own runs is not known."


def test_a_limit_that_was_lowered_since_is_what_half_is_taken_of(declared_job):
    half = the_only(max_parallel([declared_job(max_parallel_count=4, leg_count=9)], [MATRIX]))

    assert half.advice.action == "Lower max-parallel to 2 (now 4, 4 legs at a time)."
    assert max_parallel([declared_job(max_parallel_count=1, leg_count=9)], [MATRIX]) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"other_queue_seconds_p95": 60.0},
        {"apart_queue_seconds_p95": 200.0},
        {"apart_queue_seconds_p95": None},
        {"other_queue_seconds_p95": None},
        {"parallel_leg_count_max": 1},
    ],
)
def test_waits_that_are_short_or_the_same_without_it_or_not_known_are_none_of_its_doing(declared_job, changes):
    assert not takes_runners_from_others({**MATRIX, **changes})
    assert max_parallel([declared_job(leg_count=9)], [{**MATRIX, **changes}]) == []
