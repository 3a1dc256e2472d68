"""The models of changed durations, compiled as they are and run over measurements made by hand."""

from typing import Final

import duckdb
import polars as pl

from tests.simulated.models import compiled

MODELS: Final = ("fct_daily_durations", "fct_duration_evaluations", "fct_duration_regressions")

OF_ONE_WORKFLOW: Final = """
    'github' as provider, 1::bigint as repository_id, 'a/b' as repository_name, 2::bigint as workflow_id, 'CI' as workflow_name
"""
"""Columns of a measurement that tell nothing apart where one workflow is all there is."""


def regressions(connection: duckdb.DuckDBPyConnection, measurements: str, *, as_of: str) -> pl.DataFrame:
    """What the models find as of a moment in the rows of a query, which are those of fct_comparable_durations."""
    connection.execute("set TimeZone = 'UTC'; create schema intermediate; create schema marts")
    connection.execute(
        "create table intermediate.int_repositories_as_of as select 'github' as provider, 1 as repository_id, "
        f"timestamptz '{as_of}' as as_of_at"
    )
    connection.execute(f"create table marts.fct_comparable_durations as {measurements}")
    for model in compiled(selected=" ".join(MODELS)):
        connection.execute(f"create table {model.schema}.{model.name} as {model.sql}")
    return connection.sql(f"from marts.{MODELS[-1]}").pl()
