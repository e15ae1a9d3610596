"""Where computed attributes come from, for explanations: one level deep, and not too many of them."""

from collections.abc import Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final

from .derived import Derived
from .expr import Attribute, Expr
from .reads import nodes

__all__ = ["NO_ORIGINS", "Origins", "origins_in", "origins_of"]

Origins = Mapping[str, tuple[Expr, ...]]
"""What signals and segments are computed from, by the attributes they stand as."""
NO_ORIGINS: Final[Origins] = MappingProxyType({})
_MOST: Final = 12
"""How many of the signals in one condition are traced back: the journal keeps reasons, not projects."""


def origins_of(derived: Iterable[Derived]) -> Origins:
    """Return what each of some signals and segments is computed from."""
    return {one.attribute: one.parts for one in derived}


def origins_in(expr: Expr, origins: Origins) -> dict[str, tuple[Expr, ...]]:
    """Return the origins of the attributes that an expression names, the first dozen of them."""
    if not origins:
        return {}
    named = (node.name for node in nodes(expr) if isinstance(node, Attribute))
    computed = (name for name in dict.fromkeys(named) if name in origins)
    return {name: origins[name] for name in islice(computed, _MOST)}
