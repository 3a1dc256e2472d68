"""YAML of any origin, read as workflow files mean it and within bounds."""

import re
from typing import Any, ClassVar, Final

import yaml

from pipeline_etl.errors import MalformedWorkflowFile

MAX_BYTES: Final = 2**20
"""Size of a file; GitHub refuses workflow files above 512 KiB."""

MAX_DEPTH: Final = 64

MAX_NODES: Final = 200_000
"""Nodes once every alias is written out: an alias bomb is a few lines that stand for billions."""


class _Loader(yaml.CSafeLoader):
    """Plain scalars as in YAML 1.2, which is what the runner reads: ``on``, ``yes``, ``1:30`` and dates are text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}  # type: ignore[misc] # the stub says instance


_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18}|[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?")

for _tag, _pattern, _first in (
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("int", re.compile(rf"(?:{_INTEGER.pattern})$"), "-+0123456789"),
    ("float", re.compile(rf"(?:{_FLOAT.pattern})$"), "-+.0123456789"),
    ("null", re.compile(r"(?:~|null|Null|NULL|)$"), ("~", "n", "N", "")),
    ("merge", re.compile(r"<<$"), "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))


def load_yaml(content: bytes) -> object:
    """The document as mappings with text keys, lists, texts, numbers, booleans and None.

    Raises:
        MalformedWorkflowFile: It is not one YAML document, or is larger or deeper than the caps allow.
    """
    if len(content) > MAX_BYTES:
        raise MalformedWorkflowFile(f"It is larger than {MAX_BYTES:,} bytes.")
    try:
        _check_nesting(content)
        node = yaml.compose(content, Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise MalformedWorkflowFile(f"It is not valid YAML: {said[:300]}.") from error
    if node is None:
        raise MalformedWorkflowFile("It is empty.")
    _check_size(node, sizes={})
    return _value(node)


def _check_nesting(content: bytes) -> None:
    """Before anything recurses over it: composing a million opening brackets overflows the C stack."""
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedWorkflowFile(f"It is nested more than {MAX_DEPTH} deep.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_size(node: yaml.Node, *, sizes: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Nodes and depth below a node with every alias written out. An alias in itself has neither."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = (MAX_NODES, MAX_DEPTH)  # what it has while it is being counted: met again, it holds itself
    count, depth = 1, 0
    for child in _children(node):
        child_count, child_depth = _check_size(child, sizes=sizes)
        count, depth = count + child_count, max(depth, child_depth + 1)
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise MalformedWorkflowFile(f"Written out, its aliases have more than {MAX_NODES:,} nodes or do not end.")
    sizes[id(node)] = count, depth
    return count, depth


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _value(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child) for child in node.value]
    return _scalar(node.value, kind=node.tag.rpartition(":")[2])


def _scalar(text: str, *, kind: str) -> str | int | float | bool | None:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    # A tag in the file may call anything a number.
    if kind == "int" and _INTEGER.fullmatch(text):
        return int(text, 16 if text.startswith("0x") else 10)
    if kind == "float" and _FLOAT.fullmatch(text):
        return float(text)
    return text


def _mapping(node: yaml.MappingNode) -> dict[str, object]:
    """A mapping; what is merged into it (``<<``) gives way to what it says itself."""
    merged: dict[str, object] = {}
    own: dict[str, object] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise MalformedWorkflowFile("One of its keys is a list or mapping.")
        value = _value(child)
        if not key.tag.endswith(":merge"):
            own[key.value] = value
            continue
        for other in reversed(value if isinstance(value, list) else [value]):
            if isinstance(other, dict):
                merged |= other
    return merged | own
