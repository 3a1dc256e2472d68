import errno
import os

import dagster as dg
import pytest

from pipeline_etl.errors import DiskFull, LakeBusy, PipelineError, Unauthorized
from pipeline_etl.orchestration.failures import BY_HAND, UNATTENDED, RetryPlan, told_to_dagster


def tries_of(error: Exception, *, plan: RetryPlan) -> int:
    tries = []

    @dg.asset
    def raising() -> None:
        tries.append(1)
        with told_to_dagster(plan):
            raise error

    with dg.DagsterInstance.ephemeral() as instance:
        assert not dg.materialize([raising], instance=instance, raise_on_error=False).success
    return len(tries)


def test_a_transient_error_is_tried_again_when_nobody_waits() -> None:
    assert tries_of(LakeBusy("busy"), plan=RetryPlan(retry_count=2, wait_seconds=0)) == 3


def test_a_transient_error_is_not_tried_again_when_a_person_waits() -> None:
    assert tries_of(LakeBusy("busy"), plan=BY_HAND) == 1


def test_a_permanent_error_is_never_tried_again() -> None:
    assert tries_of(Unauthorized("no"), plan=UNATTENDED) == 1


@pytest.mark.parametrize("error", [Unauthorized("the token of owner/name has expired"), LakeBusy("held by 7")])
def test_dagster_shows_the_message_and_what_to_do(error: PipelineError) -> None:
    with pytest.raises(dg.Failure) as raised, told_to_dagster(BY_HAND):
        raise error

    assert raised.value.description == str(error)
    assert raised.value.metadata["advice"].value == error.advice
    assert raised.value.allow_retries is False
    assert raised.value.__cause__ is error


def test_a_full_disk_is_told_as_one_whoever_met_it() -> None:
    with (
        pytest.raises(dg.Failure, match="No room is left on the disk for /data/x") as raised,
        told_to_dagster(UNATTENDED),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/x")

    assert raised.value.metadata["advice"].value == DiskFull.advice


def test_a_command_that_found_another_at_work_says_so_with_its_exit_code() -> None:
    with pytest.raises(dg.Failure) as raised, told_to_dagster(BY_HAND):
        raise LakeBusy("held by 7")

    assert raised.value.metadata["exit_code"].value == 75


def test_a_defect_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), told_to_dagster(UNATTENDED):
        1 / 0  # noqa: B018
