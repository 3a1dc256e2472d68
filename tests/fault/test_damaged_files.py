"""A damaged file of the lake is named, set aside and never deleted; what it held is fetched again or told as lost."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    LogLines,
    PageValidators,
    Repositories,
    Syncs,
    Table,
    TestResults,
    WorkflowJobs,
)
from pipeline_etl.errors import CorruptPartition, LakeBusy
from pipeline_etl.extraction import SyncOptions, sync_repository
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.extraction.mending import READ_BY_A_SYNC, mend
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake, Partition, Warehouse, compact, damaged
from tests.fake_ci.faults import Fault
from tests.fake_ci.scenario import Story, a_run, failed, passed, timed_out
from tests.fake_ci.server import TOKEN, FakeCI
from tests.fault.processes import content
from tests.fault.test_bad_input import zipped

START = datetime(2026, 8, 21, 3, tzinfo=UTC)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def with_a_flipped_bit(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 3] ^= 4
    path.write_bytes(whole)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another_table(path: Path) -> None:
    pl.DataFrame({"what": ["is this"]}).write_parquet(path)


class Kept:
    """A service, a lake of it that was synced once, and the warehouse made of that."""

    def __init__(self, ci: FakeCI, root: Path) -> None:
        self.ci, self.lake, self.warehouse = ci, Lake(root / "lake"), Warehouse(root / "warehouse.duckdb")
        seconds = itertools.count()
        self.clock: Callable[[], datetime] = lambda: START + timedelta(seconds=next(seconds))

    def sync(self) -> None:
        self.ci.story.time.sleep(60)
        mend(self.lake, READ_BY_A_SYNC, clock=self.clock)
        result = sync_repository(
            github_provider(self.ci.url, token=TOKEN, waiting=Waiting(now=self.clock, sleep=lambda _: None)),
            self.lake,
            self.ci.story.name,
            clock=self.clock,
            options=SyncOptions(concurrent_requests=1),
            on_progress=lambda _: None,
        )
        assert result.status == "complete", result.error

    def load(self) -> list[str]:
        with self.warehouse.building() as build:
            load_lake(self.lake, build, clock=self.clock)
            build.publish()
            return build.notices

    def content(self) -> dict[str, pl.DataFrame]:
        stands = content(self.lake)
        is_of_damage = pl.col("problem_kind") == "CorruptPartition"
        stands["extraction_problems"] = stands["extraction_problems"].filter(~is_of_damage)
        # Dated by the sync, which is a later one.
        stands.pop("cache_entries")
        return stands

    def problems(self) -> list[str]:
        rows = self.lake.current(ExtractionProblems).filter(pl.col("problem_kind") == "CorruptPartition").collect()
        return rows["message"].to_list()

    def states(self, item_kind: str) -> set[str]:
        rows = self.lake.current(LedgerEntries).filter(pl.col("item_kind") == item_kind).collect()
        return set(rows["state"])


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    story = Story()
    for number in range(3):
        jobs = failed("a"), timed_out("b")
        run = story.happens(a_run().with_attempt(*jobs), at=START - timedelta(days=number + 40))
        story.goes_on(run, passed("a"), passed("b"))
        junit = b'<testsuite><testcase classname="c" name="%d" time="1"/></testsuite>' % number
        story.has_artifact(run, "reports", zipped(**{"junit.xml": junit}))
    with FakeCI(story) as ci:
        made = Kept(ci, tmp_path)
        made.sync()
        yield made


def test_whatever_happened_to_files_they_are_named_and_set_aside_and_what_they_held_comes_back(kept):
    before = kept.content()
    harms = {
        Jobs: cut_short,
        TestResults: with_a_flipped_bit,
        LogLines: emptied,
        WorkflowJobs: of_another_table,
        Annotations: with_a_flipped_bit,
    }
    remains = {}
    for table, harm in harms.items():
        file = kept.lake.files(table)[0]
        harm(file.location)
        remains[file.path] = file.location.read_bytes()

    said = kept.load()

    for path, content_of_it in remains.items():
        assert [notice for notice in said if path in notice and "will be fetched again" in notice]
        assert [problem for problem in kept.problems() if path in problem]
        assert (kept.lake.root / "quarantine" / path).read_bytes() == content_of_it
        assert not (kept.lake.root / path).exists()
    assert "error" in kept.states("run_attempt")
    kept.sync()
    assert kept.load() == []
    for name, expected in before.items():
        assert kept.content()[name].equals(expected), name


@pytest.mark.parametrize("tables", [[LedgerEntries], [Artifacts, Syncs], [PageValidators, Repositories]])
def test_what_a_sync_stands_on_is_found_damaged_by_the_next_and_read_anew(kept, tables: list[Table]):
    before = kept.content()
    files = [file for table in tables for file in kept.lake.files(table)]
    for file in files:
        with_a_flipped_bit(file.location)

    kept.sync()

    assert len(kept.problems()) == len(files) >= len(tables)
    assert [damaged(kept.lake.root, table) for table in tables] == [[] for _ in tables]
    for name, expected in before.items():
        assert kept.content()[name].equals(expected), name


def test_what_the_service_has_no_more_is_told_as_lost_and_nothing_else_is_lost_with_it(kept):
    before = kept.content()
    with_a_flipped_bit(kept.lake.files(LogLines)[0].location)
    kept.load()
    kept.ci.faults.script(Fault(r"/logs$", times=1_000, status=410))

    kept.sync()

    assert kept.states("job_log") & {"expired", "gone"}
    assert kept.states("run_attempt") == {"stored"}
    for name in ("jobs", "job_logs", "test_results", "annotations"):
        assert kept.content()[name].equals(before[name]), name


def test_logs_that_are_kept_are_neither_fetched_nor_lost_when_only_their_jobs_were(kept):
    with_a_flipped_bit(kept.lake.files(Jobs)[0].location)
    kept.load()
    kept.ci.calls.clear()

    kept.sync()

    assert kept.ci.calls["log archive"] == 0
    assert kept.ci.calls["jobs"] > 0
    assert kept.states("job_log") == {"stored"}


def test_a_damaged_file_is_not_merged_as_if_it_were_meant(kept):
    rows = kept.lake.scan(Repositories).collect()
    month = Partition("github", kept.ci.story.repository_id, date(2026, 8, 1))
    for number in range(40):
        moment = START + timedelta(days=1, seconds=number)
        kept.lake.write_batch({Repositories: rows.drop("extracted_at")}, partition=month, extracted_at=moment)
    with_a_flipped_bit(kept.lake.files(Repositories)[5].location)

    with pytest.raises(CorruptPartition, match=kept.lake.files(Repositories)[5].location.name):
        compact(kept.lake, Repositories)
    assert len(mend(kept.lake, [Repositories], clock=kept.clock)) == 1
    assert compact(kept.lake, Repositories) > 30


def test_damage_is_left_where_it_is_while_another_process_writes(kept):
    file = kept.lake.files(Jobs)[0]
    cut_short(file.location)

    with kept.lake.lock("extraction"), pytest.raises(LakeBusy):
        kept.load()

    assert file.location.exists()
