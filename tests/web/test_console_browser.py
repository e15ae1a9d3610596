"""The console in a real browser: every page opened, typed into, looked at by a checker of accessibility.

Pictures of all pages are kept under build/screenshots for people to look at.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from cuebook.engine.runtime import Engine
from cuebook.web.console import console
from cuebook.web.console.rehearse import SAMPLE

from ..looking import LOOKS, SHOTS, in_a_browser
from ..runtime.serving import free_port
from .house import ADA, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage
    from playwright.sync_api import Page as Tab

pytestmark = in_a_browser
PAGES = {
    "playbooks": "/",
    "playbook": "/playbook?name=welcome",
    "tests": "/playbook/tests?name=welcome",
    "map": "/map",
    "customers": "/customers",
    "ask": f"/ask?{urlencode({'if': 'name is present'})}",
    "customer": f"/customer?{urlencode({'id': 'c00'})}",
    "hostile": f"/customer?{urlencode({'id': ADA})}",
    "inbox": "/inbox",
    "given-up": "/given-up",
    "numbers": "/numbers",
    "rehearse": "/rehearse?playbook=welcome",
    "missing": "/nothing",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A console that is served, and the engine behind it."""

    url: str
    engine: Engine


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a console that is served on this machine, its engine running."""
    import uvicorn

    folder, port = tmp_path_factory.mktemp("house"), free_port()
    engine, _ = build(folder)
    app = console(engine, project=folder / "project", writable=True)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    with engine:
        while not server.started:
            thread.join(0.05)
        yield Site(f"http://127.0.0.1:{port}", engine)
        server.should_exit = True
        thread.join()
    engine.database.pool.dispose()


class Watched:
    """A tab, with where it asked and what it complained about."""

    def __init__(self, context: "BrowserContext") -> None:
        self.tab: Tab = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("console", self._complain)

    def _complain(self, said: "ConsoleMessage") -> None:
        if said.type in ("error", "warning") and "status of 404" not in said.text:
            self.complaints.append(said.text)

    def stayed(self) -> None:
        """Hold that nothing left this machine, and that nothing was refused or broke."""
        assert {urlsplit(url).hostname for url in self.asked} == {"127.0.0.1"}
        assert self.complaints == []


@pytest.fixture
def watched(chromium: "Browser", request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Yield a tab that is watched, as large as asked for."""
    look = getattr(request, "param", "light")
    context = chromium.new_context(**LOOKS[look])  # type: ignore[arg-type]
    yield Watched(context)
    context.close()


@pytest.mark.parametrize("watched", LOOKS, indirect=True)
def test_every_page_opens_fits_and_stays_on_this_machine(
    site: Site, watched: Watched, request: pytest.FixtureRequest
) -> None:
    """No remote asset, nothing that the policy refuses, no page wider than a phone."""
    look = request.node.callspec.params["watched"]
    SHOTS.mkdir(parents=True, exist_ok=True)

    for name, address in PAGES.items():
        watched.tab.goto(site.url + address)
        watched.tab.wait_for_load_state("networkidle")
        too_wide = watched.tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, name
        watched.tab.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)

    watched.stayed()


@pytest.mark.parametrize("watched", LOOKS, indirect=True)
def test_no_page_has_a_serious_fault_for_anybody(site: Site, watched: Watched) -> None:
    """Contrast, names, order, roles: axe looks at each page, light, dark and small."""
    from axe_playwright_python.sync_playwright import Axe

    for name, address in PAGES.items():
        watched.tab.goto(site.url + address)
        watched.tab.wait_for_load_state("networkidle")
        found = Axe().run(watched.tab).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], name


def test_the_playground_says_what_is_wrong_while_one_types(site: Site, watched: Watched) -> None:
    """A mark stands under the word, and pressing the button shows what would be done."""
    tab = watched.tab
    tab.goto(f"{site.url}/rehearse?playbook=welcome")
    editor = tab.get_by_role("textbox", name="Playbook, as YAML or as rule lines")
    editor.click()
    tab.keyboard.press("Control+A")
    tab.keyboard.press("Backspace")
    tab.keyboard.type("on go-liv -> ring after 2 days")
    tab.locator(".cm-lintRange-error").first.wait_for()
    for _ in range(len(" -> ring after 2 days")):
        tab.keyboard.press("ArrowLeft")
    tab.keyboard.type("e")
    tab.locator(".cm-lintRange-error").first.wait_for(state="detached")

    tab.get_by_role("button", name="Rehearse").click()
    tab.locator("#result .timeline li.done").first.wait_for()

    assert "ring-1 (ring)" in tab.locator("#result").inner_text()
    tab.screenshot(path=SHOTS / "rehearsed-light.png", full_page=True)
    watched.stayed()


def test_an_approval_given_moves_the_run(site: Site, watched: Watched) -> None:
    """A person presses a button, and the run goes on to its next step."""
    tab, key = watched.tab, "welcome/c01/1/ready"
    tab.goto(f"{site.url}/inbox?of=bo")
    assert [run.step for run in site.engine.runs("c01", "welcome")] == ["ready"]

    asked = tab.locator("article", has=tab.locator(f'input[value="{key}"]')).filter(
        has=tab.get_by_role("button", name="yes", exact=True)
    )
    asked.get_by_role("button", name="yes", exact=True).click()
    tab.get_by_role("status").wait_for()
    while site.engine.runs("c01", "welcome")[0].step == "ready":
        tab.wait_for_timeout(50)
    tab.goto(f"{site.url}/customer?id=c01")

    assert site.engine.task(key).answer == "yes"
    assert "wait-1" in tab.locator("#coming + ol").inner_text()
    assert "answered ready" in tab.locator("main").inner_text()
    tab.screenshot(path=SHOTS / "approved-light.png", full_page=True)
    watched.stayed()


def test_everything_is_reached_by_keys(site: Site, watched: Watched) -> None:
    """The first stop of a tab key skips to the content, and letters go where the list says."""
    tab = watched.tab
    tab.goto(site.url)

    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.keyboard.press("g")
    tab.keyboard.press("c")
    tab.wait_for_url("**/customers")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "from"
    tab.keyboard.type("c18")
    tab.get_by_role("link", name="c17", exact=True).wait_for(state="detached")
    assert tab.get_by_role("link", name="c18", exact=True).is_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.textContent") == "c18"
    tab.keyboard.press("?")
    assert tab.get_by_text("next, last row").is_visible()
    watched.stayed()


def test_without_scripts_nothing_is_missing(site: Site, chromium: "Browser") -> None:
    """Links lead, forms send, and the playground is two plain boxes with an answer beside them."""
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site.url}/rehearse")

    tab.locator("textarea[name=playbook]").fill(SAMPLE["playbook"])
    tab.locator("textarea[name=scene]").fill(SAMPLE["scene"])
    tab.get_by_text("The project around it").click()
    tab.locator("textarea[name=settings]").fill(SAMPLE["settings"])
    tab.locator("textarea[name=actions]").fill(SAMPLE["actions"])
    tab.get_by_role("button", name="Rehearse").click()

    assert "Check in with Ada" in tab.locator("#result").inner_text()
    tab.get_by_role("link", name="Customers").click()
    tab.locator("input[name=from]").fill("c18")
    tab.get_by_role("button", name="Find").click()
    assert tab.get_by_role("link", name="c17", exact=True).count() == 0
    context.close()


def test_on_paper_stands_what_is_to_be_read(site: Site, watched: Watched) -> None:
    """Buttons and menus mean nothing there."""
    tab = watched.tab
    tab.goto(f"{site.url}/inbox")
    tab.emulate_media(media="print")

    assert not tab.locator("nav").is_visible()
    assert not tab.locator(".deeds").first.is_visible()
    assert tab.locator("h1").is_visible()
    tab.screenshot(path=SHOTS / "inbox-print.png", full_page=True)
