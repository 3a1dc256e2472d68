"""Paths of source files as reports write them, made relative to the repository."""

import re
from typing import Final

# Where the repository lies on a runner: hosted Linux and macOS, container, hosted Windows, self-hosted.
_WORKSPACE: Final = re.compile(
    r"(?:/home/runner/work|/Users/runner/work|/__w|/github/workspace|[A-Za-z]:/a|(?:[A-Za-z]:)?/.{0,200}?/?_work)"
    r"(?:(?<=/workspace)|/([^/]{1,100})/\1)/"
)
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:/")


def repository_path(path: str, *, folder: str = "") -> str:
    """The path with ``/``, relative to the repository if it lies in a runner's workspace, else as it is.

    Args:
        path: As the report has it.
        folder: What a relative path is relative to, as the report has it.
    """
    path = path.replace("\\", "/")
    folder = folder.replace("\\", "/").rstrip("/")
    if folder and not _ABSOLUTE.match(path):
        path = f"{folder}/{path}"
    within = _WORKSPACE.match(path)
    if within:
        path = path[within.end() :]
    while path.startswith("./"):
        path = path[2:]
    return path
