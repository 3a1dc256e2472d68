import gzip

import pytest

from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.providers.github.archive_folder import ArchiveFolder

RUN = b'{"id": 7, "run_attempt": 1, "created_at": "2026-08-01T00:00:00Z", "title": "a\\u2028b"}'


def test_lines_are_kept_as_the_bytes_they_are(tmp_path):
    (tmp_path / "runs.jsonl.gz").write_bytes(gzip.compress(RUN + b"\r\n\n" + RUN.replace(b": 1", b": 2")))
    folder = ArchiveFolder(tmp_path)

    assert folder.attempts[7, 1].line == RUN
    assert [run.run_attempt for run in folder.runs] == [2]


def test_a_missing_file_holds_nothing(tmp_path):
    folder = ArchiveFolder(tmp_path)

    assert (dict(folder.attempts), list(folder.caches), dict(folder.annotations)) == ({}, [], {})


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("runs.jsonl.gz", b"no gzip", lambda folder: folder.attempts),
        ("runs.jsonl.gz", gzip.compress(RUN * 100)[:-20], lambda folder: folder.attempts),
        ("jobs.jsonl.gz", gzip.compress(b'{"run_id":1}\n'), lambda folder: folder.jobs),
        ("artifacts.jsonl.gz", gzip.compress(b"[1]\n"), lambda folder: folder.artifacts),
        ("repository.json", b"{}", lambda folder: folder.repository_id),
        ("archive.json", b'{"note":""}', lambda folder: folder.manifest),
        ("another", b"", lambda folder: folder.manifest),
    ],
    # Compressed bytes hold the time: as names they would differ between workers.
    ids=["no gzip", "cut off", "job without id", "artifact of another type", "repository", "manifest", "no manifest"],
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path, name, content, read):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UnexpectedPayload, match=name if name != "another" else r"archive\.json"):
        read(ArchiveFolder(tmp_path))
