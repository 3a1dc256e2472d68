"""One line per night, for who wonders what happened while nobody looked."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline_etl.orchestration.run import Outcome

LOG_FILE: Final = "nightly.log"
"""In the data folder."""

LONGEST_BYTES: Final = 2**20
"""At which the log is set aside under one more suffix, in the place of the one set aside before: some ten years."""


def night_line(outcome: Outcome, *, began_at: datetime, ended_at: datetime) -> str:
    """What came of a night, in one line; what went wrong last, since a message may be long."""
    facts = outcome.facts
    new = sum(made["rows_added"] for key, made in facts.items() if key.startswith("lake/"))
    published: Mapping[str, Any] = facts.get("warehouse/published", {})
    said = [f"{new:,} new rows in the lake"]
    if published:
        attempts = published["rows"].get("raw.run_attempts", 0)
        said.append(f"warehouse published with {attempts:,} rows of run_attempts")
    else:
        said.append("no warehouse published")
    said += [_one_line(error.what) for error in outcome.errors]
    ended = "went well" if outcome.exit_code == 0 else f"ended with {outcome.exit_code}"
    seconds = (ended_at - began_at).total_seconds()
    return f"{began_at:%Y-%m-%dT%H:%M:%SZ} {ended} after {seconds:,.0f} s: {'; '.join(said)}"


def keep_night(data_root: Path, line: str) -> Path:
    """Append the line to the log of nights, which never grows beyond two files of a megabyte; where it is."""
    path = data_root / LOG_FILE
    if path.is_file() and path.stat().st_size + len(line) > LONGEST_BYTES:
        path.replace(path.with_suffix(".log.1"))
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")
    return path


def _one_line(text: str) -> str:
    """Names and messages of the service are data: whatever is in them, a night stays one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:500]
