"""Archives of any origin are read in bounds, and a log is given to the job it belongs to or to none."""

import gzip
import io
import json
import stat
import struct
import warnings
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.parsing.archive import ArchiveFile, ArchiveLimits, read_archive, split_log_archive

FILES = Path(__file__).parent / "archive_files"
SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils"


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names given twice
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def read_until_refused(content: bytes, limits: ArchiveLimits | None = None) -> tuple[list[str], str]:
    """Paths of the files given before MalformedArchive is raised, and its message."""
    paths: list[str] = []
    with pytest.raises(MalformedArchive) as refusal:
        paths.extend(file.path for file in read_archive(content, limits=limits or ArchiveLimits()))
    return paths, str(refusal.value)


def test_files_come_in_their_order_without_folders_and_litter() -> None:
    content = zipped(("a/", b""), ("a/b.xml", b"1"), ("__MACOSX/a/._b.xml", b"2"), ("a/.DS_Store", b"3"), ("c", b""))

    assert list(read_archive(content)) == [ArchiveFile("a/b.xml", b"1"), ArchiveFile("c", b"")]


@pytest.mark.parametrize(
    "path", ["../up.xml", "a/../../up.xml", "/etc/passwd", "C:/x.xml", "\\\\host\\share\\x", "a\\..\\..\\x", "..\\x"]
)
def test_a_path_that_leads_out_of_the_archive_is_left_out_and_told_of(path: str) -> None:
    paths, message = read_until_refused(zipped(("first.xml", b"1"), (path, b"2"), ("last.xml", b"3")))

    assert paths == ["first.xml", "last.xml"]
    assert "1 of its files" in message
    assert "leads out of the archive" in message


def test_a_link_is_no_file() -> None:
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    paths, message = read_until_refused(zipped((link, b"/etc/passwd"), ("a", b"1")))

    assert (paths, "symbolic link" in message) == (["a"], True)


def test_an_encrypted_file_is_left_out() -> None:
    content = bytearray(zipped(("secret", b"x"), ("a", b"1")))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    paths, message = read_until_refused(bytes(content))

    assert (paths, "encrypted" in message) == (["a"], True)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_nothing_bounds_is_not_unpacked(method: int) -> None:
    paths, message = read_until_refused(zipped(("a", b"x" * 10_000), method=method))

    assert (paths, "not deflate" in message) == ([], True)


def test_a_second_file_of_a_name_is_left_out() -> None:
    content = zipped(("a", b"1"), ("a", b"2"))
    given = []
    with pytest.raises(MalformedArchive, match="second file"):
        given.extend(read_archive(content))

    assert given == [ArchiveFile("a", b"1")]


def test_a_file_whose_bytes_were_changed_is_left_out_and_the_others_are_given() -> None:
    content = zipped(("a", b"1" * 50), ("b", b"2" * 50), ("c", b"3" * 50), method=zipfile.ZIP_STORED)

    paths, message = read_until_refused(content.replace(b"2" * 50, b"X" * 50))

    assert (paths, "'b': broken" in message) == (["a", "c"], True)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no zip at all" * 100, zipped(("a", b"x" * 9_999))[:-30]],
    ids=["nothing", "two bytes", "text", "cut off"],
)
def test_what_is_no_whole_zip_is_refused(content: bytes) -> None:
    assert read_until_refused(content)[0] == []


def test_a_bomb_is_stopped_by_what_it_unpacks_to() -> None:
    bomb = zipped(("bomb", bytes(64 * 2**20)))

    paths, message = read_until_refused(bomb)

    assert (paths, "200 times" in message) == ([], True)


def test_a_size_that_the_header_lies_about_is_found_out() -> None:
    honest = zipped(("a", b"x" * 1_000))
    central = honest.index(b"PK\x01\x02")
    for size in (10, 100_000):
        lying = honest[: central + 24] + struct.pack("<I", size) + honest[central + 28 :]
        assert read_until_refused(lying)[0] == []


@pytest.mark.parametrize(
    ("limits", "paths"),
    [
        (ArchiveLimits(entry_count=2), []),
        (ArchiveLimits(file_bytes=99), ["a"]),
        (ArchiveLimits(total_bytes=150), ["a", "b"]),
    ],
)
def test_each_cap_holds(limits: ArchiveLimits, paths: list[str]) -> None:
    content = zipped(("a", b"x" * 10), ("b", b"x" * 100), ("c", b"x" * 100))

    assert read_until_refused(content, limits)[0] == paths


def logs(*paths: str) -> bytes:
    return zipped(*((path, path.encode()) for path in paths))


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

    read = split_log_archive(content, list(enumerate(names)))

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
        job = json.loads(line)
        jobs[f"{job['run_id']}-{job['run_attempt']}"].append((job["id"], job["name"]))
    archives = sorted((SAMPLE / "logs").glob("*.zip"))[:20]

    assert len(archives) == 20
    for path in archives:
        content = path.read_bytes()
        read = split_log_archive(content, jobs[path.stem])
        files = [file for job in read.jobs.values() for file in (job.whole, *job.steps.values())]
        assert read.unmatched == ()
        assert sorted(files) == sorted(file.content for file in read_archive(content))


def test_a_job_has_its_whole_log_and_its_steps() -> None:
    read = split_log_archive(logs("0_lint.txt", "lint/1_Set up job.txt", "lint/10_Run x.txt"), [(7, "lint")])

    assert read.jobs[7].whole == b"0_lint.txt"
    assert read.jobs[7].steps == {1: b"lint/1_Set up job.txt", 10: b"lint/10_Run x.txt"}
    assert read.jobs[7].is_certain


def test_two_jobs_of_one_name_get_their_logs_in_order_and_are_marked() -> None:
    archive = logs("3_test.txt", "1_test.txt", "test (1)/1_a.txt", "test/1_a.txt")

    read = split_log_archive(archive, [(10, "test"), (20, "test")])

    assert {job_id: (files.whole, files.steps[1], files.is_certain) for job_id, files in read.jobs.items()} == {
        10: (b"1_test.txt", b"test/1_a.txt", False),
        20: (b"3_test.txt", b"test (1)/1_a.txt", False),
    }


def test_one_log_for_two_jobs_of_a_name_is_given_to_neither() -> None:
    read = split_log_archive(logs("0_test.txt", "1_lint.txt"), [(10, "test"), (20, "test"), (30, "lint")])

    assert set(read.jobs) == {30}
    assert read.unmatched == ("0_test.txt",)


def test_names_that_differ_only_in_what_is_lost_are_names_alike() -> None:
    read = split_log_archive(logs("0_ab.txt", "1_ab.txt"), [(1, "a/b"), (2, "ab")])

    assert [files.is_certain for files in read.jobs.values()] == [False, False]


def test_a_number_at_the_end_of_a_name_is_part_of_it_unless_it_was_added() -> None:
    read = split_log_archive(logs("0_shard 1.txt", "1_shard 2.txt"), [(1, "shard 2"), (2, "shard 1")])

    assert {job_id: files.whole for job_id, files in read.jobs.items()} == {1: b"1_shard 2.txt", 2: b"0_shard 1.txt"}


def test_the_older_services_copy_counts_only_where_there_is_no_other() -> None:
    both = split_log_archive(logs("-2147483648_lint.txt", "0_lint.txt"), [(1, "lint")])
    alone = split_log_archive(logs("-2147483648_lint.txt"), [(1, "lint")])

    assert (both.jobs[1].whole, alone.jobs[1].whole) == (b"0_lint.txt", b"-2147483648_lint.txt")


def test_logs_that_can_be_read_are_given_with_the_reason_why_others_are_not() -> None:
    broken = zipped(("0_a.txt", b"1" * 50), ("1_b.txt", b"2" * 50), method=zipfile.ZIP_STORED).replace(
        b"2" * 50, b"X" * 50
    )

    read = split_log_archive(broken, [(1, "a"), (2, "b")])

    assert set(read.jobs) == {1}
    assert "1_b.txt" in str(read.problem)
    with pytest.raises(MalformedArchive):
        split_log_archive(b"no zip", [(1, "a")])
