"""The report as a comment on a pull request: what changed most, and where the rest is."""

from collections.abc import Iterator
from typing import Final

from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.markdown import text
from pipeline_etl.wording import day, plural, web_address

MARKS: Final = {"good": "\N{WHITE HEAVY CHECK MARK}", "bad": "\N{WARNING SIGN}", "neutral": "\N{BULLET}"}


def comment(content: ReportContent, *, link: str | None = None) -> str:
    """A few lines of Markdown: the findings of the first screen, and the address of the report if there is one."""
    return "\n".join(_lines(content, link=web_address(link))).rstrip() + "\n"


def _lines(content: ReportContent, *, link: str | None) -> Iterator[str]:
    yield f"### {content.title}, as of {day(content.as_of_at)}"
    yield ""
    if content.narrowing.words:
        yield f"Narrowed to {text(content.narrowing.words)}."
        yield ""
    for found in content.findings:
        mark = MARKS[found.finding.tone]
        yield f"- {mark} {text(found.repository.repository_name)}: {text(found.finding.text)}"
    if not content.findings:
        runs = plural(sum(repository.recent_run_count for repository in content.repositories), "run")
        yield f"Nothing changed beyond chance ({runs} in the last 30 days)."
    if link:
        yield ""
        yield f"[The whole report](<{link}>)"
