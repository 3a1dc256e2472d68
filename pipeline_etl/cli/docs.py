"""The verb that shows the documentation."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline_etl.cli.speech import Options, plain_errors
from pipeline_etl.errors import SettingsError
from pipeline_etl.settings import PROJECT_ROOT

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
BuildOption = Annotated[
    Path | None, typer.Option("--build", help="Write the site into this folder instead, to be published.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve-docs")(serve_docs)


def serve_docs(context: typer.Context, *, port: PortOption = 8000, build: BuildOption = None) -> None:
    """Show the documentation at http://127.0.0.1:8000: how to begin, every metric, table and command, the lineage.

    Pages about commands, settings, metrics and marts are made from the code. It takes some ten seconds to come up, for
    dbt documents its models first.

    Example: `pipeline-etl serve-docs --build site`
    """
    options: Options = context.obj
    with plain_errors(is_debugging=options.is_debugging):
        config = PROJECT_ROOT / "mkdocs.yml"
        mkdocs = Path(sys.executable).with_name("mkdocs")
        if not config.is_file() or not mkdocs.is_file():
            raise SettingsError(
                "the documentation is part of a clone and not of the installed package; there, type `make serve-docs`."
            )
        listening = ("--dev-addr", f"127.0.0.1:{port}")
        verb = ("serve", *listening) if build is None else ("build", "--strict", "--site-dir", str(build.resolve()))
        command = [str(mkdocs), *verb, "--config-file", str(config)]
        typer.echo(
            f"http://127.0.0.1:{port} in some ten seconds; Ctrl-C ends it." if build is None else f"Writing {build}"
        )
        os.execve(mkdocs, command, {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "NO_MKDOCS_2_WARNING": "1"})  # noqa: S606
