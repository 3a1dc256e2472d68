"""What could not be read."""

from dataclasses import replace

from pipeline_etl.reports.sections.problems import advise, draw

PROBLEM = {"problem_kind": "MalformedArchive", "problem_count": 3, "advice": "Look at the file."}


def test_problems_are_counted_and_the_most_frequent_kind_comes_with_advice(repository):
    said = advise([PROBLEM, {**PROBLEM, "problem_count": 1, "advice": "Other."}], repository)

    assert said == ("4 things could not be read; the rest is stored. For the most frequent kind: Look at the file.")


def test_nothing_read_is_not_everything_read(repository):
    assert advise([], repository) == "Everything that came could be read."
    assert "Nothing was read yet" in advise([], replace(repository, attempt_count=0))
    assert draw([]) == []
