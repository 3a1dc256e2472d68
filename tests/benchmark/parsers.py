"""The parsers of what there is much of, beside a floor measured in the same run on the same bytes.

Speeds are per core: the time is that of all cores together.
"""

import io
import multiprocessing
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

from pipeline_etl.contracts.tables import LogLines
from pipeline_etl.parsing.job_log import JobLog, read_job_logs
from pipeline_etl.parsing.test_report import parse_test_reports
from tests.benchmark.figure import Figure, core_seconds_of
from tests.parsed import parse_test_report

PROJECT = Path(__file__).parents[2]
ARCHIVE = PROJECT / "data" / "sample" / "github" / "simonw" / "sqlite-utils"
STAMP = b"2026-05-01T12:00:00.1234567Z "


def figures() -> Iterable[Figure]:
    """Speed and memory of logs, then of test reports."""
    yield from log_figures()
    yield from report_figures()


def log_figures() -> Iterable[Figure]:
    """Logs into Parquet: many small ones, a large one of them all, and a large one of a program that says much."""
    logs = files_of("logs", lambda name: "/" not in name)
    size = sum(map(len, logs))
    taken = core_seconds_of(lambda: into_parquet(logs))
    yield Figure("job logs of the sample, read together, into Parquet", size / taken / 1e6, "MB/s")
    taken = core_seconds_of(lambda: [into_parquet([log]) for log in logs])
    yield Figure("  each alone", size / taken / 1e6, "MB/s")
    floor = core_seconds_of(lambda: [log.decode("utf-8", "replace").splitlines() for log in logs])
    yield Figure("  floor: decode and split", size / floor / 1e6, "MB/s")
    for what, large in (
        ("one large log of a program's output into Parquet", spoken(100_000_000)),
        ("one large log of all that the sample's jobs print into Parquet", b"\n".join(logs) * 8),
    ):
        taken = core_seconds_of(lambda large=large: into_parquet([large]))
        yield Figure(what, len(large) / taken / 1e6, "MB/s", 80, is_floor=True)
    for what, stream in (
        ("peak memory, a log of 1 GB", Lines(1_000_000_000)),
        ("peak memory, a log of 1 GB in one line", OneLine(1_000_000_000)),
    ):
        yield Figure(what, peak_megabytes(into_parquet, [stream]), "MB", 600)


def report_figures() -> Iterable[Figure]:
    """Test reports into columns."""
    reports = files_of("artifact_zips", lambda name: name == "junit.xml")
    size = sum(map(len, reports))
    floor = core_seconds_of(lambda: [sum(1 for _ in ET.iterparse(io.BytesIO(report))) for report in reports])
    taken = core_seconds_of(lambda: parse_test_reports(reports, repository_id=1))
    yield Figure("test reports of the sample, read together, into columns", size / taken / 1e6, "MB/s")
    yield Figure("  as a share of bare ElementTree iterparse", floor / taken, "x", 0.6, is_floor=True)
    taken = core_seconds_of(lambda: [parse_test_report(report, repository_id=1) for report in reports])
    yield Figure("  the same, each alone", floor / taken, "x")
    with tempfile.TemporaryDirectory() as folder:
        large = OnDisk(Path(folder) / "junit.xml")
        size = write_report(large.path, case_count=1_000_000)
        floor = core_seconds_of(lambda: sum(1 for _ in ET.iterparse(large.path)), repeats=1)
        taken = core_seconds_of(lambda: parse_test_reports([large], repository_id=1), repeats=1)
        yield Figure(f"a report of a million cases, {size / 1e6:.0f} MB, into columns", size / taken / 1e6, "MB/s")
        yield Figure("  as a share of bare ElementTree iterparse", floor / taken, "x", 0.6, is_floor=True)
        yield Figure("  peak memory", peak_megabytes(into_columns, large), "MB", 450)


def files_of(folder: str, is_wanted: Callable[[str], bool]) -> list[bytes]:
    """Files of the zips of the recorded archive."""
    zips = [zipfile.ZipFile(path) for path in sorted((ARCHIVE / folder).glob("*.zip"))]
    return [archive.read(name) for archive in zips for name in archive.namelist() if is_wanted(name)]


def into_parquet(logs: Iterable[object]) -> None:
    for rows in read_job_logs(JobLog(job_id=number, content=log) for number, log in enumerate(logs)):
        rows.frames[LogLines].write_parquet(io.BytesIO(), compression="zstd")


def into_columns(report: object) -> None:
    parse_test_reports([report], repository_id=1)


def spoken(size: int) -> bytes:
    """What a chatty program logs."""
    lines = b"".join(
        STAMP
        + b"tests/unit/module_%d.py::test_number_%d PASSED   [%3d%%] in 0.%03d seconds\n"
        % (n % 97, n, n % 100, n % 997)
        for n in range(10_000)
    )
    return lines * (size // len(lines))


@dataclass
class Lines:
    """A log of so many bytes that nobody holds."""

    size: int

    def open(self) -> BinaryIO:
        return _Repeated(spoken(4_000_000), self.size)


@dataclass
class OneLine:
    """A log of one line of so many bytes that nobody holds."""

    size: int

    def open(self) -> BinaryIO:
        return _Repeated(b"x" * 1_000_000, self.size)


class _Repeated(io.RawIOBase):
    def __init__(self, piece: bytes, size: int) -> None:
        self.piece, self.left, self.rest = piece, size, b""

    def read(self, size: int = -1) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        while len(self.rest) < size:
            self.rest += self.piece
        given, self.rest = self.rest[:size], self.rest[size:]
        self.left -= size
        return given


@dataclass
class OnDisk:
    path: Path

    def open(self) -> BinaryIO:
        return self.path.open("rb")


def write_report(path: Path, *, case_count: int) -> int:
    """A report of pytest's shape, one case in fifty failed; its size."""
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n')
        for suite in range(case_count // 1000):
            file.write(f'<testsuite name="suite {suite}" time="12.5" timestamp="2026-05-01T12:00:00">\n')
            for case in range(suite * 1000, suite * 1000 + 1000):
                failed = "><failure message='assert 1 == 2'>Traceback:\n  assert 1 == 2</failure></testcase>"
                file.write(
                    f'<testcase classname="tests.integration.package_{suite % 40}.test_module_{suite}.TestCase{case % 20}" line="12" '
                    f'name="test_behaviour_of_component_{case}[case-{case % 1000}]" file="tests/package_{suite % 40}/test_{suite}.py" '
                    f'time="0.{case % 1000:03}"{failed if case % 50 == 0 else "/>"}\n'
                )
            file.write("</testsuite>\n")
        file.write("</testsuites>\n")
    return path.stat().st_size


def peak_megabytes(act: Callable[..., None], argument: object) -> float:
    """The most memory that a process of its own has at any time."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(act, argument, sending))
    process.start()
    sending.close()
    peak = receiving.recv()
    process.join()
    return peak


def _measured(act: Callable[..., None], argument: object, sending: object) -> None:
    act(argument)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sending.send(next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM")))
