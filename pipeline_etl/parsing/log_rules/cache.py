"""Cache lookups and saves, as actions/cache, the setup actions and all else built on the Actions cache print them.

The ``cache-hit`` output of these actions means different things in different actions, and "Cache hit for: <key>" was
the requested key in some releases and the restored one in others. So it is the keys that decide: a restore is exact
when the key of the restored entry is the key that was asked for.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import polars as pl

from pipeline_etl.contracts.tables import CacheOperations, Table
from pipeline_etl.contracts.vocabulary import CacheOutcome
from pipeline_etl.parsing.log_rules.rule import Events, Line, RuleReader, events_and_headings

AROUND: Final = r"^(?:##\[group\]Run |##\[endgroup\]|  key: |Post job cleanup\.)"
LOOKS_FOR: Final = (
    r"^(?:Cache |cache |Received \d|Sent \d|Lookup only"
    r"|(?:##\[(?:warning|error)\])?"
    r"(?:Failed to (?:restore|save)|Unable to (?:reserve|finalize) cache|Cache s|Path Validation Error)"
    r"|No GitHub Actions cache found for key: |(?:\w+ )?cache (?:is not found|restored from|saved with))"
)

ANNOTATED: Final = re.compile(r"##\[(?:warning|error)\]")

Phase = Literal["restore", "save"]


@dataclass(slots=True)
class _Step:
    """What the runner said it was going to run."""

    line: Line | None = None
    tool: str = "unknown"
    key: str | None = None
    is_cleanup: bool = False
    runs_since: datetime | None = None

    @property
    def phase(self) -> Phase:
        return "save" if self.is_cleanup or self.tool.endswith("cache/save") else "restore"


@dataclass(slots=True)
class _Operation:
    """One lookup or save, as far as it was read."""

    phase: Phase
    step: _Step
    first: Line
    last: Line
    outcome: CacheOutcome | None = None
    requested: str | None = None
    restored: str | None = None
    fell_back: bool = False
    is_over: bool = False
    """Whether it said how it ended, so that the next such line speaks of another."""
    size: int | None = None
    message: str | None = None

    def settle(self, outcome: CacheOutcome, line: Line) -> None:
        """The first word stands: what follows a failed download is no miss."""
        self.is_over = True
        if self.outcome is None:
            self.outcome, self.message = outcome, line.text


@dataclass
class _Reader:
    """Goes through the lines once, in order, keeping the step and the operation it is in."""

    step: _Step = field(default_factory=_Step)
    operations: list[_Operation] = field(default_factory=list)
    current: _Operation | None = None

    def read(self, line: Line) -> None:
        if line.text.startswith("##[group]Run ") and line.is_command:
            self.step, self.current = _Step(line=line, tool=tool_of(line.text), runs_since=line.at), None
        elif line.text.startswith("Post job cleanup."):
            self.step, self.current = _Step(line=line, is_cleanup=True, runs_since=line.at), None
        elif line.text.startswith("##[endgroup]"):
            self.step.runs_since = line.at
        elif line.is_command:
            if line.text.startswith("  key: ") and self.step.key is None:
                self.step.key = line.text.removeprefix("  key: ").strip() or None
        else:
            text = ANNOTATED.sub("", line.text, count=1)
            if found := EVENTS.first(text):
                match, event = found
                event(self, match, line)

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:  # noqa: ARG002 - see RuleReader
        return _rows(self.operations)

    def operation(self, phase: Phase, line: Line, *, is_new: bool = False) -> _Operation:
        """The operation that a line speaks of."""
        operation = self.current
        if operation is None or operation.phase != phase or is_new:
            operation = _Operation(phase=phase, step=self.step, first=line, last=line, requested=self.step.key)
            self.operations.append(operation)
            self.current = operation
        operation.last = line
        return operation

    def unfinished(self, phase: Phase, line: Line) -> _Operation:
        """The operation in hand, or another if that one is over: some actions handle several entries in one step."""
        return self.operation(phase, line, is_new=self.current is not None and self.current.is_over)

    def next_lookup(self, line: Line) -> _Operation:
        """A lookup that a hit or a miss begins: that of an entry found before goes on without either."""
        is_new = self.current is not None and (self.current.is_over or self.current.restored is not None)
        return self.operation("restore", line, is_new=is_new)


Event = Callable[[_Reader, re.Match[str], Line], None]


def _hit(reader: _Reader, match: re.Match[str], line: Line) -> None:
    operation = reader.next_lookup(line)
    operation.restored, operation.message = match["key"].strip(), line.text
    operation.fell_back = match["fallback"] is not None


def _restored(reader: _Reader, match: re.Match[str], line: Line) -> None:
    operation = reader.unfinished("restore", line)
    key = match["key"].strip()
    if operation.requested is None and operation.restored not in {None, key}:
        operation.requested = operation.restored
    operation.restored, operation.message, operation.is_over = key, line.text, True


def _missed(reader: _Reader, match: re.Match[str], line: Line) -> None:
    # A failed download is followed by "not found", which speaks of the same lookup.
    is_same = reader.current is not None and reader.current.outcome == "error"
    operation = reader.operation("restore", line) if is_same else reader.next_lookup(line)
    if operation.requested is None and "keys" in match.groupdict():
        operation.requested = match["keys"].split(", ")[0].strip()
    operation.settle("miss", line)


def _found(reader: _Reader, match: re.Match[str], line: Line) -> None:
    operation = reader.unfinished("restore", line)
    operation.restored = match["key"].strip()
    operation.settle("lookup", line)


def _failed(reader: _Reader, _: re.Match[str], line: Line) -> None:
    reader.unfinished(reader.step.phase, line).settle("error", line)


def _failed_again(reader: _Reader, _: re.Match[str], line: Line) -> None:
    """What follows a reason that was given; it is news only without one."""
    reader.operation(reader.step.phase, line).settle("error", line)


def _sized(reader: _Reader, match: re.Match[str], line: Line) -> None:
    reader.unfinished(reader.step.phase, line).size = int(match["bytes"])


def _moved(reader: _Reader, _: re.Match[str], line: Line) -> None:
    if reader.current is not None:
        reader.current.last = line


def _save_ended(outcome: CacheOutcome) -> Event:
    """A save ended so; the key, or the size, is in the line if anywhere."""

    def event(reader: _Reader, match: re.Match[str], line: Line) -> None:
        named = match.groupdict()
        operation = reader.unfinished("save", line)
        operation.requested = named.get("key") or operation.requested
        operation.size = int(named["bytes"]) if "bytes" in named else operation.size
        operation.settle(outcome, line)

    return event


EVENTS: Final[Events[Event]] = Events(
    (
        (r"Cache hit for(?P<fallback> restore-key)?: (?P<key>.+)", _hit),
        (r"(?:\w+ )?[Cc]ache restored from (?:GitHub Actions cache with )?key: (?P<key>.+)", _restored),
        (r"(?:Cache not found for input keys|No GitHub Actions cache found for key): (?P<keys>.+)", _missed),
        (r"(?:npm|yarn|pnpm|pip|pipenv|poetry|maven|gradle|sbt|Cache)(?: cache)? is not found$", _missed),
        (r"Failed to restore cache entry\. Exiting as fail-on-cache-miss is set\. Input key: (?P<keys>.+)", _missed),
        (r"Cache found and can be restored from key: (?P<key>.+)", _found),
        (r"(?:\w+ )?[Cc]ache saved with (?:the )?key: (?P<key>.+)", _save_ended("saved")),
        (r"Cache hit occurred on (?:the primary )?key (?P<key>.+), not saving cache\.", _save_ended("not_saved")),
        (r"Path Validation Error: .*no cache is being saved", _save_ended("not_saved")),
        (
            r"(?:Failed to save: )?Unable to (?:reserve|finalize) cache with key (?P<key>.+?), another job",
            _save_ended("lost_race"),
        ),
        (
            r"(?:Failed to save: )?[Cc]ache size of ~?\d+ MB \((?P<bytes>\d{1,18}) B\) is over the",
            _save_ended("too_large"),
        ),
        (r"Failed to save: ", _save_ended("error")),
        (r"Failed to restore: |Cache service responded with \d", _failed),
        (r"Cache (?:save|reservation) failed", _failed_again),
        (r"Cache Size: ~\d+ MB \((?P<bytes>\d{1,18}) B\)", _sized),
        (r"Received \d|Sent \d|Cache (?:restored|saved) successfully", _moved),
    )
)


@dataclass(frozen=True)
class CacheRule:
    """One row per cache lookup and per save."""

    name: str = "cache"
    table: Table = CacheOperations
    looks_for: str | None = f"{LOOKS_FOR}|{AROUND}"

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002 - see LogRule
        """Headings, and what cache actions print."""
        return events_and_headings(lines, events=LOOKS_FOR, around=AROUND)

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()


def tool_of(heading: str) -> str:
    """The action that a heading names, short for the ones everybody knows: actions/cache, setup-node."""
    action = heading.removeprefix("##[group]Run ").split("@", 1)[0].strip()
    owner, _, name = action.partition("/")
    return name if name.startswith("setup-") and owner != "." else action or "unknown"


def _rows(operations: Iterable[_Operation]) -> list[dict[str, Any]]:
    operations = list(operations)
    # "Not saving": the key that was asked for is the one that was restored.
    unchanged = {operation.requested for operation in operations if operation.outcome == "not_saved"} - {None}
    tools = {operation.step.tool for operation in operations if operation.phase == "restore"}
    only_tool = tools.pop() if len(tools) == 1 else "unknown"
    tool_by_key: dict[str | None, str] = {}
    rows = []
    for operation in operations:
        if operation.requested is None and operation.restored in unchanged:
            operation.requested = operation.restored
        outcome = operation.outcome or _outcome(operation)
        if outcome is None:
            continue
        if operation.phase == "restore" and operation.requested is not None:
            tool_by_key.setdefault(operation.requested, operation.step.tool)
        is_cleanup = operation.step.is_cleanup  # which does not say whose clean-up it is
        rows.append(
            {
                "line_number": operation.first.number,
                "step_number": operation.first.step,
                "operation": operation.phase,
                "cache_outcome": outcome,
                "cache_tool": tool_by_key.get(operation.requested, only_tool) if is_cleanup else operation.step.tool,
                "requested_key": operation.requested,
                "restored_key": None if outcome == "error" else operation.restored,
                "cache_bytes": operation.size,
                "started_at": _started_at(operation),
                "completed_at": operation.last.at,
                "message": operation.message,
            }
        )
    return rows


def _outcome(operation: _Operation) -> CacheOutcome | None:
    """How a restore ended that printed a key; None when no line says how the operation ended.

    Keys are compared as the actions do, which is without regard to case. Where no line says what was asked for (setup
    actions do not), the entry is taken for the one asked for: of these only setup-python falls back to another key.
    """
    if operation.restored is None:
        return None
    if operation.fell_back:
        return "partial"
    if operation.requested is None or operation.requested.casefold() == operation.restored.casefold():
        return "exact"
    return "partial"


def _started_at(operation: _Operation) -> datetime | None:
    """A cache action does nothing else, so it began when its step did; other actions began with their first word."""
    is_cache_action = operation.step.is_cleanup or "cache" in operation.step.tool
    return operation.step.runs_since if is_cache_action and operation.step.runs_since else operation.first.at
