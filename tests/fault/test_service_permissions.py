"""A permission the token lacks: named once, asked for once a night, and what was left out is read once it is given."""

import pytest

from pipeline_etl.contracts.tables import (
    Annotations,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    TestResults,
    WorkflowJobs,
)
from tests.fake_ci.faults import Fault
from tests.fake_ci.scenario import Story, a_run, timed_out
from tests.fake_ci.server import FakeCI
from tests.fault.nights import EARLIER, Nights, a_report

KINDS = [
    # kind of thing, endpoint, the service's word, ours, a table that stays empty, how it is refused
    pytest.param("annotations", "annotations", "checks=read", "Checks: read", Annotations, 403, id="Checks"),
    pytest.param("annotations", "annotations", "checks=read", "Checks: read", Annotations, 404, id="Checks, hidden"),
    pytest.param("workflow_file", "file", "contents=read", "Contents: read", WorkflowJobs, 403, id="Contents"),
    pytest.param("workflow_file", "file", "contents=read", "Contents: read", WorkflowJobs, 404, id="Contents, hidden"),
    # A 404 of theirs says nothing: logs and artifacts may be gone.
    pytest.param("artifact", "artifact", "actions=read", "Actions: read", TestResults, 403, id="Actions, artifacts"),
    pytest.param("job_log", "log archive", "actions=read", "Actions: read", None, 403, id="Actions, logs"),
]


@pytest.fixture
def nights(tmp_path):
    with FakeCI(Story()) as ci:
        yield Nights(ci, tmp_path)


def happen(nights, count=6):
    for _ in range(count):
        run = nights.story.happens(a_run().with_attempt(timed_out()), at=EARLIER)
        nights.story.runs[run].attempts[0]["head_sha"] = f"{run:040x}"
        nights.story.has_artifact(run, "report", a_report())


def states(nights, kind):
    return set(nights.stored(LedgerEntries).filter(item_kind=kind)["state"])


@pytest.mark.parametrize(("kind", "endpoint", "wanted", "permission", "table", "status"), KINDS)
def test_a_missing_permission_is_named_once_and_the_rest_goes_on(
    nights, kind, endpoint, wanted, permission, table, status
):
    happen(nights)
    if status == 404:
        nights.ci.hidden.add(endpoint)
    else:
        nights.ci.lacking[endpoint] = wanted

    first = nights.sync()

    assert first.status == "complete"
    assert nights.stored(Jobs).height == 6
    assert [sentence for sentence in first.lacking if permission in sentence] == list(first.lacking) != []
    problems = nights.stored(ExtractionProblems).select("problem_kind", "item_kind", "message").rows()
    assert problems == [("NotPermitted", kind, first.lacking[0])]
    assert states(nights, kind) == {"not_permitted"}
    asked = nights.ci.calls[endpoint]
    assert asked == (2 if status == 404 and kind == "workflow_file" else 1)  # one more to see whether any file is shown

    nights.a_day_later()
    nights.ci.calls.clear()
    second = nights.sync()

    assert second.lacking == first.lacking
    assert nights.ci.calls[endpoint] == 1
    assert (nights.ci.calls["jobs"], nights.ci.calls["job log"]) == (0, 0)

    nights.ci.lacking.clear()
    nights.ci.hidden.clear()
    nights.a_day_later()
    third = nights.sync()

    assert (third.status, third.lacking) == ("complete", ())
    assert states(nights, kind) == {"stored"}
    if table is not None:
        assert not nights.stored(table).is_empty()


def test_without_the_permission_for_all_of_it_the_repository_fails_and_says_why(nights):
    happen(nights, 1)
    nights.ci.lacking = dict.fromkeys(("runs", "caches", "workflows"), "actions=read")

    result = nights.sync()

    assert (result.status, type(result.error).__name__) == ("failed", "NotPermitted")
    assert "Actions: read" in str(result.error)
    assert "permission" in result.error.advice


def test_a_file_that_is_gone_is_no_missing_permission(nights):
    """One run was made from a file of a commit that is not there any more; others are shown."""
    happen(nights, 3)
    first = next(iter(nights.story.runs))
    nights.ci.faults.script(Fault(f"ref={first:040x}", status=404, body=b'{"message": "Not Found"}', times=9))

    assert nights.sync().lacking == ()
    assert states(nights, "workflow_file") == {"gone", "stored"}
