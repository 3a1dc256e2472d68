"""XML is read in bounds, and what happens in it is told once and in order."""

from collections.abc import Mapping

import pytest

from pipeline_etl.errors import MalformedCoverageReport
from pipeline_etl.parsing.xml_events import MAX_TAG_BYTES, XmlReader


class Listing(XmlReader):
    def __init__(self) -> None:
        self.events: list[str] = []

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.events.append(f"<{tag}{len(attributes) or ''}>")
        if tag == "listen":
            self.start_listening()

    def closed(self, tag: str) -> None:
        self.events.append(f"</{tag}>")
        if tag == "listen":
            self.stop_listening()

    def said(self, text: str) -> None:
        self.events.append(text)


def events(xml: bytes, *, tolerates_doctype: bool = False) -> list[str]:
    listing = Listing()
    listing.read(xml, error=MalformedCoverageReport, tolerates_doctype=tolerates_doctype)
    return listing.events


def test_text_is_told_only_while_it_is_asked_for() -> None:
    assert events(b"<a>x<listen>y<b/></listen>z</a>") == ["<a>", "<listen>", "y", "<b>", "</b>", "</listen>", "</a>"]


def test_a_document_type_may_be_passed_over_unread() -> None:
    declared = b'<!DOCTYPE a SYSTEM "file:///nowhere.dtd"><a/>'

    assert events(declared, tolerates_doctype=True) == ["<a>", "</a>"]
    with pytest.raises(MalformedCoverageReport, match="document type"):
        events(declared)


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        b'<!DOCTYPE a [<!ENTITY % e SYSTEM "http://localhost/x"> %e;]><a/>',
    ],
)
def test_entities_are_refused_even_where_a_document_type_is_not(declared: bytes) -> None:
    with pytest.raises(MalformedCoverageReport, match="entity"):
        events(declared, tolerates_doctype=True)


def test_a_large_tag_is_read_up_to_the_cap() -> None:
    def tag(size: int) -> bytes:
        return b'<a x="' + b"x" * size + b'"/>'

    assert events(tag(MAX_TAG_BYTES // 2)) == ["<a1>", "</a>"]
    with pytest.raises(MalformedCoverageReport, match="tags"):
        events(tag(MAX_TAG_BYTES + 3 * 2**20))


def test_utf_16_is_as_good_as_utf_8() -> None:
    assert events("<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16")) == ["<a>", "</a>"]
