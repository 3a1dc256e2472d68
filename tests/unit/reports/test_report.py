"""What is written: the same marts give the same bytes, empty marts say so, a missing mart is an error with a name."""

import pytest

from pipeline_etl.errors import ReportError
from pipeline_etl.reports import SECTIONS, read_content, write_report


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


def test_the_order_of_rows_in_the_marts_changes_nothing(marts, content):
    for mart in ("fct_jobs", "fct_critical_paths", "fct_test_flakiness", "rpt_weekly_trends", "dim_repositories"):
        marts.execute(f"create or replace table marts.{mart} as from marts.{mart} order by hash(rowid + 7)")

    assert read_content(marts, is_sample=True) == content


def test_the_time_zone_of_the_reader_changes_nothing(marts, content):
    marts.execute("set TimeZone = 'Pacific/Auckland'")

    assert read_content(marts, is_sample=True) == content


def test_empty_marts_give_a_report_that_says_so(empty_marts, tmp_path):
    written = write_report(empty_marts, out_dir=tmp_path)

    page, text, _ = (path.read_text(encoding="utf-8") for path in written.paths)
    assert "The warehouse holds no repository yet" in page
    assert "The warehouse holds no repository yet" in text
    assert set(written.section_row_counts.values()) == {0}


def test_a_repository_without_data_never_looks_healthy(quiet_marts):
    content = read_content(quiet_marts)

    advice = {section.section.name: section.parts[0].advice for section in content.sections}
    for name in ("headlines", "pipelines", "bottlenecks", "flaky_tests", "flaky_history", "caches"):
        assert "o data is never healthy" in advice[name], name
    assert "never a sign of health" in advice["coverage"]
    assert "not known" in advice["completeness"]


def test_two_repositories_never_share_an_axis(content):
    for section in content.sections:
        assert [part.repository.repository_id for part in section.parts] == [1, 2]
        busy, quiet = section.parts
        assert not set(map(id, busy.rows)) & set(map(id, quiet.rows))
    busy, quiet = content.repositories
    assert busy.as_of_at != quiet.as_of_at


def test_windows_count_back_from_the_moment_of_each_repository(content):
    busy, quiet = content.repositories

    assert busy.recent_run_count == 30
    assert quiet.recent_run_count == 1


def test_rows_beyond_those_shown_are_counted(content):
    flaky = next(section for section in content.sections if section.section.name == "flaky_tests")
    part = flaky.parts[0]
    assert (len(part.rows), len(part.shown_rows), part.hidden_count) == (21, 12, 9)


def test_the_minutes_of_an_average_run_add_up(content):
    path = next(section for section in content.sections if section.section.name == "critical_path").parts[0]
    total = sum(
        row["execution_seconds_mean"] + row["queued_seconds_mean"] + row["scheduling_seconds_mean"] for row in path.rows
    )
    assert total == pytest.approx(400.1 + 14.5 + 150.7 + 2 * 20.4)


def test_a_missing_mart_is_an_error_that_names_it(marts, tmp_path):
    marts.execute("drop table marts.rpt_headlines")

    with pytest.raises(ReportError, match=r"section headlines .*rpt_headlines"):
        write_report(marts, out_dir=tmp_path / "reports")

    assert not (tmp_path / "reports").exists()


def test_a_value_that_is_no_number_is_unknown(quiet_marts):
    quiet_marts.execute(
        "insert into marts.rpt_headlines by name "
        "select 2 as repository_id, 'x' as metric_name, 'X' as metric_title, value as current_value "
        "from (values ('nan'::double), ('inf'::double)) as odd (value)"
    )

    headlines = next(section for section in read_content(quiet_marts).sections if section.section.name == "headlines")

    assert [row["current_value"] for row in headlines.parts[0].rows] == [None, None]
