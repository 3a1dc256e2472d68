"""Draws charts: Vega-Lite → SVG by vl-convert, without network, then made fit to live in a page."""

import re
import xml.etree.ElementTree as ET
from typing import Final

import vl_convert

from pipeline_etl.reports.look import Chart
from pipeline_etl.wording import printable

SVG: Final = "http://www.w3.org/2000/svg"


def svg(chart: Chart, *, anchor: str) -> str:
    """The chart as an SVG element for a page; ``anchor`` makes the identifiers in it unique there."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(vl_convert.vegalite_to_svg(dict(chart.spec)))  # noqa: S314 - our own drawing, no entities
    _name_uniquely(root, anchor=anchor)
    for parent in root.iter():
        for child in list(parent):
            if child.get("class") in {"background", "foreground"} and child.get("fill") is None:
                parent.remove(child)
    for element in root.iter():
        label = element.attrib.pop("aria-label", None)
        is_mark = element.attrib.pop("role", None) == "graphics-symbol" and element.tag != f"{{{SVG}}}g"
        if label and is_mark:
            ET.SubElement(element, f"{{{SVG}}}title").text = label
        for attribute in ("class", "aria-roledescription", "aria-hidden", "pointer-events", "font-family"):
            element.attrib.pop(attribute, None)
    for tag, text in (("desc", chart.description), ("title", chart.title)):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{anchor}-{tag}"})
        element.text = printable(text)
        root.insert(0, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{anchor}-title {anchor}-desc")
    return ET.tostring(root, encoding="unicode")


def _name_uniquely(root: ET.Element, *, anchor: str) -> None:
    """Vega counts its clip paths over the life of the process: name them by their place in this drawing instead."""
    names = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
    renamed = {name: f"{anchor}-{position}" for position, name in enumerate(names)}
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute == "id":
                element.set("id", renamed[value])
            elif "url(#" in value:
                element.set(attribute, re.sub(r"url\(#([^)]+)\)", lambda match: f"url(#{renamed[match[1]]})", value))
