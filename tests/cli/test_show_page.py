"""`cuebook dry-run --format html`: one page, nothing to load, nothing that runs, nothing smuggled in."""

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.test_dry_run import acme, dry_run, lines

__all__ = ["acme"]  # a fixture of the commands' own tests

ROOT = Path(__file__).parents[2]
EVIL = '<script>alert("1")</script>&"\'><img src=x onerror=alert(2)>\x1b[31m'


def parsed(page: str) -> ET.Element:
    """Read a page strictly: one forgotten escape, and this fails."""
    assert page.startswith("<!DOCTYPE html>")
    return ET.fromstring(page)  # noqa: S314 - our own output


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_the_page_tells_what_the_lines_tell(acme: Path) -> None:
    """Bars, table and list are of the same actions; the summary stands above."""
    until = ("--until", "2026-05-01")
    page = parsed(dry_run(acme, *until, "--format", "html", "--why").stdout)
    told = lines(dry_run(acme, *until, "--format", "jsonl"))

    bars = [words(title) for title in page.findall(".//rect/title")]
    assert sum(int(bar.rsplit(" ", 1)[1]) for bar in bars) == len(told) == 3
    assert bars == ["2026-03-30, go-live-check-in: 3"]
    playbooks, actions, *_ = page.findall(".//table")
    assert [words(cell) for cell in playbooks.iter("td")] == [
        "go-live-check-in", "2", "3", "2", "2026-04-03", "2026-04-04",
    ]  # fmt: skip
    assert len(actions.findall("tbody/tr")) == len(told)
    ways = " ".join(
        words(text)
        for text in page.iter("{http://www.w3.org/2000/svg}text")
        if text.get("class") == "label"
    )
    assert ways.startswith("2 ")  # both runs went on from the trigger
    assert 'plan in ["growth", "enterprise"]: true' in words(actions)
    assert "3 customers, 3 events, 2 runs, 3 actions (2 create-task, 1 notify)" in words(page)


def test_data_cannot_become_markup(acme: Path) -> None:
    """What customers are called is text, wherever it comes to stand."""
    (acme / "data" / "customers.jsonl").write_text(
        json.dumps({"id": EVIL, "name": EVIL, "plan": "growth", "csm": "a\nb"}) + "\n"
    )
    (acme / "data" / "customers.csv").unlink()
    (acme / "data" / "events.csv").unlink()
    (acme / "data" / "events.jsonl").write_text(
        json.dumps({"at": "2026-03-27T10:00:00Z", "customer": EVIL, "event": "go-live"}) + "\n"
    )

    text = dry_run(acme, "--until", "2026-05-01", "--format", "html", "--why").stdout

    page = parsed(text)
    assert {element.tag for element in page.iter()}.isdisjoint({"img", "link", "iframe"})
    (script,) = page.iter("script")  # only the page's own may run, by its hash
    allowed = b64encode(hashlib.sha256((script.text or "").encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in text
    assert len(re.findall(r"<(?:script|img)", text)) == 1
    assert "\x1b" not in text
    assert words(page).count('<script>alert("1")</script>') >= 2


@pytest.mark.parametrize("folder", ["examples/b2b", "examples/first"])
def test_a_page_stands_alone_and_ends_somewhere(folder: str) -> None:
    """No address to load from; the list is bounded and says by how much."""
    text = dry_run(ROOT / folder, "--format", "html", "--all").stdout

    page = parsed(text)
    assert [name for one in page.iter() for name in one.attrib if name in ("src", "href")] == []
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert "@import" not in text
    rows = page.findall(".//table")[1].findall("tbody/tr")
    total = len(lines(dry_run(ROOT / folder, "--format", "jsonl", "--all")))
    assert len(rows) == min(total, 2_000)
    assert (f"{total - 2_000:,} more actions" in words(page)) is (total > 2_000)


def test_a_page_says_why_nothing_came() -> None:
    """For each customer and playbook that nothing came of, searched by the one box; asked for by --why."""
    page = parsed(dry_run(ROOT / "examples" / "first", "--format", "html", "--why").stdout)
    plain = dry_run(ROOT / "examples" / "first", "--format", "html").stdout
    chosen = dry_run(
        ROOT / "examples" / "first", "--format", "html", "--why", "--customer", "c4"
    ).stdout

    rows = page.findall(".//table")[-1].findall("tbody/tr")
    assert [row.findtext("td") for row in rows] == ["c3", "c4"]
    told = "".join(rows[1].itertext())
    assert 'not true: plan in ["growth", "enterprise"]: unknown' in told
    assert "plan: unknown (never told)" in told
    assert len(page.findall(".//input")) == 1
    assert "Why nothing came" not in plain
    assert "<td>c3</td>" not in chosen


def test_a_rehearsal_of_nothing_is_a_page_too(acme: Path) -> None:
    """Whoever chose a quiet time is told so."""
    page = parsed(dry_run(acme, "--format", "html").stdout)

    assert "Nothing would have been done." in words(page)


def test_json_is_the_lines_in_a_list_with_the_summary(acme: Path) -> None:
    """For programs that read one document."""
    words_typed = (acme, "--until", "2026-05-01", "--all", "--why")

    told = json.loads(dry_run(*words_typed, "--format", "json").stdout)

    assert told["actions"] == lines(dry_run(*words_typed, "--format", "jsonl"))
    assert told["summary"] == {
        "from": "2026-03-27T09:00:00+00:00",
        "until": "2026-04-30T22:00:00+00:00",
        "customers": 3,
        "events": 3,
        "events_before": 0,
        "events_beyond": 0,
        "runs": {"go-live-check-in": 2},
        "actions": {"create-task": 2, "notify": 1},
        "skipped": {"template: `customer.csm` is missing": 1},
        "goals": [],
        "held_back": {},
        "still_held_back": 0,
        "bad_lines": 0,
        "duplicates": 0,
        "still_waiting": 0,
        "next_due": None,
    }
