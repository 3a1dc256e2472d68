"""The Markdown: tables GitHub can read, whatever is in a name."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline_etl.reports.markdown import code, rendered, text
from pipeline_etl.wording import printable

READER = MarkdownIt("commonmark").enable("table")
NAMES = st.text(alphabet=st.sampled_from(list("ab |`\\<>[]()*_~!#&@:/$\n\r\t\x00\u202e-+.1")), max_size=20)


def cells(line: str) -> list[str]:
    """What a reader of Markdown sees in the cells of a table row, and the tags it makes of them."""
    tokens = READER.parse(f"| a | b |\n|---|---|\n{line}\n")
    inline = [token for token in tokens if token.type == "inline"][2:]
    assert all(child.type in {"text", "code_inline", "text_special"} for token in inline for child in token.children)
    return ["".join(child.content for child in token.children) for token in inline]


@given(NAMES)
def test_words_stay_words_in_one_cell(name):
    seen = cells(f"| x{text(name)}x | end |")

    assert len(seen) == 2
    assert seen[0].replace("\u2060", "") == f"x{printable(name)}x"


@given(NAMES)
def test_a_name_stays_one_piece_of_code_in_one_cell(name):
    seen = cells(f"| x {code(name) if printable(name) else ''} x | end |")

    assert len(seen) == 2
    assert " ".join(seen[0].split()) == " ".join(f"x {printable(name)} x".split())


def test_every_table_has_as_many_cells_as_titles(content):
    document = rendered(content)

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(document)

    _, *tables = html.split("<table>")
    assert tables
    for table in tables:
        titles, *rows = table.split("</table>")[0].split("<tr>")[1:]
        assert rows
        assert all(row.count("<td") == titles.count("<th") for row in rows)


def test_hostile_names_make_no_markup(content):
    document = rendered(content)

    html = MarkdownIt("commonmark").enable("table").render(document)

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "\u202e" not in document


def test_the_sample_says_that_it_is_one_at_the_top(content):
    lines = rendered(content).splitlines()

    assert "This is the bundled sample" in lines[2]
    assert "bundled sample" not in rendered(replace(content, is_sample=False))


def test_rows_beyond_those_shown_come_with_the_sql_to_see_them(content):
    document = rendered(content)

    assert "9 more rows in the marts: `from marts.fct_test_flakiness where is_current" in document
