import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline_etl.cli.app import app
from pipeline_etl.cli.replaying import replay_repositories, tell_replays
from pipeline_etl.contracts.tables import Payloads, table_name
from pipeline_etl.extraction.originals import NOT_REBUILT, REBUILT
from pipeline_etl.settings import Settings
from pipeline_etl.storage import Lake, Partition

NOW = datetime(2026, 8, 21, 3, tzinfo=UTC)
WORKFLOW = (
    '{"id": 1, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active",'
    ' "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}'
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake with two kept answers, of which one cannot be read."""
    kept = pl.DataFrame(
        {"payload_kind": ["workflow"] * 2, "item_id": ["1", "2"], "payload_json": [WORKFLOW, '{"id": "[bold]"}']}
    )
    in_force = Settings(data_root=tmp_path / "data")
    partition = Partition("github", 7, NOW.date().replace(day=1))
    Lake(in_force.lake_root).write_batch({Payloads: kept}, partition=partition, extracted_at=NOW)
    return in_force


def told(settings: Settings) -> list[str]:
    said = io.StringIO()
    replays = replay_repositories(settings, repository_name=None, console=Console(file=io.StringIO()))
    tell_replays(Console(file=said, width=500), replays)
    return said.getvalue().splitlines()


def test_it_is_told_what_was_read_again_what_was_written_and_what_could_not_be_read(settings: Settings) -> None:
    first, workflows, unread, limits, last = told(settings)

    assert first == "repository 7: 2 rows written"
    assert workflows.split() == ["workflows", "1", "read", "again", "1", "written"]
    assert unread.startswith("  1 could not be read; the first: While reading the kept workflow 2 again:")
    assert all(table_name(table) in limits for table in NOT_REBUILT)
    assert "the next night" in last


def test_the_second_time_nothing_is_left_to_write(settings: Settings) -> None:
    told(settings)

    assert told(settings)[0] == "repository 7: every row reads as it is stored"


def test_a_lake_in_which_nothing_is_kept_says_so(tmp_path: Path) -> None:
    assert told(Settings(data_root=tmp_path / "data"))[0].startswith("Nothing is kept yet")


def test_help_names_every_table_that_can_be_read_again_and_every_one_that_cannot() -> None:
    said = CliRunner().invoke(app, ["replay", "--help"], env={"COLUMNS": "200"}).output.split("Not read again")

    assert [table_name(table) for table in REBUILT if table_name(table) not in said[0]] == []
    assert [table_name(table) for table in NOT_REBUILT if table_name(table) not in said[1]] == []


def test_a_repository_of_which_nothing_is_kept_is_refused_in_a_sentence(settings: Settings) -> None:
    done = CliRunner().invoke(
        app, ["replay", "--repository", "o/none"], env={"PIPELINE_ETL_DATA": str(settings.data_root)}
    )

    assert done.exit_code == 2
    assert "nothing is kept of a repository 'o/none'" in done.output
