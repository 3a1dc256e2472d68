"""A report about less than everything: of one repository, of one workflow, since a day.

Nothing is computed anew for it: a section's query reads the rows of its marts that are of that workflow and that time,
and a section whose marts do not all know them is shown whole and says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

import duckdb

from pipeline_etl.errors import UnknownName
from pipeline_etl.reports.section import Section
from pipeline_etl.wording import listed, printable, quoted

WORKFLOW: Final = "workflow_name"
"""Column by which rows are those of a workflow."""

MOMENTS: Final = ("created_at", "started_at", "executed_at", "completed_at", "occurred_at", "iso_week_start_date")
"""Columns by which rows have a time, the first that a mart has. None ends a period: a period is whole or not there."""

THINGS: Final = "dim_"
"""Marts of things are looked up by those of measurements, and need no workflow and no time of their own."""

Columns = Mapping[str, Sequence[str]]
"""Mart → its columns."""


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """What a report is narrowed to; null is everything."""

    repository_name: str | None = None
    workflow_name: str | None = None
    since: date | None = None

    @property
    def words(self) -> str:
        """The narrowing in a sentence's words; empty when there is none."""
        parts = [
            f"the repository {printable(self.repository_name)}" if self.repository_name else "",
            f"the workflow {quoted(self.workflow_name)}" if self.workflow_name else "",
            f"rows since {self.since.isoformat()}" if self.since else "",
        ]
        return listed([part for part in parts if part])


NOT_NARROWED: Final = Narrowing()


def known_name(kind: str, said: str, known: Sequence[str]) -> str:
    """The name meant: as it is written, in another case, or the end of one owner/name.

    Raises:
        UnknownName: There is none; the message names the nearest.
    """
    for same in (str, str.casefold):
        found = [name for name in known if same(name) == same(said)]
        if found:
            return found[0]
    ends = [name for name in known if name.casefold().endswith(f"/{said.casefold()}")]
    if len(ends) == 1:
        return ends[0]
    if not known:
        raise UnknownName(f"there is no {kind} {said!r}: the warehouse holds none")
    # Of names that are all far away the nearest is still better than none: there may be only one to mean.
    nearest = get_close_matches(said, known, n=1, cutoff=0.0)[0]
    raise UnknownName(f"there is no {kind} {said!r} in the warehouse; did you mean {printable(nearest)!r}?")


def columns_of_marts(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Every mart with its columns."""
    found: dict[str, list[str]] = {}
    for mart, column in cursor.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
    ).fetchall():
        found.setdefault(mart, []).append(column)
    return found


def possible(section: Section, narrowing: Narrowing, columns: Columns) -> Narrowing:
    """What of a narrowing a section can follow: every mart it reads has to know the workflow, or the time."""
    marts = [columns.get(mart, ()) for mart in section.reads if not mart.startswith(THINGS)]
    return Narrowing(
        repository_name=narrowing.repository_name,
        workflow_name=narrowing.workflow_name if all(WORKFLOW in names for names in marts) else None,
        since=narrowing.since if all(_moment(names) for names in marts) else None,
    )


def whole_reason(asked: Narrowing, followed: Narrowing) -> str:
    """What a section was not narrowed by though it was asked for; empty when it followed."""
    missed = [
        word
        for word, is_missed in (
            ("workflow", asked.workflow_name != followed.workflow_name),
            ("day", asked.since != followed.since),
        )
        if is_missed
    ]
    return f"Not narrowed by {listed(missed)}: what it counts is not kept by {listed(missed)}." if missed else ""


def make_narrowed(cursor: duckdb.DuckDBPyConnection, columns: Columns) -> None:
    """Make, for this session alone, a view of each mart that can be narrowed; :func:`narrow` says to what."""
    for mart, names in columns.items():
        conditions = _conditions(names)
        if conditions:
            cursor.execute(f"create or replace temp view {mart} as from marts.{mart} where {' and '.join(conditions)}")


def narrow(cursor: duckdb.DuckDBPyConnection, narrowing: Narrowing) -> None:
    """Say what the views show from now on."""
    # A prepared value: names of workflows are whatever somebody wrote.
    cursor.execute("set variable narrowed_workflow = ?", [narrowing.workflow_name])
    cursor.execute("set variable narrowed_since = ?", [narrowing.since])


def narrowed_query(section: Section, columns: Columns) -> str:
    """The section's query over those views."""

    def narrowed(found: re.Match[str]) -> str:
        return f"temp.{found['mart']}" if _conditions(columns.get(found["mart"], ())) else found[0]

    return re.sub(r"\bmarts\.(?P<mart>\w+)", narrowed, section.query)


def _conditions(columns: Sequence[str]) -> list[str]:
    """What a row has to meet; a variable that is null asks for nothing."""
    compared = {"narrowed_workflow": f"{WORKFLOW} =" if WORKFLOW in columns else ""}
    moment = _moment(columns)
    compared["narrowed_since"] = f"{moment} >=" if moment else ""
    return [
        f"coalesce({comparison} getvariable('{name}'), getvariable('{name}') is null)"
        for name, comparison in compared.items()
        if comparison
    ]


def _moment(columns: Sequence[str]) -> str | None:
    return next((name for name in MOMENTS if name in columns), None)
