"""The verb that says what of artifacts and caches may go, and lets it go only when it is told to."""

import json
import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from pipeline_etl.cli.speech import Options, plain_errors, stderr, stdout
from pipeline_etl.cli.views import build_if_missing
from pipeline_etl.settings import load_settings
from pipeline_etl.storage import read_published

# What asks the service is imported where it is needed: --help answers at once.
# ruff: noqa: PLC0415


class ListFormat(StrEnum):
    """What a list is written as."""

    TEXT = "text"
    JSON = "json"


Repository = Annotated[str | None, typer.Option("--repository", help="Only this repository, as owner/name.")]
OlderThan = Annotated[
    int, typer.Option(min=0, help="Days since it was last restored, or made where nothing tells of its use.")
]
LargerThan = Annotated[float, typer.Option(min=0, help="Megabytes (1,000,000 bytes) it has at least.")]
KeepLatest = Annotated[
    int, typer.Option(min=0, help="How many of each artifact name, and of each cache key and branch, always stay.")
]
Form = Annotated[ListFormat, typer.Option("--format", help="`json` lists everything, `text` the largest.")]
Apply = Annotated[bool, typer.Option("--apply", help="Delete what is listed. Without it nothing is deleted.")]


def clean_artifacts(
    context: typer.Context,
    *,
    repository: Repository = None,
    older_than: OlderThan = 30,
    larger_than: LargerThan = 0.0,
    keep_latest: KeepLatest = 1,
    form: Form = ListFormat.TEXT,
    apply: Apply = False,
) -> None:
    """Old and large artifacts and caches, and what deleting them frees. Deletes nothing unless told to.

    Ages count back from the moment a repository is known up to. With --apply each thing is looked up, deleted if it is
    still the one that is listed, and written into deletions.jsonl in the data folder; the token needs Actions: write.

    As in:

    * `make clean-artifacts`

    * `make clean-artifacts OLDER_THAN=14 LARGER_THAN=50 KEEP_LATEST=3`

    * `make clean-artifacts REPOSITORY=owner/name APPLY=1`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        in_force = load_settings()
        build_if_missing(in_force, is_verbose=options.is_verbose)
        from pipeline_etl.advice import Rules
        from pipeline_etl.cli.clean_ups import as_text, clean_ups_of, delete, log_of

        rules = Rules(
            older_than=timedelta(days=older_than), larger_than_bytes=round(larger_than * 1e6), keep_latest=keep_latest
        )
        log = log_of(in_force)
        with read_published(in_force.warehouse_path) as connection:
            clean_ups = clean_ups_of(connection, repository, rules, done=log.done())
        if form is ListFormat.JSON:
            sys.stdout.write(json.dumps([each.content for each in clean_ups], indent=2, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            for each in clean_ups:
                stdout.print(as_text(each), highlight=False, soft_wrap=True, markup=False)
        if apply and not delete(in_force, clean_ups, log, console=stderr):
            raise typer.Exit(1)
