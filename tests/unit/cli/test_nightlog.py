from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline_etl.cli import nightlog
from pipeline_etl.cli.nightlog import keep_night, night_line
from pipeline_etl.orchestration.run import Outcome, Trouble

BEGAN = datetime(2026, 8, 21, 3, tzinfo=UTC)
FACTS = {
    "lake/jobs": {"rows_added": 1_200},
    "lake/steps": {"rows_added": 34},
    "warehouse/published": {"rows": {"raw.run_attempts": 56_789}},
}


def line(*, errors: tuple[Trouble, ...] = (), facts: dict = FACTS, is_complete: bool = True) -> str:
    outcome = Outcome(is_complete=is_complete, errors=errors, warnings=(), facts=facts)
    return night_line(outcome, began_at=BEGAN, ended_at=BEGAN + timedelta(seconds=61))


def test_a_night_that_went_well_is_one_line_of_what_is_new_and_what_there_is() -> None:
    assert line() == (
        "2026-08-21T03:00:00Z went well after 61 s: 1,234 new rows in the lake; "
        "warehouse published with 56,789 rows of run_attempts"
    )


def test_a_night_that_failed_says_with_what_and_why_in_one_line_whatever_the_message_holds() -> None:
    said = line(errors=(Trouble(what="a/b:\nheld\x1b[31m by 7", exit_code=75),), facts={}, is_complete=False)

    assert said.startswith(
        "2026-08-21T03:00:00Z ended with 75 after 61 s: 0 new rows in the lake; no warehouse published"
    )
    assert said.endswith("; a/b: held [31m by 7")


def test_the_log_of_nights_never_grows_beyond_two_files(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(nightlog, "LONGEST_BYTES", 100)
    for number in range(50):
        path = keep_night(tmp_path, f"night {number}")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["nightly.log", "nightly.log.1"]
    assert path.read_text().splitlines()[-1] == "night 49"
    assert all(file.stat().st_size <= 101 for file in tmp_path.iterdir())
