"""The closed word lists: what a value in a category column may be.

A word that a service invents tomorrow is never an error: the category falls back to null (or ``other``) and the
service's own word stands beside it, untouched, in the ``provider_…`` column.
"""

from typing import Final, Literal, get_args

ProviderName = Literal["github"]
"""CI services whose history can be stored."""

RunStatus = Literal["queued", "waiting", "in_progress", "completed", "other"]
"""Where a run or job stands. ``waiting`` covers every state in which a person or a rule holds it back."""

Result = Literal["success", "failure", "timeout", "cancellation", "skip", "error"]
"""How a run, job or step ended: the values of ``cicd.pipeline.result`` in OpenTelemetry's semantic conventions."""

TestOutcome = Literal["passed", "failed", "error", "skipped"]
"""Outcome of one try of one test case."""

TestReportFormat = Literal["junit", "trx", "nunit", "xunit"]
"""Dialect of a test report."""

CacheOperation = Literal["restore", "save"]
"""What a step did with a cache."""

CacheOutcome = Literal["exact", "partial", "miss", "error", "lookup", "saved", "not_saved", "lost_race", "too_large"]
"""How a cache operation ended. ``exact``, ``partial`` and ``miss`` are lookups; ``lookup`` did not download."""

FailureClass = Literal[
    "runner_lost",
    "timeout",
    "superseded",
    "cancelled",
    "oom",
    "disk",
    "network",
    "rate_limit",
    "auth",
    "infra_service",
    "dependency",
    "compile",
    "lint",
    "test",
    "deploy",
    "config",
    "unknown",
]
"""Cause of a failed job, most fundamental first: the first that matches wins (docs/metrics.md)."""

Confidence = Literal["high", "medium", "low"]
"""How sure a rule is of what it says."""

ItemKind = Literal["run_attempt", "job_log", "artifact", "workflow_file", "annotations"]
"""Kinds of things the ledger follows one by one."""

ItemState = Literal["stored", "not_yet", "expired", "gone", "unreadable", "error", "not_permitted", "not_wanted"]
"""What became of a thing the service said exists.

``not_yet`` is still owed. ``expired`` (retention passed before we came), ``gone`` (the service has it no more, or
never had it), ``unreadable`` (it came and cannot be read; a problem says why) and ``not_wanted`` (nothing in it that
any table stores, or not asked for on purpose, as the reason says) are final. ``error`` is tried again, and
``not_permitted`` (the token may not read things of this kind) once one of them can be read.
"""

AnnotationLevel = Literal["notice", "warning", "failure", "other"]
"""Severity of an annotation."""


def words(vocabulary: object) -> tuple[str, ...]:
    """The words of a vocabulary, in the order they are declared."""
    return get_args(vocabulary)


FINAL_STATES: Final = frozenset({"stored", "expired", "gone", "unreadable", "not_wanted"})
"""Item states after which nothing is asked of the service again."""
