"""Small series beside a number: as signs in a line of text, and as bars in SVG."""

from collections.abc import Sequence
from html import escape
from typing import Final

__all__ = ["STYLE", "as_svg", "spark"]

STYLE: Final = "svg.spark rect{fill:var(--c0,currentColor)}\n"

_SIGNS: Final = "▁▂▃▄▅▆▇█"
_PLAIN: Final = "_.-=+*#@"
"""For terminals that know no other signs; each is a little darker than the one before."""
_WIDE: Final = 120
_HIGH: Final = 24
_WIDEST: Final = 14
"""Of a bar: a single one is no banner."""


def spark(values: Sequence[float | None], *, plain: bool = False) -> str:
    """Return a sign for each value, from nothing to the largest; a blank where there is none.

    >>> spark([0, 1, None, 4]), spark([0, 1, None, 4], plain=True)
    ('▁▃ █', '_- @')
    """
    signs = _PLAIN if plain else _SIGNS
    low, high = _bounds(values)
    return "".join(
        " " if value is None else signs[round((value - low) / (high - low) * (len(signs) - 1))]
        for value in values
    )


def as_svg(values: Sequence[float | None], said: str) -> str:
    """Return bars side by side, from nothing to the largest; `said` tells what they show."""
    low, high = _bounds(values)
    step = min(_WIDE / max(len(values), 1), _WIDEST)
    zero = (0 - low) / (high - low) * _HIGH
    bars = []
    for number, value in enumerate(values):
        if value is not None:
            top = (value - low) / (high - low) * _HIGH
            y, height = _HIGH - max(top, zero), max(abs(top - zero), 0.5)
            bars.append(
                f'<rect x="{number * step:.1f}" y="{y:.1f}" width="{max(step * 0.8, 0.5):.1f}"'
                f' height="{height:.1f}"/>'
            )
    return (
        f'<svg class="spark" viewBox="0 0 {_WIDE} {_HIGH + 1}" width="{_WIDE}" height="{_HIGH + 1}"'
        f' role="img"><title>{escape(said)}</title>{"".join(bars)}</svg>'
    )


def _bounds(values: Sequence[float | None]) -> tuple[float, float]:
    """Return the least and the largest value, nothing among them, and never the same."""
    known = [value for value in values if value is not None]
    low, high = min([0, *known]), max([0, *known])
    return low, (high if high > low else low + 1)
