"""A test suite as the marts know it: its tests, what each is expected to take, and what a job takes besides."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline_etl.advice.splitting import Item

Row = Mapping[str, Any]
"""One row of a mart, by column; null is None."""

PYTEST: Final = "pytest"
"""Name that pytest gives its suite in a report unless it is told another."""


@dataclass(frozen=True, kw_only=True)
class Test:
    """A test and what it is expected to take."""

    __test__ = False  # pytest would collect it

    test_id: str
    class_name: str | None
    test_name: str
    file_path: str | None
    seconds: float
    is_measured: bool
    """Whether the duration is its own and not that of the tests around it."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The tests of one job configuration, which one job runs whole or several share out."""

    repository_name: str
    workflow_path: str | None
    workflow_job_key: str | None
    job_name: str
    is_pytest: bool
    tests: tuple[Test, ...]
    shard_count: int
    measured_job_count: int
    overhead_seconds: float | None
    is_parallel_inside: bool
    pool_name: str | None
    """Labels its runners are asked for by."""
    minute_price_usd: float | None
    """List price of a billed minute of its runner; null where the runner is not known."""
    spread: tuple[float, float] | None
    """5th and 95th percentile of what the tests of a job add up to, by its median."""

    @property
    def items(self) -> list[Item]:
        """What can be put into a share: single tests for pytest-split, whole files or classes for anything else."""
        if self.is_pytest:
            return [Item(name=test.test_id, seconds=test.seconds) for test in self.tests]
        seconds: defaultdict[str, float] = defaultdict(float)
        for test in self.tests:
            seconds[test.file_path or test.class_name or test.test_id] += test.seconds
        return [Item(name=name, seconds=total) for name, total in sorted(seconds.items())]


def suites_of(suite_rows: Iterable[Row], duration_rows: Iterable[Row]) -> list[Suite]:
    """The suites of rpt_test_suites with their tests of rpt_test_durations.

    A test whose duration nothing is known of takes part with 0 s; where that is all of them the suite has no tests.
    """
    rows_of_config: defaultdict[tuple[Any, Any, Any], list[Row]] = defaultdict(list)
    for row in duration_rows:
        rows_of_config[row["provider"], row["repository_id"], row["job_config_id"]].append(row)
    return [
        _suite(row, rows_of_config[row["provider"], row["repository_id"], row["job_config_id"]]) for row in suite_rows
    ]


def _suite(suite: Row, rows: Sequence[Row]) -> Suite:
    known = [row for row in rows if row["expected_seconds"] is not None]
    median, low, high = (suite[f"job_test_seconds_{name}"] for name in ("p50", "p5", "p95"))
    return Suite(
        repository_name=suite["repository_name"],
        workflow_path=suite["workflow_path"],
        workflow_job_key=suite["workflow_job_key"],
        job_name=suite["job_name"],
        is_pytest=bool(known) and all(row["suite_name"] == PYTEST for row in known),
        tests=tuple(
            Test(
                test_id=row["test_id"],
                class_name=row["class_name"],
                test_name=row["test_name"],
                file_path=row["file_path"],
                seconds=row["expected_seconds"],
                is_measured=row["test_seconds_p50"] is not None,
            )
            for row in known
        ),
        shard_count=suite["shard_count"],
        measured_job_count=suite["measured_job_count"],
        overhead_seconds=suite["overhead_seconds"],
        is_parallel_inside=bool(suite["is_parallel_inside"]),
        pool_name=suite["pool_name"],
        minute_price_usd=None if suite["minute_price_usd"] is None else float(suite["minute_price_usd"]),
        spread=(low / median, high / median) if median and low is not None and high is not None else None,
    )
