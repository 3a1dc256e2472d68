"""What the rules share."""

from pipeline_etl.parsing.log_rules.rule import Events, linear

EVENTS = Events(
    [
        (r"Took (?P<took>\d+)s", "duration"),
        (r"Took", "start"),
        (r"Took (?P<took>\d+)", "number"),
        (r"Done", "end"),
    ]
)


def test_of_several_patterns_that_fit_the_first_counts() -> None:
    found = EVENTS.first("Took 12s")

    assert found is not None
    assert (found[0]["took"], found[1]) == ("12", "duration")


def test_an_event_without_groups_names_none() -> None:
    found = EVENTS.first("Done.")

    assert found is not None
    assert (found[0].groupdict(), found[1]) == ({}, "end")


def test_a_line_that_no_pattern_fits_is_no_event() -> None:
    assert EVENTS.first("All Done") is None


def test_what_fits_besides_comes_after_in_order() -> None:
    assert [meaning for _, meaning in EVENTS.after("Took 12s", "duration")] == ["start", "number"]


def test_a_linear_pattern_names_no_group() -> None:
    assert linear(r"(?P<name>a)(?:b)") == "(?:a)(?:b)"
