"""The documentation builds without a warning, every link in it leads somewhere, and no page asks another host."""

import html
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pipeline_etl.exporter import GAUGES
from pipeline_etl.reports import SECTIONS
from pipeline_etl.settings import Settings, variable
from tests.declared_marts import declared_marts

PROJECT = Path(__file__).parents[2]


class Page(HTMLParser):
    """Where a page leads, what it loads, and what in it can be led to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {value for name, value in attrs if name in ("id", "name") and value}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "link" and "stylesheet" in (found.get("rel") or ""):
            self.loads.append(found["href"])
        if tag in ("script", "img") and found.get("src"):
            self.loads.append(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline_etl", "serve-docs", "--build", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    written = [path for path in site.glob("*.html") if path.name != "404.html"]
    return {path: Page(path) for path in written}


def test_every_link_inside_leads_to_a_page_and_a_place_on_it(site, pages):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or (
                parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors
            ):
                dead.append((path.name, link))

    assert len(pages) > 10
    assert dead == []


def test_no_page_loads_anything_from_another_host(pages):
    assert [load for page in pages.values() for load in page.loads if urlsplit(load).netloc] == []


def test_the_site_tells_of_every_question_setting_metric_and_mart(site):
    def text(name: str) -> str:
        return html.unescape(re.sub(r"<[^>]+>", "", (site / name).read_text("utf-8")))

    assert [name for name in Settings.model_fields if variable(name) not in text("settings.html")] == []
    assert [section.name for section in SECTIONS if section.question not in text("questions.html")] == []
    assert [gauge.name for gauge in GAUGES if gauge.name not in text("prometheus.html")] == []
    assert [mart for mart in declared_marts() if mart not in text("marts.html")] == []


def test_the_lineage_is_there_whole(site):
    assert "fct_run_attempts" in (site / "lineage" / "index.html").read_text("utf-8")
