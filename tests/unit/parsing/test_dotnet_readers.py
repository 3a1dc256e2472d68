"""Reports of .NET test runners say the same things as JUnit XML, in words of their own."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing import test_report
from tests.parsed import parse_test_report

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
