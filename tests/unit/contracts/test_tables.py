from importlib import import_module
from pkgutil import iter_modules

from pipeline_etl.contracts import tables
from pipeline_etl.contracts.tables import LAKE_ONLY, TABLES, RunAttempts, grain, table_name


def test_every_schema_that_nothing_inherits_from_is_a_stored_table() -> None:
    modules = [import_module(f"{tables.__name__}.{module.name}") for module in iter_modules(tables.__path__)]
    declared = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and not value.__subclasses__()
    }

    assert declared == set(TABLES)
    assert len(TABLES) == len(declared)


def test_what_stays_in_the_lake_is_a_stored_table() -> None:
    assert set(TABLES) > LAKE_ONLY


def test_a_table_is_named_after_its_class_and_described_by_its_first_paragraph() -> None:
    assert table_name(RunAttempts) == "run_attempts"
    assert grain(RunAttempts) == "One row per attempt of a run."
