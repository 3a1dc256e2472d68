"""Test reports: JUnit XML of any producer, NUnit, xUnit.net and trx become one row per try of a test.

The document is streamed into columns (``junit_reader.py``), never one object per case. Retries are read in every way
they are written: Surefire's ``flakyFailure`` and ``rerunFailure`` inside a case, and cases repeated by
pytest-rerunfailures, gotestsum, Gradle and others (``test_tries.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import TestReports
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.dotnet_readers import READERS as DOTNET_READERS
from pipeline_etl.parsing.identity import test_id
from pipeline_etl.parsing.junit_columns import UNNAMED
from pipeline_etl.parsing.junit_reader import JUnitReader, OtherRootError
from pipeline_etl.parsing.redaction import redact_lines
from pipeline_etl.parsing.test_tries import number_tries
from pipeline_etl.parsing.timestamps import instant

_IDENTIFYING: Final = ("suite_name", "class_name", "test_name")
_REPORT_SCHEMA: Final = {
    name: TestReports.create_empty().schema[name]
    for name in ("report_format", "suite_count", "test_case_count", "report_seconds", "reported_at")
}

# The reports of one repository name the same tests night after night.
_test_id: Final = lru_cache(maxsize=2**16)(test_id)


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
        if other.root not in DOTNET_READERS:
            message = f"Its root element is <{other.root[:100]}>, which no known test report has."
            raise MalformedTestReport(message) from None
        reader = DOTNET_READERS[other.root]()
        reader.read_report(content)
    return reader


def _instants(texts: Iterable[str]) -> list[datetime]:
    return [moment for moment in map(instant, texts) if moment is not None]


def _identified(tries: pl.DataFrame, *, repository_id: int) -> pl.DataFrame:
    """Rows of TestResults from the reader's columns."""
    ids = _test_ids(tries, repository_id=repository_id)
    numbered = number_tries(tries.with_columns(ids, (pl.col("test_name") != UNNAMED).alias("is_named")))
    again = numbered["test_ordinal"] > 1
    if again.any():
        # Same identity, different test: the ordinal becomes part of the name.
        name = pl.format("{} #{}", "test_name", "test_ordinal")
        numbered = numbered.with_columns(pl.when(again).then(name).otherwise("test_name").alias("test_name"))
        renamed = numbered.filter(again)
        numbered = numbered.with_columns(
            numbered["test_id"].scatter(again.arg_true(), _test_ids(renamed, repository_id=repository_id))
        )
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


def _test_ids(rows: pl.DataFrame, *, repository_id: int) -> pl.Series:
    """Of the names as they are: an identity must not change when redaction learns a new kind of secret."""
    columns = (rows[column] for column in _IDENTIFYING)
    return pl.Series(
        "test_id",
        [
            _test_id(repository_id=repository_id, suite_name=suite, class_name=of_class, test_name=name)
            for suite, of_class, name in zip(*columns, strict=True)
        ],
        dtype=pl.String,
    )
