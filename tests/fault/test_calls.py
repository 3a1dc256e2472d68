"""What a sync costs, counted by the service, endpoint by endpoint."""

from datetime import timedelta

import pytest

from pipeline_etl.contracts.tables import Annotations, Jobs, LedgerEntries
from tests.fake_ci.faults import Fault
from tests.fake_ci.scenario import Story, a_run, failed, passed, superseded, timed_out
from tests.fake_ci.server import FakeCI
from tests.fault.nights import EARLIER, Nights, a_report

OVERHEAD = ("repository", "workflows", "caches", "artifacts", "runs")
"""Asked once a night, however much happened; the lists once per hundred entries and window."""

HOUR_LIMIT = b"on: push\njobs: {test: {runs-on: ubuntu-latest, timeout-minutes: 60, steps: [run: make]}}"
NO_LIMIT = b"on: push\njobs: {test: {runs-on: ubuntu-latest, steps: [run: make]}}"
OPEN_LIMIT = (
    b'on: push\njobs: {test: {runs-on: ubuntu-latest, timeout-minutes: "${{ matrix.limit }}", steps: [run: make]}}'
)
CALLED = b"on: push\njobs: {test: {uses: ./.github/workflows/other.yml}}"


@pytest.fixture
def nights(tmp_path):
    with FakeCI(Story()) as ci:
        yield Nights(ci, tmp_path)


def things(nights):
    """Calls that new attempts and artifacts cost."""
    return {name: count for name, count in nights.ci.calls.items() if name not in OVERHEAD and "unchanged" not in name}


def happens(nights, *jobs, number=0, sha=None):
    run = nights.story.happens(a_run().with_attempt(*jobs), at=EARLIER + timedelta(minutes=number))
    if sha is not None:
        nights.story.runs[run].attempts[0]["head_sha"] = sha
    return run


def test_calls_per_new_run_attempt_are_at_most_three_and_one_per_artifact(nights):
    """Each of its own commit, so that none shares the workflow file of another."""
    for number in range(30):
        run = happens(nights, passed(), failed("lint"), number=number, sha=f"{number:040x}")
        for artifact in range(2):
            nights.story.has_artifact(run, f"report {artifact}", a_report())

    assert nights.sync().status == "complete"

    assert things(nights) == {"jobs": 30, "log archive": 30, "file": 30, "artifact": 60}


def test_an_unchanged_night_costs_one_call_per_hundred_runs_of_the_look_back(nights):
    """And five for the repository, its workflows, caches, artifacts, and the window that has only just begun."""
    for number in range(250):
        happens(nights, passed(), number=number)
    nights.sync()
    nights.ci.calls.clear()

    assert nights.sync().status == "complete"

    asked = {name: count for name, count in nights.ci.calls.items() if "unchanged" not in name}
    windows = asked.pop("runs") - 2  # two further pages of the window that holds them
    assert windows <= 3
    assert asked == {"repository": 1, "workflows": 1, "caches": 1, "artifacts": 1}
    assert nights.ci.calls["runs, unchanged"] == windows + 2


@pytest.mark.parametrize("file", [HOUR_LIMIT, NO_LIMIT])
def test_a_matrix_that_was_cancelled_before_its_limit_costs_no_call_per_job(nights, file):
    nights.story.workflow_file = file
    happens(nights, *(superseded(f"test {number}", seconds=600) for number in range(50)))

    nights.sync()

    assert things(nights) == {"jobs": 1, "log archive": 1, "file": 1}


def test_of_a_matrix_only_the_jobs_that_ran_as_long_as_they_may_are_asked_for(nights):
    nights.story.workflow_file = HOUR_LIMIT
    short = [superseded(f"test {number}", seconds=600) for number in range(50)]
    happens(nights, *short, timed_out("slow", seconds=3_601), timed_out("slow too", seconds=3_599))

    nights.sync()

    assert things(nights) == {"jobs": 1, "log archive": 1, "file": 1, "annotations": 2}
    said = nights.stored(Annotations).join(nights.stored(Jobs), on="job_id")
    assert sorted(said["job_name"]) == ["slow", "slow too"]


def test_the_limit_of_a_file_stored_by_an_earlier_sync_is_known(nights):
    nights.story.workflow_file = HOUR_LIMIT
    happens(nights, passed())
    nights.sync()
    nights.ci.calls.clear()
    happens(nights, *(superseded(f"test {number}", seconds=600) for number in range(50)), number=1)

    nights.sync()

    assert things(nights) == {"jobs": 1, "log archive": 1}


@pytest.mark.parametrize("file", [OPEN_LIMIT, CALLED])
def test_where_no_limit_is_known_ten_are_asked_for_and_it_is_recorded_that_the_others_are_not(nights, file):
    nights.story.workflow_file = file
    happens(nights, *(superseded(f"test {number}", seconds=600) for number in range(50)))

    nights.sync()

    assert nights.ci.calls["annotations"] == 10
    states = nights.stored(LedgerEntries).filter(item_kind="annotations")["state"].value_counts()
    assert dict(states.rows()) == {"stored": 10, "not_wanted": 40}


def test_a_job_cancelled_alone_before_its_limit_is_asked_for(nights):
    """Nobody cancelled the run and no other job went down with it: its runner may have."""
    nights.story.workflow_file = HOUR_LIMIT
    run = happens(nights, passed(), superseded("other", seconds=600))
    nights.story.runs[run].attempts[0]["conclusion"] = "failure"

    nights.sync()

    assert nights.ci.calls["annotations"] == 1


def test_logs_that_cannot_be_had_as_one_archive_are_had_job_by_job(nights):
    runs = [happens(nights, passed(), failed("lint"), number=number) for number in range(4)]
    for run, fault in zip(
        runs,
        (
            {"status": 404, "body": b'{"message": "Not Found"}'},
            {"status": 500, "times": 5},
            {"status": 200, "body": b"no zip at all"},
            {},
        ),
        strict=True,
    ):
        nights.ci.faults.script(Fault(rf"/runs/{run}/attempts/1/logs", **fault))

    assert nights.sync().status == "complete"

    assert set(nights.stored(LedgerEntries).filter(item_kind="job_log")["state"]) == {"stored"}
    assert nights.ci.calls["job log"] == 6


def test_where_the_log_of_a_job_that_went_well_is_gone_the_others_are_not_asked_for(nights):
    happens(nights, failed("lint"), passed(), *(failed(f"test {number}") for number in range(20)))
    nights.ci.faults.script(Fault("/logs", status=404, body=b'{"message": "Not Found"}', times=99))

    nights.sync()
    nights.sync()

    assert set(nights.stored(LedgerEntries).filter(item_kind="job_log")["state"]) == {"gone"}
    assert (nights.ci.calls["log archive"], nights.ci.calls["job log"]) == (1, 1)


def test_a_first_backfill_says_what_is_left_of_everything_and_of_the_budget(nights):
    for number in range(60):
        nights.story.has_artifact(happens(nights, passed(), number=number), "report", a_report())
    told = []

    result = nights.sync(on_progress=told.append)

    reading = [progress for progress in told if progress.stage == "reading"]
    left = [progress.left for progress in reading]
    assert all(progress.is_backfill for progress in told)
    assert left[-1] == {"attempts with their logs": 0, "artifacts": 0}
    assert {sum(progress.left.values()) + progress.done for progress in reading} == {120}
    assert reading[-1].request_count <= result.request_count == told[-1].request_count
    assert result.budget.limit_count - result.budget.remaining_count == nights.ci.calls.total()
    nights.a_day_later()
    nights.sync(on_progress=told.append)
    assert not told[-1].is_backfill
