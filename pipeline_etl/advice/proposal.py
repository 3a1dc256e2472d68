"""A recommendation together with what it would change in which workflow file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_etl.advice.advice import Advice

Row = Mapping[str, Any]
"""One row of a mart, by column; null is None."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Advice, and the change of a file that follows it; None where nothing in a workflow file is to be changed."""

    advice: Advice
    workflow_path: str | None = None
    change: Callable[[str], str] | None = None
    """The file's text → the text it becomes. Raises UnpatchableWorkflowFile where that cannot be done."""


def subject(row: Row) -> str:
    """What advice on a declared job is about."""
    return f"{row['workflow_name']}, job {row['workflow_job_key']}"
