"""A playbook, as YAML or as a rule line, to its plan: two ways to write, one meaning."""

import re
from collections.abc import Mapping as ByName
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..engine.core.expr import Constant, Expr, Pairs, Records
from ..engine.core.given import given_by_any
from ..engine.core.origin import Span
from ..engine.core.plan import (
    Again,
    Body,
    Cancel,
    Emit,
    OnChange,
    OnCondition,
    OnCrossing,
    OnDate,
    OnEvent,
    OnManual,
    OnRecord,
    OnSchedule,
    OnSequence,
    OnStage,
    Plan,
    SetAttributes,
    Start,
    Stop,
    Timing,
    Trigger,
    Wait,
    WaitFor,
    WaitUntil,
)
from ..engine.core.say import say
from ..engine.core.shares import WHOLE
from ..engine.core.vocabulary import Vocabulary
from . import answers, conditions
from .addressing import lacks_each, one_answer
from .diagnostics import Report
from .document import Mapping, Scalar
from .flow import Draft, flatten
from .impossible import check_target, check_trigger
from .keys import ABOUT, SECTIONS
from .known import Known
from .limits import held_back, playbook_limits
from .logic import condition
from .missing import known_by
from .rule_lines import RuleLine, rule
from .rule_steps import RuleStep
from .rules.rule import Place
from .scope import Scope
from .shapes import chosen, known_keys, list_of, missing_key, text_of, whole_number
from .shares import percent
from .steps import Reader, action_of, texts_of
from .unique import check_per

__all__ = ["from_line", "from_mapping", "started_by"]

_INSTEAD: Final = {
    "when": "on: when …",
    "every": "on: every …",
    "trigger": "on:",
    "do": "steps: [{do: …}]",
    "then": "steps:",
    "name": "playbook:",
}
_SLUG: Final = re.compile(r"[^a-z0-9]+")


def from_mapping(node: Mapping, known: Known, report: Report) -> tuple[Plan, Place] | None:
    """Compile a playbook of a YAML document; return its plan and where it was written."""
    known_keys(node, "a playbook", (*ABOUT, *SECTIONS), report, instead=_INSTEAD)
    name_node = node.get("playbook")
    if name_node is None:
        missing_key(node, "a playbook", "playbook", report, "give it an id: `playbook: welcome`")
    name = text_of(name_node, "`playbook:`", report) if name_node is not None else None
    if name is not None and not name.value.strip():
        report.error("S111", name.span, "`playbook:` has no name", "nothing between the quotes")
        name = None
    triggers, complete = _triggers(node, known, report)
    # Where a trigger could not be read, nobody knows which properties its event has.
    outer, report = report, Report()
    scope = started_by(triggers, known.vocabulary)
    steps_node = node.get("steps")
    begins = _condition(node, "if", scope, report)
    held = [one.condition for one in triggers if isinstance(one, OnCondition)]
    own = replace(
        scope,
        answers=tuple(dict.fromkeys(answers.names_in(steps_node))),
        asked=known_by(begins, *(held if len(triggers) == 1 else ())),
    )
    if steps_node is None:
        missing_key(node, "a playbook", "steps", report, "as in `steps: [{do: welcome}]`")
    reader = Reader(known, own, report)
    drafts = reader.steps(steps_node, "`steps:`", "nothing is done") if steps_node else ()
    steps, written = flatten(drafts, report)
    plan = Plan(
        playbook=name.value if name is not None else "",
        triggers=triggers,
        steps=steps,
        first=steps[0].id if steps else None,
        condition=begins,
        **_ruled(node, scope, own, report),  # type: ignore[arg-type]  # each as its reader made it
        **_described(node, report),  # type: ignore[arg-type]  # each word was checked
        **_limited(node, known, report),  # type: ignore[arg-type]  # as above
    )
    if plan.per is not None:
        check_per(plan.per, triggers, known.vocabulary, report)
    outer.found += (note for note in report.found if complete or note.code != "N106")
    outer.mentions += report.mentions
    if name is not None:
        outer.mention("playbook", name.value, name.span, declares=True)
    if name is None:
        return None
    return plan, _place(name.span, written, late=node.get("late") is not None)


def from_line(text: Scalar, known: Known, report: Report) -> tuple[Plan, Place] | None:
    """Compile a rule line; return its plan and where it was written."""
    line = rule(text, Scope(known.vocabulary), report)
    if line is None:
        return None
    check_trigger(line.trigger, text.span, known.lifecycles, known.vocabulary, report)
    scope = Scope(known.vocabulary)
    drafts = [_draft(step, known, scope, report) for step in line.steps]
    steps, written = flatten(tuple(draft for draft in drafts if draft is not None), report)
    if line.name is not None:
        report.mention("playbook", line.name.value, line.name.span, declares=True)
    options = line.options
    plan = Plan(
        playbook=line.name.value if line.name is not None else _invented(line, report),
        triggers=(line.trigger,),
        steps=steps,
        first=steps[0].id if steps else None,
        condition=line.condition,
        stop_when=options.stop_when,
        again=options.again or Again(),
        while_running=options.while_running or "skip",
        per=options.per,
        late=options.late or "skip",
        in_flight=options.in_flight or "follow",
        existing=options.existing or "ignore",
        goal=options.goal,
        goal_within=options.goal_within,
        holdout=options.holdout or 0,
        title=options.title or "",
        owner=options.owner or "",
        priority=options.priority or 0,
        held_up_to=options.held_up_to,
    )
    place = line.name.span if line.name is not None else text.span
    return plan, _place(place, written, late=options.late is not None)


def _place(name: Span, written: ByName[str, Draft], *, late: bool) -> Place:
    """Return where a playbook was written, with what its plan does not keep of it."""
    texts = {step: draft.texts for step, draft in written.items() if draft.texts}
    return Place(name, {step: draft.span for step, draft in written.items()}, texts, late)


def started_by(triggers: Sequence[Trigger], vocabulary: Vocabulary) -> Scope:
    """Return what names stand for in a run that any of these starts."""
    events = tuple(trigger.what.event for trigger in triggers if isinstance(trigger, OnEvent))
    others = [trigger for trigger in triggers if not isinstance(trigger, OnEvent)]
    given = given_by_any(others, vocabulary)
    return Scope(vocabulary, trigger_event=events or None, has_trigger=True, given=given)


def _triggers(node: Mapping, known: Known, report: Report) -> tuple[tuple[Trigger, ...], bool]:
    """Return what starts a playbook, and whether all of it could be read."""
    on = node.get("on")
    if on is None:
        missing_key(node, "a playbook", "on", report, "say what starts it, as in `on: go-live`")
        return (), False
    scope = Scope(known.vocabulary)
    found: list[Trigger] = []
    items = list_of(on, "`on:`", report, "nothing starts it")
    for item in items:
        text = text_of(item, "a trigger", report)
        trigger = conditions.trigger(text, scope, report) if text is not None else None
        if trigger is not None and text is not None:
            check_trigger(trigger, text.span, known.lifecycles, known.vocabulary, report)
            if trigger in found:
                title, hint = "this trigger stands here twice", "leave one of them"
                report.warn("L103", text.span, title, "written before", hint)
            found.append(trigger)
    return tuple(found), len(found) == len(items)


def _ruled(node: Mapping, scope: Scope, own: Scope, report: Report) -> dict[str, object]:
    """Return what decides when a run begins, ends and begins again; `own` knows its answers too."""
    again, per, goal = (_text(node, key, report) for key in ("again", "per", "goal"))
    since = replace(scope, window="since trigger") if goal is not None else scope
    aim = conditions.goal(goal, since, report) if goal is not None else None
    return {
        "stop_when": _condition(node, "stop when", replace(own, window="since trigger"), report),
        "again": (conditions.again(again, report) if again is not None else None) or Again(),
        "per": conditions.value(per, scope, report) if per is not None else None,
        "goal": aim[0] if aim is not None else None,
        "goal_within": aim[1] if aim is not None else None,
    }


def _limited(node: Mapping, known: Known, report: Report) -> dict[str, object]:
    """Return the playbook's own limits, and how long a limit may hold its actions back."""
    limits, held = node.get("limits"), _text(node, "held back", report)
    return {
        "limits": playbook_limits(limits, known, report) if limits is not None else (),
        "held_up_to": held_back(held, report) if held is not None else None,
    }


def _described(node: Mapping, report: Report) -> dict[str, object]:
    """Return what is a word, a number or only for people."""
    found: dict[str, object] = {}
    for key in ("title", "owner"):
        text = _text(node, key, report)
        if text is not None:
            found[key] = text.value
    for key, one in ABOUT.items():
        value = node.get(key) if one.words else None
        word = chosen(value, key, one.words, report) if value is not None else None
        if word is not None:
            found[key.replace(" ", "_")] = word
    held = _text(node, "holdout", report)
    if held is not None:
        found["holdout"] = percent(held, report) or 0
        if found["holdout"] == WHOLE:
            title = "a holdout of 100% leaves nobody for whom anything is done"
            report.warn("P130", held.span, title, "everybody", "leave some, as in `10%`")
    number = node.get("priority")
    if number is not None:
        found["priority"] = whole_number(number, "priority", report) or 0
    return found


def _condition(node: Mapping, key: str, scope: Scope, report: Report) -> Expr | None:
    value = node.get(key)
    return condition(value, key, scope, report) if value is not None else None


def _text(node: Mapping, key: str, report: Report) -> Scalar | None:
    value = node.get(key)
    return text_of(value, f"`{key}:`", report) if value is not None else None


def _draft(step: RuleStep, known: Known, scope: Scope, report: Report) -> Draft | None:
    body: Body | None = None
    name = step.kind.replace(" ", "-")
    match step:
        case RuleStep(kind="do", action=Scalar() as action):
            do = action_of(action, None, known, report)
            name = do.action if do is not None else ""
            if do is not None and step.each is None:
                lacks_each(action, do, known, report)
            if do is not None:
                do = replace(do, each=step.each)
            if do is not None and step.answer is not None:
                named = answers.check_name(step.answer, do.kind, scope, report)
                do = replace(do, answer=step.answer.value if named else "", up_to=step.up_to)
                one_answer(do, step.answer, report)
            body = do
        case RuleStep(kind="stop"):
            body = Stop(step.action.value if step.action is not None else "")
        case RuleStep(kind="set", values=values) if values:
            body = SetAttributes(values)
        case RuleStep(kind="emit", event=str() as event):
            body = Emit(event, ())
        case RuleStep(kind="start" | "cancel" as kind, action=Scalar() as other):
            known.named.append(other)
            report.mention("playbook", other.value, other.span)
            body = Start(other.value) if kind == "start" else Cancel(other.value)
        case RuleStep(kind="move", stage=(attribute, stage)):
            check_target(attribute, stage, step.span, known.lifecycles, known.vocabulary, report)
            body = SetAttributes(((attribute, Constant(stage, span=step.span)),))
        case RuleStep(kind="wait"):
            body = Wait(step.duration)
        case RuleStep(what=what) if what is not None:
            body = WaitFor(what, step.duration, None, None)
        case RuleStep(condition=condition) if condition is not None:
            body = WaitUntil(condition, step.duration, None, None)
        case _:  # Already reported where it was read.
            pass
    if body is None:
        return None
    if step.up_to is not None and step.answer is None:
        hint = "only an answer with a name is waited for: `as credit up to 1 day`"
        report.error("P102", step.span, "`up to` needs `as`", "which answer?", hint)
    timing = Timing(step.after, step.at, step.on, step.zone)
    known.check_best(timing, step.span, report)
    arms = ((), ()) if isinstance(body, WaitFor | WaitUntil) else ()
    texts = texts_of(step.action, None, known) if step.kind == "do" and step.action else ()
    given = (step.only_if, step.unless, texts, arms)
    if step.repeat is None:
        return Draft(body, name, step.span, step.id, timing, *given)
    inside = Draft(body, name, step.span, step.id, Timing(), *given)
    return Draft(step.repeat, "repeat", step.span, timing=timing, arms=((inside,),))


def _invented(line: RuleLine, report: Report) -> str:
    """Name a line after its trigger and actions, and recommend to name it."""
    parts = [_subject(line.trigger)]
    parts += [step.action.value for step in line.steps if step.action is not None]
    name = _SLUG.sub("-", "-".join(parts).casefold()).strip("-")
    hint = f"begin the line with a name: `{name}: …`"
    report.warn("L101", line.span, "this rule has no name", f"called `{name}` for now", hint)
    return name


def _subject(trigger: Trigger) -> str:
    match trigger:
        case OnEvent(what):
            return what.event
        case OnChange(attribute):
            return f"{attribute}-changes"
        case OnStage(attribute, how):
            return f"{attribute.removesuffix(' of customer')}-{how}"
        case OnDate(attribute):
            return attribute
        case OnRecord(Records(of), side):
            return f"{say(of)}-{side}-one"
        case OnSequence(Pairs(first, then), without):
            return f"{first.event}-{'without' if without else 'then'}-{then.event}"
        case OnCrossing():
            return "crossing"
        case OnCondition():
            return "when"
        case OnSchedule():
            return "every"
        case OnManual():
            return "manual"
