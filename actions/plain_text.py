"""HTML as plain text, for a mail whose author wrote HTML alone: its words, its links, its lists."""

import re
from html.parser import HTMLParser
from typing import Final

__all__ = ["plain_text"]

_BLOCKS: Final = frozenset(
    (
        *("address", "article", "blockquote", "div", "dl", "footer", "form", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "table", "ul"),
    )
)
_LINES: Final = frozenset(["br", "dd", "dt", "li", "tr"])
_SILENT: Final = frozenset(["head", "script", "style", "template", "title"])


def plain_text(html: str) -> str:
    r"""Return what a page says, without its looks.

    >>> plain_text('<h1>Hello</h1><ul><li>one</li><li><a href="https://b.example">two</a></ul>')
    'Hello\n\n- one\n- two <https://b.example>\n'
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


class _Reader(HTMLParser):
    """Collects what is said; white space is put in order at the end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0
        self._links: list[tuple[str, int]] = []
        """Where links lead to, and where in what is said their own words begin."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a paragraph, a link, or something nobody reads."""
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # A head need not be closed.
        elif tag in _BLOCKS:
            self.said.append("\n\n")
        elif tag in _LINES:
            self.said.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.said.append(" ")
        elif tag == "img":
            self.said.append(given.get("alt") or "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self.said)))

    def handle_endtag(self, tag: str) -> None:
        """End what was begun; a link says where it leads, unless that is its text."""
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _BLOCKS:
            self.said.append("\n\n")
        elif tag == "a" and self._links:
            target, start = self._links.pop()
            words = "".join(self.said[start:]).strip()
            if target and not target.startswith("#") and target.removeprefix("mailto:") != words:
                self.said.append(f" <{target}>")

    def handle_data(self, data: str) -> None:
        """Take words, their line breaks for blanks."""
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))
