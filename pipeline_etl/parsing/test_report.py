"""Test reports: JUnit XML of any producer, NUnit, xUnit.net and trx become one row per try of a test.

The document is streamed into columns (``junit_reader.py``), never one object per case. Retries are read in every way
they are written: Surefire's ``flakyFailure`` and ``rerunFailure`` inside a case, and cases repeated by
pytest-rerunfailures, gotestsum, Gradle and others (``test_tries.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import TestReports
from pipeline_etl.errors import ContentError, MalformedTestReport
from pipeline_etl.parsing.content import Content
from pipeline_etl.parsing.dotnet_readers import NUnitReader, XUnitReader
from pipeline_etl.parsing.identity import test_ids
from pipeline_etl.parsing.junit_columns import UNNAMED, Cases, no_cases, tries_of_cases, try_count
from pipeline_etl.parsing.junit_reader import BATCH, JUnitReader, OtherRootError
from pipeline_etl.parsing.redaction import redact_columns
from pipeline_etl.parsing.test_tries import is_each_tried_once, is_one_report, number_tries
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
_SUITE_COLUMNS: Final = {
    "report_number": pl.Int64,
    "suite_name": pl.String,
    "suite_file": pl.String,
    "place": pl.String,
}


@dataclass(frozen=True)
class TestReportRows:
    """The rows of some reports, without context columns."""

    report: pl.DataFrame
    """Rows of TestReports."""
    results: pl.DataFrame
    """Rows of TestResults."""
    refused: Mapping[int, ContentError] = field(default_factory=dict)
    """Why some reports could not be read, by number."""


def parse_test_reports(contents: Iterable[Content], *, repository_id: int) -> TestReportRows:
    """Every try of every test in some reports, with report_number: 0 is the first. What one says changes no other.

    A report without cases has one row in ``report`` and none in ``results``. Which cases are tries of one test does not
    depend on their order in the report. Many small reports are read together for a fraction of what each alone costs.
    """
    tries = _Tries()
    reports: list[dict[str, Any]] = []
    refused: dict[int, ContentError] = {}
    counts: list[int] = []
    for number, content in enumerate(contents):
        counts.append(0)
        try:
            reader = _read(content)
        except ContentError as error:
            refused[number] = error
            continue
        counts[number] = tries.add(number, reader)
        reports.append(
            {
                "report_number": number,
                "report_format": reader.report_format,
                "suite_count": reader.suite_count,
                "test_case_count": counts[number],
                "report_seconds": reader.report_seconds,
                "reported_at": min(_instants(reader.timestamps), default=None),
            }
        )
    return TestReportRows(
        report=pl.DataFrame(reports, schema={"report_number": pl.Int64, **_REPORT_SCHEMA}, orient="row"),
        results=_identified(tries.rows(repository_id=repository_id), counts, repository_id=repository_id),
        refused=refused,
    )


def _read(content: Content) -> JUnitReader:
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


@dataclass
class _Tries:
    """The tries of several reports as columns."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    waiting: Cases = field(default_factory=no_cases)
    """Cases of reports so small that they become columns together."""
    case_count: int = 0
    """Cases in the frames."""
    suites: list[tuple[int, *tuple[str | None, ...]]] = field(default_factory=list)

    def add(self, number: int, reader: JUnitReader) -> int:
        """The tries of a report; their count."""
        frames, cases = reader.tries()
        first_suite = len(self.suites)
        self.suites.extend((number, *suite) for suite in reader.suites())
        count = 0
        if frames:
            self._end_waiting()
            for frame in frames:
                own = (pl.col("case_number") + self.case_count, pl.col("suite_number") + pl.lit(first_suite, pl.UInt32))
                self.frames.append(frame.with_columns(own) if self.case_count or first_suite else frame)
                count += frame.height
            self.case_count += sum(frame["case_number"].n_unique() for frame in frames)
        attributes, notes, suite_runs = self.waiting
        before = len(attributes)
        attributes.extend(cases.attributes)
        notes.update({before + case: of_case for case, of_case in cases.notes.items()})
        suite_runs.extend((before + case, first_suite + suite) for case, suite in cases.suite_runs)
        count += try_count(cases)
        if len(attributes) >= BATCH:
            self._end_waiting()
        return count

    def _end_waiting(self) -> None:
        if self.waiting.attributes:
            self.frames.append(tries_of_cases(self.waiting, first_case_number=self.case_count + 1))
        self.case_count += len(self.waiting.attributes)
        self.waiting = no_cases()

    def rows(self, *, repository_id: int) -> list[pl.DataFrame]:
        """One row per try, in the order of the reports, in several frames: columns cut elsewhere would be copied.

        Columns: report_number, case_number (equal for the tries written into one case), place (what besides its name
        and file tells a case from others: host and suites around it), and those of TestResults that a report states.
        """
        self._end_waiting()
        suites = pl.DataFrame(self.suites, schema=_SUITE_COLUMNS, orient="row")
        frames = self.frames or [tries_of_cases(no_cases(), first_case_number=1)]
        return [_named(_in_suites(frame, suites), repository_id=repository_id) for frame in frames]


def _in_suites(rows: pl.DataFrame, suites: pl.DataFrame) -> pl.DataFrame:
    # Gathered, the name of a suite is stored once however many cases it has.
    rows = rows.hstack(suites.select(pl.all().gather(rows["suite_number"])))
    if suites["suite_file"].null_count() == suites.height:  # else a copy of the column for nothing
        return rows
    return rows.with_columns(file_path=pl.coalesce("file_path", "suite_file"))


def _named(rows: pl.DataFrame, *, repository_id: int) -> pl.DataFrame:
    """The rows with the identities of their tests, and the names as they may be shown."""
    names = rows.select(_IDENTIFYING)
    is_one = is_one_report(rows)
    distinct = names if is_one else names.unique()  # reports are mostly of the same tests
    # Of the names as they are: an identity must not change when redaction learns a new kind of secret.
    shown = [column.alias(f"{column.name}_shown") for column in redact_columns(distinct)]
    known = [test_ids(distinct, repository_id=repository_id), *shown]
    if not is_one:
        told = distinct.hstack(known)
        told = names.join(told, on=_IDENTIFYING, how="left", nulls_equal=True, maintain_order="left")
        known = told.drop(_IDENTIFYING).get_columns()
    return rows.hstack(known).with_columns(is_named=pl.col("test_name") != UNNAMED)


def _identified(tries: Sequence[pl.DataFrame], counts: Sequence[int], *, repository_id: int) -> pl.DataFrame:
    """Rows of TestResults, with report_number, from tries and how many each report has."""
    if is_each_tried_once(tries):
        once = pl.lit(1, dtype=pl.Int64)
        numbered = [frame.with_columns(try_number=once) for frame in tries]
    else:
        numbered = [_told_apart(number_tries(pl.concat(tries)), repository_id=repository_id)]
    rows_before = pl.Series([0, *accumulate(counts)], dtype=pl.Int64)
    results: list[pl.DataFrame] = []
    done = 0
    for frame in numbered:
        row = pl.int_range(done + 1, done + frame.height + 1, dtype=pl.Int64, eager=True)
        results.append(
            frame.select(
                "report_number",
                (row - rows_before.gather(frame["report_number"])).alias("result_number"),
                "test_id",
                *(pl.col(f"{column}_shown").alias(column) for column in _IDENTIFYING),
                "file_path",
                "try_number",
                "test_outcome",
                "test_seconds",
                "message",
            )
        )
        done += frame.height
    return pl.concat(results)


def _told_apart(numbered: pl.DataFrame, *, repository_id: int) -> pl.DataFrame:
    """Tests of one identity get one each: the ordinal becomes part of the name."""
    again = numbered["test_ordinal"] > 1
    if not again.any():
        return numbered
    numbered = numbered.with_columns(
        pl.when(again).then(pl.format("{} #{}", name, "test_ordinal")).otherwise(name).alias(name)
        for name in ("test_name", "test_name_shown")
    )
    renamed = numbered.filter(again)
    ids = test_ids(renamed.select(_IDENTIFYING), repository_id=repository_id)
    return numbered.with_columns(numbered["test_id"].scatter(again.arg_true(), ids))
