"""A playbook read aloud leaves nothing out: whatever differs in what it does differs in what is said."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any

import pytest

from cuebook.dsl.project import compile_project
from cuebook.engine.core import plan as P
from cuebook.engine.core.plan_days import BestHour
from cuebook.engine.english import english

OK = sorted((Path(__file__).parents[1] / "corpus" / "ok").iterdir())
_FORM = {"id", "next", "within", "then", "otherwise", "first", "target", "arms", "branches"}
"""What gives a playbook its form, and names that nobody reads aloud."""
_EMPTY = {"up_to": None, "until": None, "answer": "", "each": None, "properties": ()}


def without(node: Any, names: dict[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield each optional part that a node has, and the node without it."""
    for one in fields(node):
        empty = _default(one) if names is None else names.get(one.name, MISSING)
        if empty is not MISSING and one.name not in _FORM and getattr(node, one.name) != empty:
            yield one.name, replace(node, **{one.name: empty})


def _default(one: "Field[Any]") -> object:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def changed(plan: P.Plan) -> Iterator[tuple[str, P.Plan]]:
    yield from without(plan)
    for at, step in enumerate(plan.steps):
        other = [
            *((name, step_) for name, step_ in without(step)),
            *((name, replace(step, timing=timing)) for name, timing in timed(step.timing)),
            *((name, replace(step, body=body)) for name, body in without(step.body, _EMPTY)),
        ]
        for name, one in other:
            yield (
                f"{step.id} {name}",
                replace(plan, steps=(*plan.steps[:at], one, *plan.steps[at + 1 :])),
            )


def timed(timing: P.Timing) -> Iterator[tuple[str, P.Timing]]:
    yield from without(timing)
    if isinstance(timing.at, BestHour):
        yield from ((name, replace(timing, at=at)) for name, at in without(timing.at))


@pytest.mark.parametrize("path", OK, ids=lambda path: path.name)
def test_every_part_of_a_playbook_is_read_aloud(path: Path) -> None:
    """An author who reads what a playbook does may rely on it being all that it does."""
    project = compile_project(path).project
    assert project is not None

    for plan in project.plans:
        said = list(english(plan))
        for name, other in changed(plan):
            assert list(english(other)) != said, f"{plan.playbook}: {name} is not told"
