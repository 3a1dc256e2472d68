"""What a person sees: progress while it works, a summary at the end. Progress and troubles go to stderr."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from pipeline_etl.cli.speech import near
from pipeline_etl.contracts.tables import TABLES, table_name
from pipeline_etl.extraction import Progress
from pipeline_etl.orchestration.run import Outcome, Trouble
from pipeline_etl.reports import ReportContent, headline_table

PUBLISHED: Final = "warehouse/published"
"""Key of the asset that tells what is in the warehouse."""

STAGES: Final[Mapping[str, str]] = {
    "raw": "Loading tables",
    "staging": "Building models",
    "intermediate": "Building models",
    "marts": "Building models",
    "warehouse": "Publishing the warehouse",
    "report": "Writing the report",
}
"""What is being done while assets whose key begins so are made."""


class Bars:
    """Progress bars: one per repository and what is read of it, then one per stage of the job."""

    def __init__(self, console: Console, *, is_shown: bool) -> None:
        self.progress: Final = RichProgress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not is_shown,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._totals: Counter[str] = Counter()
        self._tasks: dict[str, TaskID] = {}
        self._syncing: TaskID | None = None

    def plan(self, keys: Iterable[str]) -> None:
        """Say which assets will be made."""
        self._totals = Counter(stage for key in keys if (stage := _stage(key)) is not None)

    def on_sync(self, sync: Progress) -> None:
        """The sync of a repository has come further; a stage with nothing to do has no bar."""
        if sync.total:
            name = f"{escape(sync.repository_name)}: {sync.stage}"
            task = self._task(name)
            told = "; ".join(part for part in (sync.remaining, sync.requests) if part)
            shown = f"{name} [dim]{escape(told)}[/]" if told else name
            self.progress.update(task, completed=sync.done, total=sync.total, description=shown)
            if task != self._syncing:
                self._finish(self._syncing)
                self._syncing = task

    def on_asset(self, key: str) -> None:
        """An asset has been made."""
        stage = _stage(key)
        if stage is not None:
            self._finish(self._syncing)
            self.progress.advance(self._task(stage))

    def _finish(self, task: TaskID | None) -> None:
        """What is over was whole, however much of it was guessed at first."""
        if task is not None:
            self.progress.update(task, total=self.progress.tasks[task].completed)

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self.progress.add_task(name, total=self._totals.get(name))
        return self._tasks[name]


def _stage(key: str) -> str | None:
    return STAGES.get(key.partition("/")[0])


def tell_troubles(console: Console, outcome: Outcome, *, has_warnings: bool) -> None:
    """What had to be made anew, what the checks warn of where that is wanted, and what failed."""
    for notice in (notice for facts in outcome.facts.values() for notice in facts.get("notices", ())):
        _tell_trouble(console, Trouble(what=f"Note: {notice}"), style="yellow")
    for warning in outcome.warnings if has_warnings else ():
        _tell_trouble(console, warning, style="yellow")
    for error in outcome.errors:
        _tell_trouble(console, error, style="red")


def _tell_trouble(console: Console, trouble: Trouble, *, style: str) -> None:
    """One thing that happened and what to do, in one paragraph. Names from the service are data, not markup."""
    console.print(f"[{style}]{escape(trouble.what)}[/]", highlight=False, soft_wrap=True)
    if trouble.advice:
        console.print(f"  {escape(trouble.advice)}", highlight=False, soft_wrap=True)


def tell_summary(console: Console, outcome: Outcome, *, report: ReportContent | None) -> None:
    """The report's headlines, how many rows of what there are, and what is where."""
    if report is not None and report.repositories:
        console.print(headline_table(report))
        console.print()
    published = outcome.facts.get(PUBLISHED, {})
    added = {key: facts["rows_added"] for key, facts in outcome.facts.items() if key.startswith("lake/")}
    stored: Mapping[str, int] = published.get("rows", {})
    rows = Table(box=None, pad_edge=False, header_style="bold")
    rows.add_column("rows of")
    rows.add_column("new in the lake", justify="right")
    rows.add_column("in the warehouse", justify="right")
    for table in map(table_name, TABLES):
        counts = added.get(f"lake/{table}"), stored.get(f"raw.{table}")
        if any(counts):
            rows.add_row(table, *("" if count is None else f"{count:,}" for count in counts))
    marts = [count for name, count in stored.items() if name.startswith("marts.")]
    if marts:
        rows.add_row(f"{len(marts)} marts", "", f"{sum(marts):,}")
    if rows.row_count:
        console.print(rows)
    paths = [("Warehouse", published.get("path"))]
    paths += [("Report", path) for path in outcome.facts.get("report/pipeline_report", {}).get("paths", [])]
    for name, path in paths:
        if path:
            console.print(f"{name:<10} {escape(near(Path(path)))}", highlight=False, soft_wrap=True)
