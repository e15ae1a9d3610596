"""Diagnostics as text: the author's own line, a caret under the mistake, and what to do about it."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..engine.core.origin import Span
from .diagnostics import Diagnostic
from .sources import Source, Sources

__all__ = ["concise", "full"]

_TAB: Final = 4
_WIDEST: Final = 120
"""How many columns of a long line are shown around its mistake."""

Ink = Literal["red", "yellow", "blue", "bold"]
_INKS: Final[dict[Ink, str]] = {"red": "1;31", "yellow": "1;33", "blue": "1;34", "bold": "1"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch of one line to underline."""

    row: int
    start: int
    """The first column, counted from 0 in characters."""
    end: int
    text: str
    main: bool


def full(
    found: Iterable[Diagnostic], sources: Sources, *, color: bool = False, more: bool = True
) -> str:
    """Write diagnostics with their lines, carets and hints, a blank line between two.

    With `more`, the first of each code says where to read on. With `color` plain ANSI colours are used; whether a terminal wants them is for the caller to know.
    """
    told, explained = list[str](), set[str]()
    for note in found:
        text = _full(note, sources, color=color)
        if more and note.code not in explained:
            explained.add(note.code)
            text += f"{_sign(note, sources, color=color)} more: cuebook explain {note.code}\n"
        told.append(text)
    return "\n".join(told)


def concise(found: Iterable[Diagnostic], sources: Sources) -> str:
    """Write one line for each diagnostic: `file:line:column: N103 what is wrong`."""
    return "".join(f"{_place(note.span, sources)}: {note.code} {note.title}\n" for note in found)


def _full(note: Diagnostic, sources: Sources, *, color: bool) -> str:
    strong: Ink = "red" if note.severity == "error" else "yellow"
    marks = _marks(note, sources)
    width = _width(marks)
    lines = [
        _ink(f"{note.severity}[{note.code}]", strong, color=color)
        + _ink(f": {note.title}", "bold", color=color),
        _ink(f"{' ' * (width + 1)}-->", "blue", color=color) + f" {_place(note.span, sources)}",
    ]
    gutter = _ink(f"{' ' * (width + 2)}|", "blue", color=color)
    if marks:
        lines.append(gutter)
        lines += _excerpt(marks, sources[note.span.file], width, strong, color=color)
    for other in note.others:
        if other.span.file != note.span.file:
            place = _place(other.span, sources)
            lines.append(
                _ink(f"{' ' * (width + 1)}:::", "blue", color=color) + f" {place}: {other.text}"
            )
    sign = _sign(note, sources, color=color)
    lines += [f"{sign} {hint}" for hint in _hints(note)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _width(marks: list[_Mark]) -> int:
    return len(str(max((mark.row for mark in marks), default=1)))


def _sign(note: Diagnostic, sources: Sources, *, color: bool) -> str:
    width = _width(_marks(note, sources))
    return _ink(f"{' ' * (width + 2)}=", "blue", color=color)


def _hints(note: Diagnostic) -> tuple[str, ...]:
    """Return the hints, the first of them saying so when `check --fix` would follow it."""
    if not note.stub and (note.fix is None or not note.fix.safe):
        return note.hints
    first, *rest = note.hints or ("",)
    return (f"{first}      [--fix can do this]".strip(), *rest)


def _ink(text: str, ink: Ink, *, color: bool) -> str:
    return f"\x1b[{_INKS[ink]}m{text}\x1b[0m" if color else text


def _place(span: Span, sources: Sources) -> str:
    source = sources.get(span.file)
    if source is None:
        return span.file
    row, column = source.position(span.start)
    return f"{span.file}:{row}:{column}"


def _marks(note: Diagnostic, sources: Sources) -> list[_Mark]:
    """Return what to underline in the file of the mistake, from top to bottom."""
    source = sources.get(note.span.file)
    if source is None or not source.text:
        return []
    marks = _stretch(note.span, source, note.label, main=True)
    for other in note.others:
        if other.span.file == note.span.file:
            marks += _stretch(other.span, source, other.text, main=False)
    return sorted(marks, key=lambda mark: (mark.row, mark.start))


def _stretch(span: Span, source: Source, text: str, *, main: bool) -> list[_Mark]:
    """Underline a span: in one line, or from its start and to its end with the label there."""
    row, start = source.position(span.start)
    last, end = source.position(max(span.end, span.start))
    if last > row and end == 1:
        # A span that ends with a line break ends in the line before it.
        last, end = last - 1, len(source.line(last - 1)) + 1
    if last == row:
        return [_Mark(row, start - 1, max(end - 1, start), text, main)]
    indent = len(source.line(last)) - len(source.line(last).lstrip())
    return [
        _Mark(row, start - 1, max(len(source.line(row)), start), "", main),
        _Mark(last, min(indent, end - 1), end - 1, text, main),
    ]


def _excerpt(
    marks: list[_Mark], source: Source, width: int, strong: Ink, *, color: bool
) -> Iterator[str]:
    shown = 0
    gutter = _ink(f"{' ' * (width + 2)}|", "blue", color=color)
    for mark in marks:
        text, before, under = _cut(source.line(mark.row), mark)
        if shown and mark.row > shown + 1:
            yield _ink(f"{' ' * (width + 1)}...", "blue", color=color)
        if mark.row != shown:
            yield _ink(f" {mark.row:>{width}} |", "blue", color=color) + f" {text}"
        shown = mark.row
        sign = "^" if mark.main else "-"
        label = f" {mark.text}" if mark.text else ""
        ink: Ink = strong if mark.main else "blue"
        yield f"{gutter} {' ' * before}{_ink(sign * under + label, ink, color=color)}"


def _cut(line: str, mark: _Mark) -> tuple[str, int, int]:
    """Return the line as it is printed, the columns before the mark and those under it.

    A long line is shown around its mistake only.
    """
    first, dots = 0, ""
    if len(line) > _WIDEST and mark.start > _WIDEST // 2:
        first, dots = mark.start - _WIDEST // 2, "…"
    shown = line[first : first + _WIDEST]
    tail = "…" if first + _WIDEST < len(line) else ""
    before = _printed(line[first : mark.start])
    under = _printed(line[mark.start : min(mark.end, first + _WIDEST)])
    text = dots + _printed(shown) + tail
    return text, _columns(dots + before), max(1, _columns(under))


def _printed(text: str) -> str:
    """Replace what would move the cursor or colour the terminal: tabs, control characters."""
    if text.isprintable():
        return text
    return "".join(
        " " * _TAB if char == "\t" else "\ufffd" if _invisible(char) else char for char in text
    )


def _invisible(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\u202a\u202b\u202d\u202e"
    )


def _columns(text: str) -> int:
    """Count the columns of a terminal that a text takes: wide characters two, joined ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
