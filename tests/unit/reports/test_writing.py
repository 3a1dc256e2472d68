"""What is written: the same marts give the same bytes, empty marts say so, a missing mart leaves nothing behind."""

from dataclasses import replace

import pytest

from pipeline_etl.errors import ReportError
from pipeline_etl.reports import SECTIONS, Format, rendered, write_content, write_report


def test_the_same_marts_give_the_same_three_files(marts, tmp_path):
    first = write_report(marts, out_dir=tmp_path / "first" / "reports")
    second = write_report(marts, out_dir=tmp_path / "second")

    names = ["pipeline-report.html", "pipeline-report.md", "pipeline-report.json"]
    assert [path.name for path in first.paths] == names
    assert [path.read_bytes() for path in first.paths] == [path.read_bytes() for path in second.paths]
    assert sorted(path.name for path in (tmp_path / "second").iterdir()) == sorted(names)


def test_every_section_tells_how_many_rows_it_found(quiet_marts, tmp_path):
    written = write_report(quiet_marts, out_dir=tmp_path)

    assert list(written.section_row_counts) == [section.name for section in SECTIONS]
    assert (written.section_row_counts["coverage"], written.section_row_counts["flaky_tests"]) == (6, 0)


def test_empty_marts_give_a_report_that_says_so(empty_marts, tmp_path):
    written = write_report(empty_marts, out_dir=tmp_path)

    page, text, _ = (path.read_text(encoding="utf-8") for path in written.paths)
    assert "The warehouse holds no repository yet" in page
    assert "The warehouse holds no repository yet" in text
    assert set(written.section_row_counts.values()) == {0}


def test_a_missing_mart_is_an_error_that_names_it(marts, tmp_path):
    marts.execute("drop table marts.rpt_headlines")

    with pytest.raises(ReportError, match=r"section headlines .*rpt_headlines"):
        write_report(marts, out_dir=tmp_path / "reports")

    assert not (tmp_path / "reports").exists()


def test_each_format_is_what_its_file_holds(content, tmp_path):
    content = replace(content, sections=content.sections[:2])
    paths = write_content(content, out_dir=tmp_path)

    assert {path.suffix.removeprefix("."): path.read_text(encoding="utf-8") for path in paths} == {
        str(suffix): rendered(content, suffix) for suffix in Format
    }
