"""Every text of one line, read: conditions, values, triggers, events, durations, times, days.

Each function takes a text with its place and returns what it means; or None, after it has put what
is wrong into the report. None of them raises, whatever the text.
"""

import re
from functools import lru_cache
from typing import Final, Literal, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Constant, Expr, Happening, Records, TimeSince
from ..engine.core.plan import Again, BestHour, Trigger
from ..engine.core.vocabulary import Type, Vocabulary
from .build import (
    BUILD,
    Builder,
    bad_unit,
    length_of,
    names_of,
    stretch_of,
    token_of,
    trees_of,
)
from .comparisons import COMPARISONS
from .days import days_of, minutes_of
from .diagnostics import Report
from .document import Scalar
from .history import HISTORY
from .history import happening as build_happening
from .hours import best_of
from .missing import warn_missing
from .parser import Mistake, Token, Tree, parse, tokens
from .past import PAST
from .positions import POSITIONS
from .records import RECORDS, records
from .scope import Scope
from .segments import SEGMENTS
from .syntax import LONGEST, NESTING, nesting, tell
from .triggers import again_of, build_trigger, held_condition
from .typecheck import check_assignable, check_spans

__all__ = [
    "Leg",
    "Scope",
    "again",
    "clock",
    "condition",
    "days",
    "duration",
    "goal",
    "goal_of",
    "happening",
    "moment",
    "moves",
    "read",
    "selection",
    "trigger",
    "value",
]


Leg = tuple[Scalar, Scalar, Expr | None, Duration | None]
"""One move: its ends as they were written, its condition, and how long that has to hold."""

_NAMELESS: Final = Scope(Vocabulary(""))
"""What lengths of time and the like are read in, where no name stands."""

BUILD.update(PAST | POSITIONS | COMPARISONS | HISTORY | RECORDS | SEGMENTS)


def read(text: Scalar, start: str, report: Report) -> Tree | None:
    """Parse a text as one `start` of the grammar, within the bounds on length and nesting."""
    if len(text.value) > LONGEST:
        title = f"this text has {len(text.value):,} characters; at most {LONGEST:,} are read"
        report.error("S109", text.span, title, "too long", "split it, or name its parts")
        return None
    found = _parsed(text.value, start)
    if isinstance(found, Tree):
        return found
    if isinstance(found, Mistake):
        tell(found, text, start, report)
    elif found is None:
        report.error("S111", text.span, f"a {start} is missing here", "nothing is written")
    else:
        title = f"nested more than {NESTING} levels deep"
        report.error("S110", text.place(found.start, found.end), title, "too deep", "split it")
    return None


@lru_cache(maxsize=4096)
def _parsed(text: str, start: str) -> Tree | Mistake | Token | None:
    """Parse a text, the same one once: its tree, what is wrong, where it is too deep; None of nothing.

    Nobody changes a tree, and places in it are counted from the beginning of its text.
    """
    found = list(tokens(text))
    return (nesting(found) or parse(found, start)) if found else None


def condition(text: Scalar, scope: Scope, report: Report) -> Expr | None:
    """Read what must be true or false: `plan == "pro" and has login in last 7 days`."""
    tree = read(text, "condition", report)
    made = Builder(text, scope, report).condition(tree.parts[0]) if tree is not None else None
    if made is not None:
        _warn_settled(made, report)
    return made


def _warn_settled(made: Expr, report: Report) -> None:
    """Warn of a condition that is a value written out: it was asked for, and decides nothing."""
    if isinstance(made, Constant) and made.value is True:
        report.warn("P403", made.span, "`true` always holds", "true for everybody", "leave it out")
    if isinstance(made, Constant) and made.value is False:
        report.warn("P402", made.span, "`false` never holds", "true for nobody", "leave it out")


def value(text: Scalar, scope: Scope, report: Report, expected: Type | None = None) -> Expr | None:
    """Read a value, or a condition as a value: `seats * 2`, `health_score < 50`.

    With `expected`, what cannot be of that type is reported.
    """
    tree = read(text, "condition", report)
    made = Builder(text, scope, report).build(tree.parts[0]) if tree is not None else None
    if isinstance(made, TimeSince) and not check_spans((made,), report):
        return None
    if made is None or expected is None:
        return made
    return made if check_assignable(made, expected, scope, report) else None


def selection(text: Scalar, scope: Scope, report: Report) -> Records | None:
    """Read a list, and which of its items count: `contacts where (role == "champion")`."""
    tree = read(text, "selection", report)
    if tree is None:
        return None
    path, *filters = trees_of(tree)
    made = records(Builder(text, scope, report), path, filters[0] if filters else None)
    if made is not None and made.where is not None:
        warn_missing(made.where, report)
    return made


def trigger(text: Scalar, scope: Scope, report: Report) -> Trigger | None:
    """Read what starts a run, with or without the leading `on`."""
    tree = read(text, "trigger", report)
    return build_trigger(Builder(text, scope, report), tree.parts[-1]) if tree is not None else None


def moves(text: Scalar, scope: Scope, report: Report) -> tuple[Leg, ...]:
    """Read a chain of moves: `lead -> qualified when score >= 50 -> paying when has purchase`.

    Each is where it begins, where it leads, and the condition that makes it, which may have to hold
    for some time.
    """
    tree = read(text, "moves", report)
    if tree is None:
        return ()
    here, *rest = trees_of(tree)
    found = list[Leg]()
    for part in rest:
        if part.rule == "reference":
            found.append((_end(text, here), _end(text, part), None, None))
            here = part
        else:
            held = held_condition(Builder(text, scope, report), part)
            if held is None:
                return ()
            found[-1] = (*found[-1][:2], *held)
    return tuple(found)


def _end(text: Scalar, node: Tree) -> Scalar:
    return Scalar(".".join(names_of(node)), text.place(node.start, node.end))


def happening(text: Scalar, scope: Scope, report: Report) -> Happening | None:
    """Read an event that counts: `purchase where (amount > 100)`."""
    tree = read(text, "happening", report)
    if tree is None:
        return None
    return build_happening(Builder(text, scope, report), cast("Tree", tree.parts[0]))


def duration(text: Scalar, report: Report, *, stretch: bool = False) -> Duration | None:
    """Read a length of time: `7 days`, `2 business days`, `7d`; of a `stretch`, not nothing."""
    tree = read(text, "duration", report)
    if tree is None:
        return None
    builder = Builder(text, _NAMELESS, report)
    if tree.rule == "bad_unit":
        bad_unit(builder, tree)
        return None
    return (stretch_of if stretch else length_of)(builder, cast("Token", tree.parts[0]))


def goal(text: Scalar, scope: Scope, report: Report) -> tuple[Expr, Duration | None] | None:
    """Read a goal: a condition, and the time within which it should become true."""
    tree = read(text, "goal", report)
    return goal_of(Builder(text, scope, report), tree) if tree is not None else None


def goal_of(b: Builder, tree: Tree) -> tuple[Expr, Duration | None] | None:
    """Make a goal of a tree that holds a condition and perhaps `within D`."""
    made = b.condition(next(part for part in tree.parts if isinstance(part, Tree)))
    token = token_of(tree, "DURATION")
    within = length_of(b, token) if token is not None else None
    if made is None or (token is not None and within is None):
        return None
    warn_missing(made, b.report, b.scope.vocabulary.certain)
    return made, within


def again(text: Scalar, report: Report) -> Again | None:
    """Read how soon a customer may start again: `always`, `never`, `after 90 days`."""
    tree = read(text, "again", report)
    if tree is None:
        return None
    return again_of(Builder(text, _NAMELESS, report), cast("Tree", tree.parts[0]))


def clock(text: Scalar, report: Report) -> int | None:
    """Read a time of day, `9:00` or `09:00`, as minutes after midnight."""
    return minutes_of(text.value.strip(), text.span, report)


def moment(text: Scalar, report: Report) -> int | BestHour | None:
    """Read when on its day a step is done: `09:00`, `best hour within 09:00-17:00 else 10:00`."""
    if text.value.split(None, 1)[:1] != ["best"]:
        return clock(text, report)
    tree = read(text, "best", report)
    return best_of(Builder(text, _NAMELESS, report), tree) if tree is not None else None


def days(text: Scalar, report: Report) -> tuple[int, ...] | Literal["business days"] | None:
    """Read days: `monday`, `mon-fri`, `monday, wednesday`, `weekdays`, `business days`.

    Weekdays count Monday 0 to Sunday 6.
    """
    found = re.finditer(r"[^,]*[^,\s]", text.value)
    words = [(m[0].strip(), text.place(m.end() - len(m[0].strip()), m.end())) for m in found]
    if not words:
        report.error("S114", text.span, "days are missing here", "", "write `monday` or `mon-fri`")
        return None
    return days_of(words, report)
