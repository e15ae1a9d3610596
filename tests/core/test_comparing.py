"""What a plan says is different: nothing that is declared is left out, and it is said as authors write."""

from dataclasses import MISSING, fields, replace
from pathlib import Path

from cuebook.dsl.project import compile_project
from cuebook.engine.comparing import changes, settings
from cuebook.engine.core import plan as P

CORPUS = Path(__file__).parents[1] / "corpus" / "ok"
SETTINGS = """\
project: acme
timezone: Europe/Berlin
locale: en
attributes: {seats: number, risk: boolean, opt_in: boolean}
events: {go: {}}
lifecycles: {customer: {stages: [lead, paying], moves: [lead -> paying when seats > 3 for 2 days]}}
signals: {churn: {from: host, type: number}}
segments: {big: seats > 10}
calendar: {business days: mon-fri, hours: "09:00-17:00"}
calendars: {us: {business days: mon-thu}}
best hour: {from: [go]}
limits: {email: {at most: 2 per day, quiet hours: "20:00-08:00", needs consent: opt_in}}
never: [{do: send-email, if: seats > 99}]
channels: {post: [send-email]}
teams: {cs: [ann, {who: bo, at most: 3}]}
kpis: {goes: count of go}
"""
PLAYBOOK = """\
playbook: a
on: go
holdout: 10%
steps:
  - {wait: 3 days, at: "09:00", on: mon-fri}
  - split: {x: {share: 50%, steps: [{do: create-task, with: {title: Call}}]}, y: {share: 50%}}
"""


def compiled(folder: Path, settings_: str = SETTINGS, playbook: str = PLAYBOOK) -> P.Project:
    (folder / "playbooks").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "cuebook.yaml").write_text(settings_)
    (folder / "playbooks" / "a.yaml").write_text(playbook)
    (folder / "templates" / "hello.txt").write_text("Subject: Hello\n\nHello\n")
    found = compile_project(folder)
    assert found.project is not None, list(found.report)
    return found.project


def test_whatever_is_declared_is_compared(tmp_path: Path) -> None:
    """A team, a language or a KPI that changes is a change, though nobody's next 30 days show it."""
    project = compiled(tmp_path / "acme")

    for one in fields(project):
        if one.name in ("plans", "vocabulary", "calendar", "channels"):
            continue
        empty = one.default_factory() if one.default_factory is not MISSING else one.default
        assert getattr(project, one.name) != empty, f"{one.name} is not declared here"
        assert settings(project, replace(project, **{one.name: empty})), one.name


DECLARED = {
    "lifecycle customer moves": "lead -> paying when seats > 3 for 2 days => lead -> paying when risk",
    "limit email caps": "2 per day => 3 per 7 days",
    "limit email quiet": "20:00-08:00 => 21:00-08:00",
    "calendar of the project hours": "09:00-17:00 => 10:00-17:00",
    "calendar us hours": "09:00-17:00 => 10:00-17:00",
    "calendar us weekdays": "mon, tue, wed, thu => mon, tue, wed",
    "team cs": "ann, bo at most 3 => ann, bo at most 5",
    "promise": "never send-email if seats > 99 => never send-email if risk",
    "locale": "en => de",
}
PLAYED = {
    "steps wait-1 timing at": "09:00 => 10:30",
    "steps wait-1 timing on": "mon, tue, wed, thu, fri => mon, tue",
    "steps split-1 arms": "x 50% to create-task-1, y 50% => x 60% to create-task-1, y 40%",
    "holdout": "10% => 2.5%",
}


def test_declarations_are_told_as_they_are_written(tmp_path: Path) -> None:
    """Nobody reviews minutes after midnight and weekdays by their numbers."""
    edited = SETTINGS
    for old, new in (
        ("seats > 3 for 2 days", "risk"), ("2 per day", "3 per 7 days"), ("20:00-", "21:00-"),
        ("09:00-17:00", "10:00-17:00"), ("mon-thu", "mon-wed"), ("bo, at most: 3", "bo, at most: 5"),
        ("seats > 99", "risk"), ("locale: en", "locale: de"),
    ):  # fmt: skip
        edited = edited.replace(old, new)

    found = settings(compiled(tmp_path / "old"), compiled(tmp_path / "new", edited))

    assert {one.where: f"{one.before} => {one.after}" for one in found} == DECLARED


def test_playbooks_are_told_as_they_are_written(tmp_path: Path) -> None:
    edited = PLAYBOOK.replace("09:00", "10:30").replace("mon-fri", "mon-tue")
    edited = edited.replace("10%", "2.5%").replace("{x: {share: 50%", "{x: {share: 60%")
    after = compiled(tmp_path / "new", playbook=edited.replace("y: {share: 50%", "y: {share: 40%"))

    [change] = changes(compiled(tmp_path / "old"), after)

    assert {one.where: f"{one.before} => {one.after}" for one in change.differences} == PLAYED
