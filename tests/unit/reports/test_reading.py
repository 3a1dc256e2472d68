"""What is read: windows of each repository, whatever the order of rows and the reader's clock, and no more than was asked for."""

from datetime import UTC, datetime

import pytest

from pipeline_etl.errors import UnknownName
from pipeline_etl.reports import Narrowing, read_content


def test_the_order_of_rows_in_the_marts_changes_nothing(marts, content):
    for mart in ("fct_jobs", "fct_critical_paths", "fct_test_flakiness", "rpt_weekly_trends", "dim_repositories"):
        marts.execute(f"create or replace table marts.{mart} as from marts.{mart} order by hash(rowid + 7)")

    assert read_content(marts, is_sample=True) == content


def test_the_time_zone_of_the_reader_changes_nothing(marts, content):
    marts.execute("set TimeZone = 'Pacific/Auckland'")

    assert read_content(marts, is_sample=True) == content


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


def test_a_value_that_is_no_number_is_unknown(quiet_marts):
    quiet_marts.execute(
        "insert into marts.rpt_headlines by name "
        "select 2 as repository_id, 'x' as metric_name, 'X' as metric_title, value as current_value "
        "from (values ('nan'::double), ('inf'::double)) as odd (value)"
    )

    headlines = next(section for section in read_content(quiet_marts).sections if section.section.name == "headlines")

    assert [row["current_value"] for row in headlines.parts[0].rows] == [None, None]


def test_a_report_of_one_repository_holds_nothing_of_another(marts, content):
    narrowed = read_content(marts, narrowing=Narrowing(repository_name="QUIET"))

    assert [repository.repository_name for repository in narrowed.repositories] == ["acme/quiet"]
    assert narrowed.as_of_at == content.repositories[1].as_of_at
    for whole, part in zip(content.sections, narrowed.sections, strict=True):
        assert list(part.parts) == [whole.parts[1]]


def test_a_report_of_the_only_workflow_holds_what_the_whole_one_does(marts, content):
    narrowed = read_content(
        marts,
        narrowing=Narrowing(repository_name=content.repositories[0].repository_name, workflow_name="ci & <b>CD</b>"),
    )

    assert narrowed.narrowing.workflow_name == "CI & <b>CD</b>"
    for whole, part in zip(content.sections, narrowed.sections, strict=True):
        if not part.whole_reason:
            assert part.parts[0].rows == whole.parts[0].rows, part.section.name


def test_rows_of_other_workflows_and_earlier_days_are_left_out(marts):
    marts.execute(
        "update marts.rpt_weekly_trends set workflow_name = 'nightly' where iso_week_start_date < '2026-03-01'"
    )
    marts.execute("insert into marts.dim_workflows by name select 1 as repository_id, 'nightly' as workflow_name")

    narrowed = read_content(
        marts, narrowing=Narrowing(workflow_name="nightly", since=datetime(2026, 2, 10, tzinfo=UTC).date())
    )

    trends = next(section for section in narrowed.sections if section.section.name == "weekly_trends")
    assert trends.whole_reason == ""
    assert [row["iso_week"] for row in trends.parts[0].rows] == ["2026-W09", "2026-W08"]
    assert trends.parts[1].advice == "Nothing is known here of the workflow “nightly” and rows since 2026-02-10."


def test_what_a_section_cannot_be_narrowed_by_is_said_and_not_done(marts, content):
    narrowed = read_content(marts, narrowing=Narrowing(workflow_name="CI & <b>CD</b>"))

    whole, part = (
        next(section for section in of.sections if section.section.name == "flaky_tests") for of in (content, narrowed)
    )
    assert part.whole_reason == "Not narrowed by workflow: what it counts is not kept by workflow."
    assert part.parts == whole.parts


def test_a_name_that_is_not_there_is_an_error_with_the_nearest(marts):
    with pytest.raises(UnknownName, match=r"no repository 'acme/quite' in the warehouse; did you mean 'acme/quiet'\?"):
        read_content(marts, narrowing=Narrowing(repository_name="acme/quite"))
    with pytest.raises(UnknownName, match=r"no workflow 'CD' .* did you mean 'CI & <b>CD</b>'\?"):
        read_content(marts, narrowing=Narrowing(workflow_name="CD", repository_name="acme/<script>shop</script>"))
