"""What is read out of real windows of failing logs whose line a person marked, see tests/benchmark/failure_windows.md."""

from tests.benchmark.failures import verdict_of, windows


def test_of_the_marked_windows_no_fewer_are_understood_than_were() -> None:
    verdicts = [verdict_of(window) for window in windows()]

    assert len(verdicts) == 40
    assert sum(verdict.is_known for verdict in verdicts) >= 34
    assert sum(verdict.is_exact for verdict in verdicts) >= 30
