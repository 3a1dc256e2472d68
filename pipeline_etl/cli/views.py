"""The verbs that show the published warehouse: one for every view the reports declare."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from pipeline_etl.cli.speech import Options, near, plain_errors, say_what_it_works_on, stderr
from pipeline_etl.errors import StorageError
from pipeline_etl.reports import (
    VIEWS,
    Format,
    Narrowing,
    Report,
    ReportContent,
    comment,
    read_content,
    rendered,
    tell_content,
    write_content,
)
from pipeline_etl.settings import Settings, load_settings, make_data_root
from pipeline_etl.storage import read_published
from pipeline_etl.wording import plural

# Dagster and dbt are imported where a warehouse has to be built first: a view of one that is there answers at once.
# ruff: noqa: PLC0415

STALE_AFTER: Final = timedelta(days=2)
"""A warehouse that a nightly job keeps is never that old."""

PIPED_WIDTH: Final = 100
"""Characters to a line where there is no terminal to ask."""


class Output(StrEnum):
    """What a view is shown as."""

    TERMINAL = "terminal"
    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"
    COMMENT = "comment"


def _day(text: str) -> date:
    """The day that was said.

    Raises:
        typer.BadParameter: It is none; the message shows how one is written.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write it as in 2026-01-01.") from None


RepositoryOption = Annotated[str | None, typer.Option("--repository", help="Only this repository, as owner/name.")]
WorkflowOption = Annotated[str | None, typer.Option("--workflow", help="Only this workflow, by its name.")]
SinceOption = Annotated[
    date | None,
    typer.Option("--since", parser=_day, metavar="DAY", help="Only what happened since this day, UTC, as 2026-01-01."),
]
FormatOption = Annotated[
    Output,
    typer.Option(
        "--format",
        help="`terminal` prints tables and writes the report's files; `html`, `md` and `json` print the report; "
        "`comment` prints the few lines that fit a pull request.",
    ),
]
LinkOption = Annotated[
    str | None, typer.Option("--link", help="Address of the whole report, for the last line of a comment.")
]


def add_to(app: typer.Typer) -> None:
    """Add a verb for every view."""
    for view in VIEWS:
        app.command(view.name, help=_help(view))(_verb(view))


def _help(view: Report) -> str:
    return f"""{view.purpose}

Reads the published warehouse; with nothing set and none there, that of the bundled sample is built first. A part that
cannot be narrowed by workflow or day says so and is shown whole.

Examples:

* `make {view.name}`

* `make {view.name} WORKFLOW=CI SINCE=2026-01-01`

* `make {view.name} REPOSITORY=owner/name FORMAT=json`

* `pipeline-etl {view.name} --workflow CI --format md >> "$GITHUB_STEP_SUMMARY"`
"""


def _verb(view: Report) -> Callable[..., None]:
    def verb(
        context: typer.Context,
        *,
        repository: RepositoryOption = None,
        workflow: WorkflowOption = None,
        since: SinceOption = None,
        output: FormatOption = Output.TERMINAL,
        link: LinkOption = None,
    ) -> None:
        options: Options = context.obj
        narrowing = Narrowing(repository_name=repository, workflow_name=workflow, since=since)
        with plain_errors(is_debugging=options.is_debugging):
            in_force = load_settings()
            build_if_missing(in_force, is_verbose=options.is_verbose)
            with read_published(in_force.warehouse_path) as connection:
                content = read_content(connection, report=view, narrowing=narrowing)
            _say_what_is_amiss(content, in_force, now=datetime.now(UTC))
            # Whoever forgets REPOSITORIES for once still reads of their own.
            is_archive = all(repository.is_recorded_archive for repository in content.repositories)
            content = replace(content, is_sample=in_force.uses_bundled_sample and is_archive)
            _show(content, in_force, output=output, link=link)

    return verb


def _show(content: ReportContent, in_force: Settings, *, output: Output, link: str | None) -> None:
    if output is Output.TERMINAL:
        console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
        tell_content(console, content)
        make_data_root(in_force)
        console.print()
        for path in write_content(content, out_dir=in_force.reports_root):
            console.print(f"Report     {escape(near(path))}", highlight=False, soft_wrap=True)
    else:
        text = comment(content, link=link) if output is Output.COMMENT else rendered(content, Format(output.value))
        sys.stdout.write(text)
        sys.stdout.flush()


def build_if_missing(in_force: Settings, *, is_verbose: bool) -> None:
    """Nobody's first command is a dead end: the sample's warehouse is built, and of another it is said how.

    Raises:
        StorageError: There is no warehouse, and it is not the sample that would be in it; or it could not be built.
    """
    path = in_force.warehouse_path
    if path.is_file():
        return
    if not in_force.uses_sample:
        repositories = ",".join(in_force.repositories)
        raise StorageError(
            f"there is no warehouse at {path} yet: `make generate-pipeline-report REPOSITORIES={repositories}` fetches "
            "the history and builds it"
        )
    make_data_root(in_force)
    stderr.print(f"There is no warehouse at {escape(str(path))} yet, so it is built first, once.", highlight=False)
    say_what_it_works_on(in_force, console=stderr)
    from pipeline_etl.cli.jobs import run
    from pipeline_etl.cli.terminal import tell_troubles

    result = run(in_force, "nightly", console=stderr, is_attended=True, is_verbose=is_verbose)
    tell_troubles(stderr, result.outcome, has_warnings=False)
    if not path.is_file():
        raise StorageError("the warehouse could not be built; the reason is above")


def _say_what_is_amiss(content: ReportContent, in_force: Settings, *, now: datetime) -> None:
    """One line each: what was named and is not in the warehouse, and what in it is old. An archive does not age."""
    if not content.narrowing.repository_name:
        held = {repository.repository_name.casefold() for repository in content.repositories}
        missing = [name for name in in_force.repositories if name.casefold() not in held]
        if missing:
            _note(f"Not in the warehouse yet: {', '.join(missing)}. `make generate-pipeline-report` fetches it.")
    known = [
        repository.as_of_at
        for repository in content.repositories
        if repository.as_of_at is not None and not repository.is_recorded_archive
    ]
    oldest = min(known, default=now)
    if now - oldest > STALE_AFTER:
        age = plural((now - oldest).days, "day")
        _note(f"The warehouse is {age} old (known up to {oldest:%Y-%m-%d}): `make nightly` brings it up to date.")


def _note(line: str) -> None:
    stderr.print(f"[yellow]Note: {escape(line)}[/]", highlight=False, soft_wrap=True)
