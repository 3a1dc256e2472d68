"""One value changes, and the file around it does not."""

from difflib import ndiff
from pathlib import Path

import pytest

from pipeline_etl.advice.workflow_edit import with_text, with_value
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml

SAMPLE = Path(__file__).parents[3] / "data/sample/github"
WORKFLOWS = {
    path.parts[path.parts.index("contents") - 1]: path.read_text("utf-8")
    for path in sorted(SAMPLE.glob("*/*/contents/.github/workflows/ci.yml"))
}
JOBS = [(name, job) for name, text in WORKFLOWS.items() for job in load_yaml(text.encode())["jobs"]]

ODD = """\
# what stands above stays
on: {push: {}}   # flow, with a comment

jobs:
    "quoted":   # four spaces
        name: 'it''s quoted'
        runs-on:   ubuntu-latest   # why this one

        # about the steps
        steps:
            - run: >-
                python -m pytest
                -q

    listed:
        runs-on:
            - self-hosted
            # a comment in a list
            - linux
        strategy: {matrix: {a: [1]}}
        steps: []
    last: {runs-on: ubuntu-latest, steps: []}
    called:
        uses: ./.github/workflows/other.yml
        with: &shared
            a: 1
    caller:
        uses: ./.github/workflows/other.yml
        with: *shared"""


def changed_lines(before, after):
    """Lines that went and lines that came."""
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def test_there_are_workflows_to_try_it_on():
    assert len(WORKFLOWS) == 2
    assert len(JOBS) > 10


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_limit_given_to_any_job_of_the_sample_is_one_line_more_or_one_that_changed(name, job):
    before = WORKFLOWS[name]
    has_one = "timeout-minutes" in load_yaml(before.encode())["jobs"][job]

    gone, come = changed_lines(before, with_value(before, ("jobs", job, "timeout-minutes"), 17))

    assert [line.strip() for line in come] == ["timeout-minutes: 17"]
    assert len(gone) == has_one


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_another_runner_for_any_job_of_the_sample_changes_one_line(name, job):
    before = WORKFLOWS[name]

    gone, come = changed_lines(before, with_value(before, ("jobs", job, "runs-on"), "ubuntu-24.04-arm"))

    assert [line.strip() for line in come] == ["runs-on: ubuntu-24.04-arm"]
    assert len(gone) == 1


@pytest.mark.parametrize(
    ("path", "value", "gone", "come"),
    [
        (
            ("jobs", "quoted", "runs-on"),
            "big",
            ["        runs-on:   ubuntu-latest   # why this one"],
            ["        runs-on:   big   # why this one"],
        ),
        (("jobs", "quoted", "timeout-minutes"), 5, [], ["        timeout-minutes: 5"]),
        (("jobs", "listed", "timeout-minutes"), 5, [], ["        timeout-minutes: 5"]),
        (
            ("jobs", "quoted", "strategy", "matrix", "shard"),
            [1, 2],
            [],
            ["        strategy:", "          matrix:", "            shard: [1, 2]"],
        ),
        (
            ("jobs", "quoted", "container"),
            {"image": "node", "options": "--memory 4096m"},
            [],
            ["        container:", "          image: node", "          options: '--memory 4096m'"],
        ),
        (("jobs", "called", "with", "b"), "x: 'y'", [], ["            b: 'x: ''y'''"]),
    ],
)
def test_what_is_written_oddly_stays_odd(path, value, gone, come):
    if path[1] == "called":
        with pytest.raises(UnpatchableWorkflowFile, match="would change something else"):
            with_value(ODD, path, value)  # the mapping is another job's too
        return
    assert changed_lines(ODD, with_value(ODD, path, value)) == (gone, come)


def test_a_text_is_changed_inside_its_quotes_and_folds():
    name = with_text(ODD, ("jobs", "quoted", "name"), lambda said: said.replace("quoted", "changed"))
    command = with_text(ODD, ("jobs", "quoted", "steps", 0, "run"), lambda said: said.replace("-q", "-q -x"))

    assert changed_lines(ODD, name)[1] == ["        name: 'it''s changed'"]
    assert changed_lines(ODD, command)[1] == ["                -q -x"]


def test_line_ends_of_windows_stay_and_new_lines_have_them():
    before = ODD.replace("\n", "\r\n")
    after = with_value(before, ("jobs", "quoted", "timeout-minutes"), 5)

    assert after.replace("\r\n", "").count("\n") == 0
    assert after.replace("        timeout-minutes: 5\r\n", "") == before


def test_a_new_key_after_the_last_line_of_a_file_without_an_end_of_line():
    before = "jobs:\n  a:\n    steps: []\n    runs-on: x"

    assert with_value(before, ("jobs", "a", "timeout-minutes"), 5) == f"{before}\n    timeout-minutes: 5"


def test_a_list_of_several_lines_becomes_another_one():
    after = with_value(ODD, ("jobs", "listed", "runs-on"), ["x", "y"])

    assert load_yaml(after.encode())["jobs"]["listed"]["runs-on"] == ["x", "y"]
    assert changed_lines(ODD, after)[1] == ["            - x", "            - y"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("jobs", "last", "timeout-minutes"), 5),
        (("jobs", "nowhere", "timeout-minutes"), 5),
        (("jobs", "listed", "strategy", "matrix", "shard"), [1]),
        (("jobs", "listed", "strategy"), 5),
        (("jobs", "listed", "runs-on"), "x"),
        (("jobs", "quoted", "steps", 0), {"run": "make"}),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(path, value):
    with pytest.raises(UnpatchableWorkflowFile):
        with_value(ODD, path, value)


@pytest.mark.parametrize("text", ["{", "a: [", "- x", "", "jobs: *nothing", "[" * 100])
def test_what_is_no_workflow_is_refused(text):
    with pytest.raises(UnpatchableWorkflowFile):
        with_value(text, ("jobs", "a", "timeout-minutes"), 5)


def test_a_change_that_would_mean_something_else_is_refused():
    with pytest.raises(UnpatchableWorkflowFile, match="would change something else"):
        with_text("jobs:\n  a:\n    name: a\n", ("jobs", "a", "name"), lambda said: f"{said} # b")
    with pytest.raises(UnpatchableWorkflowFile, match=r"no text at jobs\.a\.name"):
        with_text("jobs:\n  a:\n    steps: []\n", ("jobs", "a", "name"), str.upper)
