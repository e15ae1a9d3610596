"""`notify`: one message to one service, with its URL in the environment and in no message of ours."""

import logging
from typing import Any

import pytest
from apprise.plugins.slack import NotifySlack

from cuebook.actions.notify import notify
from cuebook.engine.contract import Done, Outcome, Rejected, Retry

from .listening import Receiver, context


@pytest.fixture(autouse=True)
def _service(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    host = receiver.url.removeprefix("http://")
    monkeypatch.setenv("CUEBOOK_NOTIFY_DEFAULT", f"json://{host}/hook?rto=1")
    monkeypatch.setenv("CUEBOOK_NOTIFY_CSM_TEAM", f"json://bo:s3cret@{host}/team?retry=9")


def tell(**words: Any) -> Outcome:
    """Send one message."""
    return notify.perform(words, context())


def test_a_message_is_sent_by_the_service_of_a_name(receiver: Receiver) -> None:
    """The one called default where nobody says another."""
    assert tell(text="Ada is live ☎", title="Go-live", type="success") == Done()
    words = {"template": "live", "subject": "From a template", "body": "x"}
    assert tell(to="csm-team", **words) == Done()

    first, second = receiver.heard
    assert (first.path, first.json["message"]) == ("/hook", "Ada is live ☎")
    assert (first.json["title"], first.json["type"]) == ("Go-live", "success")
    assert (second.path, second.json["title"]) == ("/team", "From a template")
    assert second.headers["authorization"].startswith("Basic ")


def test_a_customer_named_like_a_command_calls_nobody(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Apprise writes for Slack is sent here; markup of a name would call a whole channel."""
    monkeypatch.setattr(NotifySlack, "webhook_url", f"{receiver.url}/services")
    slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#care"
    monkeypatch.setenv("CUEBOOK_NOTIFY_SLACK", slack)
    receiver.raw = b"ok"

    assert tell(to="slack", text="<!channel> & Sons are live") == Done()

    [attached] = receiver.heard[0].json["attachments"]
    assert attached["text"] == "&lt;!channel&gt; &amp; Sons are live"


@pytest.mark.parametrize("status", [429, 500, 404])
def test_what_was_not_taken_is_tried_again_by_the_outbox_alone(
    receiver: Receiver, status: int
) -> None:
    """Apprise does not say why; so it is tried a few times, and never by Apprise itself."""
    receiver.status = status

    assert tell(to="csm-team", body="x") == Retry(
        "the service of CUEBOOK_NOTIFY_CSM_TEAM did not take it"
    )
    assert len(receiver.heard) == 1
    assert notify.attempts == 4


def test_a_service_that_does_not_answer_is_not_waited_for(receiver: Receiver) -> None:
    """`rto` in the URL says how long."""
    receiver.raw, receiver.drip_s = b"xx", 3.0

    assert isinstance(tell(body="x"), Retry)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"to": "nobody", "body": "x"}, "the environment holds no CUEBOOK_NOTIFY_NOBODY"),
        ({"to": "strange", "body": "x"}, "holds no URL of a service that Apprise knows"),
        ({"to": "broken", "body": "x"}, "holds no URL of a service that Apprise knows"),
        ({"to": "slack://tokenA/tokenB", "body": "x"}, "is no name"),
        ({"to": " ", "body": "x"}, "to: String should have at least 1 character"),
        ({"text": ""}, "text: String should have at least 1 character"),
        ({}, "text: Field required"),
        ({"body": "x", "type": "loud"}, "type: Input should be 'info'"),
        ({"body": "x", "channel": "y"}, "channel: Extra inputs are not permitted"),
    ],
)
def test_what_can_never_be_sent_is_given_up_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    words: dict[str, str],
    reason: str,
) -> None:
    """Neither in the reason nor in what Apprise logs."""
    monkeypatch.setenv("CUEBOOK_NOTIFY_STRANGE", "nosuch://s3cret@host")
    monkeypatch.setenv("CUEBOOK_NOTIFY_BROKEN", "slack://s3cret")
    caplog.set_level(logging.DEBUG, "apprise")

    outcome = tell(**words)

    assert isinstance(outcome, Rejected)
    assert reason in outcome.reason
    assert "s3cret" not in outcome.reason
    assert "s3cret" not in caplog.text
