"""A few lines for a pull request: the largest changes, links that are safe, and words when nothing changed."""

from dataclasses import replace

from pipeline_etl.reports import Narrowing, comment


def test_the_largest_changes_come_first_and_the_report_last(content):
    lines = comment(content, link="https://ci.example/report").splitlines()

    assert lines[0] == "### CI pipeline report, as of 2026-03-30"
    assert "Median run: 12 min 30 s in the last 30 days (▲ 25.0 %, was 10 min in the 30 days before)." in lines[2]
    assert lines[2].startswith("- ⚠ acme/&lt;script>shop".replace(">", "\\>"))
    assert lines[-1] == "[The whole report](<https://ci.example/report>)"
    assert len(lines) <= 8


def test_a_link_that_runs_something_is_left_out(content):
    assert "javascript" not in comment(content, link="javascript:alert(1)")


def test_where_nothing_changed_that_is_said(content):
    said = comment(replace(content, sections=[]))

    assert "Nothing changed beyond chance (31 runs in the last 30 days)." in said


def test_what_it_is_narrowed_to_is_said(content):
    assert "Narrowed to the workflow “CI”." in comment(replace(content, narrowing=Narrowing(workflow_name="CI")))
