"""Our errors in Dagster's words: the only translation.

A failed step of Dagster is run again by policies that know nothing of the cause. What no later attempt can mend says
so itself: ``allow_retries=False`` also switches off retries of the whole run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import dagster as dg

from pipeline_etl.errors import PipelineError, TransientError
from pipeline_etl.storage import disk_full


@dataclass(frozen=True)
class RetryPlan:
    """How often a step that met a transient error is tried again, and after how long."""

    retry_count: int = 3
    wait_seconds: float = 60


BY_HAND: Final = RetryPlan(retry_count=0)
"""A person who waits at a terminal tries again by hand."""

UNATTENDED: Final = RetryPlan()


@contextmanager
def told_to_dagster(plan: RetryPlan) -> Iterator[None]:
    """Raise what is raised inside as Dagster's retry or failure, with the message and advice a person reads."""
    try:
        yield
    except TransientError as error:
        if plan.retry_count:
            raise dg.RetryRequested(max_retries=plan.retry_count, seconds_to_wait=plan.wait_seconds) from error
        raise failure(error) from error
    except PipelineError as error:
        raise failure(error) from error
    except Exception as error:
        full = disk_full(error, writing="the data folder")
        if full is None:
            raise
        raise failure(full) from error


def failure(error: PipelineError) -> dg.Failure:
    """What Dagster shows of an error that is not tried again."""
    return dg.Failure(
        description=str(error),
        metadata={"error": type(error).__name__, "advice": error.advice, "exit_code": error.exit_code},
        allow_retries=False,
    )
