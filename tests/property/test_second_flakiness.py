"""Evidence, score and class of every test, counted a second time on histories in which much breaks and is mended."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

import duckdb
import numpy as np

from tests.second.differences import Table, differences
from tests.second.evidence import Commit, Seen
from tests.second.flakiness import moments, scores_at
from tests.simulated.histories import BAD, MAIN, PASSED, PASSED_ON_RETRY, SKIPPED, History, simulated
from tests.simulated.models import build
from tests.simulated.scenarios import EVERYDAY
from tests.simulated.tables import INPUTS, register

START = datetime(2026, 1, 5, tzinfo=UTC)
OUTCOMES = {PASSED: "passed", BAD: "bad", PASSED_ON_RETRY: "flaky_passed", SKIPPED: "skipped"}
HISTORY = replace(
    EVERYDAY,
    test_count=60,
    day_count=32,
    config_count=3,
    pushes_per_day=4,
    pull_requests_per_day=2,
    flaky_ratio=0.15,
    flaky_in_one_config_ratio=0.5,
    main_breakages_per_day=0.6,
    config_breakages_per_day=1.2,
    born_ratio=0.1,
    removed_ratio=0.1,
    try_count=2,
)
"""Breakages of every kind, flakes in one configuration, births and removals, few tests."""


def seen_in(history: History) -> list[Seen]:
    found = []
    for number, outcomes in enumerate(history.outcomes):
        counts = Counter(outcomes.tolist())
        ran, bad = counts[PASSED] + counts[BAD] + counts[PASSED_ON_RETRY], counts[BAD] + counts[PASSED_ON_RETRY]
        if not ran:
            continue
        executed_at = START + timedelta(microseconds=round(history.times[number] * 86400e6))
        found.extend(
            Seen(
                test_id=md5(str(test).encode(), usedforsecurity=False).hexdigest(),
                config=f"c{history.configs[number]}",
                run_id=history.run_ids[number],
                execution_id=str(number),
                executed_at=executed_at,
                outcome=OUTCOMES[outcomes[test]],
                is_mass_failure=bad > 20 and bad > 0.1 * ran,
            )
            for test in np.flatnonzero(outcomes >= 0).tolist()
        )
    return found


def rows_of(connection: duckdb.DuckDBPyConnection, mart: str, *key: str) -> Table:
    result = connection.execute(f"from {mart}")
    names = [column[0] for column in result.description]
    found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {tuple(row[name] for name in key): row for row in found}


def test_evidence_score_and_class_on_a_simulated_history():
    history = simulated(HISTORY)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        register(connection, history)
        build(connection, INPUTS)
        evidence = rows_of(
            connection, "intermediate.int_flake_evidence_classified", "as_of_at", "test_id", "test_config_id", "run_id"
        )
        scores = rows_of(connection, "marts.fct_test_flakiness", "as_of_at", "test_id")
    seen = seen_in(history)
    commits = {
        run.run_id: Commit(
            sha=run.sha,
            branch=run.branch,
            is_default_branch=run.branch == MAIN,
            is_pinned=not run.event.startswith("pull_request"),
        )
        for run in history.runs
    }

    expected_scores, expected_evidence = {}, {}
    for moment in moments(seen, START + timedelta(days=history.scenario.day_count)):
        found = scores_at(seen, commits, moment)
        expected_scores |= {(moment, test): row for test, row in found.tests.items()}
        expected_evidence |= {(moment, *key): row for key, row in found.evidence.items()}

    assert differences(expected_evidence, evidence) == []
    assert differences(expected_scores, scores) == []
    classes = {row["flakiness_class"] for row in expected_scores.values()}
    assert classes >= {"gone", "env_broken", "broken", "flaky", "suspect", "healthy"}, "every class must be there"
