"""Conditions with some of their parts replaced by others."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import cast

from ...engine.core.expr import Expr

__all__ = ["rewritten"]


def rewritten(expr: Expr, swap: Callable[[object], object]) -> Expr:
    """Return a condition in which each part is what `swap` makes of it.

    Below what it leaves as it is (returns None for), the search goes on; places are kept.
    """
    return cast("Expr", _rewritten(expr, swap))


def _rewritten(node: object, swap: Callable[[object], object]) -> object:
    if isinstance(node, tuple):
        return tuple(_rewritten(item, swap) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    swapped = swap(node)
    if swapped is not None:
        return swapped
    values = {one.name: getattr(node, one.name) for one in fields(node) if one.name != "span"}
    return replace(node, **{name: _rewritten(value, swap) for name, value in values.items()})
