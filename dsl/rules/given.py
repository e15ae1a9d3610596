"""What is known when a trigger fires: its own conditions, where nothing can have changed them since.

Steps of other runs may come before a run of the same instant begins. So what the project itself sets
is only known to be among the values that it sets.
"""

from collections.abc import Iterator

from ...engine.core import plan as P
from ...engine.core.derived import Segment
from ...engine.core.duration import Duration
from ...engine.core.expr import (
    AllTime,
    AnswerField,
    Attribute,
    Compare,
    Constant,
    DurationOf,
    Expr,
    Happening,
    Has,
    ItemField,
    Now,
    Or,
    TimeSince,
    TriggerField,
    WithinLast,
    WithinNext,
)
from ...engine.core.lifecycles import held_by, leaves_of
from ...engine.core.moves import is_in
from ...engine.core.reads import nodes, reads
from ...engine.core.segments import segment_of
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rewriting import rewritten
from .rule import Subject
from .setting import Values

__all__ = ["at_trigger", "bearing", "lasting"]


def lasting(plan: P.Plan, subject: Subject) -> tuple[Goal, ...]:
    """Return what is known for as long as a run goes on: that its `stop when` is not true."""
    stop = plan.stop_when
    if stop is None or not subject.stable(stop) or reads(stop).time:
        return ()
    if any(isinstance(node, AnswerField) for node in nodes(stop)):
        return ()
    return ((stop, FALSE | UNKNOWN),)


def at_trigger(trigger: P.Trigger, subject: Subject) -> tuple[Goal, ...]:
    """Return what is known when a trigger fires, of an event that is told in time."""
    found = subject.remembered.get(id(trigger))
    if found is None:
        found = subject.remembered[id(trigger)] = (trigger, _known(trigger, subject))
    return found[1]


def bearing(trigger: P.Trigger, condition: Expr, subject: Subject) -> tuple[Goal, ...]:
    """Return what is known when a trigger fires, nothing where none of it bears on a condition."""
    if isinstance(trigger, P.OnEvent):
        found = reads(trigger)
        told = ("trigger", *found.events, *found.attributes)
        if subject.names(condition).isdisjoint(told):
            return ()
    return at_trigger(trigger, subject)


def _known(trigger: P.Trigger, subject: Subject) -> tuple[Goal, ...]:
    match trigger:
        case P.OnEvent(what):
            return tuple(_of_event(what))
        case P.OnChange(attribute, old, new, path, where):
            goals = [] if path else _of_change(attribute, old, new, subject)
            return (*goals, *(((_from_item(where), TRUE),) if where is not None else ()))
        case P.OnStage():
            return tuple(_of_move(trigger, subject))
        case P.OnSequence(pairs, without):
            events = (pairs.first,) if without else (pairs.first, pairs.then)
            return tuple((Has(Happening(one.event), AllTime()), TRUE) for one in events)
        case P.OnDate(attribute, offset, side, ()) if attribute not in subject.moved:
            return _of_date(Attribute(attribute), offset, side)
        case P.OnCrossing(value, direction, level):
            crossed = Compare("<" if direction == "drops below" else ">", value, level)
            return ((crossed, TRUE),) if subject.stable(crossed) else ()
        case P.OnCondition(Attribute(name, ()) as entered) if segment_of(name) is not None:
            return tuple(_of_entering(entered, subject))
        case P.OnCondition(condition) | P.OnSchedule(condition=condition):
            held = condition is not None and subject.stable(condition)
            return ((condition, TRUE),) if condition is not None and held else ()
        case _:
            return ()


def _of_event(what: Happening) -> Iterator[Goal]:
    """Yield what is known on an event: it is in history, and it is the last one."""
    events = {Happening(what.event), what}
    for one in sorted(events, key=lambda event: event.where is not None):
        just_now = Compare("<=", TimeSince("last", one), DurationOf(Duration(0, "minute")))
        yield Has(one, AllTime()), TRUE
        yield just_now, TRUE
    if what.where is not None:
        yield _from_item(what.where), TRUE


def _from_item(node: Expr) -> Expr:
    """Return the condition on an event as one on what started the run."""
    return rewritten(node, _of_trigger)


def _of_trigger(node: object) -> object:
    match node:
        case ItemField(path):
            return TriggerField(path, span=node.span)
        case Happening():
            return node  # A bare name inside is a property of that event.
        case _:
            return None


def _of_change(
    attribute: str, old: Expr | None, new: Expr | None, subject: Subject
) -> Iterator[Goal]:
    here = Attribute(attribute)
    for side, value in (("old", old), ("new", new)):
        if value is not None:
            yield Compare("==", TriggerField((side,)), value), TRUE
    nothing: Values = frozenset() if subject.stable(here) else None
    others = subject.moved.get(attribute, nothing)
    if others is None:
        return
    if isinstance(new, Constant) and isinstance(new.value, bool) and not others:
        yield here, TRUE if new.value else FALSE  # As a condition it may be a segment written out.
    elif isinstance(new, Constant):
        values = (new, *(Constant(other) for other in sorted(others, key=repr)))
        yield Or(tuple(Compare("==", here, value) for value in values)), TRUE
    elif isinstance(old, Constant) and old.value not in others:
        yield Compare("!=", here, old), TRUE | UNKNOWN


def _of_entering(entered: Attribute, subject: Subject) -> Iterator[Goal]:
    """Yield what is known of whoever belongs to a segment; `enter:` may be true no more by then."""
    if not subject.stable(entered):
        return
    yield entered, TRUE
    segments = (one for one in subject.project.derived if one.attribute == entered.name)
    leaves = (one.leave for one in segments if isinstance(one, Segment))
    yield from ((leave, FALSE | UNKNOWN) for leave in leaves if leave and subject.stable(leave))


def _of_move(trigger: P.OnStage, subject: Subject) -> Iterator[Goal]:
    """Yield the stages a customer may be in after a move that a trigger is about."""
    kind = subject.project.vocabulary.attributes[trigger.attribute]
    order = leaves_of(kind)
    old, new = (held_by(name, kind) if name else () for name in (trigger.old, trigger.new))
    others = subject.moved.get(trigger.attribute, frozenset())
    if others is None:
        return
    ends = [stage for stage in order if _may_end(stage, trigger.how, old, new, order)]
    if trigger.how != "changes" or old or new:
        stages = tuple(stage for stage in order if stage in ends or stage in others)
        gone = UNKNOWN if trigger.how == "changes" and not new else 0
        yield is_in(Attribute(trigger.attribute), stages), TRUE | gone


def _may_end(
    stage: str, how: str, old: tuple[str, ...], new: tuple[str, ...], order: tuple[str, ...]
) -> bool:
    """Tell whether a move of this kind may end in a stage."""
    place = order.index(stage)
    if how == "skips":
        return place > max((order.index(one) for one in new), default=1)
    if stage in old or (new and stage not in new):
        return False
    froms = [order.index(one) for one in old or order]
    if how == "moves forward":
        return any(place > one for one in froms)
    return how == "changes" or any(place < one for one in froms)


def _of_date(date: Attribute, offset: Duration | None, side: str) -> tuple[Goal, ...]:
    """Return where a date stands when its trigger fires; a late one may fire until the date itself."""
    if offset is not None and side == "before":
        return ((WithinNext(date, offset), TRUE),)
    passed: Goal = (Compare("<=", date, Now()), TRUE)
    return (passed,) if offset is None else (passed, (WithinLast(date, offset), FALSE))
