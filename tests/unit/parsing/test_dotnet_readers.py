"""Reports of .NET test runners say the same things as JUnit XML, in words of their own."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing import dotnet_readers, test_report
from pipeline_etl.parsing.test_report import parse_test_report

FILES = Path(__file__).parent / "test_report_files" / "enricomi-junit"


def read(source: str) -> test_report.TestReportRows:
    content = source.encode() if source.lstrip().startswith("<") else (FILES / source).read_bytes()
    return parse_test_report(content, repository_id=1)


def outcomes(rows: test_report.TestReportRows) -> dict[str, int]:
    return dict(rows.results["test_outcome"].value_counts().rows())


@pytest.mark.parametrize(
    ("name", "report_format", "expected"),
    [
        ("NUnit-issue50162.xml", "nunit", {"passed": 3, "failed": 3}),
        ("NUnit-ignored.xml", "nunit", {"passed": 1, "skipped": 2}),
        ("NUnit-correct.xml", "nunit", {"passed": 18, "failed": 1, "error": 4, "skipped": 5}),
        ("NUnit-issue1077.xml", "nunit", {"passed": 6}),
        ("NUnit-simple.xml", "nunit", {"passed": 2}),
        ("fixie.xml", "xunit", {"passed": 3, "failed": 3, "skipped": 1}),
        ("testcase1.xml", "xunit", {"passed": 1, "failed": 1, "skipped": 1}),
        ("xUnit-net461-sample.trx", "trx", {"passed": 2, "failed": 3, "skipped": 1}),
        ("pickles.trx", "trx", {"passed": 3, "failed": 1}),
    ],
)
def test_every_result_is_read(name: str, report_format: str, expected: dict[str, int]) -> None:
    """As many as the files state themselves where they do; NUnit 2 counts what is not runnable apart from errors."""
    rows = read(name)

    assert outcomes(rows) == expected
    assert rows.report["report_format"].to_list() == [report_format]
    assert rows.results["try_number"].to_list() == [1] * rows.results.height


def case(name: str, test: str) -> dict[str, Any]:
    row = read(name).results.filter(pl.col("test_name") == test).row(0, named=True)
    return {key: row[key] for key in ("suite_name", "class_name", "test_outcome", "test_seconds", "message")}


def test_nunit_3_names_class_and_method_apart() -> None:
    assert case("NUnit-issue50162.xml", "FailThisTest") == {
        "suite_name": "HelloWorldTests",
        "class_name": "UnitTests.HelloWorldTests",
        "test_outcome": "failed",
        "test_seconds": 0.018525,
        "message": "Oh no the test failed!",
    }


def test_nunit_2_names_them_in_one() -> None:
    assert case("NUnit-simple.xml", "TestPropertyValue") == {
        "suite_name": "UnitTests.MainClassTest",
        "class_name": "UnitTests.MainClassTest",
        "test_outcome": "passed",
        "test_seconds": 0.146,
        "message": None,
    }


def test_arguments_with_dots_belong_to_the_test() -> None:
    results = read(
        '<test-results><test-case name="N.C.M(1.5,&quot;a.b&quot;)" executed="True"/></test-results>'
    ).results

    assert results.select("class_name", "test_name").rows() == [("N.C", 'M(1.5,"a.b")')]


def test_xunit_says_the_class_again_in_the_name() -> None:
    assert case("fixie.xml", "Skip") == {
        "suite_name": "[assemblyLocation]",
        "class_name": "[testClass]",
        "test_outcome": "skipped",
        "test_seconds": 1.234,
        "message": "⚠ Skipped with attribute.",
    }


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


def test_an_error_of_an_xunit_assembly_is_counted() -> None:
    report = (
        '<assemblies><assembly name="C:\\b\\T.dll"><errors><error type="fatal" name="x"><failure><message>no</message>'
        '</failure></error></errors><collection><test name="N.C.M" type="N.C" result="Pass"/></collection></assembly></assemblies>'
    )

    assert read(report).results.select("suite_name", "test_name", "test_outcome", "message").rows() == [
        ("T.dll", "(suite)", "error", "no"),
        ("T.dll", "M", "passed", None),
    ]


@pytest.mark.parametrize("tag", ["test-case", "test"])
def test_a_case_in_a_case_is_refused(tag: str) -> None:
    root = {"test-case": "test-run", "test": "assembly"}[tag]

    with pytest.raises(MalformedTestReport, match="inside"):
        read(f"<{root}><{tag}><{tag}/></{tag}></{root}>")


def test_the_number_of_results_that_wait_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dotnet_readers, "MAX_TRX_RESULTS", 2)

    assert read(trx("<UnitTestResult/>" * 2)).results.height == 2
    with pytest.raises(MalformedTestReport, match="more than 2"):
        read(trx("<UnitTestResult/>" * 3))
