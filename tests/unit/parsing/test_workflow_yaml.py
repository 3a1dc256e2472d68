"""YAML is read as the runner reads it, and in bounds."""

import pytest

from pipeline_etl.errors import MalformedWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml

LEVELS = "bcdefghijklmnop"
ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{level}: &{level} [{', '.join([f'*{chr(ord(level) - 1)}'] * 9)}]\n" for level in LEVELS
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on: push", {"on": "push"}),
        ("a: yes", {"a": "yes"}),
        ("a: True", {"a": True}),
        ("a: 010", {"a": 10}),
        ("a: 0x1F", {"a": 31}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: .inf", {"a": ".inf"}),
        ("a: 99999999999999999999", {"a": "99999999999999999999"}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: '1'", {"a": "1"}),
        ("a: !!int x", {"a": "x"}),
        ("a: !!python/name:os.system x", {"a": "x"}),
        ("1: a", {"1": "a"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}}),
    ],
)
def test_a_value_is_what_the_runner_takes_it_for(written: str, meant: object) -> None:
    assert load_yaml(written.encode()) == meant


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"# comment", id="no document"),
        pytest.param(b"a: [", id="cut off"),
        pytest.param(b"\ta: 1", id="tab"),
        pytest.param(b"a: 1\n---\nb: 2", id="two documents"),
        pytest.param(b"\x00\x01", id="NUL bytes"),
        pytest.param(b"\xff\xff", id="no text"),
        pytest.param(b"[a]: 1", id="list as key"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"- " * 100_000, id="deep in blocks"),
        pytest.param(ALIAS_BOMB.encode(), id="alias bomb"),
        pytest.param(b"a: &a {b: *a}", id="holds itself"),
        pytest.param(b"a: *b", id="alias of nothing"),
        pytest.param(b"a: x" + b"x" * 2**20, id="large"),
    ],
)
def test_broken_and_hostile_files_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedWorkflowFile):
        load_yaml(content)
