"""A CI history with known truth: runs, executions and outcomes, and which tests are flaky at its end."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.simulated.scenarios import Scenario
from tests.simulated.truth import ALWAYS, Breakage, Tests, drawn_tests

PASSED, BAD, PASSED_ON_RETRY, SKIPPED = 0, 1, 2, 3
MAIN = "main"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the workflow: its code, and what is broken in it."""

    run_id: int
    sha: str
    branch: str
    event: str
    at: float
    broken: tuple[Breakage, ...]


@dataclass(kw_only=True)
class History:
    """What was executed (one entry per execution, in order), what came out, and what is true.

    ``outcomes[i]`` holds an outcome for each test of execution i, -1 where the test was not there. ``spurious`` counts
    failures that were a flake's, ``first_spurious_at`` is when the first of them was.
    """

    scenario: Scenario
    tests: Tests
    runs: list[Run] = field(default_factory=list)
    run_ids: list[int] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    configs: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    outcomes: list[NDArray[np.int8]] = field(default_factory=list)
    spurious: NDArray[np.float64]
    first_spurious_at: NDArray[np.float64]

    @property
    def is_flaky_now(self) -> NDArray[np.bool_]:
        """Tests whose flake is alive at the end."""
        end = self.scenario.day_count
        return (
            (self.tests.rates > 0) & (self.tests.flaky_from < end) & (self.tests.flaky_until >= end) & self.is_present
        )

    @property
    def is_present(self) -> NDArray[np.bool_]:
        """Tests that still exist at the end."""
        return self.tests.removed_at >= self.scenario.day_count

    def has_failed_spuriously_since(self, day: float) -> NDArray[np.bool_]:
        """Tests whose flake was there to be seen from a day on."""
        return self.spurious > day


def simulated(scenario: Scenario) -> History:
    """The history of a scenario; the same for the same seed."""
    random = np.random.default_rng(scenario.seed)
    tests = drawn_tests(scenario, random)
    history = History(
        scenario=scenario,
        tests=tests,
        spurious=np.full(scenario.test_count, -np.inf),
        first_spurious_at=np.full(scenario.test_count, np.inf),
    )
    history.runs = sorted(_runs(scenario, random), key=lambda run: run.at)
    world = _World(scenario, random)
    for run in history.runs:
        for config in range(scenario.config_count):
            _executed(history, run, config, world)
    return history


class _World:
    """What is wrong outside the code: outages of a few hours, and configurations that broke."""

    def __init__(self, scenario: Scenario, random: np.random.Generator) -> None:
        self.random = random
        self.on_network = random.random(scenario.test_count) < 3 * scenario.outage_test_ratio
        self.external = [
            Breakage.of(
                random,
                scenario.test_count,
                size=int(random.integers(2, 8)),
                start=start,
                length=random.uniform(0.02, 0.2),
            )
            for start in _moments(scenario, random, scenario.external_breakages_per_day)
        ]
        self.in_config = [
            Breakage.of(
                random,
                scenario.test_count,
                size=int(random.integers(1, 5)),
                start=start,
                length=random.exponential(6.0),
                config=int(random.integers(scenario.config_count)),
            )
            for start in _moments(scenario, random, scenario.config_breakages_per_day)
        ]


def _moments(scenario: Scenario, random: np.random.Generator, per_day: float) -> NDArray[np.float64]:
    """Times over the whole history, in order."""
    return np.sort(random.uniform(0, scenario.day_count, random.poisson(per_day * scenario.day_count)))


def _runs(scenario: Scenario, random: np.random.Generator) -> Iterator[Run]:
    """Every run of the history."""
    pull_requests = list(_pull_requests(scenario, random))
    pushes = _moments(scenario, random, scenario.pushes_per_day)
    merges = [times[-1] + 0.2 for times, _ in pull_requests] if scenario.has_merge_queue else []
    commits = sorted([*pushes, *merges])
    breakages = _main_breakages(scenario, random, commits)
    numbers = itertools.count(1)

    def run(sha: str, branch: str, event: str, at: float, own: tuple[Breakage, ...] = ()) -> Run:
        behind = int(np.searchsorted(commits, at, side="right"))
        inherited = tuple(breakage for breakage in breakages if breakage.start <= behind < breakage.end)
        return Run(run_id=next(numbers), sha=sha, branch=branch, event=event, at=at, broken=inherited + own)

    for number, at in enumerate(commits):
        yield run(f"main-{number}", MAIN, "push", at)
    for day in range(scenario.day_count if scenario.has_nightly else 0):
        behind = int(np.searchsorted(commits, day + 0.1, side="right"))
        yield run(f"main-{behind - 1}", MAIN, "schedule", day + 0.1)
    for number, (times, broken) in enumerate(pull_requests):
        for commit, at in enumerate(times):
            own = tuple(breakage for breakage in broken if breakage.start <= commit < breakage.end)
            yield run(f"pr-{number}-{commit}", f"pr-{number}", "pull_request", at, own)
    for number, (times, _) in enumerate(pull_requests if scenario.has_merge_queue else ()):
        for trial in range(1 + int(random.random() < 0.15)):
            queue = f"gh-readonly-queue/main/pr-{number}-{trial}"
            yield run(queue, queue, "merge_group", times[-1] + 0.1 + 0.04 * trial)


def _pull_requests(
    scenario: Scenario, random: np.random.Generator
) -> Iterator[tuple[NDArray[np.float64], tuple[Breakage, ...]]]:
    """Times of the commits of each pull request, and what they break."""
    for start in _moments(scenario, random, scenario.pull_requests_per_day):
        count = 1 + random.poisson(scenario.commits_per_pull_request - 1)
        times = start + np.concatenate([[0.0], np.cumsum(random.exponential(0.25, count - 1))])
        yield times, _pull_request_breakages(scenario, random, times)


def _main_breakages(scenario: Scenario, random: np.random.Generator, commits: list[float]) -> list[Breakage]:
    """What the default branch broke, in numbers of commits; a third in one configuration only."""
    return [
        Breakage.of(
            random,
            scenario.test_count,
            size=int(random.choice([1, 2, 3, 6, 15, 40], p=[0.35, 0.2, 0.15, 0.15, 0.1, 0.05])),
            start=float(np.searchsorted(commits, at)),
            length=float(random.geometric(1 / scenario.main_breakage_commits)),
            config=int(random.integers(scenario.config_count)) if random.random() < 0.3 else None,
        )
        for at in _moments(scenario, random, scenario.main_breakages_per_day)
    ]


def _pull_request_breakages(
    scenario: Scenario, random: np.random.Generator, times: NDArray[np.float64]
) -> tuple[Breakage, ...]:
    """What its author broke and mended again, in numbers of its commits."""
    if random.random() >= scenario.breaking_pull_request_ratio:
        return ()
    return tuple(
        Breakage.of(
            random,
            scenario.test_count,
            size=int(random.choice([1, 2, 4, 10, 60, 300], p=[0.35, 0.2, 0.2, 0.15, 0.07, 0.03])),
            start=float(random.integers(len(times))),
            length=float(random.geometric(0.5)),
            config=int(random.integers(scenario.config_count)) if random.random() < 0.2 else None,
        )
        for _ in range(1 + random.poisson(0.5))
    )


def _executed(history: History, run: Run, config: int, world: _World) -> None:
    """A job of a run, run again while it is red and somebody has the patience."""
    scenario, random = history.scenario, world.random
    at = run.at + random.uniform(0.002, 0.01)
    is_outage_over = False
    for attempt in range(1, 4):
        outcome = _outcome(history, run, config, at, world, is_outage_over=is_outage_over)
        history.run_ids.append(run.run_id)
        history.attempts.append(attempt)
        history.configs.append(config)
        history.times.append(at)
        history.outcomes.append(outcome)
        is_red = bool((outcome == BAD).any())
        if not is_red or random.random() >= scenario.rerun_ratio or at > scenario.day_count - 0.2:
            return
        at += random.exponential(0.04) + 0.01
        is_outage_over = random.random() < 0.9


def _outcome(
    history: History, run: Run, config: int, at: float, world: _World, *, is_outage_over: bool
) -> NDArray[np.int8]:
    """What each test of a job says."""
    scenario, random, tests = history.scenario, world.random, history.tests
    count = scenario.test_count
    broken = np.zeros(count, dtype=bool)
    for breakage in run.broken + tuple(b for b in world.external + world.in_config if b.start <= at < b.end):
        if breakage.config in (ALWAYS, config):
            broken[breakage.tests] = True
    out = np.zeros(count, dtype=bool)
    per_execution = scenario.day_count / max(1, len(history.runs) * scenario.config_count)
    if not is_outage_over and random.random() < scenario.outages_per_day * per_execution:
        out = world.on_network & (random.random(count) < random.uniform(0.1, 0.6))
    if not is_outage_over and random.random() < scenario.mass_outages_per_day * per_execution:
        out = random.random(count) < random.uniform(0.3, 1.0)
    rates = tests.rates_at(at, config)
    common = random.random(tests.group_count)[tests.group]
    own = random.random(count)
    flaked = np.where(tests.is_in_group, (common < rates) & (own < 0.8), own < rates)
    blip = random.random(count) < scenario.blip_ratio
    bad = broken | out | flaked | blip
    outcome = np.where(bad, BAD, PASSED).astype(np.int8)
    for _ in range(scenario.try_count - 1):
        again = broken | (out & (random.random(count) < 0.8))
        again |= flaked & (random.random(count) < np.maximum(rates, scenario.repeats_ratio))
        outcome[(outcome == BAD) & ~again] = PASSED_ON_RETRY
    outcome[tests.is_skipped[config]] = SKIPPED
    outcome[(at < tests.born_at) | (at >= tests.removed_at)] = -1
    is_seen = flaked & ~broken & ~out & np.isin(outcome, (BAD, PASSED_ON_RETRY))
    history.spurious[is_seen] = at
    history.first_spurious_at[is_seen] = np.minimum(history.first_spurious_at[is_seen], at)
    return outcome
