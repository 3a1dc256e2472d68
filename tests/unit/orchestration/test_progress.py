from datetime import UTC, datetime, timedelta

from pipeline_etl.extraction import Progress
from pipeline_etl.orchestration.progress import SpacedLines
from pipeline_etl.providers import Budget

NOW = datetime(2026, 8, 21, 3, tzinfo=UTC)


def progress(done, **named):
    return Progress(repository_name="octo/fake", stage="reading", done=done, total=400, **named)


def said_after(*seconds):
    """Lines said when progress is told at these moments."""
    said, moments = [], iter(NOW + timedelta(seconds=each) for each in seconds)
    lines = SpacedLines(said.append, now=lambda: next(moments))
    for number in range(len(seconds)):
        lines(progress(number))
    return [line.partition(", ")[2].partition(" ")[0] for line in said]


def test_off_a_terminal_there_is_a_line_every_half_minute_of_work():
    assert said_after(0, 10, 20, 31, 45, 61, 200) == ["3", "5", "6"]


def test_what_is_over_in_less_says_nothing():
    assert said_after(0, 5, 29) == []


def test_a_line_says_what_is_left_what_was_asked_and_what_may_still_be_asked():
    budget = Budget(limit_count=5_000, remaining_count=3_766, resets_at=NOW + timedelta(minutes=40))
    left = {"attempts with their logs": 1_200, "artifacts": 80, "others": 0}

    line = progress(120, left=left, request_count=1_234, budget=budget).line

    assert line == (
        "octo/fake: reading, 120 of 400; left: 1,200 attempts with their logs, 80 artifacts; "
        "1,234 requests, 3,766 of 5,000 left until 03:40 UTC"
    )


def test_a_line_says_until_when_requests_wait():
    line = progress(120, request_count=7, waits_until=NOW + timedelta(minutes=5)).line

    assert line == "octo/fake: reading, 120 of 400; 7 requests, waiting until 03:05:00 UTC"
