"""Every producer's JUnit XML says what it says, retries included, and hostile files say nothing."""

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from junitparser import xunit2

from pipeline_etl.contracts import tables
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing import junit_reader
from tests.parsed import parse_test_report

FILES = Path(__file__).parent / "test_report_files"
CONTEXT = {"provider", "repository_id", "extracted_at", "artifact_id", "report_path", "run_id"}


def results(xml: str | bytes) -> pl.DataFrame:
    content = xml.encode() if isinstance(xml, str) else xml
    return parse_test_report(content, repository_id=1).results


def tries(xml: str | bytes) -> list[tuple[Any, ...]]:
    return results(xml).select("test_name", "try_number", "test_outcome").rows()


def suite(*cases: str) -> str:
    return f'<testsuite name="s">{"".join(cases)}</testsuite>'


def case(name: str, inside: str = "", attributes: str = "") -> str:
    return f'<testcase classname="c" name="{name}" {attributes}>{inside}</testcase>'


def test_the_frames_hold_the_declared_columns_but_for_those_of_context() -> None:
    rows = parse_test_report((FILES / "quick-junit/basic_report.xml").read_bytes(), repository_id=1)

    for frame, table in ((rows.report, tables.TestReports), (rows.results, tables.TestResults)):
        declared = {name: kind for name, kind in table.create_empty().schema.items() if name not in CONTEXT}
        assert dict(frame.schema) == declared


PLAIN = [
    "enricomi-junit/junit.fail.xml",
    "enricomi-junit/junit.multiresult.xml",
    "enricomi-junit/no-attributes.xml",
    "enricomi-junit/no-cases-but-tests.xml",
    "enricomi-junit/suite-logs.xml",
    "enricomi-junit/testsuite-in-testsuite.xml",
    "enricomi-junit/unsupported-unicode.xml",
    "enricomi-junit/with-xml-entities.xml",
    "enricomi-junit/xunit.xml",
    "jenkins-junit-plugin/junit-report-bad-duration.xml",
    "jenkins-junit-plugin/junit-report-testsuite-various-timestamps.xml",
    "mikepenz-junit/basic.xml",
    "mikepenz-junit/flaky_all_failures.xml",
    "mikepenz-junit/flaky_with_classname_file.xml",
    "mikepenz-junit/multi-level.xml",
    "mikepenz-junit/testEmpty.xml",
    "mikepenz-junit/test_multiple_errors.xml",
    "semaphore-test-results/embedded.xml",
    "semaphore-test-results/exunit.xml",
    "semaphore-test-results/generic.xml",
    "semaphore-test-results/phpunit.xml",
    "semaphore-test-results/rspec.xml",
]


@pytest.mark.parametrize("name", PLAIN)
def test_junitparser_reads_the_same_outcomes_where_no_retries_are_written(name: str) -> None:
    """junitparser counts neither retries inside a case nor ``status="disabled"``: those files are judged one by one."""

    def outcome(reported: xunit2.TestCase) -> str:
        kinds = {type(part).__name__ for part in reported.result}
        ways = {"Error": "error", "Failure": "failed", "Skipped": "skipped"}
        return next((way for kind, way in ways.items() if kind in kinds), "passed")

    def walk(element: Any) -> list[str]:
        inner = [found for each in element.iterchildren(xunit2.TestSuite) for found in walk(each)]
        return inner + [outcome(each) for each in element.iterchildren(xunit2.TestCase)]

    expected = sorted(walk(xunit2.JUnitXml.fromfile(str(FILES / name))))

    assert sorted(results((FILES / name).read_bytes())["test_outcome"].to_list()) == expected


def test_a_surefire_test_that_passed_when_run_again_failed_first() -> None:
    read = results((FILES / "jenkins-junit-plugin/TEST-io.olamy.FlakyTest.xml").read_bytes())

    assert read.select("try_number", "test_outcome", "message", "test_seconds").rows() == [
        (1, "failed", "obvious fail", None),
        (2, "failed", "try one more time maybe", None),
        (3, "passed", None, 0.001),
    ]
    assert read["test_id"].n_unique() == 1


def test_a_surefire_test_that_failed_every_time_has_every_try() -> None:
    read = results((FILES / "jenkins-junit-plugin/TEST-io.olamy.AlwaysFailTest.xml").read_bytes())

    assert read.select("try_number", "test_outcome").rows() == [(number, "failed") for number in (1, 2, 3, 4)]
    assert read["test_seconds"].to_list() == [0.001, None, None, None]


def test_nextest_writes_every_kind_of_retry_and_each_is_a_try() -> None:
    read = results((FILES / "quick-junit/basic_report.xml").read_bytes())
    of_case = {
        name: read.filter(pl.col("test_name") == name)["test_outcome"].to_list() for name in ("testcase4", "testcase5")
    }

    assert of_case == {"testcase4": ["failed", "error", "passed"], "testcase5": ["failed", "failed", "error"]}


def test_a_repeated_case_that_ended_differently_is_one_test_tried_again() -> None:
    read = results((FILES / "mikepenz-junit/flaky_with_classname_file.xml").read_bytes())
    retried = read.filter(pl.col("class_name") == "test_foo.TestFoo")

    assert retried.select("try_number", "test_outcome").rows() == [(1, "failed"), (2, "error"), (3, "passed")]
    assert retried["test_id"].n_unique() == 1
    assert read["test_id"].n_unique() == 3, "the same name in another class is another test"


def test_the_passed_try_is_the_last_wherever_the_report_has_it() -> None:
    read = results((FILES / "mikepenz-junit/flaky_success_first.xml").read_bytes())

    assert read.select("test_outcome", "try_number").rows() == [("passed", 3), ("failed", 1), ("error", 2)]


def test_repeated_cases_that_all_passed_are_different_tests() -> None:
    read = tries(suite(case("a[0]"), case("a[0]"), case("b")))

    assert read == [("a[0]", 1, "passed"), ("a[0] #2", 1, "passed"), ("b", 1, "passed")]
    assert results(suite(case("a[0]"), case("a[0]")))["test_id"].n_unique() == 2


def test_no_retry_goes_on_after_a_pass() -> None:
    """Two passes and a failure of one name are three parametrised tests, not a flaky one."""
    read = tries(suite(case("a"), case("a", "<failure/>"), case("a")))

    assert sorted(read) == [("a", 1, "failed"), ("a #2", 1, "passed"), ("a #3", 1, "passed")]


def test_a_name_in_two_files_suites_or_hosts_is_two_tests() -> None:
    by_file = suite(case("a", attributes='file="x.py"'), case("a", "<failure/>", attributes='file="y.py"'))
    by_suite = (
        f'<testsuites><testsuite name="x">{suite(case("a"))}</testsuite>{suite(case("a", "<failure/>"))}</testsuites>'
    )
    by_browser = (
        '<testsuites><testsuite name="login" hostname="firefox"><testcase name="a"><failure/></testcase></testsuite>'
        '<testsuite name="login" hostname="chromium"><testcase name="a"/></testsuite></testsuites>'
    )

    for report in (by_file, by_suite, by_browser):
        read = results(report)
        assert read["test_id"].n_unique() == 2
        assert read["try_number"].to_list() == [1, 1]
    assert sorted(tries(by_browser)) == [("a", 1, "passed"), ("a #2", 1, "failed")]


def test_cases_without_a_name_are_never_tries_of_one_test() -> None:
    read = results((FILES / "enricomi-junit/no-attributes.xml").read_bytes())

    assert read["try_number"].to_list() == [1, 1, 1, 1]
    assert read["test_id"].n_unique() == 4


def test_the_order_of_the_cases_changes_no_verdict() -> None:
    cases = [
        case("retried", "<failure/>"),
        case("retried"),
        case("twice"),
        case("twice", "<error/>"),
        case("twice"),
        case("a", '<flakyFailure message="m"/>'),
        case("b", "<skipped/>"),
    ]

    def verdicts(order: list[str]) -> list[tuple[Any, ...]]:
        return sorted(results(suite(*order)).group_by("test_id").agg(pl.col("test_outcome").sort()).rows())

    shuffled = [random.Random(seed).sample(cases, k=len(cases)) for seed in range(10)]  # noqa: S311

    assert all(verdicts(order) == verdicts(cases) for order in shuffled)


def test_an_error_is_its_own_outcome_and_outweighs_a_failure_in_the_same_case() -> None:
    read = results((FILES / "enricomi-junit/junit.multiresult.xml").read_bytes())

    assert read["test_outcome"].to_list() == ["error", "failed", "skipped", "passed"]
    assert read["message"].to_list() == ["test teardown failure", "test failure", None, None]


def test_a_disabled_test_did_not_fail_whatever_else_is_said_of_it() -> None:
    assert results((FILES / "mikepenz-junit/testFailedDisabled.xml").read_bytes())["test_outcome"].to_list() == [
        "skipped"
    ]
    disabled = results((FILES / "mikepenz-junit/testDisabled.xml").read_bytes())
    assert disabled["test_outcome"].value_counts().sort("test_outcome").rows() == [
        ("passed", 6),
        ("failed", 4),
        ("error", 2),
        ("skipped", 10),
    ]


def test_what_fails_in_a_suite_outside_of_its_tests_is_counted() -> None:
    read = results((FILES / "jenkins-junit-plugin/junit-report-nested-testsuites.xml").read_bytes())
    failed = read.filter(pl.col("test_outcome") == "error")

    assert failed.select("suite_name", "class_name", "test_name", "message").rows() == [
        ("test.3rdlevel", "test.3rdlevel", "(suite)", "bla bla")
    ]


def test_a_duration_that_is_no_duration_is_unknown() -> None:
    read = results((FILES / "jenkins-junit-plugin/junit-report-bad-duration.xml").read_bytes())

    assert read["test_seconds"].to_list() == [None, 100.0]


def test_a_suite_states_its_time_in_many_ways_and_the_earliest_is_the_reports() -> None:
    content = (FILES / "jenkins-junit-plugin/junit-report-testsuite-various-timestamps.xml").read_bytes()
    report = parse_test_report(content, repository_id=1).report

    assert report["reported_at"].dt.strftime("%FT%TZ").to_list() == ["2024-01-03T11:23:00Z"]
    assert report["report_seconds"].to_list() == [None], "not every suite states its duration"


def test_console_output_is_not_part_of_a_message() -> None:
    inside = "<failure>trace<system-out>noise</system-out> of it</failure><system-out>more noise</system-out>"

    assert results(suite(case("a", inside)))["message"].to_list() == ["trace of it"]


def test_a_message_is_redacted_before_it_is_cut() -> None:
    token = "ghp_" + "a1B2" * 9
    message = results(suite(case("a", f"<failure>{'x' * 1990} {token}</failure>")))["message"][0]

    assert len(message) <= 2000
    assert "ghp_" not in message


def test_names_are_redacted_and_identities_are_not() -> None:
    token = "ghp_" + "a1B2" * 9
    read = results(suite(case(f"a[{token}]"), case("a[***]")))

    assert read["test_name"].to_list() == ["a[***]", "a[***]"]
    assert read["test_id"].n_unique() == 2


def test_a_report_without_cases_is_a_report_with_no_results() -> None:
    rows = parse_test_report((FILES / "mikepenz-junit/testEmpty.xml").read_bytes(), repository_id=1)

    assert rows.report.row(0, named=True) == {
        "report_format": "junit",
        "suite_count": 0,
        "test_case_count": 0,
        "report_seconds": 1.4e-05,
        "reported_at": None,
    }
    assert rows.results.is_empty()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("enricomi-junit/non-junit.xml", "<suites>"),
        ("enricomi-junit/corrupt-xml.xml", "not well-formed"),
        ("mikepenz-junit/TEST-test.CorruptTest.xml", "unclosed CDATA"),
        ("jenkins-junit-plugin/testXxe-xxe.xml", "document type"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, reason: str) -> None:
    with pytest.raises(MalformedTestReport, match=reason):
        parse_test_report((FILES / name).read_bytes(), repository_id=1)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \n", id="blank"),
        pytest.param(b"\x00" * 100, id="NUL bytes"),
        pytest.param(
            f'<!DOCTYPE t [<!ENTITY l0 "lol">{LAUGHS}]><testsuite name="&l9;"/>'.encode(), id="billion laughs"
        ),
        pytest.param(b'<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>', id="external document type"),
        pytest.param(b'<?xml version="1.0" encoding="klingon"?><testsuite/>', id="unknown encoding"),
        pytest.param(b"<testsuite>" * 300 + b"</testsuite>" * 300, id="deep"),
        pytest.param(b'<testsuite name="' + b"x" * (20 * 2**20) + b'"/>', id="tag of 20 MB"),
        pytest.param(b"<testsuite " + b" ".join(b'a%d=""' % n for n in range(300)) + b"/>", id="wide"),
        pytest.param(b"<testsuite>" + b"<testsuite/>" * 200_001 + b"</testsuite>", id="many suites"),
        pytest.param(b"<testsuite><testcase><testcase/></testcase></testsuite>", id="case in a case"),
        pytest.param(b"<testcase/>", id="case alone"),
        pytest.param(b"<testsuite><testcase name='a'/>", id="cut off"),
    ],
)
def test_hostile_reports_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedTestReport):
        parse_test_report(content, repository_id=1)


def test_the_number_of_tries_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit_reader, "MAX_TRIES", 3)

    assert results(suite(*[case("a")] * 3)).height == 3
    for report in (suite(*[case("a")] * 4), suite(case("a", "<rerunFailure/>" * 4))):
        with pytest.raises(MalformedTestReport, match="more than 3"):
            results(report)


def test_the_name_of_a_suite_is_bounded_because_every_case_repeats_it() -> None:
    cases = 20_000
    read = results(f'<testsuite name="{"x" * 100_000}">{"<testcase/>" * cases}</testsuite>')

    assert read.height == cases
    assert read["suite_name"].str.len_chars().max() == 500
