"""Jobs as a workflow file declares them, expressions untouched."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline_etl.contracts.tables import WorkflowJobs
from pipeline_etl.errors import MalformedWorkflowFile
from pipeline_etl.parsing.workflow_file import parse_workflow_file, workflow_text

SAMPLE = Path(__file__).parents[3] / "data/sample/github"


def job(declaration: str) -> dict[str, Any]:
    """The row of one job, declared by the flow mapping."""
    return parse_workflow_file(f"jobs: {{a: {declaration}}}".encode()).row(0, named=True)


def test_the_samples_workflow_is_read_whole() -> None:
    content = (SAMPLE / "simonw/sqlite-utils/contents/.github/workflows/ci.yml").read_bytes()
    jobs = parse_workflow_file(content)

    assert jobs.select("workflow_job_key", "job_name_template", "needs", "step_count").rows() == [
        ("lint", "lint", [], 10),
        ("test", "test (${{ matrix.python-version }}, ${{ matrix.deps }})", [], 10),
        ("build", "build", ["lint", "test"], 8),
    ]
    assert [each["python-version"] for each in json.loads(jobs["matrix_json"][1])["include"]] == ["3.11", "3.13"]
    assert jobs["workflow_file_id"].unique().to_list() == [sha256(content).hexdigest()]


def test_every_job_of_a_reconstructed_workflow_is_there() -> None:
    content = (SAMPLE / "bitcoin/bitcoin/contents/.github/workflows/ci.yml").read_bytes()

    assert parse_workflow_file(content).height == content.count(b"    runs-on:")


def test_the_frame_holds_the_declared_columns_but_for_path_and_context() -> None:
    context = {"provider", "repository_id", "extracted_at", "workflow_path"}
    declared = {name: kind for name, kind in WorkflowJobs.create_empty().schema.items() if name not in context}

    assert dict(parse_workflow_file(b"jobs: {a: {}}").schema) == declared


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("{}", {"job_name_template": "a", "needs": [], "runner_labels": [], "timeout_seconds": None, "step_count": 0}),
        ("{needs: x}", {"needs": ["x"]}),
        ("{needs: [x, y]}", {"needs": ["x", "y"]}),
        ("{runs-on: ubuntu-latest}", {"runner_labels": ["ubuntu-latest"], "runner_group": None}),
        ("{runs-on: [self-hosted, '${{ matrix.os }}']}", {"runner_labels": ["self-hosted", "${{ matrix.os }}"]}),
        ("{runs-on: {group: big, labels: gpu}}", {"runner_labels": ["gpu"], "runner_group": "big"}),
        ("{runs-on: {group: big}}", {"runner_labels": [], "runner_group": "big"}),
        ("{timeout-minutes: 5}", {"timeout_seconds": 300.0}),
        ("{timeout-minutes: 0.5}", {"timeout_seconds": 30.0}),
        ("{timeout-minutes: '${{ inputs.t }}'}", {"timeout_seconds": None}),
        ("{concurrency: ci}", {"concurrency_group": "ci"}),
        (
            "{concurrency: {group: '${{ github.ref }}', cancel-in-progress: true}}",
            {"concurrency_group": "${{ github.ref }}"},
        ),
        ("{environment: prod}", {"environment_name": "prod"}),
        ("{environment: {name: prod, url: x}}", {"environment_name": "prod"}),
        ("{if: false}", {"condition": "false"}),
        ("{if: always() && !cancelled()}", {"condition": "always() && !cancelled()"}),
        ("{uses: o/r/.github/workflows/x.yml@v1}", {"reusable_workflow": "o/r/.github/workflows/x.yml@v1"}),
        ("{continue-on-error: true}", {"is_continue_on_error": True}),
        ("{continue-on-error: '${{ matrix.experimental }}'}", {"is_continue_on_error": False}),
        ("{strategy: {max-parallel: 2}}", {"max_parallel_count": 2, "matrix_json": None}),
        (
            "{strategy: {matrix: {version: [3.10, '3.9', on], when: 2024-01-01, at: 1:30}}}",
            {"matrix_json": '{"version":[3.1,"3.9","on"],"when":"2024-01-01","at":"1:30"}'},
        ),
        (
            "{strategy: {matrix: '${{ fromJSON(needs.plan.outputs.m) }}'}}",
            {"matrix_json": '"${{ fromJSON(needs.plan.outputs.m) }}"'},
        ),
        ("{steps: [{run: x}, {uses: y}]}", {"step_count": 2}),
        ("{name: 7, strategy: none, steps: x, runs-on: 1}", {"job_name_template": "7", "step_count": 0}),
    ],
)
def test_each_way_of_declaring_something_is_read(declaration: str, expected: dict[str, Any]) -> None:
    row = job(declaration)

    assert {name: row[name] for name in expected} == expected


def test_a_secret_written_into_a_workflow_is_not_stored() -> None:
    token = "ghp_" + "a1B2" * 9
    row = job(f"{{if: github.token == '{token}', strategy: {{matrix: {{t: [{token}]}}}}}}")

    assert token not in json.dumps(row)


@pytest.mark.parametrize("content", [b"on: push", b"jobs: {}", b"jobs: []", b"jobs: {a: 1}", b"- jobs", b"text"])
def test_a_file_without_jobs_is_no_workflow(content: bytes) -> None:
    with pytest.raises(MalformedWorkflowFile):
        parse_workflow_file(content)


def test_the_number_of_jobs_is_capped() -> None:
    with pytest.raises(MalformedWorkflowFile, match="more than"):
        parse_workflow_file(b"jobs:\n" + b"".join(b"  j%d: {}\n" % number for number in range(1_001)))


def test_the_text_of_the_sample_s_workflow_is_kept_to_the_last_byte() -> None:
    content = (SAMPLE / "simonw/sqlite-utils/contents/.github/workflows/ci.yml").read_bytes()

    assert workflow_text(content) == (content.decode(), False)


def test_a_secret_in_a_workflow_file_is_not_kept_and_that_is_said() -> None:
    assert workflow_text(b"env: {A: ghp_" + b"a" * 36 + b"}\r\n") == ("env: {A: ***}\r\n", True)


def test_a_file_of_another_encoding_has_jobs_and_no_text() -> None:
    content = "jobs: {a: {}}".encode("utf-16")

    assert parse_workflow_file(content).height == 1
    assert workflow_text(content) is None
