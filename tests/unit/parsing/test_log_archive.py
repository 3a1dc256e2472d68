"""A log is given to the job it belongs to, or to none."""

import gzip
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.log_archive import LoggedJob, split_log_archive, stated_job

FILES = Path(__file__).parent / "archive_files"
SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def logs(*paths: str) -> bytes:
    return zipped({path: path.encode() for path in paths})


def job(job_id: int, name: str, *, minute: int | None = None) -> LoggedJob:
    """A job that started so many minutes after noon."""
    return LoggedJob(job_id, name, None if minute is None else NOON + timedelta(minutes=minute))


def log(name: str | None, *, minute: int) -> bytes:
    """A log whose job waited first and was set up in a minute; it states its name unless that is None."""
    waited, stamp = "2026-05-01T11:00:00.1234567Z", f"2026-05-01T12:{minute:02}:00.7654321Z"
    stated = f"{stamp} Complete job name: {name}\n" if name else ""
    return f"{waited} Waiting for a runner\n{stamp} Current runner version: '2.328.0'\n{stated}".encode()


def test_names_bent_by_the_service_find_their_jobs() -> None:
    content = (FILES / "cli-cli/run_log.zip").read_bytes()
    names = [
        "cool job",
        "sad job",
        "cool job / with slash",
        "cool job : with colon",
        "Emoji Test " + "😅" * 60,
        "thisisnineteenchars_" * 6,
    ]

    read = split_log_archive(content, [LoggedJob(number, name) for number, name in enumerate(names)])

    assert {job_id: list(files.steps) for job_id, files in read.jobs.items()} == {
        0: [1, 2],
        1: [1, 2],
        2: [1],
        3: [1],
        4: [1],
        5: [1],
    }
    assert read.unmatched == ("ad job/1_barf the quux.txt",), "a job whose name ends like another's is not that one"
    assert read.problem is None


def test_every_file_of_the_samples_logs_belongs_to_a_job() -> None:
    jobs = defaultdict(list)
    for line in gzip.decompress((SAMPLE / "jobs.jsonl.gz").read_bytes()).splitlines():
        ran = json.loads(line)
        jobs[f"{ran['run_id']}-{ran['run_attempt']}"].append(LoggedJob(ran["id"], ran["name"]))
    archives = sorted((SAMPLE / "logs").glob("*.zip"))[:20]

    assert len(archives) == 20
    for path in archives:
        content = path.read_bytes()
        read = split_log_archive(content, jobs[path.stem])
        files = [file for found in read.jobs.values() for file in (found.whole, *found.steps.values())]
        assert read.unmatched == ()
        assert sorted(files) == sorted(file.content for file in read_archive(content))


def test_a_job_has_its_whole_log_and_its_steps() -> None:
    read = split_log_archive(logs("0_lint.txt", "lint/1_Set up job.txt", "lint/10_Run x.txt"), [job(7, "lint")])

    assert read.jobs[7].whole == b"0_lint.txt"
    assert read.jobs[7].steps == {1: b"lint/1_Set up job.txt", 10: b"lint/10_Run x.txt"}


def test_jobs_of_one_name_are_told_apart_by_the_time_at_which_they_were_set_up() -> None:
    archive = zipped(
        {
            "3_test.txt": log("test", minute=1),
            "1_test.txt": log("test", minute=7),
            "test/1_a.txt": b"2026-05-01T12:07:00.7654321Z Current runner version: '2.328.0'\n",
            "test (1)/1_a.txt": b"2026-05-01T12:01:00.7654321Z Current runner version: '2.328.0'\n",
        }
    )

    read = split_log_archive(archive, [job(10, "test", minute=1), job(20, "test", minute=7)])

    assert {job_id: files.whole for job_id, files in read.jobs.items()} == {
        10: log("test", minute=1),
        20: log("test", minute=7),
    }
    assert [b"12:01:00" in read.jobs[10].steps[1], b"12:07:00" in read.jobs[20].steps[1]] == [True, True]


def test_jobs_of_one_name_that_started_at_one_time_have_no_log() -> None:
    archive = zipped({"0_test.txt": log("test", minute=1), "1_test.txt": log("test", minute=1)})

    read = split_log_archive(archive, [job(10, "test", minute=1), job(20, "test", minute=1)])

    assert read.jobs == {}
    assert read.unmatched == ("0_test.txt", "1_test.txt")


def test_one_log_for_two_jobs_of_a_name_is_given_to_neither() -> None:
    read = split_log_archive(logs("0_test.txt", "1_lint.txt"), [job(10, "test"), job(20, "test"), job(30, "lint")])

    assert set(read.jobs) == {30}
    assert read.unmatched == ("0_test.txt",)


def test_names_that_differ_only_in_what_is_lost_are_told_apart_by_what_the_logs_state() -> None:
    archive = zipped({"0_ab.txt": log("ab", minute=1), "1_ab.txt": log("a/b", minute=1)})

    read = split_log_archive(archive, [job(1, "a/b", minute=1), job(2, "ab", minute=1)])

    assert {job_id: files.whole for job_id, files in read.jobs.items()} == {
        1: log("a/b", minute=1),
        2: log("ab", minute=1),
    }


def test_a_number_at_the_end_of_a_name_is_part_of_it_unless_it_was_added() -> None:
    read = split_log_archive(logs("0_shard 1.txt", "1_shard 2.txt"), [job(1, "shard 2"), job(2, "shard 1")])

    assert {job_id: files.whole for job_id, files in read.jobs.items()} == {1: b"1_shard 2.txt", 2: b"0_shard 1.txt"}


def test_the_older_services_copy_counts_only_where_there_is_no_other() -> None:
    both = split_log_archive(logs("-2147483648_lint.txt", "0_lint.txt"), [job(1, "lint")])
    alone = split_log_archive(logs("-2147483648_lint.txt"), [job(1, "lint")])

    assert (both.jobs[1].whole, alone.jobs[1].whole) == (b"0_lint.txt", b"-2147483648_lint.txt")


def test_logs_that_can_be_read_are_given_with_the_reason_why_others_are_not() -> None:
    broken = zipped({"0_a.txt": b"1" * 50, "1_b.txt": b"2" * 50}).replace(b"2" * 50, b"X" * 50)

    read = split_log_archive(broken, [job(1, "a"), job(2, "b")])

    assert set(read.jobs) == {1}
    assert "1_b.txt" in str(read.problem)
    with pytest.raises(MalformedArchive):
        split_log_archive(b"no zip", [job(1, "a")])


def test_a_log_that_states_another_name_is_not_the_jobs() -> None:
    read = split_log_archive(zipped({"0_ab.txt": log("a/b", minute=1)}), [job(1, "ab", minute=1)])

    assert read.jobs == {}
    assert read.unmatched == ("0_ab.txt",)


def test_every_log_of_the_sample_states_its_job_in_the_second_in_which_that_started() -> None:
    started = {}
    for line in gzip.decompress((SAMPLE / "jobs.jsonl.gz").read_bytes()).splitlines():
        ran = json.loads(line)
        started[f"{ran['run_id']}-{ran['run_attempt']}", ran["name"]] = ran["started_at"]
    for path in sorted((SAMPLE / "logs").glob("*.zip"))[:20]:
        for file in read_archive(path.read_bytes()):
            if "/" not in file.path:
                name, set_up_at = stated_job(file.content)
                assert set_up_at is not None
                assert set_up_at.strftime("%Y-%m-%dT%H:%M:%SZ") == started[path.stem, name]
