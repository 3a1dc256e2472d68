"""The report as one HTML page that needs nothing but itself.

Everything a CI service can put into it is hostile until shown otherwise: the template escapes all of it, links go to
http and https only, archive notes are rendered without HTML and images, and the page's own policy forbids every load
and every script but its own.
"""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline_etl.reports.content import ReportContent, cell
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.svg import svg
from pipeline_etl.wording import count, day, instant, plural, printable, web_address

ENVIRONMENT: Final = Environment(
    loader=PackageLoader("pipeline_etl.reports", "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

TEMPLATES: Final = files("pipeline_etl.reports").joinpath("templates")
STYLE: Final = TEMPLATES.joinpath("report.css").read_text(encoding="utf-8")
SCRIPT: Final = TEMPLATES.joinpath("report.js").read_text(encoding="utf-8")
"""The only script of the page: light or dark whatever the system says, and tables in the order of any column."""

TONE_WORDS: Final = {"good": "better", "bad": "worse", "neutral": "changed"}
"""A colour alone says nothing to who cannot see it."""

BEFORE_A_UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|s|min|h|d|B|kB|MB|GB|TB|points?)(?![\w%]))")
"""The space that a line must not end at: "75.0" without its "%" is another number."""

NOTE_MARKUP: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
NOTE_MARKUP.disable(["image", "html_inline", "html_block"])


def rendered(content: ReportContent) -> str:
    """The page; the same content gives the same text."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return ENVIRONMENT.get_template("report.html.j2").render(
        content=content,
        cell=cell,
        count=count,
        day=day,
        instant=instant,
        kept=kept,
        marks=TONE_WORDS,
        note=note,
        plural=plural,
        printable=printable,
        script=Markup(SCRIPT),  # noqa: S704 - our own constant
        script_digest=digest,
        style=Markup(STYLE),  # noqa: S704 - our own file
        svg=drawn,
        web_address=web_address,
    )


def kept(text: str) -> str:
    """The text with every number on the line of its unit."""
    return BEFORE_A_UNIT.sub("\N{NO-BREAK SPACE}", text)


def note(text: str) -> Markup:
    """An archive's note as HTML: headings, tables and links of Markdown; nothing that loads and no HTML of its own."""
    tokens = NOTE_MARKUP.parse(text)
    for link in (child for token in tokens for child in token.children or () if child.type == "link_open"):
        link.attrSet("rel", "noopener noreferrer")
    return Markup(NOTE_MARKUP.renderer.render(tokens, NOTE_MARKUP.options, {}))  # noqa: S704 - rendered with HTML off


def drawn(chart: Chart, anchor: str) -> Markup:
    """A chart as an SVG element."""
    return Markup(svg(chart, anchor=anchor))  # noqa: S704 - serialized from a tree, escaped there
