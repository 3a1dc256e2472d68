"""Content → text of a format, and the files of a report."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from pipeline_etl.reports import json, markdown
from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.reading import read_content
from pipeline_etl.reports.report import PIPELINE_REPORT, Report
from pipeline_etl.storage import room_for


class Format(StrEnum):
    """What a report can be written as; the value is the suffix of its file."""

    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class WrittenReport:
    """The files of a report, and how many rows each section found."""

    paths: tuple[Path, ...]
    section_row_counts: Mapping[str, int]
    content: ReportContent


def write_report(
    connection: duckdb.DuckDBPyConnection,
    *,
    out_dir: Path,
    is_sample: bool = False,
    report: Report = PIPELINE_REPORT,
) -> WrittenReport:
    """Write ``<name>.html``, ``.md`` and ``.json`` into ``out_dir`` from the marts of an open warehouse.

    The same marts give the same bytes. Each file takes its place whole. Raises ReportError when a mart is missing.
    """
    content = read_content(connection, report=report, is_sample=is_sample)
    return WrittenReport(
        paths=write_content(content, out_dir=out_dir),
        section_row_counts={
            part.section.name: sum(len(of_repository.rows) for of_repository in part.parts) for part in content.sections
        },
        content=content,
    )


def write_content(content: ReportContent, *, out_dir: Path) -> tuple[Path, ...]:
    """Write what a report says in every format; where."""
    with room_for(out_dir):
        out_dir.mkdir(parents=True, exist_ok=True)
        return tuple(_written(out_dir / f"{content.name}.{suffix}", rendered(content, suffix)) for suffix in Format)


def rendered(content: ReportContent, suffix: Format) -> str:
    """The report as one text."""
    if suffix is Format.HTML:
        # Only a page has charts, and what draws them takes longer to import than all the rest.
        from pipeline_etl.reports import html  # noqa: PLC0415

        return html.rendered(content)
    return markdown.rendered(content) if suffix is Format.MARKDOWN else json.rendered(content)


def _written(path: Path, text: str) -> Path:
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8", newline="\n")
    os.replace(half, path)  # noqa: PTH105 - Path.replace says nothing of atomicity
    return path
