"""Files and what no test runs of them, in words."""

from datetime import UTC, datetime

from pipeline_etl.reports.sections.coverage_files import advise

ROW = {
    "file_path": "src/cart.py",
    "line_ratio": 0.8,
    "line_change_ratio": -0.05,
    "missed_line_count": 20,
    "valid_line_count": 100,
    "more_missed_line_count": 5,
    "changed_sha": "a" * 40,
    "changed_at": datetime(2026, 3, 22, tzinfo=UTC),
    "fallen_file_count": 2,
    "just_fallen_file_count": 1,
}


def test_the_file_that_fell_deepest_and_the_one_that_misses_most_are_named(repository):
    rows = [ROW, {**ROW, "file_path": "src/shop.py", "missed_line_count": 60}]

    assert advise(rows, repository) == (
        "2 files lost coverage in the last 30 days, 1 with the commit measured last. “src/cart.py” fell deepest, "
        "5.0 points less since aaaaaaaaaa of 2026-03-22: it left 5 lines more untested. “src/shop.py” has most that no "
        "test runs: 60 of 100 lines."
    )


def test_a_share_that_fell_because_covered_lines_went_asks_for_no_tests(repository):
    said = advise([{**ROW, "more_missed_line_count": 0}], repository)

    assert "for covered lines went: 80.0 % of what is left runs." in said
    assert "untested" not in said


def test_no_fall_is_said_and_so_is_a_file_without_a_gap(repository):
    rows = [{**ROW, "fallen_file_count": 0, "missed_line_count": 0}]

    assert advise(rows, repository) == (
        "No file lost coverage in the last 30 days. Every line of every file is covered."
    )


def test_no_coverage_is_no_health(repository):
    assert "no file can be named" in advise([], repository)
