"""Actions that a promise forbids all along the way to them, so that the engine always refuses them."""

from collections.abc import Iterator

from ...engine.core import plan as P
from ...engine.core.expr import And, Compare, Constant, Count, Expr, Has, SinceEvent
from ...engine.core.plan_limits import Never
from ...engine.core.reads import Reads, nodes, reads
from ...engine.core.say import say
from ...engine.core.say_trigger import say_trigger
from ..diagnostics import Diagnostic, Label
from ..promises import promised, settled
from .given import at_trigger
from .known_at import Known, at_first, looks
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Rule, Subject
from .word_never_given import is_about

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report actions on ways on which a promise is certainly broken, or was when the run began."""
    for plan in subject.project.plans if subject.project.never else ():
        for never in subject.project.never:
            told = set[str]()
            for step, when in (*_at_once(plan, never, subject), *_later(plan, never, subject)):
                if step.id not in told:
                    told.add(step.id)
                    yield _told(rule, plan, step, never, when, subject)


RULE = Rule("P416", _check)


def _at_once(plan: P.Plan, never: Never, subject: Subject) -> Iterator[tuple[P.Step, str]]:
    """Yield the actions that are forbidden by what is known at the instant they are come to."""
    for look in looks(plan, subject):
        body = look.step.body
        if look.word == "do" and isinstance(body, P.Do):
            known = (*look.known, *_nothing_since(plan, look.known, never, subject))
            if _broken(never, body, known, subject):
                yield look.step, "always"


def _later(plan: P.Plan, never: Never, subject: Subject) -> Iterator[tuple[P.Step, str]]:
    """Yield the actions that were forbidden when the run began, and nothing asks since."""
    if never.condition is None or reads(never.condition).time or _touched(plan, never):
        return
    known = at_first(plan, subject)
    known = (*known, *_nothing_since(plan, known, never, subject))
    for step in plan.steps if known else ():
        if isinstance(step.body, P.Do) and _broken(never, step.body, known, subject):
            yield step, "still"


def _broken(never: Never, body: P.Do, known: Known, subject: Subject) -> bool:
    """Tell whether a promise certainly forbids an action, as far as is known."""
    if not is_about(never, body, subject.project):
        return False
    body = promised(body, subject.project.templates)
    parts: tuple[Expr, ...] = ()
    if never.condition is not None:
        parts = never.condition.items if isinstance(never.condition, And) else (never.condition,)
    open_parts = [part for part in parts if settled(part, body) is not True]
    if any(subject.allows(known, (part, FALSE | UNKNOWN)) for part in open_parts):
        return False
    if never.unless is None or settled(never.unless, body) in (False, None):
        return bool(open_parts)
    return not subject.allows(known, (never.unless, TRUE))


def _nothing_since(plan: P.Plan, known: Known, never: Never, subject: Subject) -> Iterator[Goal]:
    """Yield that nothing has happened since the event that begins a run, at that very instant."""
    triggers = plan.triggers
    if len(triggers) != 1 or not isinstance(triggers[0], P.OnEvent) or never.condition is None:
        return
    if not all(goal in known for goal in at_trigger(triggers[0], subject)):
        return  # Time has passed, or something else may have begun it.
    began = SinceEvent(triggers[0].what.event)
    for node in nodes(never.condition):
        match node:
            case Has(what, window) if window == began and what.event not in subject.emitted:
                yield node, FALSE
            case Count(what, window) if window == began and what.event not in subject.emitted:
                yield Compare("==", node, Constant(0)), TRUE
            case _:
                pass  # It does not look back to that event.


def _touched(plan: P.Plan, never: Never) -> bool:
    """Tell whether a playbook asks, awaits or changes anything that a promise is about."""
    about = _names(reads(never.condition)) if never.condition is not None else set[str]()
    found = {name for step in plan.steps for name in _names(reads(step))}
    found |= _names(reads(plan.stop_when)) if plan.stop_when is not None else set()
    for step in plan.steps:
        match step.body:
            case P.SetAttributes(values):
                found |= {name for name, _ in values}
            case P.Emit(event):
                found.add(event)
            case _:
                pass  # It changes nothing that could be asked.
    return not about.isdisjoint(found)


def _names(found: Reads) -> set[str]:
    return {*found.attributes, *found.events}


def _told(
    rule: Rule, plan: P.Plan, step: P.Step, never: Never, when: str, subject: Subject
) -> Diagnostic:
    body = step.body
    assert isinstance(body, P.Do)  # noqa: S101 - only actions are looked at
    on = " or ".join(f"`{say_trigger(trigger)}`" for trigger in plan.triggers)
    promise = say(never.condition) if never.condition is not None else "always"
    title = f"`{body.action}` is refused on this way: a promise forbids it"
    label = f"never where `{promise}`, which holds here"
    hint = "ask for it on the way, or say in `never:` what is meant with `unless:`"
    if when == "still":
        title = f"`{body.action}` is refused on this way where nothing changes on it"
        label = f"never where `{promise}`, which holds on {on}"
        hint = "ask for it again behind the wait: `wait until:`, an `if:` or `stop when:`"
    others = () if never.condition is None else (Label(never.condition.span, "the promise"),)
    return rule.at(subject.places[plan.playbook].steps[step.id], title, label, hint, others=others)
