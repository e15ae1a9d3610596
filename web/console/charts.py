"""Bars as SVG that a style sheet colours: text that can be searched, read aloud and printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

from .paper import count

__all__ = ["COLOURS", "Bar", "columns", "level"]

COLOURS: Final = 7
"""How many series have a colour of their own; the others share the last one, c7."""
_WIDTH: Final = 720
_HEIGHT: Final = 160
_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: what it is for, and its parts from below, each with its name and its colour."""

    label: str
    parts: Sequence[tuple[str, int, int]]


def columns(bars: Sequence[Bar], title: str) -> Markup:
    """Return stacked columns side by side."""
    top = max((sum(number for _, number, _ in bar.parts) for bar in bars), default=0)
    step = _WIDTH / max(len(bars), 1)
    drawn = [
        f'<svg class="chart" viewBox="0 -20 {_WIDTH} {_HEIGHT + 42}" role="img">',
        f"<title>{escape(title)}: at most {count(top)}</title>",
        f'<text x="0" y="-6">{count(top)}</text>',
        f'<path class="rule" d="M0 0H{_WIDTH}M0 {_HEIGHT}H{_WIDTH}"/>',
    ]
    every = -(-len(bars) // _LABELS) or 1
    for number, bar in enumerate(bars):
        x = number * step
        drawn += _column(bar, x + step * 0.12, step * 0.76, _HEIGHT / max(top, 1))
        if number % every == 0:
            drawn.append(f'<text x="{x:.1f}" y="{_HEIGHT + 16}">{escape(bar.label)}</text>')
    return Markup("".join([*drawn, "</svg>"]))  # noqa: S704 - every text in it was escaped


def _column(bar: Bar, x: float, width: float, unit: float) -> list[str]:
    drawn, y = [], float(_HEIGHT)
    for name, number, colour in bar.parts:
        height = number * unit
        y -= height
        if number:
            said = f"{bar.label}, {name}: {count(number)}"
            drawn.append(
                f'<rect class="c{min(colour, COLOURS)}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
                f' height="{height:.1f}"><title>{escape(said)}</title></rect>'
            )
    return drawn


def level(share: float, said: str, *, faint: bool = False) -> Markup:
    """Return one bar that is filled as far as a share of the whole says."""
    kind = "faint" if faint else "full"
    filled = max(0.0, min(share, 1.0)) * 100
    return Markup(  # noqa: S704 - every text in it was escaped
        f'<svg class="level" viewBox="0 0 100 8" preserveAspectRatio="none" role="img">'
        f"<title>{escape(said)}</title>"
        f'<rect class="ground" width="100" height="8" rx="1"/>'
        f'<rect class="{kind}" width="{filled:.1f}" height="8" rx="1"/></svg>'
    )
