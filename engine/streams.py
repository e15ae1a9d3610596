"""A Sankey diagram as SVG: how many went from where to where, from one instant to the next.

Columns are instants, boxes are as high as many are there, bands as thick as many go that way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

__all__ = ["COLOURS", "STYLE", "Band", "as_sankey"]

COLOURS: Final = 8
"""How many boxes have a colour of their own: classes `c0` to `c7`."""
STYLE: Final = """\
svg.sankey{max-width:100%;min-width:640px;height:auto;font:12px system-ui,sans-serif;color:inherit}
.sankey text{fill:currentColor;paint-order:stroke;stroke:var(--paper,Canvas);stroke-width:3px;stroke-opacity:.7}
.sankey .faint{fill:#8884}.sankey path.faint{fill-opacity:.5}
.sankey path{fill-opacity:.35}.sankey path:hover{fill-opacity:.6}
.sankey .mark{text-anchor:middle;opacity:.75}.sankey .first{text-anchor:start}
@media print{.sankey path{fill-opacity:.25}}
"""
_WIDTH: Final = 920
_HEIGHT: Final = 340
_BOX: Final = 14
_GAP: Final = 8
_TOP: Final = 26
_LEAST: Final = 13
"""The height of a line of text."""
_MARGIN: Final = 150
"""Room for the names of the last column."""
_LONGEST: Final = 20


@dataclass(frozen=True, slots=True)
class Band:
    """So many go from a box in one column to a box in the next."""

    column: int
    old: str
    new: str
    number: int


@dataclass(slots=True)
class _Box:
    x: float
    y: float
    height: float
    number: int
    left: float = 0.0
    """How much of its height the bands that arrive have taken, and those that leave."""
    right: float = 0.0


def as_sankey(
    title: str,
    columns: Sequence[str],
    names: Sequence[str],
    bands: Sequence[Band],
    faint: frozenset[str] = frozenset(),
) -> str:
    """Return the diagram; `names` are all boxes from above to below, those `faint` without colour."""
    places = {name: place for place, name in enumerate(names)}
    boxes, unit = _boxes(columns, places, bands)
    colours = {name: number for number, name in enumerate(n for n in names if n not in faint)}
    ordered = sorted(bands, key=lambda band: (band.column, places[band.old], places[band.new]))
    most = f"{max((band.number for band in bands), default=0):,}"
    said = (
        f"{len(columns)} instants, {len(names)} places, at most {most} one way, each in the table"
    )
    high = _HEIGHT + _TOP + 8
    parts = [
        (
            f'<svg class="sankey" xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}"'
            f' height="{high}" viewBox="0 0 {_WIDTH} {high}">'
        ),
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>",
        *(_band(band, boxes, unit, _colour(band.old, colours)) for band in ordered),
        *(_box(name, box, _colour(name, colours)) for (_, name), box in boxes.items()),
        *_names(boxes, len(columns)),
        *(_mark(text, number, len(columns)) for number, text in enumerate(columns)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(
    columns: Sequence[str], places: Mapping[str, int], bands: Sequence[Band]
) -> tuple[dict[tuple[int, str], _Box], float]:
    """Return each box by column and name, and how high one is."""
    come: dict[tuple[int, str], int] = {}
    go: dict[tuple[int, str], int] = {}
    for band in bands:
        start, end = (band.column, band.old), (band.column + 1, band.new)
        go[start] = go.get(start, 0) + band.number
        come[end] = come.get(end, 0) + band.number
    numbers = {key: max(come.get(key, 0), go.get(key, 0)) for key in {*come, *go}}
    whole = [sum(n for (at, _), n in numbers.items() if at == c) for c in range(len(columns))]
    room = _HEIGHT - _GAP * max(len(places) - 1, 0)
    unit = max(room, 1) / max([*whole, 1])
    found: dict[tuple[int, str], _Box] = {}
    for column in range(len(columns)):
        y = float(_TOP)
        for name in sorted((n for at, n in numbers if at == column), key=lambda n: places[n]):
            number = numbers[column, name]
            found[column, name] = _Box(_x(column, len(columns)), y, number * unit, number)
            y += number * unit + _GAP
    return found, unit


def _x(column: int, columns: int) -> float:
    return column * (_WIDTH - _MARGIN - _BOX) / max(columns - 1, 1)


def _band(band: Band, boxes: Mapping[tuple[int, str], _Box], unit: float, colour: str) -> str:
    start, end = boxes[band.column, band.old], boxes[band.column + 1, band.new]
    thick = band.number * unit
    x, to_x = start.x + _BOX, end.x
    y, to_y = start.y + start.right, end.y + end.left
    start.right += thick
    end.left += thick
    bend = (x + to_x) / 2
    said = f"{band.old} to {band.new}: {band.number:,}"
    return (
        f'<path class="{colour}" d="M{x:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {to_y:.1f}'
        f" {to_x:.1f} {to_y:.1f}V{to_y + thick:.1f}C{bend:.1f} {to_y + thick:.1f} {bend:.1f}"
        f' {y + thick:.1f} {x:.1f} {y + thick:.1f}Z"><title>{escape(said)}</title></path>'
    )


def _box(name: str, box: _Box, colour: str) -> str:
    return (
        f'<rect class="{colour}" x="{box.x:.1f}" y="{box.y:.1f}" width="{_BOX}"'
        f' height="{max(box.height, 0.5):.1f}"><title>{escape(name)}: {box.number:,}</title></rect>'
    )


def _names(boxes: Mapping[tuple[int, str], _Box], columns: int) -> Iterator[str]:
    """Yield names beside their boxes: in the last column all of them, elsewhere where there is room."""
    for column in range(columns):
        own = [(name, box) for (at, name), box in boxes.items() if at == column]
        named = [one for one in own if one[1].height >= _LEAST or column == columns - 1]
        heights = _apart([box.y + box.height / 2 + 4 for _, box in named])
        for (name, box), y in zip(named, heights, strict=True):
            shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
            yield f'<text x="{box.x + _BOX + 5:.1f}" y="{y:.1f}">{escape(shown)}</text>'


def _apart(heights: Sequence[float]) -> list[float]:
    """Move lines of text apart that would stand on each other, from above, then up from the bottom.

    >>> _apart([10, 12, 80]), _apart([360, 365])
    ([10, 23, 80], [353.0, 366.0])
    """
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + _LEAST) if found else height)
    low = float(_TOP + _HEIGHT)
    for place in reversed(range(len(found))):
        found[place] = min(found[place], low)
        low = found[place] - _LEAST
    return found


def _mark(text: str, number: int, columns: int) -> str:
    """Return what stands above a column; the first begins at the edge."""
    if not number:
        return f'<text class="mark first" x="0" y="14">{escape(text)}</text>'
    return (
        f'<text class="mark" x="{_x(number, columns) + _BOX / 2:.0f}" y="14">{escape(text)}</text>'
    )


def _colour(name: str, colours: Mapping[str, int]) -> str:
    return f"c{min(colours[name], COLOURS - 1)}" if name in colours else "faint"
