"""What the logs of the whole sample come to, against what its makers and its lists of jobs and artifacts tell."""

import gzip
import json
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.tables import ArtifactUploads, CacheOperations, JobLogs, LogFindings, LogLines, Table
from tests.parsed import parse_job_log

SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils"


@cache
def sample() -> dict[Table, pl.DataFrame]:
    """Every job log of the sample, with the job's run, attempt and name."""
    parts: dict[Table, list[pl.DataFrame]] = {}
    for path in sorted((SAMPLE / "logs").glob("*.zip")):
        run_id, run_attempt = map(int, path.stem.split("-"))
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        for name in (name for name in files if "/" not in name):
            job = name.split("_", 1)[1].removesuffix(".txt")
            steps = {
                int(step.removeprefix(f"{job}/").split("_")[0]): content
                for step, content in files.items()
                if step.startswith(f"{job}/")
            }
            rows = parse_job_log(files[name], steps=[], step_logs=steps)
            for table, frame in rows.frames.items():
                of_job = frame.with_columns(
                    run_id=pl.lit(run_id), run_attempt=pl.lit(run_attempt), job_name=pl.lit(job)
                )
                parts.setdefault(table, []).append(of_job)
    return {table: pl.concat(frames) for table, frames in parts.items()}


def jobs() -> list[dict]:
    with gzip.open(SAMPLE / "jobs.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def counted(frame: pl.DataFrame, *columns: str) -> dict:
    return dict(Counter(frame.select(columns).iter_rows()))


def test_the_sample_has_the_lines_it_should() -> None:
    assert sample()[LogLines].height == 67429
    assert sample()[JobLogs]["line_count"].sum() == 67429


def test_every_line_of_the_sample_has_a_time_and_all_but_the_header_a_step() -> None:
    lines = sample()[LogLines]

    assert lines["logged_at"].null_count() == 0
    without_step = lines.filter(pl.col("step_number").is_null()).group_by("run_id", "run_attempt", "job_name").len()
    assert without_step["len"].unique().to_list() == [4]


def test_lines_of_a_step_lie_within_its_time() -> None:
    spans = pl.DataFrame(
        [
            (job["run_id"], job["run_attempt"], job["name"], step["number"], step["started_at"], step["completed_at"])
            for job in jobs()
            for step in job["steps"]
        ],
        schema=["run_id", "run_attempt", "job_name", "step_number", "started_at", "completed_at"],
        orient="row",
    ).with_columns(pl.col("started_at", "completed_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"))
    lines = sample()[LogLines].join(spans, on=["run_id", "run_attempt", "job_name", "step_number"])
    second = pl.duration(seconds=1)

    assert lines.height > 60_000
    assert lines.filter(
        (pl.col("logged_at") < pl.col("started_at")) | (pl.col("logged_at") > pl.col("completed_at") + second)
    ).is_empty()


def test_the_caches_of_the_sample_are_counted_as_its_makers_counted_them() -> None:
    operations = sample()[CacheOperations]
    restores = operations.filter(pl.col("operation") == "restore")

    assert counted(restores, "cache_outcome") == {("exact",): 206, ("partial",): 51, ("miss",): 66}
    assert operations.filter(pl.col("cache_outcome") == "saved").height == 58
    assert counted(restores.filter(pl.col("cache_outcome") != "partial"), "job_name", "cache_outcome") == {
        ("build", "exact"): 25,
        ("build", "miss"): 18,
        ("lint", "exact"): 66,
        ("lint", "miss"): 4,
        ("test (3.11, minimal)", "exact"): 56,
        ("test (3.11, minimal)", "miss"): 23,
        ("test (3.13, full)", "exact"): 59,
        ("test (3.13, full)", "miss"): 21,
    }


def test_every_restore_says_what_was_asked_for_what_came_and_when() -> None:
    restores = sample()[CacheOperations].filter(pl.col("operation") == "restore")
    came = restores.filter(pl.col("cache_outcome") != "miss")

    assert restores["requested_key"].null_count() == 0
    assert came["restored_key"].null_count() == came["cache_bytes"].null_count() == 0
    assert restores.filter(pl.col("completed_at") < pl.col("started_at")).is_empty()
    assert (came.filter(pl.col("cache_outcome") == "exact").select(pl.col("requested_key") == pl.col("restored_key")))[
        "requested_key"
    ].all()


def test_a_cause_is_found_for_the_jobs_that_failed_and_for_no_other() -> None:
    failed = {(job["run_id"], job["run_attempt"], job["name"]) for job in jobs() if job["conclusion"] == "failure"}
    findings = sample()[LogFindings]

    found = set(findings.select("run_id", "run_attempt", "job_name").iter_rows())
    assert len(found) == findings.height == 87
    assert found <= failed


def test_the_line_of_a_cause_is_found_by_its_number_in_the_log_of_its_step() -> None:
    for finding in sample()[LogFindings].iter_rows(named=True):
        with zipfile.ZipFile(SAMPLE / "logs" / f"{finding['run_id']}-{finding['run_attempt']}.zip") as archive:
            begin = f"{finding['job_name']}/{finding['step_number']}_"
            (name,) = (name for name in archive.namelist() if name.startswith(begin))
            lines = archive.read(name).decode("utf-8-sig").splitlines()

        assert finding["message"] in lines[finding["step_line_number"] - 1]


def test_the_causes_are_those_the_sample_tells_of() -> None:
    """45 jobs with failing tests; 38 that import a package the project did not declare; two each for black and cog."""
    assert counted(sample()[LogFindings], "failure_class", "failure_subclass") == {
        ("test", "pytest"): 45,
        ("dependency", "missing_module"): 38,
        ("lint", "formatter"): 2,
        ("lint", "generated_files"): 2,
    }


def test_every_artifact_is_tied_to_the_job_that_uploaded_it() -> None:
    with gzip.open(SAMPLE / "artifacts.jsonl.gz", "rt", encoding="utf-8") as file:
        listed = {artifact["id"]: artifact for artifact in map(json.loads, file)}
    uploads = sample()[ArtifactUploads]

    assert set(uploads["artifact_id"]) == set(listed)
    assert uploads.height == len(listed)
    for row in uploads.select("artifact_id", "artifact_name", "artifact_bytes").iter_rows(named=True):
        artifact = listed[row["artifact_id"]]
        assert (row["artifact_name"], row["artifact_bytes"]) == (artifact["name"], artifact["size_in_bytes"])
