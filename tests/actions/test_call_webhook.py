"""`call-webhook`: what is sent, what answers mean, and where no call ever goes."""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from cuebook.actions import addresses
from cuebook.actions.addresses import ALLOW, Forbidden, place
from cuebook.actions.call_webhook import call_webhook
from cuebook.engine.contract import Done, Outcome, Rejected, Retry

from .listening import Receiver, context

SECRET = "whsec_" + base64.b64encode(b"sixteen bytes or more of it").decode()


def tell(url: str, **words: Any) -> Outcome:
    """Call once."""
    return call_webhook.perform({"url": url, **words}, context())


def test_a_tree_is_sent_as_json_and_the_answer_is_kept(receiver: Receiver) -> None:
    """With the id that every attempt carries."""
    receiver.answers["POST /credit?a=1"] = {"limit": 800}

    outcome = tell(
        f"{receiver.url}/credit?a=1", json={"id": "Zoë", "n": [1, None]}, headers={"X-A": 7}
    )

    assert outcome == Done({"limit": 800})
    [heard] = receiver.heard
    assert (heard.method, heard.path, heard.json) == (
        "POST",
        "/credit?a=1",
        {"id": "Zoë", "n": [1, None]},
    )
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["host"] == receiver.url.removeprefix("http://")
    assert (heard.headers["webhook-id"], heard.headers["x-a"]) == ("care/ada/1/tell", "7")


def test_what_is_saved_is_found_by_its_path(receiver: Receiver) -> None:
    """What is not there is missing."""
    receiver.answers["PUT /"] = {"items": [{"id": 7}], "html": {"url": "x"}}

    outcome = tell(
        receiver.url, method="PUT", save={"id": "items.0.id", "url": "html.url", "no": "a.b"}
    )

    assert outcome == Done({"id": 7, "url": "x", "no": None})


@pytest.mark.parametrize("key", ["care/ada/1/tell", "care/ada.l@example.org/1/é tell"])
def test_a_receiver_verifies_the_signature(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """By the library that receivers use; another secret or another body does not fit."""
    monkeypatch.setenv("CUEBOOK_SECRET_ERP", SECRET)
    words = {"url": receiver.url, "json": {"name": "Zoë ☎"}, "secret": "erp"}

    assert isinstance(call_webhook.perform(words, context(key)), Done)

    [heard] = receiver.heard
    assert Webhook(SECRET).verify(heard.body, heard.headers) == {"name": "Zoë ☎"}
    with pytest.raises(Exception, match="No matching signature"):
        Webhook("whsec_" + base64.b64encode(b"x" * 24).decode()).verify(heard.body, heard.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(b"{}", heard.headers)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"bearer": "ERP"}, "Bearer s3cret"),
        ({"basic": "ERP"}, "Basic " + base64.b64encode(b"s3cret").decode()),
        ({"secret": "ERP"}, "s3cret"),
    ],
)
def test_secrets_are_named_and_come_from_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sent: str
) -> None:
    """And no error shows them, also when the other side repeats what it was sent."""
    monkeypatch.setenv("CUEBOOK_SECRET_ERP", "s3cret")
    receiver.status, receiver.raw = 400, f"you sent {sent}".encode()

    outcome = tell(receiver.url, headers={"Authorization": given})

    assert receiver.heard[0].headers["authorization"] == sent
    assert isinstance(outcome, Rejected)
    assert ("***" in outcome.reason, "s3cret" in outcome.reason) == (True, False)
    assert base64.b64encode(b"s3cret").decode() not in outcome.reason


def test_a_url_that_is_a_secret_is_never_shown(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when it answers badly, nor when it is none."""
    monkeypatch.setenv("CUEBOOK_SECRET_HOOK", f"{receiver.url}/services/T0P")
    receiver.status = 404
    answered = call_webhook.perform({"url": {"secret": "HOOK"}}, context())
    monkeypatch.setenv("CUEBOOK_SECRET_HOOK", "T0P no url")
    wrong = call_webhook.perform({"url": {"secret": "HOOK"}}, context())

    assert receiver.heard[0].path == "/services/T0P"
    for outcome in (answered, wrong):
        assert isinstance(outcome, Rejected)
        assert "T0P" not in outcome.reason
    assert call_webhook.lane is not None
    assert "T0P" not in call_webhook.lane({"url": {"secret": "HOOK"}})


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_be_better_later_is_tried_again(receiver: Receiver, status: int) -> None:
    """The engine's own backing off, unless the other side says otherwise."""
    receiver.status = status

    assert tell(receiver.url) == Retry(f"{receiver.url} answered {status}: {{}}", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_what_will_not_be_better_is_given_up(receiver: Receiver, status: int) -> None:
    """Unless the author counts it as success."""
    receiver.status = status

    assert tell(receiver.url) == Rejected(f"{receiver.url} answered {status}: {{}}")
    assert tell(receiver.url, success=[status]) == Done({})


def test_the_other_side_says_when_to_come_back(receiver: Receiver) -> None:
    """In seconds or as a date; nonsense is no answer."""
    receiver.status = 503
    soon = datetime.now(UTC) + timedelta(seconds=90)
    waits = []
    for said in ("120", format_datetime(soon, usegmt=True), "soon", "-5", "99999999999999999999"):
        receiver.headers = {"Retry-After": said}
        outcome = tell(receiver.url)
        assert isinstance(outcome, Retry)
        waits.append(outcome.after)

    assert waits[0] == timedelta(seconds=120)
    assert waits[1] is not None
    assert timedelta(seconds=60) < waits[1] <= timedelta(seconds=90)
    assert waits[2:] == [None, None, timedelta(seconds=10**9)]


def test_gone_closes_the_receiver(receiver: Receiver) -> None:
    """Whoever shares it is not to be called any more; its query says nothing about who it is."""
    receiver.status = 410

    outcome = tell(f"{receiver.url}/hook?customer=ada")

    assert isinstance(outcome, Rejected)
    assert outcome.closes
    lane = call_webhook.lane
    assert lane is not None
    assert lane({"url": f"{receiver.url}/hook?customer=ada"}) == lane(
        {"url": f"{receiver.url}/hook"}
    )
    assert lane({"url": f"{receiver.url}/hook"}) != lane({"url": f"{receiver.url}/other"})
    assert lane({"url": "nonsense"}) == lane({}) == "nowhere"


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data", "/elsewhere"])
def test_redirects_are_not_followed(receiver: Receiver, target: str) -> None:
    """The other side does not choose whom we call."""
    receiver.status, receiver.headers = 302, {"Location": target}

    outcome = tell(receiver.url)

    assert isinstance(outcome, Rejected)
    assert "redirects are not followed" in outcome.reason
    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"thank you", "thank you"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", None),
        (b"[" * 100_000, "[" * 1_000),
        (b'"' + b"x" * (1 << 20) + b'"', "an answer of more than 1048576 bytes, which is not kept"),
    ],
    ids=["text", "no text", "nothing", "deep", "large"],
)
def test_an_answer_that_is_no_json_or_too_large_is_no_failure(
    receiver: Receiver, raw: bytes, kept: str | None
) -> None:
    """The call was taken; only its answer is of no use to conditions."""
    receiver.raw = raw

    assert tell(receiver.url) == Done(kept)
    assert tell(receiver.url, save={"id": "id"}) == Done({"id": None})


def test_an_answer_that_drips_ends_with_the_time_of_the_call(receiver: Receiver) -> None:
    """Each byte comes in time, and all of them would not: waited for, they would be an answer."""
    receiver.raw, receiver.drip_s = b"x" * 200, 0.05

    assert tell(receiver.url, timeout=0.3) == Retry("no answer within 0.3 s")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://nobody.invalid"])
def test_who_cannot_be_reached_is_tried_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be back."""
    monkeypatch.setenv(ALLOW, "127.0.0.1")

    outcome = tell(url)

    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("the line broke")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://255.255.255.255/",
    ],
)
def test_what_is_not_public_is_not_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is spelt."""
    monkeypatch.delenv(ALLOW, raising=False)

    outcome = tell(url)

    assert isinstance(outcome, Rejected)
    assert "is not in the public internet" in outcome.reason


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com@127.0.0.1/",
        "https://user:pw@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/a\r\nHost: other",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "https://",
        "https://example.com:99999/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://a..b/",
        "",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_none(url: str) -> None:
    """What the eye takes for one host and a library for another."""
    with pytest.raises(Forbidden):
        place(url)
    assert isinstance(tell(url), Rejected)


def test_a_name_that_changes_its_mind_is_asked_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was looked at is the one that is connected to: no second answer is heard."""
    monkeypatch.setenv(ALLOW, "rebind.example")
    port = int(receiver.url.rpartition(":")[2])
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    monkeypatch.setattr(addresses.Pinned.__init__, "__defaults__", (lambda *_: next(answers),))

    assert tell(f"http://rebind.example:{port}/x") == Done({})
    assert receiver.heard[0].headers["host"] == f"rebind.example:{port}"
    assert next(answers) == ["169.254.169.254"]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them is taken would be the other side's choice."""
    monkeypatch.delenv(ALLOW, raising=False)
    both = (lambda *_: ["93.184.216.34", "10.0.0.1"],)
    monkeypatch.setattr(addresses.Pinned.__init__, "__defaults__", both)

    outcome = tell("https://two.example/")

    assert isinstance(outcome, Rejected)
    assert "two.example is not in the public internet" in outcome.reason


def test_plain_http_is_for_those_whom_the_host_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the open can be read and changed on its way."""
    monkeypatch.delenv(ALLOW, raising=False)
    monkeypatch.setattr(addresses.Pinned.__init__, "__defaults__", (lambda *_: ["93.184.216.34"],))

    outcome = tell("http://open.example/")

    assert isinstance(outcome, Rejected)
    assert "is called by https" in outcome.reason


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nb"},
        {"X-A\r\nX-B": "b"},
        {"X-A": "caf\u00e9"},
        {"X-A": "a\0b"},
        {"Host": "other.example"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"webhook-signature": "v1,x"},
        {"": "x"},
    ],
)
def test_headers_cannot_say_more_than_they_seem_to(
    receiver: Receiver, headers: dict[str, str]
) -> None:
    """A line break in a customer's name would write a header of its own."""
    outcome = tell(receiver.url, headers=headers)

    assert isinstance(outcome, Rejected)
    assert receiver.heard == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"json": 1, "body": "x"}, "cannot both be sent"),
        ({"method": "TRACE"}, "method: Input should be"),
        ({"timeout": 600}, "timeout: Input should be less than or equal to 25"),
        ({"jsn": {}}, "jsn: Extra inputs are not permitted"),
        ({"headers": {"A": {"bearer": "X", "basic": "Y"}}}, "name one secret"),
        ({"headers": {"A": {"bearer": "NOT_THERE"}}}, "holds no CUEBOOK_SECRET_NOT_THERE"),
        ({"headers": {"A": {"bearer": "../PATH"}}}, "names no secret"),
        ({"secret": "SHORT"}, "a secret to sign with is `whsec_`"),
        ({"find": {"url": "https://other.example/", "at": "id"}}, "`find:` asks the same host"),
    ],
)
def test_words_that_mean_nothing_are_told(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any], reason: str
) -> None:
    """Nothing is sent, and the reason says what to write."""
    monkeypatch.setenv("CUEBOOK_SECRET_SHORT", "whsec_c2hvcnQ=")

    outcome = tell(receiver.url, **words)

    assert isinstance(outcome, Rejected)
    assert reason in outcome.reason, outcome.reason
    assert receiver.heard == []


def test_networks_that_are_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in the allow-list is not taken for a name."""
    monkeypatch.setenv(ALLOW, "10.0.0.0/99")

    outcome = tell("https://example.com/")

    assert isinstance(outcome, Rejected)
    assert "names '10.0.0.0/99', which is no network" in outcome.reason


def test_what_is_there_already_is_not_made_twice(receiver: Receiver) -> None:
    """`find:` asks first; 404 and an empty answer mean that it is not there."""
    words = {"find": {"url": f"{receiver.url}/search", "at": "items.0", "save": {"id": "items.0.id"}},
             "save": {"id": "id"}}  # fmt: skip
    receiver.answers = {"GET /search": {"items": []}, "POST /": {"id": 8}}
    assert tell(receiver.url, **words) == Done({"id": 8})

    receiver.answers["GET /search"] = {"items": [{"id": 7}]}
    assert tell(receiver.url, **words) == Done({"id": 7})

    assert [one.method for one in receiver.heard] == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    ("expect", "answer", "lacks"),
    [
        ("data.id", {"data": {"id": 7}}, ""),
        ("data.id", {"data": {}}, "`data.id`"),
        ("data.id", {"errors": [{"message": "no"}]}, "`data.id`"),
        ({"ok": True}, {"ok": True, "ts": "1"}, ""),
        ({"ok": True}, {"ok": False, "error": "no"}, "`ok: true`"),
        ({"ok": True}, {"ok": 1}, "`ok: true`"),
        ({"status": "done", "n": 1}, {"n": 2}, '`status: "done"`, `n: 1`'),
    ],
)
def test_an_answer_that_is_not_what_was_expected_is_no_success(
    receiver: Receiver, expect: Any, answer: Any, lacks: str
) -> None:
    """Some say 200, or 207, and what was wrong within."""
    receiver.answers["POST /"] = answer

    outcome = tell(receiver.url, json={}, expect=expect)

    if lacks:
        assert isinstance(outcome, Rejected)
        assert f" answered 200 without {lacks}: " in outcome.reason
    else:
        assert outcome == Done(answer)


def test_a_text_is_sent_as_it_is(receiver: Receiver) -> None:
    """Where a receiver takes no JSON."""
    tell(receiver.url, body="Grüße", headers={"content-type": "text/markdown"})

    [heard] = receiver.heard
    assert heard.body == "Grüße".encode()
    assert heard.headers["content-type"] == "text/markdown"
    assert json.dumps(heard.headers).count("content-type") == 1
