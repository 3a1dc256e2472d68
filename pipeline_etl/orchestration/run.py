"""Runs a job in this process and tells what came of it in words that are not Dagster's."""

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

import dagster as dg
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

HISTORY_KEPT: Final = timedelta(days=14)
"""How long the runs of our own folder are remembered."""

INSTANCE_CONFIG: Final = """\
# Written by pipeline_etl; edit freely, it is not written again.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1  # one writer of lake and warehouse at a time
"""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something a person should know: what happened, and what to do."""

    what: str
    advice: str = ""
    exit_code: int = 1
    """With which a command ends that met nothing worse."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job."""

    is_complete: bool
    """Whether every step ran to its end."""
    errors: tuple[Trouble, ...]
    warnings: tuple[Trouble, ...]
    facts: Mapping[str, Mapping[str, Any]]
    """What each asset said of itself, by key, as in ``raw/jobs``."""

    @property
    def exit_code(self) -> int:
        """0 when all went well; that of the errors where they agree, as when another process was at it; else 1."""
        codes = {error.exit_code for error in self.errors}
        return codes.pop() if len(codes) == 1 else int(bool(codes) or not self.is_complete)


OnAsset = Callable[[str], None]


def instance_home(path: Path) -> Path:
    """A folder in which Dagster keeps its history, made and configured (telemetry off) where it is missing."""
    path.mkdir(parents=True, exist_ok=True)
    config = path / "dagster.yaml"
    if not config.exists():
        config.write_text(INSTANCE_CONFIG, encoding="utf-8")
    return path.resolve()


def history(path: Path | None) -> dg.DagsterInstance:
    """The Dagster instance that keeps the runs of this folder, those of ``dagster dev`` too; to be closed.

    Without a folder it forgets them.
    """
    if path is None:
        return dg.DagsterInstance.ephemeral()
    return dg.DagsterInstance.from_config(str(instance_home(path)))


def forget_old_runs(instance: dg.DagsterInstance, *, home: Path, before: datetime) -> int:
    """Remove the runs that began before a moment from a history in files of its own; how many there were.

    Dagster keeps every run for ever, some megabytes a night. It deletes what a run said, but neither the run's file nor
    what its checks found.
    """
    storage = instance.event_log_storage
    runs = instance.get_runs(filters=dg.RunsFilter(created_before=before))
    for run in runs:
        instance.delete_run(run.run_id)
        for left in (home / "history" / "runs").glob(f"{run.run_id}.db*"):
            left.unlink(missing_ok=True)
        shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)
    if runs and isinstance(storage, SqliteEventLogStorage):
        with storage.index_connection() as connection:
            checks = AssetCheckExecutionsTable
            connection.execute(checks.delete().where(checks.c.run_id.in_([run.run_id for run in runs])))
    return len(runs)


def planned_assets(definitions: dg.Definitions, job_name: str) -> list[str]:
    """Keys of the assets a job makes."""
    selected = definitions.resolve_job_def(job_name).asset_layer.selected_asset_keys
    return [key.to_user_string() for key in selected]


def run_job(
    definitions: dg.Definitions,
    job_name: str,
    *,
    instance: dg.DagsterInstance,
    on_asset: OnAsset,
    log: TextIO,
    is_verbose: bool,
) -> Outcome:
    """Run a job to its end; nothing is raised for what a step met.

    ``on_asset`` is called with the key of each asset once it is made; what Dagster and dbt say goes to ``log``.

    Raises:
        KeyboardInterrupt: Somebody stopped it.
    """
    job = definitions.resolve_job_def(job_name)
    run_id = str(uuid.uuid4())
    instance.add_event_listener(run_id, lambda entry: _tell(entry, on_asset=on_asset))
    with contextlib.redirect_stdout(log):
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "INFO" if is_verbose else "CRITICAL"}}}},
        )
    # Dagster takes the interrupt for itself, to record it as a failed step.
    if any(event.is_step_failure and _is_interrupt(event.step_failure_data.error) for event in result.all_events):
        raise KeyboardInterrupt
    return outcome(result.all_events, is_complete=result.success)


def outcome(events: Sequence[dg.DagsterEvent], *, is_complete: bool) -> Outcome:
    """What a run's events say. A step that failed over a check names it itself."""
    failed_steps = {event.step_key for event in events if event.is_step_failure}
    errors: list[Trouble] = []
    warnings: list[Trouble] = []
    facts: dict[str, Mapping[str, Any]] = {}
    for event in events:
        if event.is_step_failure:
            errors.append(_of_step(event))
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            if not found.passed and found.severity == dg.AssetCheckSeverity.WARN:
                warnings.extend(_of_check(found))
            elif not found.passed and event.step_key not in failed_steps:
                errors.extend(_of_check(found))
        elif event.is_step_materialization:
            made = event.step_materialization_data.materialization
            facts[made.asset_key.to_user_string()] = {name: value.value for name, value in made.metadata.items()}
    return Outcome(is_complete=is_complete, errors=tuple(errors), warnings=tuple(warnings), facts=facts)


def _tell(entry: dg.EventLogEntry, *, on_asset: OnAsset) -> None:
    event = entry.dagster_event
    if event is not None and event.is_step_materialization and event.asset_key is not None:
        on_asset(event.asset_key.to_user_string())


def _is_interrupt(error: Any) -> bool:
    return error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__


def _of_step(event: dg.DagsterEvent) -> Trouble:
    failure = event.step_failure_data
    told = failure.user_failure_data
    if told is not None and told.description:
        advice = told.metadata.get("advice")
        exit_code = told.metadata.get("exit_code")
        return Trouble(
            what=told.description,
            advice=str(advice.value) if advice else "",
            exit_code=int(str(exit_code.value)) if exit_code else 1,
        )
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    said = error.message.strip() if error else "no reason given"
    return Trouble(
        what=f"{event.step_key} stopped: {said}", advice="This is a defect of pipeline_etl; --verbose shows where."
    )


def _of_check(found: Any) -> Iterator[Trouble]:
    """What one of our own checks says, or how many rows a data test of dbt found."""
    repositories = found.metadata.get("repositories")
    if repositories is not None:
        for name, sync in repositories.value.items():
            if sync["error"]:
                yield Trouble(what=f"{name}: {sync['error']}", advice=sync["advice"])
    elif found.description:
        yield Trouble(what=found.description)
    else:
        rows = found.metadata.get("dagster_dbt/failed_row_count")
        said = f"found {rows.value:,} rows" if rows else "failed"
        yield Trouble(what=f"Data test {found.check_name} of {found.asset_key.to_user_string()} {said}.")
