"""The difference of two texts as ``git apply`` reads it."""

import re
from difflib import unified_diff
from typing import Final

from pipeline_etl.errors import UnpatchableWorkflowFile

_PATH: Final = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_.@+-]+(?:/[A-Za-z0-9_.@+-]+)*")
"""Paths that stand in a patch as they are: no quotes, no way out of the repository."""

NO_NEWLINE: Final = "\\ No newline at end of file\n"


def difference(path: str, before: str, after: str) -> str:
    """A patch that turns the text at a path into another; empty when they are equal.

    Raises:
        UnpatchableWorkflowFile: The path holds what a patch would have to quote.
    """
    if not _PATH.fullmatch(path):
        raise UnpatchableWorkflowFile(f"{path[:200]!r} is not a path that a patch should hold.")
    lines = unified_diff(_lines(before), _lines(after), fromfile=f"a/{path}", tofile=f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one, as for git."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
