"""What jobs use, in words."""

from pipeline_etl.reports.sections.resources import advise, draw


def used(**values: object) -> dict[str, object]:
    return {
        "job_name": "test",
        "billed_job_count": 30,
        "watched_job_count": 25,
        "memory_ratio_max": 0.5,
        "memory_bytes_max": 8_000_000_000,
        "memory_total_bytes": 16_000_000_000,
        **values,
    }


def test_the_job_nearest_to_the_end_of_its_memory_is_named(repository):
    said = advise([used(), used(job_name="lint", memory_ratio_max=0.25)], repository)

    assert said == ("50 of 60 jobs brought telemetry along. “test” comes nearest to the end of its memory, at 50.0 %.")


def test_a_job_at_its_limit_is_told_what_comes_next(repository):
    assert "before it is killed" in advise([used(memory_ratio_max=0.9)], repository)


def test_without_telemetry_nothing_is_healthy(repository):
    for rows in ([], [used(watched_job_count=0, memory_ratio_max=None)]):
        assert "No data is never healthy" in advise(rows, repository)
        assert draw(rows) == []


def test_telemetry_without_the_size_of_the_machine_says_so(repository):
    assert "is not in it" in advise([used(memory_ratio_max=None)], repository)


def test_a_share_is_drawn_even_where_the_bytes_are_unknown():
    (chart,) = draw([used(memory_bytes_max=None)])

    assert "test: 50.0 % (50.0 %)" in chart.description
