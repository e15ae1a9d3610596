"""Data written out as YAML, in the layout of all files."""

import json
from collections.abc import Iterable
from typing import Final

from ..engine.core.origin import NOWHERE
from .diagnostics import Report
from .document import Scalar
from .formatting import format_yaml, quoted
from .plain import plain

__all__ = ["Row", "Text", "Written", "as_document"]

Written = str | int | float | bool | None | list["Written"] | dict[str, "Written"]
"""What YAML is made of: `str` is a text the grammar reads, `Text` one that stands for itself."""

_WIDTH: Final = 100


class Text(str):
    """A text that stands for itself, and must not become a number or `true` when it is read."""

    __slots__ = ()


class Row(dict[str, Written]):
    """A mapping that stands in one line, in brackets, where there is room."""

    __slots__ = ()


def as_document(data: dict[str, Written]) -> str:
    """Return a mapping as a YAML document, in the layout of all documents."""
    text = "\n".join(_lines(data, ""))
    laid_out = format_yaml("", f"{text}\n", Report())
    assert laid_out is not None, text  # noqa: S101 - what is written here can be read
    return laid_out


def _lines(value: dict[str, Written], indent: str) -> Iterable[str]:
    for key, inner in value.items():
        start = f"{indent}{_scalar(Text(key))}:"
        match inner:
            case dict() if inner:
                yield start
                yield from _lines(inner, f"{indent}  ")
            case list() if inner:
                yield start
                yield from _items(inner, f"{indent}  ")
            case _:
                yield f"{start} {_scalar(inner)}".rstrip()


def _items(items: list[Written], indent: str) -> Iterable[str]:
    for item in items:
        match item:
            case Row() if len(row := f"{indent}- {_flow(item)}") <= _WIDTH:
                yield row
            case dict() if item:
                first, *rest = _lines(item, f"{indent}  ")
                yield f"{indent}- {first.strip()}"
                yield from rest
            case list() if item:
                yield f"{indent}-"
                yield from _items(item, f"{indent}  ")
            case _:
                yield f"{indent}- {_scalar(item)}"


def _flow(value: Written) -> str:
    match value:
        case dict():
            inner = (f"{_text(key, flow=True)}: {_flow(one)}" for key, one in value.items())
            return f"{{{', '.join(inner)}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case None:
            return "null"
        case Text():
            return _text(value, flow=True)
        case str():
            return quoted(value, flow=True)
        case _:
            return _scalar(value)


def _scalar(value: Written) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case dict() | list():
            return "{}" if isinstance(value, dict) else "[]"
        case Text():
            return _text(value)
        case _:
            return quoted(value, flow=False)


def _text(text: str, *, flow: bool = False) -> str:
    """Return a text in quotes where it would be read as something else, or hold a line break."""
    if not text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    return quoted(text, flow=flow) if plain(Scalar(text, NOWHERE)) == text else f'"{text}"'
