import io
import signal
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

from pipeline_etl.errors import Unauthorized
from pipeline_etl.orchestration.failures import BY_HAND, told_to_dagster
from pipeline_etl.orchestration.run import (
    Outcome,
    Trouble,
    forget_old_runs,
    history,
    instance_home,
    planned_assets,
    run_job,
)


def definitions_of(work: Callable[[], dg.MaterializeResult]) -> dg.Definitions:
    @dg.asset(key=["raw", "jobs"], check_specs=[dg.AssetCheckSpec("looks_right", asset=["raw", "jobs"])])
    def jobs() -> dg.MaterializeResult:
        return work()

    return dg.Definitions(assets=[jobs], jobs=[dg.define_asset_job("all")], executor=dg.in_process_executor)


def run(
    work: Callable[[], dg.MaterializeResult], instance: dg.DagsterInstance | None = None
) -> tuple[Outcome, list[str], str]:
    made: list[str] = []
    log = io.StringIO()
    with instance or dg.DagsterInstance.ephemeral() as kept:
        outcome = run_job(definitions_of(work), "all", instance=kept, on_asset=made.append, log=log, is_verbose=False)
    return outcome, made, log.getvalue()


def result(
    *, passed: bool = True, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> dg.MaterializeResult:
    check = dg.AssetCheckResult(passed=passed, severity=severity, description="seven are missing")
    return dg.MaterializeResult(metadata={"rows_added": 3}, check_results=[check])


def test_what_an_asset_says_of_itself_comes_back_and_is_told_as_it_is_made() -> None:
    outcome, made, _ = run(result)

    assert outcome == Outcome(is_complete=True, errors=(), warnings=(), facts={"raw/jobs": {"rows_added": 3}})
    assert made == ["raw/jobs"]


def test_an_error_we_know_comes_back_as_its_message_and_advice() -> None:
    def work() -> dg.MaterializeResult:
        with told_to_dagster(BY_HAND):
            raise Unauthorized("the token has expired")

    outcome, _, _ = run(work)

    assert not outcome.is_complete
    assert outcome.errors == (Trouble(what="the token has expired", advice=Unauthorized.advice),)


def test_a_defect_comes_back_as_its_first_cause() -> None:
    def work() -> dg.MaterializeResult:
        raise KeyError("run_nubmer")

    outcome, _, _ = run(work)

    assert outcome.errors[0].what == "raw__jobs stopped: KeyError: 'run_nubmer'"
    assert "defect" in outcome.errors[0].advice


@pytest.mark.parametrize("severity", list(dg.AssetCheckSeverity))
def test_a_failed_check_comes_back_by_its_severity_and_the_run_goes_on(severity: dg.AssetCheckSeverity) -> None:
    outcome, _, _ = run(lambda: result(passed=False, severity=severity))

    said = (Trouble(what="seven are missing"),)
    assert outcome.is_complete
    assert (outcome.errors, outcome.warnings) == ((said, ()) if severity is dg.AssetCheckSeverity.ERROR else ((), said))


def test_stopping_it_is_no_failure_of_a_step() -> None:
    def work() -> dg.MaterializeResult:
        signal.raise_signal(signal.SIGINT)
        return result()

    with pytest.raises(KeyboardInterrupt):
        run(work)


def test_what_a_step_prints_goes_to_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> dg.MaterializeResult:
        print("noise")  # noqa: T201
        return result()

    _, _, log = run(work)

    assert "noise" in log
    assert capsys.readouterr().out == ""


def test_the_history_of_runs_is_kept_and_nothing_is_sent_home(tmp_path: Path) -> None:
    run(result, history(tmp_path / "home"))

    with history(tmp_path / "home") as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
        assert not instance.telemetry_enabled


def test_old_runs_are_forgotten_with_all_they_left_and_later_ones_are_kept(tmp_path: Path) -> None:
    def left_of(run_id: str) -> list[Path]:
        return [path for path in home.rglob(f"{run_id}*") if path.exists()]

    home = tmp_path / "home"
    for _ in range(2):
        run(result, history(home))
    with history(home) as instance:
        later, earlier = instance.get_run_records()
        assert len(left_of(earlier.dagster_run.run_id)) == 2

        assert forget_old_runs(instance, home=home, before=later.create_timestamp) == 1

        assert [kept.run_id for kept in instance.get_runs()] == [later.dagster_run.run_id]
        assert left_of(earlier.dagster_run.run_id) == []
        assert len(left_of(later.dagster_run.run_id)) == 2
        storage = instance.event_log_storage
        assert isinstance(storage, SqliteEventLogStorage)
        with storage.index_connection() as connection:
            checks = connection.execute(AssetCheckExecutionsTable.select()).mappings().all()
        assert [check["run_id"] for check in checks] == [later.dagster_run.run_id]


def test_a_configuration_somebody_edited_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")

    instance_home(tmp_path)

    assert (tmp_path / "dagster.yaml").read_text("utf-8") == "telemetry: {enabled: false}\n"


def test_the_assets_of_a_job_are_known_before_it_runs() -> None:
    assert planned_assets(definitions_of(result), "all") == ["raw/jobs"]
