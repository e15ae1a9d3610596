"""The page of a report in a real browser: on a screen, in the dark, on a phone, and on paper.

Pictures are kept under build/screenshots for people to look at.
"""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cuebook.cli import main as front
from cuebook.cli.exits import Exit

from ..looking import LOOKS, SHOTS, in_a_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

pytestmark = in_a_browser
STAGES = ("lead", "marketing-qualified", "sales-qualified", "paying", "loyal", "lost")
SETTINGS = f"""\
project: shop
timezone: Europe/Berlin
events: {{signup: {{}}, moved: {{}}, paid: {{amount: number}}}}
lifecycles: {{customer: {{stages: [{", ".join(STAGES)}], start: lead}}}}
kpis:
  came: {{standard: active customers, of: signup, indicator: leading, target: 50}}
  value: {{standard: average value, of: paid.amount, unit: EUR, indicator: lagging}}
"""
PLAYBOOK = """\
playbook: welcome
title: Greet whoever signs up
on: signup
goal: has paid within 20 days
holdout: 30%
steps:
  - {do: send-email, id: hello, with: {to: a@b.example, subject: Hi, body: Hi}}
  - {wait: 9 days}
  - {do: send-email, id: again, if: no paid, with: {to: a@b.example, subject: Hi, body: Hi}}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a shop whose customers are at many places, at most of them few."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "playbooks").mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS)
    (folder / "playbooks" / "p.yaml").write_text(PLAYBOOK)
    lines: list[dict[str, object]] = []
    for number in range(90):
        at = f"2026-{number % 5 + 1:02}-{number % 27 + 1:02}T10:00:00Z"
        lines.append({"at": at, "customer": f"c{number}", "event": "signup"})
        for later in range(number % 5):
            at = f"2026-{min(number % 5 + later + 2, 12):02}-20T{later + 10}:00:00Z"
            stage = STAGES[1 + (later + number // 40) % 5]
            lines.append({"at": at, "customer": f"c{number}", "set": {"stage": stage}})
        if number % 3 == 0:
            paid = {"at": at[:8] + "28T09:00:00Z", "customer": f"c{number}", "event": "paid"}
            lines.append({**paid, "properties": {"amount": number}})
    told = folder / "events.jsonl"
    told.write_text("\n".join(map(json.dumps, lines)) + "\n")
    made = folder / "report.html"
    typed = ["report", str(folder), "--events", str(told), "--per", "month", "--format", "html"]
    assert front.main([*typed, "--output", str(made)]) == Exit.CLEAN
    return made


@pytest.fixture(params=LOOKS)
def tab(chromium: "Browser", page: Path, request: pytest.FixtureRequest) -> Iterator["Tab"]:
    """Yield the page as it looks somewhere; what it complains about fails a test."""
    context = chromium.new_context(**LOOKS[request.param])
    found, complaints = context.new_page(), list[str]()
    found.on("console", lambda said: complaints.append(said.text))
    found.goto(page.as_uri())
    yield found
    SHOTS.mkdir(parents=True, exist_ok=True)
    found.screenshot(path=SHOTS / f"report-{request.param}.png", full_page=True)
    context.close()
    assert complaints == []


def test_nothing_is_wider_than_the_window(tab: "Tab") -> None:
    """Tables scroll in themselves, so that text is never cut."""
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert wide <= 0


def test_no_name_in_the_flow_stands_on_another(tab: "Tab") -> None:
    """Small stages lie close together; their names are moved apart, and stay inside."""
    wide = tab.locator("svg.sankey").evaluate("one => one.viewBox.baseVal.width")
    names = tab.locator("svg.sankey text").all_text_contents()
    sizes = tab.locator("svg.sankey text").evaluate_all(
        "all => all.map(one => { const b = one.getBBox(); return [b.x, b.y, b.width, b.height] })"
    )

    assert len(sizes) > 12
    for (x, y, width, _), (u, v, other, _) in combinations(sizes, 2):
        apart = x + width <= u or u + other <= x or abs(y - v) >= 11
        assert apart, names
    assert all(x + width <= wide + 1 for x, _, width, _ in sizes)


def test_nobody_is_kept_out(tab: "Tab") -> None:
    """Contrast, names, order, roles: axe looks at the page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab).response["violations"]

    assert [
        (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"])
        for one in found
        if one["impact"] in ("serious", "critical")
    ] == []


def test_on_paper_it_is_dark_on_white_and_whole(chromium: "Browser", page: Path) -> None:
    """Also from a system that is dark; nothing is cut at the edge of the paper."""
    context = chromium.new_context(color_scheme="dark", viewport={"width": 690, "height": 1000})
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.emulate_media(media="print", color_scheme="dark")

    colours = tab.evaluate("[getComputedStyle(document.body).backgroundColor,"
                           " getComputedStyle(document.body).color]")  # fmt: skip
    cut = tab.locator(".wide").evaluate_all("all => all.map(one => one.scrollWidth - innerWidth)")

    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert all(one <= 0 for one in cut)
    context.close()
