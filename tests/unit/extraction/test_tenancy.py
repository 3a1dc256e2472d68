from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import Jobs, Repositories
from pipeline_etl.errors import SettingsError
from pipeline_etl.extraction.tenancy import make_room
from pipeline_etl.storage import Lake, Partition
from tests.unit.extraction.scripted import START, job_row


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def hold(lake: Lake, name: str, *, is_recorded: bool) -> None:
    repository = {
        "repository_name": name,
        "default_branch": "main",
        "is_private": False,
        "repository_url": "u",
        "is_recorded_archive": is_recorded,
    }
    frames = {Repositories: pl.DataFrame([repository]), Jobs: job_row(1, 1)}
    lake.write_batch(frames, partition=Partition("github", 7, date(2026, 8, 1)), extracted_at=START)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_an_empty_lake_and_one_of_the_same_kind_are_left_alone(lake, is_recorded):
    assert make_room(lake, is_recorded=is_recorded) is None

    hold(lake, "a/b", is_recorded=is_recorded)

    assert make_room(lake, is_recorded=is_recorded) is None
    assert lake.scan(Jobs).collect().height == 1


def test_the_sample_makes_room_for_ones_own_repositories_and_it_is_said(lake):
    hold(lake, "simonw/sqlite-utils", is_recorded=True)

    notice = make_room(lake, is_recorded=False)

    assert "simonw/sqlite-utils" in notice
    assert lake.scan(Jobs).collect().is_empty()


def test_ones_own_repositories_are_never_mixed_with_the_sample(lake):
    """A night on which REPOSITORIES was lost from the environment must not read the sample into their lake."""
    hold(lake, "a/b", is_recorded=False)

    with pytest.raises(SettingsError, match=r"REPOSITORIES.*a/b.*REPOSITORIES=a/b"):
        make_room(lake, is_recorded=True)

    assert lake.scan(Jobs).collect().height == 1
