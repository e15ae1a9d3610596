"""Lifecycles as data: their stages by name, in order, and the attribute in which a stage is kept.

The stage of lifecycle L is the attribute `stage of L`. Its options are all names in order: a stage
that holds others (`engagement`) stands before them (`engagement.trial`); a customer is in a leaf.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from .duration import Duration
from .expr import Ago, Attribute, Expr
from .fixed import node
from .node import Node
from .vocabulary import Type, fold

__all__ = [
    "LIFECYCLE",
    "Lifecycle",
    "Move",
    "held_by",
    "leaves_of",
    "lifecycle_of",
    "named",
    "stage_in",
    "stage_of",
    "stages",
    "the_stage",
]

LIFECYCLE: Final = "customer"
"""The lifecycle that `stage` alone means where there are several."""
_PREFIX: Final = "stage of "


@node
class Move(Node):
    """`lead -> qualified when score >= 50`: a move that is possible, and when it is made by itself."""

    old: str | None
    """The stage it leaves, by its declared name; None for `any`."""
    new: str | None
    condition: Expr | None = None
    hold: Duration | None = None
    """How long the condition must have held: `for 7 days`."""


@node
class Lifecycle(Node):
    """A declared state machine. Its stages are the options of its attribute in the vocabulary."""

    name: str
    start: str | None = None
    """The stage of a customer who is first seen without one."""
    moves: tuple[Move, ...] | None = None
    """All moves that are possible; None where every move is."""


def stage_of(lifecycle: str) -> str:
    """Return the attribute that holds the stage of a lifecycle.

    >>> stage_of("product-b")
    'stage of product-b'
    """
    return _PREFIX + lifecycle


def lifecycle_of(attribute: str) -> str | None:
    """Return the lifecycle whose stage an attribute holds, None for any other attribute."""
    return attribute.removeprefix(_PREFIX) if attribute.startswith(_PREFIX) else None


def stage_in(expr: Expr) -> Attribute | None:
    """Return the attribute if a value is the stage of a lifecycle, as it is or as it was."""
    match expr:
        case Attribute(name, ()) if lifecycle_of(name) is not None:
            return expr
        case Ago(Attribute() as value):
            return stage_in(value)
        case _:
            return None


def the_stage(attributes: Iterable[str]) -> str | None:
    """Return the attribute that `stage` alone means: of lifecycle `customer`, or of the only one."""
    stages = [name for name in attributes if name.startswith(_PREFIX)]
    if stage_of(LIFECYCLE) in stages:
        return stage_of(LIFECYCLE)
    return stages[0] if len(stages) == 1 else None


def leaves_of(kind: Type) -> tuple[str, ...]:
    """Return the stages a customer can be in, in order."""
    return held_by("", kind)


def held_by(name: str, kind: Type) -> tuple[str, ...]:
    """Return the leaves of a stage by its declared name: itself, or all that it holds.

    >>> held_by("a", Type("one of", ("a", "a.x", "a.y", "b")))
    ('a.x', 'a.y')
    """
    prefix = f"{name}." if name else ""
    inside = tuple(option for option in kind.options if option.startswith(prefix))
    groups = {option.rpartition(".")[0] for option in inside}
    leaves = tuple(option for option in inside if option not in groups)
    return leaves or ((name,) if name in kind.options else ())


def named(text: str, kind: Type) -> tuple[str, ...]:
    """Return the declared names that a text may mean: one, none, or several of which none is meant.

    A stage inside another may leave out the name of that one where it is the only one of its name.

    >>> named("x", Type("one of", ("a", "a.x", "a.y", "b")))
    ('a.x',)
    """
    wanted = fold(text)
    exact = tuple(option for option in kind.options if fold(option) == wanted)
    return exact or tuple(option for option in kind.options if fold(option).endswith(f".{wanted}"))


def stages(attributes: Mapping[str, Type]) -> dict[str, Type]:
    """Return the attributes that hold a stage, with their types."""
    return {name: kind for name, kind in attributes.items() if name.startswith(_PREFIX)}
