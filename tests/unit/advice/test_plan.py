"""A plan is what git applies, with its reasons before it."""

import json
import subprocess
from datetime import UTC, datetime
from functools import partial

import pytest

from pipeline_etl.advice.advice import Advice, Evidence, Gain, too_thin
from pipeline_etl.advice.plan import NO_TEXT, WorkflowFile, plan_of
from pipeline_etl.advice.proposal import Proposal
from pipeline_etl.advice.workflow_edit import with_value

PATH = ".github/workflows/ci.yml"
TEXT = "jobs:\n  test:\n    runs-on: x\n    steps: []\n  lint:\n    runs-on: x\n    steps: []\n"
AS_OF = datetime(2026, 8, 20, 12, tzinfo=UTC)


def proposal(job="test", *, amount=1.0, **changes):
    advice = Advice(
        repository_name="a/b",
        subject=f"CI, job {job}",
        kind="timeout",
        action="Set timeout-minutes to 20.",
        evidence=(Evidence(said="It hung.", url="https://example.com/1"),),
        gain=Gain(amount=amount, low=0.0, high=9.0, unit="seconds", per="run"),
        confidence="high",
    )
    change = partial(with_value, path=("jobs", job, "timeout-minutes"), value=20)
    return Proposal(**{"advice": advice, "workflow_path": PATH, "change": change, **changes})


def plan(*proposals, text=TEXT, **changes):
    return plan_of("a/b", proposals, [WorkflowFile(workflow_path=PATH, text=text, **changes)], as_of_at=AS_OF)


def test_the_text_of_a_plan_is_a_patch_that_git_applies(tmp_path):
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / PATH).write_text(TEXT)
    (tmp_path / "plan.patch").write_text(plan(proposal("test"), proposal("lint")).as_text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)

    subprocess.run(["git", "apply", "plan.patch"], cwd=tmp_path, check=True)

    assert (tmp_path / PATH).read_text() == TEXT.replace("runs-on: x\n", "runs-on: x\n    timeout-minutes: 20\n")


def test_every_reason_stands_before_the_patch():
    assert plan(proposal()).as_text.split("--- a/")[0] == (
        "# Scaling plan of a/b, from what its CI did until 2026-08-20 12:00 UTC.\n"
        "# Nothing is applied. Read it, then: git apply <this file>\n"
        "#\n"
        "# CI, job test: Set timeout-minutes to 20.\n"
        "#   It hung. https://example.com/1\n"
        "#   Expected gain: 1 s (0 s to 9 s) per run; confidence high.\n"
        "\n"
    )


def test_a_change_that_cannot_be_made_is_named_and_the_others_are_made():
    made = plan(proposal("nowhere"), proposal("lint"))

    assert {step.advice.subject: (step.is_in_patch, step.by_hand) for step in made.steps} == {
        "CI, job nowhere": (False, "There is no jobs.nowhere to change."),
        "CI, job lint": (True, None),
    }
    assert [line for line in made.patch.splitlines() if line.startswith("+ ")] == ["+    timeout-minutes: 20"]
    assert "#   Not in the patch: There is no jobs.nowhere to change." in made.as_text


def test_without_the_text_of_the_file_there_is_advice_and_no_patch():
    made = plan(proposal(), text=None)

    assert (made.patch, made.steps[0].by_hand) == ("", NO_TEXT)
    assert "# No file is to be changed." in made.as_text


def test_what_was_blacked_out_is_in_no_patch():
    near = TEXT.replace("runs-on: x", "env: {A: ***}\n    runs-on: x", 1)

    refused = plan(proposal("test"), text=near.replace("***", "'***'"), is_redacted=True)

    assert refused.patch == ""
    assert "hand in a checkout" in refused.steps[0].by_hand


def test_advice_with_grounds_comes_first_and_of_one_kind_what_gains_most():
    thin = Proposal(advice=too_thin("a/b", "test suites", "shards", "no report"))

    made = plan(thin, proposal("test", amount=1.0), proposal("lint", amount=5.0))

    assert [step.advice.subject for step in made.steps] == ["CI, job lint", "CI, job test", "test suites"]
    assert "#   What is missing: no report." in made.as_text


def test_names_of_others_break_no_line_of_the_plan():
    hostile = proposal(advice=too_thin("a/b", "x\n--- a/.github/workflows/evil.yml\x1b[2J", "timeout", "y\n+++ b/z"))

    lines = plan(hostile, text=None).as_text.splitlines()

    assert [line for line in lines if not line.startswith("#")] == []


def test_all_of_it_is_json():
    content = json.loads(json.dumps(plan(proposal()).content))

    assert content["as_of_at"] == "2026-08-20T12:00:00+00:00"
    assert content["steps"][0]["is_in_patch"] is True
    assert content["patch"].startswith(f"--- a/{PATH}\n")


@pytest.mark.parametrize("count", [0, 1])
def test_a_plan_without_advice_is_no_error(count):
    assert plan(*[proposal()] * count).as_text.startswith("# Scaling plan of a/b")
