from collections.abc import Callable
from datetime import date, timedelta

import pytest

from pipeline_etl.contracts.tables import JobLogs, LogLines
from pipeline_etl.storage import Lake, Partition
from pipeline_etl.storage.retention import forget_months
from tests.unit.storage.conftest import NOW, REPOSITORY_ID

MONTHS = (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))


@pytest.fixture
def filled(lake: Lake, rows: Callable) -> Lake:
    for minute, month in enumerate(MONTHS):
        frames = {table: rows(table, job_id=minute) for table in (JobLogs, LogLines)}
        partition = Partition("github", REPOSITORY_ID, month)
        lake.write_batch(frames, partition=partition, extracted_at=NOW + timedelta(minutes=minute))
    return lake


def forget(lake: Lake, before: date) -> int:
    return forget_months(lake, LogLines, provider="github", repository_id=REPOSITORY_ID, before=before)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (date(2025, 12, 31), {0, 1, 2}),
        (date(2026, 1, 1), {1, 2}),
        (date(2026, 1, 31), {1, 2}),
        (date(2026, 2, 1), {2}),
        (date(2027, 1, 1), set()),
    ],
)
def test_only_months_that_ended_before_are_forgotten_and_only_of_the_named_table(filled, before, kept):
    removed = forget(filled, before)

    assert removed == 3 - len(kept)
    assert set(filled.scan(LogLines).collect()["job_id"]) == kept
    assert filled.scan(JobLogs).collect().height == 3


def test_another_repository_keeps_its_rows(filled):
    removed = forget_months(
        filled, LogLines, provider="github", repository_id=REPOSITORY_ID + 1, before=date(2030, 1, 1)
    )

    assert (removed, filled.scan(LogLines).collect().height) == (0, 3)
