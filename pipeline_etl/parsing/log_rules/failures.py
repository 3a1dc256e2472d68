"""Why a job failed, as far as its log shows: the first error of the most fundamental class.

Where it looks matters more than what it looks for. A log that shows no error says nothing. Otherwise only lines count
that a failing step printed, not the commands it was shown to run, and the less sure a pattern is the nearer to the
step's last error it must stand.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import LogFindings, Table
from pipeline_etl.contracts.vocabulary import Confidence, FailureClass, words
from pipeline_etl.parsing.identity import failure_signature_id
from pipeline_etl.parsing.log_rules.failure_lines import (
    ERROR,
    FIRST_STEPS,
    LAST_STEPS,
    LAST_WORDS,
    LONGEST_MESSAGE,
    LOOKS_LIKE_AN_ERROR,
    REACH,
    TAIL,
    failure_lines,
    is_of_family,
)
from pipeline_etl.parsing.log_rules.failure_patterns import (
    ENDS_THE_JOB,
    FAMILIES,
    RETRYABLE,
    FailurePattern,
)
from pipeline_etl.parsing.log_rules.rule import HEADINGS, Line, RuleReader
from pipeline_etl.parsing.log_rules.stack_frames import FRAME_REACH, top_frame

MOST_ERRORS: Final = 1000

EXIT_CODE: Final = re.compile(r"##\[error\]Process completed with exit code (\d+)\.")
NEAR: Final = 40

HOLLOW: Final = re.compile(
    r".*\b(?:exited|completed|failed|returned)\b.{0,80}\b(?:code|status) \d|make(?:\[\d+\])?: \*\*\* "
    r"|npm (?:ERR!|error)\b|.*\bELIFECYCLE\b|ninja: build stopped|Executing the custom container implementation failed",
    re.IGNORECASE,
)
"""What says that something failed and not what: the runner, and whatever ran the thing that failed."""

NO_LAST_WORDS: Final = re.compile(r"\s|$|\++ |##\[|Traceback \(|(?:\S+ ){0,3}\[?(?:TRACE|DEBUG|INFO)\b")
"""What a program's last words follow: an empty or indented line, a shell that traces, a logger that reports no
trouble."""

HAVE_A_PLACE: Final = frozenset({"compile", "lint", "test", "unknown"})
"""Classes in which the place in the code is part of what kind a failure is. A service that does not answer is the same
trouble wherever it was called from."""

COMPILED: Final = tuple(
    tuple(
        (
            pattern,
            re.compile("|".join(pattern.phrases), re.IGNORECASE),
            re.compile(pattern.unless, re.IGNORECASE) if pattern.unless else None,
        )
        for pattern in family
    )
    for family in FAMILIES
)
RANK: Final = {word: rank for rank, word in enumerate((*words(FailureClass), *words(Confidence)))}


@dataclass(frozen=True, slots=True)
class _Finding:
    pattern: FailurePattern
    line: Line


@dataclass(frozen=True)
class FailuresRule:
    """At most one row: why the job failed."""

    name: str = "failures"
    table: Table = LogFindings
    looks_for: str | None = None

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:
        """Errors, suspicious lines before them, and what says at the end of a log that the job was stopped."""
        return failure_lines(pl.concat([before, lines]) if before.height else lines)

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()


@dataclass
class _Reader:
    """Keeps the lines until all are known: what is a cause is told by the errors after it."""

    lines: dict[int, Line] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        # Seen again with what follows it, a line may show more: what counts depends on the errors after it.
        known = self.lines.get(line.number)
        if known is None or line.mark > known.mark:
            self.lines[line.number] = line

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:
        lines = [line for _, line in sorted(self.lines.items())]
        errors = [line for line in lines if line.text.startswith(ERROR) and not line.is_command]
        finding = _in_failing_steps(lines, errors) if errors else _stopped(lines, line_count)
        return [finding | {"failure_signature_id": _signature_id(finding, lines)}] if finding else []


def _signature_id(finding: Mapping[str, Any], lines: Sequence[Line]) -> str:
    failure_class, message, number = finding["failure_class"], finding["message"], finding["line_number"]
    frame = None
    if failure_class in HAVE_A_PLACE:
        around = list(_within(lines, number + FRAME_REACH, reach=2 * FRAME_REACH))
        frame = top_frame(
            [(number - line.number, line.text) for line in reversed(around) if line.number < number],
            [(line.number - number, line.text) for line in around if line.number > number],
        )
    return failure_signature_id(failure_class, message, frame=frame)


def _stopped(lines: Sequence[Line], line_count: int) -> dict[str, Any] | None:
    """A log that breaks off without an error, but says why."""
    found = [
        finding
        for finding in _findings([line for line in lines if line.number > line_count - TAIL], last=line_count)
        if finding.pattern.failure_class in ENDS_THE_JOB and finding.pattern.confidence == "high"
    ]
    return _row(min(found, key=_fundamental)) if found else None


def _in_failing_steps(lines: Sequence[Line], errors: Sequence[Line]) -> dict[str, Any]:
    """What ended the job from outside, else the cause in the first step that shows one, else an unknown one.

    After a step failed the others run only to clean up, or because they were told to run anyway; their errors follow
    from the first one.
    """
    stretches = _stretches(lines)
    last_errors: dict[int, int] = {}
    for error in errors:
        last_errors[stretches[error.number]] = error.number
    steps = list(last_errors.items())
    best: list[_Finding] = []
    for stretch, last in (*steps[:FIRST_STEPS], *steps[FIRST_STEPS:][-LAST_STEPS:]):
        found = _findings([line for line in _within(lines, last) if stretches[line.number] == stretch], last=last)
        if found:
            best.append(min(found, key=_fundamental))
    stopped = [finding for finding in best if finding.pattern.failure_class in ENDS_THE_JOB]
    if stopped:
        return _row(min(stopped, key=_fundamental))
    if best:
        return _row(best[0])
    return _unknown(lines, errors[:MOST_ERRORS], stretches)


def _within(lines: Sequence[Line], last: int, *, reach: int = max(REACH.values())) -> Iterator[Line]:
    """What was printed in the lines up to the last one."""
    first = bisect_left(lines, last - reach, key=lambda line: line.number)
    for line in lines[first:]:
        if line.number > last:
            return
        if not line.is_command:
            yield line


def _stretches(lines: Iterable[Line]) -> dict[int, int]:
    """Which step each line is of: its number, or where that is unknown a number below zero between two headings."""
    heading = 0
    stretches: dict[int, int] = {}
    for line in lines:
        if line.step is None and line.text.startswith(HEADINGS) and (line.is_command or line.text.startswith("Post")):
            heading += 1
        stretches[line.number] = -1 - heading if line.step is None else line.step
    return stretches


def _findings(printed: Iterable[Line], *, last: int) -> list[_Finding]:
    """What the lines show, each line by its most fundamental pattern."""
    found = (_finding(line, last=last) for line in printed if line.mark)
    return [finding for finding in found if finding is not None]


def _finding(line: Line, *, last: int) -> _Finding | None:
    text = line.text.removeprefix(ERROR)[:LONGEST_MESSAGE]
    for number, family in enumerate(COMPILED):
        if not is_of_family(line.mark, number):
            continue
        for pattern, looks_like, unless in family:
            is_near = line.number >= last - REACH[pattern.confidence]
            if is_near and looks_like.search(text) and not (unless and unless.search(text)):
                return _Finding(pattern, line)
    return None


def _fundamental(finding: _Finding) -> tuple[int, int, int]:
    """Smallest for the first line of the surest kind of the most fundamental class."""
    return RANK[finding.pattern.failure_class], RANK[finding.pattern.confidence], finding.line.number


def _row(finding: _Finding) -> dict[str, Any]:
    pattern = finding.pattern
    return _finding_row(
        finding.line,
        failure_class=pattern.failure_class,
        subclass=pattern.name,
        confidence=pattern.confidence,
        rule_name=f"{pattern.failure_class}/{pattern.name}",
    )


def _unknown(lines: Sequence[Line], errors: Sequence[Line], stretches: Mapping[int, int]) -> dict[str, Any]:
    """An error of no known kind, in the words that say most.

    The last line before a command failed that looks like an error: an exception is named after its traceback, and what
    it was raised from before it. Else an error that the runner was told of. Else the last words of the command.
    """
    exits = [(error, match[1]) for error in errors if (match := EXIT_CODE.match(error.text))]
    end = exits[0][0] if exits else errors[0]
    near = _within(lines, end.number - 1, reach=NEAR - 1)
    before = [line for line in near if stretches[line.number] == stretches[end.number]]
    spoken = [
        line for line in before if LOOKS_LIKE_AN_ERROR.match(line.text[:LONGEST_MESSAGE]) and not _is_hollow(line)
    ]
    told = next((error for error in errors if not _is_hollow(error)), None)
    return _finding_row(
        spoken[-1] if spoken else told or _last_words(before, end) or errors[0],
        failure_class="unknown",
        subclass=f"exit_code_{exits[0][1]}" if exits else None,
        confidence="low",
        rule_name="unknown/first_error",
    )


def _is_hollow(line: Line) -> bool:
    return HOLLOW.match(line.text.removeprefix(ERROR)[:LONGEST_MESSAGE]) is not None


def _last_words(printed: Sequence[Line], end: Line) -> Line | None:
    """The beginning of the last paragraph before an error, or the last line of one that is longer than is looked at."""
    lines = [line for line in printed if line.number >= end.number - LAST_WORDS]
    while lines and (NO_LAST_WORDS.match(lines[-1].text) or _is_hollow(lines[-1])):
        lines.pop()
    for line, above in zip(reversed(lines), reversed(lines[:-1]), strict=False):
        if NO_LAST_WORDS.match(above.text) or _is_hollow(above):
            return line
    return lines[-1] if lines else None


def _finding_row(
    line: Line,
    *,
    failure_class: FailureClass,
    subclass: str | None,
    confidence: Confidence,
    rule_name: str,
) -> dict[str, Any]:
    message = line.text.removeprefix(ERROR)[:LONGEST_MESSAGE].strip()
    return {
        "failure_class": failure_class,
        "failure_subclass": subclass,
        "confidence": confidence,
        "rule_name": rule_name,
        "line_number": line.number,
        "step_number": line.step,
        "message": message,
        "is_retryable": failure_class in RETRYABLE,
    }
