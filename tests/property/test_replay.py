"""What is kept is enough: rows come back from it alone, the same reading changes nothing, a better one just its rows."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline_etl.contracts.tables import (
    TABLES,
    Annotations,
    Artifacts,
    CacheEntries,
    ExtractionProblems,
    Jobs,
    Payloads,
    RunAttempts,
    Steps,
    WorkflowFiles,
    table_name,
)
from pipeline_etl.extraction import SyncOptions, sync_repository
from pipeline_etl.extraction import replay as module
from pipeline_etl.extraction.originals import BOOKKEEPING, NOT_REBUILT, ORIGINALS, REBUILT
from pipeline_etl.extraction.replay import Replay, replay
from pipeline_etl.providers import REREADERS, GitHub, HttpClient, Repository, Waiting, recorded_provider
from pipeline_etl.providers.github import normalize
from pipeline_etl.providers.github.endpoints import API_URL, HEADERS
from pipeline_etl.storage import Lake
from tests.fake_ci.scenario import Story, a_run, failed, passed, running, skipped, superseded, timed_out
from tests.fake_ci.server import FakeCI
from tests.fault.nights import Nights, a_report
from tests.recorded import BITCOIN, SQLITE_UTILS, cut_archive, runs_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REPOSITORY = Repository(
    provider="github",
    repository_id=7,
    repository_name="o/n",
    default_branch="main",
    is_private=False,
    repository_url="https://github.com/o/n",
)


def recorded_lake(root: Path) -> Lake:
    """A few runs of the bundled sample."""
    ticks = count()

    def clock() -> datetime:
        return NOW + timedelta(seconds=next(ticks))

    chosen = {SQLITE_UTILS: runs_of(SQLITE_UTILS)[-4:], BITCOIN: runs_of(BITCOIN)[-6:]}
    for name, runs in chosen.items():
        cut_archive(root / "archive", name, run_ids={run["id"] for run in runs})
    lake = Lake(root / "lake")
    provider = recorded_provider(root / "archive", waiting=Waiting(now=clock, sleep=lambda _: None))
    for name in chosen:
        synced = sync_repository(provider, lake, name, clock=clock, options=SyncOptions(), on_progress=lambda _: None)
        assert synced.status == "complete", synced.error
    return lake


def told_lake(root: Path) -> Lake:
    """Two nights of a service that has everything: annotations, caches, artifacts, a run that went on, one run again."""
    story = Story()
    story.has_cache("pip-linux")
    runs = [story.happens(a_run().with_attempt(failed("a"), timed_out("b"), skipped("c"), superseded("d")))]
    runs += [story.happens(a_run().with_attempt(running())), story.happens(a_run().with_attempt(passed()))]
    story.has_artifact(runs[0], "reports", a_report())
    with FakeCI(story) as ci:
        nights = Nights(ci, root)
        assert nights.sync().error is None
        nights.a_day_later()
        story.has_cache("npm-linux")
        story.failed_jobs_are_run_again(runs[0], passed("a"))
        story.ends(runs[1], passed())
        assert nights.sync().error is None
    return nights.lake


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lake]:
    made: dict[str, Callable[[Path], Lake]] = {"recorded": recorded_lake, "told": told_lake}
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in made.items()}


@pytest.fixture(params=["recorded", "told"])
def lake(request: pytest.FixtureRequest, synced: dict[str, Lake], tmp_path: Path) -> Lake:
    """A copy of one of them."""
    return Lake(Path(shutil.copytree(synced[request.param].root, tmp_path / "copy")))


def replayed(lake: Lake) -> list[Replay]:
    return replay(lake, repository_name=None, on_progress=lambda _: None)


def written(came_of_it: list[Replay]) -> int:
    return sum(sum(each.written_counts.values()) for each in came_of_it)


def rows(lake: Lake, table: type, *, without: tuple[str, ...] = ("extracted_at",)) -> pl.DataFrame:
    return lake.current(table).drop(without).collect().sort(table.primary_key())


def files(lake: Lake) -> set[Path]:
    return set(lake.root.rglob("*.parquet"))


def forget(lake: Lake, *tables: type) -> None:
    for table in tables:
        shutil.rmtree(lake.root / table_name(table), ignore_errors=True)


def test_every_table_is_kept_read_again_or_said_not_to_be():
    assert sorted(map(table_name, [*ORIGINALS, *REBUILT, *NOT_REBUILT, *BOOKKEEPING])) == sorted(
        map(table_name, TABLES)
    )


def test_the_same_reading_of_what_is_kept_writes_nothing(lake):
    before = files(lake)

    came_of_it = replayed(lake)

    assert files(lake) == before
    assert written(came_of_it) == 0
    assert all(each.read_counts["jobs"] and not each.unread for each in came_of_it)
    assert all(not any(each.unkept_counts.values()) for each in came_of_it), came_of_it


def test_what_was_read_from_answers_comes_back_from_what_is_kept_alone(lake):
    expected = {table: rows(lake, table) for table in REBUILT}
    forget(lake, *REBUILT)

    replayed(lake)

    assert sum(map(len, expected.values())) > 30
    for table, stored in expected.items():
        assert_frame_equal(rows(lake, table), stored)
    assert written(replayed(lake)) == 0


@pytest.mark.parametrize("lake", ["told"], indirect=True)
def test_everything_a_service_tells_is_in_the_story_that_is_read_again(lake):
    assert [len(rows(lake, table)) for table in (Annotations, CacheEntries, Artifacts)] == [1, 3, 1]


def test_a_better_reading_changes_just_the_rows_it_reads_otherwise(lake, monkeypatch):
    before = {table: rows(lake, table) for table in TABLES if table not in ORIGINALS}
    is_skipped = pl.col("result") == "skip"
    skipped_counts = {table: before[table].filter(is_skipped).height for table in (RunAttempts, Jobs, Steps)}
    old_files = files(lake)

    with monkeypatch.context() as better:
        better.setattr(normalize, "RESULTS", {**normalize.RESULTS, "skipped": "cancellation"})
        came_of_it = replayed(lake)
        assert written(replayed(lake)) == 0

    assert skipped_counts[Jobs] > 0
    changed = sum((each.written_counts for each in came_of_it), start=module.Counter())
    assert {table: changed[table_name(table)] for table in skipped_counts} == skipped_counts
    assert files(lake) > old_files
    for table, stored in before.items():
        expected = stored
        if table in skipped_counts:
            result = pl.when(is_skipped).then(pl.lit("cancellation")).otherwise("result").cast(stored["result"].dtype)
            expected = stored.with_columns(result.alias("result"))
        assert_frame_equal(rows(lake, table), expected)

    replayed(lake)

    for table, stored in before.items():
        assert_frame_equal(rows(lake, table), stored)


def test_a_replay_that_is_cut_off_after_any_file_is_made_whole_by_the_next(synced, tmp_path, monkeypatch):
    """A change of every table, so that every batch has several files."""
    monkeypatch.setattr(module, "BATCH_SIZE", 4)
    monkeypatch.setattr(normalize, "RESULTS", {**normalize.RESULTS, "success": "error"})
    whole = Lake(Path(shutil.copytree(synced["told"].root, tmp_path / "whole")))
    replayed(whole)
    expected = {table: rows(whole, table) for table in REBUILT}
    write_file, cuts = Lake.write_file, 0
    for written_files in count():
        lake = Lake(Path(shutil.copytree(synced["told"].root, tmp_path / f"cut{written_files}")))
        left = written_files

        def cut_off(self, *given, **named):
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            return write_file(self, *given, **named)

        with monkeypatch.context() as cut:
            cut.setattr(Lake, "write_file", cut_off)
            try:
                replayed(lake)
            except KeyboardInterrupt:
                cuts += 1
            else:
                break
        replayed(lake)
        for table, stored in expected.items():
            assert_frame_equal(rows(lake, table), stored)
        assert written(replayed(lake)) == 0

    assert cuts > 4


@pytest.mark.parametrize("lake", ["told"], indirect=True)
def test_an_answer_that_cannot_be_read_is_one_problem_and_the_rest_goes_on(lake):
    kept = lake.current(Payloads).filter(pl.col("payload_kind") == "jobs").sort("item_id").head(1).collect()
    place = next(file.partition for file in lake.files(Jobs))
    damaged = pl.concat(
        [
            kept.with_columns(pl.col("payload_json").str.head(200)),
            kept.with_columns(payload_kind=pl.lit("of_tomorrow")),
            kept.with_columns(
                payload_kind=pl.lit("annotations"), item_id=pl.lit("not a number"), payload_json=pl.lit("[]")
            ),
        ]
    )
    later = NOW + timedelta(days=1)
    lake.write_batch({Payloads: damaged.drop("extracted_at")}, partition=place, extracted_at=later)
    before = {table: rows(lake, table) for table in REBUILT}
    forget(lake, RunAttempts)

    (came_of_it,) = replayed(lake)

    is_of_kept = pl.col("item_kind").is_in(["annotations", "jobs", "of_tomorrow"])
    problems = lake.current(ExtractionProblems).filter(is_of_kept).collect().sort("item_kind")
    assert len(came_of_it.unread) == 3
    assert problems["item_kind"].to_list() == ["annotations", "jobs", "of_tomorrow"]
    assert problems["problem_kind"].unique().to_list() == ["UnexpectedPayload"]
    for table, stored in before.items():
        assert_frame_equal(rows(lake, table), stored)
    assert written(replayed(lake)) == 0


@pytest.mark.parametrize("lake", ["told"], indirect=True)
def test_an_old_answer_overrules_neither_a_later_one_nor_a_row_whose_answer_was_not_kept(lake):
    old = lake.current(Payloads).filter(pl.col("payload_kind") == "run_attempt").sort("item_id").collect()
    place = next(file.partition for file in lake.files(RunAttempts))
    answered, not_kept = (json.loads(text) for text in old["payload_json"].gather([0, -1]))
    later = pl.DataFrame(
        {
            "payload_kind": ["run_attempt"],
            "item_id": old["item_id"][:1],
            "payload_json": [json.dumps({**answered, "display_title": "answered later"})],
        }
    )
    unanswered = lake.current(RunAttempts).filter(pl.col("run_id") == not_kept["id"]).collect()
    lake.write_batch({Payloads: later}, partition=place, extracted_at=NOW)
    lake.write_batch(
        {RunAttempts: unanswered.drop("extracted_at").with_columns(display_title=pl.lit("read later"))},
        partition=place,
        extracted_at=NOW,
    )

    replayed(lake)

    is_answered = (pl.col("run_id") == answered["id"]) & (pl.col("run_attempt") == answered["run_attempt"])
    is_not_kept = pl.col("run_id") == not_kept["id"]
    assert lake.current(RunAttempts).filter(is_answered).collect()["display_title"].to_list() == ["answered later"]
    assert lake.current(RunAttempts).filter(is_not_kept).collect()["display_title"].to_list() == ["read later"]
    forget(lake, RunAttempts)
    replayed(lake)
    assert lake.current(RunAttempts).filter(is_answered).collect()["display_title"].to_list() == ["answered later"]


@pytest.mark.parametrize("lake", ["recorded"], indirect=True)
def test_one_repository_can_be_read_again_alone_and_a_name_of_none_is_refused(lake):
    (came_of_it,) = replay(lake, repository_name=SQLITE_UTILS.upper(), on_progress=lambda _: None)

    assert came_of_it.repository_name == SQLITE_UTILS
    with pytest.raises(module.UnknownName, match="o/none"):
        replay(lake, repository_name="o/none", on_progress=lambda _: None)


@pytest.mark.parametrize("lake", ["recorded"], indirect=True)
def test_jobs_of_a_file_in_which_something_was_blacked_out_are_left_as_they_are(lake):
    kept = lake.current(WorkflowFiles).sort("workflow_file_id").head(1).collect()
    place = next(file.partition for file in lake.files(WorkflowFiles))
    black = kept.with_columns(is_redacted=pl.lit(value=True), content_text=pl.lit("jobs: {}"))
    lake.write_batch({WorkflowFiles: black.drop("extracted_at")}, partition=place, extracted_at=NOW + timedelta(days=1))

    came_of_it = replayed(lake)

    assert written(came_of_it) == 0
    assert sum(each.unkept_counts["workflow_jobs"] for each in came_of_it) > 0


PIECES = st.sampled_from(
    [
        "build",
        "ghp_" + "a" * 36,
        "someone@example.org",
        "password: hunter2hunter2",
        "https://user:secret@host/x",
        "\n",
        '"',
        "\\",
        "\u2028",
        "🔑",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "AKIAIOSFODNN7EXAMPLE",
        " ",
        "token=",
        "\t",
    ]
)
NAMES = st.lists(PIECES | st.text(max_size=4), max_size=6).map("".join)


@settings(max_examples=50)
@given(name=NAMES, title=NAMES)
def test_whatever_names_hold_what_is_kept_gives_the_rows_that_were_stored(name, title):
    moment = "2026-08-01T00:00:00Z"
    run = {
        "id": 1, "run_attempt": 1, "run_number": 1, "workflow_id": 1, "event": "push", "head_sha": "s", "path": "p",
        "created_at": moment, "updated_at": moment, "html_url": "u", "name": name, "display_title": title,
        "actor": {"id": 5, "login": "somebody"},
    }  # fmt: skip
    job = {
        "id": 2, "name": name, "head_sha": "s", "status": "completed", "conclusion": "success", "started_at": moment,
        "steps": [{"number": 1, "name": title, "status": "completed"}],
    }  # fmt: skip
    answers = {"attempts/1": run, "jobs": {"total_count": 1, "jobs": [job]}}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=next(said for end, said in answers.items() if request.url.path.endswith(end)))

    http = HttpClient(
        API_URL, token=None, headers=HEADERS, waiting=Waiting(now=lambda: NOW), transport=httpx.MockTransport(answer)
    )
    provider = GitHub(http=http)
    for read in (provider.run_attempt, provider.jobs):
        got = read(REPOSITORY, run_id=1, run_attempt=1)
        again = REREADERS["github"](got.payloads[0], repository_id=REPOSITORY.repository_id)
        for table, frame in got.frames.items():
            assert_frame_equal(again[table], frame)
