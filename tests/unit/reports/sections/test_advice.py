"""What to do first, in words."""

import re
from pathlib import Path

from pipeline_etl.reports.sections.advice import ACTIONS, KINDS, advise

MART = (Path(__file__).parents[4] / "dbt/models/marts/rpt_advice.sql").read_text("utf-8")


def row(**values: object) -> dict[str, object]:
    return {
        "advice_kind": "cache",
        "advice_reason": "never_hits",
        "advised_name": "test, venv-<hash>",
        "gain_usd": None,
        "gain_seconds": 1800.0,
        "gain_bytes": None,
        "needed_text": None,
        "thing_count": 1,
        **values,
    }


def test_the_first_thing_to_do_is_named_with_what_it_saves(repository):
    assert advise([row(), row(advised_name="other")], repository) == (
        "First, cache of “test, venv-<hash>”: mend its key or path, or take it out, which saves 30 min of runner time in "
        "30 days."
    )


def test_money_is_named_before_time_and_a_loss_is_no_saving(repository):
    assert "saves $12.50 in 30 days at list price" in advise([row(gain_usd=12.5)], repository)
    assert "saves" not in advise([row(gain_usd=-3.0, gain_seconds=None)], repository)
    assert "frees 2.0 GB" in advise([row(gain_seconds=None, gain_bytes=2_000_000_000)], repository)


def test_how_much_is_not_known_is_said(repository):
    unknown = row(advice_kind="runner", needed_text="needs 20 jobs with telemetry; has 0", thing_count=43)

    said = advise([unknown], repository)

    assert said == "Of 43 things too little is known; a runner needs 20 jobs with telemetry; has 0."


def test_no_rows_are_no_health(repository):
    assert "nor which are well" in advise([], repository)


def test_every_word_of_the_mart_has_its_words_here():
    kinds = set(re.findall(r"'(\w+)' as advice_kind", MART))

    assert kinds == set(KINDS)
    assert [
        reason for reason in ACTIONS if reason not in {"memory_up", "disk_full"} and f"'{reason}'" not in MART
    ] == []
