"""Rows of marts, as advice reads them."""

from collections.abc import Callable
from typing import Any

import pytest

ROW = {
    "repository_name": "a/b",
    "workflow_path": ".github/workflows/ci.yml",
    "workflow_name": "CI",
    "workflow_job_key": "test",
    "max_parallel_count": None,
    "timeout_seconds": None,
    "measured_job_count": 210,
    "successful_job_count": 200,
    "timed_out_job_count": 0,
    "leg_count": 1,
    "execution_seconds_p50": 300.0,
    "execution_seconds_p99": 700.0,
    "longest_success_seconds": 800.0,
    "queued_seconds_p95": 5.0,
    "proposed_timeout_seconds": 1200.0,
    "overlong_seconds_total": 18000.0,
    "timeout_verdict": "too loose",
}


@pytest.fixture
def declared_job() -> Callable[..., dict[str, Any]]:
    return lambda **changes: {**ROW, **changes}
