"""What stands between the arrows of a rule line: `check-in after 7 days at 09:00 if seats > 5`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Expr, Happening, Missing, Records
from ..engine.core.origin import Span
from ..engine.core.plan import BestHour, Repeat
from ..engine.core.zone import is_zone
from . import names
from .assign import fitting, settable
from .build import length_of, names_of, token_of, trees_of
from .days import days_of
from .document import Scalar
from .history import happening
from .hours import best_of
from .names import unquoted
from .parser import Token, Tree
from .positions import move_to
from .records import records
from .rule_reader import RuleReader
from .shares import rounds
from .triggers import clock_of, day_words

__all__ = ["STEPS", "RuleStep", "answers_in", "step"]

Kind = Literal[
    "do", "wait", "wait for", "wait until", "start", "cancel", "move", "set", "emit", "stop"
]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleStep:
    """One thing between arrows: an action by name, a wait or another step; and when it may run."""

    kind: Kind
    span: Span
    id: str = ""
    """What stands before the colon; empty without one."""
    action: Scalar | None = None
    """The action, the playbook to start or cancel, or the reason of a `stop`, where it stands."""
    duration: Duration | None = None
    """`wait D`, or the `up to D` of another wait."""
    what: Happening | None = None
    """The event of a `wait for`."""
    event: str | None = None
    """The declared event of an `emit`."""
    condition: Expr | None = None
    """The condition of a `wait until`."""
    stage: tuple[str, str] | None = None
    """For `move to stage`: the attribute that holds the stage, and the stage's declared name."""
    values: tuple[tuple[str, Expr], ...] = ()
    """What a `set` sets: each attribute with its value."""
    after: Duration | None = None
    at: int | BestHour | None = None
    """Minutes after midnight, or the customer's best hour."""
    on: tuple[int, ...] | Literal["business days"] | None = None
    zone: str | None = None
    each: Records | None = None
    """The records for each of which the action is done."""
    only_if: Expr | None = None
    unless: Expr | None = None
    answer: Scalar | None = None
    """The name of the answer: `as credit`."""
    up_to: Duration | None = None
    """How long the answer is waited for."""
    repeat: Repeat | None = None
    """`every 7 days up to 3 times until COND`."""


def step(line: RuleReader, tree: Tree, label: Tree | None) -> RuleStep:
    """Read one step, with the id before its colon where it has one."""
    name = line.named(trees_of(label)[0]).value if label is not None else ""
    inner = [part for part in trees_of(tree) if part.rule not in _CLAUSES]
    span = line.text.place(tree.start, tree.end)
    made = RuleStep(STEPS[tree.rule], span, name, duration=line.length(_length(tree)))
    made = _about(line, made, tree, inner)
    for part in trees_of(tree):
        if part.rule in _CLAUSES:
            made = _clause(line, made, part)
    _check_clauses(line, made, tree)
    return made


def _check_clauses(line: RuleReader, made: RuleStep, tree: Tree) -> None:
    """Report what only an action has, and a wait that waits for nothing."""
    for part in trees_of(tree):
        if part.rule in _OF_ACTIONS and made.kind != "do":
            place = line.text.place(part.start, part.end)
            line.report.error("S101", place, "this stands behind an action only", "")
            line.broken = True
    if made.kind == "wait" and (made.duration, made.at, made.on) == (None, None, None):
        title = "`wait` is followed by a length of time"
        line.report.error("P103", made.span, title, "", "as in `wait 7 days`, `wait at 09:00`")
        line.broken = True


def answers_in(trees: list[Tree]) -> tuple[str, ...]:
    """Return the names that the steps of a line give their answers."""
    clauses = (part for tree in trees for part in trees_of(tree) if part.rule == "answer")
    return tuple(names_of(trees_of(clause)[0])[0] for clause in clauses)


def _length(tree: Tree) -> Token | None:
    return token_of(tree, "DURATION")


def _about(line: RuleReader, made: RuleStep, tree: Tree, inner: list[Tree]) -> RuleStep:
    """Add what a step is about."""
    match made.kind:
        case "do" if line.text.value[inner[0].start : inner[0].end] == "stop":
            return replace(made, kind="stop")
        case "do":
            return replace(made, action=line.named(inner[0]))
        case "start":
            return _other(line, made, *inner)
        case "wait for":
            return replace(made, what=line.kept(happening(line.builder(), inner[0])))
        case "wait until":
            return replace(made, condition=line.condition(inner[0], narrowed=True))
        case "move":
            return replace(made, stage=line.kept(move_to(line.builder(), tree)))
        case "set":
            found = [line.kept(_value(line, part)) for part in inner]
            return replace(made, values=tuple(pair for pair in found if pair is not None))
        case _:
            return made


def _other(line: RuleReader, made: RuleStep, verb: Tree, name: Tree) -> RuleStep:
    """Read `start win-back`, `emit renewed`, `stop "not ready"`; nothing else is two names."""
    word, second = line.named(verb).value, line.named(name)
    match word:
        case "start" | "cancel" | "stop":
            return replace(made, kind=cast("Kind", word), action=second)
        case "emit":
            event = names.event(second.value, second.span, line.scope, line.report)
            return replace(made, kind="emit", event=line.kept(event))
        case _:
            title = f"`{second.value}` does not fit here"
            hint = f'a name of several words stands in quotes: `"{word} {second.value}"`'
            line.report.error("S101", second.span, title, "after a name", hint)
            line.broken = True
            return made


def _value(line: RuleReader, tree: Tree) -> tuple[str, Expr] | None:
    """Read `risk to health_score < 50`, or `risk to missing`."""
    name, *given = trees_of(tree)
    place = line.text.place(name.start, name.end)
    found = names.attribute(names_of(name), place, line.scope, line.report)
    if found is None or not settable(found, line.scope.vocabulary, line.report):
        return None
    if not given:
        return found.name, Missing(span=line.text.place(tree.start, tree.end))
    kind = line.scope.vocabulary.attributes[found.name]
    made = fitting(line.builder().build(given[0]), kind, line.scope, line.report)
    return (found.name, made) if made is not None else None


# --- clauses ------------------------------------------------------------------------------------


def _clause(line: RuleReader, made: RuleStep, tree: Tree) -> RuleStep:
    name = _CLAUSES[tree.rule][0]
    if getattr(made, name) is not None:
        line.twice(tree)
    return replace(made, **{name: line.kept(_CLAUSES[tree.rule][1](line, tree))})  # type: ignore[arg-type]


def _after(line: RuleReader, tree: Tree) -> Duration | None:
    return length_of(line.builder(), cast("Token", tree.parts[1]))


def _at(line: RuleReader, tree: Tree) -> int | BestHour | None:
    moment = cast("Tree", tree.parts[1])
    return (best_of if moment.rule == "best" else clock_of)(line.builder(), moment)


def _on(line: RuleReader, tree: Tree) -> tuple[int, ...] | Literal["business days"] | None:
    return days_of(day_words(line.builder(), cast("Tree", tree.parts[1])), line.report)


def _each(line: RuleReader, tree: Tree) -> Records | None:
    path, *filters = trees_of(tree)
    return records(line.builder(), path, filters[0] if filters else None)


def _zone(line: RuleReader, tree: Tree) -> str | None:
    zone = cast("Tree", tree.parts[1])
    name = unquoted(cast("Token", zone.parts[0]).text)
    if is_zone(name):
        return name
    span = line.text.place(zone.start, zone.end)
    line.report.error("T112", span, f'"{name}" is not a time zone', "", 'as "Europe/Berlin"')
    return None


def _guard(line: RuleReader, tree: Tree) -> Expr | None:
    return line.condition(tree.parts[1])


def _denied(line: RuleReader, tree: Tree) -> Expr | None:
    return line.condition(tree.parts[1], denied=True)


def _answer(line: RuleReader, tree: Tree) -> Scalar | None:
    return line.named(cast("Tree", tree.parts[1]))


def _repeat(line: RuleReader, tree: Tree) -> Repeat | None:
    """Read `every 7 days up to 3 times until COND`."""
    every = line.length(_length(tree))
    number, word = token_of(tree, "NUMBER"), token_of(tree, "NAME", "TIMES_UNTIL")
    until = [part for part in tree.parts if isinstance(part, Tree)]
    over = line.condition(until[0], narrowed=True) if until else None
    if every is None or number is None or word is None or (until and over is None):
        return None
    text = line.text.part(number.start, word.start + len(word.text.split()[0]))
    most = rounds(text, line.report)
    return Repeat(every, most, over, None) if most is not None else None


STEPS: Final[dict[str, Kind]] = {
    "act": "do",
    "other": "start",
    "move": "move",
    "set_": "set",
    "wait": "wait",
    "wait_for": "wait for",
    "wait_until": "wait until",
}
"""The alternatives of the grammar that stand between arrows, each with what it does."""
_OF_ACTIONS: Final = ("answer", "each", "up_to")
_CLAUSES: Final[dict[str, tuple[str, Callable[[RuleReader, Tree], object]]]] = {
    "after": ("after", _after),
    "answer": ("answer", _answer),
    "at": ("at", _at),
    "each": ("each", _each),
    "on": ("on", _on),
    "only_if": ("only_if", _guard),
    "repeat": ("repeat", _repeat),
    "unless": ("unless", _denied),
    "up_to": ("up_to", _after),
    "zone": ("zone", _zone),
}
"""What may follow in a step, with the field it fills and what reads it."""
