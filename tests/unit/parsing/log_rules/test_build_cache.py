"""What build tools count is counted once, and per build. What they print is told by the golden logs too."""

from typing import Any

import pytest

from pipeline_etl.contracts.tables import BuildCacheSummaries
from tests.parsed import parse_job_log


def counted(*lines: str) -> list[tuple[Any, ...]]:
    frame = parse_job_log("\n".join(lines).encode(), steps=[]).frames[BuildCacheSummaries]
    return frame.select("cache_tool", "hit_count", "lookup_count").rows()


def test_base_images_and_what_docker_does_itself_are_no_lookups() -> None:
    assert not counted(
        "#1 [internal] load build definition", "#1 CACHED", "#2 [1/2] FROM a", "#2 CACHED", "#3 exporting", "#3 DONE 1s"
    )


def test_each_docker_build_of_a_step_is_counted_apart() -> None:
    build = ("#0 building with x", "#1 [internal] load", "#1 DONE 0.0s", "#4 [2/2] RUN a", "#4 CACHED")

    assert counted(*build, *build) == [("buildx", 1, 1), ("buildx", 1, 1)]


def test_a_heading_that_is_printed_again_is_no_other_layer() -> None:
    assert counted("#4 [2/2] RUN a", "#4 1.2 b", "#4 [2/2] RUN a", "#4 DONE 3s") == [("buildx", 0, 1)]


def test_nx_is_silent_about_its_cache_when_nothing_came_from_it() -> None:
    assert counted(" NX   Successfully ran target test for project a and 2 tasks it depends on") == [("nx", 0, 3)]


def test_gradle_without_a_cached_task_may_have_no_cache() -> None:
    assert counted("3 actionable tasks: 3 executed") == [("gradle", None, 3)]


@pytest.mark.parametrize(
    "line",
    [
        "INFO: 1 process: 1 internal.",
        "1 actionable task: 1 up-to-date",
        "  Hits:  1 / 2",
        "Cache misses  3",
        "ok  a  [no test files]",
    ],
)
def test_what_looked_nothing_up_is_no_summary(line: str) -> None:
    assert not counted(line)
