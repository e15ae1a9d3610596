"""Where boxes and arrows of a graph stand on a page: in layers, from top to bottom.

The arrows that would lead up again are set aside first; each box then stands below all that lead to
it, and boxes of a layer stand in the order of what they hang from (Sugiyama's method).
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Final

from .graphs import Edge, Graph, Vertex

__all__ = ["Arrow", "Box", "Layout", "laid_out"]

Point = tuple[float, float]

_LETTER: Final = 7.9
"""The width of a letter, of the font the picture asks for."""
_LABEL_LETTER: Final = 6.7
"""Labels of arrows are smaller."""
_LABEL_WIDEST: Final = 22
_LABEL_LINES: Final = 2
_LABELS_APART: Final = 12.0
_LINE: Final = 16.0
_WIDEST: Final = 34
"""Letters in a line of a box."""
_APART: Final = 36.0
_BETWEEN: Final = 58.0
"""Room between two layers, for the labels of arrows."""
_SWEEPS: Final = 8
_ABREAST: Final = 4
"""Boxes without any arrow that stand side by side."""


@dataclass(slots=True)
class Box:
    """A box on the page; `x` and `y` are its centre and its top."""

    vertex: Vertex | None
    """None for a place that an arrow passes through on its way over a layer."""
    lines: tuple[str, ...] = ()
    width: float = 8.0
    height: float = 8.0
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Arrow:
    """An arrow on the page: the points it passes, first and last on the rims of boxes."""

    edge: Edge
    points: list[Point] = field(default_factory=list)
    up: bool = False
    """Whether it leads back to an earlier layer."""
    label: tuple[str, ...] = ()
    label_at: Point = (0.0, 0.0)
    """Where the middle of its first line stands."""

    @property
    def label_width(self) -> float:
        """How much room its label takes."""
        return max(map(len, self.label), default=0) * _LABEL_LETTER


@dataclass(slots=True)
class Layout:
    """A page."""

    title: str
    boxes: list[Box]
    arrows: list[Arrow]
    width: float
    height: float


def laid_out(graph: Graph) -> Layout:
    """Give each box and arrow of a graph its place."""
    return _Arranger(graph).layout()


class _Arranger:
    """Arranges one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.boxes: dict[str, Box] = {one.id: _box(one) for one in graph.vertices}
        self.layers: list[list[str]] = []
        self.floors: dict[str, float] = {}
        """The lower end of the layer of each box and place."""
        self.chains: list[tuple[Edge, list[str], bool]] = []
        """Each arrow as the boxes and places it passes, top to bottom; whether it leads up."""

    def layout(self) -> Layout:
        self._layer()
        self._order()
        self._place()
        arrows = [self._arrow(edge, chain, up=up) for edge, chain, up in self.chains]
        self._spread_labels(arrows)
        shown = [box for box in self.boxes.values() if box.vertex is not None]
        right = _within(list(self.boxes.values()), arrows)
        bottom = max((box.y + box.height for box in shown), default=0)
        return Layout(self.graph.title, shown, arrows, right + _APART, bottom + _APART)

    # --- layers -----------------------------------------------------------------------------------

    def _layer(self) -> None:
        """Put each box below those that lead to it; long arrows get places in between."""
        back = self._back()
        down = [
            (edge, edge.target, edge.source, True) if edge in back
            else (edge, edge.source, edge.target, False)
            for edge in self.graph.edges
        ]  # fmt: skip
        after = defaultdict(list)
        for _, source, target, _ in down:
            if source != target:
                after[source].append(target)
        depth = self._depths(after)
        self.layers = [[] for _ in range(max(depth.values(), default=0) + 1)]
        tied = {name for edge in self.graph.edges for name in (edge.source, edge.target)}
        for name in self.boxes:
            if name in tied:
                self.layers[depth[name]].append(name)
        free = [name for name in self.boxes if name not in tied]
        loose = [free[at : at + _ABREAST] for at in range(0, len(free), _ABREAST)]
        self.layers = [*(layer for layer in self.layers if layer), *loose]
        for number, (edge, source, target, up) in enumerate(down):
            between = range(depth[source] + 1, depth[target])
            passed = [f"{number}/{level}" for level in between]
            for name, level in zip(passed, between, strict=True):
                self.boxes[name] = Box(None)
                self.layers[level].append(name)
            self.chains.append((edge, [source, *passed, target], up))

    def _back(self) -> set[Edge]:
        """Return the arrows that lead back to a box on the way to where they begin."""
        leading = defaultdict(list)
        for edge in self.graph.edges:
            leading[edge.source].append(edge)
        found: set[Edge] = set()
        done: set[str] = set()
        for vertex in self.graph.vertices:
            found |= _walk(vertex.id, leading, done)
        return found

    def _depths(self, after: dict[str, list[str]]) -> dict[str, int]:
        """Return how many arrows lie above each box on the longest way to it."""
        above = dict.fromkeys(self.boxes, 0)
        for targets in after.values():
            for target in targets:
                above[target] += 1
        depth = dict.fromkeys(self.boxes, 0)
        free = [name for name, number in above.items() if not number]
        for name in free:
            for target in after.get(name, ()):
                depth[target] = max(depth[target], depth[name] + 1)
                above[target] -= 1
                if not above[target]:
                    free.append(target)
        return depth

    # --- order and places -------------------------------------------------------------------------

    def _order(self) -> None:
        """Sort each layer by where its neighbours stand, from the top and from the bottom in turn."""
        near: dict[bool, dict[str, list[str]]] = {True: defaultdict(list), False: defaultdict(list)}
        for _, chain, _ in self.chains:
            for upper, lower in itertools.pairwise(chain):
                near[True][lower].append(upper)
                near[False][upper].append(lower)
        index = {name: i for layer in self.layers for i, name in enumerate(layer)}
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            layers = self.layers[1:] if down else self.layers[-2::-1]
            for layer in layers:
                layer.sort(
                    key=lambda name: _mean([index[n] for n in near[down][name]], index[name])
                )
                index.update((name, i) for i, name in enumerate(layer))

    def _place(self) -> None:
        """Centre the layers above each other, then draw each box towards what it hangs from."""
        top = _APART
        for layer in self.layers:
            across = sum(self.boxes[n].width for n in layer) + _APART * (len(layer) - 1)
            left = -across / 2
            for name in layer:
                box = self.boxes[name]
                box.x, box.y = left + box.width / 2, top
                left += box.width + _APART
            floor = top + max(self.boxes[name].height for name in layer)
            self.floors |= dict.fromkeys(layer, floor)
            top = floor + _BETWEEN
        above = defaultdict(list)
        for _, chain, _ in self.chains:
            for upper, lower in itertools.pairwise(chain):
                above[lower].append(upper)
        for layer in self.layers[1:]:
            wanted = [
                _mean([self.boxes[n].x for n in above[name]], self.boxes[name].x) for name in layer
            ]
            widths = [self.boxes[name].width for name in layer]
            for name, x in zip(layer, _side_by_side(wanted, widths, _APART), strict=True):
                self.boxes[name].x = x

    def _spread_labels(self, arrows: list[Arrow]) -> None:
        """Put labels between two layers beside each other; an arrow leads through where its own went."""
        layer = {name: number for number, names in enumerate(self.layers) for name in names}
        between: dict[int, list[Arrow]] = defaultdict(list)
        for arrow, (_, chain, up) in zip(arrows, self.chains, strict=True):
            if arrow.label and chain[0] != chain[-1]:
                between[layer[chain[-2 if up else 0]]].append(arrow)
        for found in between.values():
            found.sort(key=lambda one: one.label_at[0])
            widths = [one.label_width for one in found]
            wanted = [one.label_at[0] for one in found]
            for one, x in zip(found, _side_by_side(wanted, widths, _LABELS_APART), strict=True):
                if abs(x - one.label_at[0]) > 1:
                    one.label_at = (x, one.label_at[1])
                    one.points.insert(1 if one.up else 2, one.label_at)

    def _arrow(self, edge: Edge, chain: list[str], *, up: bool) -> Arrow:
        """Lead an arrow straight past the boxes of each layer: it bends between two layers only."""
        boxes = [self.boxes[name] for name in chain]
        first, last, label = boxes[0], boxes[-1], _lines(edge.label)
        if first is last:
            side = first.x + first.width / 2
            points = [(side, first.y + 6), (side + 24, first.y + 14), (side, first.y + 22)]
            return Arrow(edge, points, up, label, _towards(points[0], points[1]))
        aside = min(first.width, last.width) / 4 if up else 0.0
        points = [(first.x + aside, first.y + first.height)]
        for name, box in zip(chain, boxes, strict=True):
            x = box.x + (aside if box is first or box is last else 0.0)
            ends = (box.y, self.floors[name])
            points += [(x, y) for y in ends[box is first : 1 if box is last else 2]]
        if up:
            return Arrow(edge, points[::-1], up, label, _towards(points[-1], points[-2]))
        return Arrow(edge, points, up, label, _towards(points[1], points[2]))


def _walk(first: str, leading: dict[str, list[Edge]], done: set[str]) -> set[Edge]:
    """Walk down from a box and return the arrows back onto the way; no recursion, as ways are long."""
    found: set[Edge] = set()
    way: dict[str, int] = {}
    todo = [first] if first not in done else []
    while todo:
        name = todo[-1]
        edges = leading.get(name, [])
        number = way.setdefault(name, 0)
        if number == len(edges):
            todo.pop()
            way.pop(name)
            done.add(name)
            continue
        way[name] += 1
        edge = edges[number]
        if edge.target in way:
            found.add(edge)
        elif edge.target not in done:
            todo.append(edge.target)
    return found


def _lines(label: str) -> tuple[str, ...]:
    """Return the lines of an arrow's label; of a long one, those that there is room for."""
    lines = wrap(label, _LABEL_WIDEST)
    if len(lines) > _LABEL_LINES:
        lines = [*lines[: _LABEL_LINES - 1], f"{lines[_LABEL_LINES - 1][: _LABEL_WIDEST - 1]}…"]
    return tuple(lines)


def _towards(one: Point, other: Point) -> Point:
    """Return a place nearer to where an arrow leads, so that labels of one box stand side by side."""
    (x, y), (to_x, to_y) = one, other
    return x + (to_x - x) * 0.8, y + (to_y - y) * 0.66


def _side_by_side(wanted: list[float], widths: list[float], room: float) -> list[float]:
    """Return where things stand in their order, as near to where they want to as they have room.

    Those in each other's way move together, by the least that lets them stand (an isotonic fit).
    """
    starts = list(itertools.accumulate((width + room for width in widths), initial=0.0))
    middles = [at + width / 2 for at, width in zip(starts, widths, strict=False)]
    blocks: list[list[float]] = []
    for x, middle in zip(wanted, middles, strict=True):
        blocks.append([x - middle])
        while len(blocks) > 1 and _mean(blocks[-2], 0) > _mean(blocks[-1], 0):
            last = blocks.pop()
            blocks[-1] += last
    moved = [_mean(block, 0) for block in blocks for _ in block]
    return [shift + middle for shift, middle in zip(moved, middles, strict=True)]


def _within(boxes: list[Box], arrows: list[Arrow]) -> float:
    """Move everything to where the page begins, and return where it ends on the right."""
    spans = [(box.x, box.width) for box in boxes]
    spans += [(arrow.label_at[0], arrow.label_width) for arrow in arrows if arrow.label]
    shift = _APART - min((x - width / 2 for x, width in spans), default=0)
    for box in boxes:
        box.x += shift
    for arrow in arrows:
        arrow.points = [(x + shift, y) for x, y in arrow.points]
        arrow.label_at = (arrow.label_at[0] + shift, arrow.label_at[1])
    return max((x + width / 2 for x, width in spans), default=0) + shift


def _box(vertex: Vertex) -> Box:
    lines = tuple(part for line in vertex.label for part in wrap(line, _WIDEST) or [""])
    width = max((len(line) for line in lines), default=0) * _LETTER + 24
    return Box(vertex, lines, width, len(lines) * _LINE + 14)


def _mean(values: list[float] | list[int], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
