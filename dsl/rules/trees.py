"""Conditions as trees of atoms, and what they come to in a world that is known in part."""

from collections.abc import Mapping, Sequence

from ...engine.core.expr import Expr
from ...engine.core.fixed import node
from .outcomes import UNKNOWN, both, either, negated

__all__ = ["Atom", "Joint", "Negation", "Otherwise", "Tree", "World"]


@node
class Atom:
    """The smallest part of a condition that is true, false or unknown by itself."""

    number: int
    """Which of all atoms it is, to have them in an order."""
    expr: Expr
    about: int
    """Which of all that atoms are about it is about."""
    alone: int
    """What it may come to, whatever its term is."""

    def reached(self, world: "World") -> int:
        """Return all that it may come to in a world."""
        return world.get(self, self.alone)


World = Mapping[Atom, int]
"""What atoms may come to of which more is known than each of them knows alone."""


@node
class Negation:
    """`not a`."""

    inner: "Tree"

    def reached(self, world: World) -> int:
        """Return all that it may come to in a world."""
        return negated(self.inner.reached(world))


@node
class Joint:
    """`a and b`, where every part has to hold, or `a or b`."""

    parts: Sequence["Tree"]
    every: bool

    def reached(self, world: World) -> int:
        """Return all that it may come to in a world."""
        found = [part.reached(world) for part in self.parts]
        return both(found) if self.every else either(found)


@node
class Otherwise:
    """`a default b`."""

    value: "Tree"
    otherwise: "Tree"

    def reached(self, world: World) -> int:
        """Return all that it may come to in a world."""
        found = self.value.reached(world)
        if not found & UNKNOWN:
            return found
        return found & ~UNKNOWN | self.otherwise.reached(world)


Tree = Atom | Negation | Joint | Otherwise
