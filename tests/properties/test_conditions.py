"""What holds of every condition, every customer and every instant."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest.mock import patch

from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from cuebook.engine.core import compile as compile_module
from cuebook.engine.core.calendar import add
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition, compile_filter, compile_value
from cuebook.engine.core.duration import DAY, MINUTE, Duration
from cuebook.engine.core.evaluate import World, evaluate, explain
from cuebook.engine.core.expr import DurationOf, Expr
from cuebook.engine.core.past import Stay
from cuebook.engine.core.reads import nodes
from cuebook.engine.core.relations import instant_of
from cuebook.engine.core.zone import Zone

from .strategies import (
    CALENDAR,
    START,
    Anchor,
    Told,
    anchors,
    attributes,
    conditions,
    earlier,
    fixed_filters,
    moving_filters,
    numbers,
    properties,
    remember,
    stays,
    told,
    zones,
)


@dataclass(frozen=True)
class Scene:
    """A customer at an instant, with what has happened so far."""

    a: dict[str, object]
    events: list[Told]
    z: Zone
    t: Anchor | None
    later: int
    earlier: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    stay: Stay | None = None

    @property
    def now(self) -> int:
        known = [event.at for event in self.events] + ([self.t.at] if self.t else [])
        known += [at for at, _ in self.earlier] + ([self.stay.since] if self.stay else [])
        return max(known, default=START) + self.later

    def history(self, expr: Expr) -> History:
        # What was told last is what the attributes are now.
        now = {name: self.a[name] for name in ("seats", "plan")}
        last = max((at for at, _ in self.earlier), default=None)
        told = [*self.earlier, (last, now)] if last is not None else []
        return remember(self.events, expr, where=self.z, values=told, stay=self.stay)

    def world(self, expr: Expr, now: int | None = None, h: History | None = None) -> World:
        history = self.history(expr) if h is None else h
        instant = self.now if now is None else now
        return World(self.a, history, instant, self.z, self.t, CALENDAR, {})


laters = st.sampled_from((0, 1, MINUTE, DAY, 20 * DAY)) | st.integers(0, 90 * DAY)
scenes = st.builds(Scene, attributes, told, zones, anchors, laters, earlier, stays)
law = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@law
@given(conditions, scenes)
def test_compiled_walked_and_explained_conditions_agree(expr: Expr, scene: Scene) -> None:
    """One meaning, however it is computed; and none of the ways ever raises."""
    world = scene.world(expr)
    walked = evaluate(expr, world)

    condition = compile_condition(expr, CALENDAR)
    judged = (scene.a, world.h, world.now, scene.z, scene.t)
    trace = explain(expr, *judged, calendar=CALENDAR, matchers={})

    assert walked in (True, False, None)
    assert condition.holds(*judged) is (walked is True)
    assert condition.fails(*judged) is (walked is False)
    assert trace.value is walked
    assert condition.explain(*judged) == trace


@law
@given(conditions, scenes)
def test_generated_code_needs_no_walker_for_declared_types(expr: Expr, scene: Scene) -> None:
    """The walker stands in for surprises only; were it needed more often, speed would be a fiction."""
    condition, h = compile_condition(expr, CALENDAR), scene.history(expr)

    walked = AssertionError("walked")
    with (
        patch.object(compile_module, "evaluate", side_effect=walked),
        patch.object(compile_module, "explained", side_effect=walked),
    ):
        condition.holds(scene.a, h, scene.now, scene.z, scene.t)
        condition.fails(scene.a, h, scene.now, scene.z, scene.t)
        condition.explain(scene.a, h, scene.now, scene.z, scene.t)


@law
@given(numbers("customer"), scenes)
def test_compiled_and_walked_values_agree(expr: Expr, scene: Scene) -> None:
    """What `set` writes is what `--why` shows."""
    world = scene.world(expr)

    compiled = compile_value(expr, CALENDAR)(scene.a, world.h, world.now, scene.z, scene.t)

    assert compiled == evaluate(expr, world)


@law
@given(fixed_filters | moving_filters, properties, scenes)
def test_compiled_and_walked_filters_agree(
    expr: Expr, item: dict[str, object], scene: Scene
) -> None:
    """An event passes a `where` exactly when it is true of it."""
    w = scene.world(expr)
    world = World(w.a, w.h, w.now, w.z, w.t, CALENDAR, {}, item)

    passes = compile_filter(expr, CALENDAR)

    assert passes(item, w.a, w.h, w.now, w.z, w.t) is (evaluate(expr, world) is True)


@law
@given(conditions, st.lists(attributes, min_size=1, max_size=4), scenes)
def test_judging_many_customers_at_once_agrees(
    expr: Expr, customers: list[dict[str, object]], scene: Scene
) -> None:
    """Cut-offs computed once give what the calendar gives one by one."""
    condition = compile_condition(expr, CALENDAR)
    reads = condition.reads
    assume(not (reads.events or reads.trigger or reads.past))

    judge = condition.at(scene.now, scene.z)

    for a in customers:
        assert judge(a) is condition.holds(a, History(), scene.now, scene.z, None)


@law
@given(conditions, scenes)
def test_nothing_changes_before_the_next_change(expr: Expr, scene: Scene) -> None:
    """A timer set for the next change is never too late."""
    h = scene.history(expr)
    find = compile_condition(expr, CALENDAR).next_change
    at, value = scene.now, evaluate(expr, scene.world(expr, scene.now, h))
    due = find(scene.a, h, at, scene.z, scene.t)

    # A condition about days changes daily: what lies years ahead would take as many steps.
    near = {probe for probe in probes(expr, scene, h) if probe < scene.now + 800 * DAY}
    steps = 0
    for probe in sorted(near):
        while due is not None and due <= probe:
            assert due > at
            steps += 1
            if steps > 1_000:
                return  # Enough was seen of a condition that changes all the time.
            at, value = due, evaluate(expr, scene.world(expr, due, h))
            due = find(scene.a, h, at, scene.z, scene.t)
        if probe >= at:
            note(f"known at {at}: {value}, next change {due}, looked at {probe}")
            assert evaluate(expr, scene.world(expr, probe, h)) is value


def probes(expr: Expr, scene: Scene, h: History) -> Iterator[int]:
    """Yield the instants near which something could change, and a grid between them."""
    lengths = {node.duration for node in nodes(expr) if isinstance(node, DurationOf)}
    for node in nodes(expr):
        for name in ("duration", "within"):
            length = getattr(node, name, None)
            if isinstance(length, Duration):
                lengths.add(length)
    lengths |= {Duration(count, "day") for count in (1, 2, 14, 15, 50, 51)}
    bases = [event.at for event in scene.events] + [START] + [at for at, _ in scene.earlier]
    bases += [scene.stay.since] if scene.stay else []
    contacts = scene.a.get("contacts")
    dated = [one["until"] for one in contacts if one] if isinstance(contacts, list) else []
    values = [*scene.a.values(), *dated]
    bases += [at for value in values if (at := instant_of(value, scene.z)) is not None]
    for base in bases:
        for at in (base, *(add(base, d, scene.z, CALENDAR, n) for d in lengths for n in (1, -1))):
            yield from (at - 1, at, at + 1)
    yield from (scene.now + step * 6 * 60 * MINUTE + 1 for step in range(120))
