"""What a trigger gives the run it begins: the names that `event.…` knows, with their types."""

from collections.abc import Iterable, Iterator, Mapping

from . import plan as P
from .expr import Attribute, Records
from .vocabulary import Type, Vocabulary

__all__ = ["given_by", "given_by_any", "given_by_some", "item_of", "type_along"]


def given_by_any(triggers: Iterable[P.Trigger], words: Vocabulary) -> dict[str, Type]:
    """Return what at least one of the triggers gives; of two types of one name the first's."""
    found: dict[str, Type] = {}
    for trigger in triggers:
        for name, kind in given_by(trigger, words).items():
            found.setdefault(name, kind)
    return found


def given_by(trigger: P.Trigger, words: Vocabulary) -> Mapping[str, Type]:
    """Return what a trigger gives: an event's properties, a change's two values, or a record."""
    match trigger:
        case P.OnEvent(what):
            return words.events.get(what.event, {})
        case P.OnChange(attribute, path=path):
            kind = type_along(words.attributes.get(attribute), path)
            return {} if kind is None else {"old": kind, "new": kind}
        case P.OnStage(attribute) if attribute in words.attributes:
            return dict.fromkeys(("old", "new"), words.attributes[attribute])
        case P.OnRecord(records):
            return _item(records, words)
        case P.OnSequence(pairs, without):
            first = words.events.get(pairs.first.event, {})
            return first if without else {**first, **words.events.get(pairs.then.event, {})}
        case _:
            return {}


def given_by_some(words: Vocabulary) -> Iterator[str]:
    """Yield every name that some trigger of a project may give, some of them twice."""
    yield from ("old", "new", "it")
    for properties in words.events.values():
        yield from properties
    for kind in words.attributes.values():
        yield from _fields_of_items(kind)


def item_of(records: Records, words: Vocabulary) -> Type | None:
    """Return what a list of a customer holds; None for any other list."""
    if not isinstance(records.of, Attribute):
        return None
    kind = type_along(words.attributes.get(records.of.name), records.of.path)
    return kind.item if kind is not None else None


def _item(records: Records, words: Vocabulary) -> Mapping[str, Type]:
    """Return the fields of a record, or `it` for a plain value."""
    item = item_of(records, words)
    if item is None:
        return {}
    return dict(item.fields) if item.kind == "record" else {"it": item}


def _fields_of_items(kind: Type) -> Iterator[str]:
    """Yield the fields of the records that stand in lists, however deep."""
    if kind.item is not None:
        yield from (name for name, _ in kind.item.fields)
        yield from _fields_of_items(kind.item)
    for _, inner in kind.fields:
        yield from _fields_of_items(inner)


def type_along(kind: Type | None, path: Iterable[str]) -> Type | None:
    """Return the type of a field, down a path of declared names; None where there is none."""
    for name in path:
        kind = None if kind is None else dict(kind.fields).get(name)
    return kind
