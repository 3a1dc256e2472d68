"""Runs a job of the orchestration under progress bars and tells what came of it."""

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from pipeline_etl.cli.terminal import Bars
from pipeline_etl.extraction import Progress
from pipeline_etl.orchestration.definitions import build_definitions, wall_clock
from pipeline_etl.orchestration.failures import BY_HAND
from pipeline_etl.orchestration.progress import SpacedLines
from pipeline_etl.orchestration.run import (
    HISTORY_KEPT,
    Outcome,
    forget_old_runs,
    history,
    planned_assets,
    run_job,
)
from pipeline_etl.reports import ReportContent, WrittenReport
from pipeline_etl.settings import Settings


@dataclass(frozen=True)
class Result:
    """What came of a job, and what the report says if one was written."""

    outcome: Outcome
    report: ReportContent | None


def run(in_force: Settings, job_name: str, *, console: Console, is_attended: bool, is_verbose: bool) -> Result:
    """Run a job to its end. Bars go to ``console``, what Dagster and dbt say to stderr or nowhere.

    Where the console is no terminal a line tells now and then how far a sync has come; of a run that nobody attends
    only while it reads the history of a repository for the first time, which may take hours.

    A run that nobody attends is kept in Dagster's history, which forgets the oldest, and shows no bars. One at a
    terminal is kept only where DAGSTER_HOME says so: writing history costs it seconds.
    """
    written: list[WrittenReport] = []
    bars = Bars(console, is_shown=is_attended)
    lines = SpacedLines(partial(console.print, highlight=False, markup=False, soft_wrap=True), now=wall_clock)

    def tell(progress: Progress) -> None:
        bars.on_sync(progress)
        if not console.is_terminal and (is_attended or progress.is_backfill):
            lines(progress)

    is_kept = not is_attended or in_force.dagster_home_folder is not None
    with console.status("Reading the models …"):
        definitions = build_definitions(in_force, on_progress=tell, on_written=written.append, retry_plan=BY_HAND)
    bars.plan(planned_assets(definitions, job_name))
    with ExitStack() as stack:
        log = sys.stderr if is_verbose else stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
        instance = stack.enter_context(history(in_force.dagster_home if is_kept else None))
        stack.enter_context(bars.progress)
        outcome = run_job(
            definitions, job_name, instance=instance, on_asset=bars.on_asset, log=log, is_verbose=is_verbose
        )
        if is_kept and in_force.dagster_home_folder is None:  # another folder is somebody's, with runs of others in it
            forget_old_runs(instance, home=in_force.dagster_home, before=wall_clock() - HISTORY_KEPT)
    return Result(outcome=outcome, report=written[-1].content if written else None)
