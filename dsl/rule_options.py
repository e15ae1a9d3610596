"""What stands behind the semicolons of a rule line: `; again never; holdout 10%`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from ..engine.core.duration import Duration
from ..engine.core.expr import Expr
from ..engine.core.plan import Again
from .build import token_of
from .conditions import goal_of
from .elsewhere import meant_by
from .keys import ABOUT
from .names import unquoted
from .parser import Token, Tree
from .rule_reader import RuleReader
from .shapes import whole_number
from .shares import percent
from .spelling import nearest
from .triggers import again_of

__all__ = ["OPTIONS", "RuleOptions", "options"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleOptions:
    """What stands behind semicolons; None where nothing was written."""

    title: str | None = None
    owner: str | None = None
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
    priority: int | None = None
    held_up_to: Duration | None = None
    """`held back wait up to 3 days`; None for `drop`, too."""


def options(line: RuleReader, trees: list[Tree]) -> RuleOptions:
    """Read all options of a line, each of which may stand there once."""
    found, seen = RuleOptions(), set[str]()
    for tree in trees:
        name = _called(tree) if tree.rule == "described" else tree.rule
        if name in seen:
            line.twice(tree)
        seen.add(name)
        found = OPTIONS[tree.rule](line, found, tree)
    return found


def _called(tree: Tree) -> str:
    return cast("Token", tree.parts[0]).text


def _word(line: RuleReader, tree: Tree, *known: str) -> str | None:
    """Read an option of one of a few words."""
    tokens = [part for part in tree.parts[1:] if isinstance(part, Token)]
    found = " ".join(token.text for token in tokens if token.kind == "NAME")
    if found in known:
        return found
    span = line.text.place(tree.start, tree.end)
    meant = meant_by(tree.rule.replace("_", " "), found) or nearest(found, known)
    hints = [f"did you mean `{meant}`?"] if meant is not None else []
    hints.append(f"write one of: {', '.join(f'`{one}`' for one in known)}")
    line.report.error("S118", span, f"`{found}` is not known here", "", *hints)
    return line.kept(None)


def _per(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    per = line.builder().build(tree.parts[-1])
    line.broken = line.broken or per is None
    return replace(found, per=per)


def _stop_when(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    return replace(found, stop_when=line.condition(tree.parts[-1], narrowed=True))


def _again(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    again = line.kept(again_of(line.builder(), cast("Tree", tree.parts[-1])))
    return replace(found, again=again)


def _goal(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    made = line.kept(goal_of(line.builder(narrowed=True), tree))
    return replace(found, goal=made[0], goal_within=made[1]) if made is not None else found


def _chosen(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    key = tree.rule.replace("_", " ")
    word = _word(line, tree, *ABOUT[key].words)
    return replace(found, **{tree.rule: word})  # type: ignore[arg-type]  # one of the words of the key


def _holdout(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    token = cast("Token", tree.parts[-1])
    share = line.kept(percent(line.text.part(token.start, token.end), line.report))
    return replace(found, holdout=share)


def _priority(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    first = token_of(tree, "SUB", "NUMBER")
    assert first is not None  # noqa: S101 - the grammar asks for a number
    number = whole_number(line.text.part(first.start, tree.end), "priority", line.report)
    return replace(found, priority=line.kept(number))


def _held_back(line: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    length = token_of(tree, "DURATION")
    if length is not None:
        return replace(found, held_up_to=line.length(length))
    _word(line, tree, "drop", "wait up to 3 days")
    return found


def _described(_: RuleReader, found: RuleOptions, tree: Tree) -> RuleOptions:
    text = unquoted(cast("Token", tree.parts[-1]).text)
    return replace(found, title=text) if _called(tree) == "title" else replace(found, owner=text)


OPTIONS: Final[dict[str, Callable[[RuleReader, RuleOptions, Tree], RuleOptions]]] = {
    "described": _described,
    "per": _per,
    "stop_when": _stop_when,
    "again_option": _again,
    "goal_option": _goal,
    "while_running": _chosen,
    "late": _chosen,
    "in_flight": _chosen,
    "existing": _chosen,
    "holdout": _holdout,
    "priority": _priority,
    "held_back": _held_back,
}
"""The alternatives of the grammar that stand behind a semicolon, each with what reads it."""
