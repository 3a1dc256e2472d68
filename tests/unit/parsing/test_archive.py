"""Archives of any origin are read in bounds."""

import io
import stat
import struct
import warnings
import zipfile

import pytest

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.parsing.archive import ArchiveFile, ArchiveLimits, LargeFile, open_archive, read_archive


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


def test_a_file_larger_than_may_be_held_is_given_as_something_to_open() -> None:
    large = bytes(range(256)) * 4_000
    small, opened = open_archive(zipped(("small", b"1"), ("large", large)), held_bytes=1_000)

    assert small == ArchiveFile("small", b"1")
    assert isinstance(opened, LargeFile)
    assert (opened.path, opened.byte_count, large.startswith(opened.head)) == ("large", len(large), True)
    for _ in range(2):
        with opened.open() as stream:
            assert stream.read() == large


def test_a_large_file_that_is_broken_is_left_out_before_anything_of_it_is_read() -> None:
    content = zipped(("large", b"1" * 5_000), ("a", b"1"), method=zipfile.ZIP_STORED).replace(b"1" * 100, b"2" * 100, 1)
    given = []
    with pytest.raises(MalformedArchive, match="CRC"):
        given.extend(file.path for file in open_archive(content, held_bytes=1_000))

    assert given == ["a"]
