"""Where names stand in the files of a project: in conditions as the compiler read them, in keys."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ...engine.core.origin import Span
from ...engine.core.vocabulary import fold
from ..diagnostics import Mention, What
from ..scope import declared
from ..sources import Source
from .outline import Slot, outline
from .shapes import Shape, shape_at

__all__ = ["alike", "at", "declaration", "inside", "mentions_in"]

_VALUES: Final[Mapping[str, What]] = {
    "name of event": "event",
    "name of attribute": "attribute",
    "name of segment": "segment",
    "name of action": "action",
    "name of target": "action",
    "name of deed": "action",
    "name of playbook": "playbook",
    "consent": "attribute",
    "emit": "event",
    "start": "playbook",
}
"""Shapes of values that are names, and of what."""
_KEYS: Final[Mapping[str, What]] = {
    "set": "attribute",
    "told": "attribute",
    "customer": "attribute",
    "emit": "event",
    "start": "playbook",
    "map limit": "action",
    "own limits": "action",
}
"""Shapes of mappings whose keys are names, and of what."""
_DECLARED: Final[Mapping[str, What]] = {
    "attributes": "attribute",
    "signals": "attribute",
    "events": "event",
    "segments": "segment",
    "lifecycles": "lifecycle",
    "actions": "action",
}
"""Sections whose keys declare names, and of what."""


def mentions_in(source: Source, top: Shape, names: Mapping[str, list[str]]) -> Iterator[Mention]:
    """Yield the names that keys and values of a YAML file are, by their declared spellings.

    Those in conditions, triggers and templates are in the report of the compiler.
    """
    for slot in outline(source.text):
        if slot.text:
            yield from _declares(slot, top, source)
            yield from _mentions(slot, top, source, names)


def _place(slot: Slot, source: Source) -> Span:
    start = slot.start + (source.text[slot.start] in "\"'")
    return Span(source.file, start, start + len(slot.text))


def _declares(slot: Slot, top: Shape, source: Source) -> Iterator[Mention]:
    """Yield what a key of `cuebook.yaml` or under `actions:` declares."""
    place = _place(slot, source)
    match slot.path:
        case (str(section),) if slot.role == "key" and section in _DECLARED:
            if section == "actions" or top == "cuebook.yaml":
                yield Mention(_DECLARED[section], slot.text, place, declares=True)
        case ("events", str(event)) if slot.role == "key" and top == "cuebook.yaml":
            yield Mention("property", slot.text, place, event, declares=True)
        case ("lifecycles", str(lifecycle), "stages", *rest) if top == "cuebook.yaml":
            holder = [part for part in rest if isinstance(part, str)]
            if slot.role == "bare" or (slot.role == "key" and not holder):
                yield Mention(
                    "stage", ".".join([*holder, slot.text]), place, lifecycle, declares=True
                )
        case _:
            pass  # Nothing is declared here.


def _mentions(
    slot: Slot, top: Shape, source: Source, names: Mapping[str, list[str]]
) -> Iterator[Mention]:
    shape = shape_at(top, slot.path).removeprefix("list ").removesuffix("?")
    what = (_KEYS if slot.role == "key" else _VALUES).get(shape)
    if what is None:
        return
    found = declared(slot.text, names.get(what, ()))
    if found is not None:
        yield Mention(what, found, _place(slot, source))


def at(mentions: Iterable[Mention], file: str, offset: int) -> Mention | None:
    """Return the shortest mention at an offset of a file."""
    here = [
        one
        for one in mentions
        if one.span.file == file and one.span.start <= offset <= one.span.end
    ]
    return min(
        here, key=lambda one: (one.span.end - one.span.start, not one.declares), default=None
    )


def alike(mentions: Iterable[Mention], wanted: Mention) -> list[Mention]:
    """Return every place of one name, in the order of files and places, each once."""
    # What declares comes last, so that it is kept where both stand at one place.
    same = {
        one.span: one
        for one in sorted(mentions, key=lambda one: one.declares)
        if (one.what, fold(one.name), fold(one.of))
        == (wanted.what, fold(wanted.name), fold(wanted.of))
        and one.span.file
    }
    return [same[span] for span in sorted(same)]


def inside(mentions: Iterable[Mention], holder: Mention) -> list[Mention]:
    """Return the places of the stages that a stage holds."""
    prefix = fold(f"{holder.name}.")
    return [
        one
        for one in mentions
        if one.what == holder.what == "stage"
        and fold(one.of) == fold(holder.of)
        and fold(one.name).startswith(prefix)
    ]


def declaration(mentions: Iterable[Mention], wanted: Mention) -> Mention | None:
    """Return the place where a name is declared."""
    return next((one for one in alike(mentions, wanted) if one.declares), None)
