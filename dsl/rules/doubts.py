"""What a project itself says may be missing: where it asks for it, gives something else, or takes it away."""

from collections.abc import Iterator, Mapping
from typing import Final

from ...engine.core.expr import (
    Attribute,
    Default,
    IsMissing,
    IsPresent,
    Missing,
    Pairs,
    RecordField,
    Records,
)
from ...engine.core.expressions import project_expressions
from ...engine.core.origin import Span
from ...engine.core.plan import Do, SetAttributes
from ...engine.core.reads import nodes
from ..document import Scalar
from ..scope import declared
from ..template_uses import Use
from .rule import Subject

__all__ = ["Doubts", "doubts", "named", "spelt"]

_TELLING: Final[frozenset[type]] = frozenset({Default, IsMissing, IsPresent, Records})
"""The nodes that say of something that it may be missing, or may hold what does."""

Doubts = Mapping[tuple[str, ...], Span]
"""By each value, where the project says first that it may be missing: `customer.csm`, `each.…`."""


def doubts(subject: Subject) -> Doubts:
    """Return what may be missing as the project says; records under `each` and their list's name."""
    found: dict[tuple[str, ...], Span] = {}
    for path, span in (*_in_conditions(subject), *_taken_away(subject), *_in_templates(subject)):
        found.setdefault(path, span)
    return found


def _in_conditions(subject: Subject) -> Iterator[tuple[tuple[str, ...], Span]]:
    steps = (step.body for plan in subject.project.plans for step in plan.steps)
    lists = (body.each for body in steps if isinstance(body, Do) and body.each is not None)
    for expr in (*project_expressions(subject.project), *lists):
        if not isinstance(expr, Pairs | Records) and _TELLING.isdisjoint(subject.kinds(expr)):
            continue
        for node in nodes(expr):
            match node:
                case IsMissing(Attribute() as one) | IsPresent(Attribute() as one):
                    yield named(one), one.span
                case Default(Attribute() as one):
                    yield named(one), one.span
                case Records(Attribute() as of, where) if where is not None:
                    yield from _of_records(named(of)[1:], where)
                case _:
                    pass  # It either says nothing of the kind, or holds what does.


def _of_records(of: tuple[str, ...], where: object) -> Iterator[tuple[tuple[str, ...], Span]]:
    for node in nodes(where):
        match node:
            case IsMissing(RecordField(path)) | IsPresent(RecordField(path)):
                yield ("each", *of, *path), node.value.span
            case Default(RecordField(path)):
                yield ("each", *of, *path), node.value.span
            case _:
                pass  # As above.


def _taken_away(subject: Subject) -> Iterator[tuple[tuple[str, ...], Span]]:
    for plan in subject.project.plans:
        for step in plan.steps:
            for name, value in step.body.values if isinstance(step.body, SetAttributes) else ():
                if isinstance(value, Missing):
                    yield ("customer", name), subject.places[plan.playbook].steps[step.id]


def _in_templates(subject: Subject) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Yield what templates have an answer for, or ask before they name it."""
    for plan in subject.project.plans:
        for step in plan.steps:
            if isinstance(step.body, Do):
                for _, text in subject.texts(plan, step):
                    yield from ((path, use.span) for use, path in _doubted(text, subject))


def _doubted(text: Scalar, subject: Subject) -> Iterator[tuple[Use, tuple[str, ...]]]:
    for use in subject.uses(text):
        if use.doubted and use.path[0] == "customer" and len(use.path) > 1:
            yield use, spelt(use, subject)


def spelt(use: Use, subject: Subject) -> tuple[str, ...]:
    """Return the path of a use with the name that the attribute was declared with."""
    name = declared(use.path[1], subject.project.vocabulary.attributes) or use.path[1]
    return (use.path[0], name, *use.path[2:])


def named(one: Attribute) -> tuple[str, ...]:
    """Return an attribute as templates name it."""
    return ("customer", one.name, *one.path)
