"""What is said about a name or a key on which the pointer rests."""

import re
from collections.abc import Mapping
from typing import Final

from ...engine.core.vocabulary import Type
from ..diagnostics import Mention
from ..document import Scalar
from ..keys import Key
from ..sources import Source
from .offers import Words, spelt_type

__all__ = ["about_key", "about_name", "described"]

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*(?P<says>.*)")
_TITLES: Final = {"attribute": "attribute", "property": "property"}


def about_name(mention: Mention, words: Words, place: Mention | None, source: Source | None) -> str:
    """Return Markdown about a name: what it is, its type, and the comment at its declaration."""
    lines = [f"**{mention.name}** · {_what(mention, words)}"]
    lines += _more(mention, words)
    if place is not None and source is not None:
        lines += _declared(place, source)
    return "\n\n".join(lines)


def about_key(name: str, key: Key) -> str:
    """Return Markdown about a key: what it is for, and what stands under it."""
    words = ", ".join(f"`{word}`" for word in key.words)
    takes = f"One of {words}." if words else f"Takes: {key.takes.removesuffix('?')}."
    needed = " Required." if key.needed else ""
    return f"**{name}:** {key.says}\n\n{takes}{needed}"


def _what(mention: Mention, words: Words) -> str:
    known = words.known.vocabulary
    match mention.what:
        case "attribute":
            kind = "signal" if mention.name in known.computed else "attribute"
            return f"{kind}, {_spelt(known.attributes, mention.name)}"
        case "property":
            return f"property of {mention.of}, {_spelt(known.events.get(mention.of, {}), mention.name)}"
        case "stage":
            return f"stage of {mention.of}"
        case "action":
            return f"action, {words.detail('action', mention.name)}"
        case what:
            return what


def _spelt(known: Mapping[str, Type], name: str) -> str:
    return spelt_type(known[name]) if name in known else "not declared"


def _more(mention: Mention, words: Words) -> list[str]:
    """Return what else a declaration says: properties of an event, words of an action."""
    known = words.known.vocabulary
    if mention.what == "event":
        types = known.events.get(mention.name, {})
        return [f"- `{name}`: {spelt_type(kind)}" for name, kind in types.items()]
    action = words.known.action(mention.name) if mention.what == "action" else None
    given = action.words if action is not None else ()
    return [f"- {key.value}: `{node.value}`" for key, node in given if isinstance(node, Scalar)]


def _declared(place: Mention, source: Source) -> list[str]:
    """Return the line of a declaration as it was written, and its comment."""
    row, _ = source.position(place.span.start)
    written = source.line(row).strip()
    says = described(source, place.span.start)
    code = re.sub(r"\s#.*", "", written)
    return [f"```yaml\n{code}\n```", *([says] if says else [])]


def described(source: Source, offset: int) -> str:
    """Return the comment at a declaration: behind it, or in the lines above."""
    row, _ = source.position(offset)
    behind = _COMMENT.search(source.line(row))
    if behind is not None:
        return behind["says"].strip()
    above = list[str]()
    while row > 1 and source.line(row - 1).strip().startswith("#"):
        row -= 1
        above.insert(0, source.line(row).strip().lstrip("# "))
    return " ".join(above)
