"""How a trigger stands for one customer: its conditions with their values, and what time will do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .core import plan as P
from .core.advance import Turn
from .core.channels import dig
from .core.evaluate import evaluate
from .core.expr import Attribute, Compare, Expr, Pairs
from .core.judging import Judged, Sources, judge, world_of
from .core.program import Program
from .core.ready import ReadyPlan
from .core.say import say, say_name
from .core.say_trigger import say_trigger
from .core.state import Customer
from .core.trace import Trace
from .core.witnessing import Attempt
from .foresight import Foresight, supposed_run

__all__ = ["Outlook", "Scene", "judged", "outlook", "refusal"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """One trigger of a playbook as it stands for one customer; instants in microseconds UTC."""

    trigger: str
    """As an author would write it."""
    says: str
    """How it stands, in words."""
    event_at: int | None = None
    """When the event it waits for happened last."""
    conditions: tuple[Trace, ...] = ()
    """Its own conditions and the `if` of the playbook; of an event as they were when it happened."""
    failed: Trace | None = None
    """The first part that is not true, of those that all have to be."""
    due_at: int | None = None
    """When time alone would make it fire; None for never, as far as can be foreseen."""
    true_at: int | None = None
    """When the condition it watches becomes true that is not true now, if nothing else happens."""
    tried: Attempt | None = None
    """The last time that it was met, and what came of it."""
    ahead: Attempt | None = None
    """The first time that time alone would make it fire, and what would come of it."""
    begins_at: int | None = None
    """When time alone would begin a run by it: the same instant, or a later one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A customer at an instant, under a program."""

    customer: Customer
    program: Program
    now: int
    sources: Sources
    past: Mapping[str, int]
    """When each event happened last."""
    attempts: Mapping[str, Attempt]
    """The last attempt of each trigger, by its key."""
    foresight: Foresight


def outlook(scene: Scene, ready: ReadyPlan, number: int, trigger: P.Trigger) -> Outlook:
    """Return how a trigger stands."""
    key = f"{ready.plan.playbook}/{number}"
    says, own = _standing(scene, key, trigger)
    tried, ahead = scene.attempts.get(key), scene.foresight.attempts.get(key)
    begins = scene.foresight.begins.get(key)
    conditions, failed = judged(scene, (own, ready.plan.condition))
    event_at = None
    if isinstance(trigger, P.OnEvent):
        event_at = scene.past.get(trigger.what.event)
        if tried is not None:
            event_at = tried.at if event_at is None else event_at
            conditions, failed = tried.conditions, tried.failed
    return Outlook(
        say_trigger(trigger), says, event_at, conditions, failed,
        _armed(scene, key, trigger) if ahead is None else ahead.at,
        scene.foresight.true_at.get(key), tried, ahead, begins.at if begins is not None else None,
    )  # fmt: skip


def refusal(scene: Scene, playbook: str) -> str:
    """Return what would keep a run from beginning now, or nothing; `per:` depends on the event."""
    ready = scene.program.plans.get(playbook)
    if ready is None or ready.per is not None:
        return ""
    turn = Turn(scene.customer.copy(), scene.program)
    turn.now = scene.now
    return turn.refusal(ready, supposed_run(scene.customer, playbook, scene.now))


def judged(scene: Scene, exprs: Iterable[Expr | None]) -> tuple[tuple[Trace, ...], Trace | None]:
    """Return conditions as they stand at the scene's instant, and the first part not true."""
    run = supposed_run(scene.customer, "", scene.now)
    world = world_of(scene.customer, scene.program, scene.now, run)
    found: list[Judged] = [
        judge(expr, world, scene.program, scene.sources) for expr in exprs if expr is not None
    ]
    failed = next((one.failed for one in found if one.failed is not None), None)
    return tuple(one.trace for one in found), failed


def _standing(scene: Scene, key: str, trigger: P.Trigger) -> tuple[str, Expr | None]:
    """Return how a trigger stands in words, and the condition of its own that stands so."""
    match trigger:
        case P.OnEvent(what):
            return _of_event(scene, key, what.event), None
        case P.OnCondition(condition):
            return _of_condition(scene, key, condition), condition
        case P.OnCrossing(value, direction, level):
            compare = Compare("<" if direction == "drops below" else ">", value, level)
            return _of_condition(scene, key, compare), compare
        case P.OnDate():
            return _of_date(scene, key, trigger), None
        case P.OnSchedule(_, condition):
            there = f"tick:{key}" in scene.customer.armed
            return "waits for its next time" if there else "the calendar is not running", condition
        case P.OnSequence(pairs, without):
            return _of_pairs(scene, key, pairs, without=without), None
        case P.OnRecord(records, side):
            return f"waits for {say(records.of)} to {side.removesuffix('s')} one", None
        case P.OnChange(attribute, path=path):
            return f"waits for {say(Attribute(attribute, path))} to change", None
        case P.OnStage(attribute):
            return f"waits for a move of {say(Attribute(attribute))}", None
        case P.OnManual():
            return "waits for somebody to ask", None


def _of_event(scene: Scene, key: str, event: str) -> str:
    tried = scene.attempts.get(key)
    if tried is None:
        if event in scene.past:
            return "happened before this version was deployed"
        return "has not happened"
    match tried.came:
        case "began":
            return f"happened last, and began {tried.note}"
        case "refused":
            return f"happened last, and nothing began: {tried.note}"
        case "not true":
            return "happened last"


def _of_condition(scene: Scene, key: str, condition: Expr) -> str:
    if f"hold:{key}" in scene.customer.armed:
        return "true, and has to hold"
    world = world_of(scene.customer, scene.program, scene.now, None)
    if evaluate(condition, world) is True:
        return "true already: it begins when it becomes true again"
    return "not true"


def _of_pairs(scene: Scene, key: str, pairs: Pairs, *, without: bool) -> str:
    """Return whether a sequence waits for its second event."""
    first, then = say_name(pairs.first.event), say_name(pairs.then.event)
    if _pending(scene, key) is not None:
        return f"{first} has happened, and no {then} since"
    return f"waits for {first}" if without else f"waits for {first}, then {then}"


def _of_date(scene: Scene, key: str, trigger: P.OnDate) -> str:
    if dig(scene.customer.attributes.get(trigger.attribute), trigger.path) is None:
        return f"{say(Attribute(trigger.attribute, trigger.path))} is missing"
    return "is still to come" if f"look:{key}" in scene.customer.armed else "is over"


def _armed(scene: Scene, key: str, trigger: P.Trigger) -> int | None:
    """Return when the timer of a trigger is due that lies further ahead than was foreseen."""
    armed = scene.customer.armed
    match trigger:
        case P.OnDate():
            return armed.get(f"look:{key}")
        case P.OnSchedule():
            return armed.get(f"tick:{key}")
        case P.OnCondition():
            return armed.get(f"hold:{key}")
        case P.OnSequence():
            return _pending(scene, key)
        case _:
            return None


def _pending(scene: Scene, key: str) -> int | None:
    """Return until when the first event of a pair waits for none."""
    timers = scene.customer.armed.items()
    return min((at for timer, at in timers if timer.startswith(f"pair:{key}/")), default=None)
