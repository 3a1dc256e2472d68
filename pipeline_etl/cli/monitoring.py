"""The verb that watches the resources of jobs."""

import time
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from pipeline_etl.cli.speech import Options, plain_errors
from pipeline_etl.cli.views import PIPED_WIDTH, RepositoryOption, build_if_missing
from pipeline_etl.reports import latest_resources, monitor_view
from pipeline_etl.settings import Settings, load_settings
from pipeline_etl.storage import read_published

IntervalOption = Annotated[float, typer.Option(min=1, help="Seconds between two looks at the warehouse.")]
RowsOption = Annotated[int, typer.Option(min=1, max=200, help="Jobs to show.")]
OnceOption = Annotated[bool, typer.Option("--once", help="Show it once; so it is done in a pipe, too.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("resource-monitoring")(resource_monitoring)


def resource_monitoring(
    context: typer.Context,
    *,
    interval: IntervalOption = 10.0,
    rows: RowsOption = 20,
    once: OnceOption = False,
    repository: RepositoryOption = None,
) -> None:
    """Watch CPU, memory, disk and network of the jobs measured last, and which came near a limit.

    Reads the published warehouse again every few seconds, so that a `make nightly` beside it shows up. The service
    hands out a job's measurements when the job has ended, never before.

    Example: `pipeline-etl resource-monitoring --interval 30 --repository owner/name`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        in_force = load_settings()
        build_if_missing(in_force, is_verbose=options.is_verbose)

        def look() -> RenderableType:
            return _look(in_force, rows=rows, repository_name=repository)

        console = Console()
        if once or not console.is_terminal:
            (console if console.is_terminal else Console(width=PIPED_WIDTH)).print(look())
            return
        hint = Text(f"Looks again every {interval:g} s. Ctrl-C ends it.", style="dim")
        with Live(Group(look(), hint), console=console, auto_refresh=False) as live:
            try:
                while True:
                    time.sleep(interval)
                    live.update(Group(look(), hint), refresh=True)
            except KeyboardInterrupt:
                raise typer.Exit(0) from None


def _look(in_force: Settings, *, rows: int, repository_name: str | None) -> RenderableType:
    with read_published(in_force.warehouse_path) as connection:
        return monitor_view(latest_resources(connection, row_count=rows, repository_name=repository_name))
