"""A lake of repositories whose histories are hard to count."""

from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline_etl.storage import Lake
from tests.simulated.hard_attempts import add_attempts
from tests.simulated.hard_history import Place, Rows, add_file_version, add_ledger, add_repository, drawn_runs
from tests.simulated.hard_logs import add_logs_and_reports

SECOND: Final = timedelta(seconds=1)
MONTH: Final = timedelta(days=30)


def _around(*moments: datetime) -> tuple[datetime, ...]:
    """Each moment, a second before and a second after."""
    return tuple(moment + step for moment in moments for step in (-SECOND, timedelta(), SECOND))


NOON: Final = datetime(2026, 9, 16, 12, tzinfo=UTC)
MONDAY: Final = datetime(2026, 9, 21, tzinfo=UTC)
NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)

PLACES: Final = (
    # Known for longer than two windows; its last Monday is within the window, and its runs lie on all borders.
    Place(
        repository_id=1,
        default_branch="main",
        is_private=True,
        as_of=NOON,
        day_count=64,
        labels=(("ubuntu-latest",), ("ubuntu-22.04",), ("windows-2022",), ("a-runner-of-ours",)),
        edges=_around(NOON, NOON - MONTH, NOON - 2 * MONTH, MONDAY - timedelta(days=7), MONDAY - timedelta(days=28)),
    ),
    # Read up to the very beginning of a week; its first run is as old as both windows together.
    Place(
        repository_id=2,
        default_branch="trunk",
        is_private=False,
        as_of=MONDAY,
        day_count=60,
        labels=(("macos-14-xlarge",), ("ubuntu-latest",), ("self-hosted", "linux"), ("macos-latest",)),
        edges=(MONDAY - 2 * MONTH, *_around(MONDAY - MONTH), MONDAY, MONDAY - SECOND),
    ),
    # Over the day on which prices fell, and the year of 53 weeks that ends there.
    Place(
        repository_id=3,
        default_branch="main",
        is_private=False,
        as_of=NEW_YEAR + timedelta(days=20),
        day_count=75,
        labels=(("ubuntu-24.04-arm",), ("ubuntu-latest-4-cores",), ("windows-latest",), ("ubuntu-slim",)),
        edges=tuple(NEW_YEAR + timedelta(seconds=step) for step in range(-900, 60, 45)),
    ),
    # Too young to be compared with anything, and over the end of a year of 53 weeks.
    Place(
        repository_id=4,
        default_branch="main",
        is_private=True,
        as_of=datetime(2027, 1, 6, 5, tzinfo=UTC),
        day_count=50,
        labels=(("ubuntu-latest",), ("ubuntu-latest",), ("windows-11-arm",)),
        edges=_around(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)),
    ),
)


def write_hard_lake(lake: Lake) -> None:
    """Write the histories of all places; the same each time."""
    for place in PLACES:
        rows = Rows(place)
        add_repository(rows)
        add_ledger(rows)
        for run in drawn_runs(rows):
            add_file_version(rows, run)
            add_logs_and_reports(rows, add_attempts(rows, run))
        rows.write(lake)
