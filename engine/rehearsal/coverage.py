"""What tests have seen of a project: each leg of each condition true, false and unknown.

A leg is what `and`, `or` and `not` join. It is looked at whenever its condition is, also where
another leg already decides: conditions have no order in which to stop.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..core import expr as E
from ..core import plan as P
from ..core.certain import never_missing
from ..core.compile import Condition
from ..core.evaluate import World, evaluate
from ..core.history import History
from ..core.matching import Matcher
from ..core.meeting import Change, PairSpec
from ..core.occurrence import Happened
from ..core.program import Program
from ..core.readers import Cause, Trigger
from ..core.ready import ReadyStep
from ..core.say import say
from ..core.zone import Zone

__all__ = ["Leg", "Sightings", "legs_of", "observe"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a condition: of which playbook, where it stands, and how it reads."""

    playbook: str
    place: str
    """`if`, `stop when`, `trigger 1 where`, `nudge unless`, `choose-1 branch 2`, …"""
    text: str
    sure: bool
    """Whether it can never be unknown."""


Sightings = Counter[tuple[Leg, bool | None]]
"""How often each leg was seen true, false and unknown (None)."""

_IF: Final = "if"
_STOP: Final = "stop when"
_GOAL: Final = "goal"
_Legs = Sequence[tuple[Leg, E.Expr]]


def legs_of(project: P.Project) -> Iterator[Leg]:
    """Yield every leg of every condition, playbook after playbook."""
    for plan in project.plans:
        for place, expr in _conditions(plan):
            certain = project.vocabulary.certain
            yield from (leg for leg, _ in _legs(plan.playbook, place, expr, certain))


def observe(program: Program) -> Sightings:
    """Put somebody beside each condition of a program; what it decides stays the same."""
    onlooker = _Onlooker(program)
    for ready in program.plans.values():
        name = ready.plan.playbook
        ready.condition = onlooker.beside(name, _IF, ready.condition)
        ready.stop = onlooker.beside(name, _STOP, ready.stop)
        ready.goal = onlooker.beside(name, _GOAL, ready.goal)
        for step in ready.steps.values():
            onlooker.beside_step(name, step)
    for spec in program.specs:
        if not isinstance(spec.trigger, P.OnCrossing):
            place = _trigger(int(spec.key.rpartition("/")[2]))
            spec.condition = onlooker.beside(spec.plan.plan.playbook, place, spec.condition)
    for reader in program.attributes.values():
        for change in reader.changes:
            onlooker.beside_change(change)
    for pair in program.pairs:
        onlooker.beside_pair(pair)
    program.matcher = _Matching(onlooker)
    return onlooker.seen


# --- where conditions stand ---------------------------------------------------------------------


def _conditions(plan: P.Plan) -> Iterator[tuple[str, E.Expr]]:
    for number, trigger in enumerate(plan.triggers):
        match trigger:
            case P.OnEvent(E.Happening(where=where)) if where is not None:
                yield f"{_trigger(number)} where", where
            case P.OnCondition(condition) | P.OnSchedule(_, condition) if condition is not None:
                yield _trigger(number), condition
            case P.OnChange(where=where) | P.OnRecord(E.Records(where=where)) if where is not None:
                yield f"{_trigger(number)} where", where
            case P.OnSequence(E.Pairs(E.Happening(where=first), E.Happening(where=second))):
                if first is not None:
                    yield f"{_trigger(number)} first where", first
                if second is not None:
                    yield f"{_trigger(number)} second where", second
            case _:
                pass  # A crossing, a date and a hand have no condition of their own.
    for place, expr in ((_IF, plan.condition), (_STOP, plan.stop_when), (_GOAL, plan.goal)):
        if expr is not None:
            yield place, expr
    for step in plan.steps:
        yield from _of_step(step)


def _of_step(step: P.Step) -> Iterator[tuple[str, E.Expr]]:
    for word, expr in (("if", step.only_if), ("unless", step.unless)):
        if expr is not None:
            yield f"{step.id} {word}", expr
    match step.body:
        case P.Choose(branches):
            for number, branch in enumerate(branches):
                yield _branch(step, number), branch.condition
        case P.WaitUntil(condition):
            yield f"{step.id} until", condition
        case P.Repeat(until=condition) if condition is not None:
            yield f"{step.id} until", condition
        case P.WaitFor(E.Happening(where=where)) if where is not None:
            yield f"{step.id} where", where
        case P.Do(each=E.Records(where=where)) if where is not None:
            yield f"{step.id} for each", where
        case _:
            pass  # Nothing else has a condition inside.


def _trigger(number: int) -> str:
    return f"trigger {number + 1}"


def _branch(step: P.Step, number: int) -> str:
    return f"{step.id} branch {number + 1}"


def _legs(
    playbook: str, place: str, expr: E.Expr, certain: Collection[str]
) -> Iterator[tuple[Leg, E.Expr]]:
    in_run = place in (_STOP, _GOAL) or place.endswith(" until")
    for one in _joined(expr):
        yield Leg(playbook, place, say(one, in_run=in_run), never_missing(one, certain)), one


def _joined(expr: E.Expr) -> Iterator[E.Expr]:
    match expr:
        case E.And(items) | E.Or(items):
            for item in items:
                yield from _joined(item)
        case E.Not(E.And() | E.Or() as inner):
            yield from _joined(inner)
        case _:
            yield expr


# --- looking on ---------------------------------------------------------------------------------


class _Onlooker:
    """Notes what legs come to, in the worlds of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.seen: Sightings = Counter()

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
        program = self.program
        world = World(a, h, now, z, t, program.calendar, program.matchers, item, record)
        for leg, expr in legs:
            value = evaluate(expr, world)
            self.seen[leg, value if isinstance(value, bool) else None] += 1

    def legs(self, playbook: str, place: str, expr: E.Expr) -> _Legs:
        """Return the legs of a condition that stands somewhere in a playbook."""
        return tuple(_legs(playbook, place, expr, self.program.vocabulary.certain))

    def beside(self, playbook: str, place: str, condition: Condition | None) -> Condition | None:
        """Return a condition that is looked at whenever it is asked."""
        if condition is None:
            return None
        return _Watched(condition, self.legs(playbook, place, condition.expr), self)

    def beside_step(self, playbook: str, step: ReadyStep) -> None:
        """Put itself beside the conditions of a step."""
        here = step.step
        step.only_if = self.beside(playbook, f"{here.id} if", step.only_if)
        step.unless = self.beside(playbook, f"{here.id} unless", step.unless)
        step.until = self.beside(playbook, f"{here.id} until", step.until)
        step.branches = tuple(
            (self.beside(playbook, _branch(here, number), condition) or condition, target)
            for number, (condition, target) in enumerate(step.branches)
        )
        match here.body:
            case P.WaitFor(E.Happening(where=where)) if where is not None:
                step.accepts = self._accepting(step.accepts, playbook, f"{here.id} where", where)
            case P.Do(each=E.Records(where=where)) if where is not None:
                place = f"{here.id} for each"
                step.accepts = self._accepting(step.accepts, playbook, place, where, records=True)
            case _:
                pass  # Nothing else has a filter.

    def beside_change(self, change: Change) -> None:
        """Put itself beside the filter of a change, or of records that come and go."""
        place = f"{_trigger(int(change.key.rpartition('/')[2]))} where"
        records = isinstance(change.trigger, P.OnRecord)
        where = (
            change.trigger.records.where
            if isinstance(change.trigger, P.OnRecord)
            else change.trigger.where
        )
        name = change.plan.plan.playbook
        change.where = self._accepting(change.where, name, place, where, records=records)

    def beside_pair(self, pair: PairSpec) -> None:
        """Put itself beside the filters of a sequence."""
        name, reader = pair.plan.plan.playbook, pair.reader
        place = _trigger(int(pair.key.rpartition("/")[2]))
        what = reader.what
        reader.first = self._accepting(reader.first, name, f"{place} first where", what.first.where)
        reader.then = self._accepting(reader.then, name, f"{place} second where", what.then.where)

    def _accepting(
        self,
        accepts: Callable[..., bool] | None,
        playbook: str,
        place: str,
        where: E.Expr | None,
        *,
        records: bool = False,
    ) -> Callable[..., bool] | None:
        """Return a filter of events, or of `records`, that is looked at whenever it is asked."""
        if accepts is None or where is None:
            return accepts
        legs = self.legs(playbook, place, where)

        def accept(
            item: object,
            a: Mapping[str, object],
            h: History,
            now: int,
            z: Zone,
            t: Trigger | None,
        ) -> bool:
            event = item if isinstance(item, Mapping) and not records else None
            self.look(legs, a, h, now, z, t, event, item if records else None)
            return accepts(item, a, h, now, z, t)

        return accept


class _Watched(Condition):
    """A condition with somebody beside it."""

    __slots__ = ()

    def __init__(self, inner: Condition, legs: _Legs, onlooker: _Onlooker) -> None:
        program = onlooker.program
        origins = program.derivation.origins
        super().__init__(inner.expr, program.calendar, program.matchers, origins)

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


class _Matching(Matcher):
    """The matcher of event triggers, with somebody beside each trigger's `where` and `if`."""

    __slots__ = ("_inner", "_onlooker", "_triggers")

    def __init__(self, onlooker: _Onlooker) -> None:
        self._inner = onlooker.program.matcher
        self._onlooker = onlooker
        self._triggers: dict[str, list[tuple[E.Expr | None, _Legs, _Legs]]] = {}
        for plan in onlooker.program.project.plans:
            for number, trigger in enumerate(plan.triggers):
                if isinstance(trigger, P.OnEvent):
                    where = trigger.what.where
                    place = f"{_trigger(number)} where"
                    self._triggers.setdefault(trigger.what.event, []).append((
                        where,
                        onlooker.legs(plan.playbook, place, where) if where else (),
                        onlooker.legs(plan.playbook, _IF, plan.condition) if plan.condition else (),
                    ))  # fmt: skip

    def match(  # type: ignore[override]  # a program hands it nothing else
        self,
        event: str,
        properties: Mapping[str, object],
        attributes: Mapping[str, object],
        history: History,
        now: int,
        zone: Zone,
        trigger: Happened,
    ) -> Sequence[int]:
        """Look at each trigger of the event, at its `if` where the event is the right one."""
        cause = Cause(trigger.at, properties)
        here = (attributes, history, now, zone, cause)
        program = self._onlooker.program
        for where, legs, condition in self._triggers.get(event, ()):
            self._onlooker.look(legs, *here, properties)
            world = World(*here, program.calendar, program.matchers, properties)
            if where is None or evaluate(where, world) is True:
                self._onlooker.look(condition, *here)
        return self._inner.match(event, properties, attributes, history, now, zone, trigger)
