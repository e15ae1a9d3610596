"""What stands between the nodes of a YAML file and means nothing to a program: comments and blanks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from .document import Mapping, Node, Scalar
from .document import Sequence as Items

__all__ = ["Between", "Remark", "column", "comments", "is_flow", "leaves", "trivia"]

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*$")


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on a line of its own, or a blank line, which has no text."""

    text: str
    column: int = 0
    """Where it began, so that what was indented under a block stays so."""


@dataclass(slots=True)
class Between:
    """The comments and blanks of a file, by the offset of the leaf they stand at."""

    before: dict[int, list[Remark]] = field(default_factory=dict)
    """On lines of their own, before a leaf."""
    beside: dict[int, str] = field(default_factory=dict)
    """On the line on which a leaf ends."""
    after: dict[int, list[Remark]] = field(default_factory=dict)
    """On lines of their own after a leaf, indented like its block while what follows is not."""
    closing: dict[int, list[Remark]] = field(default_factory=dict)
    """At the end of a document, by its last leaf."""


def is_flow(node: Node, text: str) -> bool:
    """Whether a list or mapping is written in brackets."""
    return not isinstance(node, Scalar) and text[node.span.start : node.span.start + 1] in "[{"


def leaves(node: Node, text: str) -> Iterator[Node]:
    """Yield what comments stand between: texts, keys, and what is written in brackets as a whole."""
    if isinstance(node, Scalar) or is_flow(node, text):
        if node.span.end > node.span.start:
            yield node
    elif isinstance(node, Items):
        for item in node.items:
            yield from leaves(item, text)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from leaves(value, text)


def column(text: str, at: int) -> int:
    """Return in which column the line of an offset begins to say something."""
    start = text.rfind("\n", 0, at) + 1
    line = text[start:at]
    return len(line) - len(line.lstrip(" "))


def trivia(documents: Sequence[Node], text: str) -> Between:
    """Find the comments and blanks of a file."""
    found = Between()
    last: Node | None = None
    for document in documents:
        for number, leaf in enumerate(leaves(document, text)):
            start = last.span.end if last is not None else 0
            deep = -1 if number == 0 else column(text, leaf.span.start)
            _gap(text[start : leaf.span.start], last, leaf, found, deep)
            last = leaf
    _gap(text[last.span.end if last is not None else 0 :], last, None, found, -1)
    return found


def comments(documents: list[Node], text: str) -> Counter[str]:
    """Return every comment that stands between what is written."""
    found = trivia(documents, text)
    alone = chain(*found.before.values(), *found.after.values(), *found.closing.values())
    return Counter([*found.beside.values(), *(one.text for one in alone if one.text)])


def _gap(gap: str, last: Node | None, leaf: Node | None, found: Between, deep: int) -> None:
    """Divide what stands between two leaves; -1 for `deep` says that a document begins or ends."""
    lines = gap.split("\n")
    remarks: list[Remark] = []
    if last is not None:
        comment = _COMMENT.search(lines.pop(0))
        if comment is not None:
            found.beside[last.span.start] = comment[0].rstrip()
    # The last line is the beginning of the one on which the next leaf stands.
    for line in lines[:-1]:
        comment = _COMMENT.search(line)
        if comment is not None:
            remarks.append(Remark(comment[0].rstrip(), comment.start()))
        elif deep < 0 and line.startswith("---"):
            if last is not None:
                _end(last, remarks, found)
            remarks = []
        elif not line.strip():
            remarks.append(Remark(""))
    if leaf is None and last is not None:
        _end(last, remarks, found)
    elif leaf is not None:
        inside = _inside(remarks, deep) if last is not None and deep >= 0 else 0
        if last is not None and inside:
            found.after[last.span.start] = remarks[:inside]
        found.before[leaf.span.start] = remarks[inside:]


def _end(last: Node, remarks: list[Remark], found: Between) -> None:
    inside = _inside(remarks, 0)
    found.after[last.span.start] = remarks[:inside]
    found.closing[last.span.start] = remarks[inside:]


def _inside(remarks: Sequence[Remark], deep: int) -> int:
    """Return how many of these comments are indented deeper than what follows them."""
    last = 0
    for number, remark in enumerate(remarks, 1):
        if remark.text and remark.column <= deep:
            break
        last = number if remark.text else last
    return last
