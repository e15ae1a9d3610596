"""What all nodes share: they are equal when they mean the same, wherever they were written."""

from collections.abc import Callable
from dataclasses import Field, fields
from operator import attrgetter
from typing import Any, ClassVar, Final

__all__ = ["Json", "Node"]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Node:
    """The base of a frozen, slotted dataclass made with `eq=False, repr=False`.

    Equality, hash and `repr` are those that a dataclass writes for itself, written once: compiling
    three methods for each of some sixty classes is most of what importing them costs.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not self.__class__:
            return NotImplemented
        meaning = _MEANINGS[self.__class__]
        return meaning(self) == meaning(other)

    def __hash__(self) -> int:
        return hash(_MEANINGS[self.__class__](self))

    def __repr__(self) -> str:
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{self.__class__.__qualname__}({', '.join(shown)})"


class _Meanings(dict[type, Callable[[object], object]]):
    """By each class what reads from a node all that is compared: its class, and all but its place."""

    def __missing__(self, kind: type) -> Callable[[object], object]:
        names = [field.name for field in fields(kind) if field.compare]
        found = self[kind] = attrgetter("__class__", *names)
        return found


_MEANINGS: Final = _Meanings()
