from datetime import timedelta

import pytest

from pipeline_etl.contracts.tables import WorkflowFiles, WorkflowFileVersions, WorkflowJobs
from pipeline_etl.extraction.workflow_files import shortest_timeout, shortest_timeouts
from pipeline_etl.parsing.workflow_file import parse_workflow_file
from tests.unit.extraction.scripted import rows

JOB = "runs-on: ubuntu-latest, steps: [run: make]"


def of(text):
    return shortest_timeout(parse_workflow_file(text.encode()), text=text)


@pytest.mark.parametrize(
    ("jobs", "minutes"),
    [
        pytest.param("{a: {%s, timeout-minutes: 30}, b: {%s, timeout-minutes: 90}}", 30, id="the shorter of two"),
        pytest.param("{a: {%s, timeout-minutes: 600}, b: {%s}}", 360, id="unstated is six hours"),
        pytest.param("{a: {%s}, b: {%s, timeout-minutes: '45'}}", None, id="a text"),
        pytest.param('{a: {%s, timeout-minutes: "${{ inputs.x }}"}, b: {%s}}', None, id="an expression"),
        pytest.param("{a: {%s, timeout-minutes: &limit 30}, b: {%s, timeout-minutes: *limit}}", None, id="an alias"),
        pytest.param("{a: {%s, x: '%s'}, b: {uses: ./.github/workflows/other.yml}}", None, id="another file"),
    ],
)
def test_how_long_the_jobs_of_a_file_may_run_at_least_is_known_or_said_to_be_unknown(jobs, minutes):
    assert of("on: push\njobs: " + jobs % (JOB, JOB)) == (minutes and timedelta(minutes=minutes))


def test_of_a_stored_file_without_its_text_it_is_not_known():
    path = ".github/workflows/ci.yml"
    versions = rows(
        WorkflowFileVersions,
        {"workflow_path": path, "head_sha": "one", "workflow_file_id": "a"},
        {"workflow_path": path, "head_sha": "two", "workflow_file_id": "b"},
    )
    jobs = rows(
        WorkflowJobs,
        *({"workflow_path": path, "workflow_file_id": each, "timeout_seconds": 60.0, "needs": []} for each in "ab"),
    )
    files = rows(WorkflowFiles, {"workflow_path": path, "workflow_file_id": "a", "content_text": "timeout-minutes: 1"})

    assert shortest_timeouts(versions, jobs, files) == {f"{path}@one": timedelta(minutes=1), f"{path}@two": None}
