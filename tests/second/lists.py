"""Lists of tests of a repository: lost ones, those to be verified, and those proposed for quarantine."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil, log

from tests.second.attempts import MONTH
from tests.second.evidence import Commit, Seen
from tests.second.lake import Row, share


def lost_tests(
    seen: Iterable[Seen], commits: Mapping[int, Commit], tests: Mapping[str, Row], as_of_at: datetime
) -> dict[str, Row]:
    """Test that ran on the default branch in the last 30 days, and is gone or only skipped in five runs since."""
    of_test = defaultdict(list)
    for each in seen:
        if commits[each.run_id].is_default_branch and as_of_at - MONTH < each.executed_at <= as_of_at:
            of_test[each.test_id].append(each)
    found = {}
    for test, own in of_test.items():
        ran = [each.executed_at for each in own if each.outcome != "skipped"]
        if not ran:
            continue
        skips = {each.run_id for each in own if each.outcome == "skipped" and each.executed_at > max(ran)}
        is_gone = tests[test]["flakiness_class"] == "gone"
        if is_gone or len(skips) >= 5:
            found[test] = {
                "loss_kind": "gone" if is_gone else "skipped",
                "last_executed_at": max(ran),
                "skipped_run_count": len(skips),
            }
    return found


def clean_runs(rate: float) -> int:
    """Executions without a failure that exclude a rate with 95 %."""
    return ceil(log(0.05) / log(1 - rate))


def verification(tests: Mapping[str, Row]) -> dict[str, Row]:
    """Doubtful tests by what is to be learnt of them, and how often to run each."""
    doubtful = {
        test: row
        for test, row in tests.items()
        if row["flakiness_class"] not in ("gone", "broken", "env_broken")
        and row["flake_score_ratio"] is not None
        and 0.05 <= row["flake_score_ratio"] <= 0.95
    }

    def worth(test: str) -> float:
        row = doubtful[test]
        score = row["flake_score_ratio"]
        return score * (1 - score) * row["flake_rate_ratio"] * row["execution_count"]

    ranking = sorted(doubtful, key=lambda test: (-worth(test), test))
    upper = {test: row["flake_rate_ratio_high"] for test, row in doubtful.items()}
    return {
        test: {
            "verification_number": number,
            "rerun_budget_count": 300 if upper[test] is None else min(300, clean_runs(upper[test])),
        }
        for number, test in enumerate(ranking, 1)
    }


def quarantine(tests: Mapping[str, Row], costs: Iterable[Row], as_of_at: datetime) -> dict[str, Row]:
    """The longest list by score of which few are expected to be wrong, and what leaving them in costs."""
    candidates = {
        test: row
        for test, row in tests.items()
        if row["flakiness_class"] in ("flaky", "suspect")
        and row["incident_count"] >= 2
        and (row["direct_incident_count"] or row["incident_count"] - row["direct_incident_count"] >= 3)
    }
    ranking = sorted(
        candidates,
        key=lambda test: (-candidates[test]["flake_score_ratio"], -candidates[test]["direct_incident_count"], test),
    )
    suite = sum(row["flakiness_class"] != "gone" for row in tests.values())
    wrong = [1 - candidates[test]["flake_score_ratio"] for test in ranking]
    lengths = [
        length
        for length in range(1, len(ranking) + 1)
        if sum(wrong[:length]) / length <= 0.05 and length <= max(1, suite // 50)
    ]
    length = max(lengths, default=0)
    priced = [
        row
        for row in costs
        if row["iso_week_start_date"] > (as_of_at - MONTH).date()
        and row["list_cost_usd"] is not None
        and row["blocked_people_usd"] is not None
    ]
    dollars = sum(float(row["list_cost_usd"] + row["blocked_people_usd"]) for row in priced)
    failure = share(dollars, sum(row["rerun_count"] for row in priced))
    found = {}
    for test in ranking[:length]:
        row = candidates[test]
        expected = row["flake_score_ratio"] * row["flake_rate_ratio"] * row["execution_count"] * 7 / 30
        found[test] = {
            "expected_failure_count": expected,
            "expected_cost_usd": None if failure is None else failure * expected,
            "expected_wrong_count": sum(wrong[:length]),
            "release_execution_count": clean_runs(row["flake_rate_ratio"]),
            "test_count": suite,
            "quarantine_ends_at": as_of_at + timedelta(days=14),
        }
    return found
