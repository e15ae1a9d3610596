"""A compiled playbook written out as a rule line, or what of it cannot be said in one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..engine.core import plan as P
from ..engine.core.codec import digest
from ..engine.core.expr import Constant, Expr, Joined, ListOf, Missing, RecordOf, TextOf
from ..engine.core.lifecycles import LIFECYCLE, lifecycle_of, the_stage
from ..engine.core.origin import NOWHERE
from ..engine.core.say import say, say_happening, say_records
from ..engine.core.spell import say_name, say_stage, say_text
from ..engine.core.vocabulary import Vocabulary
from ..engine.core.ways import Nested, nested
from .diagnostics import Report
from .document import Scalar
from .known import Known
from .plain import plain
from .playbooks import from_line
from .rule_layout import format_rules
from .syntax import LONGEST
from .writing import say_goal, say_percent, say_timing, trigger_of

__all__ = ["Unsaid", "as_rule"]

_SPOKEN: Final = (P.OnEvent, P.OnChange, P.OnStage, P.OnRecord, P.OnSequence, P.OnManual)
"""Triggers that read better with an `on` before them."""


class Unsaid(Exception):  # noqa: N818 - it is an answer about a playbook, not a fault
    """What a rule line has no words for; `step` is the id of the step it is about, if it is one."""

    def __init__(self, why: str, step: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.step = step


def as_rule(plan: P.Plan, known: Known) -> str:
    """Return a playbook as a rule line in its canonical layout, which compiles to the same plan.

    Raises Unsaid with the first thing that only YAML can say.
    """
    line = "".join(_line(plan, known))
    if len(line) > LONGEST:
        raise Unsaid(f"it is longer than the {LONGEST:,} characters of a line")
    read = from_line(Scalar(line, NOWHERE), replace(known, named=[]), Report())
    if read is None or digest(read[0]) != digest(plan):
        raise Unsaid("its texts cannot stand in one line")
    return format_rules(line).rstrip("\n")


def _line(plan: P.Plan, known: Known) -> Iterator[str]:
    if len(plan.triggers) != 1:
        raise Unsaid("it has several triggers")
    if plan.limits:
        raise Unsaid("it has `limits:` of its own")
    (trigger,) = plan.triggers
    spoken = "on " if isinstance(trigger, _SPOKEN) else ""
    yield f"{say_name(plan.playbook)}: {spoken}{trigger_of(trigger, known.vocabulary)}"
    if plan.condition is not None:
        yield f" if {say(plan.condition)}"
    numbers: dict[str, int] = {}
    for one in nested(plan):
        yield f" -> {_step(one, numbers, known)}"
    yield from (f"; {option}" for option in _options(plan))


def _options(plan: P.Plan) -> Iterator[str]:
    for key, text in (("title", plan.title), ("owner", plan.owner)):
        if text:
            yield f"{key} {say_text(text)}"
    if plan.per is not None:
        yield f"per {say(plan.per)}"
    if plan.again != P.Again():
        yield f"again {f'after {plan.again.duration}' if plan.again.duration else plan.again.rule}"
    defaults = P.Plan("", (), (), None)
    for key in ("while running", "late", "existing", "in flight"):
        word = getattr(plan, key.replace(" ", "_"))
        if word != getattr(defaults, key.replace(" ", "_")):
            yield f"{key} {word}"
    if plan.holdout:
        yield f"holdout {say_percent(plan.holdout)}"
    if plan.priority:
        yield f"priority {plan.priority}"
    if plan.held_up_to is not None:
        yield f"held back wait up to {plan.held_up_to}"
    if plan.stop_when is not None:
        yield f"stop when {say(plan.stop_when, in_run=True)}"
    if plan.goal is not None:
        yield f"goal {say_goal(plan)}"


# --- steps --------------------------------------------------------------------------------------


def _step(one: Nested, numbers: dict[str, int], known: Known) -> str:
    """Spell a step, with its id where that is not the one it would be given."""
    step = one.step
    if isinstance(step.body, P.Repeat):
        return _repeated(one, step.body, numbers, known)
    verb, name = _verb(one, known)
    return _labelled(step, name, numbers) + " ".join([verb, *_clauses(step)])


def _repeated(one: Nested, body: P.Repeat, numbers: dict[str, int], known: Known) -> str:
    inside = one.arms[0][1] if one.arms else ()
    step = one.step
    if len(inside) != 1 or inside[0].step.timing != P.Timing() or (step.only_if or step.unless):
        raise Unsaid("it repeats more than one action", step.id)
    if _labelled(step, "repeat", numbers):
        raise Unsaid("a `repeat:` has an id of its own", step.id)
    until = f" until {say(body.until, in_run=True)}" if body.until is not None else ""
    often = f"every {body.every} up to {body.most} time{'s' * (body.most != 1)}{until}"
    said = _step(inside[0], numbers, known)
    return " ".join([said, *_timed(step.timing), often])


def _labelled(step: P.Step, name: str, numbers: dict[str, int]) -> str:
    numbers[name] = numbers.get(name, 0) + 1
    return "" if step.id == f"{name}-{numbers[name]}" else f"{say_name(step.id)}: "


def _clauses(step: P.Step) -> Iterator[str]:
    body = step.body
    if isinstance(body, P.Do):
        if body.each is not None:
            yield f"for each {say_records(body.each)}"
        if body.answer:
            yield f"as {say_name(body.answer)}"
        if body.up_to is not None:
            yield f"up to {body.up_to}"
    yield from _timed(step.timing)
    if step.only_if is not None:
        yield f"if {say(step.only_if)}"
    if step.unless is not None:
        yield f"unless {say(step.unless)}"


def _timed(timing: P.Timing) -> Iterator[str]:
    for key, value in say_timing(timing).items():
        if value:
            yield f"{key} {say_text(str(value)) if key == 'in zone' else value}"


def _verb(one: Nested, known: Known) -> tuple[str, str]:
    """Spell what a step does, and say what it is called when it has no id."""
    step = one.step
    match step.body:
        case P.Do() as body:
            return _action(step, body, known), body.action
        case P.Wait(duration):
            return (f"wait {duration}" if duration else "wait"), "wait"
        case P.WaitFor(what, up_to):
            return f"wait for {say_happening(what)} {_within(one, up_to)}", "wait-for"
        case P.WaitUntil(condition, up_to):
            said = say(condition, in_run=True)
            return f"wait until {said} {_within(one, up_to)}", "wait-until"
        case P.SetAttributes(values) if any(lifecycle_of(name) for name, _ in values):
            return _moved(step, values, known.vocabulary), "move"
        case P.SetAttributes(values):
            return f"set {', '.join(_given(step, *pair) for pair in values)}", "set"
        case P.Emit(event, ()):
            return f"emit {say_name(event)}", "emit"
        case P.Start(playbook, ()):
            return f"start {say_name(playbook)}", "start"
        case P.Emit() | P.Start():
            raise Unsaid("it gives properties along", step.id)
        case P.Cancel(playbook):
            return f"cancel {say_name(playbook)}", "cancel"
        case P.Stop(reason):
            return f"stop {say_text(reason)}" if reason else "stop", "stop"
        case _:
            raise Unsaid("it branches", step.id)


def _action(step: P.Step, body: P.Do, known: Known) -> str:
    """Spell the name of an action, which has to be given what was declared, and nothing more."""
    declared = known.action(body.action)
    words = declared.words if declared is not None else ()
    if {key.value: plain(value) for key, value in words} != dict(body.args):
        raise Unsaid("it has a `with:` of its own; declare an action for it", step.id)
    return say_name(body.action)


def _within(one: Nested, up_to: object) -> str:
    if up_to is None:
        raise Unsaid("it waits without an end", one.step.id)
    if any(steps for _, steps in one.arms):
        raise Unsaid("it has a `then:` or an `else:`", one.step.id)
    return f"up to {up_to}"


def _moved(step: P.Step, values: tuple[tuple[str, Expr], ...], words: Vocabulary) -> str:
    (name, stage), *others = values
    if others or not isinstance(stage, Constant):
        raise Unsaid("it moves in several lifecycles", step.id)
    lifecycle = lifecycle_of(name) or LIFECYCLE
    of = "" if name == the_stage(words.attributes) else f" of {say_name(lifecycle)}"
    return f"move to stage {say_stage(stage.value)}{of}"


def _given(step: P.Step, name: str, value: Expr) -> str:
    match value:
        case Missing():
            return f"{say_name(name)} to missing"
        case TextOf() | Joined() | ListOf() | RecordOf():
            raise Unsaid("it puts a value together", step.id)
        case _:
            return f"{say_name(name)} to {say(value)}"
