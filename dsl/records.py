"""Trees to what looks into lists of related records: quantifiers, and how many there are."""

from typing import Final, Literal, cast

from ..engine.core.expr import Expr, NumberOf, Quantified, Records
from ..engine.core.vocabulary import Type
from .build import Builder, Rule, names_of, trees_of
from .names import resolve
from .parser import Token, Tree
from .typecheck import type_of

__all__ = ["RECORDS", "records", "records_of"]


def records(b: Builder, path: Tree, filter_: Tree | None) -> Records | None:
    """Make `contacts where (role == "champion")` of a list and its filter."""
    of = resolve(names_of(path), b.place(path), b.scope, b.report)
    return records_of(b, of, path, filter_) if of is not None else None


def records_of(b: Builder, of: Expr, path: Tree, filter_: Tree | None) -> Records | None:
    """Put what stands in `where (…)` to a list that was named by a path."""
    item = _item(b, of, path)
    if item is None:
        return None
    span = b.place(path)
    if filter_ is None:
        return Records(of, span=span)
    written = b.text.value[path.start : path.end]
    where = b.among(item, written).condition(filter_.parts[1])
    return Records(of, where, span=span) if where is not None else None


def _item(b: Builder, of: Expr, path: Tree) -> Type | None:
    """Return what a list holds; report what is none."""
    found = type_of(of, b.scope)
    if found is not None and found.kind == "list":
        return found.item or Type("text")
    kind = found.kind if found is not None else "value"
    hint = "declare it as a list: `{list of: {name: text, email: text}}`"
    title = f"`{b.text.value[path.start : path.end]}` is not a list"
    b.error("T113", path, title, f"a {kind}", hint)
    return None


def _quantified(b: Builder, tree: Tree) -> Expr | None:
    found = records(b, *trees_of(tree))
    if found is None:
        return None
    word = cast("Token", tree.parts[0]).text.split()[0]
    return Quantified(cast("Literal['any', 'all', 'none']", word), found, span=b.place(tree))


def _number_of(b: Builder, tree: Tree) -> Expr | None:
    path, *filters = trees_of(tree)
    found = records(b, path, filters[0] if filters else None)
    return NumberOf(found, span=b.place(tree)) if found is not None else None


RECORDS: Final[dict[str, Rule]] = {"quantified": _quantified, "number_of": _number_of}
"""What builds each alternative of the grammar that this file knows."""
