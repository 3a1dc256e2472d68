from datetime import datetime

import dagster as dg

from pipeline_etl.errors import Unreachable
from pipeline_etl.extraction import RepositorySync
from pipeline_etl.orchestration.extract_assets import lacking_permissions, synced_check
from pipeline_etl.orchestration.run import _of_check


def test_every_repository_that_was_read_to_its_end_passes(fixed_now: datetime) -> None:
    sync = RepositorySync(repository_name="a/a", status="complete", known_until_at=fixed_now, row_counts={"jobs": 3})

    check = synced_check([sync])

    assert check.passed
    assert check.metadata["repositories"].value["a/a"] == {
        "status": "complete",
        "known_until_at": "2026-08-21T03:00:00+00:00",
        "rows_added": 3,
        "requests": 0,
        "requests_left": None,
        "requests_granted": None,
        "problems": 0,
        "error": None,
        "advice": None,
    }


def test_one_repository_that_failed_fails_the_check_and_is_told_with_what_to_do() -> None:
    error = Unreachable("connection refused")
    syncs = [
        RepositorySync(repository_name="a/a", status="complete"),
        RepositorySync(repository_name="b/b", status="failed", error=error),
    ]

    check = synced_check(syncs)
    told = list(_of_check(check))

    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.ERROR
    assert [(trouble.what, trouble.advice) for trouble in told] == [("b/b: connection refused", error.advice)]


def test_a_permission_that_several_repositories_lack_is_said_once_with_what_to_do() -> None:
    syncs = [
        RepositorySync(repository_name=name, status="complete", lacking=("The token lacks Checks: read.",))
        for name in ("a/a", "b/b")
    ]

    (said,) = lacking_permissions(syncs)

    assert said.startswith("a/a, b/b: The token lacks Checks: read. Give the token")
