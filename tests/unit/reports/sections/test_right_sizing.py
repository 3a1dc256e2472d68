"""Which machine to change, in words."""

import re
from pathlib import Path

from pipeline_etl.reports.sections.right_sizing import RULES, advise

MODEL = Path(__file__).parents[4] / "dbt" / "models" / "marts" / "rpt_right_sizing.sql"


def judged(rule: str = "size_down", **values: object) -> dict[str, object]:
    return {
        "job_name": "test",
        "sizing_rule": rule,
        "advised_sku_name": "linux",
        "predicted_duration_factor": 1.0,
        "predicted_saving_usd": 6.0,
        "container_memory_bytes": 5_100_273_664,
        "missing_text": None,
        "watched_job_count": 60,
        "job_cpu_ratio_p50": 0.2,
        "memory_ratio_max": 0.25,
        "oom_job_count": 0,
        "disk_used_ratio_max": None,
        **values,
    }


def test_the_first_machine_to_change_is_named_with_its_effect(repository):
    assert advise([judged(), judged("fits")], repository) == (
        "“test”: one size down, for it used 20.0 % of its processors at the median and up to 25.0 % of its memory: "
        "linux takes 100 % of the time, and saves $6.00 in 30 days."
    )


def test_what_costs_more_is_not_called_a_saving(repository):
    said = advise([judged("memory_up", predicted_saving_usd=-10.0, oom_job_count=2, memory_ratio_max=0.99)], repository)

    assert "held up to 99.0 % of it, and ran out of it in 2 jobs" in said
    assert "costs $10.00 in 30 days" in said


def test_without_a_larger_runner_the_memory_it_needs_is_named(repository):
    assert "a container of 5.1 GB would do" in advise([judged("memory_up", advised_sku_name=None)], repository)


def test_what_is_missing_is_said_of_the_job_that_has_most(repository):
    few = judged("too_little_telemetry", watched_job_count=12, missing_text="needs 20 jobs; has 12")
    none = judged("no_telemetry", job_name="lint", watched_job_count=0, missing_text="needs 20 jobs; has 0")

    assert advise([none, few], repository) == "Nothing can be said of any machine yet: “test” needs 20 jobs; has 12."


def test_a_machine_that_fits_is_left_alone(repository):
    assert "none should change" in advise([judged("fits"), judged("idle")], repository)
    assert "No data is never healthy" in advise([], repository)
    assert "needs 20 jobs over 14 days" in advise([], repository)


def test_every_rule_of_the_model_has_words():
    rules = MODEL.read_text().split("ruled as (")[1].split("end as sizing_rule")[0]

    assert set(re.findall(r"(?:then|else) '(\w+)'", rules)) == set(RULES)
