"""Signals and segments written out in conditions, so that `paying` is known to say more than itself."""

from collections.abc import Mapping

from ...engine.core.derived import Derived, Segment
from ...engine.core.expr import (
    Ago,
    Attribute,
    Constant,
    DaysInStage,
    Default,
    Expr,
    MovedBy,
    TimeInStage,
    WasIn,
)
from ...engine.core.plan import Project
from ...engine.core.reads import reads
from .rewriting import rewritten

__all__ = ["definitions", "spelt_out"]


def definitions(project: Project) -> Mapping[str, Expr]:
    """Return what computed attributes stand for; one that also depends on what it was stands alone."""
    found: dict[str, Expr] = {}
    for one in project.derived:  # Each comes after those it reads.
        meaning = _meaning(one)
        if meaning is not None:
            found[one.attribute] = spelt_out(meaning, found)
    return found


def _meaning(one: Derived) -> Expr | None:
    if not isinstance(one, Segment):
        return one.value
    # Who is not known to belong does not.
    return Default(one.enter, Constant(value=False)) if one.leave is None else None


def spelt_out(expr: Expr, known: Mapping[str, Expr]) -> Expr:
    """Return a condition with computed attributes replaced by what they stand for."""
    if not known or known.keys().isdisjoint(reads(expr).attributes):
        return expr
    return rewritten(expr, lambda node: _stands_for(node, known))


def _stands_for(node: object, known: Mapping[str, Expr]) -> object:
    match node:
        case Attribute(name, ()):
            return known.get(name)
        case Ago() | DaysInStage() | MovedBy() | TimeInStage() | WasIn():
            return node  # The past of an attribute is kept under its name.
        case _:
            return None
