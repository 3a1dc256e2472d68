"""Reads again what was kept of the service's answers, and tells what came of it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from pipeline_etl.cli.terminal import Bars
from pipeline_etl.contracts.tables import table_name
from pipeline_etl.extraction.originals import NOT_REBUILT, REBUILT
from pipeline_etl.extraction.replay import Replay, replay
from pipeline_etl.settings import Settings
from pipeline_etl.storage import Lake


def replay_repositories(in_force: Settings, *, repository_name: str | None, console: Console) -> list[Replay]:
    """Replay one repository of the lake, or all. Raises what :func:`replay` raises."""
    bars = Bars(console, is_shown=True)
    with bars.progress:
        return replay(Lake(in_force.lake_root), repository_name=repository_name, on_progress=bars.on_sync)


def tell_replays(console: Console, replays: Sequence[Replay]) -> None:
    """What was read again of each repository, what of it differed, and what cannot be read again."""
    for came_of_it in replays:
        _tell(console, came_of_it)
    if not replays:
        _print(console, "Nothing is kept yet: `make extract` keeps the answers it gets.")
    limits = ", ".join(map(table_name, NOT_REBUILT))
    _print(console, f"Not read again, since logs and artifacts are not kept: {limits}.")
    if any(sum(came_of_it.written_counts.values()) for came_of_it in replays):
        _print(
            console, "`make generate-pipeline-report`, or the next night, brings what was written into the warehouse."
        )


def _tell(console: Console, came_of_it: Replay) -> None:
    written = sum(came_of_it.written_counts.values())
    said = f"{written:,} rows written" if written else "every row reads as it is stored"
    _print(console, f"{came_of_it.repository_name}: {said}")
    for table in map(table_name, REBUILT):
        read, unkept = came_of_it.read_counts[table], came_of_it.unkept_counts[table]
        if read or unkept:
            left = f"  ({unkept:,} stored, of which nothing is kept)" if unkept else ""
            _print(console, f"  {table:<16}{read:>12,} read again{came_of_it.written_counts[table]:>12,} written{left}")
    if came_of_it.unread:
        _print(console, f"  {len(came_of_it.unread):,} could not be read; the first: {came_of_it.unread[0]}")


def _print(console: Console, line: str) -> None:
    console.print(escape(line), highlight=False, soft_wrap=True)
