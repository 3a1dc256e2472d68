"""The flake score of a day, from the evidence: how likely a test is flaky, still so, and at what rate."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, lgamma, log, prod
from typing import Final

from tests.second.attempts import MONTH
from tests.second.evidence import Commit, Seen, TestRun, breakages_of, runs_of_test, weigh
from tests.second.lake import Row, monday

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Incident:
    """A commit, or a streak of them, with what speaks most for a flake."""

    sha: str
    occurred_at: datetime
    weight: float
    is_direct: bool


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What is said at a moment."""

    tests: dict[str, Row]
    evidence: dict[tuple[str, str, int], Row]
    """Of a test in a configuration of a run."""
    configs: dict[tuple[str, str], Row]
    """Of a test in one configuration, where it has evidence."""
    rates: dict[tuple[str, str | None], tuple[float, float]]
    """Of a test in one configuration, or in all: the two parameters of its rate's distribution."""


def moments(seen: list[Seen], as_of_at: datetime) -> list[datetime]:
    """The ends of the weeks that had executions, and the moment up to which all is known."""
    days: set[date] = {monday(each.executed_at) for each in seen}
    ends = (datetime.combine(day, datetime.min.time(), tzinfo=as_of_at.tzinfo) + WEEK for day in sorted(days))
    return [*(end for end in ends if end < as_of_at), as_of_at]


def scores_at(seen: list[Seen], commits: Mapping[int, Commit], as_of_at: datetime) -> Scores:
    """What is said of tests by the 30 days before a moment."""
    in_window = [each for each in seen if as_of_at - MONTH < each.executed_at <= as_of_at]
    ran = [each for each in in_window if each.outcome != "skipped"]
    of_test: dict[str, list[Seen]] = {each.test_id: [] for each in ran}
    for each in ran:
        if not each.is_mass_failure:
            of_test[each.test_id].append(each)
    tests = {
        test: runs_of_test(own, commits)
        for test, own in of_test.items()
        if any(each.outcome != "passed" for each in own)
    }
    weigh(tests, _suites(ran), as_of_at)
    incidents = {test: _incidents(runs) for test, runs in tests.items()}
    effective = {test: sum(each.weight for each in own) for test, own in incidents.items()}
    background, missing = _background(of_test, effective), _missing(in_window, commits, as_of_at)
    rows: dict[str, Row] = {}
    configs: dict[tuple[str, str], Row] = {}
    for test, own in of_test.items():
        rows[test] = {
            "confidence": "low" if len(own) < 10 else "high",
            "execution_count": len(own),
            "bad_execution_count": sum(each.outcome != "passed" for each in own),
            "effective_incidents": 0.0,
            "incident_count": 0,
            "direct_incident_count": 0,
        }
        score = 0.0
        if test in tests:
            rows[test] |= _score(tests[test], incidents[test], background, as_of_at)
            score = rows[test]["ever_flaky_ratio"] * rows[test]["still_flaky_ratio"]
            configs |= {(test, config): row for config, row in _by_config(tests[test], background, as_of_at).items()}
        rows[test]["flake_score_ratio"] = None if test in missing or not own else score
        rows[test]["flakiness_class"] = "gone" if test in missing else _class(score, len(own), tests.get(test, []))
    evidence = {
        (test, run.config, run.run_id): {"evidence_code": run.code, "probability_ratio": run.weight}
        for test, runs in tests.items()
        for run in runs
        if run.is_suspicious
    }
    for (test, _), row in configs.items():
        row["flakiness_class"] = rows[test]["flakiness_class"]
    rates = {(test, None): rate(runs, incidents[test], as_of_at) for test, runs in tests.items()}
    for test, config in configs:
        alone = [run for run in tests[test] if run.config == config]
        rates[test, config] = rate(alone, _incidents(alone), as_of_at)
    return Scores(tests=rows, evidence=evidence, configs=configs, rates=rates)


def _by_config(runs: list[TestRun], background: float, as_of_at: datetime) -> dict[str, Row]:
    """The same of each configuration that has evidence, by its own runs."""
    found = {}
    for config in {run.config for run in runs if run.is_suspicious}:
        own = [run for run in runs if run.config == config]
        row = _score(own, _incidents(own), background, as_of_at)
        found[config] = {
            "flake_score_ratio": row["ever_flaky_ratio"] * row["still_flaky_ratio"],
            "execution_count": sum(len(run.seen) for run in own),
            **{
                name: row[name]
                for name in (
                    "flake_rate_ratio",
                    "incident_count",
                    "direct_incident_count",
                    "clean_execution_count",
                    "last_incident_at",
                )
            },
        }
    return found


def _missing(in_window: list[Seen], commits: Mapping[int, Commit], as_of_at: datetime) -> set[str]:
    """Tests without which the last five runs of the default branch went, in all configurations at work that had them."""
    on_default = [each for each in in_window if commits[each.run_id].is_default_branch]
    runs: dict[str, dict[int, datetime]] = defaultdict(dict)
    last: dict[tuple[str, str], datetime] = {}
    for each in on_default:
        key = each.test_id, each.config
        last[key] = max(each.executed_at, last.get(key, each.executed_at))
        if not each.is_mass_failure:
            own = runs[each.config]
            own[each.run_id] = max(each.executed_at, own.get(each.run_id, each.executed_at))
    since = {}
    for config, own in runs.items():
        newest = sorted(((moment, run) for run, moment in own.items()), reverse=True)[:5]
        if len(newest) == 5 and newest[0][0] > as_of_at - WEEK:
            since[config] = newest[-1][0]
    is_missing = defaultdict(list)
    for (test, config), moment in last.items():
        if config in since:
            is_missing[test].append(moment < since[config])
    return {test for test, found in is_missing.items() if all(found)}


def _class(score: float, count: int, runs: list[TestRun]) -> str:
    """The first that fits, of a test that is there."""
    of_config = defaultdict(list)
    for run in runs:
        of_config[run.config].append(run)
    is_open = any(
        each.ended_at is None
        and not any(
            run.is_suspicious and run.family == "direct" and run.occurred_at >= each.started_at
            for run in of_config[each.config]
        )
        for each in breakages_of(runs)
    )
    passes = [any(run.passed for run in own) for own in of_config.values()]
    is_red_in_one = any(passes) and any(
        len(own) >= 3 and not any(run.passed for run in own) for own in of_config.values()
    )
    on_default = [[run for run in own if run.commit.is_default_branch] for own in of_config.values()]
    is_red = any(max(own, key=lambda run: run.order).is_red for own in on_default if own)
    classes = {
        "env_broken": is_red_in_one,
        "broken": is_open,
        "flaky": score >= 0.8,
        "suspect": score >= 0.3,
        "healthy": count >= 50 and not is_red,
    }
    return next((name for name, fits in classes.items() if fits), "insufficient_data")


def _suites(ran: list[Seen]) -> dict[tuple[int, str], int]:
    """Run and configuration → how many tests ran in the largest of its executions, mass failures included."""
    sizes = Counter((each.run_id, each.config, each.execution_id) for each in ran)
    found: dict[tuple[int, str], int] = {}
    for (run, config, _), size in sizes.items():
        found[run, config] = max(size, found.get((run, config), 0))
    return found


def _incidents(runs: list[TestRun]) -> list[Incident]:
    """All configurations of a commit together; the commits of a streak count as its first one."""
    suspicious = [run for run in runs if run.is_suspicious]
    of_sha = defaultdict(list)
    for run in suspicious:
        streak = [other for other in suspicious if (other.config, other.streak) == (run.config, run.streak)]
        of_sha[min(streak, key=lambda other: other.order).commit.sha].append(run)
    return [
        Incident(
            sha=sha,
            occurred_at=max(run.occurred_at for run in own),
            weight=max(run.weight for run in own),
            is_direct=any(run.family == "direct" for run in own),
        )
        for sha, own in of_sha.items()
    ]


def _background(of_test: Mapping[str, list[Seen]], effective: Mapping[str, float]) -> float:
    """How often, per execution, a test of the repository has one incident alone."""
    executions = sum(len(own) for own in of_test.values())
    if executions < 10_000 or len(of_test) < 200:
        return 1e-5
    return max(3e-7, sum(0.4 <= each <= 1.4 for each in effective.values()) / executions)


def _score(runs: list[TestRun], incidents: list[Incident], background: float, as_of_at: datetime) -> Row:
    count = sum(len(run.seen) for run in runs)
    strong = [each for each in incidents if each.weight >= 0.2]
    last = max((each.occurred_at for each in strong), default=None)
    clean = sum(len(run.seen) for run in runs if last is not None and run.occurred_at > last)
    flakes = sum(each.weight for each in incidents)
    bayes = (
        lgamma(flakes + 0.3)
        - lgamma(0.3)
        + 0.3 * log(6)
        - (flakes + 0.3) * log(6 + count)
        - flakes * log(background)
        + background * count
    )
    ever = (1 - exp(-4 * flakes)) / (1 + exp(log(0.98 / 0.02) - min(bayes, 30)))
    survival = ((count - clean + 100) / (count + 100)) ** (flakes + 0.5)
    still = 0.98 * survival / (0.98 * survival + 0.02)
    alpha, beta = rate(runs, incidents, as_of_at)
    return {
        "effective_incidents": flakes,
        "incident_count": len(strong),
        "direct_incident_count": sum(each.is_direct for each in incidents),
        "clean_execution_count": clean,
        "last_incident_at": last,
        "ever_flaky_ratio": ever,
        "still_flaky_ratio": still,
        "noisy_or_ratio": 1 - prod((1 - each.weight) ** left(each.occurred_at, as_of_at) for each in incidents),
        "flake_rate_ratio": alpha / (alpha + beta),
    }


def left(moment: datetime, as_of_at: datetime) -> float:
    """What is left of something: half of it after 14 days."""
    return 0.5 ** ((as_of_at - moment) / timedelta(days=14))


def rate(runs: list[TestRun], incidents: list[Incident], as_of_at: datetime) -> tuple[float, float]:
    """Parameters of the Beta distribution of the rate."""
    decayed = sum(each.weight * left(each.occurred_at, as_of_at) for each in incidents)
    exposed = sum(len(run.seen) * left(run.occurred_at, as_of_at) for run in runs)
    return decayed + 0.05, exposed - decayed + 50
