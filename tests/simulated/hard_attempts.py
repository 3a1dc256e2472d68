"""The attempts, jobs and steps of a run, whatever becomes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline_etl.contracts.tables import Jobs, RunAttempts, Steps
from tests.simulated.hard_history import ENDINGS, NEEDS, STORIES, Row, Rows, Run, add_annotation

LENGTHS: Final = (0, 1, 59, 60, 61, 120, 121, 600)
"""Executions in seconds around whole minutes, of which each is billed."""

QUICK: Final = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt while it is played."""

    run: Run
    number: int
    started_at: datetime
    fates: dict[str, str]
    chosen: str
    before: dict[str, Row]
    """The jobs of the attempt before."""
    is_crossed: bool
    """Whether jobs begin before what they need has ended: the file of the commit is not the one that ran."""
    backwards_share: float
    """How often a job ends before it began: clocks disagree."""
    is_quick: bool
    """Whether jobs take a few seconds at most, so that by times alone one may be taken for another's need."""

    def fate(self, name: str, jobs: dict[str, Row]) -> str:
        fate = self.fates.get("#" if name == self.chosen else name) or self.fates.get("*") or "success"
        if fate == "carried":
            old = self.before[name]
            fate = "carried" if old["started_at"] and old["result"] in ("success", None) else "success"
        needs = [jobs[need] for need in NEEDS[self.run.workflow][name]]
        if any(need["status"] != "completed" for need in needs):
            return "queued"
        if fate != "never" and any(need["result"] not in ("success", None) for need in needs):
            return "skip"
        return fate


def add_attempts(rows: Rows, run: Run) -> list[list[Row]]:
    """Play the attempts of a run; the jobs of each."""
    names = tuple(STORIES)
    story = names[int(rows.rng.choice(len(names), p=[STORIES[name][0] for name in names]))]
    chosen = rows.one_of(NEEDS[run.workflow])
    is_crossed = rows.chance(0.05)
    backwards_share = 0.5 if rows.chance(0.04) else 0.02
    is_quick = rows.chance(0.15)
    started_at = run.created_at + (rows.seconds(1, 400) if rows.chance(0.2) else timedelta())
    jobs: dict[str, Row] = {}
    played = []
    for number, fates in enumerate(STORIES[story][1], 1):
        attempt = Attempt(
            run=run,
            number=number,
            started_at=started_at,
            fates=fates,
            chosen=chosen,
            before=jobs,
            is_crossed=is_crossed,
            backwards_share=backwards_share,
            is_quick=is_quick,
        )
        jobs = {}
        for name in NEEDS[run.workflow] if fates != {"*": "absent"} else ():
            jobs[name] = _job(rows, attempt, name, jobs)
        ends = [job["completed_at"] for job in jobs.values() if job["completed_at"]]
        ended_at = max([started_at, *ends])
        _add_attempt(rows, attempt, jobs, ended_at)
        played.append(list(jobs.values()))
        started_at = ended_at + rows.seconds(30, 40_000)
    return played


def _job(rows: Rows, attempt: Attempt, name: str, jobs: dict[str, Row]) -> Row:
    fate = attempt.fate(name, jobs)
    identity = {"job_id": rows.new_id(), "run_attempt": attempt.number}
    if fate == "carried":
        job = attempt.before[name] | identity
    else:
        needs = [jobs[need] for need in NEEDS[attempt.run.workflow][name]]
        ready = max([attempt.started_at, *(need["completed_at"] for need in needs if need["completed_at"])])
        job = _made(rows, attempt, name, fate, ready) | identity
    rows.late[Jobs].append({key: value for key, value in job.items() if key != "fate"})
    is_over = job["status"] == "completed"
    if is_over and rows.chance(0.2):
        rows.early[Jobs].append(rows.late[Jobs][-1] | {"status": "in_progress", "result": None, "completed_at": None})
    if fate in ("overtime", "cancellation"):
        add_annotation(rows, job, has_reached_limit=fate == "overtime")
    if is_over and job["started_at"] and fate != "skip" and rows.chance(0.9):
        _add_steps(rows, job)
    return job


def _made(rows: Rows, attempt: Attempt, name: str, fate: str, ready: datetime) -> Row:
    run = attempt.run
    created_at = ready + rows.seconds(0, rows.one_of((0, 0, 3, 14)))
    started_at: datetime | None = created_at + rows.seconds(0, 900 if rows.chance(0.05) else 90)
    if NEEDS[run.workflow][name] and fate not in ("skip", "never", "queued"):
        if attempt.is_crossed:
            created_at, started_at = attempt.started_at, attempt.started_at + rows.seconds(3, 9)
        elif rows.chance(0.05):
            # The clock of the runner is a little behind: it may begin before what it needs has ended.
            created_at = max(attempt.started_at, ready - rows.seconds(1, 3))
            started_at = created_at
    if rows.chance(0.03):
        created_at = started_at + rows.seconds(1, 2)
    length = timedelta(seconds=rows.one_of(LENGTHS)) if rows.chance(0.2) else rows.seconds(5, 900)
    started_at = _at_midnight(started_at, name)
    if attempt.is_quick:
        started_at, length = created_at + rows.seconds(0, 3), rows.seconds(0, 4)
    is_backwards = rows.chance(attempt.backwards_share)
    completed_at: datetime | None = started_at + (-rows.seconds(1, 3) if is_backwards else length)
    status, result = "completed", ENDINGS.get(fate)
    if fate == "skip":
        started_at, completed_at, result = created_at, created_at - rows.seconds(0, 2), "skip"
    elif fate == "never":
        started_at, result = None, "cancellation"
    elif fate == "running":
        status, completed_at = "in_progress", None
    elif fate == "queued":
        status, started_at, completed_at = "queued", None, None
    return {
        "run_id": run.run_id,
        "job_name": name,
        "workflow_name": run.workflow,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "status": status,
        "result": result,
        "created_at": created_at,
        "started_at": started_at,
        "completed_at": completed_at,
        "runner_labels": list(_labels(rows, run)),
        "step_count": 5,
        "fate": fate,
    }


def _at_midnight(started_at: datetime, name: str) -> datetime:
    """A job with tests that starts a little before midnight waits for it: weeks end there, and windows begin."""
    midnight = started_at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    is_near = name.startswith(("test", "soak")) and midnight - started_at < timedelta(minutes=25)
    return midnight if is_near else started_at


def _labels(rows: Rows, run: Run) -> tuple[str, ...]:
    """The last kind of runner of a place is given up nine days before the end."""
    *kept, given_up = rows.place.labels
    drawn = rows.one_of(rows.place.labels)
    is_late = rows.place.as_of - run.created_at < timedelta(days=9)
    return kept[0] if drawn == given_up and is_late else drawn


def _add_attempt(rows: Rows, attempt: Attempt, jobs: dict[str, Row], ended_at: datetime) -> None:
    run = attempt.run
    fates = {job["fate"] for job in jobs.values() if job["run_attempt"] == attempt.number and _ran(job, attempt)}
    status, result = "completed", "success"
    if not jobs:
        result = "error"
    elif all(job["result"] == "skip" for job in jobs.values()):
        result = "skip"
    elif "running" in fates:
        status, result = "in_progress", None
    elif "overtime" in fates:
        result = rows.one_of(("cancellation", "failure"))
    elif "cancellation" in fates:
        result = "cancellation"
    elif "timeout" in fates:
        result = "timeout"
    elif fates & {"failure", "infra"}:
        result = "failure"
    elif "neutral" in fates and rows.chance(0.5):
        result = None
    row = {
        "run_id": run.run_id,
        "run_attempt": attempt.number,
        "run_number": run.run_id % 1_000_000,
        "workflow_id": 1 + list(NEEDS).index(run.workflow),
        "workflow_name": run.workflow,
        "workflow_path": run.path,
        "event": run.event,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "display_title": "a change",
        "status": status,
        "result": result,
        "created_at": run.created_at,
        "run_started_at": attempt.started_at,
        # Somebody edits the run later: that is no end of it.
        "updated_at": ended_at + rows.seconds(60, 90_000),
        "run_url": f"https://ci.invalid/runs/{run.run_id}",
        "is_merge_queue": run.is_merge_queue,
    }
    rows.late[RunAttempts].append(row)
    if rows.chance(0.2):
        rows.early[RunAttempts].append(row | {"status": "in_progress", "result": None})


def _ran(job: Row, attempt: Attempt) -> bool:
    return job["started_at"] is not None and job["started_at"] >= attempt.started_at - QUICK


def _add_steps(rows: Rows, job: Row) -> None:
    """Steps one after the other; what the job took besides is in none of them."""
    whole = max(0, int((job["completed_at"] - job["started_at"]).total_seconds()))
    lengths = {
        "Set up job": rows.whole(0, 5),
        "Restore cache": rows.whole(0, 4),
        "Install dependencies": rows.whole(0, 60),
        "Run tests": max(0, whole - 80),
        "Post Restore cache": rows.whole(0, 3),
        "Complete job": rows.whole(0, 1),
    }
    at, passed = job["started_at"], 0
    for number, (name, length) in enumerate(lengths.items(), 1):
        taken = min(length, whole - passed)
        ended_at = at + timedelta(seconds=taken)
        is_failed = name == "Run tests" and job["result"] == "failure"
        rows.late[Steps].append(
            {
                "job_id": job["job_id"],
                "step_number": number,
                "run_id": job["run_id"],
                "run_attempt": job["run_attempt"],
                "step_name": name,
                "status": "completed",
                "result": "failure" if is_failed else "success",
                "started_at": at,
                # One clock is behind now and then: nothing is known of such a step.
                "completed_at": at - QUICK if rows.chance(0.01) else ended_at,
            }
        )
        at, passed = ended_at, passed + taken
