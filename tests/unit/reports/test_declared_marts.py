"""The dbt models declare every column a report reads, and the hand-made marts of these tests have the same types."""

from pathlib import Path

import pytest
import yaml

from pipeline_etl.reports import REPOSITORY_READS, SECTIONS

MODELS = Path(__file__).parents[3] / "dbt" / "models" / "marts"
READ = sorted(
    {pair for section in SECTIONS for pair in section.needed_columns}
    | {(mart, column) for mart, columns in REPOSITORY_READS.items() for column in columns}
)


@pytest.fixture(scope="module")
def declared() -> dict[tuple[str, str], str]:
    models = [model for path in MODELS.glob("*.yml") for model in yaml.safe_load(path.read_text())["models"]]
    return {
        (model["name"], column["name"]): column["data_type"].lower() for model in models for column in model["columns"]
    }


def test_every_column_a_report_reads_is_declared(declared):
    assert [pair for pair in READ if pair not in declared] == []


def test_hand_made_marts_have_the_declared_types(declared, empty_marts):
    rows = empty_marts.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'marts'"
    ).fetchall()
    types = {(mart, column): data_type.lower() for mart, column, data_type in rows}
    same = {"timestamptz": "timestamp with time zone", "text": "varchar"}

    assert {pair: types[pair] for pair in READ} == {pair: same.get(declared[pair], declared[pair]) for pair in READ}
