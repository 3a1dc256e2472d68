"""What docs/operations.md says of errors, exit codes and files is what the program does."""

import inspect
import re
from pathlib import Path

from pipeline_etl import errors
from pipeline_etl.cli.nightlog import LOG_FILE
from pipeline_etl.storage.damage import QUARANTINE

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
MIX_INS = {errors.PipelineError, errors.TransientError, errors.PermanentError}


def table_of_errors() -> list[str]:
    """One row per class that is raised: its name, what it says of itself, what it advises."""
    classes = [
        each
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, errors.PipelineError) and each not in MIX_INS
    ]
    raised = [each for each in classes if issubclass(each, (errors.TransientError, errors.PermanentError))]
    return [
        f"| `{each.__name__}`{'ᵗ' if issubclass(each, errors.TransientError) else ''} "
        f"| {' '.join((each.__doc__ or '').split())} | {each.advice} |"
        for each in raised
    ]


def test_every_error_there_is_stands_in_the_table_with_its_own_words_and_no_other_does() -> None:
    told = [line for line in PAGE.partition("## What went wrong")[2].splitlines() if line.startswith("| `")]

    assert told == table_of_errors()


def test_every_exit_code_an_error_has_is_told_of() -> None:
    codes = {each.exit_code for each in vars(errors).values() if inspect.isclass(each) and hasattr(each, "exit_code")}
    told = set(map(int, re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)))

    assert codes | {0, 130} == told


def test_files_are_called_what_the_page_calls_them() -> None:
    assert f"`{LOG_FILE}`" in PAGE
    assert f"`lake/{QUARANTINE}/`" in PAGE
