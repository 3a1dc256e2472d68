"""From what a JUnit report calls a test to the node id by which pytest knows it.

``classname`` joins folders, module and classes by dots, so that alone it does not tell where the file ends. The
``file`` attribute does (``junit_family = xunit1``), and so does the list that ``pytest --collect-only -q`` prints.
Where neither is there nothing is guessed.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from pipeline_etl.advice.suite import Suite, Test

LEAST_NAMED: Final = 0.95
"""Share of the suite's time whose node ids have to be known: pytest-split gives the others the mean."""


@dataclass(frozen=True, kw_only=True)
class Durations:
    """The content of a ``.test_durations`` file, or why there is none."""

    seconds: Mapping[str, float]
    """Node id → seconds; empty when it is refused."""
    unnamed_count: int
    """Tests whose node id is not known."""
    refusal: str | None

    @property
    def as_text(self) -> str:
        """The file, as pytest-split writes it."""
        return json.dumps(self.seconds, sort_keys=True, indent=4) + "\n"


def durations_of(suites: Sequence[Suite], *, collected: Iterable[str] | None = None) -> Durations:
    """What the tests of suites are expected to take, by node id; a test of several suites takes the mean of them.

    Args:
        suites: those that read the one file.
        collected: lines of ``pytest --collect-only -q``; None to rely on the reports alone.
    """
    tests = [test for suite in suites for test in suite.tests]
    if not tests:
        return _refused("no test has a known duration", tests)
    if not all(suite.is_pytest for suite in suites):
        return _refused("the tests were not reported by pytest", tests)
    listed = None if collected is None else _by_report_name(collected)
    if listed is None and all(test.file_path is None for test in tests):
        return _refused(
            "the reports do not say which file a test is in, and the dots of its class do not tell: set "
            "junit_family = xunit1, or hand in the output of `pytest --collect-only -q`",
            tests,
        )
    found: defaultdict[str, list[float]] = defaultdict(list)
    unnamed = []
    for test in tests:
        node_id = _from_file(test) if listed is None else _from_list(test, listed)
        if node_id is None:
            unnamed.append(test)
        else:
            found[node_id].append(test.seconds)
    total = sum(test.seconds for test in tests)
    if sum(test.seconds for test in unnamed) > (1 - LEAST_NAMED) * total or not found:
        return _refused(
            f"{len(unnamed):,} of {len(tests):,} tests fit no node id, or more than one: the first is "
            f"{unnamed[0].class_name!r}, {unnamed[0].test_name!r}",
            unnamed,
        )
    return Durations(
        seconds={node_id: round(mean(each), 6) for node_id, each in sorted(found.items())},
        unnamed_count=len(unnamed),
        refusal=None,
    )


def _refused(reason: str, unnamed: Sequence[Test]) -> Durations:
    return Durations(seconds={}, unnamed_count=len(unnamed), refusal=reason)


def _from_file(test: Test) -> str | None:
    """The node id when what the class holds beyond the file's module can only be classes."""
    if test.file_path is None or not test.file_path.endswith(".py"):
        return None
    path = test.file_path.replace("\\", "/")
    module = path.removesuffix(".py").replace("/", ".")
    if test.class_name == module:
        return f"{path}::{test.test_name}"
    if test.class_name is None or not test.class_name.startswith(f"{module}."):
        return None
    classes = test.class_name.removeprefix(f"{module}.").split(".")
    return "::".join([path, *classes, test.test_name])


def _from_list(test: Test, listed: Mapping[tuple[str, str], set[str]]) -> str | None:
    node_ids = listed.get((test.class_name or "", test.test_name), set())
    return next(iter(node_ids)) if len(node_ids) == 1 else None


def _by_report_name(collected: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """What the report calls a test → the node ids that it is called so for."""
    listed: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for line in collected:
        node_id = line.rstrip("\r\n")
        # Parameters may hold anything, two colons included.
        head, bracket, parameters = node_id.partition("[")
        path, *names = head.split("::")
        if not path.endswith(".py") or not names:
            continue  # a summary, a warning, an empty line
        *classes, name = names
        module = path.removesuffix(".py").replace("/", ".")
        listed[".".join([module, *classes]), f"{name}{bracket}{parameters}"].add(node_id)
    return dict(listed)
