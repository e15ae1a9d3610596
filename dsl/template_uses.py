"""What a template reads, and whether it has asked before that it is there.

Nearly all are `{{ customer.name }}` and the like, which is seen at a glance; only another form is
worth the import of Jinja2.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ..engine.core.origin import Span
from .document import Scalar
from .templates import TAGS, pieces

__all__ = ["Use", "uses"]


@dataclass(frozen=True, slots=True)
class Use:
    """One place at which a template reads a value."""

    path: tuple[str, ...]
    """`customer.plan`, name by name."""
    span: Span
    guarded: bool = False
    """Whether the template has an answer for a missing value, or asked before."""
    doubted: bool = False
    """Whether the template says here that the value may be missing."""
    asked: bool = False
    """Whether it is asked as a condition, which a missing value ends in an error."""


def uses(text: Scalar) -> tuple[Use, ...]:
    """Return every value that a template which can be read names by a path, in order."""
    found = pieces(text)
    if found is None:
        return ()
    if all(piece.plain or piece.path is not None for piece in found):
        return tuple(
            Use(tuple(piece.path.value.split(".")), piece.path.span, known, known)
            for piece in found
            if piece.path is not None
            for known in [piece.otherwise is not None]
        )
    from .template_reading import found_in  # noqa: PLC0415 - see above

    places = _Places(text)
    return tuple(
        Use(one.path, places.next(one.path, one.line), one.guarded, one.doubted, one.asked)
        for one in found_in(text.value)
    )


class _Places:
    """Finds the places of paths, of which the parser only keeps the lines."""

    def __init__(self, text: Scalar) -> None:
        self.text = text
        self.lines = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text.value))]
        self.tags = [tag.span() for tag in re.finditer(TAGS, text.value)]
        self.seen = Counter[tuple[tuple[str, ...], int]]()

    def next(self, path: tuple[str, ...], line: int) -> Span:
        """Return the next place of a path on its line; the whole text where it is spelt otherwise."""
        at = self.seen[path, line]
        self.seen[path, line] += 1
        spelt = r"(?<![\w.])" + r"\s*\.\s*".join(map(re.escape, path)) + r"(?![\w.])"
        begin = self.lines[line - 1]
        end = self.lines[line] if line < len(self.lines) else len(self.text.value)
        places = [
            found.span()
            for found in re.finditer(spelt, self.text.value)
            if begin <= found.start() < end and self._in_tag(found.start())
        ]
        return self.text.place(*places[min(at, len(places) - 1)]) if places else self.text.span

    def _in_tag(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.tags)
