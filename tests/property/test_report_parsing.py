"""Parsing is total: any bytes give rows or a ContentError, and order decides nothing."""

import io
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.errors import ContentError
from pipeline_etl.parsing import junit_reader, test_report, xml_events
from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.artifact_file import recognise
from pipeline_etl.parsing.coverage_report import parse_coverage_report
from pipeline_etl.parsing.log_archive import LoggedJob, split_log_archive
from pipeline_etl.parsing.telemetry import parse_telemetry
from pipeline_etl.parsing.test_report import parse_test_reports
from pipeline_etl.parsing.workflow_file import parse_workflow_file
from tests.parsed import parse_test_report


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("0_a.txt", "a/1_b.txt", "a/2_c.txt"):
            archive.writestr(name, name * 9)
    return buffer.getvalue()


JUNIT = (
    b'<?xml version="1.0" encoding="utf-8"?><testsuites name="r" time="1,2"><testsuite name="s" timestamp="2024-01-03">'
    b'<testcase classname="c" name="n" time="-1" file="f"><flakyError message="m">t<system-out/></flakyError></testcase>'
    b'<testcase name="n"><failure><![CDATA[x]]></failure></testcase><error/></testsuite></testsuites>'
)
NUNIT = (
    b'<test-run start-time="2018-03-14 20:10:19Z" duration="1"><test-suite name="s"><test-case name="n" classname="c" '
    b'result="Failed" label="Error"><failure><message>m</message></failure></test-case></test-suite></test-run>'
)
XUNIT = (
    b'<assemblies><assembly name="a.dll"><errors><error name="x"><failure><message>m</message></failure></error></errors>'
    b'<collection><test name="c.n" type="c" result="Skip"><reason>m</reason></test></collection></assembly></assemblies>'
)
TRX = (
    b'<TestRun><Times start="2021-04-02T08:50:53Z" finish="x"/><Results><UnitTestResult testId="1" testName="c.n" '
    b'duration="00:00:01.5" outcome="Failed"><Output><ErrorInfo><Message>m</Message></ErrorInfo></Output></UnitTestResult>'
    b'</Results><UnitTest id="1"><TestMethod className="c, A" codeBase="/a.dll"/></UnitTest></TestRun>'
)
COBERTURA = (
    b'<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "x.dtd"><coverage lines-valid="1" lines-covered="1"><source>/a</source>'
    b'<class filename="a.py"><line number="1" hits="1" condition-coverage="50% (1/2)"/></class></coverage>'
)
LCOV = b"TN:\nSF:a.c\nDA:1,1\nBRDA:1,0,0,-\nend_of_record\n"
JACOCO = b'<report><package name="p"><sourcefile name="A"><line nr="1" mi="0" ci="1" mb="1" cb="1"/></sourcefile></package></report>'
CLOVER = b'<coverage clover="1"><project><file path="a"><line num="1" count="1" truecount="1" falsecount="0"/></file></project></coverage>'
JSON = b'{"timestamp": "2026-05-25T05:36:37.917Z", "cpu_percent": 60.8, "cpu_count": 2, "rss_bytes": 1}\n'
TEXT = b"Sun 11 May 2025 09:24:51 PM UTC |  cpu:4.6%,  mem:  3.20%,  system_disk: 25.77%\n"
WORKFLOW = (
    b"on: push\nx: &x {runs-on: [a, b]}\njobs:\n  a: {<<: *x, timeout-minutes: 5, strategy: {matrix: {v: [1, 2]}}}\n"
)

READERS: dict[str, tuple[Callable[[bytes], object], tuple[bytes, ...]]] = {
    "test report": (lambda content: parse_test_report(content, repository_id=1), (JUNIT, NUNIT, XUNIT, TRX)),
    "coverage": (lambda content: parse_coverage_report(content, path="c.xml"), (COBERTURA, JACOCO, CLOVER, LCOV)),
    "lcov": (lambda content: parse_coverage_report(content, path="c.info"), (LCOV,)),
    "telemetry": (parse_telemetry, (JSON * 3, TEXT * 3)),
    "workflow": (parse_workflow_file, (WORKFLOW,)),
    "archive": (lambda content: list(read_archive(content)), (_zip(),)),
    "log archive": (lambda content: split_log_archive(content, [LoggedJob(1, "a"), LoggedJob(2, "b")]), (_zip(),)),
}


@st.composite
def damaged(draw: st.DrawFn, originals: tuple[bytes, ...]) -> bytes:
    """A good file with a few stretches replaced, repeated, or cut out."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        content[start:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(content[start:end]) * 2)))
    return bytes(content)


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=150)
@given(data=st.data())
def test_any_bytes_give_rows_or_a_content_error(kind: str, data: st.DataObject) -> None:
    reader, originals = READERS[kind]
    content = data.draw(st.one_of(damaged(originals), st.binary(max_size=200)))
    try:
        reader(content)
    except ContentError as refusal:
        assert str(refusal)  # noqa: PT017 - a refusal says why; that it may be refused is the claim


@pytest.mark.parametrize("kind", READERS)
def test_the_files_that_are_damaged_here_are_good_themselves(kind: str) -> None:
    reader, originals = READERS[kind]

    assert all(reader(original) is not None for original in originals)


@given(path=st.text(max_size=30), head=st.one_of(st.binary(max_size=300), damaged((JUNIT, JACOCO, LCOV, JSON, TEXT))))
def test_any_file_is_recognised_as_something_or_nothing(path: str, head: bytes) -> None:
    assert recognise(path, head) in (None, "test_report", "coverage_report", "telemetry")


NAMES = st.one_of(st.sampled_from(["a", "b"]), st.text("<>&'\"é😅 #2[]", min_size=1, max_size=4).filter(str.strip))
ENDINGS = st.sampled_from(
    ["", "<failure/>", "<error/>", "<skipped/>", "<flakyFailure/>", "<failure/><rerunFailure/>", "<skipped/><error/>"]
)


@st.composite
def cases(draw: st.DrawFn) -> str:
    attributes = {
        "name": draw(NAMES),
        "classname": draw(st.sampled_from(["", "c"])),
        "time": draw(st.sampled_from(["1", "2"])),
    }
    file = draw(st.sampled_from([None, "x.py", "y.py"]))
    written = (attributes | {"file": file}) if file else attributes
    return f"<testcase {' '.join(f'{key}={quoteattr(value)}' for key, value in written.items())}>{draw(ENDINGS)}</testcase>"


def verdicts(report_cases: list[str]) -> list[tuple[object, ...]]:
    """What is said of each test: its identity and how its tries ended."""
    content = f'<testsuite name="s">{"".join(report_cases)}</testsuite>'.encode()
    results = parse_test_report(content, repository_id=1).results
    tries = pl.struct("try_number", "test_outcome").sort_by("try_number")
    of_tests = results.group_by("test_id").agg(tries, outcomes=pl.col("test_outcome").cast(pl.String).sort())
    assert all(
        [each["try_number"] for each in tried] == list(range(1, len(tried) + 1))
        for tried in of_tests["try_number"].to_list()
    ), "the tries of a test are numbered from 1"
    return sorted(of_tests.select("test_id", "outcomes").rows())


@settings(max_examples=150)
@given(report_cases=st.lists(cases(), max_size=8), data=st.data())
def test_shuffling_the_cases_changes_no_verdict(report_cases: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(report_cases))

    assert verdicts(shuffled) == verdicts(report_cases)


@settings(max_examples=50)
@given(report_cases=st.lists(cases(), min_size=1, max_size=8))
def test_every_case_has_a_try_and_no_outcome_is_lost(report_cases: list[str]) -> None:
    content = f'<testsuite name="s">{"".join(report_cases)}</testsuite>'.encode()
    rows = parse_test_report(content, repository_id=1)
    retries = sum(case.count("flakyFailure") + case.count("rerunFailure") for case in report_cases)

    assert rows.results.height == rows.report["test_case_count"][0] == len(report_cases) + retries
    assert rows.results.select("test_id", "try_number").is_unique().all()


@settings(max_examples=60)
@given(reports=st.lists(st.lists(cases(), max_size=5) | st.none(), max_size=5), batch=st.sampled_from([1, 3, 50_000]))
def test_reports_read_together_say_what_each_says_alone(reports: list[list[str] | None], batch: int) -> None:
    contents = [
        b"<broken" if of_report is None else f'<testsuite name="s">{"".join(of_report)}</testsuite>'.encode()
        for of_report in reports
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_report, "BATCH", batch)
        together = parse_test_reports(contents, repository_id=1)

    assert set(together.refused) == {number for number, of_report in enumerate(reports) if of_report is None}
    for number, content in enumerate(contents):
        if number not in together.refused:
            alone = parse_test_report(content, repository_id=1)
            of_report = pl.col("report_number") == number
            assert together.report.filter(of_report).drop("report_number").equals(alone.report)
            assert together.results.filter(of_report).drop("report_number").equals(alone.results)


@settings(max_examples=60)
@given(report_cases=st.lists(cases(), min_size=1, max_size=8), chunk=st.sampled_from([7, 64, 300]))
def test_where_a_report_is_cut_into_columns_makes_no_difference(report_cases: list[str], chunk: int) -> None:
    content = f'<testsuite name="s">{"".join(report_cases)}</testsuite>'.encode()
    whole = parse_test_report(content, repository_id=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(junit_reader, "BATCH", 2)
        patch.setattr(xml_events, "_CHUNK_BYTES", chunk)

        assert parse_test_report(content, repository_id=1).results.equals(whole.results)
