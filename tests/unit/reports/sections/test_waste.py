"""What to fix first, in words."""

from dataclasses import replace
from pathlib import Path

from pipeline_etl.reports.sections.waste import CAUSES, COLOURS, REMEDIES, advise, draw

MACRO = Path(__file__).parents[4] / "dbt" / "macros" / "waste_causes.sql"


def loss(**values: object) -> dict[str, object]:
    return {
        "period_kind": "last_30_days",
        "waste_cause": "rounding",
        "job_family_name": "test",
        "wasted_seconds": 118.0,
        "wasted_share_ratio": 0.6,
        "wasted_list_cost_usd": 0.0118,
        **values,
    }


def test_the_first_place_is_named_with_its_worth_and_its_remedy(repository):
    rows = [
        loss(waste_cause="cache_miss", wasted_share_ratio=0.4, wasted_list_cost_usd=0.02),
        loss(wasted_share_ratio=0.35),
        loss(job_family_name="lint", wasted_share_ratio=0.25),
    ]

    assert advise(rows, repository) == (
        "Fix first: rounding up to minutes, 60.0 % of all billed time that is known to be lost in 30 days. Most of it in "
        "“test” (1 min 58 s, $0.0118 at list price): merge it with another short job."
    )


def test_time_without_a_price_is_still_time(repository):
    assert "(1 min 58 s, without a price)" in advise([loss(wasted_list_cost_usd=None)], repository)


def test_old_losses_are_not_said_to_be_of_this_month(repository):
    assert "nothing in the last 30 days" in advise([loss(period_kind="all_history")], repository)


def test_no_loss_is_known_only_where_something_ran(repository):
    assert advise([], repository) == "No billed time is known to be lost."
    assert "No data is never healthy" in advise([], replace(repository, executed_job_count=0))


def test_every_cause_has_words_a_remedy_and_a_colour_of_its_own():
    declared = [part.strip(" '\n") for part in MACRO.read_text().split("return([")[1].split("])")[0].split(",")]

    assert declared == list(CAUSES) == list(REMEDIES) == list(COLOURS)
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_a_bar_has_the_colour_of_its_cause():
    (chart,) = draw([loss(), loss(waste_cause="cache_miss", wasted_seconds=60.0)])

    assert [row["series"] for row in chart.spec["layer"][0]["data"]["values"]] == [3, 4]
    assert draw([]) == []
