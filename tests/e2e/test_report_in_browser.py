"""The page as a person meets it: in a browser, with its script, in both schemes, on a phone and with a keyboard."""

import re
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline_etl.reports import write_report
from tests.declared_marts import marts_ddl
from tests.unit.reports.conftest import insert_busy, insert_quiet

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
WIDTHS = (320, 400, 768, 1280, 1600)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}: apt-get install chromium")

# What of the text on the page is harder to read than WCAG AA asks for (4.5 to 1), with the colours it is drawn in.
FAINT_TEXT = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) =>
    0.2126 * channel(red / 255) + 0.7152 * channel(green / 255) + 0.0722 * channel(blue / 255);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  let count = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(element), isDrawn = element instanceof SVGElement;
    if (!own || style.visibility !== "visible" || !element.getClientRects().length) continue;
    if (["TITLE", "DESC", "SCRIPT", "STYLE"].includes(element.tagName.toUpperCase())) continue;
    const front = numbers(isDrawn ? style.fill : style.color);
    const [one, other] = [luminance(front), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    count += 1;
    if (contrast < 4.5) faint.push(`${element.tagName} ${element.textContent.trim().slice(0, 40)} ${contrast.toFixed(2)}`);
  }
  return { count, faint };
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a busy repository with hostile names, beside a quiet one."""
    folder = tmp_path_factory.mktemp("report")
    with duckdb.connect() as connection:
        connection.execute(marts_ddl())
        insert_quiet(connection)
        insert_busy(connection)
        paths = write_report(connection, out_dir=folder, is_sample=True).paths
    return paths[0].as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page that was opened, what it asked for and what it complained of."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1280, scheme: str = "light") -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.goto(address)


@pytest.fixture(scope="module")
def visit(browser: Browser, address: str):
    opened: list[Visit] = []

    def opening(**options: object) -> Visit:
        opened.append(Visit(browser, address, **options))
        return opened[-1]

    yield opening
    for each in opened:
        each.page.close()


def test_the_page_asks_for_nothing_but_itself_and_complains_of_nothing(visit, address: str) -> None:
    visited = visit()
    visited.page.mouse.wheel(0, 20000)
    visited.page.click("#theme")

    assert visited.asked == [address]
    assert visited.complaints == []


def test_every_chart_is_drawn(visit) -> None:
    drawings = visit().page.evaluate(
        """() => [...document.querySelectorAll("figure svg")].map((svg) => {
          const marks = [...svg.querySelectorAll("path, circle, rect, text")].filter((mark) => mark.getClientRects().length);
          const { width, height } = svg.getBBox();
          return { name: svg.querySelector("title").textContent, count: marks.length, width, height };
        })"""
    )

    assert len(drawings) >= 10
    assert [each["name"] for each in drawings if min(each["count"], each["width"], each["height"]) <= 0] == []


@SCHEMES
def test_text_stands_out_from_what_is_behind_it(visit, scheme: str) -> None:
    found = visit(scheme=scheme).page.evaluate(FAINT_TEXT)

    assert found["count"] > 300
    assert found["faint"] == []


def test_the_button_changes_what_the_system_says(visit) -> None:
    page = visit(scheme="dark").page
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.click("#theme")

    assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    assert page.evaluate(FAINT_TEXT)["faint"] == []


def test_nothing_is_wider_than_the_page_on_a_phone_or_a_desk(visit) -> None:
    page = visit().page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        # What is wider than its place scrolls there, and hides nothing for ever.
        too_wide = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((element) => {
              const box = element.getBoundingClientRect();
              return box.width && box.right > innerWidth + 1 && !element.closest(".table, .drawing");
            }).map((element) => element.outerHTML.slice(0, 80))"""
        )

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (width, too_wide) == (width, [])


def test_a_table_is_sorted_by_click_and_by_keyboard_and_says_so(visit) -> None:
    page = visit().page
    table = "#flaky_tests table.rows >> nth=0"
    heads = page.locator(table).locator("thead th")
    titles = [text.strip() for text in heads.all_inner_texts()]
    by_score, by_name = titles.index("Flaky now"), titles.index("Test")
    at_first = page.locator(table).locator("tbody").inner_text()

    heads.nth(by_score).locator("button").click()
    downwards = page.locator(table).locator(f"tbody tr td:nth-child({by_score + 1})").all_inner_texts()
    heads.nth(by_score).locator("button").focus()
    page.keyboard.press("Enter")
    upwards = page.locator(table).locator(f"tbody tr td:nth-child({by_score + 1})").all_inner_texts()

    assert downwards == sorted(downwards, key=score, reverse=True)
    assert upwards == sorted(downwards, key=score)
    assert len(set(downwards)) > 1
    assert heads.nth(by_score).get_attribute("aria-sort") == "ascending"
    assert heads.nth(by_name).get_attribute("aria-sort") == "none"
    assert sorted(page.locator(table).locator("tbody").inner_text().split()) == sorted(at_first.split())


def score(text: str) -> float:
    return float(text.removesuffix(" %"))


def test_what_is_not_known_comes_last_in_either_order(visit) -> None:
    page = visit().page
    table = page.locator("#headlines table.rows").first
    values = table.locator("tbody tr td:nth-child(2)")
    button = table.locator("thead th:nth-child(2) button")

    for _ in range(2):
        button.click()
        assert values.all_inner_texts()[-1] == "\N{EN DASH}"


def test_everything_that_can_be_used_is_reached_with_the_keyboard(visit) -> None:
    page = visit().page
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button:not([hidden])")].map((element, index) => {
          element.dataset.wanted = index;
          return index;
        })"""
    )
    reached = []
    for _ in range(3 * len(wanted)):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("Number(document.activeElement.dataset.wanted ?? -1)"))
        if reached[-1] == wanted[-1]:
            break

    assert [each for each in reached if each >= 0] == wanted
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_contents_lead_to_every_section(visit) -> None:
    page = visit().page
    for link in page.locator("nav a").all():
        anchor = link.get_attribute("href")
        link.click()

        assert page.evaluate("location.hash") == anchor
        assert page.locator(anchor).evaluate(
            "(section) => Math.abs(section.getBoundingClientRect().top) < 200 || scrollY > 0"
        )


def test_hostile_names_are_text_and_nothing_else(visit) -> None:
    visited = visit()
    page = visited.page
    shown = page.locator("body").inner_text()

    assert "acme/<script>shop</script>" in shown
    assert "test_[<img src=x onerror=alert(1)>]" in shown
    assert page.locator("img, iframe, object, embed, form, input, link").count() == 0
    assert page.locator("script").count() == 1
    assert [href for href in page.evaluate("[...document.links].map((a) => a.href)") if not safe(href)] == []
    assert visited.complaints == []


def safe(address: str) -> bool:
    return re.match(r"https?://|file://[^#]*#\w+$", address) is not None


def test_on_paper_the_text_is_dark_and_the_controls_are_gone(visit) -> None:
    page = visit(scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")

    assert page.locator("nav").is_hidden()
    assert page.locator("#theme").is_hidden()
    assert page.evaluate(FAINT_TEXT)["faint"] == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
