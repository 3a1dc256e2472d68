"""Repositories whose histories hold what definitions are easily got wrong on, as rows of the lake's tables.

Everything is drawn from the seed of a repository. Of many things there are two looks: what stood first, and what stands.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final

import numpy as np
import polars as pl

from pipeline_etl.contracts.tables import (
    Annotations,
    LedgerEntries,
    Repositories,
    Syncs,
    Table,
    WorkflowFiles,
    WorkflowFileVersions,
    WorkflowJobs,
    Workflows,
)
from pipeline_etl.storage import Lake, Partition
from pipeline_etl.storage.conform import declared_schema

Row = dict[str, Any]

NEEDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "CI": {
        "lint": (),
        "build": (),
        "test (3.12)": ("build",),
        "test (3.13)": ("build",),
        "deploy": ("lint", "test (3.12)", "test (3.13)"),
    },
    "Nightly": {"prepare": (), "soak (a)": ("prepare",), "soak (b)": ("prepare",), "sum up": ("soak (a)", "soak (b)")},
}
"""Workflow → its jobs and what each needs. CI has a file that says so; the order of Nightly can only be inferred."""

STORIES: Final[dict[str, tuple[float, tuple[dict[str, str], ...]]]] = {
    "passes": (0.36, ({},)),
    "is neutral in one job": (0.03, ({"lint": "neutral", "prepare": "neutral"},)),
    "fails": (0.08, ({"#": "failure"},)),
    "fails, and what failed is run again": (0.12, ({"#": "failure"}, {"*": "carried", "#": "success"})),
    "fails, and all is run again": (0.06, ({"#": "failure"}, {})),
    "fails twice": (0.04, ({"#": "failure"}, {"*": "carried", "#": "failure"})),
    "fails for the machine, then passes": (0.05, ({"#": "infra"}, {"*": "carried", "#": "success"})),
    "passes, and is run again": (0.03, ({}, {})),
    "reaches its time limit": (0.05, ({"#": "overtime"},)),
    "reaches its time limit, then passes": (0.03, ({"#": "overtime"}, {"*": "carried", "#": "success"})),
    "ends in the service's word for it": (0.02, ({"#": "timeout"},)),
    "is superseded": (0.06, ({"#": "cancellation", "deploy": "never", "sum up": "never"},)),
    "fails, is run again and superseded": (0.02, ({"#": "failure"}, {"*": "carried", "#": "cancellation"})),
    "never begins": (0.01, ({"*": "absent"},)),
    "is skipped": (0.02, ({"*": "skip"},)),
    "is running": (0.01, ({"#": "running"},)),
    "fails, and is running again": (0.01, ({"#": "failure"}, {"*": "carried", "#": "running"})),
}
"""What happens to a run → how often, and of each attempt what becomes of jobs: # is one of them, * the rest.

What is not said succeeds, and what needs a job that failed is skipped.
"""

ENDINGS: Final = {
    "success": "success",
    "neutral": None,
    "failure": "failure",
    "infra": "failure",
    "timeout": "timeout",
    "overtime": "cancellation",
    "cancellation": "cancellation",
}
"""What becomes of a job that a runner takes → its result."""

LIMIT_PASSED: Final = "The job running on runner {} has exceeded the maximum execution time of 45 minutes."


@dataclass(frozen=True, kw_only=True)
class Place:
    """One repository: its case is the interval it is known in, and what it runs on."""

    repository_id: int
    default_branch: str
    is_private: bool
    as_of: datetime
    day_count: int
    labels: tuple[tuple[str, ...], ...]
    edges: tuple[datetime, ...] = ()
    """Moments of the more runs, on the borders of windows, weeks and prices."""


@dataclass
class Rows:
    """What of a repository was read late, and what was read before and stands no more."""

    place: Place
    late: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    early: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.rng: Final = np.random.default_rng(self.place.repository_id)
        self._ids: Final = count(self.place.repository_id * 1_000_000)

    def new_id(self) -> int:
        return next(self._ids)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """A whole number from low up to high, which is one."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, things: Iterable[Any]) -> Any:
        drawn = tuple(things)
        return drawn[self.whole(0, len(drawn) - 1)]

    def seconds(self, low: int, high: int) -> timedelta:
        return timedelta(seconds=self.whole(low, high))

    def write(self, lake: Lake) -> None:
        """What was read late is written first: the order of writing says nothing."""
        place = self.place
        partition = Partition("github", place.repository_id, date(place.as_of.year, place.as_of.month, 1))
        for rows, read_at in (
            (self.late, place.as_of + timedelta(hours=3)),
            (self.early, place.as_of - timedelta(days=1)),
        ):
            always = {"provider": "github", "repository_id": place.repository_id, "extracted_at": read_at}
            frames = {
                table: pl.DataFrame([{**always, **row} for row in own], schema=declared_schema(table))
                for table, own in rows.items()
            }
            written = lake.write_batch(frames, partition=partition, extracted_at=read_at)
            assert written.rejected_count == 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all attempts of a run share."""

    run_id: int
    workflow: str
    event: str
    branch: str
    sha: str
    created_at: datetime

    @property
    def is_merge_queue(self) -> bool:
        return self.event == "merge_group" or self.branch.startswith("gh-readonly-queue/")

    @property
    def path(self) -> str:
        return f".github/workflows/{self.workflow.lower()}.yml"


def drawn_runs(rows: Rows) -> list[Run]:
    """Runs in the order they were created; now and then two of one commit."""
    place, rng = rows.place, rows.rng
    start = place.as_of - timedelta(days=place.day_count)
    moments = [
        *place.edges,
        *(start + rows.seconds(60, place.day_count * 86_400 - 60) for _ in range(place.day_count * 3)),
    ]
    found: list[Run] = []
    for moment in sorted(moments):
        run_id = rows.new_id()
        event = str(rng.choice(["push", "pull_request", "schedule", "merge_group"], p=[0.5, 0.35, 0.1, 0.05]))
        branch = place.default_branch if event == "schedule" or rows.chance(0.7) else f"feature-{run_id // 7 % 20}"
        if event == "merge_group" or (event == "push" and rows.chance(0.08)):
            branch = f"gh-readonly-queue/{place.default_branch}/pr-{run_id}"
        if event == "pull_request" and rows.chance(0.8):
            branch = f"feature-{run_id // 7 % 20}"
        again = [run.sha for run in found[-4:] if run.branch == branch] if rows.chance(0.3) else []
        found.append(
            Run(
                run_id=run_id,
                workflow="CI" if rows.chance(0.75) else "Nightly",
                event=event,
                branch=branch,
                sha=again[-1] if again else f"{run_id:040x}",
                created_at=moment,
            )
        )
    return found


def add_repository(rows: Rows) -> None:
    """The repository, its workflows and their file, and the moments it was read up to."""
    place = rows.place
    name = f"acme/place-{place.repository_id}"
    rows.late[Repositories].append(
        {
            "repository_name": name,
            "default_branch": place.default_branch,
            "is_private": place.is_private,
            "repository_url": f"https://ci.invalid/{name}",
            "is_recorded_archive": False,
        }
    )
    rows.early[Repositories].append(rows.late[Repositories][0] | {"default_branch": "old", "is_private": False})
    first = place.as_of - timedelta(days=400)
    for number, workflow in enumerate(NEEDS, 1):
        rows.late[Workflows].append(
            {
                "workflow_id": number,
                "workflow_name": workflow,
                "workflow_path": f".github/workflows/{workflow.lower()}.yml",
                "workflow_state": "active",
                "created_at": first,
                "updated_at": first,
            }
        )
    path, file = ".github/workflows/ci.yml", "f" * 64
    rows.late[WorkflowFiles].append(
        {"workflow_path": path, "workflow_file_id": file, "content_text": "jobs: …", "is_redacted": False}
    )
    declared = {
        "lint": [],
        "build": [],
        "test": ["build"],
        "deploy": ["lint", "test"],
    }
    for key, needs in declared.items():
        rows.late[WorkflowJobs].append(
            {
                "workflow_path": path,
                "workflow_file_id": file,
                "workflow_job_key": key,
                "job_name_template": key,
                "needs": needs,
                "runner_labels": ["ubuntu-latest"],
                "matrix_json": '{"python": ["3.12", "3.13"]}' if key == "test" else None,
                "is_continue_on_error": False,
                "step_count": 4,
            }
        )
    # The sync that was read last among the complete ones speaks, not the one that claims to know most.
    for number, (read, known, complete) in enumerate(
        [(2, 0, True), (1, 90_000, True), (3, 200_000, False)] if place.repository_id % 2 else [(2, 0, True)]
    ):
        rows.late[Syncs].append(
            {
                "extracted_at": place.as_of + timedelta(hours=read),
                "sync_id": f"{place.repository_id}-{number}",
                "started_at": place.as_of,
                "known_until_at": place.as_of + timedelta(seconds=known),
                "is_complete": complete,
                "request_count": 1,
            }
        )


def add_file_version(rows: Rows, run: Run) -> None:
    """The file of a run of CI, unless it was never read."""
    if run.workflow == "CI" and int(run.sha, 16) % 9:
        rows.late[WorkflowFileVersions].append(
            {"workflow_path": run.path, "head_sha": run.sha, "workflow_file_id": "f" * 64}
        )


def add_ledger(rows: Rows) -> None:
    """Entries in all states, some of which were in another one before."""
    states = ("stored", "not_yet", "expired", "gone", "unreadable", "error", "not_permitted", "not_wanted")
    for kind in ("run_attempt", "job_log", "artifact", "workflow_file"):
        for number in range(rows.whole(5, 60)):
            state = "not_wanted" if kind == "workflow_file" else rows.one_of(("stored", *states))
            entry = {"item_kind": kind, "item_id": str(number)}
            rows.late[LedgerEntries].append({**entry, "state": state})
            if rows.chance(0.4):
                rows.early[LedgerEntries].append({**entry, "state": rows.one_of(states)})


def add_annotation(rows: Rows, job: Row, *, has_reached_limit: bool) -> None:
    message = LIMIT_PASSED.format("r1") if has_reached_limit else "The operation was canceled."
    rows.late[Annotations].append(
        {
            "job_id": job["job_id"],
            "annotation_number": 1,
            "run_id": job["run_id"],
            "run_attempt": job["run_attempt"],
            "level": "failure",
            "message": message,
        }
    )
