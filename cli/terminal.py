"""The counter's pen: colours, tables, numbers and progress, as much as the terminal can show.

Text that came from data is shown harmless: control characters never reach the terminal.
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TextIO
from unicodedata import combining, east_asian_width

__all__ = [
    "Paint",
    "Progress",
    "When",
    "colored",
    "columns",
    "count",
    "harmless",
    "painted_table",
    "plural",
    "table",
]

When = Literal["auto", "always", "never"]
"""What `--color` may be."""

_ELLIPSIS = "…"
_LEAST = 6
"""No column is made narrower than this; below it nothing can be read."""
_WHOLE = ("key", "key or customer", "play")
"""Headers of what is typed into the next command: never cut, whatever the width."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts colours around text, or leaves it as it is where there are none."""

    on: bool

    def bold(self, text: str) -> str:
        """Stress a heading or a total."""
        return self._with("1", text)

    def dim(self, text: str) -> str:
        """Step back: places, units, what did not happen."""
        return self._with("2", text)

    def red(self, text: str) -> str:
        """Mark an error."""
        return self._with("31", text)

    def green(self, text: str) -> str:
        """Mark that all is well."""
        return self._with("32", text)

    def yellow(self, text: str) -> str:
        """Mark a warning."""
        return self._with("33", text)

    def cyan(self, text: str) -> str:
        """Mark a name or a command to type."""
        return self._with("36", text)

    def _with(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def colored(stream: TextIO, when: When = "auto") -> bool:
    """Whether to colour what goes to `stream`: asked on the line first, then by the environment."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def harmless(text: str) -> str:
    r"""Return `text` on one line, with each control character as an escape.

    >>> harmless("two\nlines, \x1b[31mred")
    'two\\nlines, \\x1b[31mred'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def columns(text: str) -> int:
    r"""Return how many columns a terminal gives `text`: two for wide characters, none for accents.

    >>> columns("Ada"), columns("東京"), columns("e\N{COMBINING ACUTE ACCENT}")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


def table(
    rows: Sequence[Sequence[object]], headers: Sequence[str], width: int | None = None
) -> str:
    """Return aligned lines: headers, a rule, rows; numbers to the right, no line beyond `width`.

    Without `width` lines are as wide as the terminal, and where there is none as wide as they
    need. What does not fit is cut, widest columns first, but no key. None is shown as `-`.

    >>> print(table([("go-live-check-in", 12), ("win-back", 4)], ("playbook", "actions")))
    playbook          actions
    ────────────────  ───────
    go-live-check-in       12
    win-back                4
    """
    cells = [[harmless(_shown(cell)) for cell in row] for row in rows]
    needs = [max(map(columns, column)) for column in zip(headers, *cells, strict=True)]
    cut = [index for index, header in enumerate(headers) if header not in _WHOLE]
    widths = _fitted(needs, cut, _line_width() if width is None else width)
    right = [_numeric([row[index] for row in rows]) for index in range(len(headers))]
    lines = [list(headers), ["─" * size for size in widths], *cells]
    return "\n".join("  ".join(map(_aligned, line, widths, right)).rstrip() for line in lines)


def painted_table(rows: Sequence[Sequence[object]], headers: Sequence[str], paint: Paint) -> str:
    """Return a table with its headers stressed and its rule stepped back."""
    head, rule, *rest = table(rows, headers).split("\n")
    return "\n".join((paint.bold(head), paint.dim(rule), *rest))


def count(number: int) -> str:
    """Return a number as people read it.

    >>> count(69659)
    '69,659'
    """
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> plural(1, "mistake"), plural(1200, "mistake"), plural(2, "reply", "replies")
    ('1 mistake', '1,200 mistakes', '2 replies')
    """
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


class Progress:
    """A bar on standard error while work goes on; silent where nobody watches.

    Used as `with Progress(total, "events") as bar: bar.to(done)`. The line is gone afterwards.
    """

    def __init__(self, total: int, unit: str, stream: TextIO | None = None) -> None:
        self._total = total
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._watched = (
            self._stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
        )
        self._began = self._drawn = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._watched:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def to(self, done: int) -> None:
        """Tell how much is done; draws at most ten times a second."""
        now = time.monotonic()
        if self._watched and now - self._drawn >= 0.1:
            self._drawn = now
            self._stream.write(f"\r{self._line(done, now - self._began)}\x1b[K")
            self._stream.flush()

    def of(self, done: int, total: int) -> None:
        """Tell how much is done of what only turns out on the way."""
        self._total = total
        self.to(done)

    def _line(self, done: int, seconds: float) -> str:
        share = min(1.0, done / self._total) if self._total else 1.0
        rate = done / seconds if seconds else 0.0
        left = f", {_clock((self._total - done) / rate)} left" if rate and share < 1 else ""
        bar = ("█" * round(24 * share)).ljust(24, "░")
        told = f"{count(done)} of {count(self._total)} {self._unit}, {count(round(rate))} a second"
        return f"{bar} {share:4.0%}  {told}{left}"[: _columns() - 1]


def _width(char: str) -> int:
    if combining(char) or char in "\u200b\u200d\ufe0f":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _shown(cell: object) -> str:
    match cell:
        case None:
            return "-"
        case bool():
            return "yes" if cell else "no"
        case int():
            return count(cell)
        case _:
            return str(cell)


def _columns() -> int:
    from shutil import get_terminal_size  # noqa: PLC0415 - it loads all that packs files

    return get_terminal_size().columns


def _line_width() -> int:
    """Return the terminal's width; a file or a pipe has no edge."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return _columns()
    return sys.maxsize


def _fitted(needs: list[int], cut: list[int], width: int) -> list[int]:
    """Narrow the widest columns that may be cut until a line fits, none below what can be read."""
    widths = list(needs)
    excess = sum(widths) + 2 * (len(widths) - 1) - width
    while excess > 0 and max((widths[index] for index in cut), default=0) > _LEAST:
        widest = max(cut, key=lambda index: widths[index])
        narrower = [widths[index] for index in cut if widths[index] < widths[widest]]
        second = max(narrower, default=0)
        step = min(excess, widths[widest] - max(second, _LEAST))
        widths[widest] -= max(step, 1)
        excess -= max(step, 1)
    return widths


def _numeric(column: Sequence[object]) -> bool:
    return any(column) and all(
        cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))
        for cell in column
    )


def _aligned(text: str, width: int, right: bool) -> str:  # noqa: FBT001 - mapped over the columns
    cut = text if columns(text) <= width else _cut(text, width - 1) + _ELLIPSIS
    space = " " * (width - columns(cut))
    return space + cut if right else cut + space


def _cut(text: str, width: int) -> str:
    taken = 0
    for index, char in enumerate(text):
        taken += _width(char)
        if taken > width:
            return text[:index]
    return text


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
