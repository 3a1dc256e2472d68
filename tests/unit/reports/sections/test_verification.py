"""Tests in doubt."""

from dataclasses import replace

from pipeline_etl.reports.sections.verification import advise

ROW = {"full_test_name": "test_a", "flake_score_ratio": 0.5, "rerun_budget_count": 29}


def test_the_first_is_named_with_how_often_to_run_it(repository):
    said = advise([ROW], repository)

    assert said.startswith("1 test is in doubt. Begin with “test_a” (50.0 %): run it 29 times on one commit")


def test_no_doubt_is_only_said_where_there_are_tests(repository):
    assert "No test is in doubt" in advise([], repository)
    assert "o data is never healthy" in advise([], replace(repository, test_count=0))
