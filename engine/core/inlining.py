"""Which signals are inlined: their expressions stand in the conditions that read them.

An inlined signal is not kept, so nothing happens when time or an event gives it another value. What
has to be kept is what is asked for its changes: by `changes`, by its past, by the end of a wait.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass, replace
from typing import Any, Final

from . import plan as P
from .derived import Signal
from .expr import Ago, Attribute, Expr, Happening, MovedBy, Records
from .plan_limits import Consent
from .reads import fields_of, nodes, reads

__all__ = ["Meanings", "inlined", "substituted"]

Meanings = Mapping[str, Expr]
"""The signals that are inlined, each with its expression, in which no other of them is named."""

_MOST_READERS: Final = 8
"""What more conditions read than this is computed once for all of them, and kept."""
_MOST_NODES: Final = 64
"""What is longer than this is not written out once more in each condition."""


def inlined(project: P.Project) -> dict[str, Expr]:
    """Return the signals of a project that need not be kept, in order of dependence.

    Plans that only runs in flight still follow have no say: what is kept must not change under a
    customer when such a run ends.
    """
    kept, read = set(_kept(project)), _readers(project)
    meanings: dict[str, Expr] = {}
    for one in project.derived:
        if isinstance(one, Signal) and one.name not in kept and read[one.name] <= _MOST_READERS:
            meaning = substituted(one.value, meanings)
            if sum(1 for _ in nodes(meaning)) <= _MOST_NODES:
                meanings[one.name] = meaning
    return meanings


def substituted(expr: Expr, meanings: Meanings) -> Expr:
    """Return an expression in which each inlined signal has been replaced by what it means."""
    if meanings.keys().isdisjoint(reads(expr).attributes):
        return expr
    found: Expr = _replaced(expr, meanings)
    return found


def _replaced(node: Any, meanings: Meanings) -> Any:
    if isinstance(node, Attribute):
        return meanings.get(node.name, node)
    if isinstance(node, tuple):
        return tuple(_replaced(item, meanings) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    before = {name: getattr(node, name) for name in fields_of(type(node))}
    after = {name: _replaced(value, meanings) for name, value in before.items()}
    return replace(node, **after) if after != before else node


def _kept(project: P.Project) -> Iterator[str]:
    """Yield attributes that have to be kept if they are signals, some of them repeatedly."""
    kinds = project.vocabulary.attributes.items()
    yield from (name for name, kind in kinds if kind.kind in {"timezone", "calendar"})
    for never in project.never:
        yield from reads(never).attributes
    for part in (*project.limits, *project.derived, *project.lifecycles, *project.plans):
        for node in nodes(part):
            yield from _kept_for(node)


def _kept_for(node: object) -> Iterable[str]:
    """Return the attributes that a node asks for more than what they are now."""
    match node:
        case P.OnDate(attribute) | Consent(attribute):
            return (attribute,)
        case P.OnChange(attribute, where=where):
            return {attribute, *_attributes(where)}
        case P.OnRecord(records):
            return reads(records).attributes
        case P.Plan(stop_when=stop, goal=goal):
            return _attributes(stop, goal)
        case P.WaitUntil(condition) | P.Repeat(until=condition):
            return _attributes(condition)
        case Ago(value) | MovedBy(value):
            return (value.name,)
        case Attribute(name, path) if path:
            return (name,)
        case Happening(where=where) | Records(where=where):
            # In a filter it would be computed for each event, or each record.
            return _attributes(where)
        case _:
            return ()


def _attributes(*exprs: Expr | None) -> frozenset[str]:
    return frozenset().union(*(reads(expr).attributes for expr in exprs if expr is not None))


def _readers(project: P.Project) -> Counter[str]:
    """Count how many conditions look at each attribute when something happens, inlined or not."""
    read = Counter(name for expr in _looked_at(project) for name in reads(expr).attributes)
    for one in reversed(project.derived):
        times = read[one.name] if isinstance(one, Signal) else 1
        for name in reads(one).attributes:
            read[name] += times if times <= _MOST_READERS else 1
    return read


def _looked_at(project: P.Project) -> Iterator[Any]:
    """Yield the triggers and the lifecycles' rules with conditions, and the conditions of starts."""
    for plan in project.plans:
        for trigger in plan.triggers:
            if isinstance(trigger, P.OnEvent):
                yield from () if plan.condition is None else (plan.condition,)
            else:
                yield trigger
    yield from (move for lifecycle in project.lifecycles for move in lifecycle.moves or ())
