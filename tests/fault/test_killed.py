"""SIGKILL, dozens of times, at points drawn from a seed: what was committed stays and is not fetched again."""

import contextlib
import io
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline_etl.contracts.render import WAREHOUSE_TABLES
from pipeline_etl.contracts.tables import LedgerEntries, RunAttempts, table_name
from pipeline_etl.contracts.vocabulary import ItemKind
from pipeline_etl.extraction import SyncOptions, sync_repository
from pipeline_etl.extraction.plan import attempts_unsettled
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake, Ledger, Warehouse
from tests.fake_ci.faults import Fault, Faults
from tests.fake_ci.scenario import Story, a_run, failed, passed, skipped, timed_out
from tests.fake_ci.server import TOKEN, Answer, FakeCI
from tests.fault.processes import content, marts, started

SEED = int(os.environ.get("KILLED_SEED", "20261125"))
RUNS = 20
NEVER = 10**9
DOWNLOADS = {
    "run_attempt": re.compile(r"/actions/runs/(\d+)/attempts/(\d+)/logs$"),
    "artifact": re.compile(r"/actions/artifacts/(\d+)/zip$"),
}
REPORT = b'<testsuite name="s"><testcase classname="c" name="%d" time="0.5"/></testsuite>'


class Deadly(FakeCI):
    """A service that kills who asks it at the so-many-th request, and remembers what was downloaded."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self.victim: subprocess.Popen[str] | None = None
        self.requests_left = -1
        self.downloads: Counter[tuple[str, str]] = Counter()

    def _answer(self, path: str, headers: dict[str, str], fault: Fault | None) -> Answer:
        with self._lock:
            self.requests_left -= 1
            if self.requests_left == 0 and self.victim is not None:
                self.victim.kill()
            for kind, pattern in DOWNLOADS.items():
                if fault is None and (found := pattern.search(path)):
                    self.downloads[kind, "/".join(found.groups())] += 1
        return super()._answer(path, headers, fault)

    def kills(self, victim: "subprocess.Popen[str] | None", *, at_request: int = -1) -> None:
        self.victim, self.requests_left = victim, at_request


def told() -> Story:
    story = Story()
    for number in range(RUNS):
        jobs = [failed("test"), passed("lint")] if number % 5 == 0 else [passed("test"), skipped("deploy")]
        run = story.happens(a_run().with_attempt(*jobs), at=story.time.now() - timedelta(hours=number + 3))
        if number % 5 == 0:
            story.failed_jobs_are_run_again(run, timed_out() if number % 10 else passed("test"))
        if number % 3 == 0:
            story.has_artifact(run, "reports", zipped(number))
    return story


def zipped(number: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("junit.xml", REPORT % number)
    return buffer.getvalue()


def ledger(ci: FakeCI, data_root: Path) -> Ledger:
    return Ledger.read(Lake(data_root / "lake"), provider="github", repository_id=ci.story.repository_id)


def items(data_root: Path, item_kind: ItemKind) -> list[str]:
    return Lake(data_root / "lake").scan(LedgerEntries).filter(item_kind=item_kind).collect()["item_id"].to_list()


def settled(ci: FakeCI, data_root: Path) -> set[tuple[str, str]]:
    """What is committed: nothing of it may be downloaded again."""
    known = ledger(ci, data_root)
    attempts = known.settled("run_attempt", items(data_root, "run_attempt")) - attempts_unsettled(known.open)
    artifacts = known.settled("artifact", items(data_root, "artifact"))
    return {("run_attempt", item) for item in attempts} | {("artifact", item) for item in artifacts}


def faults(chance: random.Random) -> list[Fault]:
    """What a service does on a bad day, each once."""
    routes = [r"/runs\?", r"/jobs\?", r"/logs$", r"/zip$", r"/signed/", r"/artifacts\?"]
    kinds = [{"status": 502}, {"status": 0}, {"cut": True}]
    return [Fault(chance.choice(routes), **chance.choice(kinds)) for _ in range(2)]


@pytest.fixture(scope="module")
def ci() -> Iterator[Deadly]:
    with Deadly(told()) as service:
        yield service


@pytest.fixture(scope="module")
def undisturbed(ci: Deadly, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a sync that nothing disturbed."""
    data_root = tmp_path_factory.mktemp("undisturbed") / "data"
    now = ci.story.time.now
    result = sync_repository(
        github_provider(ci.url, token=TOKEN, waiting=Waiting(now=now)),
        Lake(data_root / "lake"),
        ci.story.name,
        clock=now,
        options=SyncOptions(concurrent_requests=1),
        on_progress=lambda _: None,
    )
    assert result.status == "complete"
    return data_root


def run_and_kill(ci: Deadly, data_root: Path, program: str, chance: random.Random) -> bool:
    """Run it until the service or a touch of a file kills it; whether it came to its end instead."""
    kept = settled(ci, data_root)
    ci.downloads.clear()
    ci.faults = Faults()
    scripted = faults(chance) if program == "sync" else []
    for fault in scripted:
        ci.faults.script(fault)
    is_killed_by_service = program != "sync" or chance.random() < 0.5
    at_touch = NEVER if is_killed_by_service else chance.randrange(1, 350)
    with started(ci, data_root, "kill", at_touch, program) as child:
        ci.kills(child, at_request=chance.randrange(1, 130) if is_killed_by_service else -1)
        said, _ = child.communicate(timeout=120)
    ci.kills(None)
    assert child.returncode in (0, -signal.SIGKILL), said
    assert kept.isdisjoint(ci.downloads), sorted(kept & set(ci.downloads))
    # Once more for each answer of the storage host that was cut.
    cut = sum(fault.route == "/signed/" and fault.times == 0 for fault in scripted)
    assert max(ci.downloads.values(), default=0) <= 1 + cut, ci.downloads
    return child.returncode == 0


@pytest.fixture(scope="module")
def killed(ci: Deadly, undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Data folders of syncs of which 24 were killed. Whenever one comes to its end another folder is begun."""
    del undisturbed  # whoever asks first sees the service as it is at first
    root = tmp_path_factory.mktemp("killed")
    chance = random.Random(SEED)  # noqa: S311, a choice and not a secret
    kills, lakes, ended = 0, 1, []
    while kills < 24 or len(ended) < lakes:
        data_root = root / str(lakes) / "data"
        # The last one is killed as the real command, and ends as that.
        program = "sync" if kills < 22 else "extract"
        if kills == 24:
            ci.kills(None)
            with started(ci, data_root, "kill", NEVER, "extract") as last:
                said, _ = last.communicate(timeout=120)
            assert last.returncode == 0, said
            ended.append(data_root)
        elif run_and_kill(ci, data_root, program, chance):
            ended.append(data_root)
            lakes += 1
        else:
            kills += 1
    return ended


def test_a_lake_that_was_killed_dozens_of_times_equals_one_that_nothing_disturbed(undisturbed, killed):
    expected = content(Lake(undisturbed / "lake"))
    assert expected["run_attempts"].height == RUNS + RUNS // 5

    for data_root in killed:
        actual = content(Lake(data_root / "lake"))
        for name, frame in expected.items():
            assert actual[name].equals(frame), f"{name} in {data_root}, seed {SEED}"
        assert not list((data_root / "lake" / ".partial").iterdir())


def killed_when(ci: Deadly, data_root: Path, is_time: Callable[[], bool]) -> int:
    """Start a night and kill it, with the dbt it started, when it is time; with which code it ended."""
    with started(ci, data_root, "kill", NEVER, "nightly") as night:
        while night.poll() is None and not is_time():
            time.sleep(0.005)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(night.pid, signal.SIGKILL)
        night.communicate(timeout=120)
    return night.returncode


def test_a_night_that_is_killed_anywhere_leaves_the_old_warehouse_and_the_next_one_makes_all_marts(
    ci, undisturbed, killed, tmp_path
):
    """In the load, while dbt builds, and just before it publishes: of a lake that was killed dozens of times before."""
    whole, data_root = (
        Path(shutil.copytree(root, tmp_path / name / "data"))
        for name, root in (("whole", undisturbed), ("killed", killed[-1]))
    )
    warehouse = Warehouse(data_root / "warehouse.duckdb")
    with warehouse.building() as build:
        build.load(RunAttempts, Lake(data_root / "lake"))
        build.publish()
    old = warehouse.path.read_bytes()
    models = data_root / ".dbt" / "run"

    def is_loading() -> bool:
        return warehouse.build_path.exists()

    def is_building() -> bool:
        return any(models.rglob("fct_run_attempts.sql"))

    for is_time in (is_loading, is_building):
        assert killed_when(ci, data_root, is_time) == -signal.SIGKILL
        assert is_time()
        assert warehouse.path.read_bytes() == old
    with started(ci, data_root, "unpublished", NEVER, "nightly") as night:
        said, _ = night.communicate(timeout=600)
    assert night.returncode == -signal.SIGKILL, said
    assert warehouse.path.read_bytes() == old
    for root in (data_root, whole):
        with started(ci, root, "kill", NEVER, "nightly") as night:
            said, _ = night.communicate(timeout=600)
        assert night.returncode == 0, said

    expected, actual = marts(Warehouse(whole / "warehouse.duckdb")), marts(warehouse)
    assert len(expected["fct_run_attempts"]) == RUNS + RUNS // 5
    for name, rows in expected.items():
        assert actual[name] == rows, name


def rows_of(warehouse: Warehouse) -> dict[str, int]:
    with warehouse.read() as connection:
        names = [table_name(table) for table in WAREHOUSE_TABLES]
        return {name: connection.execute(f"SELECT count(*) FROM raw.{name}").fetchone()[0] for name in names}


def test_the_published_warehouse_is_the_old_or_the_new_one_wherever_its_making_is_killed(ci, undisturbed, tmp_path):
    data_root = Path(shutil.copytree(undisturbed, tmp_path / "data"))
    warehouse, lake = Warehouse(data_root / "warehouse.duckdb"), Lake(data_root / "lake")
    with warehouse.building() as build:
        build.load(RunAttempts, lake)
        build.publish()
    old, seen = rows_of(warehouse), []
    old_file = warehouse.path.read_bytes()
    for touch in itertools.count(1):
        warehouse.path.write_bytes(old_file)
        with started(ci, data_root, "kill", touch, "build") as child:
            said, _ = child.communicate(timeout=120)
        seen.append(rows_of(warehouse))
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, said

    assert len(seen) > 5
    assert [rows for rows in seen if rows not in (old, seen[-1])] == []
    assert old["jobs"] == 0 < seen[-1]["jobs"]
