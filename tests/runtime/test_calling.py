"""Calls and notices from a playbook to a receiver: answers, pauses, and receivers that are gone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cuebook.actions.addresses import ALLOW
from cuebook.engine.core.duration import MINUTE
from cuebook.engine.runtime.engine import Engine

from ..actions.listening import Receiver, receiving
from .playing import Clock

CREDIT = """\
playbook: credit
on: go-live
steps:
  - do: call-webhook
    id: ask
    with:
      url: "{url}/credit"
      json: {{customer: "{{{{ customer.id }}}}", plan: "{{{{ customer.plan }}}}"}}
    as: credit
  - do: create-task
    if: credit.answer.limit < 1000
    with: {{title: "{{{{ customer.id }}}} has {{{{ credit.answer.limit }}}}"}}
"""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Yield a receiver that listens."""
    monkeypatch.setenv(ALLOW, "127.0.0.1")
    with receiving() as listening:
        yield listening


def goes_live(engine: Engine, clock: Clock, *customers: str) -> None:
    """Let customers go live."""
    for name in customers:
        engine.identify(name, plan='"growth"\nX: y')
        engine.track(name, "go-live")
        clock.forward(0.0001)
        engine.tick()


def test_a_run_goes_on_with_what_the_other_side_answers(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, receiver: Receiver
) -> None:
    """Whatever stands in a value stays inside of it, and the answer is there for conditions."""
    receiver.answers["POST /credit"] = {"limit": 800}
    deploy(CREDIT.format(url=receiver.url))

    goes_live(engine, clock, "ada")

    assert [task.title for task in engine.tasks()] == ["ada has 800"]
    assert receiver.heard[0].json == {"customer": "ada", "plan": '"growth"\nX: y'}


def test_the_other_side_says_when_to_come_back_and_knows_the_call_again(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, receiver: Receiver
) -> None:
    """Not before, and under the same id."""
    receiver.status, receiver.headers = 503, {"Retry-After": "120"}
    deploy(CREDIT.format(url=receiver.url))
    goes_live(engine, clock, "ada")
    [waiting] = engine.sent()
    assert (waiting.status, waiting.due_at) == ("waiting", clock.now + 2 * MINUTE)

    receiver.status = 200
    clock.now += 2 * MINUTE
    engine.tick()

    first, second = receiver.heard
    assert engine.sent()[0].status == "done"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_who_is_gone_is_called_once(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, receiver: Receiver
) -> None:
    """For everybody, until a person asks it again."""
    receiver.status = 410
    deploy(CREDIT.format(url=receiver.url))
    goes_live(engine, clock, "ada", "bo", "cy")

    assert len(receiver.heard) == 1
    assert [letter.status for letter in engine.sent()] == ["dead"] * 3

    receiver.status = 200
    engine.retry("credit/ada/1/ask")
    engine.tick()
    engine.retry()
    engine.tick()
    assert [letter.status for letter in engine.sent()] == ["done"] * 3


def test_a_notice_goes_to_the_service_of_its_name(
    engine: Engine,
    deploy: Callable[..., Path],
    clock: Clock,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the text of its template."""
    host = receiver.url.removeprefix("http://")
    monkeypatch.setenv("CUEBOOK_NOTIFY_TEAM", f"json://{host}/hook")
    files = {"templates/live.txt": "Subject: Go-live\n\n{{ customer.id }} is live"}
    deploy(
        "playbook: live\non: go-live\nsteps: [{do: notify, with: {to: team, template: live}}]\n",
        files=files,
    )

    goes_live(engine, clock, "ada")

    [heard] = receiver.heard
    assert (heard.json["title"], heard.json["message"].strip()) == ("Go-live", "ada is live")
    assert [letter.status for letter in engine.sent()] == ["done"]
