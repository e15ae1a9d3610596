"""Graphs as pictures: SVG that needs nothing else, Mermaid for Markdown, DOT for Graphviz."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Final

from .graphs import Graph, Shape
from .layout import Arrow, Box, laid_out

__all__ = ["FORMATS", "STYLE", "as_dot", "as_mermaid", "as_svg"]

STYLE: Final = """\
svg.cuebook{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:#1c2733;\
background:#fff}
.cuebook rect{fill:#f5f7fa;stroke:#52667a;stroke-width:1.2}
.cuebook .start rect{fill:#e3f1e4;stroke:#3d7a43}
.cuebook .wait rect{fill:#fdf5dc;stroke:#93751b}
.cuebook .choice rect{fill:#e6eefb;stroke:#38609c}
.cuebook .end rect{fill:#eee;stroke:#777}
.cuebook text{fill:currentColor;text-anchor:middle}
.cuebook .label{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px}
.cuebook path{fill:none;stroke:#52667a;stroke-width:1.2}
.cuebook marker path{fill:#52667a;stroke:none}
@media (prefers-color-scheme:dark){svg.cuebook{color:#e6ebf0;background:#14191f}
.cuebook rect{fill:#222b35;stroke:#8fa3b8}.cuebook .start rect{fill:#1d3320;stroke:#7dbb83}
.cuebook .wait rect{fill:#382f12;stroke:#d1b04c}.cuebook .choice rect{fill:#1b2a45;stroke:#86abe6}
.cuebook .end rect{fill:#2b2b2b;stroke:#999}.cuebook .label{stroke:#14191f}}
@media print{svg.cuebook{color:#000;background:#fff}}
"""
_MERMAID: Final[Mapping[Shape, tuple[str, str]]] = {
    "start": ("([", "])"),
    "act": ("[", "]"),
    "wait": ("{{", "}}"),
    "choice": ("{", "}"),
    "end": ("([", "])"),
    "playbook": ("[", "]"),
}
_DOT: Final[Mapping[Shape, str]] = {
    "start": "oval",
    "act": "box",
    "wait": "hexagon",
    "choice": "diamond",
    "end": "oval",
    "playbook": "box",
}


def as_svg(graph: Graph, *, styled: bool = True) -> str:
    """Return a picture: text that can be searched, light or dark as the reader has it.

    Unless `styled`, it is part of a page that holds the style: some pages allow none inside.
    """
    layout = laid_out(graph)
    width, height = round(layout.width), round(layout.height)
    parts = [
        (
            f'<svg class="cuebook" xmlns="http://www.w3.org/2000/svg" role="img" width="{width}"'
            f' height="{height}" viewBox="0 0 {width} {height}">'
        ),
        f"<title>{escape(layout.title)}</title>",
        *((f"<style>{STYLE}</style>",) if styled else ()),
        (
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
            ' markerHeight="8" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>'
        ),
        *(_path(arrow) for arrow in layout.arrows),
        *(_group(box) for box in layout.boxes),
        *(text for arrow in layout.arrows for text in _label(arrow)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _group(box: Box) -> str:
    left, shape = box.x - box.width / 2, box.vertex.shape if box.vertex else "act"
    round_ = box.height / 2 if shape in ("start", "end") else 4
    lines = "".join(
        f'<text x="{box.x:.1f}" y="{box.y + 19 + 16 * number:.1f}">{escape(line)}</text>'
        for number, line in enumerate(box.lines)
    )
    return (
        f'<g class="{shape}"><rect x="{left:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="{min(round_, 18):.0f}"/>{lines}</g>'
    )


def _path(arrow: Arrow) -> str:
    """Return an arrow: from point to point, leaving and arriving upright."""
    (x, y), *rest = arrow.points
    drawn = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        bend = (to_y - y) / 2
        drawn.append(f"C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    dashes = ' stroke-dasharray="5 4"' if arrow.up else ""
    return f'<path d="{"".join(drawn)}"{dashes} marker-end="url(#tip)"/>'


def _label(arrow: Arrow) -> Iterator[str]:
    (x, y), lines = arrow.label_at, arrow.label
    if not lines:
        return
    whole = " ".join(lines) == arrow.edge.label
    full = "" if whole else f"<title>{escape(arrow.edge.label)}</title>"
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{y + 13 * number:.1f}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    yield f'<text class="label">{full}{spans}</text>'


def as_mermaid(graph: Graph) -> str:
    """Return the graph as a Mermaid flowchart, which many Markdown readers draw."""
    names = {vertex.id: f"n{number}" for number, vertex in enumerate(graph.vertices)}
    lines = ["flowchart TD"]
    for vertex in graph.vertices:
        opens, closes = _MERMAID[vertex.shape]
        label = "<br/>".join(map(_mermaid_text, vertex.label))
        lines.append(f'  {names[vertex.id]}{opens}"{label}"{closes}')
    for edge in graph.edges:
        label = f'|"{_mermaid_text(edge.label)}"|' if edge.label else ""
        lines.append(f"  {names[edge.source]} -->{label} {names[edge.target]}")
    return "\n".join(lines) + "\n"


def _mermaid_text(text: str) -> str:
    return "".join(
        f"#{ord(sign)};" if sign in '"#&<>;\\`' or not sign.isprintable() else sign for sign in text
    )


def as_dot(graph: Graph) -> str:
    """Return the graph in the language of Graphviz."""
    lines = [f"digraph {_dot_text(graph.title)} {{", '  node [fontname="monospace"];']
    for vertex in graph.vertices:
        label = _dot_text("\n".join(vertex.label))
        lines.append(f"  {_dot_text(vertex.id)} [shape={_DOT[vertex.shape]}, label={label}];")
    for edge in graph.edges:
        label = f" [label={_dot_text(edge.label)}]" if edge.label else ""
        lines.append(f"  {_dot_text(edge.source)} -> {_dot_text(edge.target)}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


FORMATS: Final[Mapping[str, Callable[[Graph], str]]] = {
    "svg": as_svg,
    "mermaid": as_mermaid,
    "dot": as_dot,
}
"""What draws each format."""
