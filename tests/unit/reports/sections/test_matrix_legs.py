"""Which legs find something, in words."""

from pipeline_etl.reports.sections.matrix_legs import advise


def leg(verdict: str, **values: object) -> dict[str, object]:
    return {
        "job_name": "test (3.13)",
        "matrix_finding_run_count": 31,
        "unique_find_ratio_high": 0.11,
        "list_cost_usd": 0.57,
        "leg_verdict": verdict,
        **values,
    }


def test_a_leg_that_never_found_anything_alone_is_named_with_what_that_proves(repository):
    said = advise([leg("never finds alone"), leg("finds alone")], repository)

    assert said == (
        "“test (3.13)” never failed alone in 31 runs in which a leg of its matrix failed; in the long run at most 11.0 % "
        "of such runs would be missed without it: run it by night or before a release. It cost $0.57 at list price."
    )


def test_a_cost_that_is_unknown_is_not_named(repository):
    assert "$" not in advise([leg("never finds alone", list_cost_usd=None)], repository)


def test_legs_that_found_something_are_kept(repository):
    assert advise([leg("finds alone"), leg("not enough data")], repository).endswith("keep them.")


def test_too_few_failures_prove_nothing(repository):
    assert advise([leg("not enough data")], repository).startswith("Too few runs")
    assert "No job with a matrix" in advise([], repository)
