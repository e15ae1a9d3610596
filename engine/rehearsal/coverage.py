"""What tests have seen of a project: each leg of each condition true, false and unknown.

A leg is what `and`, `or` and `not` join. It is looked at whenever its condition is, also where
another leg already decides: conditions have no order in which to stop.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal

from ..core import expr as E
from ..core import plan as P
from ..core.certain import never_missing
from ..core.compile import Compiler, Condition, Value
from ..core.evaluate import Matchers, World, evaluate
from ..core.expressions import placed
from ..core.history import History
from ..core.legs import take_apart
from ..core.origin import NOWHERE, Span
from ..core.origins import Origins
from ..core.program import Program
from ..core.readers import Trigger
from ..core.say import say
from ..core.zone import Zone
from ..patterns import program

__all__ = ["Leg", "Sightings", "legs_of", "observed"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a condition: of which part of the project, where it stands, and how it reads."""

    part: str
    """A playbook by its name; else `signal x`, `segment y`, `lifecycle z` or `never 1`."""
    place: str
    """`if`, `stop when`, `trigger 1 where`, `nudge unless`, `choose-1 branch 2`, …"""
    text: str
    sure: bool
    """Whether it can never be unknown."""
    span: Span = field(default=NOWHERE, compare=False)
    """Where it was written."""


Sightings = Counter[tuple[Leg, bool | None]]
"""How often each leg was seen true, false and unknown (None)."""

_Legs = Sequence[tuple[Leg, E.Expr]]


def legs_of(project: P.Project) -> Iterator[Leg]:
    """Yield every leg of every condition: of what is computed and declared, then of each playbook."""
    return (leg for leg, _ in _legs(project))


def observed(project: P.Project) -> tuple[Program, Sightings]:
    """Return a project ready to decide, and what the legs of its conditions come to as it does.

    What it decides is the same as without anybody looking on.
    """
    seen: Sightings = Counter()
    return program(project, compiler=partial(_Onlooker, project, seen)), seen


def _legs(project: P.Project) -> Iterator[tuple[Leg, E.Expr]]:
    certain, given = project.vocabulary.certain, _given(project)
    for one in placed(project):
        if one.sort == "value" or isinstance(one.expr, E.Pairs):
            continue
        for leg in _joined(one.expr):
            text = say(leg, in_run=one.sort == "end")
            sure = never_missing(leg, certain, given.get(one.part, ()))
            yield Leg(one.part, one.place, text, sure, getattr(leg, "span", NOWHERE)), leg


def _given(project: P.Project) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Return for each playbook the properties that its triggers look at: nothing begins it without.

    A playbook that another one starts, or a hand, may be given anything.
    """
    bodies = (step.body for plan in project.plans for step in plan.steps)
    started = {body.playbook for body in bodies if isinstance(body, P.Start)}
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for plan in project.plans:
        events = [one.what for one in plan.triggers if isinstance(one, P.OnEvent)]
        if events and len(events) == len(plan.triggers) and plan.playbook not in started:
            each = [take_apart(event.where, None).legs for event in events]
            paths = [{one.path for one, _, _ in legs if one.owner == "event"} for legs in each]
            found[plan.playbook] = frozenset(paths[0].intersection(*paths[1:]))
    return found


def _joined(expr: E.Expr) -> Iterator[E.Expr]:
    match expr:
        case E.And(items) | E.Or(items):
            for item in items:
                yield from _joined(item)
        case E.Not(E.And() | E.Or() as inner):
            yield from _joined(inner)
        case _:
            yield expr


class _Onlooker(Compiler):
    """Makes conditions ready with somebody beside each, who notes what its legs come to.

    It knows a leg by the very node the author's text was read into: what else is joined to a
    condition on the way (the stage in which a rule of a lifecycle is asked) is nobody's leg.
    """

    apart: ClassVar[bool] = False

    def __init__(
        self,
        project: P.Project,
        seen: Sightings,
        calendar: P.Calendar,
        matchers: Matchers,
        origins: Origins,
    ) -> None:
        super().__init__(calendar, matchers, origins)
        self._seen = seen
        self._known: defaultdict[int, list[Leg]] = defaultdict(list)
        for leg, expr in _legs(project):
            self._known[id(expr)].append(leg)

    def condition(self, expr: E.Expr, inlined: E.Expr | None = None) -> Condition:
        """Return a condition that is looked at whenever it is asked."""
        condition, legs = super().condition(expr, inlined), self._legs_in(expr)
        return _Watched(condition, self, legs) if legs else condition

    def generated(self, expr: E.Expr) -> Value:
        """Return the value of a signal; one that is a condition is looked at, too."""
        value, legs = super().generated(expr), self._legs_in(expr)

        def looked_at(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> object:
            self.look(legs, a, h, now, z, t)
            return value(a, h, now, z, t)

        return looked_at if legs else value

    def filter(self, expr: E.Expr) -> Callable[..., bool]:
        """Return a filter of events that is looked at whenever it is asked."""
        return self._looked_at(super().filter(expr), expr, "item")

    def record_filter(self, expr: E.Expr) -> Callable[..., bool]:
        """Return a filter of records that is looked at whenever it is asked."""
        return self._looked_at(super().record_filter(expr), expr, "record")

    def _looked_at(
        self, accepts: Callable[..., bool], expr: E.Expr, role: Literal["item", "record"]
    ) -> Callable[..., bool]:
        legs = self._legs_in(expr)

        def looked_at(
            one: object,
            a: Mapping[str, object],
            h: History,
            now: int,
            z: Zone,
            t: Trigger | None,
        ) -> bool:
            given: dict[str, Any] = {role: one}
            self.look(legs, a, h, now, z, t, **given)
            return accepts(one, a, h, now, z, t)

        return looked_at

    def look(
        self,
        legs: _Legs,
        a: Mapping[str, object],
        h: History,
        now: int,
        z: Zone,
        t: Trigger | None,
        item: Mapping[str, object] | None = None,
        record: object = None,
    ) -> None:
        """Note each leg as it is in this world; inside a `where` with the event or the record."""
        world = World(a, h, now, z, t, self.calendar, self.matchers, item, record)
        for leg, expr in legs:
            value = evaluate(expr, world)
            self._seen[leg, value if isinstance(value, bool) else None] += 1

    def _legs_in(self, expr: E.Expr) -> _Legs:
        return tuple((leg, part) for part in _joined(expr) for leg in self._known.get(id(part), ()))


class _Watched(Condition):
    """A condition with somebody beside it."""

    __slots__ = ()

    def __init__(self, inner: Condition, onlooker: _Onlooker, legs: _Legs) -> None:
        super().__init__(inner.expr, onlooker.calendar, onlooker.matchers, onlooker.origins)

        def holds(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> bool:
            onlooker.look(legs, a, h, now, z, t)
            return inner.holds(a, h, now, z, t)

        def fails(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> bool:
            onlooker.look(legs, a, h, now, z, t)
            return inner.fails(a, h, now, z, t)

        self.holds, self.fails = holds, fails
