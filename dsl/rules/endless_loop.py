"""Playbooks that trigger each other in a circle at one instant, without anything that ends it."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...engine.core.expr import Compare, Constant, Expr, ItemField
from ...engine.core.plan import (
    Do,
    Emit,
    OnChange,
    OnEvent,
    OnManual,
    Plan,
    SetAttributes,
    Start,
    Step,
)
from ...engine.core.vocabulary import Vocabulary
from ..diagnostics import Diagnostic, Label
from .graph import steps_of, targets
from .possible import TRUE, Goal, possible
from .rule import Rule, Subject

__all__ = ["RULE"]


@dataclass(frozen=True, slots=True)
class _Edge:
    """One playbook's step that triggers another."""

    source: str
    step: str
    target: str
    says: str
    attribute: str = ""
    """The attribute it sets, if that is how."""


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report one shortest circle through each playbook that is in none told before."""
    edges = _edges(subject)
    told = set[str]()
    for name in edges:
        circle = _circle(name, edges) if name not in told else None
        if circle is None:
            continue
        told |= {edge.source for edge in circle}
        if _constant_sets(circle, subject):
            continue
        places = [subject.places[edge.source].steps[edge.step] for edge in circle]
        path = " → ".join([*(f"`{edge.source}` {edge.says}" for edge in circle), f"`{name}`"])
        others = tuple(
            Label(place, f"then `{edge.source}` {edge.says}")
            for place, edge in zip(places[1:], circle[1:], strict=True)
        )
        hint = "end it with `again: never`, or an `if:` that is no longer true the second time"
        title = "these playbooks trigger each other for ever"
        if len(circle) == 1:
            title = "this playbook triggers itself for ever"
        yield rule.at(places[0], title, path, hint, others=others)


RULE = Rule("P404", _check)


def _edges(subject: Subject) -> Mapping[str, list[_Edge]]:
    """Return for each playbook that begins again and again what it certainly triggers."""
    words = subject.project.vocabulary
    plans = {plan.playbook: plan for plan in subject.project.plans if _restless(plan)}
    heard: dict[tuple[str, str], list[tuple[Plan, OnEvent | OnChange | OnManual]]] = {}
    for plan in plans.values():
        for trigger in plan.triggers:
            if isinstance(trigger, OnEvent):
                heard.setdefault(("event", trigger.what.event), []).append((plan, trigger))
            elif isinstance(trigger, OnChange) and not trigger.path and trigger.where is None:
                heard.setdefault(("attribute", trigger.attribute), []).append((plan, trigger))
        heard.setdefault(("playbook", plan.playbook), []).append((plan, OnManual()))
    return {
        name: [edge for step in _at_once(plan) for edge in _caused(plan, step, heard, words)]
        for name, plan in plans.items()
    }


def _restless(plan: Plan) -> bool:
    """Tell whether nothing keeps a playbook from beginning as often as it is triggered.

    A condition may end a circle, and so may a stop or what makes runs unique; where one stands,
    nothing is said.
    """
    free = plan.condition is None and plan.stop_when is None and plan.per is None
    return free and plan.again.rule == "always"


def _at_once(plan: Plan) -> Iterator[Step]:
    """Yield the steps that every run passes at the instant it begins, if it ends then, too.

    A run that waits skips what would begin it again, and what waits is no circle at one instant.
    """
    steps, passed = steps_of(plan), list[Step]()
    here = plan.first
    while here is not None:
        step = steps[here]
        following = targets(step)
        waits = not isinstance(step.body, Emit | SetAttributes | Start | Do)
        if isinstance(step.body, Do) and step.body.answer:
            waits = True
        timed = step.timing.after or step.timing.at is not None or step.timing.on is not None
        guarded = step.only_if is not None or step.unless is not None
        if waits or timed or guarded or len(following) != 1:
            if plan.while_running == "skip":
                return
            break
        passed.append(step)
        here = step.next
    yield from passed


_Heard = Mapping[tuple[str, str], list[tuple[Plan, OnEvent | OnChange | OnManual]]]


def _caused(plan: Plan, step: Step, heard: _Heard, words: Vocabulary) -> Iterator[_Edge]:
    match step.body:
        case Emit(event, properties):
            for other, trigger in heard.get(("event", event), ()):
                if isinstance(trigger, OnEvent) and _accepts(trigger, dict(properties), words):
                    yield _Edge(plan.playbook, step.id, other.playbook, f"emits `{event}`")
        case SetAttributes(values):
            for name, value in values:
                for other, trigger in heard.get(("attribute", name), ()):
                    if isinstance(trigger, OnChange) and _becomes(trigger, value):
                        says = f"sets `{name}`"
                        yield _Edge(plan.playbook, step.id, other.playbook, says, name)
        case Start(playbook):
            for other, _ in heard.get(("playbook", playbook), ()):
                yield _Edge(plan.playbook, step.id, other.playbook, "starts")
        case _:
            return


def _accepts(trigger: OnEvent, given: Mapping[str, Expr], words: Vocabulary) -> bool:
    """Tell whether an emitted event is surely one that a trigger waits for."""
    if trigger.what.where is None:
        return True
    goals: list[Goal] = []
    for name, value in given.items():
        if isinstance(value, Constant):
            goals.append((Compare("==", ItemField((name,)), value), TRUE))
    return not possible([*goals, (trigger.what.where, ~TRUE & 7)], words)


def _becomes(trigger: OnChange, value: Expr) -> bool:
    return trigger.old is None and (trigger.new is None or trigger.new == value)


def _circle(start: str, edges: Mapping[str, list[_Edge]]) -> list[_Edge] | None:
    """Return a shortest way from a playbook back to itself."""
    came: dict[str, _Edge] = {}
    waiting = deque([start])
    while waiting:
        for edge in edges[waiting.popleft()]:
            if edge.target in came:
                continue
            came[edge.target] = edge
            if edge.target == start:
                return _way_back(start, came)
            waiting.append(edge.target)
    return None


def _way_back(start: str, came: Mapping[str, _Edge]) -> list[_Edge]:
    path = [came[start]]
    while path[-1].source != start:
        path.append(came[path[-1].source])
    return path[::-1]


def _constant_sets(circle: list[_Edge], subject: Subject) -> bool:
    """Tell whether an attribute on the way may come to rest: what is set to what it is, is no change.

    It never does where the circle writes two values into it, one after the other.
    """
    plans = {plan.playbook: plan for plan in subject.project.plans}
    written: dict[str, list[Expr]] = {}
    for edge in circle:
        for step in _at_once(plans[edge.source]):
            for name, value in step.body.values if isinstance(step.body, SetAttributes) else ():
                written.setdefault(name, []).append(value)
    used = {edge.attribute for edge in circle if edge.attribute}
    return any(not _alternates(written[name]) for name in used)


def _alternates(values: list[Expr]) -> bool:
    """Tell whether each value written differs from the one before, around the circle."""
    if not all(isinstance(value, Constant) for value in values):
        return False
    return all(value != values[number - 1] for number, value in enumerate(values))
