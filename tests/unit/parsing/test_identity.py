"""Identities stay the same from run to run and tell different things apart."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.parsing import identity as ids
from pipeline_etl.parsing.identity import failure_signature_id, masked


def identity(
    name: str, *, repository_id: int = 1, suite: str | None = "pytest", of: str | None = "tests.test_a"
) -> str:
    return ids.test_id(repository_id=repository_id, suite_name=suite, class_name=of, test_name=name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("test[<f at 0x7f3aa4c01f70>]", "test[<f at 0x7f11b0001230>]"),
        ("test[/tmp/pytest-of-runner/pytest-0/a]", "test[/tmp/pytest-of-root/pytest-12/a]"),
        ("test[C:\\Users\\me\\AppData\\Local\\Temp\\x1]", "test[C:\\Users\\me\\AppData\\Local\\Temp\\x2]"),
        ("test[2026-05-01T12:00:00.5Z]", "test[2026-06-02 13:01:01+02:00]"),
        ("test[6d9a2b5e-3c0f-4b8e-9a51-0d2f6c1e7b34]", "test[00000000-3c0f-4b8e-9a51-0d2f6c1e7b34]"),
    ],
)
def test_what_changes_from_run_to_run_is_no_part_of_a_tests_identity(one: str, other: str) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("test[0x10]", "test[0x20]"),
        ("test[1-2]", "test[1-3]"),
        ("test[2026-05-01]", "test[2026-05-02]"),
        ("test_a", "test_b"),
        ("test[/tmp/x]", "test[/etc/x]"),
    ],
)
def test_honest_parameters_keep_tests_apart(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_a_name_in_another_class_suite_or_repository_is_another_test() -> None:
    different = {
        identity("t"),
        identity("t", repository_id=2),
        identity("t", suite="jest"),
        identity("t", of="b"),
        identity("t", of=None),
    }

    assert len(different) == 5


def test_an_identity_never_changes_between_versions() -> None:
    """A change here cuts the history of every test in two: it needs a rewrite of the lake."""
    assert identity("test_a[1]") == "6df21ac0cf7fbd3e6240c06d8442956b"


@pytest.mark.parametrize(
    ("message", "mask"),
    [
        ("Process 48849 at 0x7f00 failed", "Process <n> at <address> failed"),
        ("took 3.25s of 10 minutes", "took <duration> of <duration>"),
        ("connect ECONNREFUSED 10.0.0.1:443", "connect ECONNREFUSED <n>:<port>"),
        ("/home/runner/work/a/a/src/f.c:12:3: error: no", "src/f.c:<n>:<n>: error: no"),
        ("/__w/a/a/src/f.c:9:3: error: no", "src/f.c:<n>:<n>: error: no"),
        ("wrote /tmp/x/y-1.txt", "wrote <tmp>"),
        ("at 050ce9e1226b95d6b5938bdd5e245491f7219fd8  now", "at <sha> now"),
        ("'short' 'a text of more than twenty characters'", "'short' <text>"),
        ("2026-05-01T12:00:00.123Z gone", "<time> gone"),
    ],
)
def test_a_message_is_masked(message: str, mask: str) -> None:
    assert masked(message) == mask


def test_words_are_not_taken_for_hashes() -> None:
    assert masked("defaced accede effaced") == "defaced accede effaced"


def test_failures_of_one_kind_share_a_signature_and_a_class_parts_them() -> None:
    assert failure_signature_id("test", "timeout after 3 s") == failure_signature_id("test", "timeout after 14 s")
    assert failure_signature_id("test", "no") != failure_signature_id("compile", "no")


@given(st.text(max_size=300))
def test_space_around_a_message_is_no_difference(message: str) -> None:
    assert failure_signature_id("unknown", message) == failure_signature_id("unknown", f"  {message}\n")


VOLATILE = (
    "[/tmp/x",
    "/private/var/folders/a",
    "/home/runner/work/_temp/a",
    "C:\\a\\_temp\\b",
    "0xdeadbeef",
    "0x10",
    "2026-05-01T12:00:00Z",
    "123e4567-e89b-12d3-a456-426614174000",
    " ",
    "-",
    "t",
)
NAMES = st.one_of(st.text(max_size=8), st.lists(st.sampled_from(VOLATILE), max_size=4).map("".join))


@given(rows=st.lists(st.tuples(st.none() | NAMES, st.none() | NAMES, NAMES), max_size=4))
def test_whole_columns_get_the_identities_that_single_names_get(rows: list[tuple[str | None, str | None, str]]) -> None:
    names = ("suite_name", "class_name", "test_name")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    assert ids.test_ids(frame, repository_id=7).to_list() == [
        ids.test_id(repository_id=7, suite_name=suite, class_name=of, test_name=name) for suite, of, name in rows
    ]
