"""Trees to triggers that two things meet: events in sequence, and what was beside what is."""

from dataclasses import replace
from typing import Literal, cast

from ..engine.core.expr import Attribute, Pairs
from ..engine.core.plan import OnChange, OnRecord, OnSequence, Trigger
from .build import Builder, names_of, stretch_of, token_of, trees_of
from .history import filtered, happening
from .missing import warn_missing
from .names import attribute, event
from .parser import Token, Tree
from .records import records_of
from .typecheck import type_of

__all__ = ["attribute_of", "on_other", "on_record", "on_sequence"]


def attribute_of(b: Builder, reference: Tree) -> Attribute | None:
    """Find the attribute, or the part of a record, that a trigger is about."""
    names = names_of(reference)
    names = names[1:] if names[0] == "customer" and len(names) > 1 else names
    return attribute(names, b.place(reference), b.scope, b.report)


def on_other(b: Builder, tree: Tree) -> Trigger | None:
    """Make `seats changes where (new > old * 1.2)`."""
    reference, filter_ = trees_of(tree)
    found = attribute_of(b, reference)
    if found is None:
        return None
    inner = b.under(replace(b.scope, change=type_of(found, b.scope), record=None))
    where = inner.condition(filter_.parts[1])
    if where is None:
        return None
    warn_missing(where, b.report)
    return OnChange(found.name, path=found.path, where=where)


def on_record(b: Builder, tree: Tree) -> Trigger | None:
    """Make `contacts loses one where (role == "champion")`."""
    reference, *filters = trees_of(tree)
    found = attribute_of(b, reference)
    made = records_of(b, found, reference, filters[0] if filters else None) if found else None
    if made is None:
        return None
    if made.where is not None:
        warn_missing(made.where, b.report)
    sign = cast("Token", token_of(tree, "SIDE_ONE")).text.split()[0]
    return OnRecord(made, cast("Literal['loses', 'gains']", sign))


def on_sequence(b: Builder, tree: Tree) -> Trigger | None:
    """Make `go-live then training-done within 7 days`, or `without`."""
    reference, *filters, following = trees_of(tree)
    name = event(".".join(names_of(reference)), b.place(reference), b.scope, b.report)
    first = filtered(b, name, filters[0] if filters else None, reference)
    scope = replace(b.scope, trigger_event=name, given={}, first=name, first_starts=True)
    then = happening(b.under(scope), following)
    within = stretch_of(b, cast("Token", tree.parts[-1]))
    if first is None or then is None or within is None:
        return None
    return OnSequence(Pairs(first, then, within), token_of(tree, "WITHOUT") is not None)
