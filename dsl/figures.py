"""Trees to the numbers of a report: counts, statistics, times between events, and what is reckoned of them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal, cast

from ..engine.core.expr import Count, Expr, Happening
from ..engine.core.kpis import (
    Calculated,
    Customers,
    CustomerStat,
    Figure,
    Number,
    Other,
    Statistic,
    TimeBetween,
    TimeFrom,
    Total,
)
from .askable import attribute_fits, condition_fits, filter_fits, length_fits, property_fits
from .build import Builder, names_of, stretch_of, token_of, trees_of
from .diagnostics import Word
from .history import happening, measured, window
from .missing import warn_missing
from .names import attribute
from .parser import Token, Tree
from .scope import declared

__all__ = ["Figures"]

CUSTOMERS: Final = "customers"


@dataclass(slots=True, eq=False)
class Figures:
    """Makes the number of one text, all of whose mistakes are reported."""

    b: Builder
    """Its scope looks at a period."""
    known: Collection[str]
    """The names of all KPIs."""

    def make(self, node: Tree | Token) -> Figure | None:
        """Make the number of a tree; None where it is wrong."""
        assert isinstance(node, Tree), node  # noqa: S101 - the grammar has no number that is a bare token
        return _MAKE[node.rule](self, node)


# --- reckoning --------------------------------------------------------------------------------


def _number(tree: Tree) -> Figure:
    text = cast("Token", tree.parts[0]).text
    return Number(float(text) if "." in text else int(text))


def _group(f: Figures, tree: Tree) -> Figure | None:
    return f.make(tree.parts[0])


def _arith(f: Figures, tree: Tree) -> Figure | None:
    left, right = f.make(tree.parts[0]), f.make(tree.parts[2])
    if left is None or right is None:
        return None
    op = cast("Literal['+', '-', '*', '/']", cast("Token", tree.parts[1]).text)
    return Calculated(op, left, right)


def _negate(f: Figures, tree: Tree) -> Figure | None:
    value = f.make(tree.parts[1])
    return Calculated("-", Number(0), value) if value is not None else None


def _other(f: Figures, tree: Tree) -> Figure | None:
    names = names_of(tree)
    found = declared(names[0], f.known) if len(names) == 1 else None
    if found is not None:
        return Other(found)
    written = ".".join(names)
    hint = "count events or customers: `count of …`, `number of customers where (…)`"
    title, label = f"unknown KPI `{written}`", "not declared in `kpis:`"
    word = Word(written, f.b.place(tree), f.known)
    f.b.report.unknown("N110", word, title, label, hint)
    return None


# --- of events --------------------------------------------------------------------------------


def _count(f: Figures, tree: Tree) -> Figure | None:
    what = happening(f.b, cast("Tree", tree.parts[1]))
    within = window(f.b, tree)
    if what is None or within is None or not _fits(f, what):
        return None
    return Count(what, within)


def _stat(f: Figures, tree: Tree) -> Figure | None:
    field = trees_of(tree)[0]
    known = f.b.scope.vocabulary.events
    if names_of(field)[0] == CUSTOMERS and declared(CUSTOMERS, known) is None:
        return _of_customers(f, tree, field)
    read = measured(f.b, tree)
    if read is None:
        return None
    what, path, within = read
    span = f.b.place(field)
    if not _fits(f, what) or not property_fits(path, known[what.event], span, f.b.report):
        return None
    return Total(_statistic(tree), what, path, within)


def _time_between(f: Figures, tree: Tree) -> Figure | None:
    what = happening(f.b, trees_of(tree)[0])
    return TimeBetween(_statistic(tree), what) if what is not None and _fits(f, what) else None


def _time_from(f: Figures, tree: Tree) -> Figure | None:
    first, then = (happening(f.b, part) for part in trees_of(tree))
    token = token_of(tree, "DURATION")
    within = stretch_of(f.b, token) if token is not None else None
    if first is None or then is None or (token is not None and within is None):
        return None
    if within is not None and not length_fits(within, f.b.place(tree), f.b.report):
        return None
    fine = [_fits(f, what) for what in (first, then)]
    return TimeFrom(_statistic(tree), first, then, within) if all(fine) else None


def _fits(f: Figures, what: Happening) -> bool:
    return filter_fits(what, f.b.scope.vocabulary, f.b.report)


# --- of customers -----------------------------------------------------------------------------


def _number_of(f: Figures, tree: Tree) -> Figure | None:
    path, *filters = trees_of(tree)
    if names_of(path) != (CUSTOMERS,):
        hint = "write `number of customers where (…)`"
        title = "a report counts customers and events"
        f.b.error("T401", path, title, "neither", hint)
        return None
    where = _where(f, filters)
    return Customers(where) if where is not None or not filters else None


def _of_customers(f: Figures, tree: Tree, field: Tree) -> Figure | None:
    span, words = f.b.place(field), f.b.scope.vocabulary
    names = names_of(field)[1:]
    found = attribute(names, span, f.b.scope, f.b.report)
    filters = [part for part in trees_of(tree) if part.rule == "filter"]
    where = _where(f, filters)
    if found is None or (where is None and filters):
        return None
    if not attribute_fits(found.name, found.path, words, span, f.b.report):
        return None
    if words.attributes[found.name].kind != "number":
        f.b.report.error("T106", span, f"`{found.name}` is no number", "not a number")
        return None
    return CustomerStat(_statistic(tree), found.name, where)


def _where(f: Figures, filters: list[Tree]) -> Expr | None:
    made = f.b.condition(filters[0].parts[1]) if filters else None
    words = f.b.scope.vocabulary
    if made is None or not condition_fits(made, words, f.b.report):
        return None
    warn_missing(made, f.b.report, words.certain)
    return made


def _statistic(tree: Tree) -> Statistic:
    return cast("Statistic", cast("Token", tree.parts[0]).text.split()[0])


_MAKE: Final[dict[str, Callable[[Figures, Tree], Figure | None]]] = {
    "number": lambda _, tree: _number(tree),
    "group": _group,
    "arith": _arith,
    "negate": _negate,
    "path": _other,
    "count": _count,
    "stat": _stat,
    "time_between": _time_between,
    "time_from": _time_from,
    "number_of": _number_of,
}
