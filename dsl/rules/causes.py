"""Who may trigger whom: what steps emit, set and start, and which playbooks that may begin."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...engine.core import plan as P
from ...engine.core.expr import Attribute, Compare, Constant, Expr
from ...engine.core.lifecycles import held_by, stage_of
from ...engine.core.reads import reads
from .outcomes import TRUE
from .rule import Subject

__all__ = ["Cause", "Causes", "Round", "causes", "circle", "knots", "reached_from"]

_Heard = tuple[str, str]
"""What may be heard of: an event, an attribute or a playbook, and its name."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One playbook's step that may begin another."""

    source: str
    step: str
    target: str
    says: str


Causes = Mapping[str, list[Cause]]
"""What each playbook may begin, by its id."""


@dataclass(frozen=True, slots=True)
class Round:
    """A circle that was gone round without an end."""

    circle: Sequence[Cause]
    customer: Mapping[str, object]
    """What the customer was like at first, as far as any condition asks."""
    period: int
    """How long each round takes, in microseconds; 0 where the engine had to cut it off."""


def causes(subject: Subject, *, once: bool = False) -> Causes:
    """Return for each playbook that emits, sets or starts anything what that may begin.

    One that begins once and never again closes no circle: it is left out, unless `once`.
    """
    plans = [plan for plan in subject.project.plans if once or not _begins_once(plan)]
    speaking = [(plan, step, said) for plan in plans for step in plan.steps for said in _said(step)]
    if not speaking:
        return {}
    heard: dict[_Heard, list[tuple[str, P.Trigger | None]]] = {}
    for plan in plans:
        heard.setdefault(("playbook", plan.playbook), []).append((plan.playbook, None))
        for trigger in plan.triggers:
            for what in _listens(trigger, subject):
                heard.setdefault(what, []).append((plan.playbook, trigger))
    moves = dict(_moves(subject))
    found: dict[str, list[Cause]] = {}
    for plan, step, (what, value, says) in speaking:
        met = [
            name
            for name, trigger in heard.get(what, ())
            if _may_meet(trigger, what[1], value, subject)
        ]
        moved = (("attribute", name) for name in sorted(moves.get(what, ())))
        met += [name for way in moved for name, _ in heard.get(way, ())]
        for target in dict.fromkeys(met):
            found.setdefault(plan.playbook, []).append(Cause(plan.playbook, step.id, target, says))
    return found


def _begins_once(plan: P.Plan) -> bool:
    return plan.again.rule == "never" and plan.per is None


def _may_meet(trigger: P.Trigger | None, name: str, value: Expr | None, subject: Subject) -> bool:
    """Tell whether a trigger may be met when an attribute gets a value; None is any."""
    match trigger, value:
        case P.OnCondition(condition), Constant(bool()):
            set_so = Compare("==", Attribute(name), value)
            return subject.together([(condition, TRUE), (set_so, TRUE)])
        case P.OnChange(_, old, new, ()), Constant():
            return old != value and (new is None or new == value or not isinstance(new, Constant))
        case P.OnStage(lifecycle, how, old, new), Constant(str() as stage) if how != "skips":
            kind = subject.project.vocabulary.attributes[lifecycle]
            leaves = held_by(stage, kind)
            left = old is not None and set(leaves) <= set(held_by(old, kind))
            return not left and (new is None or not set(leaves).isdisjoint(held_by(new, kind)))
        case _:
            return True


def _said(step: P.Step) -> Iterator[tuple[_Heard, Expr | None, str]]:
    match step.body:
        case P.Emit(event):
            yield ("event", event), None, f"emits `{event}`"
        case P.SetAttributes(values):
            for name, value in values:
                yield ("attribute", name), value, f"sets `{name}`"
        case P.Start(playbook):
            yield ("playbook", playbook), None, "starts"
        case _:
            return


def _listens(trigger: P.Trigger, subject: Subject) -> Iterator[_Heard]:
    """Yield what a trigger may be met by, also by way of signals."""
    name = getattr(trigger, "attribute", None)
    attributes = set(reads(trigger).attributes) | ({name} if isinstance(name, str) else set())
    events = set(reads(trigger).events)
    for one in attributes & subject.signals.keys():
        found = reads(subject.signals[one])
        attributes |= found.attributes
        events |= found.events
    yield from (("attribute", one) for one in sorted(attributes))
    yield from (("event", one) for one in sorted(events))


def _moves(subject: Subject) -> Iterator[tuple[_Heard, set[str]]]:
    """Yield by what rules of lifecycles move a customer, and in which of them."""
    found: dict[_Heard, set[str]] = {}
    for lifecycle in subject.project.lifecycles:
        for move in lifecycle.moves or ():
            if move.condition is None:
                continue
            asked = reads(move.condition)
            ways = [("attribute", name) for name in (*asked.attributes, stage_of(lifecycle.name))]
            for what in (*ways, *(("event", name) for name in asked.events)):
                found.setdefault(what, set()).add(stage_of(lifecycle.name))
    yield from found.items()


def knots(found: Causes) -> Iterator[tuple[str, ...]]:
    """Yield playbooks that may each begin all others of their group, by whatever way round."""
    reach = {name: reached_from(name, found) for name in found}
    told = set[str]()
    for name, others in reach.items():
        if name in others and name not in told:
            group = tuple(one for one in reach if one in others and name in reach[one])
            told.update(group)
            yield group


def reached_from(name: str, found: Causes) -> set[str]:
    """Return all playbooks that one may begin, by whatever way."""
    known, waiting = set[str](), [name]
    while waiting:
        for cause in found.get(waiting.pop(), ()):
            if cause.target not in known:
                known.add(cause.target)
                waiting.append(cause.target)
    return known


def circle(start: str, found: Causes) -> list[Cause] | None:
    """Return a shortest way from a playbook back to itself."""
    came: dict[str, Cause] = {}
    waiting = deque([start])
    while waiting:
        for cause in found.get(waiting.popleft(), ()):
            if cause.target in came:
                continue
            came[cause.target] = cause
            if cause.target == start:
                return _way_back(start, came)
            waiting.append(cause.target)
    return None


def _way_back(start: str, came: Mapping[str, Cause]) -> list[Cause]:
    path = [came[start]]
    while path[-1].source != start:
        path.append(came[path[-1].source])
    return path[::-1]
