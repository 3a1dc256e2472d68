"""Every query of docs/recipes.md runs on the sample and answers what the page says."""

from pathlib import Path

import duckdb

from tests.recipes import PAGE, RECIPE, answered


def test_the_page_says_what_its_queries_answer(sample_warehouse: Path) -> None:
    page = PAGE.read_text("utf-8")

    with duckdb.connect(str(sample_warehouse), read_only=True) as connection:
        expected = answered(page, connection)

    assert page == expected, f"python -m tests.recipes {sample_warehouse} writes the answers anew"


def test_there_are_twenty_questions_and_each_has_an_answer_with_rows() -> None:
    recipes = list(RECIPE.finditer(PAGE.read_text("utf-8")))

    assert len(recipes) >= 20
    assert [recipe["question"] for recipe in recipes if (recipe["answer"] or "").count("\n|") < 3] == []
    assert all(recipe["question"].endswith("?") for recipe in recipes)
