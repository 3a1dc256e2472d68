"""The page: hostile names are text, nothing is loaded, every link leads to the web."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline_etl.reports import read_content
from pipeline_etl.reports.html import kept, note, rendered

LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href", "ping"}
VOID = {"meta", "br", "hr", "img", "input", "link", "source", "wbr"}


class Page(HTMLParser):
    """Elements, attributes and nesting of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


@pytest.fixture(scope="module")
def text(content) -> str:
    return rendered(content)


@pytest.fixture(scope="module")
def page(text) -> Page:
    return Page(text)


def test_every_element_is_closed_where_it_was_opened(page):
    assert page.open == []


def test_hostile_names_are_text(page, text):
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not page.tags() & {
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "audio",
        "video",
        "image",
        "use",
    }
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "&lt;script&gt;shop&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_nothing_is_loaded_from_anywhere(page, text):
    loaded = [(tag, name) for tag, attributes in page.elements for name in attributes if name in LOADING]

    assert loaded == []
    assert "url(" not in text.replace("url(#", "")
    assert "@import" not in text


def test_links_lead_to_the_web_or_into_the_page_and_tell_nobody_where_from(page):
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [attributes for tag, attributes in page.elements if tag == "a"]

    assert any(link["href"].startswith("https://") for link in links)
    for link in links:
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
        else:
            assert link["href"].startswith("https://")
            assert link["rel"] == "noopener noreferrer"


def test_identifiers_are_unique(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]

    assert len(ids) == len(set(ids))


def test_the_policy_of_the_page_allows_its_own_script_and_nothing_else(page, text):
    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy


def test_every_chart_says_what_it_shows(page):
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    charts = [attributes for tag, attributes in page.elements if tag == "svg"]

    assert len(charts) >= 10
    for chart in charts:
        assert chart["role"] == "img"
        assert set(chart["aria-labelledby"].split()) <= ids


def test_colours_follow_the_theme(text):
    drawn = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))

    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))

    assert {colour for colour in colours if colour.startswith("var(--")}
    assert {colour for colour in colours if not colour.startswith("var(--")} <= {"none", "transparent"}


def test_every_colour_is_defined_in_light_dark_and_print(text):
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    used = set(re.findall(r"var\((--[a-z-]+)\)", text))

    defined = re.findall(r"(--[a-z-]+):", style)

    assert {name: defined.count(name) for name in used} == dict.fromkeys(used, 4)


def test_the_sample_says_that_it_is_one_on_the_first_screen(content, text):
    own = rendered(replace(content, is_sample=False, sections=()))

    assert text.index("This is the bundled sample") < text.index("<nav")
    assert "bundled sample" not in own


def test_an_archive_says_what_is_real_on_the_first_screen(text):
    assert text.index("An archive, not a live service") < text.index("<td>REAL</td>") < text.index("<nav")


def test_a_note_is_markdown_without_html_images_or_scripts():
    shown = note("**bold** <b>x</b> ![p](https://e.example/p.png) [a](javascript:alert(1)) [w](https://w.example)")

    assert "<strong>bold</strong>" in shown
    assert "<img" not in shown
    assert "<b>" not in shown
    assert 'href="javascript' not in shown
    assert 'href="https://w.example"' in shown


def test_a_page_of_nothing_is_a_page(empty_marts):
    page = Page(rendered(read_content(empty_marts)))

    assert page.open == []
    assert "svg" not in page.tags()


def test_the_page_is_small(text):
    assert len(text.encode()) < 1_500_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("was 75.0 % before", "was 75.0~% before"),
        ("1 h 10 min, 51.4 % longer", "1~h 10~min, 51.4~% longer"),
        ("26 s", "26~s"),
        ("2.1 points, 9.5 MB", "2.1~points, 9.5~MB"),
        ("11 of 21 runs, 3 sorts, 2 days", "11 of 21 runs, 3 sorts, 2 days"),
    ],
)
def test_no_line_ends_between_a_number_and_its_unit(text, words):
    assert kept(text) == words.replace("~", "\N{NO-BREAK SPACE}")


def test_tiles_sentences_and_findings_keep_their_units(text):
    shown_units = re.findall(r'<(?:span class="(?:value|change)"|p class="advice")>([^<]*)', text)

    assert any("\N{NO-BREAK SPACE}%" in words for words in shown_units)
    assert not any(re.search(r"\d (?:%|min|s)\b", words) for words in shown_units)
