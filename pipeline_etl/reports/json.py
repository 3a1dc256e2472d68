"""The report for programs: the same rows, with units, whole names and null for unknown."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from pipeline_etl.reports.content import ReportContent, SectionContent

SCHEMA_VERSION: Final = 1
"""Raised when a key changes its meaning or goes; new keys and columns come without notice."""


def rendered(content: ReportContent) -> str:
    """The report as JSON, keys in a fixed order."""
    return json.dumps(document(content), ensure_ascii=False, indent=1, allow_nan=False, default=_plain) + "\n"


def document(content: ReportContent) -> dict[str, Any]:
    """The report as plain values: ``report``, ``findings``, ``repositories``, ``sections``."""
    return {
        "report": {
            "name": content.name,
            "title": content.title,
            "schema_version": SCHEMA_VERSION,
            "is_sample": content.is_sample,
            "as_of_at": content.as_of_at,
            "narrowed_to": asdict(content.narrowing),
        },
        "findings": [
            {
                "repository_name": found.repository.repository_name,
                "section": found.section.name,
                "text": found.finding.text,
                "tone": found.finding.tone,
            }
            for found in content.findings
        ],
        "repositories": [asdict(repository) for repository in content.repositories],
        "sections": [_section(section) for section in content.sections],
    }


def _section(content: SectionContent) -> dict[str, Any]:
    return {
        "name": content.section.name,
        "question": content.section.question,
        "definition": f"docs/metrics.md#{content.section.definition}",
        "whole_reason": content.whole_reason or None,
        "advice": [{"repository_name": part.repository.repository_name, "text": part.advice} for part in content.parts],
        "columns": [
            {"name": column.name, "title": column.title, "unit": column.unit, "unit_column": column.unit_column}
            for column in content.section.columns
        ],
        "rows": [
            {"repository_name": part.repository.repository_name, **row} for part in content.parts for row in part.rows
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
