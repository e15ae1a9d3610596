"""`cuebook report`: the same figures in every form, from a database and from files, whatever names are."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cuebook.cli import main as front
from cuebook.cli.exits import Exit

from .counter import WELCOME, Counter, project

EVIL = "=1+1<script>alert('x')</script>&\""
SETTINGS = """\
project: shop
timezone: Europe/Berlin
events: {signup: {}, paid: {}}
lifecycles:
  customer: {stages: [lead, paying], start: lead, moves: [any -> paying when has paid]}
"""
PLAYBOOK = f"""\
playbook: welcome
title: {json.dumps(EVIL)}
on: signup
goal: has paid within 5 days
holdout: 50%
steps:
  - {{do: send-email, id: hello, with: {{to: a@b.example, subject: Hi, body: Hi}}}}
  - {{wait: 1 days}}
  - stop: {json.dumps(EVIL)}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project with what happened to twenty customers, hostile wherever a text is free."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text(SETTINGS)
    (tmp_path / "playbooks" / "p.yaml").write_text(PLAYBOOK)
    lines = []
    for number in range(20):
        when = f"2026-03-{number + 1:02}T10:00:00Z"
        lines.append({"at": when, "customer": f"c{number}", "event": "signup"})
        lines.append({"at": when.replace("10:", "11:"), "customer": f"c{number}", "event": EVIL})
        if number % 2:
            when = f"2026-03-{number + 2:02}T12:00:00Z"
            lines.append({"at": when, "customer": f"c{number}", "event": "paid"})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    return tmp_path


def report(
    folder: Path, capsys: pytest.CaptureFixture[str], *words: str, code: Exit = Exit.CLEAN
) -> str:
    """Type the command for a project and the data that lies in it; return what it says."""
    capsys.readouterr()
    assert front.main(["report", str(folder), *words]) == code
    said = capsys.readouterr()
    return said.out if code == Exit.CLEAN else said.err


def test_every_form_tells_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever passes on the page and whoever reads the numbers speak of one thing."""
    until = ("--until", "2026-05-01", "--per", "month")
    told: dict[str, Any] = json.loads(report(folder, capsys, *until, "--format", "json"))
    (play,) = told["plays"]
    rows = list(csv.DictReader(io.StringIO(report(folder, capsys, *until, "--format", "csv"))))
    text = report(folder, capsys, *until)
    page = report(folder, capsys, *until, "--format", "html")

    assert play["entered"] + play["held_out"] == 20
    (of,) = play["goal"]["compared"]
    assert of["ones"]["reached"] + of["others"]["reached"] == 10
    found = {row["measure"]: row["value"] for row in rows if row["figure"] == "playbooks"}
    assert found["entered"] == str(play["entered"])
    assert [row["part"] for row in rows if row["measure"] == "entered by part"] == [
        "2026-03",
        "2026-04",
    ]
    assert of["said"] in text
    assert ET.fromstring(page).find(".//h1") is not None  # noqa: S314 - our own output
    for said in (f"held out: {of['said']}", str(play["entered"])):
        assert f">{said}<" in page


def test_a_target_that_is_missed_is_told_to_whatever_runs_this(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scheduler looks at the exit code, a person at the words; what is still open is not judged."""
    settings = SETTINGS + (
        "kpis:\n"
        "  came: {is: number of customers where (has signup), target: 20}\n"
        "  paid: {is: number of customers where (has paid), title: Who paid, target: 11}\n"
        "  soon: {standard: conversion, of: signup, to: paid, within: 5 days, target: 90%}\n"
        "  aimless: count of signup\n"
    )
    (folder / "cuebook.yaml").write_text(settings)
    until = ("--until", "2026-04-01", "--check")

    report(folder, capsys, *until, "--kpi", "came")
    report(folder, capsys, *until, "--kpi", "came", "--kpi", "soon")
    said = report(folder, capsys, *until, "--kpi", "came", "--kpi", "paid", code=Exit.FOUND)
    over = ("--until", "2026-03-10", "--check", "--kpi", "soon")
    late = report(folder, capsys, *over, code=Exit.FOUND)
    nothing = report(folder, capsys, *until, "--kpi", "aimless", code=Exit.MISUSE)

    assert said.endswith("target missed: Who paid\n")
    assert late.endswith("target missed: soon\n")
    assert "no KPI that is told has a `target:`" in nothing


def test_names_run_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page shows them, a table calculator shows them, and neither does what they say."""
    page = report(folder, capsys, "--format", "html")
    rows = list(csv.reader(io.StringIO(report(folder, capsys, "--format", "csv"))))

    assert "<script" not in page
    assert not re.search(r"""\bsrc\s*=|href\s*=(?!"#p\d+")|url\(|@import""", page)
    words = " ".join(ET.fromstring(page).itertext())  # noqa: S314 - our own output
    assert EVIL in words
    assert "Flow through the stages of customer" in words
    told = [cell for row in rows for cell in row]
    assert any(EVIL in cell for cell in told)
    assert not [cell for cell in told if cell.startswith(("=", "@", "\t"))]


def test_a_period_is_told_without_what_came_later(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files go on; the report of their first week stays what it was."""
    week = ("--from", "2026-03-01", "--until", "2026-03-08", "--format", "json")
    whole = json.loads(report(folder, capsys, *week))
    lines = (folder / "data" / "events.jsonl").read_text().splitlines()
    early = [line for line in lines if json.loads(line)["at"] < "2026-03-07T23"]
    (folder / "data" / "events.jsonl").write_text("\n".join(early) + "\n")

    assert json.loads(report(folder, capsys, *week)) == whole


def test_a_report_of_a_database_names_the_next_step(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before a deployment, and for what was never deployed."""
    counter = Counter(url, capsys)
    code, _, said = counter("report")
    assert (code, said) == (
        Exit.MISUSE,
        "error: nothing was deployed here, so there is nothing to tell\n next: cuebook deploy\n",
    )
    counter.told("deploy", project(tmp_path / "p", WELCOME))
    counter("send", "ada", "--set", "plan=growth")
    counter("send", "ada", "go-live")
    counter.told("run", "--until-idle")

    assert counter.told("report")["plays"][0]["entered"] == 1
    code, out, _ = counter("report", "--output", tmp_path / "r.html", "--format", "html")
    assert (code, out) == (Exit.CLEAN, "")
    assert "welcome" in (tmp_path / "r.html").read_text()
    for words, said in (
        (("--playbook", "welcom"), "there is no playbook `welcom` in what was deployed\n next: cuebook report --playbook welcome"),
        (("--from", "2026-01-02", "--until", "2026-01-02"), "nothing was deployed before"),
        (("--output", tmp_path / "no" / "r.csv"), "there is no folder"),
        (("--events", "x.csv"), "--db and a project or its files are two sources"),
    ):  # fmt: skip
        code, _, complaint = counter("report", *words)
        assert code == Exit.MISUSE
        assert said in complaint
