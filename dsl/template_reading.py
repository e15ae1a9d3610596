"""What a template reads that is more than values by their names: choices, loops, what it asks before."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import Environment, nodes

__all__ = ["Found", "Path", "found_in"]

Path = tuple[str, ...]
"""`customer.plan`, name by name."""
_NOTHING = frozenset[Path]()
"""Nothing is known to be there."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place at which a template reads a value, by its line."""

    path: Path
    line: int
    guarded: bool = False
    doubted: bool = False
    asked: bool = False


def found_in(text: str) -> Iterator[Found]:
    """Yield what a template that can be parsed reads, in the order in which it is written."""
    yield from _walk(Environment(autoescape=False).parse(text), _NOTHING)  # noqa: S701 - never rendered


def _walk(node: nodes.Node, known: frozenset[Path]) -> Iterator[Found]:
    """Yield what is read in a part of a template, where some paths are known to be there."""
    path = _path(node)
    if path is not None:
        yield _found(node, path, known)
        return
    match node:
        case nodes.Filter(name="default", node=inner) if inner is not None and _path(inner):
            yield _found(inner, _path(inner) or (), known, doubted=True)
            for argument in node.args:
                yield from _walk(argument, known)
        case nodes.Test(name="defined" | "undefined", node=inner) if _path(inner):
            yield _found(inner, _path(inner) or (), known, doubted=True)
        case nodes.If(test=test, body=body, elif_=others, else_=otherwise):
            yield from _condition(test, known)
            yield from _each(body, known | _there(test, holds=True))
            known |= _there(test, holds=False)
            for other in others:
                yield from _walk(other, known)
                known |= _there(other.test, holds=False)
            yield from _each(otherwise, known)
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            yield from _walk(first, known | _there(test, holds=True))
            yield from _condition(test, known)
            if second is not None:
                yield from _walk(second, known | _there(test, holds=False))
        case nodes.And() | nodes.Or() | nodes.Not():
            yield from _condition(node, known)
        case _:
            yield from _each(node.iter_child_nodes(), known)


def _each(several: Iterable[nodes.Node], known: frozenset[Path]) -> Iterator[Found]:
    for one in several:
        yield from _walk(one, known)


def _condition(node: nodes.Node, known: frozenset[Path]) -> Iterator[Found]:
    """Yield what a condition reads; a path alone is asked whether it holds."""
    match node:
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _condition(left, known)
            there = _there(left, holds=isinstance(node, nodes.And))
            yield from _condition(right, known | there)
        case nodes.Not(node=inner):
            yield from _condition(inner, known)
        case _ if (path := _path(node)) is not None:
            yield _found(node, path, known, asked=True)
        case _:
            yield from _walk(node, known)


def _there(test: nodes.Node, *, holds: bool) -> frozenset[Path]:
    """Return the paths that are there where a condition holds, or does not."""
    match test:
        case nodes.Test(name="defined" | "undefined" as name, node=inner):
            path = _path(inner)
            return frozenset([path]) if path and (name == "defined") is holds else _NOTHING
        case nodes.Not(node=inner):
            return _there(inner, holds=not holds)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            sides = (_there(left, holds=holds), _there(right, holds=holds))
            both = isinstance(test, nodes.And) is holds
            return sides[0] | sides[1] if both else sides[0] & sides[1]
        case _:
            path = _path(test)
            return frozenset([path]) if path else _NOTHING


def _found(
    node: nodes.Node,
    path: Path,
    known: frozenset[Path],
    *,
    doubted: bool = False,
    asked: bool = False,
) -> Found:
    guarded = doubted or any(path[: len(one)] == one for one in known)
    return Found(path, node.lineno, guarded, doubted, asked)


def _path(node: nodes.Node | None) -> Path | None:
    match node:
        case nodes.Name(name=name):
            return (name,)
        case nodes.Getattr(node=owner, attr=name):
            path = _path(owner)
            return None if path is None else (*path, name)
        case _:
            return None
