"""What the marts promise their readers: a grain, a key, a worked example, and names that mean one thing everywhere."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_etl.contracts.naming import check_columns
from pipeline_etl.contracts.render import duckdb_type
from pipeline_etl.contracts.tables import TABLES

PROJECT = Path(__file__).parents[2] / "dbt"
MODELS = sorted((PROJECT / "models" / "marts").glob("*.sql"))
OTHER_NAMES_OF_TYPES = {"timestamptz": "timestamp with time zone"}


def properties(model: Path) -> dict[str, Any]:
    return yaml.safe_load(model.with_suffix(".yml").read_text())


def declared(model: Path) -> dict[str, Any]:
    (only,) = properties(model)["models"]
    return only


def columns() -> list[tuple[str, str, str]]:
    """Name, type and description of every column of the raw tables and of the marts."""
    stored = [
        (name, duckdb_type(column).lower(), (column.metadata or {})["description"])
        for table in TABLES
        for name, column in table.columns().items()
    ]
    published = [
        (column["name"], column["data_type"].lower(), column["description"].strip())
        for model in MODELS
        for column in declared(model)["columns"]
    ]
    return stored + [(name, OTHER_NAMES_OF_TYPES.get(kind, kind), said) for name, kind, said in published]


def test_the_contracts_of_all_marts_are_enforced() -> None:
    configured = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["models"]["pipeline_etl"]["marts"]

    assert configured["+contract"] == {"enforced": True}
    assert [model.stem for model in MODELS if "contract" in declared(model).get("config", {})] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_every_mart_says_its_grain_and_has_a_key_and_a_worked_example(model: Path) -> None:
    mart = declared(model)
    keys = [test["unique_key"]["arguments"]["columns"] for test in mart["data_tests"] if "unique_key" in test]

    assert mart["name"] == model.stem
    assert mart["description"].startswith("One row per ")
    assert len(keys) == 1
    assert set(keys[0]) <= {column["name"] for column in mart["columns"]}
    assert model.stem in {test["model"] for test in properties(model).get("unit_tests", [])}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_every_column_of_a_mart_keeps_the_grammar_of_names(model: Path) -> None:
    assert check_columns((column["name"], column["data_type"]) for column in declared(model)["columns"]) == []


def test_every_mart_is_on_the_page_that_says_what_numbers_mean() -> None:
    page = (PROJECT.parent / "docs" / "metrics.md").read_text("utf-8")

    assert [model.stem for model in MODELS if f"`{model.stem}`" not in page] == []


def test_a_column_name_has_one_description_over_raw_tables_and_marts() -> None:
    descriptions = defaultdict(set)
    for name, _, said in columns():
        descriptions[name].add(said)

    assert {name: said for name, said in descriptions.items() if len(said) > 1} == {}


def test_a_column_name_has_one_type_over_raw_tables_and_marts() -> None:
    types = defaultdict(set)
    for name, kind, _ in columns():
        types[name].add(kind)

    assert {name: found for name, found in types.items() if len(found) > 1} == {}
