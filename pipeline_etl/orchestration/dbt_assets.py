"""``raw`` → marts: the dbt project, one asset per model and one asset check per data test."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from pipeline_etl.errors import TransformError
from pipeline_etl.orchestration.failures import BY_HAND, told_to_dagster
from pipeline_etl.orchestration.resources import WarehouseBuild, dbt_cli, dbt_warehouse
from pipeline_etl.storage import disk_full

# Unit tests judge the SQL, not the night's data: `make test` runs them.
_BUILD: Final = ("build", "--exclude-resource-type", "unit_test")
_LOGIC: Final = ("models", "macros", "seeds", "dbt_project.yml")
"""What decides what the marts say; tests only judge it."""
_FAILED: Final = frozenset({"error", "fail", "runtime error"})


def model_assets(project: DbtProject, *, warehouse_path: Path, variables: Mapping[str, float]) -> dg.AssetsDefinition:
    """The models of the project, in one step; parses the project first where its manifest is missing or stale.

    ``variables`` overrule those of dbt_project.yml; models that were built with others are built anew.
    """
    with_variables = ("--vars", _as_json(variables)) if variables else ()
    if _is_stale(project):
        _parse(project, with_variables, warehouse_path=warehouse_path)

    @dbt_assets(manifest=project.manifest_path, project=project, name="dbt_models")
    def dbt_models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse_build: dg.ResourceParam[WarehouseBuild]
    ) -> Iterator[Any]:
        with told_to_dagster(BY_HAND), dbt_warehouse(warehouse_build.build.path):
            warehouse_build.build.use_models(models_fingerprint(Path(project.project_dir), variables))
            invocation = dbt.cli(
                [*_BUILD, *with_variables], context=context, target_path=project.target_path, raise_on_error=False
            )
            yield from invocation.stream()
            if not invocation.is_successful():
                said = TransformError(_what_failed(project.target_path / "run_results.json"))
                raise disk_full(said, writing=str(warehouse_build.build.path)) or said

    return dbt_models


def models_fingerprint(project_dir: Path, variables: Mapping[str, float]) -> str:
    """A hash that differs when anything differs that can change what the models say."""
    digest = sha256(_as_json(variables).encode())
    for path in _files(project_dir, _LOGIC):
        digest.update(path.relative_to(project_dir).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _as_json(variables: Mapping[str, float]) -> str:
    return json.dumps(dict(variables), sort_keys=True)


def failed_nodes(run_results: Mapping[str, Any]) -> list[str]:
    """Name and message of each model and test that failed, one line each."""
    return [
        f"{result['unique_id'].split('.')[2]}: {' '.join((result['message'] or 'no message').split())}"
        for result in run_results["results"]
        if result["status"] in _FAILED
    ]


def _what_failed(run_results: Path) -> str:
    failed = failed_nodes(json.loads(run_results.read_text("utf-8"))) if run_results.is_file() else []
    return (
        "dbt could not build " + "; ".join(failed)
        if failed
        else f"dbt stopped early; see {run_results.with_name('dbt.log')}"
    )


def _is_stale(project: DbtProject) -> bool:
    """Whether a file of the project is newer than the manifest made of it."""
    if not project.manifest_path.is_file():
        return True
    made_at = project.manifest_path.stat().st_mtime
    return any(path.stat().st_mtime > made_at for path in _files(Path(project.project_dir), (*_LOGIC, "tests")))


def _files(project_dir: Path, names: Iterable[str]) -> list[Path]:
    """The files of the project, in a fixed order. What dbt itself writes lies elsewhere."""
    roots = [project_dir / name for name in names]
    return sorted(path for root in roots for path in (root, *root.rglob("*")) if path.is_file())


def _parse(project: DbtProject, with_variables: Sequence[str], *, warehouse_path: Path) -> None:
    try:
        with dbt_warehouse(warehouse_path):
            dbt_cli(project).cli(["parse", "--quiet", *with_variables], target_path=project.target_path).wait()
    except DagsterDbtCliRuntimeError as error:
        said = str(error).rpartition("Errors parsed from dbt logs:")[2]
        raise TransformError(f"dbt cannot read the project: {' '.join(said.split())}") from error
