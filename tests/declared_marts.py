"""The marts as the dbt models declare them: what a database without rows is made of."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

MODELS = Path(__file__).parents[1] / "dbt" / "models" / "marts"


@cache
def declared_marts() -> dict[str, dict[str, str]]:
    """Mart → column → type, in the order of the declaration."""
    return {
        model["name"]: {column["name"]: column["data_type"].lower() for column in model["columns"]}
        for path in sorted(MODELS.glob("*.yml"))
        for model in _read(path)["models"]
    }


def marts_ddl() -> str:
    """The statements that make every mart, empty."""
    tables = (
        f"create table marts.{mart} ({', '.join(f'{name} {kind}' for name, kind in columns.items())});"
        for mart, columns in declared_marts().items()
    )
    return "\n".join(["create schema marts;", *tables])


def _read(path: Path) -> dict[str, Any]:
    # The C loader is ten times as fast, and these files are read by every test of a report.
    return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
