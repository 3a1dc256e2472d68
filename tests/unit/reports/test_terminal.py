"""The headline numbers at the end of a command."""

from io import StringIO

from rich.console import Console

from pipeline_etl.reports import headline_table


def test_headlines_are_shown_and_names_are_no_markup(content):
    shown = StringIO()

    Console(width=120, file=shown).print(headline_table(content))

    assert "12 min 30 s" in shown.getvalue()
    assert "▲ 25.0 %, was 10 min" in shown.getvalue()
    assert "[bold]Success[/bold] <i>" in shown.getvalue()
