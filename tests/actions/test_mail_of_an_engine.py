"""From an event to a mailbox: a deployed project, an engine, and a server that takes mail or does not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cuebook.engine.links import Site
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.schema import upgrade
from cuebook.web.app import application

from ..runtime.patience import until
from ..runtime.playing import Clock, write_project
from .receiving import Mailbox
from .test_send_email import SITE, clean, mailbox, parts

__all__ = ["clean", "mailbox"]

SETTINGS = """\
project: shop
timezone: UTC
attributes: {name: text, email: text, email_opt_in: boolean}
events:
  purchase: {amount: number}
  email-bounced: {email: text, email_id: text, code: number, reason: text}
  survey-answered: {survey: text, kind: text, score: number}
limits:
  email: {needs consent: email_opt_in}
"""
ACTIONS = """\
actions:
  thank-you:
    do: send-email
    with: {template: thanks, to: "{{ customer.email }}"}
  opinion:
    do: survey
    with: {survey: order, to: "{{ customer.email }}", from: us@acme.example}
  ask:
    do: create-task
    with: {title: "Ask {{ customer.name }} about {{ event.score }}"}
  call:
    do: create-task
    with: {title: "Call {{ customer.name }}, whose mail came back: {{ event.code }}"}
"""
TEMPLATES = {
    "templates/thanks.txt": "Subject: Thanks\nFrom: us@acme.example\nPurpose: service\n\nDear {{ customer.name }}",
    "templates/thanks.html": "<p>Dear {{ customer.name }}</p>",
}
THANKS = "thanks: on purchase -> thank-you"
UNHAPPY = "unhappy: on survey-answered where (score < 7) -> ask"
WORRY = "worry: on email-bounced where (code >= 550) -> call"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    made = Engine(f"sqlite:///{tmp_path / 'plays.db'}", clock=clock)
    upgrade(made.database)
    yield made
    made.stop()
    made.database.pool.dispose()


def deploy(engine: Engine, folder: Path, *playbooks: str) -> None:
    project = write_project(
        folder / "shop", *playbooks, settings=SETTINGS, actions=ACTIONS, files=TEMPLATES
    )
    engine.deploy(project)
    engine.identify("ada", name="Ada & Co", email="ada@example.com")


def test_a_purchase_becomes_a_mail(engine: Engine, tmp_path: Path, mailbox: Mailbox) -> None:
    """Its purpose stands above the template, so that it needs no consent."""
    deploy(engine, tmp_path, THANKS)

    engine.track("ada", "purchase", {"amount": 3})
    engine.tick()
    engine.tick()

    text, html = parts(mailbox.got[0])
    assert text == "Dear Ada & Co\n"
    assert "Dear Ada &amp; Co" in html
    assert engine.sent("ada")[0].status == "done"


def test_a_bounce_is_an_event_that_starts_a_playbook(
    engine: Engine, tmp_path: Path, mailbox: Mailbox
) -> None:
    """Nobody writes twice to an address that is gone: a person is asked to call."""
    deploy(engine, tmp_path, THANKS, WORRY)
    mailbox.answers["ada@example.com"] = "550 5.1.1 no such user"

    engine.track("ada", "purchase", {"amount": 3})
    for _ in range(4):
        engine.tick()

    assert [letter.status for letter in engine.sent("ada")].count("dead") == 1
    [task] = engine.tasks()
    assert task.title == "Call Ada & Co, whose mail came back: 550"


def test_a_mail_in_doubt_is_not_sent_again_by_itself(
    engine: Engine, tmp_path: Path, mailbox: Mailbox, clock: Clock
) -> None:
    """It arrived, and nobody can know: days later there is still one mail."""
    deploy(engine, tmp_path, THANKS)
    mailbox.cut = "content"

    engine.track("ada", "purchase", {"amount": 3})
    for _ in range(4):
        engine.tick()
        clock.forward(1)

    assert engine.sent("ada")[0].status == "in doubt"
    assert len(mailbox.got) == 1


def test_a_busy_server_gets_the_same_mail_later(
    engine: Engine, tmp_path: Path, mailbox: Mailbox, clock: Clock
) -> None:
    """Under the same id, dated when it was decided."""
    deploy(engine, tmp_path, THANKS)
    mailbox.answers["ada@example.com"] = "450 4.2.1 later"

    engine.track("ada", "purchase", {"amount": 3})
    engine.tick()
    engine.tick()
    assert engine.sent("ada")[0].status == "waiting"
    mailbox.answers.clear()
    clock.forward(1)
    engine.tick()
    engine.tick()

    [mail] = mailbox.got
    assert engine.sent("ada")[0].status == "done"
    assert mail["Date"].datetime.isoformat() == "2026-01-01T10:00:00+00:00"


def test_marketing_waits_for_consent_and_a_survey_is_marketing(
    engine: Engine, tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kinds that send mail are one channel; a link to unsubscribe is in each."""
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)
    deploy(engine, tmp_path, "ask: on purchase -> opinion")

    engine.track("ada", "purchase", {"amount": 3})
    engine.tick()
    engine.tick()
    assert mailbox.got == []
    engine.identify("ada", email_opt_in=True)
    engine.track("ada", "purchase", {"amount": 4})
    engine.tick()
    engine.tick()

    [mail] = mailbox.got
    assert mail["List-Unsubscribe"].startswith("<https://plays.example.com/u/")
    assert parts(mail)[0].count("https://plays.example.com/a/") == 11


def test_one_click_in_a_mail_ends_the_next_one_and_another_answers(
    engine: Engine, tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The links of a mail that really arrived, followed as readers of mail do; answered once only."""
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)
    deploy(engine, tmp_path, "ask: on purchase -> opinion", UNHAPPY)
    engine.identify("ada", email_opt_in=True)
    engine.track("ada", "purchase", {"amount": 3})
    engine.tick()
    engine.tick()
    [mail] = mailbox.got
    answer = re.findall(r"https://plays\.example\.com(/a/\S+)", parts(mail)[0])[2]
    leave = mail["List-Unsubscribe"].strip("<>").removeprefix("https://plays.example.com")

    with TestClient(application(engine, site=Site.of(SITE))) as reader:
        answers = [reader.post(answer).status_code for _ in range(2)]
        left = reader.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code
    engine.tick()
    engine.track("ada", "purchase", {"amount": 4})
    for _ in range(3):
        engine.tick()

    assert (answers, left) == ([200, 200], 200)
    assert [task.title for task in engine.tasks()] == ["Ask Ada & Co about 2"]
    assert len(mailbox.got) == 1


def test_connections_end_with_the_engine(engine: Engine, tmp_path: Path, mailbox: Mailbox) -> None:
    """A server that waits for us would have to find out by itself."""
    deploy(engine, tmp_path, THANKS)
    with engine:
        engine.track("ada", "purchase", {"amount": 3})
        until(lambda: bool(mailbox.got))

    assert mailbox.quits == 1
