"""Offsets of the compiler as positions of an editor, whose columns count units of an encoding."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Final

from lsprotocol import types

__all__ = ["Places"]

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_UNITS: Final[Mapping[str, Callable[[str], int]]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text) + sum(ord(one) > 0xFFFF for one in text),
    "utf-32": len,
}


class Places:
    r"""The places of one text.

    >>> places = Places("a: 1\nb: 🎉 x", "utf-16")
    >>> places.position(10).line, places.position(10).character, places.offset(places.position(10))
    (1, 6, 10)
    """

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self._length = _UNITS[encoding]
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def position(self, offset: int) -> types.Position:
        """Return where an offset stands; one behind the end stands at the end."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : offset]
        return types.Position(line, len(before) if before.isascii() else self._length(before))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; one behind the end of its line is that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        last = position.line + 1 >= len(self._starts)
        end = len(self.text) if last else self._starts[position.line + 1]
        line = self.text[start:end].rstrip("\r\n")
        if line.isascii():
            return start + min(position.character, len(line))
        at = units = 0
        while at < len(line) and units < position.character:
            units += self._length(line[at])
            at += 1
        return start + at

    def range(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets."""
        return types.Range(self.position(start), self.position(end))

    @property
    def whole(self) -> types.Range:
        """The range of all of the text."""
        return self.range(0, len(self.text))
