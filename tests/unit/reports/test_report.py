"""The reports there are: each a choice of sections that exist."""

from pipeline_etl.reports import PIPELINE_REPORT, REPORTS, SECTIONS, VIEWS


def test_the_full_report_has_every_section():
    assert PIPELINE_REPORT.sections == SECTIONS


def test_a_report_names_sections_that_exist_each_once():
    known = {section.name for section in SECTIONS}
    for report in REPORTS.values():
        assert report.section_names
        assert set(report.section_names) <= known, report.name
        assert len(set(report.section_names)) == len(report.section_names), report.name


def test_names_of_sections_and_of_reports_are_their_own():
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)
    assert len({report.name for report in REPORTS.values()}) == len(REPORTS) == len(VIEWS) + 1
