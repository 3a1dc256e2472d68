"""Workflow files: the YAML that declares jobs, their order, matrix, runner and limits."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import WorkflowJobs
from pipeline_etl.errors import MalformedWorkflowFile
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.parsing.workflow_yaml import load_yaml

MAX_JOBS: Final = 1_000
"""Jobs in one file. A run has at most 256 per matrix."""

_COLUMNS: Final = (
    "workflow_file_id",
    "workflow_job_key",
    "job_name_template",
    "needs",
    "runner_labels",
    "runner_group",
    "matrix_json",
    "max_parallel_count",
    "timeout_seconds",
    "concurrency_group",
    "environment_name",
    "condition",
    "reusable_workflow",
    "is_continue_on_error",
    "step_count",
)
_SCHEMA: Final = {name: WorkflowJobs.create_empty().schema[name] for name in _COLUMNS}


def parse_workflow_file(content: bytes) -> pl.DataFrame:
    """One row per job: the columns of WorkflowJobs but for ``workflow_path`` and the context.

    Expressions (``${{ … }}``) are kept as they are written: what they give is known only in a run.

    Raises:
        MalformedWorkflowFile: It is not YAML, is too large or deep, or has no mapping of jobs.
    """
    document = load_yaml(content)
    jobs = document.get("jobs") if isinstance(document, Mapping) else None
    if not isinstance(jobs, Mapping) or not jobs:
        raise MalformedWorkflowFile("It has no jobs.")
    if len(jobs) > MAX_JOBS:
        raise MalformedWorkflowFile(f"It has more than {MAX_JOBS:,} jobs.")
    file_id = sha256(content).hexdigest()
    return pl.DataFrame(
        [{"workflow_file_id": file_id} | _row(str(key), job) for key, job in jobs.items()], schema=_SCHEMA
    )


def workflow_text(content: bytes) -> tuple[str, bool] | None:
    """The text of a file, redacted, and whether anything was blacked out; None when it is not UTF-8."""
    try:
        whole = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    kept, secret_count = redact(whole)
    return kept, bool(secret_count)


def _row(key: str, job: object) -> dict[str, Any]:
    if not isinstance(job, Mapping):
        raise MalformedWorkflowFile(f"Its job {key[:100]!r} is no mapping.")
    strategy = job.get("strategy")
    strategy = strategy if isinstance(strategy, Mapping) else {}
    labels, group = _runner(job.get("runs-on"))
    steps = job.get("steps")
    return {
        "workflow_job_key": key,
        "job_name_template": _text(job.get("name")) or key,
        "needs": _texts(job.get("needs")),
        "runner_labels": labels,
        "runner_group": group,
        "matrix_json": _json(strategy.get("matrix")),
        "max_parallel_count": _whole(strategy.get("max-parallel")),
        "timeout_seconds": _seconds(job.get("timeout-minutes")),
        "concurrency_group": _text_or(job.get("concurrency"), key="group"),
        "environment_name": _text_or(job.get("environment"), key="name"),
        "condition": _text(job.get("if")),
        "reusable_workflow": _text(job.get("uses")),
        "is_continue_on_error": job.get("continue-on-error") is True,
        "step_count": len(steps) if isinstance(steps, Sequence) and not isinstance(steps, str) else 0,
    }


def _runner(runs_on: object) -> tuple[list[str], str | None]:
    """Labels and group; ``runs-on`` is a label, a list of them, an expression, or a mapping with both."""
    if isinstance(runs_on, Mapping):
        return _texts(runs_on.get("labels")), _text(runs_on.get("group"))
    return _texts(runs_on), None


def _text(value: object) -> str | None:
    """A scalar as text, redacted: ``if: true`` and ``name: 3`` are as good as their texts."""
    if value is None or isinstance(value, Mapping | list):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return redact(text)[0] or None


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values) if text is not None]


def _text_or(value: object, *, key: str) -> str | None:
    """A scalar, or what a mapping has under the key."""
    return _text(value.get(key) if isinstance(value, Mapping) else value)


def _json(value: object) -> str | None:
    """JSON without spaces. The order of keys is kept: names of matrix jobs list the values in that order."""
    if value is None:
        return None
    return redact(json.dumps(value, ensure_ascii=False, separators=(",", ":")))[0]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else None


def _seconds(minutes: object) -> float | None:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        return None
    return 60.0 * minutes if 0 < minutes < 2**31 else None
