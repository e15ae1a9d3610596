"""A condition in words: the canonical text of a tree, which parses to the same tree again."""

import re
from collections.abc import Iterable

from .duration import Duration
from .expr import (
    Absent,
    Ago,
    AllTime,
    And,
    AnswerField,
    Arith,
    Attribute,
    Between,
    Compare,
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
    FirstField,
    GivenField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    Joined,
    LastWindow,
    Like,
    ListOf,
    Matches,
    Missing,
    MovedBy,
    Negate,
    Not,
    Now,
    NumberOf,
    Or,
    Quantified,
    RecordField,
    RecordOf,
    Records,
    Sequence,
    SinceEvent,
    SinceTrigger,
    Stat,
    TextOf,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
    WasIn,
    Window,
    WithinLast,
    WithinNext,
)
from .lifecycles import LIFECYCLE, lifecycle_of, stage_in
from .segments import segment_of
from .spell import NAME, is_free, say_name, say_stage, say_text

__all__ = [
    "say",
    "say_happening",
    "say_name",
    "say_records",
    "say_stage",
    "say_text",
    "say_where",
]

# How tightly a form binds, loosest first; a part that binds less tightly than its place is bracketed.
_OR, _AND, _NOT, _TEST, _SUM, _TERM, _UNARY, _DEFAULT, _ATOM = range(9)


def say(expr: Expr, *, in_run: bool = False) -> str:
    """Spell `expr` as an author would write it.

    `in_run` is for places where history without a window begins at the trigger (`stop when`,
    `wait until`): there, all history is spelt `ever`.
    """
    return _Speaker(in_run=in_run).say(expr)


def say_happening(what: Happening) -> str:
    """Spell an event with its filter: `purchase where (amount > 100)`."""
    return _Speaker(in_run=False).happening(what)


def say_records(records: Records) -> str:
    """Spell a list with its filter: `contacts where (role == "champion")`."""
    return _Speaker(in_run=False).records(records)


def say_where(where: Expr | None) -> str:
    """Spell a filter with the blank before it, or nothing: ` where (new > old)`."""
    return _Speaker(in_run=False).filter(where)


class _Speaker:
    """Spells one tree, knowing whether it stands in a run and inside a `where (…)`."""

    def __init__(self, *, in_run: bool, inside: bool = False) -> None:
        self._in_run = in_run
        self._inside = inside

    def say(self, expr: Expr, place: int = _OR) -> str:
        text, strength = self._form(expr)
        return f"({text})" if strength < place else text

    def happening(self, what: Happening) -> str:
        return say_name(what.event) + self._where(what)

    def records(self, records: Records) -> str:
        return self.say(records.of, _ATOM) + self.filter(records.where)

    def _form(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Or(items):
                return self._joined(" or ", items, _AND), _OR
            case And(items):
                return self._joined(" and ", items, _NOT), _AND
            case Not(value):
                return self._negated(value)
            case Arith(op, left, right):
                own = _SUM if op in "+-" else _TERM
                return f"{self.say(left, own)} {op} {self.say(right, own + 1)}", own
            case Negate(value):
                return f"-{self.say(value, _DEFAULT)}", _UNARY
            case Default(value, otherwise):
                return f"{self.say(value, _ATOM)} default {self.say(otherwise, _ATOM)}", _DEFAULT
            case Constant(int() | float() as number) if not isinstance(number, bool) and number < 0:
                return _number(number), _UNARY
            case _:
                test = self._test(expr)
                return (test, _TEST) if test is not None else (self._atom(expr), _ATOM)

    def _negated(self, value: Expr) -> tuple[str, int]:
        match value:
            case In(operand, items, folded):
                return self._in(operand, "not in", items) + _case(folded), _TEST
            case Has(what, window):
                return f"no {self.happening(what)}{self._window(window)}", _TEST
            case Attribute(name, ()) if (segment := segment_of(name)) is not None:
                return f"not in segment {say_name(segment)}", _TEST
            case _:
                return f"not {self.say(value, _ATOM)}", _NOT

    def _test(self, expr: Expr) -> str | None:
        """Spell what stands between `not` and arithmetic: comparisons and questions of history."""
        match expr:
            case Compare("==" | "!=" as op, left, Constant(str() as stage), False) if (
                stage_in(left) is not None
            ):
                return (
                    f"{self._side(expr.left)} is {'not ' if op == '!=' else ''}{say_stage(stage)}"
                )
            case Compare(op, left, right, folded):
                return f"{self._side(left)} {op} {self._side(right)}{_case(folded)}"
            case Between(value, low, high):
                return f"{self._side(value)} between {self._side(low)} and {self._side(high)}"
            case In(value, items, folded):
                return self._in(value, "in", items) + _case(folded)
            case Like(value, pattern, folded):
                return f"{self._side(value)} like {say_text(pattern)}{_case(folded)}"
            case Matches(value, pattern, folded):
                return f"{self._side(value)} matches {say_text(pattern)}{_case(folded)}"
            case IsMissing(value):
                return f"{self._side(value)} is missing"
            case IsPresent(value):
                return f"{self._side(value)} is present"
            case _:
                return self._question(expr)

    def _question(self, expr: Expr) -> str | None:
        match expr:
            case Has(what, window):
                return f"has {self.happening(what)}{self._window(window)}"
            case Absent(what, duration):
                return f"no {self.happening(what)} for {_duration(duration)}"
            case Sequence(first, then, within, without):
                word = "without" if without else "then"
                pair = f"{self.happening(first)} {word} {self.happening(then)}"
                return f"has {pair} within {_duration(within)}"
            case Quantified(which, records):
                return f"{which} of {self.records(records)}"
            case WithinNext(value, duration):
                return f"{self.say(value, _ATOM)} in next {_duration(duration)}"
            case WithinLast(value, duration):
                return f"{self.say(value, _ATOM)} in last {_duration(duration)}"
            case Attribute(name, ()) if (segment := segment_of(name)) is not None:
                return f"in segment {say_name(segment)}"
            case MovedBy(value, direction, amount, percent, duration):
                by = f"{_number(amount)}{'%' if percent else ''}"
                return f"{self._side(value)} {direction} {by} in {_duration(duration)}"
            case WasIn(stage, name):
                return f"was ever in stage {say_stage(name)}{_of(stage)}"
            case _:
                return None

    def _atom(self, expr: Expr) -> str:
        match expr:
            case Constant(value):
                return _constant(value)
            case DayOf(iso):
                return f'date "{iso}"'
            case DurationOf(duration):
                return _duration(duration)
            case Now():
                return "now"
            case Today():
                return "today"
            case Attribute(name, path):
                return self._attribute(name, path)
            case GivenField(path):
                return _path("with", path)
            case TriggerField(path):
                return _path("trigger" if self._inside else "event", path)
            case AnswerField(name, path):
                return _path("", (name, *path))
            case ItemField(path):
                return _path("", path) if is_free(path[0]) else _path("event", path)
            case FirstField(path):
                return _path("first", path)
            case RecordField(path):
                bare = bool(path) and path[0] != "it" and is_free(path[0])
                return _path("" if bare else "it", path)
            case _:
                return self._counted(expr)

    def _counted(self, expr: Expr) -> str:
        match expr:
            case Count(what, window):
                return f"count of {self.happening(what)}{self._window(window)}"
            case Stat(fn, what, path, window):
                return f"{fn} of {self._field(what, path)}{self._window(window)}"
            case ValueOf(which, what, path, window):
                return f"{which} value of {self._field(what, path)}{self._window(window)}"
            case TimeSince(which, what):
                return f"time since {which} {self.happening(what)}"
            case DaysSinceEvent(which, what):
                return f"days since {which} {self.happening(what)}"
            case DaysSince(value):
                return f"days since {self.say(value, _ATOM)}"
            case DaysUntil(value):
                return f"days until {self.say(value, _ATOM)}"
            case Ago(value, duration):
                return f"{self.say(value, _ATOM)} {_duration(duration)} ago"
            case TimeInStage(stage):
                return f"time in stage{_of(stage)}"
            case DaysInStage(stage):
                return f"days in stage{_of(stage)}"
            case NumberOf(records):
                return f"number of {self.records(records)}"
            case Missing() | TextOf() | Joined() | ListOf() | RecordOf():
                return self._made(expr)
            case _:
                raise TypeError(f"not a value: {expr!r}")

    def _made(self, expr: Missing | TextOf | Joined | ListOf | RecordOf) -> str:
        """Spell what `set:` puts together; only there such values are written, and only in YAML."""
        match expr:
            case Missing():
                return "missing"
            case TextOf(value):
                return f"{{{{ {self._rooted(value)} }}}}"
            case Joined(items):
                return "".join(
                    str(i.value) if isinstance(i, Constant) else self.say(i) for i in items
                )
            case ListOf(items):
                return f"[{', '.join(map(self.say, items))}]"
            case RecordOf(names, items):
                pairs = zip(names, items, strict=True)
                return f"{{{', '.join(f'{name}: {self.say(item)}' for name, item in pairs)}}}"

    def _rooted(self, value: Expr) -> str:
        """Spell a value in a template, where attributes are those of `customer`."""
        match value:
            case Attribute(name, path):
                # A template knows a name by `_` for what stands in none of its names.
                return ".".join(re.sub(r"\W", "_", part) for part in ("customer", name, *path))
            case Default(of, Constant(otherwise)):
                return f"{self._rooted(of)} | default({_constant(otherwise)})"
            case _:
                return self.say(value)

    def _side(self, expr: Expr) -> str:
        return self.say(expr, _SUM)

    def _joined(self, word: str, items: tuple[Expr, ...], place: int) -> str:
        return word.join(self.say(item, place) for item in items)

    def _in(self, value: Expr, word: str, items: tuple[Expr, ...]) -> str:
        if stage_in(value) is not None:
            names = [say_stage(item.value) for item in items if isinstance(item, Constant)]
            return f"{self._side(value)} {word} [{', '.join(names)}]"
        return f"{self._side(value)} {word} [{', '.join(self._side(item) for item in items)}]"

    def _attribute(self, name: str, path: tuple[str, ...]) -> str:
        lifecycle = lifecycle_of(name)
        if lifecycle is not None:
            alone = lifecycle == LIFECYCLE and not self._inside
            return "stage" if alone else f"stage of {say_name(lifecycle)}"
        bare = not self._inside and is_free(name)
        return _path("" if bare else "customer", (name, *path))

    def _field(self, what: Happening, path: tuple[str, ...]) -> str:
        return _path(say_name(what.event), path) + self._where(what)

    def _where(self, what: Happening) -> str:
        return self.filter(what.where)

    def filter(self, where: Expr | None) -> str:
        if where is None:
            return ""
        return f" where ({_Speaker(in_run=self._in_run, inside=True).say(where)})"

    def _window(self, window: Window) -> str:
        match window:
            case AllTime():
                return " ever" if self._in_run else ""
            case LastWindow(duration):
                return f" in last {_duration(duration)}"
            case SinceEvent(event):
                return f" since {say_name(event)}"
            case SinceTrigger():
                return " since trigger"


def _of(stage: Attribute) -> str:
    """Spell which lifecycle is meant, unless it is the one that needs no name."""
    lifecycle = lifecycle_of(stage.name)
    return "" if lifecycle in (LIFECYCLE, None) else f" of {say_name(lifecycle)}"


def _path(root: str, path: Iterable[str]) -> str:
    """Join names with dots; keywords are free after a dot."""
    words = [root] if root else []
    words += [name if NAME.fullmatch(name) else say_text(name) for name in path]
    return ".".join(words)


def _constant(value: str | float | tuple[Constant, ...]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return say_text(value)
        case tuple():
            return f"[{', '.join(_constant(item.value) for item in value)}]"
        case _:
            return _number(value)


def _number(value: float) -> str:
    """Spell a number in plain digits, so that it reads back as the same number."""
    if isinstance(value, int):
        return str(value)
    from decimal import Decimal  # noqa: PLC0415 - few numbers have a fraction

    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else f"{digits}.0"


def _case(folded: bool) -> str:  # noqa: FBT001 — it only ever passes a node's own field on.
    return " ignoring case" if folded else ""


def _duration(duration: Duration) -> str:
    return f"{_number(duration.count)} {duration.unit}{'' if duration.count == 1 else 's'}"
