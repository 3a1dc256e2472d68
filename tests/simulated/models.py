"""The dbt models of the flake score, compiled as they are and run over tables made by hand."""

import graphlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

PROJECT = Path(__file__).parents[2]

FIRST: Final = "int_test_tries_collapsed"
LAST: Final = "fct_test_flakiness"


@dataclass(frozen=True, kw_only=True)
class Model:
    """A compiled model: where its table stands, and what makes it."""

    name: str
    schema: str
    sql: str


@cache
def compiled(variables: str = "{}", *, selected: str = f"{FIRST}+,+{LAST}") -> tuple[Model, ...]:
    """Every model from the tries of a test to its score, or those ``selected``, each after those it reads.

    ``variables`` are dbt's, as JSON.
    """
    with TemporaryDirectory() as target:
        command = [
            Path(sys.executable).with_name("dbt"),
            *f"--quiet compile --select {selected} --target-path {target} --project-dir dbt --profiles-dir dbt".split(),
            "--vars",
            variables,
        ]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env={**os.environ, "PIPELINE_ETL_WAREHOUSE": ":memory:", "DBT_LOG_PATH": target},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-3_000:])
        nodes = json.loads((Path(target) / "manifest.json").read_text("utf-8"))["nodes"]
    models = {
        name: node for name, node in nodes.items() if node["resource_type"] == "model" and node.get("compiled_code")
    }
    order = graphlib.TopologicalSorter({name: node["depends_on"]["nodes"] for name, node in models.items()})
    return tuple(
        Model(name=models[name]["name"], schema=models[name]["schema"], sql=models[name]["compiled_code"])
        for name in order.static_order()
        if name in models
    )


def build(
    connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, str], *, until: str = LAST, variables: str = "{}"
) -> None:
    """Make every model up to ``until`` in an empty database in memory. ``inputs``: model → the query that stands for it."""
    for schema in ("staging", "intermediate", "marts"):
        connection.execute(f"create schema if not exists {schema}")
    for name, query in inputs.items():
        connection.execute(f"create table {schema_of(name)}.{name} as {query}")
    for model in compiled(variables):
        if model.name not in inputs:
            connection.execute(f"create table {model.schema}.{model.name} as {model.sql}")
        if model.name == until:
            return


def schema_of(model: str) -> str:
    """The folder is the schema."""
    return {"stg": "staging", "int": "intermediate"}.get(model.split("_", maxsplit=1)[0], "marts")
