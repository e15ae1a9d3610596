"""What values are declared with that are made by the thousand: dataclasses that nobody changes.

The type checker holds them to be frozen. When the program runs they are not: setting a field of a
frozen dataclass goes a long way round, and making one took three times as long.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

__all__ = ["fixed", "node", "ordered"]

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fixed(kind: type[_T]) -> type[_T]:
    """Make a class one of values, which are equal when all that they hold is."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


@dataclass_transform(frozen_default=True, order_default=True, field_specifiers=(field,))
def ordered(kind: type[_T]) -> type[_T]:
    """Make a class one of values that have an order."""
    return dataclass(slots=True, unsafe_hash=True, order=True)(kind)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(kind: type[_T]) -> type[_T]:
    """Make a class one of nodes, or of values that are only equal to themselves."""
    return dataclass(slots=True, eq=False, repr=False)(kind)
