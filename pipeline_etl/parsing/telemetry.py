"""Telemetry: how much processor, memory, disk and network a job used, second by second.

Two formats are read: ``telemetry.jsonl``, one JSON object per line, and the text that Semaphore's agent writes, of
which a line is ``Sun 11 May 2025 09:24:51 PM UTC |  cpu:4.6%,  mem:  3.20%,  system_disk: 25.77%, …``.
"""

import io
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, NamedTuple

import msgspec
import polars as pl

from pipeline_etl.contracts.tables import TelemetrySamples
from pipeline_etl.errors import MalformedTelemetry
from pipeline_etl.parsing.timestamps import instant

MAX_SAMPLES: Final = 500_000
"""Samples in one file: a job of five days, the longest there is, at one a second has 432,000."""

MAX_LINE_BYTES: Final = 65_536

_Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


class _Sample(msgspec.Struct, frozen=True):
    """A line of telemetry.jsonl: what we read of it."""

    timestamp: str
    interval_s: _Amount | None = None
    cpu_percent: _Amount | None = None
    """100 is one processor."""
    cpu_seconds_total: _Amount | None = None
    cpu_count: Annotated[int, msgspec.Meta(ge=1, le=65_536)] | None = None
    rss_bytes: _Bytes | None = None
    processes: _Bytes | None = None
    io_read_chars_total: _Bytes | None = None
    io_write_chars_total: _Bytes | None = None
    disk_used_bytes: _Bytes | None = None
    host_cpu_percent: _Amount | None = None
    """100 is all processors."""
    host_load1: _Amount | None = None
    host_mem_total_bytes: _Bytes | None = None
    host_net_rx_bytes_total: _Bytes | None = None
    host_net_tx_bytes_total: _Bytes | None = None


_decode: Final = msgspec.json.Decoder(_Sample).decode

_TEXT_LINE: Final = re.compile(
    r"(?P<time>[^|]{8,64}?)\s*\|\s*cpu:\s*(?P<cpu>\d{1,3}(?:\.\d{1,6})?)%,"
    r"\s*mem:\s*(?P<memory>\d{1,3}(?:\.\d{1,6})?)%"
    r"(?:,\s*system_disk:\s*(?P<disk>\d{1,3}(?:\.\d{1,6})?)%)?"
)


class _Row(NamedTuple):
    """A row of TelemetrySamples but for its number."""

    sampled_at: datetime
    interval_seconds: float | None = None
    cpu_ratio: float | None = None
    cpu_busy_seconds_total: float | None = None
    cpu_count: int | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    process_count: int | None = None
    io_read_bytes_total: int | None = None
    io_write_bytes_total: int | None = None
    network_received_bytes_total: int | None = None
    network_sent_bytes_total: int | None = None
    disk_used_bytes: int | None = None
    disk_used_ratio: float | None = None
    machine_cpu_ratio: float | None = None
    machine_memory_ratio: float | None = None
    machine_load_1m: float | None = None


_SCHEMA: Final = {name: TelemetrySamples.create_empty().schema[name] for name in _Row._fields}


@dataclass(frozen=True)
class TelemetryRows:
    """The rows of one file, without context columns."""

    samples: pl.DataFrame
    """Rows of TelemetrySamples, in the order of the file."""
    problem: MalformedTelemetry | None
    """How many lines could not be read, and the first of them; None when all could."""


def parse_telemetry(content: bytes) -> TelemetryRows:
    """Every sample of a telemetry file.

    A line that cannot be read is left out and counted; the rest stands.

    Raises:
        MalformedTelemetry: No line can be read, or there are more samples than a cap allows.
    """
    samples: list[_Row] = []
    broken_count, first_broken = 0, "it is empty"
    for number, line in enumerate(io.BytesIO(content.removeprefix(b"\xef\xbb\xbf")), start=1):
        if not line.strip():
            continue
        try:
            samples.append(_read_line(line))
        except ValueError as error:
            broken_count += 1
            if broken_count == 1:
                first_broken = f"line {number:,}: {error}"
        if len(samples) > MAX_SAMPLES:
            raise MalformedTelemetry(f"It has more than {MAX_SAMPLES:,} samples.")
    if not samples:
        raise MalformedTelemetry(f"None of its lines is a sample: {first_broken}.")
    frame = pl.DataFrame(samples, schema=_SCHEMA, orient="row").select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("sample_number"), pl.all()
    )
    if not broken_count:
        return TelemetryRows(samples=frame, problem=None)
    said = f"{broken_count:,} of {broken_count + len(samples):,} lines are no samples, the first: {first_broken}."
    return TelemetryRows(samples=frame, problem=MalformedTelemetry(said))


def _read_line(line: bytes) -> _Row:
    """One sample. Raises ValueError when the line is none."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES:,} bytes")
    return _of_json(line) if line.lstrip().startswith(b"{") else _of_text(line)


def _of_json(line: bytes) -> _Row:
    sample = _decode(line)
    processors = None if sample.cpu_count is None else 100 * sample.cpu_count
    return _Row(
        sampled_at=_moment(sample.timestamp),
        interval_seconds=sample.interval_s,
        cpu_ratio=_ratio(sample.cpu_percent, processors),
        cpu_busy_seconds_total=sample.cpu_seconds_total,
        cpu_count=sample.cpu_count,
        memory_bytes=sample.rss_bytes,
        memory_total_bytes=sample.host_mem_total_bytes,
        process_count=sample.processes,
        io_read_bytes_total=sample.io_read_chars_total,
        io_write_bytes_total=sample.io_write_chars_total,
        network_received_bytes_total=sample.host_net_rx_bytes_total,
        network_sent_bytes_total=sample.host_net_tx_bytes_total,
        disk_used_bytes=sample.disk_used_bytes,
        machine_cpu_ratio=_ratio(sample.host_cpu_percent, 100),
        machine_load_1m=sample.host_load1,
    )


def _of_text(line: bytes) -> _Row:
    match = _TEXT_LINE.match(line.decode("utf-8", errors="replace"))
    if not match:
        raise ValueError("neither JSON nor `time | cpu:…%, mem:…%`")
    disk = match["disk"]
    return _Row(
        sampled_at=_moment(match["time"]),
        machine_cpu_ratio=float(match["cpu"]) / 100,
        machine_memory_ratio=float(match["memory"]) / 100,
        disk_used_ratio=None if disk is None else float(disk) / 100,
    )


def _moment(text: str) -> datetime:
    moment = instant(text)
    if moment is None:
        raise ValueError(f"its time cannot be read ({text[:60]!r})")
    return moment


def _ratio(percent: float | None, whole: float | None) -> float | None:
    return None if percent is None or whole is None else percent / whole
