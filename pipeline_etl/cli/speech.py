"""How every verb speaks: answers on stdout, all else on stderr, and an error in a sentence with what to do."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from pipeline_etl.errors import PipelineError
from pipeline_etl.settings import Settings

stderr = Console(stderr=True)
stdout = Console()


@dataclass(frozen=True)
class Options:
    """What is said before the verb."""

    is_verbose: bool
    is_debugging: bool


def say_what_it_works_on(in_force: Settings, *, console: Console) -> None:
    """Say whose history a command works on."""
    if in_force.uses_bundled_sample:
        line = (
            "No REPOSITORIES set: working on the bundled sample of bitcoin/bitcoin and simonw/sqlite-utils, "
            "recorded CI history that needs no token."
        )
    elif in_force.uses_sample:
        line = f"No REPOSITORIES set: working on the archives recorded in {in_force.sample_root}."
    else:
        line = f"Working on {', '.join(in_force.repositories)}."
    console.print(line, highlight=False, soft_wrap=True)


def near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


@contextmanager
def plain_errors(*, is_debugging: bool) -> Iterator[None]:
    """Say an error in one or two sentences, on stderr, and end with its exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        stderr.print("Stopped. What was committed stays; the same command goes on from there.")
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # Whoever read has seen enough; what is still buffered must not be flushed into nothing when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except PipelineError as error:
        if is_debugging:
            raise
        _say(error)
        raise typer.Exit(error.exit_code) from None
    except Exception as error:
        if is_debugging:
            raise
        from pipeline_etl.storage import disk_full  # noqa: PLC0415, imports what most verbs do without

        full = disk_full(error, writing="the data folder")
        if full is not None:
            _say(full)
            raise typer.Exit(full.exit_code) from None
        what = f"{type(error).__name__}: {error}"
        stderr.print(f"[red]This is a defect of pipeline_etl: {escape(what)}[/]", highlight=False, soft_wrap=True)
        stderr.print(
            "  `.venv/bin/python -m pipeline_etl --debug …` shows where; please open an issue with it.",
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1) from None


def _say(error: PipelineError) -> None:
    stderr.print(f"[red]{escape(str(error))}[/]", highlight=False, soft_wrap=True)
    stderr.print(f"  {escape(error.advice)}", highlight=False, soft_wrap=True)
