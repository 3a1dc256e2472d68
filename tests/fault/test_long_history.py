"""Months of nights: a night looks only at what is new or owed, and nothing owed is forgotten however old it is."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import polars as pl
import pytest

from pipeline_etl.contracts.tables import TABLES, Artifacts, LedgerEntries, Table, TestResults, table_name
from pipeline_etl.storage import Lake, LakeFile, compact
from tests.fake_ci.faults import Fault
from tests.fake_ci.scenario import Story, a_run, passed, running
from tests.fake_ci.server import FakeCI
from tests.fault.nights import BEGIN, Nights, a_report
from tests.fault.processes import content

UNAUTHORIZED = b'{"message": "Bad credentials"}'


@pytest.fixture
def nights(tmp_path):
    with FakeCI(Story(now=BEGIN + timedelta(hours=3))) as ci:
        yield Nights(ci, tmp_path)


def a_night(nights: Nights, *, days: int) -> None:
    nights.story.time.sleep(days * 86_400)
    assert nights.sync().status == "complete"
    for table in TABLES:
        compact(nights.lake, table)


def a_run_with_a_report(nights: Nights, test: str) -> int:
    run = nights.story.happens(a_run().with_attempt(passed()))
    return nights.story.has_artifact(run, "report", a_report(test))


def states(nights: Nights, item_kind: str) -> dict[str, str]:
    rows = nights.stored(LedgerEntries).filter(item_kind=item_kind)
    return dict(rows.select("item_id", "state").iter_rows())


def test_what_was_owed_months_ago_is_read_and_what_was_settled_is_not(nights: Nights):
    story, ci = nights.story, nights.ci
    waiting = story.happens(a_run().with_attempt(running()))
    broken = a_run_with_a_report(nights, "of a broken artifact")
    trouble = Fault(rf"/artifacts/{broken}/zip", times=10**6, status=500)
    ci.faults.script(trouble)
    reports = [a_run_with_a_report(nights, "of the first night")]
    a_night(nights, days=1)
    for month in range(4):
        reports.append(a_run_with_a_report(nights, f"of month {month}"))
        a_night(nights, days=30)
    assert states(nights, "artifact")[str(broken)] == "error"
    assert states(nights, "run_attempt")[f"{waiting}/1"] == "not_yet"
    downloads = ci.calls["log archive"]

    trouble.times = 0
    story.ends(waiting, passed())
    a_night(nights, days=1)

    assert states(nights, "artifact") == {str(artifact): "stored" for artifact in (broken, *reports)}
    assert (waiting, 1, "success") in nights.attempts()
    assert ci.calls["log archive"] == downloads + 1
    assert "of a broken artifact" in nights.stored(TestResults)["test_name"].to_list()


def test_artifacts_that_were_listed_by_nights_that_failed_are_read_by_the_first_that_does_not(nights: Nights):
    for test in ("one", "two", "three"):
        a_run_with_a_report(nights, test)
        a_night(nights, days=20)
    listed = [a_run_with_a_report(nights, f"late {number}") for number in range(3)]
    revoked = Fault(r"/(jobs|zip)", times=10**6, status=401, body=UNAUTHORIZED)
    nights.ci.faults.script(revoked)
    for _ in range(3):
        nights.story.time.sleep(10 * 86_400)
        assert nights.sync().error is not None
    revoked.times = 0
    assert set(listed) <= set(nights.stored(Artifacts)["artifact_id"])
    assert states(nights, "artifact").keys().isdisjoint(map(str, listed))

    a_night(nights, days=10)

    assert {states(nights, "artifact")[str(artifact)] for artifact in listed} == {"stored"}


def test_an_artifact_that_has_expired_since_it_was_read_is_not_read_again(nights: Nights):
    old = a_run_with_a_report(nights, "old")
    for _ in range(4):
        a_night(nights, days=30)
    nights.story.artifacts[old][0]["expired"] = True
    a_run_with_a_report(nights, "new")

    a_night(nights, days=1)

    assert nights.stored(Artifacts).filter(artifact_id=old)["is_expired"].item()
    assert states(nights, "artifact")[str(old)] == "stored"


def test_a_history_read_in_nights_of_months_is_the_one_read_at_once(nights: Nights, tmp_path):
    for number in range(6):
        nights.story.happens(a_run().with_attempt(passed()))
        a_run_with_a_report(nights, f"number {number}")
        a_night(nights, days=20)
    at_once = Nights(nights.ci, tmp_path / "at once")
    assert at_once.sync().status == "complete"

    by_nights, expected = content(nights.lake), content(at_once.lake)

    assert len(by_nights["run_attempts"]) == 12
    for name in sorted(expected.keys() - {"cache_entries"}):
        assert by_nights[name].equals(expected[name]), name


def test_a_night_reads_as_many_rows_of_the_lake_after_seven_months_as_after_three(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
):
    counts: Counter[str] = Counter()
    scan_files = Lake.scan_files

    def counted(lake: Lake, table: Table, files: Sequence[LakeFile], *, where: pl.Expr | None = None) -> pl.LazyFrame:
        frame = scan_files(lake, table, files, where=where)
        counts[table_name(table)] += frame.select(pl.len()).collect().item()
        return frame

    def rows_read() -> dict[str, int]:
        for _ in range(6):
            nights.story.happens(a_run().with_attempt(passed()))
        with monkeypatch.context() as patch:
            patch.setattr(Lake, "scan_files", counted)
            counts.clear()
            a_night(nights, days=1)
        return {name: count for name, count in counts.items() if name not in ("syncs", "repositories", "workflows")}

    def months(number: int) -> dict[str, int]:
        for _ in range(number):
            nights.story.happens(a_run().with_attempt(passed()))
            a_night(nights, days=31)
        return rows_read()

    early, late = months(3), months(4)

    assert nights.stored(LedgerEntries).height > 3 * early["ledger_entries"] > 0
    assert late == early
