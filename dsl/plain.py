"""YAML 1.2 core values for what playbooks only hand on: the words of an action."""

import math
import re
from typing import Final

from ..engine.core.plan import Json
from .document import Mapping, Node, Scalar, Sequence

__all__ = ["plain"]

_WORDS: Final[dict[str, Json]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBER: Final = re.compile(
    r"(?P<int>[-+]?[0-9]+)|0o(?P<octal>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_LONGEST: Final = 300


def plain(node: Node) -> Json:
    """Return a node as data: unquoted `12`, `true` and `null` are typed, everything else is text."""
    match node:
        case Scalar():
            return _scalar(node)
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return {key.value: plain(value) for key, value in entries}


def _scalar(node: Scalar) -> Json:
    text = node.value
    if node.style != "plain":
        return text
    if text in _WORDS:
        return _WORDS[text]
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return text
    match found.lastgroup:
        case "int":
            return int(text)
        case "octal":
            return int(found["octal"], 8)
        case "hex":
            return int(found["hex"], 16)
        case _:
            # JSON has no infinity; what does not fit stays as it was written.
            return float(text) if math.isfinite(float(text)) else text
