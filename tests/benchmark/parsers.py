"""The parsers of what there is much of, beside a floor measured in the same run on the same bytes."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from pipeline_etl.parsing.job_log import parse_job_log
from pipeline_etl.parsing.test_report import parse_test_report
from tests.benchmark.figure import Figure, seconds_of

PROJECT = Path(__file__).parents[2]
ARCHIVE = PROJECT / "data" / "sample" / "github" / "simonw" / "sqlite-utils"


def figures() -> Iterable[Figure]:
    """The parsers of what there is much of, beside a floor on the same bytes."""
    logs = [
        archive.read(name)
        for path in sorted((ARCHIVE / "logs").glob("*.zip"))
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
        if "/" not in name
    ]
    log_bytes = sum(map(len, logs))
    taken = seconds_of(lambda: [parse_job_log(log, steps=()) for log in logs])
    floor = seconds_of(lambda: [log.decode("utf-8", "replace").splitlines() for log in logs])
    yield Figure("job logs of the sample into columns", log_bytes / taken / 1e6, "MB/s")
    large = b"\n".join(logs) * 4
    taken = seconds_of(lambda: parse_job_log(large, steps=()))
    yield Figure("one large job log into columns", len(large) / taken / 1e6, "MB/s", 80, is_floor=True)
    yield Figure("  floor: decode and split those of the sample", log_bytes / floor / 1e6, "MB/s")

    reports = [
        archive.read(name)
        for path in sorted((ARCHIVE / "artifact_zips").glob("*.zip"))
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
        if name == "junit.xml"
    ]
    report_bytes = sum(map(len, reports))
    taken = seconds_of(lambda: [parse_test_report(report, repository_id=1) for report in reports])
    floor = seconds_of(lambda: [sum(1 for _ in ET.iterparse(io.BytesIO(report))) for report in reports])
    yield Figure("test reports of the sample into columns", report_bytes / taken / 1e6, "MB/s")
    yield Figure("  as a share of bare ElementTree iterparse", floor / taken, "x", 0.6, is_floor=True)
