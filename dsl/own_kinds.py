"""`kinds:` of a project: what the application performs itself, and which words that takes."""

from collections.abc import Iterator

from ..engine.core.takes import Takes
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .keys import INSIDE
from .shapes import known_keys, list_of, missing_key, text_of

__all__ = ["read_kinds"]


def read_kinds(settings: Mapping, report: Report) -> dict[str, Takes | None]:
    """Read the kinds of a project, each with what it takes; None where it may be given anything."""
    node = settings.get("kinds")
    items = list_of(node, "`kinds:`", report) if node is not None else ()
    return {
        name.value: takes
        for item in items
        for name, takes in [_kind(item, report)]
        if name is not None
    }


def _kind(item: Node, report: Report) -> tuple[Scalar | None, Takes | None]:
    if not isinstance(item, Mapping):
        return text_of(item, "a kind of action", report), None
    known_keys(item, "a kind", INSIDE["own kind"], report, instead={"name": "do", "kind": "do"})
    do = item.get("do")
    if do is None:
        missing_key(item, "a kind", "do", report, "as in `{do: greet, needs: [text]}`")
        return None, None
    needs, more = tuple(_words(item, "needs", report)), tuple(_words(item, "takes", report))
    said = item.get("needs") is not None or item.get("takes") is not None
    takes = Takes((*needs, *more), tuple((word,) for word in needs)) if said else None
    return text_of(do, "`do:`", report), takes


def _words(item: Mapping, key: str, report: Report) -> Iterator[str]:
    node = item.get(key)
    for word in list_of(node, f"`{key}:`", report) if node is not None else ():
        text = text_of(word, "a word", report)
        if text is not None:
            yield text.value
