"""A real browser for tests that open pages: Debian's, in the looks in which people see them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["LOOKS", "SHOTS", "chromium", "in_a_browser"]

_CHROMIUM = shutil.which("chromium")
in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(
        _CHROMIUM is None, reason="chromium is not there: no page was opened; next: make browser"
    ),
]
SHOTS = Path(__file__).parents[1] / "build" / "screenshots"
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Yield the browser that the system has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=[*_FLAGS])
        yield browser
        browser.close()
