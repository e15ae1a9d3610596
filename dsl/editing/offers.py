"""What is offered to somebody who types: a text, what it is, and what it means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...engine.core.vocabulary import Type
from ..known import Known

__all__ = ["Kind", "Offer", "Words", "spelt_type"]

Kind = Literal[
    "key", "keyword", "value", "attribute", "event", "property", "field", "lifecycle", "stage",
    "segment", "action", "kind", "playbook", "template", "target", "deed", "filter", "kpi",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One text that may stand here."""

    label: str
    kind: Kind
    detail: str = ""
    """Its type or what else is known of it, in a few words."""
    says: str = ""
    """What it is for, in a sentence."""
    text: str = ""
    """What is typed for it, where that is not the label."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Words:
    """All names of a project."""

    known: Known
    names: Mapping[str, list[str]] = field(default_factory=dict)
    """By what they are the names of: `event`, `attribute`, `stage`, `action` …"""

    def offers(self, what: Kind) -> Iterator[Offer]:
        """Yield each name of a kind."""
        for name in self.names.get(what, ()):
            yield Offer(name, what, self.detail(what, name))

    def detail(self, what: Kind, name: str) -> str:
        """Say in a few words what a name stands for."""
        words = self.known.vocabulary
        match what:
            case "attribute" if name in words.attributes:
                computed = "signal, " if name in words.computed else ""
                return computed + spelt_type(words.attributes[name])
            case "event" if name in words.events:
                return ", ".join(words.events[name]) or "no properties"
            case "action":
                action = self.known.action(name)
                return action.kind if action is not None else "kind of action"
            case _:
                return what


def spelt_type(kind: Type) -> str:
    """Spell a type as an author would declare it, in a line.

    >>> spelt_type(Type("list", item=Type("one of", ("free", "pro"))))
    'list of one of free, pro'
    """
    match kind.kind:
        case "one of":
            return f"one of {', '.join(kind.options)}"
        case "list":
            return f"list of {spelt_type(kind.item or Type('text'))}"
        case "record":
            return f"record of {', '.join(name for name, _ in kind.fields)}"
        case plain:
            return plain
