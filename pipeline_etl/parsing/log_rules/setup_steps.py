"""How long package managers took to install dependencies, and how much of it came from a cache.

Each installer is a list of things it prints. What it says of its own duration is believed; otherwise an installation
lasts from its first line to its last one in the step. Without two such lines there is no row: unknown is not zero.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

import polars as pl

from pipeline_etl.contracts.tables import DependencyInstalls, Table
from pipeline_etl.parsing.log_rules.rule import Line, frame_of, lines_with

Effect = Literal["opens", "goes_on", "closes", "is_all"]
"""What a line means: an installation begins, goes on, ends, or is told of in this one line."""

Count = Literal["package_count", "downloaded_count", "cached_count"]


@dataclass(frozen=True, slots=True)
class Says:
    """A line that an installer prints.

    Named groups of the pattern: ``packages``, ``downloaded`` and ``cached`` are numbers to add, ``names`` a list of
    installed packages, ``took`` a duration.
    """

    pattern: str
    effect: Effect = "goes_on"
    one_more: Count | None = None


@dataclass(frozen=True, slots=True)
class Installer:
    """A package manager and what it prints."""

    tool: str
    says: tuple[Says, ...]
    is_shown_by_end_only: bool = False
    """Whether its lines are so common that only one that also ends counts."""


TOOK: Final = r"(?P<took>(?:\d{1,9}(?:\.\d{1,9})? ?(?:ms|min|m|s|h)\b ?)+)"

INSTALLERS: Final = (
    Installer(
        "pip",
        (
            Says(r"Collecting [^ ]+(?: \(from .*)?$", "opens"),
            Says(r"Looking in (?:indexes|links): ", "opens"),
            Says(r"(?:Processing|Obtaining) (?:\.|/|file:)", "opens"),
            Says(r"Requirement already satisfied: ", "opens"),
            # The metadata of a package is fetched before the package itself.
            Says(r"\s*Downloading [^ ]+\.metadata "),
            Says(r"\s*Using cached [^ ]+\.metadata "),
            Says(r"\s*Downloading [^ ]+\.(?:whl|gz|zip|bz2|xz)\b", one_more="downloaded_count"),
            Says(r"\s*Using cached [^ ]+\.(?:whl|gz|zip|bz2|xz)\b", one_more="cached_count"),
            Says(r"Successfully installed (?P<names>.+)", "closes"),
        ),
    ),
    Installer(
        "uv",
        (
            Says(rf"Resolved \d+ packages? in {TOOK}", "opens"),
            Says(rf"Prepared (?P<downloaded>\d{{1,9}}) packages? in {TOOK}", "opens"),
            Says(rf"Installed (?P<packages>\d{{1,9}}) packages? in {TOOK}", "closes"),
            Says(rf"(?:Audited|Checked) \d+ packages? in {TOOK}", "closes"),
        ),
    ),
    Installer(
        "poetry",
        (
            Says(r"(?:Installing dependencies from lock file|Updating dependencies)$", "opens"),
            Says(r"Resolving dependencies\.\.\.", "opens"),
            Says(r"Package operations: (?P<packages>\d{1,9}) installs?, "),
            Says(r"\s+[-•] (?:Installing|Updating|Downloading) "),
            Says(r"Installing the current project: ", "closes"),
        ),
    ),
    Installer(
        "npm",
        (
            Says(rf"added (?P<packages>\d{{1,9}}) packages?,.* in {TOOK}$", "is_all"),
            Says(rf"added (?P<packages>\d{{1,9}}) packages? in {TOOK}$", "is_all"),
            Says(rf"(?:up to date|changed \d+ packages?|removed \d+ packages?),?.* in {TOOK}$", "is_all"),
        ),
    ),
    Installer("yarn", (Says(r"yarn install v1", "opens"), Says(rf"Done in {TOOK}", "closes"))),
    Installer(
        "yarn",
        (
            Says(r"➤ YN0000: ┌ ", "opens"),
            Says(rf"➤ YN0000: (?:· )?Done (?:with warnings )?in {TOOK}", "closes"),
            Says(
                r"➤ YN0013: .*?(?P<cached>\d{1,9}) packages? (?:was|were) already cached"
                r"(?:, (?P<downloaded>\d{1,9}) had to be fetched)?"
            ),
            Says(r"➤ YN"),
        ),
    ),
    Installer(
        "pnpm",
        (
            Says(r"Lockfile is up to date, resolution step is skipped", "opens"),
            Says(
                r"Progress: resolved \d+, reused (?P<cached>\d{1,9}), downloaded (?P<downloaded>\d{1,9}), "
                r"added (?P<packages>\d{1,9}), done$",
                "opens",
            ),
            Says(r"Progress: resolved \d+, reused \d+, downloaded \d+, added \d+", "opens"),
            Says(r"Already up to date"),
            Says(rf"Done in {TOOK}", "closes"),
        ),
    ),
    Installer("maven", (Says(r"(?:\[INFO\] )?Downloaded(?: from [^ ]+)?: https?://", "opens", "downloaded_count"),)),
    Installer("gradle", (Says(r"Download https?://", "opens", "downloaded_count"),)),
    Installer(
        "cargo",
        (
            Says(r"\s+Updating .*\bindex$", "opens"),
            Says(r"\s+Downloading crates \.\.\.", "opens"),
            Says(r"\s+Downloaded [^ ]+ v\d", one_more="downloaded_count"),
            Says(rf"\s+Downloaded (?P<downloaded>\d{{1,9}}) crates? \(.*\) in {TOOK}", "opens"),
        ),
    ),
    Installer("go", (Says(r"go: downloading [^ ]+ v", "opens", "downloaded_count"),)),
    Installer(
        "bundler",
        (
            Says(r"Fetching (?:gem metadata from |source index from )", "opens"),
            Says(r"Using [^ ]+ \d[^ ]*(?: \(.*\))?$", "opens", "cached_count"),
            Says(r"Fetching [^ ]+ \d[^ ]*$", "opens", "downloaded_count"),
            Says(r"Installing [^ ]+ \d[^ ]*(?: \(.*\)| with native extensions)?$", "opens", "package_count"),
            Says(r"Bundle complete! ", "closes"),
        ),
        is_shown_by_end_only=True,
    ),
    Installer(
        "apt",
        (
            Says(r"Reading package lists\.\.\.", "opens"),
            Says(r"\d+ upgraded, (?P<packages>\d{1,9}) newly installed, "),
            Says(r"Get:\d+ https?://", "opens", "downloaded_count"),
            Says(r"(?:Hit:\d+ |Fetched [\d.,]+ |Unpacking |Setting up |Processing triggers )"),
        ),
    ),
)

HEADINGS: Final = ("##[group]Run ", "Post job cleanup.")


def _linear(pattern: str) -> str:
    """The pattern for the engine that looks through all lines: it wants no group names."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


LOOKS_FOR: Final = (
    "^(?:"
    + "|".join([*map(re.escape, HEADINGS), *(_linear(says.pattern) for tool in INSTALLERS for says in tool.says)])
    + ")"
)
EVENTS: Final = tuple(
    (number, installer, says, re.compile(says.pattern))
    for number, installer in enumerate(INSTALLERS)
    for says in installer.says
)
COUNTS: Final[tuple[tuple[str, Count], ...]] = (
    ("packages", "package_count"),
    ("downloaded", "downloaded_count"),
    ("cached", "cached_count"),
)
LONGEST_SECONDS: Final = 35 * 86400.0
"""No job runs longer on the service; a longer installation is a slip of the tool, or a joke."""

UNIT_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
DURATION: Final = re.compile(r"(\d+(?:\.\d+)?) ?(ms|min|m|s|h)")


@dataclass(slots=True)
class _Install:
    installer: Installer
    first: Line
    last: Line
    counts: dict[Count, int] = field(default_factory=dict)
    said_seconds: float | None = None
    has_ended: bool = False

    @property
    def lasted(self) -> bool:
        """Whether its lines tell how long it took although none says that it ended."""
        return self.first is not self.last and not self.installer.is_shown_by_end_only

    def add(self, says: Says, match: re.Match[str]) -> None:
        named = match.groupdict()
        for group, count in COUNTS:
            if named.get(group):
                self.counts[count] = self.counts.get(count, 0) + int(named[group])
        if says.one_more:
            self.counts[says.one_more] = self.counts.get(says.one_more, 0) + 1
        if named.get("names"):
            self.counts["package_count"] = self.counts.get("package_count", 0) + len(named["names"].split())
        if named.get("took"):
            self.said_seconds = (self.said_seconds or 0.0) + seconds_of(named["took"])


@dataclass(frozen=True)
class SetupStepsRule:
    """One row per installation of dependencies."""

    name: str = "setup_steps"
    table: Table = DependencyInstalls

    def parse(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Rows of DependencyInstalls."""
        return frame_of(DependencyInstalls, [_row(install) for install in _installs(lines_with(lines, LOOKS_FOR))])


def seconds_of(text: str) -> float:
    """A duration as package managers write it: 1.2s, 345ms, 1m 3s."""
    return sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION.findall(text))


def _installs(lines: Iterable[Line]) -> list[_Install]:
    found: list[_Install] = []
    running: dict[int, _Install] = {}
    step: int | None = None
    for line in lines:
        is_heading = line.text.startswith(HEADINGS) and (line.is_command or line.text.startswith("Post"))
        if is_heading or line.step != step:
            running, step = {}, line.step
        if line.is_command:
            continue
        for number, installer, says, pattern in EVENTS:
            install = running.get(number)
            if install is None and says.effect in {"goes_on", "closes"}:
                continue
            match = pattern.match(line.text)
            if match is None:
                continue
            if install is None or says.effect == "is_all":
                install = running[number] = _Install(installer, line, line)
                found.append(install)
            install.last = line
            install.add(says, match)
            if says.effect in {"closes", "is_all"}:
                install.has_ended = True
                del running[number]
            break
    return [install for install in found if install.has_ended or install.lasted]


def _row(install: _Install) -> dict[str, Any]:
    started_at, completed_at = install.first.at, install.last.at
    seconds = install.said_seconds
    if seconds is None and started_at is not None and completed_at is not None:
        seconds = max(0.0, (completed_at - started_at).total_seconds())
    elif seconds is not None and completed_at is not None and install.first is install.last:
        started_at = completed_at - timedelta(seconds=min(seconds, LONGEST_SECONDS))
    counts = install.counts | {name: 0 for name in _known_counts(install.installer) if name not in install.counts}
    if install.installer.tool == "uv":  # it prepares what it has not
        counts["cached_count"] = max(0, counts["package_count"] - counts["downloaded_count"])
    return {
        "line_number": install.first.number,
        "step_number": install.first.step,
        "install_tool": install.installer.tool,
        "started_at": started_at,
        "completed_at": completed_at,
        "install_seconds": None if seconds is None else round(seconds, 6),
        "package_count": counts.get("package_count"),
        "downloaded_count": counts.get("downloaded_count"),
        "cached_count": counts.get("cached_count"),
    }


def _known_counts(installer: Installer) -> set[Count]:
    """What the tool would have said if it were not zero."""
    known: set[Count] = {says.one_more for says in installer.says if says.one_more}
    known |= {count for says in installer.says for group, count in COUNTS if f"<{group}>" in says.pattern}
    return known
