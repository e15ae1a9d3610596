"""Trees to triggers: events, changes, crossings, conditions, absences, dates and schedules."""

from collections.abc import Callable
from typing import Final, Literal, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Absent, Attribute, Constant, Expr
from ..engine.core.origin import NOWHERE, Span
from ..engine.core.plan import (
    Again,
    Calendar,
    Cron,
    Every,
    Monthly,
    OnChange,
    OnCondition,
    OnCrossing,
    OnDate,
    OnEvent,
    OnManual,
    OnSchedule,
    Recurrence,
    Trigger,
    Weekly,
)
from ..engine.core.recurrence import next_tick
from ..engine.core.zone import zone
from .build import BUILD, Builder, length_of, names_of, stretch_of, token_of, trees_of
from .days import cron_of, days_of, minutes_of
from .diagnostics import Report
from .history import filtered, happening
from .missing import warn_missing
from .names import attribute, event, unquoted
from .parser import Token, Tree
from .past import on_moved
from .positions import names_stage, on_stage, on_stay
from .scope import declared
from .segments import on_segment
from .sequences import attribute_of, on_other, on_record, on_sequence
from .spelling import nearest
from .typecheck import check_equal, check_kind, type_of

__all__ = ["again_of", "build_trigger", "clock_of", "day_words", "held_condition"]


def build_trigger(b: Builder, node: Tree | Token) -> Trigger | None:
    """Make the trigger of an `occasion`, without its `on`."""
    tree = cast("Tree", node)
    make = _TRIGGERS.get(tree.rule)
    if make is not None:
        return make(b, tree)
    BUILD[tree.rule](b, tree)
    return None


# --- names --------------------------------------------------------------------------------------


def _on_name(b: Builder, tree: Tree) -> Trigger | None:
    """`go-live`, `renewal_date`: an event, or an attribute that is a date."""
    reference, *filters = trees_of(tree)
    names, known = names_of(reference), b.scope.vocabulary
    as_event = declared(names[0], known.events) if len(names) == 1 else None
    as_attribute = _date_of(b, names)
    if as_event and as_attribute and not filters:
        hint = f"write `event {names[0]}` or `attribute {names[0]}`"
        b.error("N107", reference, f"`{names[0]}` is an event and an attribute", "which?", hint)
        return None
    if as_attribute and not filters:
        b.report.mention("attribute", as_attribute.name, b.place(reference))
        return OnDate(as_attribute.name, path=as_attribute.path)
    if len(names) > 1 or (as_event is None and declared(names[0], known.attributes)):
        _plain_attribute(b, reference)
        return None
    return _on_event(b, tree)


def _date_of(b: Builder, names: tuple[str, ...]) -> Attribute | None:
    """Return the date of this name, if there is one."""
    own = names[1:] if names[0] == "customer" and len(names) > 1 else names
    if declared(own[0], b.scope.vocabulary.attributes) is None:
        return None
    found = attribute(own, NOWHERE, b.scope, Report())
    type_ = type_of(found, b.scope) if found is not None else None
    return found if type_ is not None and type_.kind in ("date", "instant") else None


def _plain_attribute(b: Builder, reference: Tree) -> None:
    """Say that an attribute that is no date does not start anything by itself."""
    found = attribute_of(b, reference)
    if found is not None:
        hint = f"write `{found.name} changes`, or `when` and a condition"
        b.error("N104", reference, f"`{found.name}` is an attribute, not an event", "", hint)


def _on_event(b: Builder, tree: Tree) -> Trigger | None:
    reference, *filters = trees_of(tree)
    name = event(".".join(names_of(reference)), b.place(reference), b.scope, b.report)
    what = filtered(b, name, filters[0] if filters else None, reference)
    return OnEvent(what) if what is not None else None


def _date_attribute(b: Builder, reference: Tree) -> Attribute | None:
    names = names_of(reference)
    happened = declared(names[0], b.scope.vocabulary.events) if len(names) == 1 else None
    if happened and declared(names[0], b.scope.vocabulary.attributes) is None:
        hint = f"let `{happened}` start it, and wait: `on: {happened}` with a step `wait: 3 days`"
        b.error("N103", reference, f"`{happened}` is an event, not a date", "an event", hint)
        return None
    found = attribute_of(b, reference)
    if found is None or not check_kind(found, "date|instant", "T108", b.scope, b.report):
        return None
    return found


def _on_date(b: Builder, tree: Tree) -> Trigger | None:
    found = _date_attribute(b, trees_of(tree)[0])
    return OnDate(found.name, path=found.path) if found is not None else None


def _on_relative(b: Builder, tree: Tree) -> Trigger | None:
    side, reference = trees_of(tree)
    found = _date_attribute(b, reference)
    offset = length_of(b, cast("Token", tree.parts[0]))
    if found is None or offset is None:
        return None
    word = cast("Literal['before', 'after']", names_of(side)[0])
    return OnDate(found.name, offset, word, found.path)


# --- values -------------------------------------------------------------------------------------


def _on_change(b: Builder, tree: Tree) -> Trigger | None:
    reference = trees_of(tree)[0]
    if names_stage(b, reference):
        return on_stage(b, tree)
    found = attribute_of(b, reference)
    if found is None:
        return None
    ends = dict[str, Expr | None]()
    for sign, part in zip(tree.parts, tree.parts[1:], strict=False):
        if isinstance(sign, Token) and sign.kind in ("FROM", "TO"):
            ends[sign.kind] = _end(b, found, part)
    if None in ends.values():
        return None
    old, new = ends.get("FROM"), ends.get("TO")
    if isinstance(old, Constant) and old == new:
        title, hint = f"`{found.name}` never changes to what it is", "name two values, or one alone"
        b.report.warn("P402", b.place(tree), title, "never happens", hint)
    return OnChange(found.name, old, new, found.path)


def _end(b: Builder, found: Attribute, node: Tree | Token) -> Expr | None:
    """Read a value that an attribute changes from or to; a text may stand without quotes."""
    type_ = type_of(found, b.scope)
    made: Expr | None
    if type_ is not None and type_.kind in ("one of", "text") and _is_word(node):
        made = Constant(names_of(cast("Tree", node))[0], span=b.place(node))
    else:
        made = b.build(node)
    return made if made is not None and check_equal(found, made, b.scope, b.report) else None


def _is_word(node: Tree | Token) -> bool:
    return isinstance(node, Tree) and node.rule == "path" and len(names_of(node)) == 1


def _on_crossing(b: Builder, tree: Tree) -> Trigger | None:
    left, sign, right = tree.parts
    value, level = b.build(left), b.build(right)
    if value is None or level is None:
        return None
    if not all(check_kind(side, "number", "T112", b.scope, b.report) for side in (value, level)):
        return None
    words = " ".join(cast("Token", sign).text.split())
    return OnCrossing(value, cast("Literal['drops below', 'rises above']", words), level)


def _on_condition(b: Builder, tree: Tree) -> Trigger | None:
    held = held_condition(b, tree.parts[1])
    return OnCondition(*held) if held is not None else None


def held_condition(b: Builder, node: Tree | Token) -> tuple[Expr, Duration | None] | None:
    """Make what stands after `when`: a condition, and for how long it has to hold."""
    b.tail = _tail(node)
    made = b.condition(node)
    unread = b.tail is not None and b.hold is None and not _absence(b.tail)
    if made is None or unread:
        return None
    warn_missing(made, b.report, b.scope.vocabulary.certain)
    return made, b.hold


def _absence(tree: Tree) -> bool:
    """Whether `… for D` belongs to the absence it follows."""
    test = tree.parts[0]
    return isinstance(test, Tree) and test.rule == "no" and len(test.parts) == 2


def _tail(node: Tree | Token) -> Tree | None:
    """Return the `… for D` that ends a condition, if one does."""
    while isinstance(node, Tree) and node.rule in ("or_", "and_", "not_"):
        node = node.parts[-1]
    return node if isinstance(node, Tree) and node.rule == "held" else None


def _on_absence(b: Builder, tree: Tree) -> Trigger | None:
    what = happening(b, cast("Tree", tree.parts[1]))
    length = stretch_of(b, cast("Token", tree.parts[3]))
    if what is None or length is None:
        return None
    return OnCondition(Absent(what, length, span=b.place(tree)))


# --- schedules ----------------------------------------------------------------------------------


def _on_schedule(b: Builder, tree: Tree) -> Trigger | None:
    first, *rest = trees_of(tree)
    recurrence = _RECURRENCES[first.rule](b, first)
    condition = b.condition(rest[0]) if rest else None
    if recurrence is None or (rest and condition is None):
        return None
    if condition is not None:
        warn_missing(condition, b.report, b.scope.vocabulary.certain)
    return OnSchedule(recurrence, condition)


def _every(b: Builder, tree: Tree) -> Recurrence | None:
    token = cast("Token", tree.parts[1])
    length = length_of(b, token)
    if length is None:
        return None
    if length.count <= 0 or (length.exact and length.microseconds < 60_000_000):
        b.error("D103", token, "one minute is the least", "never rests", "write `every 1 minute`")
        return None
    return Every(length)


def _calendar(b: Builder, tree: Tree) -> Recurrence | None:
    """`every monday at 09:00`, `every month on day 1 at 09:00`, `every hour`."""
    days = trees_of(tree)[0]
    words = [(token.text.lower(), token) for token in cast("list[Token]", days.parts)]
    unit = " ".join(words[0][0].split()) if len(words) == 1 else ""
    if unit in ("hour", "minute"):
        return Every(Duration(1, "hour" if unit == "hour" else "minute"))
    known = [*_SETS, "day", "business day", "hour", "minute", "weekday"]
    meant = nearest(unit, known) if unit and unit not in known else None
    if meant in ("month", "quarter", "year"):
        b.error("S114", days, f"`{unit}` is not a day", "", f"did you mean `{meant}`?")
        return None
    if unit == "week":
        hint = "say on which day: `every monday at 09:00`; or how far apart: `every 7 days`"
        b.error("S114", days, "`week` is not a day", "on which day?", hint)
        return None
    at = _time(b, tree, unit or "monday")
    if unit in _SETS:
        return _monthly(b, tree, unit, at)
    if token := token_of(tree, "ON_DAY"):
        b.error("S117", token, "`on day` is for months, quarters and years", "")
        return None
    return _weekly(b, days, unit, at)


_SETS: Final[dict[str, tuple[int, ...]]] = {
    "month": tuple(range(1, 13)),
    "quarter": (1, 4, 7, 10),
    "year": (1,),
}


def _time(b: Builder, tree: Tree, unit: str) -> int | None:
    found = next((part for part in trees_of(tree) if part.rule == "clock"), None)
    if found is not None:
        return clock_of(b, found)
    day = " on day 1" if unit in _SETS else ""
    hint = f"write `every {unit}{day} at 09:00`"
    b.error("S117", tree, "a schedule needs a time of day", "at what time?", hint)
    return None


def _monthly(b: Builder, tree: Tree, unit: str, at: int | None) -> Recurrence | None:
    number = token_of(tree, "NUMBER")
    if number is None:
        hint = f"write `every {unit} on day 1 at 09:00`"
        b.error("S117", tree, f"`every {unit}` needs a day", "on which day?", hint)
        return None
    day = int(number.text) if number.text.isdecimal() else 0
    if not 1 <= day <= 31:
        b.error("S117", number, f"`{number.text}` is not a day of a month", "1 to 31")
        return None
    return Monthly(day, at, _SETS[unit]) if at is not None else None


def _weekly(b: Builder, days: Tree, unit: str, at: int | None) -> Recurrence | None:
    everyday = tuple(range(7))
    if unit == "day":
        return Weekly(everyday, at) if at is not None else None
    if unit == "weekday":
        return Weekly((0, 1, 2, 3, 4), at) if at is not None else None
    found = days_of(day_words(b, days), b.report)
    if found is None or at is None:
        return None
    if found == "business days":
        return Weekly(everyday, at, business=True)
    return Weekly(found, at)


def _cron(b: Builder, tree: Tree) -> Recurrence | None:
    token = cast("Token", tree.parts[1])
    text = unquoted(token.text)
    found = cron_of(text, b.place(token), b.report)
    if found is None:
        return None
    fields = text.split()
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    rule = Cron(*found, either=either)
    if next_tick(rule, 0, zone("UTC"), Calendar()) is None:
        b.error("S115", token, f"`{text}` never comes round", "no such day", "as in `0 9 28 2 *`")
        return None
    return rule


# --- parts shared with rule lines ---------------------------------------------------------------


def day_words(b: Builder, tree: Tree) -> list[tuple[str, Span]]:
    """Return the day words of a `days` tree with their places."""
    return [(token.text, b.place(token)) for token in cast("list[Token]", tree.parts)]


def clock_of(b: Builder, tree: Tree) -> int | None:
    """Return the minutes after midnight of a `clock` tree."""
    token = cast("Token", tree.parts[0])
    return minutes_of(unquoted(token.text), b.place(token), b.report)


def again_of(b: Builder, tree: Tree) -> Again | None:
    """Return what an `again_rule` tree says."""
    token = cast("Token", tree.parts[-1])
    if token.kind == "DURATION":
        length = stretch_of(b, token)
        return Again("after", length) if length is not None else None
    if token.text in ("always", "never"):
        return Again("always" if token.text == "always" else "never")
    hint = "write `always`, `never` or `after 90 days`"
    b.error("S118", token, f"`{token.text}` does not say how soon again", "", hint)
    return None


_TRIGGERS: Final[dict[str, Callable[[Builder, Tree], Trigger | None]]] = {
    "on_name": _on_name,
    "on_event": _on_event,
    "on_date": _on_date,
    "on_change": _on_change,
    "on_other": on_other,
    "on_record": on_record,
    "on_sequence": on_sequence,
    "on_crossing": _on_crossing,
    "on_condition": _on_condition,
    "on_absence": _on_absence,
    "on_relative": _on_relative,
    "on_schedule": _on_schedule,
    "on_segment": on_segment,
    "on_stage": on_stage,
    "on_stay": on_stay,
    "on_moved": on_moved,
    "on_manual": lambda _b, _tree: OnManual(),
}
_RECURRENCES: Final[dict[str, Callable[[Builder, Tree], Recurrence | None]]] = {
    "every": _every,
    "calendar": _calendar,
    "cron": _cron,
}
