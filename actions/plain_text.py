"""HTML as plain text, for a mail whose author wrote HTML alone: its words, its links, its lists.

Not by `html.parser`: on HTML that was made to be slow it takes minutes, and this takes no longer
than the text is long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

__all__ = ["plain_text"]

_BLOCKS: Final = frozenset(
    (
        *("address", "article", "blockquote", "div", "dl", "footer", "form", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "table", "ul"),
    )
)
_BREAKS: Final = {
    "br": "\n",
    "dd": "\n",
    "dt": "\n",
    "li": "\n- ",
    "tr": "\n",
    "td": " ",
    "th": " ",
}
_SILENT: Final = frozenset(["head", "script", "style", "template", "title"])
_TAG: Final = re.compile(
    r"""<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:[^"'>]++|"[^"]*+"|'[^']*+')*+)>"""
)
_WORD: Final = re.compile(r"""(?i)(?:^|\s)(href|alt)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_LONGEST_TAG: Final = 2_000
"""How far the end of a tag is looked for, so that many that have none cost little each."""


def plain_text(html: str) -> str:
    r"""Return what a page says, without its looks.

    >>> plain_text('<h1>Hello</h1><ul><li>one</li><li><a href="https://b.example">two</a></ul>')
    'Hello\n\n- one\n- two <https://b.example>\n'
    """
    reader = _Reader()
    for part in _parts(html):
        if isinstance(part, str):
            reader.hear(part)
        elif part["end"]:
            reader.end(part["name"].lower())
        else:
            reader.begin(part["name"].lower(), part["rest"])
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _parts(html: str) -> "Iterator[str | re.Match[str]]":
    """Yield words and tags, in order; comments and declarations are left out."""
    at = 0
    while at < len(html):
        opens = html.find("<", at)
        if opens != at:
            yield html[at : opens if opens >= 0 else len(html)]
        if opens < 0:
            return
        tag = _TAG.match(html[opens : opens + _LONGEST_TAG])
        if tag is not None:
            yield tag
            at = opens + tag.end()
        elif html[opens + 1 : opens + 2] in ("!", "?", "/"):
            last = "-->" if html.startswith("<!--", opens) else ">"
            end = html.find(last, opens + 2)
            at = end + len(last) if end >= 0 else len(html)
        else:
            yield "<"
            at = opens + 1


@dataclass(slots=True)
class _Reader:
    """Collects what is said; white space is put in order at the end."""

    said: list[str] = field(default_factory=list)
    silent: int = 0
    links: list[tuple[str, int]] = field(default_factory=list)
    """Where links lead to, and where in what is said their own words begin."""

    def begin(self, tag: str, rest: str) -> None:
        """Begin a line or a paragraph, a link, or something nobody reads."""
        if tag in _SILENT:
            self.silent += 1
        elif tag == "body":
            self.silent = 0  # A head need not be closed.
        elif tag in _BLOCKS:
            self.said.append("\n\n")
        elif tag in _BREAKS:
            self.said.append(_BREAKS[tag])
        elif tag == "img":
            self.hear(_given(rest, "alt"), plain=True)
        elif tag == "a":
            self.links.append((_given(rest, "href"), len(self.said)))

    def end(self, tag: str) -> None:
        """End what was begun; a link says where it leads, unless that is its text."""
        if tag in _SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag in _BLOCKS:
            self.said.append("\n\n")
        elif tag == "a" and self.links:
            target, start = self.links.pop()
            words = "".join(self.said[start:]).strip()
            # What was said is put together once, so that links within links cost no more.
            self.said[start:] = [words]
            if target and not target.startswith("#") and target.removeprefix("mailto:") != words:
                self.said.append(f" <{target}>")

    def hear(self, words: str, *, plain: bool = False) -> None:
        """Take words, their line breaks for blanks."""
        if not self.silent:
            self.said.append(re.sub(r"\s+", " ", words if plain else unescape(words)))


def _given(rest: str, name: str) -> str:
    """Return the value of an attribute in what stands in a tag after its name."""
    found = (word[2] for word in _WORD.finditer(rest) if word[1].lower() == name)
    return unescape(next(found, "").strip("\"'"))
