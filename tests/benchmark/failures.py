"""How well failures are read out of logs: real windows of logs whose failing line somebody marked.

``failure_windows.md`` says where they come from. What is named where no pattern fits was written with the first half in
sight and measured on the second; the patterns themselves are older and were written with both.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline_etl.contracts.tables import LogFindings
from pipeline_etl.parsing.identity import masked
from pipeline_etl.parsing.job_log import JobLog, read_job_logs
from tests.benchmark.figure import Figure
from tests.benchmark.parsers import files_of

WINDOWS: Final = Path(__file__).parent / "failure_windows.zip"
MARK: Final = "#=MATCH=# "
SOURCE: Final = "#=SOURCE=#"
SPANS: Final = {0x2039: None, 0x203A: None}
"""Signs around what the person looked at."""
STAMP_LENGTH: Final = len("2026-05-01T12:00:00.1234567Z ")
EXIT: Final = "2026-07-30T00:00:00.0000000Z ##[error]Process completed with exit code 1."
"""Ends a window that was cut off before the runner's own error."""


@dataclass(frozen=True)
class Window:
    """A piece of a log, and the line that a person would show to another."""

    name: str
    lines: list[str]
    marked: int
    """From 1."""

    @property
    def is_of_first_half(self) -> bool:
        return hashlib.md5(self.name.encode(), usedforsecurity=False).digest()[-1] % 2 == 0


@dataclass(frozen=True)
class Verdict:
    """What the rule says of a window."""

    window: Window
    failure_class: str | None
    line_number: int | None
    message: str

    @property
    def is_known(self) -> bool:
        return self.failure_class not in {None, "unknown"}

    @property
    def is_exact(self) -> bool:
        return self.line_number == self.window.marked

    @property
    def says_the_same(self) -> bool:
        """Whether the line is the marked one or another with its words: many are printed and then told to the runner."""
        text = self.window.lines[self.window.marked - 1]
        marked = text[STAMP_LENGTH:] if text[:2] == "20" else text
        return self.is_exact or masked(marked.removeprefix("##[error]")) == masked(self.message)


def figures() -> Iterable[Figure]:
    """Of the marked windows, in halves; then of the failing jobs of the sample, whose lines nobody marked."""
    verdicts = [verdict_of(window) for window in windows()]
    first = [verdict for verdict in verdicts if verdict.window.is_of_first_half]
    second = [verdict for verdict in verdicts if not verdict.window.is_of_first_half]
    unknown = sum(not verdict.is_known for verdict in verdicts)
    yield Figure(f"{len(verdicts)} marked windows: share without a known class", unknown / len(verdicts), "", 0.149)
    for what, some in (("all", verdicts), ("the half that was looked at", first), ("the other half", second)):
        yield Figure(f"  {what}, {len(some)}: class is known", sum(verdict.is_known for verdict in some), "")
        yield Figure("    the line named is the marked one", sum(verdict.is_exact for verdict in some), "")
        yield Figure("    or one of the same words", sum(verdict.says_the_same for verdict in some), "")
    logs = files_of("logs", lambda name: "/" not in name)
    found = [
        failure_class
        for rows in read_job_logs(JobLog(job_id=number, content=log) for number, log in enumerate(logs))
        for failure_class in rows.frames[LogFindings]["failure_class"]
    ]
    yield Figure(f"{len(found)} failing jobs of the sample: class is unknown", found.count("unknown"), "", 0)


def windows() -> Iterator[Window]:
    with zipfile.ZipFile(WINDOWS) as archive:
        for name in sorted(archive.namelist()):
            lines = archive.read(name).decode("utf-8", errors="replace").rstrip("\n").split("\n")
            lines = [line for line in lines if not line.startswith(SOURCE)]
            marked = [number for number, line in enumerate(lines, start=1) if line.startswith(MARK)]
            lines = [line.removeprefix(MARK).translate(SPANS) for line in lines]
            if not any("##[error]" in line for line in lines):
                lines.append(EXIT)
            if marked:
                yield Window(name.removesuffix(".txt"), lines, marked[0])


def verdict_of(window: Window) -> Verdict:
    log = JobLog(job_id=0, content="\n".join(window.lines).encode())
    for rows in read_job_logs([log]):
        for row in rows.frames[LogFindings].iter_rows(named=True):
            return Verdict(window, row["failure_class"], row["line_number"], row["message"])
    return Verdict(window, None, None, "")
