"""A name changed wherever it stands, in each file as it is spelt there."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ...engine.core.origin import Span
from ...engine.core.spell import say_name
from ...engine.core.vocabulary import fold
from ..diagnostics import Fix, Mention
from ..sources import Sources

__all__ = ["RENAMED", "piece", "refusal", "renamed", "simple", "with_edits"]

RENAMED: Final = frozenset({"attribute", "event", "segment", "stage", "action", "playbook"})
"""What can be renamed."""
_PIECE: Final = re.compile(r""""[^"\n]*"|'[^'\n]*'|[^\W\d_](?:\w|-(?=\w))*|[^\n"'.]+""")


def piece(mention: Mention, name: str, sources: Sources) -> Span | None:
    """Return where a name stands in a mention such as `customer.plan`, without its quotes.

    None where it cannot be found: it may be spelt by an escape.
    """
    span = mention.span
    source = sources.get(span.file)
    written = source.text[span.start : span.end] if source is not None else ""
    wanted = {fold(name), fold(f"{mention.what} {name}")}
    if fold(written) in wanted:
        return span
    found = None
    for part in _PIECE.finditer(written):
        quoted = part[0][0] in "\"'"
        if fold(part[0].strip("\"'") if quoted else part[0]) in wanted:
            start, end = part.start() + quoted, part.end() - quoted
            found = Span(span.file, span.start + start, span.start + end)
    return found


def refusal(mention: Mention, new: str, names: Mapping[str, list[str]]) -> str | None:
    """Say why a name cannot become another; None where it can."""
    if mention.what not in RENAMED:
        return f"a {mention.what} cannot be renamed from here"
    if not re.fullmatch(r"[^\W\d_](?:\w|-(?=\w))*", new):
        return f"`{new}` is no name: a letter first, then letters, digits, `-` and `_`"
    if say_name(new) != new:
        return f"`{new}` is a word of the language"
    holder, _, _ = mention.name.rpartition(".")
    whole = f"{holder}.{new}" if holder else new
    taken = [one for what in _sharing(mention.what) for one in names.get(what, ())]
    same = [one for one in taken if fold(one) == fold(whole) and fold(one) != fold(mention.name)]
    return f"`{same[0]}` is there already" if same else None


def _sharing(what: str) -> tuple[str, ...]:
    """Return what must not be called alike."""
    return ("action", "kind") if what == "action" else (what,)


def simple(mention: Mention) -> str:
    """Return the name itself: a stage inside another is also called by that one's name."""
    return mention.name.rpartition(".")[2] if mention.what == "stage" else mention.name


def renamed(
    wanted: Mention, mentions: Iterable[Mention], new: str, sources: Sources
) -> tuple[list[Fix], list[Mention]]:
    """Return the edits that rename what is mentioned, and the places that nobody can edit."""
    fixes, left = list[Fix](), list[Mention]()
    for mention in mentions:
        span = piece(mention, simple(wanted), sources)
        if span is not None:
            fixes.append(Fix(span, _spelt(mention, new, span, sources)))
        elif mention.name == wanted.name:
            left.append(mention)  # What is only inside of it need not be called by its name.
    return list(dict.fromkeys(fixes)), left


def _spelt(mention: Mention, new: str, span: Span, sources: Sources) -> str:
    """Spell the new name as the old one is spelt here: in a template, with `_` alone."""
    text = sources[span.file].text
    prefix = ""
    if mention.what == "segment" and fold(text[span.start : span.end]) != fold(mention.name):
        prefix = "segment_"
    before = text[: span.start]
    opened = max(before.rfind("{{"), before.rfind("{%"))
    closed = max(before.rfind("}}"), before.rfind("%}"))
    return f"{prefix}{new}".replace("-", "_") if opened > closed else f"{prefix}{new}"


def with_edits(sources: Sources, fixes: Iterable[Fix]) -> dict[str, str]:
    """Return the text of each file that edits change."""
    texts: dict[str, str] = {}
    for fix in sorted(fixes, key=lambda fix: fix.span, reverse=True):
        text = texts.get(fix.span.file, sources[fix.span.file].text)
        texts[fix.span.file] = text[: fix.span.start] + fix.text + text[fix.span.end :]
    return texts
