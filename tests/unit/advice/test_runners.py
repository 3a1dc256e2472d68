"""Runners and containers, by what telemetry says."""

from decimal import Decimal

import pytest

from pipeline_etl.advice.runners import container_limits, runners
from pipeline_etl.errors import UnpatchableWorkflowFile

FILE = "jobs:\n  test:\n    runs-on: big  # paid\n    steps: []\n"
LABELS = {"linux_4_core": "ubuntu-4-cores"}
JOBS = [
    {"job_config_id": "a", "workflow_path": "ci.yml", "workflow_job_key": "test"},
    {"job_config_id": "b", "workflow_path": "ci.yml", "workflow_job_key": "test"},
    {"job_config_id": "c", "workflow_path": "ci.yml", "workflow_job_key": None},
]


def size(**changes):
    row = {
        "repository_name": "a/b",
        "workflow_name": "CI",
        "job_config_id": "a",
        "job_name": "test (3.13)",
        "sku_name": "linux_8_core",
        "sizing_rule": "size_down",
        "missing_text": None,
        "confidence": "high",
        "watched_job_count": 60,
        "job_cpu_ratio_p95": 0.31,
        "memory_bytes_max": 4_000_000_000,
        "memory_ratio_max": 0.125,
        "container_memory_bytes": 5 * 2**30,
        "advised_sku_name": "linux_4_core",
        "predicted_saving_usd": Decimal("6.5"),
    }
    return {**row, **changes}


def the_only(*sizes, labels=LABELS):
    (only,) = runners(sizes, JOBS, labels=labels)
    return only


def test_a_smaller_runner_is_named_with_its_saving_and_takes_one_word_of_the_file():
    proposal = the_only(size())

    assert proposal.advice.action == "Take a smaller runner: linux_4_core (now linux_8_core)."
    assert (proposal.advice.gain.amount, proposal.advice.gain.unit, proposal.advice.confidence) == (6.5, "usd", "high")
    assert proposal.change(FILE) == FILE.replace("big", "ubuntu-4-cores")


def test_a_runner_whose_label_nobody_said_is_left_to_its_owner():
    with pytest.raises(UnpatchableWorkflowFile, match="--runner-label linux_4_core=LABEL"):
        the_only(size(), labels={}).change(FILE)


def test_legs_share_a_runner_so_the_one_that_needs_more_decides():
    hungry = size(job_config_id="b", sizing_rule="memory_up", sku_name="linux", advised_sku_name="linux_4_core")

    assert the_only(size(), hungry).advice.action.startswith("Take a runner with more memory")
    assert runners([size(), size(job_config_id="b", sizing_rule="fits")], JOBS, labels=LABELS) == []
    assert the_only(size(), size(job_config_id="b")).advice.gain.amount == 13


def test_what_fits_is_left_alone():
    assert runners([size(sizing_rule="fits"), size(sizing_rule="idle")], JOBS, labels=LABELS) == []


def test_without_telemetry_it_says_once_what_is_missing():
    thin = size(missing_text="needs 20 jobs over 14 days with telemetry; has 0 over 0", job_name="build")

    advice = the_only(thin, {**thin, "job_config_id": "b"}).advice

    assert advice.subject == "CI, runners of 2 jobs"
    assert advice.missing.startswith("build needs 20 jobs")


def test_a_job_no_file_declares_is_advised_and_not_patched():
    proposal = the_only(size(job_config_id="c"))

    assert (proposal.workflow_path, proposal.change) == (None, None)


@pytest.mark.parametrize("runs_on", ["[self-hosted, big]", "${{ matrix.os }}", "{group: big}"])
def test_a_runner_that_is_not_one_label_is_for_a_person(runs_on):
    with pytest.raises(UnpatchableWorkflowFile, match="expression, a list or a group"):
        the_only(size()).change(FILE.replace("big", runs_on))


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("container: node", "container:\n      image: node\n      options: '--memory 5120m'"),
        (
            "container:\n      image: node\n      options: --cpus 2 --memory 1g --init",
            "container:\n      image: node\n      options: '--cpus 2 --memory 5120m --init'",
        ),
        (
            "container:\n      image: node\n      options: -m=1g",
            "container:\n      image: node\n      options: '--memory 5120m'",
        ),
    ],
)
def test_a_container_may_hold_a_fifth_more_than_it_ever_held(container, expected):
    text = FILE.replace("steps", f"{container}\n    steps")
    (proposal,) = container_limits([size(), size(container_memory_bytes=2**30)], JOBS, {("ci.yml", "test")})

    assert proposal.advice.action == "Limit its memory to 5120 MiB."
    assert proposal.change(text) == FILE.replace("steps", f"{expected}\n    steps")


def test_a_job_without_a_container_or_without_telemetry_gets_no_limit():
    assert container_limits([size()], JOBS, set()) == []
    assert container_limits([size(missing_text="needs 20")], JOBS, {("ci.yml", "test")}) == []
