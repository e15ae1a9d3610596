"""A rule line read: `on go-live if seats > 5 -> check-in after 7 days at 09:00; again never`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeVar, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Expr, Happening, Records
from ..engine.core.given import given_by
from ..engine.core.origin import Span
from ..engine.core.plan import Again, BestHour, OnEvent, Repeat, Trigger
from ..engine.core.zone import is_zone
from .build import Builder, length_of, names_of, token_of, trees_of
from .conditions import goal_of, read
from .days import days_of
from .diagnostics import Report
from .document import Scalar
from .history import happening
from .hours import best_of
from .missing import warn_missing
from .names import unquoted
from .parser import Token, Tree
from .positions import move_to
from .records import records
from .scope import Scope
from .shares import percent, rounds
from .triggers import again_of, build_trigger, clock_of, day_words

__all__ = ["RuleLine", "RuleOptions", "RuleStep", "lines", "rule"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleStep:
    """One thing between arrows: an action by name, or a wait; and when it may run."""

    kind: Literal["do", "wait", "wait for", "wait until", "start", "cancel", "move"]
    span: Span
    action: Scalar | None = None
    """The name of the action, or of the playbook to start or cancel, where it stands."""
    duration: Duration | None = None
    """`wait D`, or the `up to D` of another wait."""
    what: Happening | None = None
    """The event of a `wait for`."""
    condition: Expr | None = None
    """The condition of a `wait until`."""
    stage: tuple[str, str] | None = None
    """For `move to stage`: the attribute that holds the stage, and the stage's declared name."""
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
    repeat: Repeat | None = None
    """`every 7 days up to 3 times until COND`."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleOptions:
    """What stands behind semicolons; None where nothing was written."""

    per: Expr | None = None
    stop_when: Expr | None = None
    again: Again | None = None
    while_running: Literal["skip", "restart", "parallel"] | None = None
    late: Literal["skip", "run", "latest"] | None = None
    in_flight: Literal["follow", "finish old", "stop"] | None = None
    existing: Literal["ignore", "enter"] | None = None
    goal: Expr | None = None
    goal_within: Duration | None = None
    holdout: int | None = None
    """In hundredths of a percent."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleLine:
    """A playbook in one line."""

    trigger: Trigger
    steps: tuple[RuleStep, ...]
    span: Span
    name: Scalar | None = None
    """What stands before the colon."""
    condition: Expr | None = None
    """The `if` after the trigger."""
    options: RuleOptions = field(default_factory=RuleOptions)


def lines(source: str, file: str) -> tuple[Scalar, ...]:
    """Cut a `.play` file into rule lines; an indented line continues the one before it."""
    found = list[tuple[int, int]]()
    at = 0
    for line in source.splitlines(keepends=True):
        text = line.strip()
        end = at + len(line.rstrip())
        if text and not text.startswith("#"):
            if line[0].isspace() and found:
                found[-1] = (found[-1][0], end)
            else:
                found.append((at + len(line) - len(line.lstrip()), end))
        at += len(line)
    return tuple(Scalar(source[start:end], Span(file, start, end)) for start, end in found)


def rule(text: Scalar, scope: Scope, report: Report) -> RuleLine | None:
    """Read one rule line; its trigger decides what `event.…` is in its conditions."""
    tree = read(text, "rule", report)
    return _Line(text, scope, report).line(tree) if tree is not None else None


@dataclass(slots=True, eq=False, repr=False)
class _Line:
    text: Scalar
    scope: Scope
    report: Report
    broken: bool = False

    def line(self, tree: Tree) -> RuleLine | None:
        parts = trees_of(tree)
        label = parts.pop(0) if parts[0].rule == "label" else None
        made = build_trigger(Builder(self.text, self.scope, self.report), parts.pop(0))
        if isinstance(made, OnEvent):
            self.scope = replace(self.scope, trigger_event=made.what.event)
        elif made is not None:
            self.scope = replace(self.scope, given=given_by(made, self.scope.vocabulary))
        self.scope = replace(self.scope, has_trigger=True)
        guarded = token_of(tree, "IF") is not None
        condition = self.condition(parts.pop(0)) if guarded else None
        self.scope = replace(self.scope, answers=tuple(_answers(parts)))
        steps = tuple(self.step(part) for part in parts if part.rule in _STEPS)
        options = self.options([part for part in parts if part.rule in _OPTIONS])
        if made is None or self.broken:
            return None
        name = self.named(cast("Tree", label.parts[0])) if label is not None else None
        return RuleLine(made, steps, self.text.span, name, condition, options)

    def builder(self, *, narrowed: bool = False) -> Builder:
        window: Literal["all", "since trigger"] = "since trigger" if narrowed else "all"
        return Builder(self.text, replace(self.scope, window=window), self.report)

    def kept(self, value: _T | None) -> _T | None:
        """Note that a part of the line could not be understood."""
        self.broken = self.broken or value is None
        return value

    def condition(self, node: Tree | Token, *, narrowed: bool = False) -> Expr | None:
        made = self.builder(narrowed=narrowed).condition(node)
        if made is not None:
            warn_missing(made, self.report, self.scope.vocabulary.certain)
        self.broken = self.broken or made is None
        return made

    def named(self, tree: Tree) -> Scalar:
        span = self.text.place(tree.start, tree.end)
        return Scalar(names_of(tree)[0], span)

    def length(self, token: Token | None) -> Duration | None:
        return self.kept(length_of(self.builder(), token)) if token is not None else None

    def step(self, tree: Tree) -> RuleStep:
        inner = [part for part in trees_of(tree) if part.rule not in _CLAUSES]
        span = self.text.place(tree.start, tree.end)
        step = RuleStep(_STEPS[tree.rule], span, duration=self.length(token_of(tree, "DURATION")))
        match step.kind:
            case "do":
                step = replace(step, action=self.named(inner[0]))
            case "start" | "cancel":
                step = self.other(step, *inner)
            case "wait for":
                step = replace(step, what=self.kept(happening(self.builder(), inner[0])))
            case "wait until":
                step = replace(step, condition=self.condition(inner[0], narrowed=True))
            case "move":
                step = replace(step, stage=self.kept(move_to(self.builder(), tree)))
            case "wait":
                pass
        for clause in trees_of(tree):
            if clause.rule in _CLAUSES:
                step = self.clause(step, clause)
        return step

    def clause(self, step: RuleStep, tree: Tree) -> RuleStep:
        if getattr(step, tree.rule) is not None:
            self.twice(tree)
        part = tree.parts[1]
        match tree.rule:
            case "after":
                return replace(step, after=self.length(cast("Token", part)))
            case "at":
                at = self.moment(cast("Tree", part))
                self.kept(at)
                return replace(step, at=at)
            case "on":
                words = day_words(self.builder(), cast("Tree", part))
                return replace(step, on=self.kept(days_of(words, self.report)))
            case "each":
                path, *filters = trees_of(tree)
                found = records(self.builder(), path, filters[0] if filters else None)
                return replace(step, each=self.kept(found))
            case "zone":
                return replace(step, zone=self.kept(self.zone(cast("Tree", part))))
            case "only_if":
                return replace(step, only_if=self.condition(part))
            case "answer":
                return replace(step, answer=self.named(cast("Tree", part)))
            case "repeat":
                return replace(step, repeat=self.kept(self.repeat(tree)))
            case _:
                return replace(step, unless=self.condition(part))

    def other(self, step: RuleStep, verb: Tree, name: Tree) -> RuleStep:
        """Read `start win-back` or `cancel win-back`; no other two names stand side by side."""
        word = self.named(verb).value
        if word in ("start", "cancel"):
            kind: Literal["start", "cancel"] = "start" if word == "start" else "cancel"
            return replace(step, kind=kind, action=self.named(name))
        second = self.named(name)
        title = f"`{second.value}` does not fit here"
        hint = f'a name of several words stands in quotes: `"{word} {second.value}"`'
        self.report.error("S101", second.span, title, "after a name", hint)
        self.broken = True
        return step

    def repeat(self, tree: Tree) -> Repeat | None:
        """Read `every 7 days up to 3 times until COND`."""
        every = self.length(token_of(tree, "DURATION"))
        number, word = token_of(tree, "NUMBER"), token_of(tree, "NAME", "TIMES_UNTIL")
        until = [part for part in tree.parts if isinstance(part, Tree)]
        over = self.condition(until[0], narrowed=True) if until else None
        if every is None or number is None or word is None or (until and over is None):
            return None
        text = self.text.part(number.start, word.start + len(word.text.split()[0]))
        most = rounds(text, self.report)
        return Repeat(every, most, over, None) if most is not None else None

    def moment(self, tree: Tree) -> int | BestHour | None:
        if tree.rule == "best":
            return best_of(self.builder(), tree)
        return clock_of(self.builder(), tree)

    def zone(self, tree: Tree) -> str | None:
        name = unquoted(cast("Token", tree.parts[0]).text)
        if is_zone(name):
            return name
        span = self.text.place(tree.start, tree.end)
        self.report.error("T112", span, f'"{name}" is not a time zone', "", 'as "Europe/Berlin"')
        return None

    def twice(self, tree: Tree) -> None:
        self.broken = True
        span = self.text.place(tree.start, tree.end)
        self.report.error("S118", span, "this stands here twice", "written before")

    def options(self, trees: list[Tree]) -> RuleOptions:
        options, seen = RuleOptions(), set[str]()
        for tree in trees:
            if tree.rule in seen:
                self.twice(tree)
            seen.add(tree.rule)
            options = _OPTIONS[tree.rule](self, options, tree)
        return options

    def word(self, tree: Tree, *known: str) -> str | None:
        """Read an option of one of a few words."""
        tokens = [part for part in tree.parts[1:] if isinstance(part, Token)]
        found = " ".join(token.text for token in tokens if token.kind == "NAME")
        if found in known:
            return found
        span = self.text.place(tree.start, tree.end)
        hint = f"write one of: {', '.join(f'`{one}`' for one in known)}"
        self.report.error("S118", span, f"`{found}` is not known here", "", hint)
        return self.kept(None)


def _per(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    per = line.builder().build(tree.parts[-1])
    line.broken = line.broken or per is None
    return replace(options, per=per)


def _stop_when(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    return replace(options, stop_when=line.condition(tree.parts[-1], narrowed=True))


def _again(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    again = line.kept(again_of(line.builder(), cast("Tree", tree.parts[-1])))
    return replace(options, again=again)


def _goal(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    made = line.kept(goal_of(line.builder(narrowed=True), tree))
    return replace(options, goal=made[0], goal_within=made[1]) if made is not None else options


def _while_running(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    word = line.word(tree, "skip", "restart", "parallel")
    return replace(options, while_running=cast("Literal['skip', 'restart', 'parallel']", word))


def _late(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    word = line.word(tree, "skip", "run", "latest")
    return replace(options, late=cast("Literal['skip', 'run', 'latest']", word))


def _in_flight(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    word = line.word(tree, "follow", "finish old", "stop")
    return replace(options, in_flight=cast("Literal['follow', 'finish old', 'stop']", word))


def _existing(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    word = line.word(tree, "ignore", "enter")
    return replace(options, existing=cast("Literal['ignore', 'enter']", word))


def _holdout(line: _Line, options: RuleOptions, tree: Tree) -> RuleOptions:
    token = cast("Token", tree.parts[-1])
    share = line.kept(percent(line.text.part(token.start, token.end), line.report))
    return replace(options, holdout=share)


def _answers(trees: list[Tree]) -> Iterator[str]:
    """Yield the names that the steps of a line give their answers."""
    for clause in (part for tree in trees for part in trees_of(tree)):
        if clause.rule == "answer":
            yield names_of(trees_of(clause)[0])[0]


_STEPS: Final[dict[str, Literal["do", "wait", "wait for", "wait until", "start", "move"]]] = {
    "act": "do",
    "other": "start",
    "move": "move",
    "wait": "wait",
    "wait_for": "wait for",
    "wait_until": "wait until",
}
_CLAUSES: Final = frozenset(
    {"after", "at", "on", "each", "zone", "only_if", "unless", "answer", "repeat"}
)
_OPTIONS: Final[dict[str, Callable[[_Line, RuleOptions, Tree], RuleOptions]]] = {
    "per": _per,
    "stop_when": _stop_when,
    "again_option": _again,
    "goal_option": _goal,
    "while_running": _while_running,
    "late": _late,
    "in_flight": _in_flight,
    "existing": _existing,
    "holdout": _holdout,
}
