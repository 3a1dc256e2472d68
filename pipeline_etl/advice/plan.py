"""What should change in which workflow file: a plan to be looked at, whose text ``git apply`` reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipeline_etl.advice.advice import Advice, Gain
from pipeline_etl.advice.proposal import Proposal
from pipeline_etl.advice.unified_diff import difference
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.parsing.redaction import BLACK
from pipeline_etl.wording import byte_size, duration, money, printable

NO_TEXT: Final = (
    "The text of the file is not stored: it is kept from the next run of another version on, or hand in a checkout."
)


@dataclass(frozen=True, kw_only=True)
class WorkflowFile:
    """A workflow file as it last ran, or as it lies in a checkout."""

    workflow_path: str
    text: str | None
    """None where it is not known."""
    is_redacted: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One piece of advice of a plan. ``by_hand`` says why its change is not in the patch; null where it is."""

    advice: Advice
    workflow_path: str | None
    is_in_patch: bool
    by_hand: str | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All there is to say of one repository, and the patch of its workflow files."""

    repository_name: str
    as_of_at: datetime | None
    steps: tuple[Step, ...]
    patch: str
    """Unified diff; empty when no file changes."""

    @property
    def as_text(self) -> str:
        """The plan with its reasons as lines that begin with #, then the patch."""
        until = "an unknown moment" if self.as_of_at is None else f"{self.as_of_at:%Y-%m-%d %H:%M} UTC"
        lines = [
            f"Scaling plan of {printable(self.repository_name)}, from what its CI did until {until}.",
            "Nothing is applied. Read it, then: git apply <this file>" if self.patch else "No file is to be changed.",
        ]
        for step in self.steps:
            lines += ["", *_told(step)]
        return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n" * bool(self.patch) + self.patch

    @property
    def content(self) -> Mapping[str, Any]:
        """The same as JSON has it."""
        return {
            "repository_name": self.repository_name,
            "as_of_at": self.as_of_at.isoformat() if self.as_of_at else None,
            "steps": [
                {
                    **step.advice.as_json(),
                    "workflow_path": step.workflow_path,
                    "is_in_patch": step.is_in_patch,
                    "by_hand": step.by_hand,
                }
                for step in self.steps
            ],
            "patch": self.patch,
        }


def plan_of(
    repository_name: str, proposals: Iterable[Proposal], files: Sequence[WorkflowFile], *, as_of_at: datetime | None
) -> Plan:
    """The plan of one repository: every change that can be made in the text of a file is made there, one by one."""
    known = {file.workflow_path: file for file in files}
    texts = {file.workflow_path: file.text for file in files}
    steps = []
    for proposal in sorted(proposals, key=lambda each: _rank(each.advice)):
        path, by_hand = proposal.workflow_path, None
        if proposal.change is not None and path is not None:
            text = texts.get(path)
            if text is None:
                by_hand = NO_TEXT
            else:
                try:
                    changed = proposal.change(text)
                    _refuse_blacked_out(known[path], changed)
                    texts[path] = changed
                except UnpatchableWorkflowFile as error:
                    by_hand = str(error)
        is_in_patch = proposal.change is not None and by_hand is None
        steps.append(Step(advice=proposal.advice, workflow_path=path, is_in_patch=is_in_patch, by_hand=by_hand))
    patch = "".join(
        difference(path, known[path].text or "", text)
        for path, text in sorted(texts.items())
        if text is not None and text != known[path].text
    )
    return Plan(repository_name=repository_name, as_of_at=as_of_at, steps=tuple(steps), patch=patch)


def _refuse_blacked_out(file: WorkflowFile, changed: str) -> None:
    """What was blacked out is not in the repository's file, so that a patch that shows it would not apply."""
    if file.is_redacted and BLACK in difference(file.workflow_path, file.text or "", changed):
        raise UnpatchableWorkflowFile(
            "What stands beside it looked like a secret and was not kept: hand in a checkout."
        )


def _rank(advice: Advice) -> tuple[bool, str, float, str]:
    """Advice with grounds first; of one kind, what gains most first."""
    return advice.missing is not None, advice.kind, -(advice.gain.amount if advice.gain else 0.0), advice.subject


def _told(step: Step) -> Iterable[str]:
    advice = step.advice
    yield printable(f"{advice.subject}: {advice.action}")
    if advice.missing is not None:
        yield f"  What is missing: {printable(advice.missing)}."
    for evidence in advice.evidence:
        yield f"  {printable(evidence.said)}" + (f" {printable(evidence.url)}" if evidence.url else "")
    if advice.gain is not None:
        yield f"  Expected gain: {gain_said(advice.gain)}; confidence {advice.confidence}."
    if step.by_hand is not None:
        yield f"  Not in the patch: {printable(step.by_hand)}"


def gain_said(gain: Gain) -> str:
    """A gain in words, with its interval where there is one."""
    say = _SAID[gain.unit]
    interval = "" if gain.low is None or gain.high is None else f" ({say(gain.low)} to {say(gain.high)})"
    return f"{say(gain.amount)}{interval} per {gain.per}"


_SAID: Final[Mapping[str, Callable[[float], str]]] = {
    "seconds": duration,
    "bytes": byte_size,
    "usd": money,
}
