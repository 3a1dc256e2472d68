"""Changes one value of a workflow file and leaves every other byte as it is.

A YAML library tells where things stand; the text is cut there and nowhere else, so comments, quotes, order and empty
lines stay. Each change is read again: unless the file then says what it said with that one value changed, it is
refused.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipeline_etl.errors import MalformedWorkflowFile, UnpatchableWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml

Path = Sequence[str | int]
"""Keys and positions that lead from the document to a value."""

AFTER: Final = "runs-on"
"""A job's new keys stand after this one; every job that has steps has it."""

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: (?:\$\{\{ [a-z.-]+ \}\}|[A-Za-z0-9_./-]+))*")
"""Text that needs no quotes. ``true`` and its like would be no text; nothing here writes them."""


def with_value(text: str, path: Path, value: Any) -> str:
    """The file with a value at the path. Inside what is there, as a job, mappings on the way to it are made.

    Raises:
        UnpatchableWorkflowFile: It stands there in a way that cannot be changed alone, or the file is not YAML.
    """
    node, depth = _deepest(text, path)
    if depth == len(path):
        changed = _replaced(text, node, value)
    elif depth < 2:
        raise UnpatchableWorkflowFile(f"There is no {_shown(path[:2])} to change.")
    else:
        inner = value
        for key in reversed(path[depth + 1 :]):
            inner = {key: inner}
        changed = _inserted(text, node, str(path[depth]), inner)
    return _checked(text, changed, path, lambda _: value)


def with_text(text: str, path: Path, change: Callable[[str], str]) -> str:
    """The file with the text at the path changed: of a command, a name, in whatever way it is quoted.

    Raises:
        UnpatchableWorkflowFile: There is no text, it is written so that the change would mean something else, or the
            file is not YAML.
    """
    node, depth = _deepest(text, path)
    if depth < len(path) or not isinstance(node, ScalarNode):
        raise UnpatchableWorkflowFile(f"There is no text at {_shown(path)}.")
    start, end = _span(node)
    return _checked(text, text[:start] + change(text[start:end]) + text[end:], path, change)


def _deepest(text: str, path: Path) -> tuple[Node, int]:
    """The last node on the path that is there, and how many steps lead to it."""
    _parsed(text)  # bounds depth and size before a slower parser reads it
    try:
        node = YAML(typ="rt", pure=True).compose(text)
    except (YAMLError, ValueError) as error:
        raise UnpatchableWorkflowFile("It is not valid YAML.") from error
    for depth, key in enumerate(path):
        child = _child(node, key)
        if child is None:
            return node, depth
        node = child
    return node, len(path)


def _child(node: Node, key: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        found: Node = node.value[key]
        return found
    return None


def _replaced(text: str, node: Node, value: Any) -> str:
    start, end = _span(node)
    if isinstance(node, SequenceNode) and not node.flow_style:
        if not isinstance(value, list) or not node.value:
            raise UnpatchableWorkflowFile("A list of several lines can only become another list.")
        end = _span(node.value[-1])[1]
        column: int = node.start_mark.column
        between = _newline(text) + " " * column
        return text[:start] + between.join(f"- {_flow(item)}" for item in value) + text[end:]
    if isinstance(node, MappingNode):
        raise UnpatchableWorkflowFile("A mapping is changed key by key.")
    if isinstance(value, Mapping):
        lines = _block(value, indent=_line_indent(text, start) + 2)
        return text[:start].rstrip(" ") + "".join(_newline(text) + line for line in lines) + text[end:]
    return text[:start] + _flow(value) + text[end:]


def _inserted(text: str, node: Node, key: str, value: Any) -> str:
    """The text with a key more in a mapping of several lines."""
    if not isinstance(node, MappingNode) or node.flow_style or not node.value:
        raise UnpatchableWorkflowFile(f"{key!r} has to stand in a mapping that is written on several lines.")
    first = node.value[0][0]
    anchor = next(((name, child) for name, child in node.value if name.value == AFTER), None)
    newline = _newline(text)
    lines = "".join(line + newline for line in _block({key: value}, indent=first.start_mark.column))
    if anchor is None:
        position = _line_start(text, first.start_mark.index)
    elif _is_on_one_line(*anchor):
        position = _line_end(text, _span(anchor[1])[1])
        if text[position - 1 : position] != "\n":
            lines = newline + lines.removesuffix(newline)
    else:
        position = _line_start(text, anchor[0].start_mark.index)
    return text[:position] + lines + text[position:]


def _is_on_one_line(name: Node, value: Node) -> bool:
    last_line: int = value.end_mark.line
    return bool(last_line == name.start_mark.line)


def _span(node: Node) -> tuple[int, int]:
    """Where a node begins and ends, without the line break and comments a parser counts to a block."""
    return node.start_mark.index, node.end_mark.index


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _line_indent(text: str, index: int) -> int:
    line = text[_line_start(text, index) :]
    return len(line) - len(line.lstrip(" "))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _block(mapping: Mapping[str, Any], *, indent: int) -> list[str]:
    """Lines of a mapping, one key a line."""
    lines = []
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            lines += [f"{' ' * indent}{key}:", *_block(value, indent=indent + 2)]
        else:
            lines.append(f"{' ' * indent}{key}: {_flow(value)}")
    return lines


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    said = str(value)
    return said if _PLAIN.fullmatch(said) else "'" + said.replace("'", "''") + "'"


def _checked(before: str, after: str, path: Path, change: Callable[[Any], Any]) -> str:
    """The changed text, once it is known to say what it should."""
    expected, found = _parsed(before), _parsed(after)
    if found != _with(expected, path, change):
        raise UnpatchableWorkflowFile(f"{_shown(path)} is written so that changing it would change something else.")
    return after


def _parsed(text: str) -> Any:
    try:
        return load_yaml(text.encode())
    except MalformedWorkflowFile as error:
        raise UnpatchableWorkflowFile(str(error)) from error


def _with(document: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy of the document with the value at the path changed."""
    whole = copy.deepcopy(document)
    there = whole
    for key in path[:-1]:
        there = there.setdefault(key, {}) if isinstance(there, dict) else there[key]
    there[path[-1]] = change(there.get(path[-1]) if isinstance(there, dict) else there[path[-1]])
    return whole


def _shown(path: Path) -> str:
    return ".".join(map(str, path))
