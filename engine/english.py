"""A playbook read aloud: what begins it, what it does, what ends it, in plain English."""

from collections.abc import Iterator
from typing import Final

from .core import plan as P
from .core.expr import Expr
from .core.limits import say_cap
from .core.plan_days import BestHour
from .core.plan_limits import Limit
from .core.say import say, say_name, say_records
from .core.say_trigger import say_trigger
from .core.spell import WEEKDAYS, say_clock
from .core.ways import Nested, nested
from .graphs import verb

__all__ = ["english"]

_LATE: Final = {
    "skip": "",
    "run": "Steps whose time has passed when it begins are done at once.",
    "latest": "Of the steps whose time has passed when it begins, only the latest is done.",
}
_WHILE: Final = {
    "skip": "",
    "restart": "When it begins again, the run before it ends.",
    "parallel": "It may run several times at once.",
}
_FLIGHT: Final = {
    "follow": "",
    "finish old": "When it is edited, customers inside it finish the old version.",
    "stop": "When it is edited, it ends for the customers inside it.",
}


def english(plan: P.Plan) -> Iterator[str]:
    """Yield the lines of a playbook read aloud, without the line breaks."""
    title = f"{plan.title} ({plan.playbook})" if plan.title else plan.playbook
    yield f"{title}, looked after by {plan.owner}." if plan.owner else f"{title}."
    yield ""
    yield f"It begins {_begins(plan)}."
    yield from _rules(plan)
    yield ""
    yield from _steps(nested(plan), "")
    yield ""
    if plan.stop_when is not None:
        yield f"It ends at once when {say(plan.stop_when, in_run=True)}."
    if plan.goal is not None:
        within = f" within {plan.goal_within}" if plan.goal_within else ""
        yield f"It has reached its goal when {say(plan.goal, in_run=True)}{within}."


def _begins(plan: P.Plan) -> str:
    said = " or ".join(_trigger(trigger) for trigger in plan.triggers)
    if plan.condition is not None:
        said += f", if {say(plan.condition)}"
    if plan.per is not None:
        said += f", for each {say(plan.per)} by itself"
    return said


def _trigger(trigger: P.Trigger) -> str:
    said = say_trigger(trigger)
    match trigger:
        case P.OnManual():
            return "when somebody asks for it"
        case P.OnEvent() | P.OnSequence():
            return f"on {said}"
        case P.OnCondition() if not said.startswith("when "):
            return f"when a customer {said}"
        case P.OnSchedule(P.Cron()):
            return f"by {said}"
        case P.OnCondition() | P.OnSchedule():
            return said
        case P.OnChange() if said.startswith("leaves "):
            return f"when a customer {said}"
        case P.OnDate(offset=None):
            return f"on the day of {said}"
        case P.OnDate():
            return said
        case _:
            return f"when {said}"


def _rules(plan: P.Plan) -> Iterator[str]:
    if plan.again.rule == "never":
        yield "A customer goes through it once."
    elif plan.again.duration is not None:
        yield f"A customer can begin again {plan.again.duration} after the last start."
    if plan.existing == "enter":
        yield "Customers who match when it is first deployed enter it, too."
    if plan.holdout:
        yield f"{plan.holdout / 100:g} % of the customers are held out, to compare with."
    for limit in plan.limits:
        yield f"{_held(limit)}."
    if plan.held_up_to is not None:
        yield f"What a limit holds back waits up to {plan.held_up_to}."
    if plan.priority:
        yield f"Among actions of one instant, its own go with priority {plan.priority}."
    yield from filter(None, (_LATE[plan.late], _WHILE[plan.while_running], _FLIGHT[plan.in_flight]))


def _held(limit: Limit) -> str:
    """Say what a limit of the playbook itself holds back, and how."""
    names = {"all": "its actions", "everything": "all that reaches the customer"}
    whose = "" if limit.per == "customer" else f" for each {limit.per}"
    parts = [f"at most {say_cap(cap)}{whose}" for cap in limit.caps]
    if limit.quiet is not None:
        parts.append("not from {} to {}".format(*map(say_clock, limit.quiet)))
    if limit.on is not None:
        parts.append(f"only {_days(limit.on)}")
    for consent in limit.consents:
        purpose = f" for {consent.purpose}" if consent.purpose else ""
        parts.append(f"only with {consent.attribute}{purpose}")
    if limit.digest is not None:
        parts.append(f"gathered into {limit.digest.action}")
    exempt = (
        f"; what is {' or '.join(limit.exempt)} is free" if limit.exempt != ("service",) else ""
    )
    return f"Of {names.get(limit.target.reach, limit.target.name)}: {', '.join(parts)}{exempt}"


def _steps(steps: tuple[Nested, ...], indent: str) -> Iterator[str]:
    if not steps:
        yield f"{indent}- nothing"
    for number, one in enumerate(steps, 1):
        mark = "-" if indent else f"{number}."
        yield f"{indent}{mark} {_capital(_step(one.step))}."
        for name, arm in one.named():
            if arm or _worth_telling(one.step.body, name):
                inside = f"{indent}{' ' * (len(mark) + 1)}"
                yield f"{inside}{_capital(_way(one.step.body, name))}:"
                yield from _steps(arm, f"{inside}  ")


def _worth_telling(body: P.Body, name: str) -> bool:
    """Whether a way without steps of its own has to be told: a choice that does nothing."""
    return isinstance(body, P.Choose | P.Split | P.Ask) and name != "otherwise"


def _way(body: P.Body, name: str) -> str:
    match body:
        case P.WaitFor() | P.WaitUntil() if name == "in time":
            return "when it comes in time"
        case P.WaitFor() | P.WaitUntil() if name:
            return "otherwise"
        case P.WaitFor() | P.WaitUntil():
            return "when it comes"
        case P.Split():
            return name.replace(" ", ", ", 1)
        case P.Ask() if not name.startswith("no answer"):
            return f"when the answer is {name}"
        case _:
            return name


def _step(step: P.Step) -> str:
    when, act = _when(step.timing), _act(step.body)
    if isinstance(step.body, P.Wait) and step.timing.after is None:
        said = f"{act}, then until {when.removeprefix('at ').removeprefix('on ')}" if when else act
    else:
        said = f"{when}, {act}" if when else act
    if step.only_if is not None:
        said += f", if {say(step.only_if)}"
    if step.unless is not None:
        said += f", unless {say(step.unless)}"
    return said


def _when(timing: P.Timing) -> str:
    said = []
    if timing.after is not None:
        said.append(f"{timing.after} after it began,")
    if timing.at is not None:
        said.append(f"at {_hour(timing.at)}")
    if timing.on is not None:
        said.append(_days(timing.on))
    if timing.zone is not None:
        said.append(f"in the zone {timing.zone}")
    return " ".join(said).removesuffix(",")


def _hour(at: int | BestHour) -> str:
    if isinstance(at, int):
        return say_clock(at)
    otherwise = (
        "" if at.otherwise is None else f" (or {say_clock(at.otherwise)} while it is unknown)"
    )
    between = "" if at.within is None else " between {} and {}".format(*map(say_clock, at.within))
    return f"the customer's best hour{between}{otherwise}"


def _days(on: tuple[int, ...] | str) -> str:
    if isinstance(on, str):
        return "on a business day"
    names = [WEEKDAYS[day].capitalize() for day in on]
    if len(on) > 2 and on == tuple(range(on[0], on[-1] + 1)):
        return f"on a day from {names[0]} to {names[-1]}"
    return f"on {' or '.join(names)}"


def _act(body: P.Body) -> str:
    match body:
        case P.WaitFor(up_to=up_to) | P.WaitUntil(up_to=up_to):
            return f"{verb(body)}{_limit(up_to)}"
        case P.Do(kind, action, args, answer, up_to, each):
            said = _do(kind, action, args)
            if answer:
                said += f", and wait for its answer, {say_name(answer)}{_limit(up_to)}"
            return said if each is None else f"for each of {say_records(each)}, {said}"
        case P.Choose():
            return "choose the first that holds"
        case P.Split():
            return "go one way for each customer, always the same"
        case P.Ask(question, of, up_to):
            return f"ask {of or 'somebody'}: {question}{_limit(up_to)}"
        case P.Repeat(every, most, until):
            over = "" if until is None else f", until {say(until, in_run=True)}"
            return f"repeat every {every}, at most {most} times{over}"
        case P.Wait() | P.SetAttributes():
            return verb(body)
        case P.Emit(event, given):
            return f"tell of the event {event}{_with(given)}"
        case P.Start(playbook, given):
            return f"begin {playbook}{_with(given)}"
        case P.Cancel(playbook):
            return f"end {playbook}, where it runs"
        case P.Stop(reason):
            return f"end: {reason}" if reason else "end"


def _with(given: tuple[tuple[str, Expr], ...]) -> str:
    said = " and ".join(f"{say_name(name)} {say(value)}" for name, value in given)
    return f" with {said}" if said else ""


def _limit(up_to: object) -> str:
    return f", up to {up_to}" if up_to else ""


def _do(kind: str, action: str, args: object) -> str:
    given = args if isinstance(args, dict) else {}
    said = action if action == kind else f"{action} ({kind})"
    for key in ("title", "template", "subject", "text"):
        if isinstance(given.get(key), str):
            said += f': "{given[key]}"'
            break
    whom = given.get("assignee") or given.get("to")
    return f"{said}, for {whom}" if isinstance(whom, str) else said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
