"""Damaged files of the lake: set aside, what they held owed again, and the damage told as a problem."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    CacheEntries,
    CoverageFiles,
    CoverageReports,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    PageValidators,
    Payloads,
    Repositories,
    RunAttempts,
    Steps,
    Syncs,
    Table,
    TelemetrySamples,
    TestReports,
    TestResults,
    WorkflowFiles,
    WorkflowFileVersions,
    WorkflowJobs,
    Workflows,
    table_name,
)
from pipeline_etl.contracts.vocabulary import ItemKind
from pipeline_etl.errors import CorruptPartition
from pipeline_etl.extraction.commit import Clock, ever_later
from pipeline_etl.storage import Damaged, Lake, Partition, damage_of, damaged, latest_looks, read_at, set_aside

READ_BY_A_SYNC: Final[tuple[Table, ...]] = (
    LedgerEntries,
    PageValidators,
    Syncs,
    Repositories,
    Workflows,
    Artifacts,
    CacheEntries,
)
"""Tables a sync reads to know what to ask for. The others are looked at when they are loaded."""

RELISTED: Final[frozenset[Table]] = frozenset(
    {Repositories, Workflows, Artifacts, CacheEntries, LedgerEntries, Syncs, PageValidators}
)
"""Tables whose rows come from lists: they come again when every list is read anew."""

KINDS: Final[Mapping[Table, ItemKind]] = {
    **dict.fromkeys((RunAttempts, Jobs, Steps, Payloads), "run_attempt"),
    Annotations: "annotations",
    **dict.fromkeys((WorkflowFiles, WorkflowFileVersions, WorkflowJobs), "workflow_file"),
    **dict.fromkeys((TestReports, TestResults, CoverageReports, CoverageFiles, TelemetrySamples), "artifact"),
}
"""Table → kind of thing whose rows it holds; all others that are not relisted hold what was read in logs."""

ADVICE: Final = (
    "Look at the disk the lake is on. The next sync fetches again what the service still has; what it has no more is "
    "counted as expired or gone."
)


def mend(
    lake: Lake,
    tables: Iterable[Table],
    *,
    clock: Clock,
    trusted: Callable[[Table], AbstractSet[str]] = lambda _: frozenset(),
) -> list[str]:
    """Set the damaged files of some tables aside and owe what they held; a sentence for each.

    What is owed is written before the file is moved: cut off in between, it is found and owed once more.

    Args:
        lake: the lake.
        tables: which tables to look at.
        clock: what time it is.
        trusted: paths of files, or of batches in them, that need no look.

    Raises:
        LakeBusy: something is damaged, and another process writes to the lake.
    """
    found = [each for table in tables for each in damaged(lake.root, table, trusted=trusted(table))]
    if not found:
        return []
    with lake.lock("setting damaged files aside"):
        return mend_found(lake, found, clock=clock)


def mend_found(lake: Lake, found: Iterable[Damaged], *, clock: Clock) -> list[str]:
    """As :func:`mend`, for what was found damaged by the lake's only writer."""
    return [_mended(lake, each, clock) for each in found if each.file.location.is_file()]


def _mended(lake: Lake, found: Damaged, clock: Clock) -> str:
    partition = found.partition
    identity = {"provider": partition.provider, "repository_id": partition.repository_id}
    owed = _owed(lake, found)
    said = (
        f"{found.file.path} is damaged ({found.reason}) and set aside in {lake.root.name}/quarantine; "
        + (f"{owed.height} things of which it held rows" if found.table not in RELISTED else "what it held")
        + " will be fetched again"
    )
    problem = {
        "problem_id": sha256(f"damaged\n{found.file.path}".encode()).hexdigest()[:32],
        "problem_kind": CorruptPartition.__name__,
        "item_kind": table_name(found.table),
        "item_id": found.file.path,
        "file_path": found.file.path,
        "message": f"{said}.",
        "advice": ADVICE,
    }
    moment = ever_later(clock, than=lake.last_read_at(**identity))()  # type: ignore[arg-type]
    reason = f"What was stored of it lay in {found.file.path}, which was damaged."
    lake.write_batch(
        {
            LedgerEntries: owed.with_columns(
                pl.lit("error").alias("state"), pl.lit(reason).alias("reason"), pl.lit(moment).alias("extracted_at")
            ),
            ExtractionProblems: pl.DataFrame([problem]),
        },
        partition=partition,
        extracted_at=moment,
    )
    if found.table in RELISTED:
        # Without validators every page is sent whole, and the lists are read from their beginning.
        for file in lake.files(PageValidators, **identity):  # type: ignore[arg-type]
            if file.path != found.file.path:
                set_aside(file)
    set_aside(found.file)
    return said


def _owed(lake: Lake, found: Damaged) -> pl.DataFrame:
    """The things whose rows the file held and no later batch holds, as rows of LedgerEntries."""
    entries = latest_looks(_undamaged(lake, LedgerEntries, found.partition), LedgerEntries).collect()
    if found.table is LedgerEntries:
        return _unclaimed(_undamaged(lake, RunAttempts, found.partition).collect(), entries)
    if found.table in RELISTED:
        return entries.clear()
    moment = read_at(found.file.location.name)
    is_of_it = pl.col("state").cast(pl.String).is_in(["stored", "unreadable"])
    if moment is not None:
        # A compacted file holds batches up to this one; which, only it could have said.
        is_merged = found.file.location.name.endswith(".merged.parquet")
        is_of_it &= pl.col("extracted_at") <= moment if is_merged else pl.col("extracted_at") == moment
    if found.table is not ExtractionProblems:
        is_of_it &= pl.col("item_kind").cast(pl.String) == KINDS.get(found.table, "job_log")
    return entries.filter(is_of_it)


def _unclaimed(attempts: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The attempts there are rows of, but no word in the ledger: it said so in the file that is damaged."""
    claimed = entries.filter(pl.col("item_kind").cast(pl.String) == "run_attempt")
    keys = attempts.select("provider", "repository_id", "run_id", "run_attempt").unique()
    return keys.join(claimed, on=["run_id", "run_attempt"], how="anti").with_columns(
        pl.lit("run_attempt").alias("item_kind"),
        pl.format("{}/{}", "run_id", "run_attempt").alias("item_id"),
    )


def _undamaged(lake: Lake, table: Table, partition: Partition) -> pl.LazyFrame:
    """Every look at the things of a partition, out of the files that are as they were written."""
    files = lake.files(table, provider=partition.provider, repository_id=partition.repository_id)
    month = f"/month={partition.month:%Y-%m}/"
    return lake.scan_files(table, [file for file in files if month in file.path and damage_of(file) is None])
