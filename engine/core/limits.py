"""Limits decided: which hold for an action, whether it may happen now, and else when it may.

Pure functions of what is handed in; whose actions are counted, and what waits, is kept by a turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import plan as P
from .calendar import add, next_allowed, place
from .compile import Compiler, Condition
from .duration import DAY, MINUTE, Duration
from .effects import Perform
from .expr import Expr
from .history import History
from .node import Json
from .plan_limits import Cap, Digest, Limit, Never, channel_of, meets
from .readers import Cause
from .say import say
from .spell import say_clock, say_days
from .trace import Trace
from .vocabulary import fold
from .zone import Zone

__all__ = [
    "MARKETING",
    "Promised",
    "Ruled",
    "Rules",
    "Words",
    "digest_at",
    "free_at",
    "kept",
    "purpose_of",
    "say_cap",
    "say_never",
]

_MOST_RESTS: Final = 20
"""How often what ends one limit's rest may fall into another's before it is looked at anew."""
_DAY: Final = Duration(1, "day")

MARKETING: Final = "marketing"
"""The purpose of what names none in its `with:`."""
Words = Callable[[Perform], Mapping[str, Json] | None]
"""Renders what an action is given; None where that cannot be done."""
Counted = Sequence[tuple[int, str]]
"""When something was performed, and under which key; the earliest first."""


class Promised:
    """One `never:`, ready to be asked of any customer."""

    __slots__ = ("condition", "never", "text", "unless")

    def __init__(self, never: Never, compiler: Compiler) -> None:
        self.never = never
        self.condition = _ready(never.condition, compiler)
        self.unless = _ready(never.unless, compiler)
        self.text = say_never(never)

    def broken(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, words: Mapping[str, Json]
    ) -> tuple[Trace, ...] | None:
        """Return the conditions that forbid an action; None when nothing does."""
        given = Cause(now, words)
        met, excepted = self.condition, self.unless
        if (met is not None and not met.holds(a, h, now, z, given)) or (
            excepted is not None and excepted.holds(a, h, now, z, given)
        ):
            return None
        asked = (condition for condition in (met, excepted) if condition is not None)
        return tuple(condition.explain(a, h, now, z, given) for condition in asked)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What holds for one action of one playbook."""

    limits: tuple[tuple[str, Limit], ...]
    """Each under the name by which it is counted and told."""
    promises: tuple[Promised, ...]

    def __bool__(self) -> bool:
        """Whether anything does."""
        return bool(self.limits or self.promises)

    def refusal(
        self, a: Mapping[str, object], h: History, now: int, z: Zone, words: Mapping[str, Json]
    ) -> tuple[str, tuple[Trace, ...]]:
        """Return why an action may not happen whenever it is, with the conditions; or nothing."""
        for promised in self.promises:
            why = promised.broken(a, h, now, z, words)
            if why is not None:
                return promised.text, why
        purpose = purpose_of(words)
        for name, limit in self.limits:
            lacking = "" if purpose in limit.exempt else _lacking(limit, purpose, a)
            if lacking:
                return f"limit {name} needs consent {lacking}", ()
        return "", ()

    def rests_until(self, now: int, zone: Zone, calendar: P.Calendar) -> tuple[int | None, str]:
        """Return until when it is quiet, and which limit says so; None when it may happen now."""
        until, says = now, ""
        for _ in range(_MOST_RESTS):
            closed = [
                (end, f"limit {name} {what}")
                for name, limit in self.limits
                for end, what in _closed(limit, until, zone, calendar)
            ]
            if not closed:
                break
            until, what = max(closed)
            says = says or what
        return (until if until > now else None), says

    def counting(self, purpose: str) -> Iterator[tuple[str, Limit]]:
        """Walk through the limits that count actions of a purpose."""
        for name, limit in self.limits:
            if limit.caps and purpose not in limit.exempt:
                yield name, limit

    def digest(self, purpose: str) -> tuple[str, Limit, Digest] | None:
        """Return the limit whose digest takes what has this purpose, the first one."""
        for name, limit in self.limits:
            if limit.digest is not None and purpose not in limit.exempt:
                return name, limit, limit.digest
        return None


class Rules:
    """All limits and promises of a program, found by what an action is."""

    def __init__(self, project: P.Project, compiler: Compiler, words: Words | None = None) -> None:
        self.words = words or _as_written
        self._limits = [(limit.target.name, limit) for limit in project.limits]
        self._own = {plan.playbook: plan.limits for plan in project.plans if plan.limits}
        self._promises = [Promised(one, compiler) for one in project.never]
        self._channels = project.channels
        self._found: dict[tuple[str, str, str], Ruled] = {}
        self.consents = frozenset(
            one.attribute for limit in P.limits_of(project) for one in limit.consents
        )
        """The attributes that say whether somebody agrees."""

    def __bool__(self) -> bool:
        """Whether anything is held back at all."""
        return bool(self._limits or self._own or self._promises)

    def of(self, playbook: str, body: P.Do) -> Ruled:
        """Return what holds for a `do` of a playbook."""
        return self.named(playbook, body.kind, body.action)

    def named(self, playbook: str, kind: str, action: str) -> Ruled:
        """Return what holds for an action of a kind, found once."""
        key = (playbook, kind, action)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._rule(playbook, kind, action)
        return found

    def _rule(self, playbook: str, kind: str, action: str) -> Ruled:
        names = {fold(kind), fold(action)}
        channel = channel_of(self._channels, kind, action)
        limits = [pair for pair in self._limits if meets(pair[1].target, names, channel)]
        for limit in self._own.get(playbook, ()):
            if meets(limit.target, names, channel):
                own = playbook if limit.target.reach == "all" else limit.target.name
                limits.append((own if own == playbook else f"{playbook} {own}", limit))
        promises = tuple(
            one
            for one in self._promises
            if any(meets(target, names, channel) for target in one.never.targets)
        )
        return Ruled(tuple(limits), promises)


def purpose_of(words: Mapping[str, Json]) -> str:
    """Return what an action is for: its `purpose`, or marketing."""
    found = words.get("purpose")
    return found if isinstance(found, str) and found else MARKETING


def free_at(
    limit: Limit, counted: Counted, now: int, zone: Zone, calendar: P.Calendar
) -> tuple[int | None, str]:
    """Return from when a limit has room again, and which of its caps is full; None: it has room."""
    best: tuple[int | None, str] = (None, "")
    for cap in limit.caps:
        ends = sorted(
            end for at, _ in counted if (end := add(at, cap.duration, zone, calendar)) > now
        )
        if len(ends) >= cap.most and (best[0] is None or ends[len(ends) - cap.most] > best[0]):
            best = ends[len(ends) - cap.most], say_cap(cap)
    return best


def kept(
    limit: Limit, counted: Counted, now: int, zone: Zone, calendar: P.Calendar
) -> list[tuple[int, str]]:
    """Return what a limit can still ask about: nothing that all its windows have left behind."""
    return [
        (at, key)
        for at, key in counted
        if any(add(at, cap.duration, zone, calendar) > now for cap in limit.caps)
    ]


def digest_at(limit: Limit, digest: Digest, now: int, zone: Zone, calendar: P.Calendar) -> int:
    """Return when a digest goes whose first message was decided now."""
    length = digest.duration or _DAY
    latest = add(now, length, zone, calendar)
    if digest.at is None:
        return latest
    # A time of day is the last one that lets nothing wait for longer than `every` says.
    day_before = add(latest, _DAY, zone, calendar, -1)
    return place(
        day_before, time=digest.at, on=limit.on, not_before=now, zone=zone, calendar=calendar
    )


def _as_written(action: Perform) -> Mapping[str, Json]:
    return action.args


def _closed(limit: Limit, at: int, zone: Zone, calendar: P.Calendar) -> Iterator[tuple[int, str]]:
    """Yield until when a limit's days and quiet hours keep an instant closed."""
    day = zone.local(at) // DAY
    allowed = next_allowed(day, limit.on, zone.calendar or calendar)
    opens = zone.utc(allowed * DAY)
    if allowed != day and opens > at and limit.on is not None:
        yield opens, f"on {say_days(limit.on)}"
    if limit.quiet is None:
        return
    begin, end = limit.quiet
    for first in (day - 1, day):
        begins = zone.utc(first * DAY + begin * MINUTE)
        ends = zone.utc((first + (end <= begin)) * DAY + end * MINUTE)
        if begins <= at < ends:
            yield ends, f"quiet hours {say_clock(begin)}-{say_clock(end)}"


def _lacking(limit: Limit, purpose: str, a: Mapping[str, object]) -> str:
    """Return the consent that a purpose needs and that is not given; empty when it is."""
    if not limit.consents:
        return ""
    asked = [one for one in limit.consents if one.purpose in ("", purpose)]
    if not asked:
        return f"for {purpose}"
    return next((one.attribute for one in asked if a.get(one.attribute) is not True), "")


def _ready(expr: Expr | None, compiler: Compiler) -> Condition | None:
    return None if expr is None else compiler.condition(expr)


def say_never(never: Never) -> str:
    """Spell a promise: `never send-email if churned`."""
    told = [f"never {', '.join(target.name for target in never.targets)}"]
    told += [f"if {say(never.condition)}"] if never.condition is not None else []
    told += [f"unless {say(never.unless)}"] if never.unless is not None else []
    return " ".join(told)


def say_cap(cap: Cap) -> str:
    """Spell how often something may happen: `1 per day`, `2 per 7 days`."""
    length = cap.duration
    return f"{cap.most} per {length.unit if length.count == 1 else length}"
