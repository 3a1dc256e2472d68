"""What we read of GitHub's answers exists in its published schema, with the nullability we rely on."""

import json
import types
from pathlib import Path
from typing import Union, get_args, get_origin

import msgspec
import pytest

from pipeline_etl.providers.github import payloads

HERE = Path(__file__).parent
SCHEMAS = json.loads((HERE / "schemas.json").read_text(encoding="utf-8"))
EXAMPLES = json.loads((HERE / "examples.json").read_text(encoding="utf-8"))

JOB = SCHEMAS["job"]
PAIRS = [
    (payloads.WorkflowRun, SCHEMAS["workflow-run"]),
    (payloads.Job, JOB),
    (payloads.Step, JOB["properties"]["steps"]["items"]),
    (payloads.Workflow, SCHEMAS["workflow"]),
    (payloads.Artifact, SCHEMAS["artifact"]),
    (payloads.ArtifactRun, SCHEMAS["artifact"]["properties"]["workflow_run"]),
    (payloads.CacheEntry, SCHEMAS["actions-cache-list"]["properties"]["actions_caches"]["items"]),
    (payloads.Annotation, SCHEMAS["check-annotation"]),
    (payloads.AccessToken, SCHEMAS["installation-token"]),
]

REQUIRED_BY_US_ALONE = {
    # Our key contains the attempt; what identifies a cache entry.
    payloads.WorkflowRun: {"run_attempt"},
    payloads.CacheEntry: {"id", "key", "ref", "size_in_bytes"},
}

ACTIONS = "GET /repos/{owner}/{repo}/actions"
LISTS = [
    (f"{ACTIONS}/runs", payloads.WorkflowRuns, payloads.WorkflowRun),
    (f"{ACTIONS}/runs/{{run_id}}/attempts/{{attempt_number}}/jobs", payloads.Jobs, payloads.Job),
    (f"{ACTIONS}/artifacts", payloads.Artifacts, payloads.Artifact),
    (f"{ACTIONS}/caches", payloads.CacheEntries, payloads.CacheEntry),
    (f"{ACTIONS}/workflows", payloads.Workflows, payloads.Workflow),
]


def name_of(value):
    return getattr(value, "__name__", "")


def allows_null(kind):
    return get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)


@pytest.mark.parametrize(("struct", "schema"), PAIRS, ids=name_of)
def test_every_field_we_read_is_published(struct, schema):
    published = set(schema["properties"])

    assert {field.encode_name for field in msgspec.structs.fields(struct)} - published == set()


@pytest.mark.parametrize(("struct", "schema"), PAIRS, ids=name_of)
def test_what_we_require_is_required_and_never_null(struct, schema):
    required = set(schema.get("required", ()))
    ours = {field.encode_name for field in msgspec.structs.fields(struct) if field.required}

    assert ours - required == REQUIRED_BY_US_ALONE.get(struct, set())
    assert [name for name in ours if schema["properties"][name].get("nullable")] == []


@pytest.mark.parametrize(("struct", "schema"), PAIRS, ids=name_of)
def test_what_may_be_null_may_be_null_with_us(struct, schema):
    nullable = {name for name, described in schema["properties"].items() if described.get("nullable")}
    refused = [
        field.encode_name
        for field in msgspec.structs.fields(struct)
        if field.encode_name in nullable and not allows_null(field.type)
    ]

    assert refused == []


@pytest.mark.parametrize(("endpoint", "page", "entry"), LISTS, ids=name_of)
def test_published_examples_of_lists_are_read(endpoint, page, entry):
    for example in EXAMPLES[endpoint].values():
        listed = payloads.decode(json.dumps(example).encode(), page, doing=f"reading {endpoint}")

        assert listed.total_count == len(listed.items) or listed.total_count > 0
        for item in listed.items:
            assert payloads.decode(item, entry, doing=f"reading {endpoint}").id > 0


def test_the_published_examples_of_an_attempt_and_of_annotations_are_read():
    attempt = next(iter(EXAMPLES[f"{ACTIONS}/runs/{{run_id}}/attempts/{{attempt_number}}"].values()))
    annotations = next(iter(EXAMPLES["GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations"].values()))

    assert payloads.decode(json.dumps(attempt).encode(), payloads.WorkflowRun, doing="reading").run_attempt >= 1
    levels = [
        entry.annotation_level
        for entry in payloads.decode(json.dumps(annotations).encode(), list[payloads.Annotation], doing="reading")
    ]
    assert levels == ["warning"]
