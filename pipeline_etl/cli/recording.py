"""Records what the service answers, so that somebody else, or a test, can ask again without a token."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipeline_etl.cli.terminal import Bars
from pipeline_etl.errors import ArchiveBusy, SettingsError
from pipeline_etl.extraction import Progress
from pipeline_etl.extraction.plan import GRID_ORIGIN
from pipeline_etl.orchestration.definitions import wall_clock
from pipeline_etl.orchestration.resources import github_token, history_start
from pipeline_etl.providers import Recording, Waiting, github_provider, record
from pipeline_etl.settings import Settings
from pipeline_etl.storage import exclusive, room_for


def record_repositories(in_force: Settings, *, into: Path, console: Console) -> list[Recording]:
    """Record the history of every repository; each archive is there whole or not at all.

    Raises:
        SettingsError: No repository is named, or there is an archive of one already.
        ArchiveBusy: Another process records into the folder.
    """
    if in_force.uses_sample:
        raise SettingsError("REPOSITORIES is not set: name what to record, for example REPOSITORIES=owner/name.")
    now = wall_clock()
    start = history_start(in_force, now=now)
    provider = github_provider(in_force.github_api_url, token=github_token(in_force), waiting=Waiting(now=wall_clock))
    bars = Bars(console, is_shown=True)
    with room_for(into), exclusive(into / ".lock", purpose="recording", busy=ArchiveBusy), bars.progress:
        return [
            record(
                provider,
                name,
                into,
                created_from=now - start if isinstance(start, timedelta) else start or GRID_ORIGIN,
                created_until=now,
                recorded_at=now,
                on_progress=partial(_show, bars, name),
                concurrent_requests=in_force.concurrent_requests,
            )
            for name in in_force.repositories
        ]


def tell_recording(console: Console, recording: Recording) -> None:
    """What was recorded, what could not be had, and where it is."""
    console.print(f"{escape(str(recording.folder))}", highlight=False, soft_wrap=True)
    for kind in recording.counts | recording.left_out:
        count, left_out = recording.counts[kind], recording.left_out[kind]
        console.print(
            f"  {kind:<20}{count:>10,}" + (f"  ({left_out:,} not to be had)" if left_out else ""), highlight=False
        )


def _show(bars: Bars, repository_name: str, stage: str, done: int, total: int) -> None:
    bars.on_sync(Progress(repository_name=repository_name, stage=stage, done=done, total=total))
