"""What was told to whom: a line for each, on the disk before the next one is told.

It lies in the data folder, beside the lake and not in it: the lake holds what a service knows, and is the same for all
who read it, while a channel is told by one installation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline_etl.alerting.alert import Alert
from pipeline_etl.errors import DeliveryBusy, JournalDamaged
from pipeline_etl.storage import exclusive
from pipeline_etl.storage.durable import make_directory, sync_file


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One alert told to one channel."""

    channel: str
    alert_id: str
    rule_name: str
    repository_name: str
    is_open: bool
    last_seen_at: datetime
    told_at: datetime


@dataclass
class Journal:
    """The file, read once and grown line by line."""

    path: Path
    _last: dict[tuple[str, str], Entry] = field(default_factory=dict)

    @contextmanager
    def held(self) -> Iterator["Journal"]:
        """Hold it alone while alerts are told.

        Raises:
            DeliveryBusy: another process tells alerts.
            JournalDamaged: a line in it cannot be read.
        """
        make_directory(self.path.parent)
        with exclusive(self.path.with_suffix(".lock"), purpose="delivering alerts", busy=DeliveryBusy):
            self._last = {(entry.channel, entry.alert_id): entry for entry in self._read()}
            yield self

    def last(self, channel: str, alert_id: str) -> Entry | None:
        """What a channel was told of an alert last."""
        return self._last.get((channel, alert_id))

    def open_entries(self, channel: str) -> list[Entry]:
        """What a channel believes to be open."""
        return [entry for (name, _), entry in self._last.items() if name == channel and entry.is_open]

    def add(self, channel: str, alert: Alert, *, now: datetime) -> None:
        """Remember that a channel was told."""
        entry = Entry(
            channel=channel,
            alert_id=alert.alert_id,
            rule_name=alert.rule_name,
            repository_name=alert.repository_name,
            is_open=alert.is_open,
            last_seen_at=alert.last_seen_at,
            told_at=now,
        )
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
        sync_file(self.path)
        self._last[channel, alert.alert_id] = entry

    def _read(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole, _, torn = content.rpartition(b"\n")
        if torn:
            # Written when the power went: what it told of is told again, and the line is cut off.
            with self.path.open("r+b") as file:
                file.truncate(len(content) - len(torn))
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                yield msgspec.json.decode(line, type=Entry)
            except msgspec.MsgspecError as error:
                raise JournalDamaged(f"line {number} of {self.path} cannot be read: {error}") from error
