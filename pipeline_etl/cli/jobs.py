"""Runs a job of the orchestration under progress bars and tells what came of it."""

import os
import sys
from contextlib import ExitStack

from rich.console import Console

from pipeline_etl.cli.terminal import Bars, tell_trouble
from pipeline_etl.orchestration.definitions import build_definitions
from pipeline_etl.orchestration.failures import BY_HAND
from pipeline_etl.orchestration.run import Outcome, history, planned_assets, run_job
from pipeline_etl.settings import Settings


def run(in_force: Settings, job_name: str, *, console: Console, has_bars: bool, is_verbose: bool) -> Outcome:
    """Run a job to its end. Bars and troubles go to ``console``, what Dagster and dbt say to stderr or nowhere."""
    bars = Bars(console, is_shown=has_bars)
    with console.status("Reading the models …"):
        definitions = build_definitions(in_force, on_progress=bars.on_sync, retry_plan=BY_HAND)
    bars.plan(planned_assets(definitions, job_name))
    with ExitStack() as stack:
        log = sys.stderr if is_verbose else stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
        stack.enter_context(bars.progress)
        outcome = run_job(
            definitions,
            job_name,
            instance=stack.enter_context(history(in_force.dagster_home)),
            on_asset=bars.on_asset,
            log=log,
            is_verbose=is_verbose,
        )
    for warning in outcome.warnings:
        tell_trouble(console, warning, style="yellow")
    for error in outcome.errors:
        tell_trouble(console, error, style="red")
    return outcome
