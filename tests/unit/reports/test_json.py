"""The JSON: a schema programs can rely on, units as declared, null for unknown."""

import json

from pipeline_etl.reports import SECTIONS, read_content
from pipeline_etl.reports.json import rendered


def test_the_schema_is_report_findings_repositories_sections(content):
    document = json.loads(rendered(content))

    assert list(document) == ["report", "findings", "repositories", "sections"]
    assert document["report"] == {
        "name": "pipeline-report",
        "title": "CI pipeline report",
        "schema_version": 1,
        "narrowed_to": {"repository_name": None, "workflow_name": None, "since": None},
        "is_sample": True,
        "as_of_at": "2026-03-30T12:00:00Z",
    }
    assert [section["name"] for section in document["sections"]] == [section.name for section in SECTIONS]
    for section in document["sections"]:
        assert set(section) == {"name", "question", "definition", "whole_reason", "advice", "columns", "rows"}
        assert [said["repository_name"] for said in section["advice"]] == ["acme/<script>shop</script>", "acme/quiet"]


def test_rows_hold_the_declared_columns_whole_and_unknown_is_null(content):
    document = json.loads(rendered(content))
    sections = {section["name"]: section for section in document["sections"]}

    for section in document["sections"]:
        names = ["repository_name", *(column["name"] for column in section["columns"])]
        assert all(list(row) == names for row in section["rows"])
    lead = next(row for row in sections["headlines"]["rows"] if row["metric_name"] == "lead_seconds_p50")
    assert lead["current_value"] is None
    assert sections["flaky_tests"]["rows"][0]["full_test_name"].endswith("\u202e")
    assert len(sections["flaky_tests"]["rows"]) == 21


def test_moments_are_utc_and_days_are_days(content):
    document = json.loads(rendered(content))
    sections = {section["name"]: section for section in document["sections"]}

    assert sections["problems"]["rows"][0]["first_occurred_at"] == "2026-03-30T12:00:00Z"
    assert sections["weekly_trends"]["rows"][0]["iso_week_start_date"] == "2026-03-30"
    assert sections["flaky_history"]["rows"][0]["score_history"][0]["as_of_at"] == "2026-03-15T12:00:00Z"


def test_ratios_are_shares(content):
    document = json.loads(rendered(content))

    shares = [
        row[column["name"]]
        for section in document["sections"]
        for column in section["columns"]
        if column["unit"] == "ratio" and "change" not in column["name"]
        for row in section["rows"]
        if row[column["name"]] is not None
    ]
    assert shares
    assert all(0 <= share <= 1.05 for share in shares)


def test_empty_marts_are_valid_json(empty_marts):
    document = json.loads(rendered(read_content(empty_marts)))

    assert document["repositories"] == []
    assert all(section["rows"] == [] and section["advice"] == [] for section in document["sections"])
