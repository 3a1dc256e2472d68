"""XML of any origin as a stream of bounded events.

Reports come from branches anyone can push to. Entities are never declared, expanded or loaded, a document type is
refused or passed over unread, and nesting, attributes and the size of one tag are capped. Text needs no cap here:
expat hands it over in pieces, and only who asks for them keeps them.
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn
from xml.parsers import expat

from pipeline_etl.errors import ContentError
from pipeline_etl.parsing.content import Content, stream_of

MAX_DEPTH: Final = 256
"""Levels of nesting. Real reports have about ten."""

MAX_ATTRIBUTES: Final = 256
"""Attributes of one element. Real ones have about twenty."""

MAX_TAG_BYTES: Final = 8 * 2**20
"""Size of one tag: some producers put a whole test log into an attribute."""

_CHUNK_BYTES: Final = 2**20


Handlers = tuple[Callable[[str, Mapping[str, str]], None], Callable[[str], None]]
"""Of the start of an element, and of its end."""


class XmlReader:
    """Reads one document and says what happens at each element. A subclass overrides what it cares for."""

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element starts."""

    def closed(self, tag: str) -> None:
        """An element ends."""

    def said(self, text: str) -> None:
        """A piece of text, between ``start_listening`` and ``stop_listening``."""

    def start_listening(self) -> None:
        """Ask for text. What nobody asks for costs nothing, and most of a report is console output."""
        self._parser.CharacterDataHandler = self.said

    def stop_listening(self) -> None:
        """Ask for no more text."""
        self._parser.CharacterDataHandler = None

    def fed(self) -> None:
        """A part of the document was read: time to let go of what need not be kept."""

    def handlers(self, *, error: type[ContentError]) -> Handlers:
        """What is called at the start and the end of each element, within bounds.

        Closures, because a method call more per element costs a tenth of the speed.
        """
        return _bounded(self, error=error)

    def read(self, content: Content, *, error: type[ContentError], tolerates_doctype: bool = False) -> None:
        """Run over the document once.

        Raises:
            ContentError: Of the class given, when the document is empty, not well-formed, declares entities or passes
                a cap; what was read until then stays with the subclass.
        """
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.handlers(error=error)
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.EntityDeclHandler = _refusal("It declares an entity, which no report needs.", error=error)
        parser.ExternalEntityRefHandler = _refusal("It refers to an external entity.", error=error)
        if not tolerates_doctype:
            parser.StartDoctypeDeclHandler = _refusal("It has a document type declaration.", error=error)
        try:
            self._feed(content, error=error)
        except (expat.ExpatError, LookupError, ValueError) as problem:  # the last two: an encoding nobody knows
            raise error(f"It is not well-formed XML: {problem}.") from problem
        finally:
            # The handlers refer to this reader and it to them: cut the circle, so that a big report is freed at once.
            del self._parser

    def _feed(self, content: Content, *, error: type[ContentError]) -> None:
        fed = 0
        is_blank = True
        with stream_of(content) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                is_blank = is_blank and not chunk.strip()
                fed += len(chunk)
                self._parser.Parse(chunk, False)
                # What was fed and is not yet consumed is one unfinished tag.
                if fed - self._parser.CurrentByteIndex > MAX_TAG_BYTES:
                    raise error(f"One of its tags is larger than {MAX_TAG_BYTES:,} bytes.")
                self.fed()
        if is_blank:
            raise error("The file is empty.")
        self._parser.Parse(b"", True)

    _parser: expat.XMLParserType


def _bounded(reader: XmlReader, *, error: type[ContentError]) -> Handlers:
    """The two element handlers, counting."""
    opened, closed = reader.opened, reader.closed
    depth = 0

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            refuse_bounds(depth, error=error)
        opened(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        closed(tag)

    return start, end


def refuse_bounds(depth: int, *, error: type[ContentError]) -> NoReturn:
    """Say which bound an element at a depth has passed."""
    if depth > MAX_DEPTH:
        raise error(f"Its elements are nested more than {MAX_DEPTH} deep.")
    raise error(f"An element has more than {MAX_ATTRIBUTES} attributes.")


def _refusal(message: str, *, error: type[ContentError]) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise error(message)

    return refuse
