"""The report as GitHub shows Markdown: tables, sentences, links; nothing a name can break out of."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline_etl.reports.content import Cell, Part, ReportContent, SectionContent, cell
from pipeline_etl.reports.section import Column, Repository
from pipeline_etl.wording import instant, plural, printable, web_address

SPECIAL: Final = re.compile(r"([\\`*_\[\]#|~>$])")
"""What means something to GitHub's Markdown inside a line, besides < and &, which become entities."""

MARKS: Final = re.compile(r"[*_`#]")
"""Markup of an archive's note, which is quoted as plain words."""


def rendered(content: ReportContent) -> str:
    """The report as one Markdown text."""
    return "\n".join(_lines(content)).rstrip() + "\n"


def text(words: str) -> str:
    """Words that stay words: no markup, no HTML, no mention, no line break."""
    escaped = SPECIAL.sub(r"\\\1", printable(words).replace("&", "&amp;").replace("<", "&lt;"))
    return escaped.replace("@", "@\u2060").replace("://", ":\u2060//")


def code(words: str) -> str:
    """A name as code, whatever backticks and bars it holds."""
    name = printable(words)
    fence = "`" * (max((len(run) for run in re.findall("`+", name)), default=0) + 1)
    inner = f" {name} " if name.startswith("`") or name.endswith("`") else name
    return f"{fence}{inner}{fence}".replace("|", "\\|")


def _lines(content: ReportContent) -> Iterator[str]:
    yield f"# {content.title}"
    yield ""
    if content.is_sample:
        yield "> **This is the bundled sample**, not your repositories."
        yield "> For those, set `REPOSITORIES=owner/name` and `GITHUB_TOKEN`."
        yield ""
    if content.narrowing.words:
        yield f"Narrowed to {text(content.narrowing.words)}."
        yield ""
    if not content.repositories:
        yield "The warehouse holds no repository yet, so there is nothing to report. No data is never healthy."
        return
    yield "| Repository | Known up to | First run | Last run | Runs | Jobs | Source |"
    yield "|---|---|---|---|---:|---:|---|"
    for repository in content.repositories:
        yield _repository(repository)
    for repository in content.repositories:
        if repository.archive_note:
            note = MARKS.sub("", repository.archive_note)
            yield ""
            yield f"> **{text(repository.repository_name)}** is an archive: {text(note)}"
    if content.findings:
        yield ""
        yield "## What changed most?"
        yield ""
        for found in content.findings:
            yield f"1. **{text(found.repository.repository_name)}**: {text(found.finding.text)}"
    for section in content.sections:
        yield ""
        yield from _section(section)


def _repository(repository: Repository) -> str:
    url = web_address(repository.repository_url)
    name = text(repository.repository_name)
    source = "recorded archive; its links may lead nowhere" if repository.is_recorded_archive else "live service"
    cells = [
        f"[{name}](<{url}>)" if url else name,
        instant(repository.as_of_at),
        instant(repository.first_run_at),
        instant(repository.last_run_at),
        f"{repository.run_count:,}",
        f"{repository.job_count:,}",
        source,
    ]
    return f"| {' | '.join(cells)} |"


def _section(content: SectionContent) -> Iterator[str]:
    yield f"## {content.section.question}"
    if content.whole_reason:
        yield ""
        yield f"<sub>{text(content.whole_reason)}</sub>"
    for part in content.parts:
        yield ""
        yield f"### {text(part.repository.repository_name)}, as of {instant(part.repository.as_of_at)}"
        yield ""
        yield f"**{text(part.advice)}**"
        if part.shown_rows:
            yield ""
            yield from _table(part, content.table_columns)
        if part.hidden_count > 0:
            yield ""
            yield f"{plural(part.hidden_count, 'more row')} in the marts: {code(content.section.more_sql)}"
    if content.section.note and content.has_table:
        yield ""
        yield f"<sub>{text(content.section.note)}</sub>"


def _table(part: Part, columns: Sequence[Column]) -> Iterator[str]:
    first = [cell(part.shown_rows[0], column) for column in columns]
    yield f"| {' | '.join(text(column.title) for column in columns)} |"
    yield f"|{'|'.join('---:' if shown.is_number else '---' for shown in first)}|"
    for row in part.shown_rows:
        yield f"| {' | '.join(_cell(cell(row, column)) for column in columns)} |"


def _cell(shown: Cell) -> str:
    words = code(shown.text) if shown.is_code and shown.text else text(shown.text)
    linked = f"[{words}](<{shown.href}>)" if shown.href else words
    return f"{linked} ({text(shown.interval)})" if shown.interval else linked
