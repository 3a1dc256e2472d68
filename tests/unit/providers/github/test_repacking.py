import io
import zipfile

import pytest

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.providers.github.repacking import repacked

TOKEN = "ghp_" + "A1b2" * 9


def packed(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    return content.getvalue()


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {path: archive.read(path) for path in archive.namelist()}


def test_secrets_are_blacked_out_and_everything_else_is_as_it_was():
    log = f"﻿2026-08-01T00:00:00.0000000Z token {TOKEN} end\r\n".encode()
    files = unpacked(repacked(packed({"0_test (3.13, full).txt": log, "junit.xml": "<a>é</a>"})))

    assert files == {
        "0_test (3.13, full).txt": log.replace(TOKEN.encode(), b"***"),
        "junit.xml": "<a>é</a>".encode(),
    }


def test_a_file_in_which_nothing_can_be_blacked_out_is_left_out_and_a_log_never_is():
    files = unpacked(repacked(packed({"dist.whl": b"PK\x03\x04\x00\x00", "0_a.txt": b"\x00\x00noise"})))

    assert files == {"0_a.txt": b"\x00\x00noise"}


def test_the_same_files_give_the_same_bytes():
    files = {"b.xml": "<b/>", "a.xml": "<a/>"}

    assert repacked(packed(files)) == repacked(repacked(packed(files)))


def test_what_is_no_zip_is_refused():
    with pytest.raises(MalformedArchive):
        repacked(b"not a zip")
