"""Who may send: write keys, signatures, and that being wrong never says in what."""

import json
import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from cuebook.engine.core.instant import to_datetime
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.web.app import application
from cuebook.web.intake.keys import Hook, Source

from ..runtime.playing import Clock
from .conftest import HOOK, KEY, SOURCES, inbox

EVENT = {"userId": "ada", "event": "login", "messageId": "m1"}
UNKNOWN = {"code": "unauthorized", "message": "these credentials are not known here"}


def basic(text: str) -> str:
    """Return a header of Basic."""
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "word",
    [f"Bearer {KEY}", f"bearer {KEY}", basic(f"{KEY}:"), basic(KEY), basic(f"website:{KEY}")],
)
def test_a_key_may_come_in_each_way_that_libraries_send_it(
    word: str, client: TestClient, database: Database
) -> None:
    """Segment's as the user, Customer.io's as the password of a site, ours as a bearer."""
    answer = client.post("/v1/track", json=EVENT, headers={"Authorization": word})

    assert answer.status_code == 200
    assert [row[4] for row in inbox(database)] == ["website/m1"]


def test_a_key_may_stand_in_the_body_of_segments_calls(engine: Engine, database: Database) -> None:
    """A browser sends it so, as text, since that needs no leave of another origin."""
    with TestClient(application(engine, sources=SOURCES)) as client:
        text = json.dumps({**EVENT, "writeKey": KEY})
        answer = client.post("/v1/track", content=text, headers={"Content-Type": "text/plain"})
        assert answer.status_code == 200
        for body in ({**EVENT, "writeKey": "wrong"}, EVENT, [EVENT], {**EVENT, "writeKey": None}):
            answer = client.post("/v1/track", json=body)
            assert (answer.status_code, answer.json()) == (401, UNKNOWN)
        elsewhere = {"type": "person", "writeKey": KEY}
        assert client.post("/api/v2/entity", json=elsewhere).status_code == 401

    assert [row[4] for row in inbox(database)] == ["website/m1"]


@pytest.mark.parametrize(
    "word",
    [
        "", "Bearer", "Bearer wrong", "Digest x", "Basic !!!", basic("wrong:"), basic("website:wrong"),
        basic(f"crm:{KEY}"), basic(f"nobody:{KEY}"), basic("website:"), "Basic //79", f"Basic {KEY}",
        "Bearer \u00fc",
    ],
)  # fmt: skip
def test_wrong_credentials_never_say_which_part_was_wrong(
    word: str, client: TestClient, engine: Engine, database: Database
) -> None:
    """A name that exists and a key that does not are as unknown as any other two."""
    for path, body in (
        ("/v1/batch", {"batch": [EVENT]}),
        ("/events", EVENT),
        ("/v1/track", b"\xff{"),
    ):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": word.encode("latin-1")}
        answer = client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()) in ((401, UNKNOWN), (400, answer.json()))
        if word:
            assert answer.json() == UNKNOWN

    assert inbox(database) == []
    assert engine.refused() == []


# --- signed hooks ---------------------------------------------------------------------------------

BODY = b'{"type": "contract-signed", "timestamp": "2025-12-31T10:00:00Z", "data": {"buyer": {"id": "ada"}}}'


def headers(clock: Clock, body: bytes = BODY, **changed: str) -> dict[str, str]:
    """Return the headers of a hook as the other side's library makes them."""
    at = to_datetime(clock.now)
    signature = Webhook(HOOK.secret).sign("msg_1", at, body.decode())
    return {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature, "Content-Type": "application/json", "Authorization": "",
        **changed,
    }  # fmt: skip


def test_a_signed_hook_is_taken_once(client: TestClient, clock: Clock, database: Database) -> None:
    """It is sent again until it was answered, under one id; the signature is another one each time."""
    for _ in range(2):
        answer = client.post("/hooks/shop", content=BODY, headers=headers(clock))
        assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text
        clock.now += 60_000_000

    [(customer, kind, name, values, key)] = inbox(database)
    assert (customer, kind, name) == ("ada", "event", "contract-signed")
    assert (values, key) == ({"buyer": {"id": "ada"}}, "hooks.shop/msg_1")


def test_one_good_signature_among_several_will_do(client: TestClient, clock: Clock) -> None:
    """While a secret is changed a hook is signed with both."""
    good = headers(clock)
    both = f"v1,{b64encode(b'another one').decode()} v1a,xyz {good['webhook-signature']}"
    answer = client.post("/hooks/shop", content=BODY, headers={**good, "webhook-signature": both})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,\u00fc"},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "noon"},
        {"webhook-timestamp": ""},
        {"path": "/hooks/nobody"},
        {"body": BODY.replace(b"ada", b"eve").decode()},
        {"later": "301"},
        {"later": "-301"},
    ],
)
def test_a_forged_hook_or_an_old_one_is_unknown(
    wrong: dict[str, str], client: TestClient, clock: Clock, engine: Engine, database: Database
) -> None:
    """Whoever recorded one may not play it again, and nobody learns which hooks there are."""
    told = headers(clock) | {k: v for k, v in wrong.items() if k.startswith("webhook")}
    clock.now += int(wrong.get("later", 0)) * 1_000_000
    body = wrong.get("body", BODY.decode()).encode()
    encoded = {name: value.encode("latin-1") for name, value in told.items()}

    answer = client.post(wrong.get("path", "/hooks/shop"), content=body, headers=encoded)

    assert (answer.status_code, answer.json()) == (401, UNKNOWN)
    assert (inbox(database), engine.refused()) == ([], [])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"type": "x", "data": {}}, "there is no `data.buyer.id`, where this hook's customer stands"),
        ({"data": {"buyer": {"id": "ada"}}}, "the event's name is no text of 1 to 400 characters: None"),
        ([1], "a hook's body is no object"),
    ],
)  # fmt: skip
def test_a_signed_hook_that_cannot_be_taken_is_kept(
    body: Any, why: str, client: TestClient, clock: Clock, engine: Engine
) -> None:
    """It was really sent, so somebody wants to know."""
    raw = json.dumps(body).encode()
    answer = client.post("/hooks/shop", content=raw, headers=headers(clock, raw))

    assert (answer.status_code, answer.json()["message"]) == (400, why)
    assert [(one.source, one.reason) for one in engine.refused()] == [("hooks.shop", why)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Source("Web Site", KEY),
        lambda: Source("", KEY),
        lambda: Source("web", "short"),
        lambda: Hook("shop", "whsec_"),
        lambda: Hook("shop", "whsec_\u00fc"),
        lambda: Hook("a/b", HOOK.secret),
    ],
)  # fmt: skip
def test_a_name_or_a_secret_that_is_none_is_told_at_once(make: Any) -> None:
    """Not at the first request, when it is somebody else's trouble; and never in the words of a secret."""
    with pytest.raises(ValueError, match=r"is no name|needs 16|no `whsec_`") as told:
        make()
    assert "short" not in str(told.value)
    assert KEY not in repr(SOURCES)
    assert HOOK.secret not in repr(HOOK)


def test_two_sources_that_cannot_be_told_apart_are_refused(engine: Engine) -> None:
    """One would be taken for the other."""
    for sources in ([Source("a", KEY), Source("b", KEY)], [SOURCES[0], Source("website", KEY * 2)]):
        with pytest.raises(ValueError, match="two sources or two hooks have one"):
            application(engine, sources=sources)


def test_the_library_of_the_other_side_agrees_about_what_is_signed() -> None:
    """Our verification is compared with theirs over real time."""
    from cuebook.web.intake.keys import signed

    now = time.time()
    signature = Webhook(HOOK.secret).sign("msg_1", datetime.fromtimestamp(now, UTC), "{}")
    told = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signature,
    }

    Webhook(HOOK.secret).verify(b"{}", told)
    assert signed(HOOK, told, b"{}", int(now))
    assert not signed(HOOK, told, b"{ }", int(now))
