from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from pipeline_etl.contracts.tables import Jobs
from pipeline_etl.storage import Lake, LakeFile, Partition
from pipeline_etl.storage.damage import damage_of, damaged, set_aside


@pytest.fixture
def file(lake: Lake, rows: Callable, write: Callable) -> LakeFile:
    write({Jobs: rows(Jobs, 50, job_id=range(50))})
    return lake.files(Jobs)[0]


def test_a_file_as_it_was_written_is_sound(lake: Lake, file: LakeFile) -> None:
    assert damage_of(file) is None
    assert damaged(lake.root, Jobs) == []


def test_every_single_flipped_bit_is_damage(file: LakeFile) -> None:
    whole = file.location.read_bytes()
    for position in range(0, len(whole), 97):
        harmed = bytearray(whole)
        harmed[position] ^= 1 << position % 8
        file.location.write_bytes(harmed)

        assert damage_of(file) == "its content is not what was written"


def test_a_file_whose_name_promises_nothing_must_at_least_open(file: LakeFile) -> None:
    older = LakeFile(root=file.root, path=file.path.replace(file.location.name, "20260821T030000000000Z-a1b2c.parquet"))
    pl.DataFrame({"a": [1]}).write_parquet(older.location)
    assert damage_of(older) is None

    older.location.write_bytes(b"PAR1 nothing PAR1")
    assert str(damage_of(older)).startswith("it cannot be read")
    older.location.write_bytes(b"")
    assert damage_of(older) == "it is not a whole Parquet file"


def test_damage_says_whose_rows_it_took_and_what_is_trusted_is_not_looked_at(lake: Lake, file: LakeFile) -> None:
    file.location.write_bytes(b"")

    (found,) = damaged(lake.root, Jobs)

    assert found.partition == Partition("github", 7, date(2026, 8, 1))
    assert damaged(lake.root, Jobs, trusted=frozenset({file.path})) == []


def test_what_is_set_aside_is_no_longer_read_and_still_there(lake: Lake, file: LakeFile) -> None:
    kept = set_aside(file)

    assert lake.files(Jobs) == []
    assert pl.read_parquet(kept, hive_partitioning=False).height == 50
