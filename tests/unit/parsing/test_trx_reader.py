"""trx says what JUnit XML says, the classes of its tests at the end."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing import test_report, trx_reader
from tests.parsed import parse_test_report

FILES = Path(__file__).parent / "test_report_files" / "enricomi-junit"


def read(source: str) -> test_report.TestReportRows:
    content = source.encode() if source.lstrip().startswith("<") else (FILES / source).read_bytes()
    return parse_test_report(content, repository_id=1)


def case(name: str, test: str) -> dict[str, Any]:
    row = read(name).results.filter(pl.col("test_name") == test).row(0, named=True)
    return {key: row[key] for key in ("suite_name", "class_name", "test_outcome", "test_seconds", "message")}


def test_trx_says_the_class_in_the_definitions_at_the_end() -> None:
    assert case("xUnit-net461-sample.trx", "TestTheory(expected: False)") == {
        "suite_name": "SampleProject.xUnit.dll",
        "class_name": "SampleProject.xUnit.TestServiceTests",
        "test_outcome": "failed",
        "test_seconds": 0.02,
        "message": "Assert.Equal() Failure\r\nExpected: False\r\nActual:   True",
    }


def test_trx_lasts_from_start_to_finish() -> None:
    report = read("xUnit-net461-sample.trx").report

    assert report["report_seconds"][0] == pytest.approx(2.271686, abs=1e-5)
    assert str(report["reported_at"][0]) == "2021-04-01 22:50:51.519314+00:00"


def trx(results: str, *, infos: str = "") -> str:
    return f"<TestRun><Results>{results}</Results><ResultSummary><RunInfos>{infos}</RunInfos></ResultSummary></TestRun>"


CRASH = '<RunInfo outcome="Error"><Text>Test host process crashed</Text></RunInfo>'


def test_a_data_driven_test_is_its_rows() -> None:
    inner = '<UnitTestResult testName="a (1)" outcome="Failed"/><UnitTestResult testName="a (2)" outcome="Passed"/>'
    rows = read(
        trx(f'<UnitTestResult testName="a" outcome="Failed"><InnerResults>{inner}</InnerResults></UnitTestResult>')
    )

    assert rows.results.select("test_name", "test_outcome").rows() == [("a (1)", "failed"), ("a (2)", "passed")]


def test_a_crash_of_the_runner_is_an_error_unless_a_test_tells_of_it() -> None:
    crashed = read(trx('<UnitTestResult testName="a" outcome="Passed"/>', infos=CRASH)).results
    told = read(trx('<UnitTestResult testName="a" outcome="Failed"/>', infos=CRASH)).results

    assert crashed.select("test_name", "test_outcome", "message").rows() == [
        ("a", "passed", None),
        ("(suite)", "error", "Test host process crashed"),
    ]
    assert told["test_outcome"].to_list() == ["failed"]


def test_the_number_of_results_that_wait_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trx_reader, "MAX_RESULTS", 2)

    assert read(trx("<UnitTestResult/>" * 2)).results.height == 2
    with pytest.raises(MalformedTestReport, match="more than 2"):
        read(trx("<UnitTestResult/>" * 3))
