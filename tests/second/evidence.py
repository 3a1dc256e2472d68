"""What speaks for a test being flaky on a day: its runs, their evidence and how much each is worth."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import md5
from pathlib import Path
from typing import Final

from tests.second.attempts import Attempt
from tests.second.lake import Row, latest

PRIORS: Final = {
    "E1": 0.97,
    "E2": 0.93,
    "E3": 0.88,
    "E3p": 0.75,
    "R1": 0.0,
    "R2": 0.0,
    "R3": 0.0,
    "E4a": 0.80,
    "E4b": 0.20,
    "E4s": 0.55,
    "E4c": 0.50,
    "E4d": 0.05,
    "E4sp": 0.15,
    "E5a": 0.60,
    "E5b": 0.04,
    "E5s": 0.20,
    "E5c": 0.40,
    "E5d": 0.02,
    "E5sp": 0.10,
}
"""Probability that a failure of a kind is a flake."""

FAMILIES: Final = {code: "direct" if code in ("E1", "E2", "E3", "E3p") else "soft" for code in PRIORS} | dict.fromkeys(
    ("R1", "R2", "R3"), "real"
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A test that was reported by an execution in which something ran."""

    test_id: str
    config: str
    run_id: int
    execution_id: str
    executed_at: datetime
    outcome: str
    is_mass_failure: bool

    @property
    def passed(self) -> bool:
        return self.outcome in ("passed", "flaky_passed")


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What a run was made for."""

    sha: str
    branch: str
    is_default_branch: bool
    is_pinned: bool

    def is_of_branch(self, other: "Commit") -> bool:
        """Whether both are of one branch: a fork's may bear the default branch's name."""
        return (self.branch, self.is_default_branch) == (other.branch, other.is_default_branch)


@dataclass(kw_only=True)
class TestRun:
    """A test in one configuration of a run, over all attempts."""

    config: str
    run_id: int
    commit: Commit
    seen: list[Seen]
    streak: int | None
    elsewhere: list["TestRun"] = field(default_factory=list)
    code: str = ""
    weight: float = 1.0

    @cached_property
    def occurred_at(self) -> datetime:
        return min(each.executed_at for each in self.seen)

    @cached_property
    def failed(self) -> int:
        return sum(each.outcome == "bad" for each in self.seen)

    @cached_property
    def passed(self) -> int:
        return sum(each.passed for each in self.seen)

    @cached_property
    def retried(self) -> int:
        return sum(each.outcome == "flaky_passed" for each in self.seen)

    @property
    def is_suspicious(self) -> bool:
        return bool(self.failed or self.retried)

    @property
    def is_red(self) -> bool:
        return bool(self.failed) and not self.passed

    @property
    def is_breaking(self) -> bool:
        """Red, and its code passed nowhere."""
        return self.is_red and not any(other.passed for other in self.elsewhere)

    @property
    def order(self) -> tuple[datetime, int]:
        return self.occurred_at, self.run_id

    @property
    def family(self) -> str:
        return FAMILIES[self.code]


def seen_in(lake: Path, executions: Iterable[Row], attempts: list[Attempt], configs: Mapping[int, str]) -> list[Seen]:
    """Of one repository, what was reported; a report of no known job is told apart by its name."""
    started = {job.id: job.row["started_at"] for each in attempts for job in each.jobs}
    repository = attempts[0].key[0]
    artifacts = {
        row["artifact_id"]: row
        for row in latest(lake, "artifacts", "artifact_id")
        if row["repository_id"] == repository
    }
    rows = list(executions)
    ran = {(row["job_id"], row["execution"]) for row in rows if row["outcome"] != "skipped"}
    found = []
    for row in rows:
        if (row["job_id"], row["execution"]) not in ran:
            continue
        job, place = row["job_id"], row["execution"]
        name = None if job else f"artifact|{artifacts[place]['artifact_name']}"
        found.append(
            Seen(
                test_id=row["test_id"],
                config=configs[job] if name is None else md5(name.encode(), usedforsecurity=False).hexdigest(),
                run_id=row["run_id"],
                execution_id=str(place) if job else f"artifact-{place}",
                executed_at=started[job] if job else artifacts[place]["created_at"],
                outcome=row["outcome"],
                is_mass_failure=row["is_mass_failure"],
            )
        )
    return found


def commits_of(attempts: list[Attempt]) -> dict[int, Commit]:
    """Run → its commit; that of a pull request does not name its code, which is merged into a base that moves."""
    return {
        each.row["run_id"]: Commit(
            sha=each.row["head_sha"],
            branch=each.row["head_branch"],
            is_default_branch=each.branch_class == "default",
            is_pinned=not each.row["event"].startswith("pull_request"),
        )
        for each in attempts
    }


def runs_of_test(seen: list[Seen], commits: Mapping[int, Commit]) -> list[TestRun]:
    """The runs of one test, coded; failures of a configuration without a pass between them are one streak."""
    runs: list[TestRun] = []
    for config in sorted({each.config for each in seen}):
        own = sorted(
            (each for each in seen if each.config == config), key=lambda each: (each.executed_at, each.execution_id)
        )
        passes, streaks = 0, {}
        for each in own:
            if each.outcome != "passed":
                streaks.setdefault(each.run_id, passes)
            passes += each.passed
        of_run = defaultdict(list)
        for each in own:
            of_run[each.run_id].append(each)
        of_config = [
            TestRun(config=config, run_id=run, commit=commits[run], seen=those, streak=streaks.get(run))
            for run, those in of_run.items()
        ]
        for run in of_config:
            run.elsewhere = [other for other in of_config if other is not run and other.commit.sha == run.commit.sha]
        runs.extend(of_config)
    for run in runs:
        if run.is_suspicious:
            run.code = _code(run, runs)
    return runs


def _code(run: TestRun, runs: list[TestRun]) -> str:
    """The first kind that fits."""
    pinned = [other for other in run.elsewhere if other.commit.is_pinned]
    kinds = {
        "E1": run.retried > 0,
        "E2": run.failed > 0 and run.passed > 0,
        "E3": run.commit.is_pinned and any(other.passed for other in pinned),
        "E3p": any(other.passed for other in run.elsewhere),
        "R1": run.failed >= 2,
    }
    return next((code for code, fits in kinds.items() if fits), None) or _code_by_neighbours(run, runs)


def _code_by_neighbours(run: TestRun, runs: list[TestRun]) -> str:
    """By the runs before and after on the branch, and the other configurations of the run."""
    branch = sorted(
        (other for other in runs if other.config == run.config and other.commit.is_of_branch(run.commit)),
        key=lambda other: other.order,
    )
    place = branch.index(run)
    before = branch[place - 1] if place else None
    after = branch[place + 1] if place + 1 < len(branch) else None
    is_default = run.commit.is_default_branch
    if (before and before.is_red) or (after and after.is_red):
        return "R2" if is_default else "R3"
    beside = [other for other in runs if other.run_id == run.run_id]
    failed = sum(bool(other.failed) for other in beside)
    kind = 2 if len(beside) == 1 else 0 if failed < len(beside) else 1
    if is_default:
        is_between = before is not None and before.passed > 0 and after is not None and after.passed > 0
        return ("E4a", "E4b", "E4s")[kind] if is_between else ("E4c", "E4d", "E4sp")[kind]
    return ("E5a", "E5b", "E5s")[kind] if after and after.passed else ("E5c", "E5d", "E5sp")[kind]


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """Three red runs of the default branch or more in a row, up to the first that is not."""

    config: str
    started_at: datetime
    ended_at: datetime | None

    def explains(self, run: TestRun, as_of_at: datetime) -> bool:
        grace = timedelta(0) if run.commit.is_default_branch else timedelta(days=2)
        return self.config == run.config and self.started_at <= run.occurred_at <= (self.ended_at or as_of_at) + grace


def breakages_of(runs: Sequence[TestRun]) -> list[Breakage]:
    found = []
    for config in sorted({run.config for run in runs}):
        own = sorted(
            (run for run in runs if run.config == config and run.commit.is_default_branch), key=lambda run: run.order
        )
        red: list[TestRun] = []
        for run in [*own, None]:
            if run is not None and run.is_breaking:
                red.append(run)
                continue
            if len(red) >= 3:
                end = None if run is None else run.occurred_at
                found.append(Breakage(config=config, started_at=red[0].occurred_at, ended_at=end))
            red = []
    return found


def weigh(tests: Mapping[str, list[TestRun]], test_counts: Mapping[tuple[int, str], int], as_of_at: datetime) -> None:
    """Sets the probability of every suspicious run."""
    together = Counter(
        (run.run_id, run.config, run.family) for runs in tests.values() for run in runs if run.is_suspicious
    )

    def alone(run: TestRun) -> float:
        usual = max(8, 0.008 * test_counts[run.run_id, run.config])
        return min(1.0, (usual / together[run.run_id, run.config, run.family]) ** 2)

    for runs in tests.values():
        suspicious = [run for run in runs if run.is_suspicious]
        breakages = breakages_of(runs)
        direct = sum(alone(run) for run in suspicious if run.family == "direct")
        real = len(
            {
                (run.commit.branch, int(run.occurred_at.timestamp() // (3 * 86400)) * run.commit.is_default_branch)
                for run in suspicious
                if run.family == "real"
            }
        )
        balance = min(1.0, (2 + 2 * direct) / (2 + direct + real))
        for run in suspicious:
            shas = {
                other.commit.sha for other in suspicious if (other.config, other.streak) == (run.config, run.streak)
            }
            weight = PRIORS[run.code] * alone(run) * min(1.0, (2 / len(shas)) ** 2)
            is_explained = (
                run.family != "real" and run.code != "E1" and any(each.explains(run, as_of_at) for each in breakages)
            )
            if is_explained:
                weight *= 0.2 if run.family == "soft" else 0.6
            run.weight = min(0.99, weight * (balance if run.family == "soft" else 1.0))
