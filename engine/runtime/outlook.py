"""How a trigger stands for one customer: its conditions with their values, and what time will do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..core import plan as P
from ..core.advance import Turn
from ..core.calendar import add
from ..core.channels import dig
from ..core.compile import Condition
from ..core.duration import Duration
from ..core.evaluate import World, evaluate, walked
from ..core.expr import And, Attribute, Compare, Expr, Pairs
from ..core.origins import Origins
from ..core.program import Program
from ..core.ready import ReadyPlan
from ..core.say import say, say_name
from ..core.say_trigger import say_trigger
from ..core.state import Customer, Run
from ..core.trace import Trace

__all__ = ["Outlook", "Past", "Scene", "outlook", "refusal"]

_MOST_LOOKS: Final = 1_000
"""How many changes ahead are looked at for one that makes a condition true."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One trigger of a playbook as it stands for one customer; instants in microseconds UTC."""

    trigger: str
    """As an author would write it."""
    says: str
    """How it stands, in words."""
    event_at: int | None = None
    """When the event it waits for happened last; its conditions are shown as they were then."""
    conditions: tuple[Trace, ...] = ()
    failed: Trace | None = None
    """The first part that is not true, of those that all have to be."""
    due_at: int | None = None
    """When time alone would make it fire; None for never, as far as can be foreseen."""


@dataclass(frozen=True, slots=True)
class Past:
    """The last event of a name."""

    at: int
    properties: Mapping[str, object]
    number: int
    then: Callable[[int], Customer]
    """Returns the customer as it was when the occurrence of that number was decided."""
    since: Mapping[str, int]
    """Since when each playbook stands as it does."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A customer at an instant, under a program."""

    customer: Customer
    program: Program
    now: int
    past: Mapping[str, Past]
    """The last event of each name."""


def outlook(scene: Scene, ready: ReadyPlan, number: int, trigger: P.Trigger) -> Outlook:
    """Return how a trigger stands."""
    key = f"{ready.plan.playbook}/{number}"
    text = say_trigger(trigger)
    match trigger:
        case P.OnEvent(what):
            return _event(scene, ready, text, what.event, what.where)
        case P.OnCondition(condition, hold):
            return _condition(scene, ready, key, condition, Outlook(text, ""), hold)
        case P.OnCrossing(value, direction, level):
            compare = Compare("<" if direction == "drops below" else ">", value, level)
            return _condition(scene, ready, key, compare, Outlook(text, ""))
        case P.OnDate():
            return _date(scene, ready, key, text, trigger)
        case P.OnSchedule(_, condition):
            due = scene.customer.armed.get(f"tick:{key}")
            says = "the calendar is not running" if due is None else "waits for its next time"
            found = _found(scene, (condition, ready.plan.condition))
            return Outlook(text, says, None, *found, due)
        case P.OnSequence(pairs, without):
            return _pairs(scene, ready, key, text, pairs, without=without)
        case P.OnRecord(records, side):
            says = f"waits for {say(records.of)} to {side.removesuffix('s')} one"
            return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)))
        case P.OnChange(attribute, path=path):
            says = f"waits for {say(Attribute(attribute, path))} to change"
            return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)))
        case P.OnStage(attribute):
            says = f"waits for a move of {say(Attribute(attribute))}"
            return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)))
        case P.OnManual():
            says = "waits for somebody to ask"
            return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)))


def refusal(scene: Scene, playbook: str) -> str:
    """Return what would keep a run from beginning now, or nothing; `per:` depends on the event."""
    ready = scene.program.plans.get(playbook)
    if ready is None or ready.per is not None:
        return ""
    turn = Turn(scene.customer.copy(), scene.program)
    turn.now = scene.now
    return turn.refusal(ready, _run(scene.customer, playbook, scene.now, None))


def _event(scene: Scene, ready: ReadyPlan, text: str, event: str, where: Expr | None) -> Outlook:
    past = scene.past.get(event)
    if past is None:
        return Outlook(text, "has not happened", None, *_found(scene, (ready.plan.condition,)))
    customer = past.then(past.number)
    run = _run(customer, ready.plan.playbook, past.at, past.properties)
    here = Scene(customer, scene.program, max(past.at, customer.clock), scene.past)
    world = _world(here, run)
    inside = _world(here, run, past.properties)
    pairs = [(expr, w) for expr, w in ((where, inside), (ready.plan.condition, world)) if expr]
    early = past.at < past.since.get(ready.plan.playbook, past.at)
    says = "happened before this version was deployed" if early else "happened last"
    return Outlook(text, says, past.at, *_told(pairs, scene.program.compiler.origins))


def _condition(
    scene: Scene,
    ready: ReadyPlan,
    key: str,
    expr: Expr,
    blank: Outlook,
    hold: Duration | None = None,
) -> Outlook:
    """Return how a condition stands, and when time alone would let it fire."""
    c, now = scene.customer, scene.now
    spec = scene.program.spec(key)
    assert spec is not None  # noqa: S101 - every condition is watched
    assert spec.condition is not None  # noqa: S101 - as above
    conditions, failed = _found(scene, (expr, ready.plan.condition))
    held = c.armed.get(f"hold:{key}")
    if held is not None:
        return Outlook(blank.trigger, "true, and has to hold", None, conditions, failed, held)
    if spec.condition.holds(c.attributes, c.history, now, c.zone, None):
        says = "true already: it begins when it becomes true again"
        return Outlook(blank.trigger, says, None, conditions, failed)
    due = _true_at(scene, spec.condition)
    if due is not None and hold is not None:
        due = add(due, hold, c.zone, scene.program.calendar)
    return Outlook(blank.trigger, "not true", None, conditions, failed, due)


def _true_at(scene: Scene, condition: Condition) -> int | None:
    """Return when time alone will make a condition true, if nothing else happens."""
    turn = Turn(scene.customer.copy(), scene.program)
    turn.now = scene.now
    c, behind = turn.customer, scene.program.derivation.behind(condition.reads.attributes)
    for _ in range(_MOST_LOOKS):
        steps = [c.armed[item.timer] for item in behind.values() if item.timer in c.armed]
        own = condition.next_change(c.attributes, c.history, turn.now, c.zone, None)
        at = min([*steps, *([own] if own is not None else [])], default=None)
        if at is None:
            return None
        turn.now = max(turn.now, at)
        turn.derive([n for n, item in behind.items() if c.armed.get(item.timer) == at])
        if condition.holds(c.attributes, c.history, turn.now, c.zone, None):
            return turn.now
    return None


def _pairs(
    scene: Scene, ready: ReadyPlan, key: str, text: str, pairs: Pairs, *, without: bool
) -> Outlook:
    """Return whether a sequence waits for its second event, and until when."""
    armed = scene.customer.armed
    due = min((at for timer, at in armed.items() if timer.startswith(f"pair:{key}/")), default=None)
    first, then = say_name(pairs.first.event), say_name(pairs.then.event)
    if due is not None:
        says = f"{first} has happened, and no {then} since"
    else:
        says = f"waits for {first}" if without else f"waits for {first}, then {then}"
    return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)), due)


def _date(scene: Scene, ready: ReadyPlan, key: str, text: str, trigger: P.OnDate) -> Outlook:
    value = dig(scene.customer.attributes.get(trigger.attribute), trigger.path)
    due = scene.customer.armed.get(f"look:{key}")
    if value is None:
        says = f"{say(Attribute(trigger.attribute, trigger.path))} is missing"
    elif due is None:
        says = "is over"
    else:
        says = "is still to come"
    return Outlook(text, says, None, *_found(scene, (ready.plan.condition,)), due)


def _found(scene: Scene, exprs: Iterable[Expr | None]) -> tuple[tuple[Trace, ...], Trace | None]:
    """Return conditions as they stand at the scene's instant, and the first part not true."""
    run = _run(scene.customer, "", scene.now, None)
    pairs = [(expr, _world(scene, run)) for expr in exprs if expr is not None]
    return _told(pairs, scene.program.compiler.origins)


def _told(
    pairs: Iterable[tuple[Expr, World]], origins: Origins
) -> tuple[tuple[Trace, ...], Trace | None]:
    pairs = list(pairs)
    legs = ((leg, world) for expr, world in pairs for leg in _legs(expr))
    failed = next(
        (walked(leg, w, origins) for leg, w in legs if evaluate(leg, w) is not True), None
    )
    return tuple(walked(expr, world, origins) for expr, world in pairs), failed


def _legs(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, And):
        for item in expr.items:
            yield from _legs(item)
    else:
        yield expr


def _world(scene: Scene, run: Run, item: Mapping[str, object] | None = None) -> World:
    c, program = scene.customer, scene.program
    return World(
        c.attributes, c.history, scene.now, c.zone, run, program.calendar, program.matchers, item
    )


def _run(customer: Customer, playbook: str, at: int, event: Mapping[str, object] | None) -> Run:
    return Run("", playbook, at, customer.seq, event, at, at)
