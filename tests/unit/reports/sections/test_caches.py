"""What caches are worth."""

from dataclasses import replace

from pipeline_etl.reports.sections.caches import advise, draw


def slot(verdict: str = "pays off", **values: object) -> dict[str, object]:
    return {
        "job_name": "build",
        "step_name": "Cache",
        "key_template": "pip-<hash>",
        "lookup_count": 10,
        "exact_count": 6,
        "partial_count": 1,
        "miss_count": 3,
        "scope_miss_count": None,
        "scope_judged_miss_count": 0,
        "is_never_hit": verdict == "never hits",
        "verdict": verdict,
        "net_benefit_seconds": 40.0,
        **values,
    }


def test_a_cache_that_never_hits_is_named_before_one_that_pays(repository):
    said = advise([slot(), slot("never hits", exact_count=0, job_name="lint")], repository)

    assert said.startswith("30.0 % of 20 lookups found exactly what they asked for.")
    assert "“lint / Cache” never hit in 10 lookups" in said
    assert "pays" not in said


def test_a_cache_that_costs_more_than_it_saves_is_named(repository):
    assert "“build / Cache” costs more time than it saves" in advise([slot("costs more than it saves")], repository)


def test_the_cache_that_pays_most_is_named_when_none_does_harm(repository):
    said = advise([slot(), slot(job_name="test", net_benefit_seconds=90.0)], repository)

    assert "“test / Cache” pays most: 1 min 30 s" in said


def test_what_a_hit_is_worth_may_be_unknown(repository):
    assert "Whether they save time is not known" in advise([slot("not enough data")], repository)


def test_no_lookup_is_no_health_and_says_whether_there_were_logs(repository):
    without = replace(repository, cache_lookup_count=0)

    assert "there are no logs" not in advise([], without)
    assert "there are no logs" in advise([], replace(without, log_count=0))
    assert "No data is never healthy" in advise([], without)


def test_the_parts_of_a_bar_are_shares_of_all_lookups():
    (chart,) = draw([slot(), slot(lookup_count=0)])

    assert [row["value"] for row in chart.spec["layer"][0]["data"]["values"]] == [0.6, 0.1, 0.3]


def test_a_key_that_was_there_for_other_branches_only_asks_for_a_run_of_the_default_branch(repository):
    said = advise([{**slot(), "scope_miss_count": 2, "scope_judged_miss_count": 3}], repository)

    assert "2 of 3 misses of" in said
    assert "let a run of the default branch save it" in said
    assert "other branches" not in advise([{**slot(), "scope_miss_count": 0, "scope_judged_miss_count": 3}], repository)
