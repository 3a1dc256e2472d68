"""The verb that says what a workflow file should ask for. It writes a plan and changes nothing."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline_etl.cli.speech import Options, plain_errors
from pipeline_etl.cli.views import build_if_missing
from pipeline_etl.settings import load_settings
from pipeline_etl.storage import read_published

# What reads workflow files is imported where it is needed: --help answers at once.
# ruff: noqa: PLC0415


class PlanFormat(StrEnum):
    """What a plan is written as."""

    TEXT = "text"
    JSON = "json"


Repository = Annotated[str | None, typer.Option("--repository", help="Only this repository, as owner/name.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write the plan to; stdout if unset.")]
Form = Annotated[
    PlanFormat, typer.Option("--format", help="`text` is what `git apply` reads, with the reasons before it.")
]
Checkout = Annotated[
    Path | None,
    typer.Option(help="Clone whose workflow files are to be changed, in place of those that ran last.", exists=True),
]
Target = Annotated[float | None, typer.Option(min=1, help="Seconds within which a sharded suite is fast enough.")]
Runners = Annotated[int | None, typer.Option(min=1, help="Runners one run may hold at a time.")]
RunnerLabel = Annotated[
    list[str] | None,
    typer.Option("--runner-label", help="KIND=LABEL: what a kind of larger runner is called, as linux_4_core=big."),
]
DurationsPath = Annotated[
    Path | None, typer.Option(help="Also write what each test takes to this file, as pytest-split reads it.")
]
Collected = Annotated[
    Path | None,
    typer.Option(help="Output of `pytest --collect-only -q`: node ids where reports do not name files.", exists=True),
]


def scale_pipeline_resources(  # noqa: PLR0913 - an option each
    context: typer.Context,
    *,
    repository: Repository = None,
    output: Output = None,
    form: Form = PlanFormat.TEXT,
    checkout: Checkout = None,
    target_seconds: Target = None,
    runner_count: Runners = None,
    runner_label: RunnerLabel = None,
    durations_path: DurationsPath = None,
    collected: Collected = None,
) -> None:
    """A plan for runners, shards, max-parallel and time limits, as a patch of the workflow files. Applies nothing.

    Says why for each change, what it should bring and how sure that is; where data are too thin, what is missing.

    As in:

    * `make scale-pipeline-resources`

    * `pipeline-etl scale-pipeline-resources --repository owner/name -o plan.patch && git apply plan.patch`

    * `pipeline-etl scale-pipeline-resources --durations-path .test_durations`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        in_force = load_settings()
        build_if_missing(in_force, is_verbose=options.is_verbose)
        from pipeline_etl.cli.plans import plans_of

        with read_published(in_force.warehouse_path) as connection:
            plans = plans_of(
                connection,
                repository,
                target_seconds=target_seconds,
                runner_count=runner_count,
                labels=runner_label or (),
                checkout=checkout,
            )
        if durations_path is not None:
            plans.write_durations(durations_path, collected=collected)
        text = plans.as_text if form is PlanFormat.TEXT else plans.as_json
        if output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            plans.write(output, text)
