"""What is rendered from the declared tables is what lies in the checkout."""

from pathlib import Path

from pipeline_etl.contracts.render import stale_files

PROJECT_ROOT = Path(__file__).parents[2]


def test_rendered_files_say_what_the_declared_tables_say() -> None:
    assert stale_files(PROJECT_ROOT) == [], "run `make contracts`"
