"""A night after a year of history beside one after a month: what extraction and load take, each in a fresh process.

The month is real: 31 nights of a repository with 60 runs a day are synced one after the other, and merged as nights
merge them. The eleven months before it are that month again, file by file, with other ids and earlier times. Both nights
find the same service, whose lists know no year; what differs is what lies in the lake.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile, copytree
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import TABLES, LedgerEntries, PageValidators, Table
from pipeline_etl.extraction import SyncOptions, sync_repositories
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.extraction.mending import READ_BY_A_SYNC, mend
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake, LakeFile, Warehouse, compact
from pipeline_etl.storage.conform import stored_schema
from pipeline_etl.storage.layout import Batch, merged_metadata, new_file_name
from tests.benchmark import ledger
from tests.benchmark.figure import Figure
from tests.fake_ci.scenario import Story, a_run, failed, passed
from tests.fake_ci.server import TOKEN, FakeCI

PROJECT: Final = Path(__file__).parents[2]
FIRST_DAY: Final = datetime(2026, 8, 1, tzinfo=UTC)
NIGHTS: Final = 31
EARLIER_MONTHS: Final = 11
RUNS_PER_DAY: Final = 60
TESTS: Final = 100
CACHES: Final = 50
REPEATS: Final = 3
HISTORIES: Final = ("month", "year")
BOUNDS: Final = {"extraction": 1.15, "load": 1.15, "copying the warehouse": None, "all three": 1.15}
"""Part of a night → how much more it may take after a year than after a month."""
ID_STEP: Final = 1_000_000
"""By how much ids of one month differ from those of the next; a month has some ten thousand."""


@dataclass(frozen=True)
class Taken:
    """What a part of a night took."""

    seconds: float
    core_seconds: float
    megabytes: float
    """The most memory of its process; 0 where that says nothing."""

    def least(self, other: "Taken | None") -> "Taken":
        """Of each number the lower one: what others do on the machine only adds."""
        if other is None:
            return self
        return Taken(*map(min, zip(astuple(self), astuple(other), strict=True)))


def figures() -> Iterable[Figure]:
    """Extraction and load of one new day, after a month and after a year."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        story = Story(now=FIRST_DAY)
        with FakeCI(story) as ci:
            ci.budget = 10**9
            nights_of_a_month(ci, folder / "month")
            a_day(story)
            earlier_months(folder / "month", folder / "year")
            for history in HISTORIES:
                warehouse = folder / f"{history}.duckdb"
                load(folder / history, warehouse)
                files = sum(1 for _ in (folder / history).glob("*/provider=*/**/*.parquet"))
                yield Figure(f"files in the lake of a {history}", files, "files")
                yield Figure("  its warehouse", warehouse.stat().st_size / 1e6, "MB")
            yield from compared(nights(folder, ci))
    yield from ledger.figures()


def compared(taken: dict[str, dict[str, Taken]]) -> Iterable[Figure]:
    """What each part of a night took after a month and after a year, the year by the month to be no more than 1.15."""
    for what, bound in BOUNDS.items():
        month, year = (taken[history][what] for history in HISTORIES)
        yield Figure(f"{what}: after a month", month.seconds, "s")
        yield Figure("  after a year", year.seconds, "s")
        yield Figure("  a year by a month", year.seconds / month.seconds, "x")
        yield Figure("  the same of the time of all cores", year.core_seconds / month.core_seconds, "x", bound)
        if month.megabytes:
            yield Figure("  its peak memory after a month", month.megabytes, "MB")
            yield Figure("  after a year", year.megabytes, "MB")
            yield Figure("  a year by a month", year.megabytes / month.megabytes, "x", bound)


def nights(folder: Path, ci: FakeCI) -> dict[str, dict[str, Taken]]:
    """The least that each part of a night took, by history: some nights by turns, each on a copy of its own."""
    taken: dict[str, dict[str, Taken]] = {history: {} for history in HISTORIES}
    for number in range(REPEATS):
        for history, least in taken.items():
            for what, part in night(folder, history, number, ci).items():
                least[what] = part.least(least.get(what))
    return taken


def night(folder: Path, history: str, number: int, ci: FakeCI) -> dict[str, Taken]:
    """What the parts of one night took."""
    lake, warehouse = folder / f"{history}-{number}", folder / f"{history}-{number}.duckdb"
    copied(folder / history, lake)
    copyfile(folder / f"{history}.duckdb", warehouse)
    extracting = in_a_process("extract", lake, ci.url, ci.story.name, ci.story.time.now().isoformat())
    loading = in_a_process("load", lake, warehouse)
    copying = loading["copying"]
    return {
        "extraction": Taken(extracting["seconds"], extracting["core_seconds"], extracting["megabytes"]),
        "load": Taken(loading["seconds"] - copying, loading["core_seconds"], loading["megabytes"]),
        "copying the warehouse": Taken(copying, copying, 0),
        "all three": Taken(
            extracting["seconds"] + loading["seconds"],
            extracting["core_seconds"] + loading["core_seconds"],
            max(extracting["megabytes"], loading["megabytes"]),
        ),
    }


def copied(lake: Path, target: Path) -> None:
    """A copy of a lake. Its files are never changed, so a second name of each is one."""
    copytree(lake, target, copy_function=os.link, ignore=lambda _, names: {name for name in names if name[0] == "."})


def nights_of_a_month(ci: FakeCI, root: Path) -> None:
    """A month of days, each with its night."""
    for cache in range(CACHES):
        ci.story.has_cache(f"cache-{cache}")
    for _ in range(NIGHTS):
        a_day(ci.story)
        sync(root, ci.url, ci.story.name, ci.story.time.now())


def a_day(story: Story) -> None:
    """Runs all day long, each of a commit of its own and with a report; one in ten fails and is run again."""
    for number in range(RUNS_PER_DAY):
        jobs = [passed(f"test {job}") for job in range(4)]
        attempts = [[failed("lint"), *jobs], [passed("lint"), *jobs]] if number % 10 == 0 else [jobs]
        told = a_run()
        for attempt in attempts:
            told = told.with_attempt(*attempt)
        run_id = story.happens(told)
        for attempt in story.runs[run_id].attempts:
            attempt["head_sha"] = f"{run_id:040x}"
        story.has_artifact(run_id, "report", REPORT)
        story.time.sleep(86_400 / (RUNS_PER_DAY + 1))
    story.has_cache(f"cache-of-{story.time.now():%d}")
    story.time.sleep(86_400 / (RUNS_PER_DAY + 1) - 1)


def sync(root: Path, url: str, name: str, now: datetime) -> None:
    """What ``extract`` does, without Dagster."""
    lake, moment = Lake(root), [now]

    def clock() -> datetime:
        moment[0] += timedelta(microseconds=1)
        return moment[0]

    mend(lake, READ_BY_A_SYNC, clock=clock)
    provider = github_provider(url, token=TOKEN, waiting=Waiting(now=clock))
    for each in sync_repositories(
        lambda _: provider, lake, [name], clock=clock, options=SyncOptions(), on_progress=lambda _: None
    ):
        if each.error is not None:
            raise each.error


def load(root: Path, path: Path) -> float:
    """What ``load`` does, without Dagster; the seconds of beginning with a copy of the published warehouse."""
    begun = time.perf_counter()
    with Warehouse(path).building() as build:
        copied = time.perf_counter() - begun
        load_lake(Lake(root), build, clock=lambda: datetime.now(UTC))
        build.publish()
    return copied


def earlier_months(month: Path, year: Path) -> None:
    """The month with those before it, made of it."""
    copied(month, year)
    files = [(table, file) for table in TABLES for file in Lake(month).files(table)]
    with ThreadPoolExecutor(8) as pool:
        for back in range(1, EARLIER_MONTHS + 1):
            made = pool.map(lambda of, back=back: write_earlier(Lake(year), *of, back=back), files)
            assert len(list(made)) == len(files)
    for table in TABLES:
        compact(Lake(year), table)


def write_earlier(lake: Lake, table: Table, file: LakeFile, *, back: int) -> Path:
    """A file of some months before, compacted if that is."""
    rows = earlier(pl.read_parquet(file.location, hive_partitioning=False), table, back=back)
    latest = rows["extracted_at"].max()
    assert isinstance(latest, datetime)

    def name(digest: str) -> str:
        made = new_file_name(digest, extracted_at=latest)
        return made.replace(".parquet", ".merged.parquet") if file.merged else made

    def path(of: str) -> str:
        directory, _, named = of.rpartition("/")
        return f"{month_before(directory, back=back)}/{back:02}{named}"

    batches = [Batch(path=path(batch.path), row_count=batch.row_count) for batch in file.merged]
    metadata = merged_metadata(batches, replaces=map(path, file.replaces)) if file.merged else None
    directory = month_before(file.path.rpartition("/")[0], back=back)
    return lake.write_file(rows.lazy().cast(stored_schema(table)), directory, name=name, metadata=metadata)


def month_before(directory: str, *, back: int) -> str:
    """The directory of the same table, some months before."""
    start, _, month = directory.rpartition("month=")
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - back
    return f"{start}month={number // 12}-{number % 12 + 1:02}"


def earlier(rows: pl.DataFrame, table: Table, *, back: int) -> pl.DataFrame:
    """The rows as they would have been so many months before: other things, earlier."""
    changed = {
        name: pl.col(name).dt.offset_by(f"-{back}mo") for name, kind in rows.schema.items() if kind == pl.Datetime
    }
    for name in {"run_id", "job_id", "artifact_id", "cache_id"} & set(rows.columns):
        changed[name] = pl.col(name) - back * ID_STEP
    for name in {"sync_id", "problem_id", "item_id"} & set(rows.columns):
        changed[name] = pl.format("{}-{}", pl.lit(back), name)
    if "head_sha" in rows.columns:
        changed["head_sha"] = pl.format("{}{}", pl.lit(f"{back:02x}"), pl.col("head_sha").str.slice(2))
    if table is PageValidators:
        changed["request_url"] = pl.format("{}&earlier={}", "request_url", pl.lit(back))
    if table is LedgerEntries:
        kind, number = pl.col("item_kind"), pl.col("item_id").cast(pl.Int64, strict=False) - back * ID_STEP
        changed["item_id"] = (
            pl.when(kind == "run_attempt")
            .then(pl.format("{}/{}", pl.col("run_id") - back * ID_STEP, "run_attempt"))
            .when(kind == "workflow_file")
            .then(pl.col("item_id").str.replace("@00", f"@{back:02x}", literal=True))
            .otherwise(number.cast(pl.String))
        )
    return rows.with_columns(**changed)


def in_a_process(part: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmark.history", part, *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"A night could not be measured: {done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main(part: str, *arguments: str) -> None:
    """A part of a night, in the process that was started for it."""
    parts: dict[str, Callable[[], float | None]] = {
        "extract": lambda: sync(Path(arguments[0]), arguments[1], arguments[2], datetime.fromisoformat(arguments[3])),
        "load": lambda: load(Path(arguments[0]), Path(arguments[1])),
    }
    begun, spent = time.perf_counter(), time.process_time()
    copying = parts[part]() or 0.0
    seconds = time.perf_counter() - begun
    # Of this process alone: what the system says of the most memory used counts the one it was started from.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM"))
    core_seconds = time.process_time() - spent
    told = {"seconds": seconds, "core_seconds": core_seconds, "copying": copying, "megabytes": megabytes}
    sys.stdout.write(json.dumps(told))


def _report() -> bytes:
    cases = "".join(f'<testcase classname="c" name="t{test}" time="0.{test}"/>' for test in range(TESTS))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("junit.xml", f'<testsuite name="s">{cases}</testsuite>')
    return buffer.getvalue()


REPORT: Final = _report()


if __name__ == "__main__":
    main(*sys.argv[1:])
