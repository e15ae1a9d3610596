"""The keys that may be typed in a mapping: those of its table, or names that are keys in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from ..keys import COMMON, KINDS_OF_STEP, WAYS, Key, table
from .offers import Kind, Offer, Words
from .outline import Slot
from .shapes import MAPPINGS, Shape

__all__ = ["keys_in"]


def keys_in(shape: Shape, slot: Slot, slots: Iterable[Slot], words: Words) -> Iterator[Offer]:
    """Yield the keys that the mapping of a slot does not have yet, each with its colon."""
    taken = {
        one.text
        for one in slots
        if (one.role, one.path, one.document) == ("key", slot.path, slot.document)
        if not one.start <= slot.start <= one.end
    }
    value = (*slot.path, slot.text)
    colon = "" if any(one.path == value and one.start >= slot.end for one in slots) else ": "
    shape = shape.removesuffix("?")
    for name, key in _table(shape, taken).items():
        if name not in taken:
            yield Offer(name, "key", key.takes, key.says, f"{name}{colon}")
    for what in _NAMES.get(shape, ()):
        for offer in words.offers(what):
            if offer.label not in taken:
                yield replace(offer, text=f"{offer.label}{colon}")


def _table(shape: Shape, taken: set[str]) -> Mapping[str, Key]:
    """Return the keys of a shape: fewer once one of them says which mapping it is."""
    if shape == "steps":
        kind = next((kind for kind in KINDS_OF_STEP if kind in taken), None)
        return {**KINDS_OF_STEP[kind], **COMMON} if kind is not None else table(shape)
    shape = MAPPINGS.get(shape, shape)
    return table(next((way for key, way in WAYS.get(shape, {}).items() if key in taken), shape))


_NAMES: Final[dict[Shape, tuple[Kind, ...]]] = {
    "set": ("attribute",),
    "told": ("attribute",),
    "customer": ("attribute",),
    "emit": ("event",),
    "start": ("playbook",),
    "stage": ("lifecycle",),
    "map limit": ("target",),
    "own limits": ("target",),
}
"""Shapes whose keys are names of the project."""
