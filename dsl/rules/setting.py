"""What a project itself sets: by steps of its playbooks and by the rules of its lifecycles."""

from collections.abc import Iterator, Mapping

from ...engine.core.expr import Constant, Expr
from ...engine.core.lifecycles import held_by, stage_of
from ...engine.core.plan import Project, SetAttributes

__all__ = ["Values", "set_by"]

Values = frozenset[str | int | float | bool] | None
"""The values that an attribute may be given; None where that cannot be told."""


def set_by(project: Project) -> Mapping[str, Values]:
    """Return the values that the project gives attributes, by those that it sets."""
    found: dict[str, Values] = {}
    for name, value in _sets(project):
        known = found.get(name, frozenset())
        match value:
            case Constant(str() | int() | float() as plain) if known is not None:
                found[name] = known | {plain}
            case _:
                found[name] = None
    for lifecycle in project.lifecycles:
        attribute = stage_of(lifecycle.name)
        kind = project.vocabulary.attributes[attribute]
        for move in lifecycle.moves or ():
            known = found.get(attribute, frozenset())
            if move.condition is not None and known is not None:
                found[attribute] = known | set(held_by(move.new or "", kind))
    return found


def _sets(project: Project) -> Iterator[tuple[str, Expr]]:
    for plan in project.plans:
        for step in plan.steps:
            if isinstance(step.body, SetAttributes):
                yield from step.body.values
