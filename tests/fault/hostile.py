"""Files that were made to do harm, read one after the other in a process of its own.

Run as a module it prints, as JSON, what became of each and the most memory that the process had.
"""

import io
import json
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pipeline_etl.errors import ContentError
from pipeline_etl.parsing.archive import LargeFile, open_archive
from pipeline_etl.parsing.artifact_file import recognise
from pipeline_etl.parsing.coverage_report import parse_coverage_report
from pipeline_etl.parsing.job_log import JobLog, read_job_logs
from pipeline_etl.parsing.log_archive import LoggedJob, split_log_archive
from pipeline_etl.parsing.telemetry import parse_telemetry
from pipeline_etl.parsing.workflow_file import parse_workflow_file
from tests.parsed import parse_test_report

CASE: Final = '<testsuite name="s"><testcase name="{name}"/></testsuite>'
HEBREW: Final = "\u202e\u05e9\u05dc\u05d5\u05dd\u202c <script>alert(1)</script> &quot;'; drop table t; --&#10;../../etc"
TEXT_BYTES: Final = 30_000_000


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def overlapping() -> bytes:
    """Thousands of entries that all are the same few bytes of the archive."""
    honest = zipped({"0_a.txt": bytes(10_000_000)})
    start = honest.index(b"PK\x01\x02")
    end = honest.index(b"PK\x05\x06")
    entry = honest[start:end]
    entries = b"".join(entry.replace(b"0_a.txt", b"%1d_b.txt" % (n % 10)) for n in range(5_000))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5_000, 5_000, len(entries), start, 0)
    return honest[:start] + entries + tail


def nested(depth: int) -> bytes:
    content = zipped({"junit.xml": bytes(1_000_000)})
    for _ in range(depth):
        content = zipped({f"{number}.zip": content for number in range(16)})
    return content


def report(content: str | bytes) -> int:
    return parse_test_report(content.encode() if isinstance(content, str) else content, repository_id=1).results.height


def artifact(content: bytes) -> int:
    """How many of its files anybody would read."""
    return sum(recognise(file.path, file.head) is not None for file in open_archive(content))


def logs_in(content: bytes) -> int:
    archive = split_log_archive(content, [LoggedJob(1, "a"), LoggedJob(2, "b")])
    return sum(log_lines(files.whole) for files in archive.jobs.values() if files.whole is not None)


def log_lines(content: bytes | LargeFile) -> int:
    lines = 0
    for rows in read_job_logs([JobLog(job_id=1, content=content)]):
        for error in rows.refused.values():
            raise error
        lines += sum(frame["line_count"].sum() for table, frame in rows.frames.items() if table.__name__ == "JobLogs")
    return lines


def telemetry(content: bytes) -> int:
    return parse_telemetry(content).samples.height


def coverage(content: bytes) -> int:
    return parse_coverage_report(content, path="lcov.info").files.height


def around(tag: str, text: str) -> str:
    return f'<testsuite><testcase name="a"><{tag}>{text}</{tag}></testcase></testsuite>'


LAUGHS: Final = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))

ALIASES: Final = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 20))

CASES: Final[dict[str, Callable[[], int]]] = {
    "zip bomb in a log archive": lambda: logs_in(zipped({"0_a.txt": bytes(150_000_000)})),
    "zip bomb in an artifact": lambda: artifact(zipped({"junit.xml": bytes(150_000_000)})),
    "overlapping entries": lambda: artifact(overlapping()),
    "zips in zips": lambda: artifact(nested(4)),
    "a large log": lambda: logs_in(zipped({"0_a.txt": b"".join(b"line %d of a log\n" % n for n in range(2_000_000))})),
    "billion laughs": lambda: report(f'<!DOCTYPE t [<!ENTITY l0 "ha">{LAUGHS}]>{CASE.format(name="&l9;")}'),
    "external entity": lambda: report(
        f'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]>{CASE.format(name="&x;")}'
    ),
    "parameter entity": lambda: report(
        f'<!DOCTYPE t [<!ENTITY % x SYSTEM "http://[::1]/x"> %x;]>{CASE.format(name="a")}'
    ),
    "document type": lambda: report(f'<!DOCTYPE testsuite SYSTEM "x.dtd">{CASE.format(name="a")}'),
    "a hundred thousand deep": lambda: report("<testsuite>" * 100_000),
    "a tag without end": lambda: report('<testsuite><testcase name="' + "x" * 50_000_000),
    "half a million attributes": lambda: report("<testsuite " + " ".join(f"a{n}='1'" for n in range(500_000)) + "/>"),
    "a long failure": lambda: report(around("failure", "x" * TEXT_BYTES)),
    "a long output": lambda: report(around("system-out", "x\n" * (TEXT_BYTES // 2))),
    "UTF-16, little end first": lambda: report(CASE.format(name="é").encode("utf-16-le").join([b"\xff\xfe", b""])),
    "UTF-16, big end first": lambda: report(CASE.format(name="é").encode("utf-16-be").join([b"\xfe\xff", b""])),
    "byte order mark": lambda: report(b"\xef\xbb\xbf" + CASE.format(name="é").encode()),
    "an encoding nobody knows": lambda: report('<?xml version="1.0" encoding="x-evil"?>' + CASE.format(name="a")),
    "NUL in a report": lambda: report(CASE.format(name="a\0b")),
    "control character in a report": lambda: report(CASE.format(name="a&#27;b")),
    "a name for every mischief": lambda: report(CASE.format(name=HEBREW.replace("<", "&lt;"))),
    "invalid UTF-8 in a report": lambda: report(b'<testsuite><testcase name="\xff\xfe"/></testsuite>'),
    "five million empty lines in a log": lambda: log_lines(b"x" + b"\n" * 5_000_000),
    "twenty million empty lines of telemetry": lambda: telemetry(b"\n" * 20_000_000),
    "twenty million empty lines of coverage": lambda: coverage(b"SF:a\nDA:1,1\nend_of_record\n" + b"\n" * 20_000_000),
    "aliases of aliases": lambda: parse_workflow_file(ALIASES.encode()).height,
    "a million brackets": lambda: parse_workflow_file(b"[" * 1_000_000).height,
}


def outcomes() -> Iterator[tuple[str, int | str]]:
    """What became of each: a number of rows, or the words for why there are none."""
    for name, read in CASES.items():
        try:
            yield name, read()
        except ContentError as error:
            yield name, f"{type(error).__name__}: {error}"


def peak_megabytes() -> float:
    """The most memory this process had; what the kernel tells elsewhere may be that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    told = dict(outcomes())
    print(json.dumps({"outcomes": told, "peak_megabytes": peak_megabytes()}))  # noqa: T201 - what the test reads
