"""When: every night, once somebody has switched it on."""

import dagster as dg

NIGHTLY_JOB = "nightly"


def nightly_schedule() -> dg.ScheduleDefinition:
    """The whole job at 03:00 UTC. Off until it is switched on, in the UI or with ``dagster schedule start``."""
    return dg.ScheduleDefinition(
        name="every_night",
        job_name=NIGHTLY_JOB,
        cron_schedule="0 3 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Runs the whole job at 03:00 UTC. Off by default: this is the one switch.",
    )
