"""What Dagster knows of the project: which assets there are, and that each says what it is."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from pipeline_etl.orchestration.definitions import build_definitions
from pipeline_etl.settings import Settings

SNAPSHOT = Path(__file__).with_name("asset_keys.txt")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(Settings(data_root=tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> Sequence[dg.AssetSpec]:
    return [
        spec for spec in definitions.resolve_all_asset_specs() if spec.metadata.get("dagster/asset_type") != "external"
    ]


def test_dagster_can_load_them(definitions: dg.Definitions) -> None:
    """Two steps or jobs of one name are found only now."""
    dg.Definitions.validate_loadable(definitions)


def test_the_assets_are_those_listed(specs: Sequence[dg.AssetSpec]) -> None:
    """A module that hides its assets still loads, and the run without them still succeeds: so they are listed.

    After adding or removing one on purpose, put its key into the file (or take it out).
    """
    assert sorted(spec.key.to_user_string() for spec in specs) == SNAPSHOT.read_text("utf-8").splitlines()


def test_every_asset_says_what_it_is_and_stands_in_a_group(specs: Sequence[dg.AssetSpec]) -> None:
    groups = {"extract", "load", "staging", "intermediate", "marts", "publish", "report"}

    assert [spec.key.to_user_string() for spec in specs if not spec.description] == []
    assert {spec.group_name for spec in specs} == groups


def test_the_lineage_leads_from_the_service_to_the_report(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    above = {key.to_user_string() for key in graph.get_ancestor_asset_keys(dg.AssetKey(["report", "pipeline_report"]))}

    assert {"lake/jobs", "raw/jobs", "staging/stg_jobs", "marts/fct_jobs", "warehouse/published"} <= above


def test_every_table_of_the_lake_is_loaded_from_the_lake(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    parents = {key: graph.get(key).parent_keys for key in graph.get_all_asset_keys() if key.path[0] == "raw"}

    assert len(parents) > 20
    assert all(parents[key] == {dg.AssetKey(["lake", key.path[1]])} for key in parents)


def test_every_model_comes_from_tables_that_are_loaded(definitions: dg.Definitions) -> None:
    """A dbt source whose key differs from the loaded table's would be built before, or without, its data."""
    graph = definitions.resolve_asset_graph()

    assert graph.external_asset_keys == set()


def test_the_published_warehouse_is_checked(definitions: dg.Definitions) -> None:
    checks = {
        key.name for key in definitions.resolve_asset_graph().asset_check_keys if key.asset_key.path[0] != "marts"
    }

    assert {
        "row_counts_did_not_collapse",
        "every_repository_is_fresh",
        "what_exists_is_stored",
        "every_repository_was_synced",
    } <= checks


def test_the_whole_job_makes_everything(definitions: dg.Definitions, specs: Sequence[dg.AssetSpec]) -> None:
    job = definitions.resolve_job_def("nightly")

    assert job.asset_layer.selected_asset_keys == {spec.key for spec in specs}


@pytest.mark.parametrize("name", ["extract", "load", "transform"])
def test_every_part_of_the_job_can_be_run_alone(definitions: dg.Definitions, name: str) -> None:
    selected = {key.path[0] for key in definitions.resolve_job_def(name).asset_layer.selected_asset_keys}

    assert (
        selected
        == {
            "extract": {"lake"},
            "load": {"raw", "warehouse"},
            "transform": {"staging", "intermediate", "marts", "warehouse"},
        }[name]
    )


def test_jobs_run_in_one_process(definitions: dg.Definitions) -> None:
    """A process per step costs three seconds each."""
    assert definitions.resolve_job_def("nightly").executor_def is dg.in_process_executor


def test_the_night_is_off_until_somebody_switches_it_on(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("every_night")

    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (schedule.job_name, schedule.cron_schedule, schedule.execution_timezone) == ("nightly", "0 3 * * *", "UTC")
