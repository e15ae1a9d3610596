"""From steps inside steps, as authors nest them, to a flat list in which each names the next."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from ..engine.core.expr import Expr
from ..engine.core.fixed import node
from ..engine.core.origin import Span
from ..engine.core.plan import (
    Arm,
    Ask,
    Body,
    Branch,
    Cancel,
    Choose,
    Plan,
    Repeat,
    Split,
    Start,
    Step,
    Timing,
    WaitFor,
    WaitUntil,
)
from ..engine.core.vocabulary import fold
from .diagnostics import Diagnostic, Label, Report
from .document import Scalar

__all__ = ["MOST_ROUNDS", "Draft", "aimed", "flatten"]

MOST_ROUNDS: Final = 1_000
"""How often the steps of a `repeat:` may run, all repeats around it taken together."""
_MOST_DEEP: Final = 3
"""How many repeats may stand inside each other."""


_FOLLOWING: Final = Timing()


@node
class Draft:
    """A step as it was read: the steps below it are still inside it."""

    body: Body
    """Its targets are not filled in yet."""
    name: str
    """What an unnamed step is called after: its action, or what it does."""
    span: Span
    id: str = ""
    timing: Timing = _FOLLOWING
    only_if: Expr | None = None
    unless: Expr | None = None
    texts: tuple[tuple[str, Scalar], ...] = ()
    """The templates that its action is given, each as it was written, with its word."""
    arms: tuple[tuple["Draft", ...], ...] = ()
    """The steps of `then:` and `else:`; of each branch of a `choose:`, and of its `otherwise:`; of
    each arm of a `split:`; of each answer to an `ask:`, and of its `else:`; of a `repeat:`."""


def flatten(drafts: tuple[Draft, ...], report: Report) -> tuple[tuple[Step, ...], dict[str, Draft]]:
    """Return all steps in the order in which they are written, each with its id and what follows.

    Branches join at the step after the one that branches. What each was read as comes with them,
    by its id.
    """
    _check_repeats(drafts, report)
    names = _ids(drafts, report)
    written = {names[id(draft)]: draft for draft in _walk(drafts)}
    return tuple(_linked(drafts, None, names)), written


def _walk(drafts: tuple[Draft, ...]) -> Iterator[Draft]:
    for draft in drafts:
        yield draft
        for arm in draft.arms:
            yield from _walk(arm)


def _ids(drafts: tuple[Draft, ...], report: Report) -> dict[int, str]:
    """Give each step its id, by the identity of its draft, because equal steps may stand twice."""
    given: dict[str, Span] = {}
    for draft in _walk(drafts):
        first = given.setdefault(fold(draft.id), draft.span) if draft.id else draft.span
        if first is not draft.span:
            _report_twice(draft, first, report)
    counts: dict[str, int] = {}
    ids: dict[int, str] = {}
    for draft in _walk(drafts):
        # Named steps count too, so that naming one leaves the ids of the others alone.
        counts[draft.name] = number = counts.get(draft.name, 0) + 1
        while not draft.id and fold(f"{draft.name}-{number}") in given:
            number += 1
        ids[id(draft)] = draft.id or f"{draft.name}-{number}"
        given.setdefault(fold(ids[id(draft)]), draft.span)
    return ids


def _report_twice(draft: Draft, first: Span, report: Report) -> None:
    report.add(
        Diagnostic(
            "P107",
            f"two steps have the id `{draft.id}`",
            draft.span,
            "the second one",
            ("give each step an id of its own; a step inside a branch counts too",),
            others=(Label(first, "the first one"),),
        )
    )


def _check_repeats(
    drafts: tuple[Draft, ...], report: Report, deep: int = 0, rounds: int = 1
) -> None:
    """Report repeats inside repeats that nobody could follow, or that hardly end."""
    for draft in drafts:
        inside = (deep, rounds)
        if isinstance(draft.body, Repeat):
            inside = (deep + 1, rounds * draft.body.most)
            if inside[0] > _MOST_DEEP:
                title = f"more than {_MOST_DEEP} repeats stand inside each other"
                report.error("P132", draft.span, title, "too deep", "start a playbook instead")
            elif inside[1] > MOST_ROUNDS >= rounds:
                title = f"these steps would run up to {inside[1]:,} times"
                hint = f"at most {MOST_ROUNDS:,} times, the repeats around them counted"
                report.error("P132", draft.span, title, "too often", hint)
        for arm in draft.arms:
            _check_repeats(arm, report, *inside)


def _linked(
    drafts: tuple[Draft, ...],
    after: str | None,
    ids: dict[int, str],
    within: tuple[str, ...] = (),
) -> Iterator[Step]:
    for index, draft in enumerate(drafts):
        own = ids[id(draft)]
        following = ids[id(drafts[index + 1])] if index + 1 < len(drafts) else after
        targets = tuple(ids[id(arm[0])] if arm else following for arm in draft.arms)
        body = _aimed(draft.body, targets)
        if isinstance(body, Repeat):
            body = replace(body, first=targets[0] if draft.arms[0] else None)
        timing = draft.timing
        yield Step(own, body, following, draft.only_if, draft.unless, timing, within)
        repeats = isinstance(body, Repeat)
        for arm in draft.arms:
            around = (*within, own) if repeats else within
            yield from _linked(arm, own if repeats else following, ids, around)


def _aimed(body: Body, targets: tuple[str | None, ...]) -> Body:
    """Fill in where a body leads to."""
    match body:
        case WaitFor(what, up_to):
            return WaitFor(what, up_to, *targets)
        case WaitUntil(condition, up_to):
            return WaitUntil(condition, up_to, *targets)
        case Choose(branches):
            aimed = zip(branches, targets, strict=False)
            return Choose(
                tuple(Branch(branch.condition, target) for branch, target in aimed), targets[-1]
            )
        case Split(arms):
            return Split(tuple(map(_leading, arms, targets)))
        case Ask(arms=arms):
            aimed_arms = tuple(map(_leading, arms, targets))
            return replace(body, arms=aimed_arms, otherwise=targets[-1])
        case _:
            return body


def _leading(arm: Arm, target: str | None) -> Arm:
    return replace(arm, target=target)


def aimed(plan: Plan, spelt: Mapping[str, str]) -> Plan:
    """Return a plan whose steps name other playbooks as those spell themselves."""
    return replace(plan, steps=tuple(_spelt(step, spelt) for step in plan.steps))


def _spelt(step: Step, spelt: Mapping[str, str]) -> Step:
    if not isinstance(step.body, Start | Cancel):
        return step
    name = spelt.get(fold(step.body.playbook), step.body.playbook)
    return replace(step, body=replace(step.body, playbook=name))
