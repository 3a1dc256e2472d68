"""What installing takes, in words."""

from dataclasses import replace

from pipeline_etl.reports.sections.dependency_installs import advise, draw


def installed(**values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "install_tool": "pip",
        "part_run_seconds_mean": 100.0,
        "downloaded_count": 90,
        "cached_ratio": 0.1,
        **values,
    }


def test_a_tool_that_downloads_what_it_could_keep_is_named(repository):
    assert advise([installed()], repository) == (
        "“pip” takes 1 min 40 s of machine time a run of “CI”, and downloads 90 packages where 10.0 % came from a cache: "
        "keep its folder of downloads, or the environment."
    )


def test_a_cache_that_works_needs_no_advice(repository):
    assert advise([installed(cached_ratio=0.9)], repository).endswith("90.0 % of the packages came from a cache.")


def test_a_log_that_does_not_say_where_packages_came_from_proves_nothing(repository):
    assert "do not say" in advise([installed(cached_ratio=None)], repository)


def test_no_installation_is_no_health_and_says_whether_there_were_logs(repository):
    assert "there are no logs" not in advise([], repository)
    assert "there are no logs" in advise([], replace(repository, log_count=0))
    assert "No data is never healthy" in advise([], repository)


def test_one_tool_is_compared_with_nothing():
    assert draw([installed()]) == []
    assert len(draw([installed(), installed(install_tool="npm")])) == 1
