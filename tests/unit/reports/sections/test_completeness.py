"""Stored against known."""

from pipeline_etl.reports.sections.completeness import advise, draw


def kind(name: str = "job_log", **values: object) -> dict[str, object]:
    return {
        "item_kind": name,
        "coverage_ratio": 0.9,
        "known_count": 110,
        "stored_count": 90,
        "not_yet_count": 0,
        "expired_count": 10,
        "gone_count": 0,
        "error_count": 0,
        "not_permitted_count": 0,
        "not_wanted_count": 10,
        "is_below_floor": True,
        **values,
    }


def test_what_is_below_the_floor_is_named_with_its_cause(repository):
    said = advise([kind(), kind("artifact", is_below_floor=False)], repository)

    assert "Below 99 %: job logs (90.0 %)." in said
    assert "sync more often" in said
    assert "still owed" not in said
    assert "still owed" in advise([kind(not_yet_count=3)], repository)


def test_all_stored_is_said_and_no_ledger_is_not_all_stored(repository):
    assert "At least 99 %" in advise([kind(is_below_floor=False)], repository)
    assert "not known" in advise([], repository)


def test_what_nobody_wants_is_not_missing():
    (chart,) = draw([kind(), kind("annotations", known_count=5, not_wanted_count=5)])

    assert chart.description == "Job logs: 90.0 % stored of 100"
