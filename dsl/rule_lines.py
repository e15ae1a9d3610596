"""A rule line read: `on go-live if seats > 5 -> check-in after 7 days at 09:00; again never`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..engine.core.expr import Expr
from ..engine.core.given import given_by
from ..engine.core.origin import Span
from ..engine.core.plan import OnCondition, OnEvent, Trigger
from .build import Builder, token_of, trees_of
from .conditions import read
from .diagnostics import Report
from .document import Scalar
from .missing import known_by
from .parser import Tree
from .rule_options import OPTIONS, RuleOptions, options
from .rule_reader import RuleReader
from .rule_steps import STEPS, RuleStep, answers_in, step
from .scope import Scope
from .triggers import build_trigger

__all__ = ["RuleLine", "lines", "rule"]


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
    return _line(RuleReader(text, scope, report), tree) if tree is not None else None


def _line(line: RuleReader, tree: Tree) -> RuleLine | None:
    parts = trees_of(tree)
    label = parts.pop(0) if parts[0].rule == "label" else None
    made = build_trigger(Builder(line.text, line.scope, line.report), parts.pop(0))
    line.scope = _started(line.scope, made)
    guarded = token_of(tree, "IF") is not None
    condition = line.condition(parts.pop(0)) if guarded else None
    asked = known_by(condition, made.condition if isinstance(made, OnCondition) else None)
    line.scope = replace(line.scope, answers=answers_in(parts), asked=asked)
    steps = tuple(_steps(line, parts))
    found = options(line, [part for part in parts if part.rule in OPTIONS])
    if made is None or line.broken:
        return None
    name = line.named(trees_of(label)[0]) if label is not None else None
    return RuleLine(made, steps, line.text.span, name, condition, found)


def _started(scope: Scope, trigger: Trigger | None) -> Scope:
    """Return what names mean in a run that a trigger begins."""
    if isinstance(trigger, OnEvent):
        scope = replace(scope, trigger_event=trigger.what.event)
    elif trigger is not None:
        scope = replace(scope, given=given_by(trigger, scope.vocabulary))
    return replace(scope, has_trigger=True)


def _steps(line: RuleReader, parts: list[Tree]) -> Iterator[RuleStep]:
    label: Tree | None = None
    for part in parts:
        if part.rule in STEPS:
            yield step(line, part, label)
        label = part if part.rule == "label" else None
