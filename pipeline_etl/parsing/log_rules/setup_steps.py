"""How long package managers took to install dependencies, and how much of it came from a cache.

Each installer is a list of things it prints. What it says of its own duration is believed; otherwise an installation
lasts from its first line to its last one in the step. Without two such lines there is no row: unknown is not zero.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import DependencyInstalls, Table
from pipeline_etl.parsing.log_rules.installers import INSTALLERS, Count, Installer, Says
from pipeline_etl.parsing.log_rules.rule import HEADINGS, Events, Line, RuleReader, events_and_headings, linear

AROUND: Final = "^(?:" + "|".join(map(re.escape, HEADINGS)) + ")"
LOOKS_FOR: Final = "^(?:" + "|".join(linear(says.pattern) for tool in INSTALLERS for says in tool.says) + ")"
Event = tuple[int, Installer, Says]
"""Which installer says something, by its place, and what."""

EVENTS: Final[Events[Event]] = Events(
    (says.pattern, (number, installer, says)) for number, installer in enumerate(INSTALLERS) for says in installer.says
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
        if says.one_more:
            self.counts[says.one_more] = self.counts.get(says.one_more, 0) + 1
        named = match.groupdict()
        if not named:
            return
        for group, count in COUNTS:
            if named.get(group):
                self.counts[count] = self.counts.get(count, 0) + int(named[group])
        if named.get("names"):
            self.counts["package_count"] = self.counts.get("package_count", 0) + len(named["names"].split())
        if named.get("took"):
            self.said_seconds = (self.said_seconds or 0.0) + seconds_of(named["took"])


@dataclass(frozen=True)
class SetupStepsRule:
    """One row per installation of dependencies."""

    name: str = "setup_steps"
    table: Table = DependencyInstalls
    looks_for: str | None = f"{LOOKS_FOR}|{AROUND}"

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002 - see LogRule
        """Headings, and what installers print."""
        return events_and_headings(lines, events=LOOKS_FOR, around=AROUND)

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()


def seconds_of(text: str) -> float:
    """A duration as package managers write it: 1.2s, 345ms, 1m 3s."""
    return sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION.findall(text))


@dataclass
class _Reader:
    """Goes through the lines once, in order, keeping what is being installed."""

    found: list[_Install] = field(default_factory=list)
    running: dict[int, _Install] = field(default_factory=dict)
    step: int | None = None

    def read(self, line: Line) -> None:
        is_heading = line.text.startswith(HEADINGS) and (line.is_command or line.text.startswith("Post"))
        if is_heading or line.step != self.step:
            self.running, self.step = {}, line.step
        if line.is_command:
            return
        found = EVENTS.first(line.text)
        if found is None or self._has_said(line, *found):
            return
        for match, event in EVENTS.after(line.text, found[1]):
            if self._has_said(line, match, event):
                return

    def _has_said(self, line: Line, match: re.Match[str], event: Event) -> bool:
        """Whether the line is one that the installer prints as things are."""
        number, installer, says = event
        install = self.running.get(number)
        if install is None and says.effect in {"goes_on", "closes"}:
            return False
        if install is None or says.effect == "is_all":
            install = self.running[number] = _Install(installer, line, line)
            self.found.append(install)
        install.last = line
        install.add(says, match)
        if says.effect in {"closes", "is_all"}:
            install.has_ended = True
            del self.running[number]
        return True

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:  # noqa: ARG002 - see RuleReader
        return [_row(install) for install in self.found if install.has_ended or install.lasted]


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
