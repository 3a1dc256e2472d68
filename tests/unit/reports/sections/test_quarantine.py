"""Quarantine."""

from dataclasses import replace

from pipeline_etl.reports.sections.quarantine import advise, draw

ROW = {
    "full_test_name": "test_a",
    "expected_wrong_count": 0.06,
    "expected_failure_count": 6.93,
    "expected_cost_usd": 34.65,
}


def test_the_list_says_how_wrong_it_may_be_and_what_it_spares(repository):
    said = advise([ROW, ROW], repository)

    assert said.startswith("Quarantine 2 tests for 14 days at most, of which 0.06 may be expected not flaky")
    assert "“test_a” alone is expected to fail 6.93 times a week for no reason, $34.65." in said


def test_a_cost_nobody_knows_is_not_named(repository):
    assert "for no reason. Each" in advise([{**ROW, "expected_cost_usd": None}], repository)


def test_an_empty_list_is_no_health_where_there_are_no_tests(repository):
    assert "two incidents" in advise([], repository)
    assert "o data is never healthy" in advise([], replace(repository, test_count=0))


def test_what_is_expected_to_fail_never_is_not_drawn():
    assert len(draw([ROW])) == 1
    assert draw([{**ROW, "expected_failure_count": 0.0}]) == []
