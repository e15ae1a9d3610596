"""The values that may be typed: words, names, what the grammar reads, templates."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, get_args

from ...engine.core.origin import NOWHERE
from ...engine.core.plan import Trigger
from ...engine.core.vocabulary import Kind as TypeKind
from ...engine.core.vocabulary import Type
from ...engine.core.wording import FILTERS
from .. import conditions
from ..diagnostics import Report
from ..document import Scalar
from ..keys import Key
from ..playbooks import started_by
from ..scope import Scope, declared
from .expressions import offers_in
from .offers import Kind, Offer, Words
from .outline import Slot
from .shapes import Shape, start_of

__all__ = ["Completion", "in_template", "scope_of", "texts", "values"]

Completion = tuple[int, list[Offer]]
"""From where on what is typed is replaced, and by what."""

_TAG: Final = re.compile(r"\{[{%](?:(?![}%]\}).)*$", re.DOTALL)
_FILTER: Final = re.compile(r"\|\s*\w*$")
_FIELD: Final = re.compile(r"(?P<root>\w+)\.\w*$")
_TYPED: Final = re.compile(r"[\w-]*$")
_NAMED: Final[dict[Shape, tuple[Kind, ...]]] = {
    "emit": ("event",),
    "start": ("playbook",),
    "stage": ("stage",),
    "consent": ("attribute",),
}
"""Shapes of which a name is one form."""
_SIMPLE: Final = tuple(
    kind for kind in get_args(TypeKind) if kind not in ("one of", "list", "record")
)


def texts(typed: str, shape: Shape, scope: Scope, words: Words) -> Completion:
    """Complete a text that is read by the grammar, or a template in it."""
    start = start_of(shape)
    if shape in ("template", "set value") and _TAG.search(typed):
        return in_template(typed, scope)
    if start is None:
        return _begin(typed), []
    return offers_in(typed, start, scope, words)


def _begin(typed: str) -> int:
    """Return where the word begins that is being typed."""
    found = _TYPED.search(typed)
    return found.start() if found else len(typed)


def in_template(typed: str, scope: Scope) -> Completion:
    """Complete what stands in `{{ … }}` or `{% … %}`; nothing outside of them."""
    tag = _TAG.search(typed)
    if tag is None:
        return len(typed), []
    begin = _begin(typed)
    if _FILTER.search(tag[0]):
        return begin, [Offer(one, "filter") for one in FILTERS]
    path = _FIELD.search(tag[0])
    if path is not None:
        return begin, list(_fields(path["root"], scope))
    roots = ("customer", "event", *scope.answers, "now")
    return begin, [Offer(root, "keyword") for root in roots]


def _fields(root: str, scope: Scope) -> Iterator[Offer]:
    """Yield what stands behind `customer.` or `event.`, as Jinja2 reads names."""
    events = scope.vocabulary.events.values()
    known = {
        "customer": scope.vocabulary.attributes,
        "event": scope.trigger_properties
        or {name: kind for one in events for name, kind in one.items()},
    }
    kind: Kind = "attribute" if root == "customer" else "property"
    for name, type_ in known.get("event" if root == "trigger" else root, {}).items():
        yield Offer(re.sub(r"\W", "_", name), kind, type_.kind)


def values(shape: Shape, key: Key | None, slot: Slot, words: Words) -> Iterator[Offer]:
    """Yield the words and names that may stand as a value of a key."""
    for word in key.words if key is not None else ():
        yield Offer(word, "value")
    named = shape.removeprefix("list ").removesuffix("?")
    kind = named.removeprefix("name of ")
    for what in _NAMED.get(named, [one for one in get_args(Kind) if named != kind == one]):
        yield from words.offers(what)
    if named == "type":
        yield from (Offer(one, "value") for one in _SIMPLE)
        yield from (Offer(one, "value") for one in ("{one of: [", "{list of: "))
    if shape in ("set value", "plain value"):
        yield from _options(slot, words)


def _options(slot: Slot, words: Words) -> Iterator[Offer]:
    """Yield the values that the attribute or the property of a slot may have."""
    name = str(slot.path[-1])
    known = words.known.vocabulary
    kind: Type | None = None
    for names in (known.attributes, *known.events.values()):
        found = declared(name, names)
        kind = names[found] if kind is None and found is not None else kind
    if kind is not None and kind.options:
        yield from (Offer(option, "value") for option in kind.options)
    elif kind is not None and kind.kind == "boolean":
        yield from (Offer(word, "value") for word in ("true", "false"))


def scope_of(slots: Iterable[Slot], slot: Slot, words: Words) -> Scope:
    """Return what names stand for in the document of a slot, whose trigger may stand anywhere."""
    vocabulary = words.known.vocabulary
    if slot.path[:1] == ("on",):
        return Scope(vocabulary)
    triggers, answers = list[Trigger](), list[str]()
    for one in slots:
        if one.document != slot.document or one.role == "key" or not one.text:
            continue
        if one.path[:1] == ("on",):
            made = conditions.trigger(Scalar(one.text, NOWHERE), Scope(vocabulary), Report())
            triggers += [made] if made is not None else []
        elif one.path[-1:] == ("as",):
            answers.append(one.text)
    return replace(started_by(triggers, vocabulary), answers=tuple(answers))
