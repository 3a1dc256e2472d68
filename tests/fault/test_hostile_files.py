"""A file that was made to do harm ends as rows or as a problem that says what is wrong, and memory stays bounded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fault.hostile import CASES

MOST_MEGABYTES = 600

EXPECTED: dict[str, int | str] = {
    "zip bomb in a log archive": "200 times its size",
    "zip bomb in an artifact": "200 times its size",
    "overlapping entries": "5,000 of its files could not be read",
    "zips in zips": 0,
    "a large log": 2_000_000,
    "billion laughs": "document type",
    "external entity": "document type",
    "parameter entity": "document type",
    "document type": "document type",
    "a hundred thousand deep": "nested more than 256 deep",
    "a tag without end": "tags is larger than 8,388,608 bytes",
    "half a million attributes": "more than 256 attributes",
    "a long failure": 1,
    "a long output": 1,
    "UTF-16, little end first": 1,
    "UTF-16, big end first": 1,
    "byte order mark": 1,
    "an encoding nobody knows": "unknown encoding",
    "NUL in a report": "not well-formed",
    "control character in a report": "invalid character number",
    "a name for every mischief": 1,
    "invalid UTF-8 in a report": "not well-formed",
    "five million empty lines in a log": 5_000_000,
    "twenty million empty lines of telemetry": "None of its lines is a sample",
    "twenty million empty lines of coverage": 1,
    "aliases of aliases": "aliases have more than 200,000 nodes",
    "a million brackets": "nested more than 64 deep",
}


@pytest.fixture(scope="module")
def told() -> dict:
    """What the reader of them all prints, in a process of its own."""
    command = [sys.executable, "-m", "tests.fault.hostile"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_ends_so(told, name: str) -> None:
    expected, outcome = EXPECTED[name], told["outcomes"][name]

    assert outcome == expected if isinstance(expected, int) else expected in outcome


def test_none_of_them_needs_more_memory_than_a_job_may_have(told) -> None:
    assert told["peak_megabytes"] <= MOST_MEGABYTES
