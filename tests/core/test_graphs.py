"""Pictures of playbooks: every way is drawn, no two boxes overlap, no text escapes its place."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.dsl.project import compile_project
from cuebook.engine.drawing import as_dot, as_mermaid, as_svg
from cuebook.engine.graphs import Edge, Graph, Vertex, connections, flow
from cuebook.engine.layout import laid_out

ROOT = Path(__file__).resolve().parents[2]
PROJECT = compile_project(ROOT / "examples" / "b2b").project
HOSTILE = "a\"b<script>alert(1)</script>&#x;\\n]'`|"


def test_each_way_on_is_an_arrow() -> None:
    assert PROJECT is not None
    (plan,) = [plan for plan in PROJECT.plans if plan.playbook == "health-alarm"]
    graph = flow(plan)
    assert [edge.label for edge in graph.edges if edge.label] == ["in time", "not within 14 days"]
    assert [vertex.label for vertex in graph.vertices if vertex.shape == "start"] == [
        ("on health_score drops below 50", "if seats >= 5")
    ]
    assert {edge.source for edge in graph.edges} | {"end"} == {v.id for v in graph.vertices}


def test_who_triggers_whom() -> None:
    assert PROJECT is not None
    graph = connections(PROJECT)
    assert graph.edges == (Edge("onboarding-done", "quarterly-review", "sets onboarded"),)


@pytest.mark.parametrize("draw", [as_svg, as_mermaid, as_dot], ids=lambda draw: draw.__name__)
def test_no_text_escapes_its_place(draw: object) -> None:
    vertices = (Vertex("a", (HOSTILE, "x"), "start"), Vertex(HOSTILE, ("",), "end"))
    graph = Graph(HOSTILE, vertices, (Edge("a", HOSTILE, HOSTILE),))
    told = draw(graph)  # type: ignore[operator]
    assert draw is as_dot or "<script" not in told
    if draw is as_svg:
        texts = " ".join(ET.fromstring(told).itertext())  # noqa: S314 - our own
        assert HOSTILE in texts
    else:
        assert len(told.splitlines()) == len(graph.vertices) + len(graph.edges) + (
            1 if draw is as_mermaid else 3
        )
        inside = re.sub(r"\\.", "", told)
        assert all(line.count('"') % 2 == 0 for line in inside.splitlines())


_NAMES = st.sampled_from([f"v{number}" for number in range(9)])


@given(st.sets(_NAMES, min_size=1), st.lists(st.tuples(_NAMES, _NAMES), max_size=20))
def test_boxes_stand_apart_and_arrows_end_at_them(
    names: set[str], pairs: list[tuple[str, str]]
) -> None:
    edges = dict.fromkeys(Edge(a, b, f"from {a} to {b}, " * 2) for a, b in pairs if {a, b} <= names)
    vertices = tuple(Vertex(name, ("x" * len(name) * 9,), "act") for name in sorted(names))
    layout = laid_out(Graph("g", vertices, tuple(edges)))

    for one in layout.boxes:
        assert one.x - one.width / 2 >= 0
        assert one.x + one.width / 2 <= layout.width
        assert one.y + one.height <= layout.height
        for other in layout.boxes:
            if one is not other:
                apart_x = abs(one.x - other.x) >= (one.width + other.width) / 2
                apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
                assert apart_x or apart_y
    assert len(layout.arrows) == len(edges)
    labels = [one for one in layout.arrows if one.edge.source != one.edge.target]
    for label, other in itertools.combinations(labels, 2):
        (x, y), (other_x, other_y) = label.label_at, other.label_at
        apart = abs(x - other_x) >= (label.label_width + other.label_width) / 2
        assert apart or abs(y - other_y) >= 13 * 2
        assert x - label.label_width / 2 >= 0
        assert x + label.label_width / 2 <= layout.width


@given(st.sets(_NAMES, min_size=2), st.lists(st.tuples(_NAMES, _NAMES), max_size=20))
def test_no_arrow_passes_behind_a_box(names: set[str], pairs: list[tuple[str, str]]) -> None:
    """Boxes are of different heights, and whoever follows an arrow must see where it leads."""
    edges = dict.fromkeys(Edge(a, b, f"{a} to {b}") for a, b in pairs if {a, b} <= names and a != b)
    vertices = tuple(
        Vertex(name, ("x" * len(name) * 9,) * (1 + number % 5), "act")
        for number, name in enumerate(sorted(names))
    )
    layout = laid_out(Graph("g", vertices, tuple(edges)))

    for arrow in layout.arrows:
        for x, y in _way_of(arrow.points):
            for box in layout.boxes:
                inside = (
                    abs(x - box.x) < box.width / 2 - 1 and box.y + 1 < y < box.y + box.height - 1
                )
                assert not inside, f"{arrow.edge} passes behind {box.vertex}"


def _way_of(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield points of an arrow as it is drawn, upright where it leaves and arrives."""
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        for part in (number / 16 for number in range(17)):
            bent = part * part * (3 - 2 * part)
            along = 1.5 * part * (1 - part) ** 2 + 1.5 * part**2 * (1 - part) + part**3
            yield x + (to_x - x) * bent, y + (to_y - y) * along


def test_a_long_playbook_is_drawn_without_recursion() -> None:
    vertices = tuple(Vertex(str(number), (str(number),), "act") for number in range(3_000))
    edges = tuple(Edge(str(number), str(number + 1)) for number in range(2_999))
    assert len(laid_out(Graph("long", vertices, edges)).arrows) == 2_999
