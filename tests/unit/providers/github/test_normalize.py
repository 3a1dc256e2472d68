import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    CacheEntries,
    Jobs,
    RunAttempts,
    Steps,
    Workflows,
)
from pipeline_etl.providers.github import normalize, payloads

FILES = Path(__file__).parent / "payload_files"
BITCOIN_ID = 1181927


def read(name, kind):
    lines = (FILES / name).read_bytes().splitlines()
    return [payloads.decode(line, kind, doing=f"reading {name}") for line in lines]


def job(**fields):
    base = {
        "id": 1,
        "name": "test",
        "head_sha": "a",
        "status": "completed",
        "conclusion": "success",
        "created_at": "2026-08-01T00:00:00Z",
        "started_at": "2026-08-01T00:00:10Z",
        "completed_at": "2026-08-01T00:01:00Z",
        "runner_id": 5,
        "runner_name": "runner",
        "steps": [{"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success"}],
    }
    return payloads.decode(json.dumps(base | fields).encode(), payloads.Job, doing="making a job")


def run(**fields):
    base = {
        "id": 30433642,
        "run_attempt": 1,
        "run_number": 562,
        "workflow_id": 159038,
        "event": "push",
        "head_sha": "a",
        "path": ".github/workflows/ci.yml",
        "html_url": "https://github.com/o/n/actions/runs/30433642",
        "created_at": "2026-08-01T00:00:00Z",
        "updated_at": "2026-08-01T00:01:00Z",
        "status": "completed",
    }
    return payloads.decode(json.dumps(base | fields).encode(), payloads.WorkflowRun, doing="making a run")


def row_of_run(**fields):
    return normalize.run_attempts([run(**fields)], repository_id=1).row(0, named=True)


def row_of_job(**fields):
    return normalize.jobs([job(**fields)], run_id=7, run_attempt=2).row(0, named=True)


NO_RUNNER = {"runner_id": None, "runner_name": None}
CANCELLED = {**NO_RUNNER, "conclusion": "cancelled"}


@pytest.mark.parametrize(
    ("frame", "table", "left_to_others"),
    [
        (normalize.run_attempts([], repository_id=1), RunAttempts, set()),
        (normalize.jobs([], run_id=1, run_attempt=1), Jobs, set()),
        (normalize.steps([], run_id=1, run_attempt=1), Steps, set()),
        (normalize.workflows([]), Workflows, set()),
        (normalize.annotations([], job_id=1), Annotations, {"run_id", "run_attempt"}),
        (normalize.artifacts([]), Artifacts, set()),
        (normalize.cache_entries([]), CacheEntries, {"snapshot_at"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_frames_have_the_columns_and_types_of_their_table(frame, table, left_to_others):
    declared = table.create_empty().schema
    expected = {name: kind for name, kind in declared.items() if name not in normalize.CONTEXT | left_to_others}

    assert dict(frame.schema) == expected


@pytest.mark.parametrize("name", ["devlake_runs.jsonl", "octokit_runs.jsonl"])
def test_every_real_run_becomes_a_row_that_its_table_accepts(name):
    runs = read(name, payloads.WorkflowRun)
    frame = normalize.run_attempts(runs, repository_id=1)
    stamped = frame.with_columns(
        provider=pl.lit("github"), repository_id=pl.lit(1), extracted_at=pl.lit(datetime(2026, 8, 21, tzinfo=UTC))
    )

    # The files hold several states of one run: all but the key must hold.
    assert len(RunAttempts.validate(stamped.unique(["run_id", "run_attempt"]), cast=True)) > 0
    assert frame["run_id"].to_list() == [each.id for each in runs]


def test_a_run_of_2022_is_titled_by_the_first_line_of_its_commit():
    runs = read("devlake_runs.jsonl", payloads.WorkflowRun)
    titles = normalize.run_attempts(runs, repository_id=1)["display_title"]

    assert {each.display_title for each in runs} == {None}
    assert titles.to_list() == [each.head_commit.message.partition("\n")[0] for each in runs]


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("success", "success"),
        ("failure", "failure"),
        ("timed_out", "timeout"),
        ("cancelled", "cancellation"),
        ("skipped", "skip"),
        ("startup_failure", "error"),
        ("neutral", None),
        ("stale", None),
        ("action_required", None),
        ("a_word_of_tomorrow", None),
        (None, None),
        ("", None),
    ],
)
def test_the_services_word_stands_beside_ours(word, result):
    of_run, of_job = row_of_run(conclusion=word), row_of_job(conclusion=word)

    assert (of_run["result"], of_run["provider_result"]) == (result, word or None)
    assert (of_job["result"], of_job["provider_result"]) == (result, word or None)


@pytest.mark.parametrize(
    ("word", "status"),
    [("pending", "waiting"), ("requested", "queued"), ("in_progress", "in_progress"), ("of_tomorrow", "other")],
)
def test_a_status_of_tomorrow_is_other_and_kept(word, status):
    row = row_of_job(status=word)

    assert (row["status"], row["provider_status"]) == (status, word)


def test_a_deleted_fork_a_missing_name_and_a_missing_branch_are_null_or_said_otherwise():
    row = row_of_run(head_repository=None, name=None, head_branch=None, actor=None, pull_requests=None)

    assert row["head_repository_name"] is None
    assert row["workflow_name"] == ".github/workflows/ci.yml"
    assert (row["head_branch"], row["actor_id"], row["pull_request_number"]) == (None, None, None)


def test_a_pull_request_is_named_only_when_it_is_the_only_one_of_this_repository():
    def request(number, repository):
        return {"number": number, "base": {"repo": {"id": repository}}}

    assert row_of_run(pull_requests=[request(5, 1)])["pull_request_number"] == 5
    assert row_of_run(pull_requests=[request(5, 1), request(6, 2)])["pull_request_number"] == 5
    assert row_of_run(pull_requests=[request(5, 2)])["pull_request_number"] is None
    assert row_of_run(pull_requests=[request(5, 1), request(6, 1)])["pull_request_number"] is None


def test_an_actor_is_a_keyed_hash_and_no_name():
    frame = normalize.run_attempts(
        [run(actor={"id": 5, "login": "octocat"}, triggering_actor={"id": 6})], repository_id=1
    )
    elsewhere = normalize.run_attempts([run(actor={"id": 5}, triggering_actor={"id": 5})], repository_id=2)

    assert "octocat" not in str(frame.rows())
    assert frame["actor_id"][0] != frame["triggering_actor_id"][0]
    assert elsewhere["actor_id"][0] == elsewhere["triggering_actor_id"][0] != frame["actor_id"][0]
    assert len(frame["actor_id"][0]) == 16


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        (".github/workflows/ci.yml@refs/heads/main", ".github/workflows/ci.yml"),
        ("o/n/.github/workflows/ci.yaml@v1", "o/n/.github/workflows/ci.yaml"),
        (".github/workflows/a@b.yml", ".github/workflows/a@b.yml"),
        ("dynamic/pages/pages-build-deployment", "dynamic/pages/pages-build-deployment"),
    ],
)
def test_a_workflow_path_ends_where_its_file_ends(path, expected):
    assert normalize.workflow_path(path) == expected


@pytest.mark.parametrize(
    ("event", "branch", "expected"),
    [("merge_group", "x", True), ("push", "gh-readonly-queue/main/pr-1", True), ("push", "main", False)],
)
def test_runs_of_a_merge_queue_are_told(event, branch, expected):
    assert row_of_run(event=event, head_branch=branch)["is_merge_queue"] is expected


def test_secrets_and_addresses_are_in_no_text():
    secret = "ghp_" + "A1b2" * 9
    frames = [
        normalize.run_attempts([run(display_title=f"use {secret}", name="by a@example.com")], repository_id=1),
        normalize.jobs([job(name=f"deploy {secret}")], run_id=1, run_attempt=1),
        normalize.steps(
            [job(steps=[{"number": 1, "name": f"Run {secret}", "status": "queued"}])], run_id=1, run_attempt=1
        ),
        normalize.annotations([payloads.Annotation(message=f"a\n{secret}", title="a@example.com")], job_id=1),
    ]

    text = "".join(str(frame.rows()) for frame in frames)
    assert text.count("***") == 6
    assert secret not in text


def test_a_runner_of_number_zero_and_empty_name_is_no_runner():
    row = row_of_job(runner_id=0, runner_name="", runner_group_name="")

    assert (row["runner_id"], row["runner_name"], row["runner_group_name"]) == (None, None, None)


def test_a_job_belongs_to_the_attempt_that_lists_it():
    row = row_of_job(run_id=1, run_attempt=1)

    assert (row["run_id"], row["run_attempt"]) == (7, 2)


def test_step_times_in_another_zone_are_the_same_instants():
    listed = read("actions_timeline_jobs.jsonl", payloads.Job)
    jobs = normalize.jobs(listed, run_id=1, run_attempt=1)
    steps = normalize.steps(listed, run_id=1, run_attempt=1)

    assert jobs["started_at"][0] == datetime(2023, 8, 25, 15, 57, 59, tzinfo=UTC)
    assert steps["started_at"][0] == datetime(2023, 8, 25, 15, 57, 58, tzinfo=UTC)


@given(
    microseconds=st.integers(min_value=0, max_value=2**52), offset=st.integers(min_value=-14 * 60, max_value=14 * 60)
)
def test_instants_keep_every_microsecond_in_any_zone(microseconds, offset):
    moment = normalize.EPOCH + microseconds * normalize.MICROSECOND
    zoned = moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    frame = normalize.jobs([job(completed_at=zoned)], run_id=1, run_attempt=1)

    assert frame["completed_at"][0] == moment


@pytest.mark.parametrize(
    ("fields", "is_started"),
    [
        ({}, True),
        ({"conclusion": "skipped"}, False),
        ({"status": "queued", "conclusion": None, "completed_at": None}, False),
        ({"status": "waiting", "conclusion": None, "completed_at": None, **NO_RUNNER}, False),
        ({"status": "in_progress", "conclusion": None, "completed_at": None, **NO_RUNNER}, True),
        # Cancelled at work: it has a runner, or steps and time spent.
        ({"conclusion": "cancelled"}, True),
        ({"conclusion": "cancelled", "completed_at": "2026-08-01T00:00:09Z"}, True),
        (CANCELLED, True),
        # Cancelled before a runner took it.
        ({**CANCELLED, "runner_id": 0, "runner_name": "", "steps": []}, False),
        ({**CANCELLED, "completed_at": "2026-08-01T00:00:10Z"}, False),
        ({**CANCELLED, "completed_at": "2026-08-01T00:00:09Z"}, False),
        ({**CANCELLED, "started_at": "2026-08-01T00:00:00Z"}, False),
        # No runner came within a day: the service fails the job.
        ({**NO_RUNNER, "conclusion": "failure", "steps": []}, False),
        # Passed: it ran, whatever was not recorded of it.
        ({**NO_RUNNER, "steps": [], "started_at": "2026-08-01T00:00:00Z"}, True),
        # Carried over into a later attempt, and from a server that does not tell when a job was made.
        ({"started_at": "2026-07-31T00:00:00Z"}, True),
        ({**CANCELLED, "created_at": None}, True),
    ],
)
def test_only_a_job_that_a_runner_took_has_started(fields, is_started):
    row = row_of_job(**fields)
    steps = normalize.steps([job(**fields)], run_id=7, run_attempt=2)

    assert (row["started_at"] is not None) is is_started
    assert is_started or steps["started_at"].null_count() == len(steps)


@pytest.mark.parametrize("name", ["octokit_jobs.jsonl", "devlake_jobs.jsonl", "actions_timeline_jobs.jsonl"])
def test_real_jobs_have_started_when_they_are_past_the_queue(name):
    for each in read(name, payloads.Job):
        assert normalize.was_started(each) is (each.status not in ("queued", "waiting"))


def test_annotations_are_numbered_and_their_level_may_be_new():
    listed = [payloads.Annotation(annotation_level=level, start_line=3) for level in ("failure", "nitpick", None)]
    frame = normalize.annotations(listed, job_id=9)

    assert frame["annotation_number"].to_list() == [1, 2, 3]
    assert frame["level"].to_list() == ["failure", "other", "other"]


def test_an_artifact_whose_run_is_gone_is_still_a_row():
    artifact = payloads.Artifact(id=1, name="a", size_in_bytes=2, expired=False, workflow_run=None)
    row = normalize.artifacts([artifact]).row(0, named=True)

    assert (row["artifact_id"], row["run_id"], row["head_sha"]) == (1, None, None)


def test_times_of_caches_have_nine_fractional_digits():
    raw = b'{"id":1,"key":"k","ref":"r","size_in_bytes":1,"created_at":"2026-08-12T21:03:21.123456789Z"}'
    entry = payloads.decode(raw, payloads.CacheEntry, doing="reading")
    frame = normalize.cache_entries([entry])

    assert frame["created_at"][0] == datetime(2026, 8, 12, 21, 3, 21, 123457, tzinfo=UTC)
