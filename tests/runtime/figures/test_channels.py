"""Opened and clicked, counted from the database as a pencil counts them: message by message."""

import random
from collections.abc import Callable
from pathlib import Path

from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.instant import iso
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.figures.report import Asked, report
from cuebook.engine.runtime.programs import Programs

from ..playing import START, Clock
from .by_hand import Pencil

SETTINGS = """\
project: acme
timezone: Europe/Berlin
events: {login: {}, purchase: {}, Email Opened: {}, email_clicked: {}, notify-opened: {}}
lifecycles:
  customer: {stages: [lead, paying], start: lead, moves: [lead -> paying when has purchase]}
"""
PLAYBOOK = """\
playbook: welcome
on: login
while running: parallel
goal: has purchase within 10 days
steps:
  - {do: send-email, id: hello, with: {to: a@b.example, subject: Hi, body: Hi}}
  - {do: notify, id: ring, with: {to: "#desk", body: Hi}}
  - {wait: 2 days}
  - {do: send-email, id: again, with: {to: a@b.example, subject: Hi, body: Hi}}
"""
HEARD = {
    "Email Opened": ("Email Opened", "email-opened", "EMAIL_OPENED"),
    "email_clicked": ("email_clicked", "Email Clicked"),
    "notify-opened": ("notify-opened", "Notify Opened"),
}
"""How events are declared, and how they are told."""


def test_what_was_opened_and_clicked_is_what_a_pencil_finds(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Of several messages on the way the last one before counts; in any spelling, at any instant."""
    deploy(PLAYBOOK, settings=SETTINGS)
    dice = random.Random(11)  # noqa: S311 - lives, and no secrets
    for number in range(700):
        name = dice.choice(["login", "login", "purchase", *HEARD, *HEARD])
        spelt = dice.choice(HEARD.get(name, (name,)))
        at = START + dice.randrange(40 * 12) * 2 * HOUR  # So that many are told at one instant.
        engine.track(f"c{dice.randrange(25)}", spelt, at=iso(at), id=str(number))
    clock.forward(60)
    engine.tick(perform=False)
    asked = Asked(START + 5 * DAY, START + 33 * DAY, "week")

    told = report(engine.database, asked)

    with engine.database.read() as connection:
        programs = Programs(engine.database)
        latest = programs.latest(connection)
        assert latest is not None
        project = programs.project(connection, latest.program)
    assert asked.since is not None
    assert asked.until is not None
    by_hand = Pencil(engine.database, project, asked.since, asked.until, list(told.spans))
    wanted = {
        where: [sent, opened, clicked if where[0] == "email" else None, goals]
        for where, (sent, opened, clicked, goals) in by_hand.channels().items()
    }
    found = {
        (one.channel, one.stage): [one.sent, one.opened, one.clicked, one.goals]
        for one in told.channels
    }
    assert found == wanted
    assert {channel for channel, _ in found} == {"email", "notify"}
    for sent, opened, _, goals in found.values():
        assert 0 < opened < sent
        assert goals < sent
