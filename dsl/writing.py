"""A compiled playbook written out again: as YAML, whatever it was written as."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..engine.core import plan as P
from ..engine.core.duration import Duration
from ..engine.core.expr import (
    Constant,
    DayOf,
    DurationOf,
    Expr,
    Joined,
    ListOf,
    Missing,
    RecordOf,
    TextOf,
)
from ..engine.core.instant import iso
from ..engine.core.lifecycles import lifecycle_of, the_stage
from ..engine.core.plan_days import BestHour
from ..engine.core.plan_limits import Limit
from ..engine.core.say import say, say_happening, say_records
from ..engine.core.say_trigger import say_trigger
from ..engine.core.spell import WEEKDAYS, say_clock, say_name
from ..engine.core.vocabulary import Type, Vocabulary
from ..engine.core.ways import Nested, nested
from .written import Text, Written, as_document

__all__ = ["as_yaml", "data", "say_goal", "say_percent", "say_timing", "trigger_of"]

_WORDS: Final = ("text", "one of", "timezone", "calendar", "list", "record")
"""Types whose values stand for themselves; what is computed stands in a template."""


def as_yaml(plan: P.Plan, words: Vocabulary) -> str:
    """Return a playbook as a YAML document, in the layout of all documents."""
    return as_document(_playbook(plan, words))


def _playbook(plan: P.Plan, words: Vocabulary) -> dict[str, Written]:
    begins: list[Written] = [trigger_of(trigger, words) for trigger in plan.triggers]
    found: dict[str, Written] = {
        "playbook": Text(plan.playbook),
        "title": Text(plan.title),
        "owner": Text(plan.owner),
        "on": begins[0] if len(begins) == 1 else begins,
        "if": _said(plan.condition),
        "per": _said(plan.per),
        "again": _again(plan.again),
        "while running": _unless(plan.while_running, "skip"),
        "late": _unless(plan.late, "skip"),
        "existing": _unless(plan.existing, "ignore"),
        "in flight": _unless(plan.in_flight, "follow"),
        "holdout": say_percent(plan.holdout) if plan.holdout else "",
        "priority": plan.priority or "",
        "held back": f"wait up to {plan.held_up_to}" if plan.held_up_to else "",
        "limits": _limits(plan.limits),
        "steps": _steps(nested(plan), words),
        "stop when": _said(plan.stop_when, in_run=True),
        "goal": say_goal(plan),
    }
    return {key: value for key, value in found.items() if value not in ("", {}) or key == "on"}


def trigger_of(trigger: P.Trigger, words: Vocabulary) -> str:
    """Spell a trigger, telling an event from an attribute of the same name."""
    said = say_trigger(trigger)
    match trigger:
        case P.OnEvent(what) if what.event in words.attributes:
            return f"event {said}"
        case P.OnDate(attribute) if attribute in words.events:
            name = say_name(attribute)
            return f"{said.removesuffix(name)}attribute {name}"
        case _:
            return said


def _said(expr: Expr | None, *, in_run: bool = False) -> str:
    return "" if expr is None else say(expr, in_run=in_run)


def _unless(word: str, default: str) -> str:
    return "" if word == default else word


def _again(again: P.Again) -> str:
    if again.duration is not None:
        return f"after {again.duration}"
    return _unless(again.rule, "always")


def say_goal(plan: P.Plan) -> str:
    """Spell a goal with the time it has; an empty text without one."""
    within = f" within {plan.goal_within}" if plan.goal_within else ""
    return f"{say(plan.goal, in_run=True)}{within}" if plan.goal is not None else ""


def say_percent(share: int) -> str:
    """Spell a share, given in hundredths of a percent: `12.5%`."""
    return f"{share / 100:g}%"


# --- limits -------------------------------------------------------------------------------------


def _limits(limits: Iterable[Limit]) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for limit in limits:
        if limit.target.reach == "all":
            return _limit(limit)
        found[limit.target.name] = _limit(limit)
    return found


def _limit(limit: Limit) -> dict[str, Written]:
    caps: list[Written] = [f"{cap.most} per {cap.duration}" for cap in limit.caps]
    quiet = limit.quiet
    consents: dict[str, Written] = {one.purpose: one.attribute for one in limit.consents}
    digest = limit.digest
    found: dict[str, Written] = {
        "at most": caps[0] if len(caps) == 1 else caps or "",
        "per": _unless(limit.per, "customer"),
        "quiet hours": "" if quiet is None else f"{say_clock(quiet[0])}-{say_clock(quiet[1])}",
        "on": _days(limit.on),
        "needs consent": consents.get("", "") or consents or "",
        "except purpose": "" if limit.exempt == ("service",) else [Text(e) for e in limit.exempt],
    }
    if digest is not None:
        inner: dict[str, Written] = {
            "every": str(digest.duration or ""),
            "at": "" if digest.at is None else say_clock(digest.at),
            "do": Text(digest.action),
            "with": data(digest.args),
        }
        found["digest"] = {key: value for key, value in inner.items() if value not in ("", {})}
    return {key: value for key, value in found.items() if value != ""}


def _days(days: tuple[int, ...] | str | None) -> str:
    if days is None or isinstance(days, str):
        return days or ""
    return ", ".join(WEEKDAYS[day] for day in days)


# --- steps --------------------------------------------------------------------------------------


def _steps(steps: tuple[Nested, ...], words: Vocabulary) -> list[Written]:
    return [_step(one, words) for one in steps]


def _step(one: Nested, words: Vocabulary) -> dict[str, Written]:
    step = one.step
    found = _body(one, words)
    common: dict[str, Written] = {
        "id": Text(step.id),
        "if": _said(step.only_if),
        "unless": _said(step.unless),
        **say_timing(step.timing),
    }
    return found | {key: value for key, value in common.items() if value != ""}


def say_timing(timing: P.Timing) -> dict[str, Written]:
    """Return when a step is planned, as its keys have it; empty texts where nothing is said."""
    return {
        "after": str(timing.after or ""),
        "at": _hour(timing.at),
        "on": _days(timing.on),
        "in zone": timing.zone or "",
    }


def _hour(at: int | BestHour | None) -> str:
    match at:
        case None:
            return ""
        case int():
            return say_clock(at)
        case BestHour(within, otherwise):
            inside = f" within {say_clock(within[0])}-{say_clock(within[1])}" if within else ""
            fallback = "" if otherwise is None else f" else {say_clock(otherwise)}"
            return f"best hour{inside}{fallback}"


def _body(one: Nested, words: Vocabulary) -> dict[str, Written]:
    arms = {name: _steps(arm, words) for name, arm in one.named()}
    ways = list(arms.values())
    match one.step.body:
        case P.Wait(duration):
            return {"wait": str(duration) if duration else None}
        case P.WaitFor(what, up_to):
            return {"wait for": say_happening(what), **_waited(up_to, ways)}
        case P.WaitUntil(condition, up_to):
            return {"wait until": say(condition, in_run=True), **_waited(up_to, ways)}
        case P.Do() as body:
            return _do(body)
        case P.Choose(branches):
            chosen: list[Written] = [
                {"if": say(branch.condition), "steps": steps}
                for branch, steps in zip(branches, ways, strict=False)
            ]
            return {"choose": chosen, **({"otherwise": ways[-1]} if ways[-1] else {})}
        case P.Split(parts):
            shares = zip(parts, ways, strict=True)
            return {
                "split": {part.name: {"share": say_percent(part.share), "steps": steps}
                          for part, steps in shares}
            }  # fmt: skip
        case P.Ask(question, of, up_to, answers):
            given: dict[str, Written] = {
                answer.name: steps for answer, steps in zip(answers, ways, strict=False)
            }
            asked: dict[str, Written] = {"ask": Text(question), **({"of": Text(of)} if of else {})}
            return {**asked, **_waited(up_to, [[], ways[-1] if up_to else []]), **given}
        case P.Repeat(every, most, until):
            inner: dict[str, Written] = {
                "every": str(every),
                "up to": f"{most} time{'s' * (most != 1)}",
                "until": _said(until, in_run=True),
                "steps": ways[0],
            }
            return {"repeat": {key: value for key, value in inner.items() if value != ""}}
        case P.SetAttributes(values) if any(lifecycle_of(name) for name, _ in values):
            return {"move to stage": _stages(values, words)}
        case P.SetAttributes(values):
            types = words.attributes
            return {"set": {name: value_of(value, types.get(name)) for name, value in values}}
        case P.Emit(event, properties):
            return {"emit": _named(event, properties, words.events.get(event, {}))}
        case P.Start(playbook, properties):
            kinds = {name: kind for event in words.events.values() for name, kind in event.items()}
            return {"start": _named(playbook, properties, kinds)}
        case P.Cancel(playbook):
            return {"cancel": Text(playbook)}
        case P.Stop(reason):
            return {"stop": Text(reason) if reason else None}


def _stages(values: tuple[tuple[str, Expr], ...], words: Vocabulary) -> Written:
    """Return the stages to move to: one alone, or by lifecycle."""
    moves = {str(lifecycle_of(name)): value_of(value, None) for name, value in values}
    alone = len(values) == 1 and values[0][0] == the_stage(words.attributes)
    return next(iter(moves.values())) if alone else moves


def _waited(up_to: Duration | None, ways: list[list[Written]]) -> dict[str, Written]:
    found: dict[str, Written] = {"up to": str(up_to)} if up_to else {}
    found |= {"then": ways[0]} if ways and ways[0] else {}
    return found | ({"else": ways[1]} if len(ways) > 1 and ways[1] else {})


def _do(body: P.Do) -> dict[str, Written]:
    found: dict[str, Written] = {"do": Text(body.action)}
    found |= {"for each": say_records(body.each)} if body.each is not None else {}
    found |= {"with": data(body.args)} if body.args else {}
    found |= {"as": Text(body.answer)} if body.answer else {}
    return found | ({"up to": str(body.up_to)} if body.up_to else {})


def _named(
    name: str, properties: tuple[tuple[str, Expr], ...], types: Mapping[str, Type]
) -> Written:
    if not properties:
        return Text(name)
    return {name: {key: value_of(value, types.get(key)) for key, value in properties}}


def value_of(expr: Expr, kind: Type | None) -> Written:
    """Return what `set:` and `emit:` give, as it is written for a name of this type."""
    literal = kind.kind if kind is not None else "text"
    match expr:
        case Constant(tuple() as items):
            return [value_of(item, kind.item if kind else None) for item in items]
        case Constant(int() as at) if literal == "instant":
            return iso(at)
        case Constant(str() as text):
            return Text(text)
        case Constant(bool() | int() | float() as value):
            return value
        case DayOf(day):
            return day
        case DurationOf(duration):
            return str(duration)
        case Missing():
            return None
        case ListOf(items):
            return [value_of(item, kind.item if kind else None) for item in items]
        case RecordOf(names, items):
            types = dict(kind.fields) if kind is not None else {}
            pairs = zip(names, items, strict=True)
            return {name: value_of(item, types.get(name)) for name, item in pairs}
        case TextOf() | Joined():
            return Text(say(expr))
        case _ if literal in _WORDS:
            return Text(say(TextOf(expr)))
        case _:
            return say(expr)


def data(value: object) -> Written:
    """Return what an action is given, texts as texts."""
    match value:
        case Mapping():
            return {str(key): data(item) for key, item in value.items()}
        case list() | tuple():
            return [data(item) for item in value]
        case str():
            return Text(value)
        case bool() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"an action is given no {type(value).__name__}")
