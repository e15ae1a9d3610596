"""The manual becomes a site: every page is in it, every link leads somewhere, nothing is remote."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from cuebook.playbooks.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "site"


class Page(HTMLParser):
    """What a page points at, and what in it can be pointed at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif tag == "a" and name == "href" and value:
                self.links.append(value)
            elif tag in ("link", "script", "img", "iframe") and name in ("href", "src") and value:
                self.loaded.append(value)


@pytest.fixture(scope="module")
def site() -> dict[Path, Page]:
    """Return every page of the site, built anew; the generator stops at a page that is missing."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "site.py")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {path: Page(path) for path in SITE.rglob("*.html") if path.name != "404.html"}


def test_every_link_leads_to_a_page_and_a_place_in_it(site: dict[Path, Page]) -> None:
    """The generator knows pages; that a heading is there under this very name it is not asked."""
    assert len(site) > 40
    assert [told for path, page in site.items() for told in dead(path, page, site)] == []


def dead(path: Path, page: Page, site: dict[Path, Page]) -> Iterator[str]:
    """Yield the links of a page that lead nowhere."""
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or link.startswith("#__"):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        anchors = {"", *site[target].anchors} if target in site else {unquote(parts.fragment)}
        if not target.exists() or unquote(parts.fragment) not in anchors:
            yield f"{path.relative_to(SITE)}: {link}"


def test_nothing_is_fetched_from_elsewhere(site: dict[Path, Page]) -> None:
    """Who reads the manual is nobody's business."""
    loaded = {link for page in site.values() for link in page.loaded}

    assert loaded
    assert [link for link in loaded if urlsplit(link).netloc] == []


def test_every_play_of_the_shelf_has_a_page_that_is_found(site: dict[Path, Page]) -> None:
    """A link to a folder leads nowhere on a site; who searches for a letter finds its play."""
    found = json.loads((SITE / "search.json").read_text(encoding="utf-8"))
    places = {item["location"].partition("#")[0] for item in found["items"]}

    for play in catalogue():
        assert SITE / "playbooks" / play.path / "index.html" in site
        assert f"playbooks/{play.path}/index.html" in places or f"playbooks/{play.path}/" in places


def test_every_page_of_the_manual_is_in_the_contents() -> None:
    """A page that no menu names is found by nobody."""
    groups = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    named = {page for group in groups for pages in group.values() for page in pages}
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")}
    there |= {str(path.relative_to(ROOT)) for path in (ROOT / "examples").glob("*/README.md")}

    assert there - named == set()
    assert [page for page in named if not (ROOT / page).exists()] == []
