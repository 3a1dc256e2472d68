"""A report in a terminal: as wide as there is room, plain in a pipe, and names are names."""

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from pipeline_etl.reports import Narrowing, headline_table, read_content, tell_content
from pipeline_etl.reports.terminal import GAP, Fit, fitted


def told(content, *, width=100, **options):
    shown = StringIO()
    tell_content(Console(width=width, file=shown, **options), content)
    return shown.getvalue()


def test_headlines_are_shown_and_names_are_no_markup(content):
    shown = StringIO()

    Console(width=120, file=shown).print(headline_table(content))

    assert "12 min 30 s" in shown.getvalue()
    assert "▲ 25.0 %, was 10 min" in shown.getvalue()
    assert "[bold]Success[/bold] <i>" in shown.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(content, width):
    assert max(cell_len(line) for line in told(content, width=width).splitlines()) <= min(width, 120)


def test_into_a_pipe_goes_no_escape_sequence_and_to_a_terminal_none_of_a_name(content):
    assert "\x1b" not in told(content)
    assert "\x1b[31m" not in told(content, force_terminal=True, color_system="standard").replace("\x1b[31m▲", "")


def test_hostile_names_are_text(content):
    said = told(content, width=120)

    assert "acme/<script>shop</script>" in said
    assert "[bold]Success[/bold] <i>" in said


def test_every_section_says_its_question_and_its_advice(content):
    said = " ".join(told(content).split())

    for section in content.sections:
        assert section.section.question in said
    assert "No test results are stored, so nothing is known of flaky tests" in said


def test_rows_that_are_not_shown_are_counted(content):
    assert "9 more rows in the marts: from marts.fct_test_flakiness" in told(content)


def test_what_was_asked_for_is_said_first(content):
    said = told(replace(content, narrowing=Narrowing(workflow_name="CI"), is_sample=True)).splitlines()

    assert said[1].startswith("The bundled sample.")
    assert said[2] == "Narrowed to the workflow “CI”."


def test_an_empty_warehouse_says_so(empty_marts):
    assert "The warehouse holds no repository yet" in told(read_content(empty_marts))


fits = st.builds(
    lambda least, more, is_spare: Fit(
        title="x", width=least + more, readable=least + more // 2, least=least, is_number=more == 0, is_spare=is_spare
    ),
    least=st.integers(1, 30),
    more=st.integers(0, 60),
    is_spare=st.booleans(),
)


@given(columns=st.lists(fits, min_size=1, max_size=12), width=st.integers(30, 160))
def test_columns_fit_and_a_spare_one_goes_before_one_that_is_not(columns, width):
    shown = fitted(columns, width=width)

    assert sum(fit.width for fit in shown) + GAP * (len(shown) - 1) <= width
    assert all(fit.width >= fit.least for fit in shown)
    left_out = [fit for fit in columns if not any(fit is kept for kept in shown)]
    if any(not fit.is_spare for fit in left_out):
        assert not any(fit.is_spare for fit in shown[1:])
