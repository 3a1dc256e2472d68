"""The verbs. Each says what it does to a person who types ``--help``; the work is done below."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline_etl.cli import docs, metrics, monitoring, views
from pipeline_etl.cli.alerts import check_alerts
from pipeline_etl.cli.cleaning import clean_artifacts
from pipeline_etl.cli.scaling import scale_pipeline_resources
from pipeline_etl.cli.speech import Options, plain_errors, say_what_it_works_on, stderr, stdout
from pipeline_etl.settings import PROJECT_ROOT, Settings, example_file, load_settings, make_data_root, variable

# Dagster, dbt and polars are imported inside the verbs that need them: --help and a wrong setting answer at once.
# ruff: noqa: PLC0415

HELP = """The CI warehouse a team can own.

Extracts what GitHub Actions knows into a Parquet lake, loads it into DuckDB, computes with dbt which tests are flaky,
which stages are the bottleneck and whether caches pay off, and writes a report.

With nothing set it works on a bundled sample and needs no token. For your own repositories, set GITHUB_TOKEN and
REPOSITORIES=owner/name,owner/other.

Settings come from pipeline_etl.toml and the environment; the verb `settings` explains and shows them.

Exit code: 0 all went well, 1 something failed and was said, 2 the command line is wrong, 3 alerts are open,
75 another process is at it, 130 stopped by Ctrl-C.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)
views.add_to(app)
app.command("scale-pipeline-resources")(scale_pipeline_resources)
app.command("clean-artifacts")(clean_artifacts)
app.command("check-alerts")(check_alerts)
metrics.add_to(app)
monitoring.add_to(app)
docs.add_to(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Beginning = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DAY",
        help="Where history begins: a day, an instant, or as in '30 days'. An earlier one than before adds what "
        "lies between, a later one changes nothing. PIPELINE_ETL_SINCE sets it for good.",
    ),
]


def main() -> None:
    """Run the verb on the command line."""
    app()


@app.callback()
def options(
    context: typer.Context,
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what Dagster and dbt log.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Say how much to tell."""
    context.obj = Options(is_verbose=verbose or debug, is_debugging=debug)


@app.command("generate-pipeline-report")
def generate_pipeline_report(context: typer.Context, *, since: Beginning = None, as_json: AsJson = False) -> None:
    """The whole job: extract, load, transform, then the report as HTML, Markdown and JSON."""
    _run(context, "nightly", since=since, as_json=as_json, is_attended=True)


@app.command()
def extract(context: typer.Context, *, since: Beginning = None, as_json: AsJson = False) -> None:
    """Fetch what is new from the CI service into the Parquet lake. What is stored is not fetched again."""
    _run(context, "extract", since=since, as_json=as_json, is_attended=True)


@app.command()
def load(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Load new files of the lake into the raw tables of the warehouse, each exactly once."""
    _run(context, "load", as_json=as_json, is_attended=True)


@app.command()
def transform(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Build the dbt models, raw to marts, and publish the warehouse."""
    _run(context, "transform", as_json=as_json, is_attended=True)


@app.command()
def nightly(
    context: typer.Context,
    *,
    since: Beginning = None,
    as_json: AsJson = False,
    summary: Annotated[bool, typer.Option("--summary", help="Say in one line what came of it.")] = False,
) -> None:
    """The whole job once, for cron: says nothing unless something went wrong.

    One line of what came of it goes to nightly.log in the data folder, and to stdout with --summary.

    Exit code 1 when any repository could not be read to its end, after everything else was done. What it did and what
    the checks found is in Dagster's history, which `dev` shows.
    """
    _run(context, "nightly", since=since, as_json=as_json, is_attended=False, has_summary=summary)


@app.command()
def dev() -> None:
    """Open the Dagster UI on http://127.0.0.1:3000: lineage, checks, history, the nightly schedule."""
    from pipeline_etl.orchestration.run import instance_home

    with plain_errors(is_debugging=False):
        settings = load_settings()
        make_data_root(settings)
        say_what_it_works_on(settings, console=stdout)
        environment = {**os.environ, "DAGSTER_HOME": str(instance_home(settings.dagster_home))}
        dagster = Path(sys.executable).with_name("dagster")
        workspace = PROJECT_ROOT / "workspace.yaml"
        os.execve(dagster, [str(dagster), "dev", "--workspace", str(workspace)], environment)  # noqa: S606


@app.command()
def record(
    context: typer.Context,
    *,
    into: Annotated[Path | None, typer.Option(help="Folder of the archive; `recorded` in the data folder.")] = None,
) -> None:
    """Write an archive of REPOSITORIES that answers like the API: redacted, for a demo or a test without a token.

    PIPELINE_ETL_SINCE limits how far it goes back. With PIPELINE_ETL_SAMPLE=<folder of the archive> and no
    REPOSITORIES, every command works on it.
    """
    with plain_errors(is_debugging=context.obj.is_debugging):
        in_force = load_settings()
        make_data_root(in_force)
        from pipeline_etl.cli.recording import record_repositories, tell_recording

        for recording in record_repositories(in_force, into=into or in_force.data_root / "recorded", console=stderr):
            tell_recording(stdout, recording)


@app.command()
def replay(
    context: typer.Context,
    *,
    repository: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Only what is kept of this repository.")
    ] = None,
) -> None:
    """Read the kept answers of the service again, without asking it, and store the rows that differ.

    For a version that reads answers better than the one that fetched them, also of what the service has forgotten.
    Rows are added and corrected, none is removed; what reads as it did before is not written.

    Read again: repositories, workflows, artifacts, cache_entries, workflow_jobs, run_attempts, jobs, steps and
    annotations.

    Not read again, since logs and artifacts are not kept: workflow_file_versions, job_logs, log_lines,
    cache_operations, build_cache_summaries, dependency_installs, log_findings, artifact_uploads, test_reports,
    test_results, coverage_reports, coverage_files, telemetry_samples.
    """
    with plain_errors(is_debugging=context.obj.is_debugging):
        in_force = load_settings()
        make_data_root(in_force)
        from pipeline_etl.cli.replaying import replay_repositories, tell_replays

        tell_replays(stdout, replay_repositories(in_force, repository_name=repository, console=stderr))


@app.command()
def contracts(
    *, check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if a file is stale.")] = False
) -> None:
    """Render the dbt sources and docs/tables.md anew from the declared tables."""
    from pipeline_etl.contracts.render import stale_files, write_rendered

    stale = stale_files(PROJECT_ROOT) if check else write_rendered(PROJECT_ROOT)
    for path in stale:
        stdout.print(f"{'stale' if check else 'written'}: {path}", highlight=False)
    if check and stale:
        stderr.print("Run `make contracts` and commit what it writes.")
        raise typer.Exit(1)


@app.command()
def settings(
    *, example: Annotated[bool, typer.Option("--example", help="Print an example pipeline_etl.toml instead.")] = False
) -> None:
    """Show the settings in force, where each can be set and what it means. Secrets are not shown."""
    with plain_errors(is_debugging=False):
        if example:
            sys.stdout.write(example_file())
            return
        for name, value in load_settings():
            shown = ",".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
            line = f"[bold]{name}[/] = {escape(shown) or '(unset)'}  [dim]{variable(name)}[/]"
            stdout.print(line, highlight=False, soft_wrap=True)
            stdout.print(f"  {Settings.model_fields[name].description}", highlight=False, soft_wrap=True)


def _run(
    context: typer.Context,
    job_name: str,
    *,
    as_json: bool,
    is_attended: bool,
    since: str | None = None,
    has_summary: bool = False,
) -> None:
    """Run a job, show how it goes, end with what came of it; exit code 1 when anything failed."""
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        in_force = load_settings(since=since)
        make_data_root(in_force)
        is_quiet = not (is_attended or as_json or options.is_verbose)
        if not is_quiet:
            say_what_it_works_on(in_force, console=stderr if as_json else stdout)
        from pipeline_etl.cli.jobs import run
        from pipeline_etl.cli.nightlog import keep_night, night_line
        from pipeline_etl.cli.terminal import tell_summary, tell_troubles
        from pipeline_etl.orchestration.definitions import wall_clock

        began_at = wall_clock()
        result = run(in_force, job_name, console=stderr, is_attended=is_attended, is_verbose=options.is_verbose)
        if not is_attended:
            line = night_line(result.outcome, began_at=began_at, ended_at=wall_clock())
            keep_night(in_force.data_root, line)
            if has_summary:
                stdout.print(line, markup=False, highlight=False, soft_wrap=True)
        tell_troubles(stderr, result.outcome, has_warnings=not is_quiet)
        if as_json:
            sys.stdout.write(json.dumps(result.outcome.facts, indent=2, default=str) + "\n")
        elif not is_quiet:
            tell_summary(stdout, result.outcome, report=result.report)
        if result.outcome.exit_code:
            raise typer.Exit(result.outcome.exit_code)
