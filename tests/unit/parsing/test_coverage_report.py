"""Coverage of every dialect: each line once, each file once, and what is not said is not known."""

from pathlib import Path

import pytest

from pipeline_etl.contracts.tables import CoverageFiles, CoverageReports
from pipeline_etl.errors import MalformedCoverageReport
from pipeline_etl.parsing.coverage_report import CoverageRows, parse_coverage_report

FILES = Path(__file__).parent / "coverage_report_files"
CONTEXT = {"provider", "repository_id", "extracted_at", "artifact_id", "report_path", "run_id"}


def read(content: bytes, path: str = "coverage.xml") -> CoverageRows:
    return parse_coverage_report(content, path=path)


@pytest.mark.parametrize(
    ("name", "coverage_format", "counts", "reported_at"),
    [
        ("pycobertura/cobertura.xml", "cobertura", (31, 34, 9, 12), "2007-08-17T11:41:45Z"),
        ("pycobertura/coverage.xml", "cobertura", (3, 4, 1, 2), "2023-05-21T06:56:40Z"),
        ("reportgenerator/Cobertura2.1.1-MultiSource.xml", "cobertura", (24, 36, 1, 4), "2016-10-25T15:31:39Z"),
        ("reportgenerator/Cobertura_coverlet.xml", "cobertura", (156, 255, 9, 14), "2025-10-29T20:13:30Z"),
        ("reportgenerator/Cobertura_Swift.xml", "cobertura", (1, 2, 1, 1), "2025-11-26T08:10:59Z"),
        ("reportgenerator/JaCoCo0.8.3.xml", "jacoco", (26, 38, 1, 4), "2018-09-29T15:21:03Z"),
        ("reportgenerator/Clover_OpenClover4.3.1.xml", "clover", (21, 34, 1, 2), "2019-01-13T20:18:36Z"),
        ("reportgenerator/Clover_Istanbul.xml", "clover", (11, 11, 18, 24), "2017-07-16T21:56:10Z"),
        ("reportgenerator/lcov.info", "lcov", (17, 19, None, None), None),
    ],
)
def test_every_dialect_is_read(
    name: str, coverage_format: str, counts: tuple[int | None, ...], reported_at: str | None
) -> None:
    report = read((FILES / name).read_bytes()).report

    assert report["coverage_format"].to_list() == [coverage_format]
    assert report.select("^.*_count$").row(0) == counts
    assert report["reported_at"].dt.strftime("%FT%TZ").to_list() == [reported_at]


def test_the_frames_hold_the_declared_columns_but_for_those_of_context() -> None:
    rows = read((FILES / "pycobertura/cobertura.xml").read_bytes())

    for frame, table in ((rows.report, CoverageReports), (rows.files, CoverageFiles)):
        declared = {name: kind for name, kind in table.create_empty().schema.items() if name not in CONTEXT}
        assert dict(frame.schema) == declared


def test_the_counts_of_the_files_add_up_to_those_of_the_report() -> None:
    for path in sorted(FILES.rglob("*.*")):
        if path.suffix not in (".xml", ".info") or path.name == "cobertura-no-branch-rate.xml":
            continue
        rows = read(path.read_bytes(), path.name)
        sums = rows.files.select("covered_line_count", "valid_line_count").sum().row(0)
        assert sums == rows.report.select("covered_line_count", "valid_line_count").row(0), path.name
        assert rows.files["file_path"].is_unique().all()


def test_a_line_listed_twice_is_one_line_and_ran_if_either_entry_says_so() -> None:
    lines = (
        '<line number="1" hits="0"/><line number="1" hits="2"/><line number="1" hits="0"/><line number="2" hits="0"/>'
    )
    content = f'<coverage><class filename="a.py"><lines>{lines}</lines></class></coverage>'.encode()

    assert read(content).files.rows() == [("a.py", 1, 2, [1], [2])]


def test_two_classes_in_one_file_are_one_file() -> None:
    one, two = (
        f'<class filename="a.py"><lines><line number="{number}" hits="1"/></lines></class>' for number in (1, 2)
    )

    assert read(f"<coverage>{one}{two}</coverage>".encode()).files.rows() == [("a.py", 2, 2, [1, 2], [])]


def test_where_a_function_is_declared_is_no_line_of_its_own() -> None:
    """Istanbul lists it under the method only."""
    content = (
        b'<coverage><class filename="a.js"><methods><method><lines><line number="9" hits="1"/></lines></method></methods>'
        b'<lines><line number="10" hits="0"/></lines></class></coverage>'
    )

    assert read(content).files.rows() == [("a.js", 0, 1, [], [10])]


def test_a_path_is_relative_to_the_repository_where_one_root_says_where_that_is() -> None:
    root = "<source>/home/runner/work/repo/repo/src</source>"
    body = '<class filename="a.py"><lines/></class>'

    def path(sources: str) -> list[str]:
        return read(f"<coverage><sources>{sources}</sources>{body}</coverage>".encode()).files["file_path"].to_list()

    assert (path(root), path(root + "<source>/other</source>"), path("")) == (["src/a.py"], ["a.py"], ["a.py"])


def test_a_report_that_states_only_sums_has_no_files() -> None:
    rows = read((FILES / "pycobertura/cobertura-no-branch-rate.xml").read_bytes())

    assert rows.report.select("^.*_count$").row(0) == (7, 8, None, None)
    assert rows.files.is_empty()


def test_jacoco_without_lines_counts_the_whole_report_once() -> None:
    counter = '<counter type="{}" missed="{}" covered="{}"/>'
    content = (
        f'<report name="r"><package name="p"><class name="p/A">{counter.format("LINE", 1, 1)}</class>'
        f"{counter.format('LINE', 1, 1)}</package>{counter.format('LINE', 3, 7)}{counter.format('BRANCH', 1, 2)}</report>"
    )

    assert read(content.encode()).report.select("^.*_count$").row(0) == (7, 10, 2, 3)


def test_clover_keeps_test_code_out() -> None:
    assert read((FILES / "reportgenerator/Clover_Groovy.xml").read_bytes()).files.rows() == [
        ("src/main/groovy/org/sonar/Example.groovy", 2, 2, [8, 9], [])
    ]


def test_lcov_records_of_one_file_are_taken_together() -> None:
    content = (
        b"TN:\nSF:a.c\nDA:1,0\nBRDA:1,0,0,-\nBRDA:1,0,1,2\nend_of_record\nTN:\nSF:a.c\nDA:1,-3\nDA:2,5\nend_of_record\n"
    )
    rows = read(content)

    assert rows.files.rows() == [("a.c", 1, 2, [2], [1])]
    assert rows.report.select("covered_branch_count", "valid_branch_count").row(0) == (1, 2)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00" * 50, id="NUL bytes"),
        pytest.param(b"<html/>", id="another root"),
        pytest.param(b"<coverage/>", id="says nothing"),
        pytest.param(b'<coverage><class filename="a"><line number="1"', id="cut off"),
        pytest.param(b'<coverage><class filename="a"><line number="x" hits="1"/></class></coverage>', id="no number"),
        pytest.param(b'<coverage><class filename="a"><line number="1" hits="x"/></class></coverage>', id="no hits"),
        pytest.param(b'<coverage lines-covered="1e99" lines-valid="9"/>', id="number too large"),
        pytest.param(b'<!DOCTYPE c [<!ENTITY a "b">]><coverage lines-covered="1" lines-valid="1"/>', id="entity"),
        pytest.param(b"SF:a.c\nDA:1,1\n", id="lcov cut off"),
        pytest.param(b"SF:a.c\nDA:1\nend_of_record\n", id="lcov without hits"),
        pytest.param(b"SF:a.c\nDA:1,x\nend_of_record\n", id="lcov hits no number"),
        pytest.param(b"SF:a.c\nDA:-1,1\nend_of_record\n", id="lcov line negative"),
    ],
)
def test_broken_and_hostile_reports_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedCoverageReport):
        read(content)


def test_a_document_type_is_not_loaded() -> None:
    content = b'<!DOCTYPE coverage SYSTEM "file:///nowhere.dtd"><coverage lines-covered="1" lines-valid="2"/>'

    assert read(content).report["valid_line_count"].to_list() == [2]
