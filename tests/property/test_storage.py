"""What storage promises of any rows, in any order, cut off anywhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest
from dataframely.random import Generator
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.contracts.render import WAREHOUSE_TABLES
from pipeline_etl.contracts.tables import (
    TABLES,
    JobLogs,
    LedgerEntries,
    LogLines,
    PageValidators,
    Syncs,
    Table,
    WorkflowFileVersions,
    table_name,
)
from pipeline_etl.storage import Lake, Ledger, Partition
from pipeline_etl.storage.conform import declared_schema
from pipeline_etl.storage.raw_tables import begin_load, ensure_tables, load_files, show_log_lines

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)
PARTITION = Partition("github", 7, date(2026, 8, 1))


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A folder per example: a fixture would be shared by all of them."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def random_rows(table: Table, *, count: int, seed: int) -> pl.DataFrame:
    rows = table.sample(count, generator=Generator(seed)).with_columns(repository_id=pl.lit(7, pl.Int64))
    return rows.unique(subset=table.primary_key(), maintain_order=True)


def same(left: pl.DataFrame, right: pl.DataFrame, table: Table) -> bool:
    key = table.primary_key()
    return left.sort(key).equals(right.sort(key))


@contextmanager
def loaded(lake: Lake, *tables: Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the rows of these tables under ``raw``."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        load = begin_load(connection, loaded_at=NOW)
        ensure_tables(connection)
        for table in tables:
            load_files(connection, table, lake.files(table), load=load)
        show_log_lines(connection, lake.files(LogLines), root=lake.root)
        yield connection


@settings(max_examples=3)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 4))
def test_any_rows_come_back_from_the_lake_and_from_the_warehouse_as_they_were(seed: int, count: int) -> None:
    frames = {table: random_rows(table, count=count, seed=seed) for table in TABLES}
    with empty_folder() as folder:
        lake = Lake(folder)
        lake.write_batch(frames, partition=PARTITION, extracted_at=NOW)

        for table, frame in frames.items():
            assert same(lake.scan(table).collect(), frame, table), table_name(table)
        with loaded(lake, *WAREHOUSE_TABLES) as connection:
            for table in WAREHOUSE_TABLES:
                stored = connection.sql(f"SELECT * EXCLUDE load_number FROM raw.{table_name(table)}").pl()
                assert same(stored.cast(declared_schema(table)), frames[table], table), table_name(table)


@settings(max_examples=15)
@given(texts=st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_in_a_log_comes_back_from_the_view_as_it_was(texts: Sequence[str]) -> None:
    lines = pl.DataFrame({"line_number": range(1, len(texts) + 1), "line_text": texts}).with_columns(
        job_id=1, run_id=1, run_attempt=1
    )
    log = random_rows(JobLogs, count=1, seed=0).with_columns(job_id=pl.lit(1, pl.Int64), extracted_at=NOW)
    with empty_folder() as folder:
        lake = Lake(folder)
        lake.write_batch({LogLines: lines, JobLogs: log}, partition=PARTITION, extracted_at=NOW)
        with loaded(lake, JobLogs) as connection:
            shown = connection.execute("SELECT line_text FROM raw.log_lines ORDER BY line_number").fetchall()

    assert [text for (text,) in shown] == texts


looks = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.sampled_from("xyz")).map(
        lambda look: {
            "workflow_path": look[0],
            "head_sha": "0",
            "extracted_at": NOW + timedelta(days=look[1]),
            "workflow_file_id": look[2],
        }
    ),
    min_size=1,
    max_size=8,
)


def what_stands(cuts: Sequence[Sequence[dict[str, object]]]) -> pl.DataFrame:
    """The current content of a lake that was written in these batches."""
    with empty_folder() as folder:
        lake = Lake(folder)
        for rows in cuts:
            lake.write_batch({WorkflowFileVersions: pl.DataFrame(rows)}, partition=PARTITION, extracted_at=NOW)
        return lake.current(WorkflowFileVersions).collect().sort(WorkflowFileVersions.primary_key())


@settings(max_examples=15)
@given(rows=looks, data=st.data())
def test_any_cut_any_order_and_any_repeat_of_the_same_looks_give_the_same_content(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=3))))
    cut = data.draw(st.integers(0, len(shuffled)))

    assert what_stands([rows]).equals(what_stands([part for part in (shuffled[:cut], shuffled[cut:]) if part]))


@pytest.mark.parametrize("files_before_the_crash", range(6))
def test_a_batch_cut_off_anywhere_claims_nothing_it_has_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files_before_the_crash: int
) -> None:
    facts = (JobLogs, LogLines, WorkflowFileVersions)
    frames = {table: random_rows(table, count=3, seed=1) for table in (Syncs, PageValidators, LedgerEntries, *facts)}
    lake = Lake(tmp_path)
    renames = iter([Path.rename] * files_before_the_crash)

    def rename_or_crash(path: Path, target: Path) -> Path:
        rename = next(renames, None)
        if rename is None:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "rename", rename_or_crash)
        with pytest.raises(KeyboardInterrupt):
            lake.write_batch(frames, partition=PARTITION, extracted_at=NOW)

    ledger = Ledger.read(lake, provider="github", repository_id=7)
    stored = [table for table in facts if lake.files(table)]
    assert len(stored) == min(files_before_the_crash, 3)
    entries = lake.scan(LedgerEntries).collect()
    assert entries.height == (3 if files_before_the_crash > 3 else 0)
    for (kind,), of_kind in entries.partition_by("item_kind", as_dict=True).items():
        assert ledger.met(kind, frames[LedgerEntries]["item_id"].to_list()) == frozenset(of_kind["item_id"])
    assert len(ledger.validators) == (3 if files_before_the_crash > 4 else 0)
    assert ledger.syncs.is_empty()

    with lake.lock("the next sync"):
        lake.write_batch(frames, partition=PARTITION, extracted_at=NOW)
    for table, frame in frames.items():
        assert same(lake.current(table).collect(), frame, table)
    assert not list((lake.root / ".partial").iterdir())
