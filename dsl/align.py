"""Where each character of a YAML scalar stood in the file, in every scalar style.

Computed only when somebody asks, because nearly every scalar is right and needs no caret.
"""

from typing import Final

__all__ = ["Offsets"]

_BLANK: Final = " \t\r\n"
_FOLDABLE: Final = " \n\t"
_ESCAPED: Final = {"x": 2, "u": 4, "U": 8}
_INDICATORS: Final = frozenset("|>")


class Offsets:
    """For each character of a scalar's value, and its end, the offset in the file."""

    __slots__ = ("_end", "_known", "_source", "_start", "_value")

    def __init__(self, source: str, start: int, end: int, value: str) -> None:
        self._source = source
        self._start = start
        self._end = end
        self._value = value
        self._known: tuple[int, ...] | None = None

    def __call__(self) -> tuple[int, ...]:
        """Return the offsets, one more than the value has characters."""
        if self._known is None:
            self._known = _align(self._source, self._start, self._end, self._value)
        return self._known


def _align(source: str, start: int, end: int, value: str) -> tuple[int, ...]:
    """Walk value and source side by side; where they disagree, the whole scalar is the place."""
    opening = source[start : start + 1]
    try:
        if opening == '"':
            places = _double(source, start + 1, value)
        elif opening in _INDICATORS:
            body = source.index("\n", start) + 1
            places = _folding(source, body, end, value, quote="")
        else:
            quote = "'" if opening == "'" else ""
            places = _folding(source, start + len(quote), end, value, quote=quote)
    except (IndexError, ValueError):
        return (start,) * len(value) + (end,)
    if any(
        source[at] != char and char not in _FOLDABLE and source[at] != "\\"
        for at, char in zip(places, value, strict=False)
    ):
        return (start,) * len(value) + (end,)
    return tuple(places)


def _folding(source: str, at: int, end: int, value: str, *, quote: str) -> list[int]:
    """Align plain, single-quoted, literal and folded scalars, which have no escapes but `''`."""
    places: list[int] = []
    while len(places) < len(value):
        if value[len(places)] in _FOLDABLE:
            run = _run(value, len(places))
            after = _skip(source, at, end)
            places += [min(at + step, max(after - 1, at)) for step in range(run)]
            at = after
            continue
        at = _skip(source, at, end)
        places.append(at)
        at += 2 if quote and source[at] == "'" else 1
    places.append(min(at, end))
    return places


def _double(source: str, at: int, value: str) -> list[int]:
    """Align a double-quoted scalar: escapes, folded lines and escaped line breaks."""
    places: list[int] = []
    while len(places) < len(value):
        char = source[at]
        if char == "\\" and source[at + 1] in "\r\n":
            at = _skip(source, at + 1, len(source))
        elif char == "\\":
            places.append(at)
            at += 2 + _ESCAPED.get(source[at + 1], 0)
        elif char in _BLANK:
            after = _skip(source, at, len(source))
            breaks = source.count("\n", at, after)
            run = after - at if not breaks else max(1, breaks - 1)
            places += [min(at + step, after - 1) for step in range(run)]
            at = after
        else:
            places.append(at)
            at += 1
    places.append(at)
    return places


def _run(value: str, start: int) -> int:
    """Count the foldable characters that stand together in a value."""
    end = start
    while end < len(value) and value[end] in _FOLDABLE:
        end += 1
    return end - start


def _skip(source: str, at: int, end: int) -> int:
    """Return the offset behind the blank characters that stand here."""
    while at < end and source[at] in _BLANK:
        at += 1
    return at
