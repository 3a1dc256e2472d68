"""Test reports: JUnit XML of any producer, NUnit, xUnit.net and trx become one row per try of a test.

The document is streamed into columns (``junit_reader.py``), never one object per case. Retries are read in every way
they are written: Surefire's ``flakyFailure`` and ``rerunFailure`` inside a case, and cases repeated by
pytest-rerunfailures, gotestsum, Gradle and others (``test_tries.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import TestReports
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.dotnet_readers import NUnitReader, XUnitReader
from pipeline_etl.parsing.identity import test_ids
from pipeline_etl.parsing.junit_columns import UNNAMED
from pipeline_etl.parsing.junit_reader import JUnitReader, OtherRootError
from pipeline_etl.parsing.redaction import redact_lines
from pipeline_etl.parsing.test_tries import number_tries
from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.parsing.trx_reader import TrxReader

_IDENTIFYING: Final = ("suite_name", "class_name", "test_name")
_READERS: Final[Mapping[str, type[JUnitReader]]] = {
    "test-run": NUnitReader,
    "test-results": NUnitReader,
    "test-suite": NUnitReader,
    "assemblies": XUnitReader,
    "assembly": XUnitReader,
    "TestRun": TrxReader,
}
"""Who reads a report that is not JUnit XML, by its root element."""

_REPORT_SCHEMA: Final = {
    name: TestReports.create_empty().schema[name]
    for name in ("report_format", "suite_count", "test_case_count", "report_seconds", "reported_at")
}


@dataclass(frozen=True)
class TestReportRows:
    """The rows of one report, without context columns."""

    report: pl.DataFrame
    """One row of TestReports."""
    results: pl.DataFrame
    """Rows of TestResults."""


def parse_test_report(content: bytes, *, repository_id: int) -> TestReportRows:
    """Every try of every test in a report.

    A report without cases has one row in ``report`` and none in ``results``. Which cases are tries of one test does not
    depend on their order in the report.

    Raises:
        MalformedTestReport: It is no XML of a known dialect, is cut off, or passes a cap.
    """
    reader = _read(content)
    results = _identified(reader.tries(), repository_id=repository_id)
    report = pl.DataFrame(
        {
            "report_format": [reader.report_format],
            "suite_count": [reader.suite_count],
            "test_case_count": [results.height],
            "report_seconds": [reader.report_seconds],
            "reported_at": [min(_instants(reader.timestamps), default=None)],
        },
        schema=_REPORT_SCHEMA,
    )
    return TestReportRows(report=report, results=results)


def _read(content: bytes) -> JUnitReader:
    """JUnit XML unless the root element says otherwise: of all reports hardly any does."""
    reader = JUnitReader()
    try:
        reader.read_report(content)
    except OtherRootError as other:
        if other.root not in _READERS:
            message = f"Its root element is <{other.root[:100]}>, which no known test report has."
            raise MalformedTestReport(message) from None
        reader = _READERS[other.root]()
        reader.read_report(content)
    return reader


def _instants(texts: Iterable[str]) -> list[datetime]:
    return [moment for moment in map(instant, texts) if moment is not None]


def _identified(tries: pl.DataFrame, *, repository_id: int) -> pl.DataFrame:
    """Rows of TestResults from the reader's columns."""
    # Of the names as they are: an identity must not change when redaction learns a new kind of secret.
    ids = test_ids(tries.select(_IDENTIFYING), repository_id=repository_id)
    numbered = number_tries(tries.with_columns(ids, (pl.col("test_name") != UNNAMED).alias("is_named")))
    again = numbered["test_ordinal"] > 1
    if again.any():
        # Same identity, different test: the ordinal becomes part of the name.
        name = pl.format("{} #{}", "test_name", "test_ordinal")
        numbered = numbered.with_columns(pl.when(again).then(name).otherwise("test_name").alias("test_name"))
        renamed = numbered.filter(again)
        ids = test_ids(renamed.select(_IDENTIFYING), repository_id=repository_id)
        numbered = numbered.with_columns(numbered["test_id"].scatter(again.arg_true(), ids))
    return numbered.select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("result_number"),
        "test_id",
        *(redact_lines(numbered[column])[0] for column in _IDENTIFYING),
        "file_path",
        "try_number",
        "test_outcome",
        "test_seconds",
        "message",
    )
