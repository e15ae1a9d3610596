"""A page read as a browser reads it: which elements and attributes there are, and what text is shown."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Page", "read"]

_ADDRESSES = ("href", "action", "hx-get", "hx-post", "src")
"""Attributes whose value a browser or a script of ours follows."""


@dataclass(slots=True)
class Page:
    """What is on a page."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    def having(self, tag: str, **given: str) -> list[dict[str, str]]:
        """Return the attributes of elements that have these."""
        return [
            found for name, found in self.tags if name == tag and given.items() <= found.items()
        ]

    @property
    def harmful(self) -> list[tuple[str, dict[str, str]]]:
        """Return the elements that load or run what is no file of ours, or lead elsewhere."""
        return [one for one in self.tags if _harmful(*one)]

    @property
    def links(self) -> list[str]:
        """Return where links lead."""
        return [found["href"] for found in self.having("a") if "href" in found]


def _harmful(tag: str, given: dict[str, str]) -> bool:
    return (
        tag in ("img", "iframe", "object", "embed", "base")
        or any(name.startswith("on") or name == "style" for name in given)
        or (tag == "script" and not given.get("src", "").startswith("/static/"))
        or any(given.get(name, "/")[:1] not in ("/", "#") for name in _ADDRESSES)
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.page.text += data


def read(html: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
