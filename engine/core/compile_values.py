"""Writes values of a condition as Python expressions that give None for what is missing.

Nothing an author wrote becomes code: texts, numbers and names are bound, and the source names them.
"""

from collections.abc import Mapping
from typing import Final

from .calendar import date_of, days_since
from .channels import History, dig
from .earlier import PastReader
from .evaluate import Matchers, World, evaluate
from .expr import (
    Ago,
    AnswerField,
    Arith,
    Attribute,
    Constant,
    Count,
    DayOf,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    Happening,
    ItemField,
    Joined,
    ListOf,
    Missing,
    Negate,
    Now,
    NumberOf,
    RecordField,
    RecordOf,
    Stat,
    TextOf,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
    Window,
)
from .expr import AllTime as _AllTime
from .made import joined, listed, recorded, text_of
from .plan import Calendar
from .readers import Filter, Reader, channel_of
from .records import every, number, some
from .relations import arith, days_between, moved_by, negated, related
from .zone import Zone

__all__ = ["WORLD", "TooLarge", "ValueWriter"]

WORLD: Final = "(a, h, now, z, t)"
"""What everything that looks beyond one attribute is called with."""
_MOST: Final = 50_000


class TooLarge(Exception):  # noqa: N818 - it is a verdict about the source, not a fault
    """The source would be out of all proportion: the condition is walked instead."""


class ValueWriter:
    """Writes values. `names` are what its source refers to, `constants` the values in it.

    With `at_once` the instant and the zone are known beforehand, and so is what depends on them
    alone.
    """

    def __init__(
        self, calendar: Calendar, matchers: Matchers, *, at_once: tuple[int, Zone] | None = None
    ) -> None:
        self.names: dict[str, object] = dict(_HELPERS)
        self.constants: dict[str, object] = {}
        self.calendar = calendar
        self.matchers = matchers
        self.at_once = at_once
        self._temps = 0

    def bind(self, thing: object) -> str:
        """Return a name for a thing the source refers to."""
        name = f"k{len(self.names)}"
        self.names[name] = thing
        return name

    def constant(self, thing: object) -> str:
        """Return a placeholder for a value, which takes its place when the source is compiled."""
        name = f"#{len(self.constants)}"
        self.constants[name] = thing
        return f"'{name}'"

    def temp(self) -> str:
        """Return a name for a value that is needed twice."""
        self._temps += 1
        return f"v{self._temps}"

    def truth(self, expr: Expr, *, want: bool) -> str:
        """Return source that is true exactly when `expr` is known to be `want`."""
        raise NotImplementedError

    def value(self, expr: Expr) -> str:
        """Return source of the value of `expr`, None when it is missing."""
        match expr:
            case Constant(bool() as flag):
                return str(flag)
            case Constant(tuple() as items):
                return self.bind([item.value for item in items])
            case Constant(value) | DayOf(value):
                return self.bind(value)
            case Attribute() | TriggerField() | AnswerField() | ItemField() | RecordField():
                return self._field(expr)
            case NumberOf(records):
                test = "None" if records.where is None else self.each(records.where, want=True)
                return f"number({self.value(records.of)}, {test})"
            case Arith() | Negate() | Default():
                return self._calculated(expr)
            case Count() | Stat() | ValueOf():
                return self._counted(expr)
            case Now() | Today() | DaysSince() | DaysUntil() | DaysSinceEvent():
                return self._timed(expr)
            case Ago(Attribute(name, path), duration):
                reader = PastReader(name, duration, self.calendar)
                return f"dig({self.bind(reader.value)}(h, now, z), {self.constant(path)})"
            case DaysInStage(stage):
                return f"days_between({self.entered(stage)}, now, z)"
            case DurationOf(duration):
                return self.bind(duration)
            case TimeSince() | TimeInStage() | Missing():
                return "None"  # How long ago is compared with a length, and has no value alone.
            case TextOf() | Joined() | ListOf() | RecordOf():
                return self._made(expr)
            case _:
                return self._truth_value(expr)

    def each(self, where: Expr, *, want: bool) -> str:
        """Return source of a test of one item of a list, which is called `r` in it."""
        return f"lambda r: {self.truth(where, want=want)}"

    def _field(self, expr: Attribute | TriggerField | AnswerField | ItemField | RecordField) -> str:
        match expr:
            case Attribute(name, path):
                found = f"a[{self.constant(name)}]"
                return f"dig({found}, {self.constant(path)})" if path else found
            case TriggerField(path):
                return f"dig(t.event if t is not None else None, {self.constant(path)})"
            case AnswerField(name, path):
                return f"dig(t.answers if t is not None else None, {self.constant((name, *path))})"
            case ItemField((name,)):
                return f"i.get({self.constant(name)})"
            case ItemField(path):
                return f"dig(i, {self.constant(path)})"
            case RecordField(path):
                return f"dig(r, {self.constant(path)})" if path else "r"

    def _made(self, expr: TextOf | Joined | ListOf | RecordOf) -> str:
        match expr:
            case TextOf(value, instant):
                return f"text_of({self.value(value)}, z, instant={instant})"
            case Joined(items):
                texts = (f"text_of({self.value(item)}, z)" for item in items)
                return f"joined(({', '.join(texts)},))"
            case ListOf(items):
                return f"listed(({', '.join(map(self.value, items))},))"
            case RecordOf(names, items):
                values = "".join(f"{self.value(item)}, " for item in items)
                return f"recorded({self.constant(names)}, ({values}))"

    def _calculated(self, expr: Arith | Negate | Default) -> str:
        match expr:
            case Arith(op, left, right):
                return f"arith({self.constant(op)}, {self.value(left)}, {self.value(right)})"
            case Negate(value):
                return f"negated({self.value(value)})"
            case Default(value, otherwise):
                temp = self.temp()
                first, second = self.value(value), self.value(otherwise)
                return f"({temp} if ({temp} := {first}) is not None else {second})"

    def _counted(self, expr: Count | Stat | ValueOf) -> str:
        match expr:
            case Count(what, window):
                count = f"{self.bind(self.reader(what, window).count)}{WORLD}"
                return f"({count} if {self.happened(what)} else 0)"
            case Stat(fn, what, path, window):
                reader, none = self.reader(what, window), "0" if fn == "sum" else "None"
                asked = f"{self.constant(fn)}, {self.constant(path)}, a, h, now, z, t"
                return f"({self.bind(reader.stat)}({asked}) if {self.happened(what)} else {none})"
            case ValueOf(which, what, path, window):
                reader = self.reader(what, window)
                return (
                    f"{self.bind(reader.value)}({self.constant(which)}, {self.constant(path)}, "
                    "a, h, now, z, t)"
                )

    def happened(self, what: Happening) -> str:
        """Return source of whether anything is known of a kind of event: nobody meets most kinds."""
        return f"{self.constant(channel_of(what))} in h.channels"

    def _timed(self, expr: Now | Today | DaysSince | DaysUntil | DaysSinceEvent) -> str:
        match expr:
            case Now():
                return "now"
            case Today():
                today = "date_of(now, z)"
                return today if self.at_once is None else self.bind(date_of(*self.at_once))
            case DaysSince() | DaysSinceEvent():
                return f"days_between({self.anchor(expr)}, now, z)"
            case DaysUntil():
                return f"negated(days_between({self.anchor(expr)}, now, z))"

    def anchor(self, expr: DaysSince | DaysUntil | DaysSinceEvent) -> str:
        """Return source of the date or instant that days are counted from."""
        match expr:
            case DaysSince(value) | DaysUntil(value):
                return self.value(value)
            case DaysSinceEvent(which, what):
                reader = self.reader(what, _AllTime())
                return f"{self.bind(reader.edge)}({self.constant(which)}, a, h, now, z, t)"

    def entered(self, stage: Attribute) -> str:
        """Return source of when the stage was entered that the customer is in."""
        return f"entered(a, h, {self.constant(stage.name)})"

    def _truth_value(self, expr: Expr) -> str:
        """Write a truth where a value is asked for; nested ones would double at every level."""
        true, false = self.truth(expr, want=True), self.truth(expr, want=False)
        if len(true) + len(false) > _MOST:
            raise TooLarge
        return f"(True if ({true}) else False if ({false}) else None)"

    def reader(self, what: Happening, window: Window) -> Reader:
        """Return what answers for a kind of event in a window."""
        return Reader(what, window, self.calendar, self.filter(what))

    def filter(self, what: Happening) -> Filter | None:
        """Return the filter of a `where (…)`, walked: only one that looks further is ever asked."""
        where = what.where
        if where is None:
            return None
        calendar, matchers = self.calendar, self.matchers
        return lambda item, a, h, now, z, t: (
            evaluate(where, World(a, h, now, z, t, calendar, matchers, item)) is True
        )


def _entered(a: Mapping[str, object], h: History, name: str) -> int | None:
    stay = h.stays.get(name)
    return None if stay is None or a[name] is None else stay.since


def _was_in(h: History, name: str, stages: tuple[str, ...]) -> bool:
    stay = h.stays.get(name)
    return stay is not None and any(one in stay.ever for one in stages)


def _reached(value: object, days: int, now: int, z: Zone) -> bool | None:
    """Return whether so many days have been completed since a date or an instant."""
    since = days_between(value, now, z)
    return None if since is None else since >= days


_HELPERS: Final[dict[str, object]] = {
    "__builtins__": {},
    "arith": arith,
    "date_of": date_of,
    "days_between": days_between,
    "days_since": days_since,
    "dig": dig,
    "entered": _entered,
    "int": int,
    "joined": joined,
    "listed": listed,
    "float": float,
    "str": str,
    "was_in": _was_in,
    "bool": bool,
    "moved_by": moved_by,
    "every": every,
    "negated": negated,
    "number": number,
    "r": None,
    "reached": _reached,
    "recorded": recorded,
    "related": related,
    "some": some,
    "text_of": text_of,
}
