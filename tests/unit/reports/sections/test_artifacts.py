"""What is held, in words."""

from pipeline_etl.reports.sections.artifacts import advise, draw


def stored(**values: object) -> dict[str, object]:
    return {
        "storage_kind": "artifact",
        "stored_name": "dist",
        "retention_seconds_p50": 7_776_000.0,
        "live_count": 20,
        "live_bytes": 2_000_000_000,
        **values,
    }


def test_what_takes_most_of_what_nobody_chose_to_keep_is_named(repository):
    said = advise([stored(), stored(storage_kind="cache", retention_seconds_p50=None, live_bytes=1000)], repository)

    assert said.startswith("The service holds 2.0 GB of artifacts and 1.0 kB of caches. “dist” is kept for 90 d")
    assert "takes 2.0 GB in 20 artifacts" in said


def test_a_short_retention_is_nothing_to_advise(repository):
    assert "None of the artifacts held" in advise([stored(retention_seconds_p50=604_800.0)], repository)


def test_nothing_known_of_is_said(repository):
    assert advise([], repository) == "No artifact and no cache is known of."


def test_what_has_expired_is_not_drawn():
    assert draw([stored(live_bytes=0)]) == []
    assert len(draw([stored()])) == 1
