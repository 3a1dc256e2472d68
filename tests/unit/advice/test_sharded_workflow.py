"""A suite is shared out in the workflow file, or the file says why it cannot be."""

import pytest

from pipeline_etl.advice.sharded_workflow import with_shards
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml

PLAIN = """\
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install pytest pytest-split && pip install .
      - name: Run tests
        run: |
          export A=1
          PYTHONHASHSEED=0 python -m pytest -q --junitxml=junit.xml   # all of them
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: 'results'
          path: junit.xml
"""
SHARDED = """\
jobs:
  test:
    runs-on: ubuntu-latest
    name: test shard ${{ matrix.shard }}
    strategy:
      fail-fast: false
      matrix:
        shard: [1, 2, 3]
    steps:
      - uses: actions/checkout@v4
      - run: pip install pytest pytest-split && pip install .
      - name: Run tests
        run: |
          export A=1
          PYTHONHASHSEED=0 python -m pytest --splits 3 --group ${{ matrix.shard }} --splitting-algorithm least_duration --durations-path .test_durations -q --junitxml=junit.xml   # all of them
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: 'results-${{ matrix.shard }}'
          path: junit.xml
"""


def job(text):
    return load_yaml(text.encode())["jobs"]["test"]


def with_command(command, more=""):
    return f"jobs:\n  test:\n    runs-on: x\n{more}    steps:\n      - run: {command}\n"


def test_a_suite_is_shared_out_and_the_rest_stays():
    shared = with_shards(PLAIN, job_key="test", shard_count=3)

    assert job(shared) == job(SHARDED)
    assert sorted(shared.splitlines()) == sorted(SHARDED.splitlines())


def test_another_number_of_shards_changes_the_number_and_the_list():
    more = with_shards(SHARDED, job_key="test", shard_count=5)

    assert job(more)["strategy"]["matrix"]["shard"] == [1, 2, 3, 4, 5]
    assert "--splits 5 --group" in job(more)["steps"][2]["run"]
    assert with_shards(more, job_key="test", shard_count=3) == SHARDED


def test_a_matrix_gets_one_more_dimension_and_its_legs_stay_told_apart():
    matrix = "    strategy:\n      matrix:\n        python: ['3.12', '3.13']\n"

    shared = job(with_shards(with_command("pytest", matrix), job_key="test", shard_count=2))

    assert shared["strategy"]["matrix"] == {"python": ["3.12", "3.13"], "shard": [1, 2]}
    assert shared["name"] == "test (${{ matrix.python }}) shard ${{ matrix.shard }}"


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "py.test -q",
        "python3.13 -m pytest -q",
        "uv run --frozen pytest tests",
        "poetry run python -m pytest",
        "coverage run --source=a -m pytest",
        "cd tests && pytest",
        "'pytest -q'",
        "$pythonLocation/bin/python -m pytest",
    ],
)
def test_pytest_is_found_however_it_is_started(command):
    run = job(with_shards(with_command(command), job_key="test", shard_count=2))["steps"][0]["run"]

    assert "--splits 2 --group ${{ matrix.shard }} --splitting-algorithm least_duration" in run
    assert run.replace(run[run.index(" --splits") : run.index(".test_durations") + 15], "") == command.strip("'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_command("make test"), "has 0 steps that run pytest"),
        (with_command("pip install pytest"), "has 0 steps that run pytest"),
        (with_command("pytest a\n      - run: pytest b"), "has 2 steps that run pytest"),
        (with_command("pytest a && pytest b"), "not one"),
        (with_command("pytest", "    strategy: {matrix: {include: [{a: 1}]}}\n"), "include or exclude"),
        (with_command("pytest", "    strategy: {matrix: '${{ fromJSON(a) }}'}\n"), "made by an expression"),
        (with_command("pytest --splits 3 --group 1"), "something other than its matrix"),
        (with_command("pytest\n      - uses: actions/upload-artifact@v4"), "without a name"),
        ("jobs:\n  other:\n    runs-on: x\n", "declares no job 'test'"),
    ],
)
def test_what_a_person_has_to_decide_is_refused_with_the_reason(text, reason):
    with pytest.raises(UnpatchableWorkflowFile, match=reason):
        with_shards(text, job_key="test", shard_count=2)
