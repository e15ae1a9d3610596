"""Where a test's customer belongs: an arm for each split that is named, held out or not."""

from collections.abc import Iterator

from ...engine.core.drawn import HOLDOUT, held_as, kept_in
from ...engine.core.plan import Plan, Split, Step
from ..document import Node, Scalar
from ..scope import declared
from ..shapes import text_of
from .read_parts import Parts, Strange

__all__ = ["draws"]


def draws(parts: Parts, node: Node | None, playbook: str | None) -> dict[str, str]:
    """Read `drawn: {subject: plain, holdout: false}`: what a customer remembers to have drawn."""
    found: dict[str, str] = {}
    inner = parts.mapping(node, "`drawn:`")
    plans = [plan for plan in parts.project.plans if playbook in (None, plan.playbook)]
    for key, value in inner.entries if inner is not None else ():
        if key.value == HOLDOUT:
            found.update(_holdout(parts, key, value, plans))
        else:
            found.update(_arm(parts, key, value, plans))
    return found


def _holdout(
    parts: Parts, key: Scalar, value: Node, plans: list[Plan]
) -> Iterator[tuple[str, str]]:
    out = parts.truth(value, HOLDOUT)
    holding = [plan for plan in plans if plan.holdout]
    if not holding:
        title = "nobody is held out here"
        parts.report.error("P502", key.span, title, "no playbook has a `holdout:`")
    yield from (held_as(plan, out=out) for plan in holding)


def _arm(parts: Parts, key: Scalar, value: Node, plans: list[Plan]) -> Iterator[tuple[str, str]]:
    splits = [(plan, step) for plan in plans for step in plan.steps if isinstance(step.body, Split)]
    name = declared(key.value, [step.id for _, step in splits])
    if name is None:
        strange = Strange("P104", f"there is no split `{key.value}`", "", "splits are")
        strange.tell(key, [*(step.id for _, step in splits), HOLDOUT], parts.report)
    for plan, step in splits:
        if step.id == name and (arm := _chosen(parts, value, step)) is not None:
            yield kept_in(plan, step), arm


def _chosen(parts: Parts, value: Node, step: Step) -> str | None:
    text = text_of(value, "an arm", parts.report)
    arms = [arm.name for arm in step.body.arms] if isinstance(step.body, Split) else []
    arm = declared(text.value, arms) if text is not None else None
    if arm is None and text is not None:
        strange = Strange("P104", f"`{text.value}` is no arm of `{step.id}`", "", "its arms are")
        strange.tell(text, arms, parts.report)
    return arm
