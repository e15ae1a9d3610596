"""The libraries that companies use already, as clients of a running server: everything is there once.

On the way each first answer is lost, so that each library has to send again what was taken.
"""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from customerio import CustomerIO, CustomerIOException
from standardwebhooks.webhooks import Webhook

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.reading import STRANGER

from ..runtime.playing import rows
from .processes import forgetful, new_database, serving

KEY = "a-key-for-the-website"
HOOK = "whsec_c2VjcmV0IG9mIHRoZSBzaG9wLCBsb25nIGVub3VnaA=="
AT = datetime(2026, 1, 2, 10, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yield an engine on the server's database."""
    engine = Engine(new_database(tmp_path))
    yield engine
    engine.database.pool.dispose()


@pytest.fixture
def server(engine: Engine) -> Iterator[str]:
    """Yield where a server listens."""
    url = engine.database.pool.url.render_as_string()
    words = ("--write-key", "web=env:WEB_KEY", "--hook", "shop=env:SHOP_SECRET")
    with serving(url, *words, WEB_KEY=KEY, SHOP_SECRET=HOOK) as (address, _):
        yield address


def taken(engine: Engine) -> list[tuple[Any, ...]]:
    """Return what the server took in: customer, kind, name, values; sorted."""
    found = rows(engine.database, "SELECT customer, kind, name, body FROM cuebook_inbox")
    return sorted(((*row[:3], json.loads(row[3])) for row in found), key=repr)


CALLS = [
    ("acme", "change", "", {"seats": 5}),
    ("ada", "change", "", {"account": "acme"}),
    ("ada", "change", "", {"plan": "growth"}),
    ("ada", "event", "go-live", {"region": "eu"}),
    ("ada", "event", "page", {"name": "Pricing", "url": "/pricing"}),
    ("ada", "event", "screen", {"name": "Home"}),
]


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("library", ["segment", "rudderstack"])
def test_segments_and_rudderstacks_libraries(
    library: str, gzip: bool, server: str, engine: Engine
) -> None:
    """Each call, in batches, some of them sent again."""
    if library == "segment":
        from segment.analytics.client import Client
    else:
        from rudderstack.analytics.client import Client
    troubles: list[object] = []
    with forgetful(server) as (way, passed):
        client = Client(KEY, host=way, gzip=gzip, on_error=lambda *told: troubles.append(told))
        client.identify("ada", {"plan": "growth"}, timestamp=AT)
        client.track("ada", "go-live", {"region": "eu"}, timestamp=AT)
        client.group("ada", "acme", {"seats": 5})
        client.page("ada", name="Pricing", properties={"url": "/pricing"})
        client.screen("ada", name="Home")
        client.alias("a0", "ada")
        client.shutdown()

    assert troubles == []
    assert len(passed) > 1
    assert set(passed) == {"POST /v1/batch"}
    assert taken(engine) == CALLS
    assert [one.reason.partition(" two")[0] for one in engine.refused()] == ["an alias joins"]
    [(at,)] = rows(engine.database, "SELECT at FROM cuebook_inbox WHERE name = 'go-live'")
    assert at == AT.timestamp() * 1_000_000


@pytest.mark.parametrize("library", ["segment", "rudderstack"])
def test_what_a_library_may_not_send_is_told_to_it_once(library: str, server: str) -> None:
    """An error that it does not understand it would repeat for hours."""
    if library == "segment":
        from segment.analytics.client import Client
    else:
        from rudderstack.analytics.client import Client
    troubles: list[Any] = []
    with forgetful(server) as (way, passed):
        client = Client("wrong", host=way, on_error=lambda trouble, _: troubles.append(trouble))
        client.track("ada", "go-live")
        client.shutdown()

    assert len(passed) == 1
    [trouble] = troubles
    assert (trouble.status, trouble.code) == (401, "unauthorized")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ssl.SSLContext:
    """Return a certificate for this machine that clients of this test trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def test_customer_ios_library(server: str, engine: Engine, trusted: ssl.SSLContext) -> None:
    """Each call over TLS, as it insists on; it sends again by itself."""
    with forgetful(server, trusted) as (way, passed):
        port = int(way.rpartition(":")[2])
        with CustomerIO("web", KEY, host="localhost", port=port) as client:
            client.identify("ada", plan="growth")
            client.track("ada", "go-live", {"region": "eu"}, id="e1", timestamp=AT)
            client.pageview("bo", "Pricing", url="/pricing")
            client.backfill("cy", "go-live", AT, region="us")
            client.add_device("ada", "d1", "ios")
            client.delete_device("ada", "d1")
            client.suppress("ada")
            client.unsuppress("ada")
            client.delete("ada")
            client.batch([
                {"type": "person", "action": "event", "identifiers": {"id": "ada"},
                 "name": "login", "id": "e2"},
            ])  # fmt: skip
            with pytest.raises(CustomerIOException, match=r"400.*cuebook does not do"):
                client.merge_customers("id", "ada", "id", "bo")
            client.track_anonymous("x1", "visit")

    assert [one.reason for one in engine.refused(strangers=True)] == [STRANGER]
    assert len(passed) > len(set(passed))
    once = [
        row
        for row in taken(engine)
        if row[:3] in (("ada", "event", "go-live"), ("ada", "event", "login"))
    ]
    assert once == [
        ("ada", "event", "go-live", {"region": "eu"}), ("ada", "event", "login", {}),
    ]  # fmt: skip
    assert {row[:3] for row in taken(engine)} == {
        ("ada", "change", ""),
        ("ada", "event", "go-live"), ("ada", "event", "login"), ("ada", "event", "Device Added"),
        ("ada", "event", "Device Removed"), ("ada", "event", "Customer Deleted"),
        ("bo", "event", "page"), ("cy", "event", "go-live"),
    }  # fmt: skip
    changes = [row[3] for row in taken(engine) if row[1] == "change"]
    assert all(
        one in changes for one in ({"plan": "growth"}, {"suppressed": True}, {"suppressed": False})
    )


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_library_of_cloud_events(mode: str, server: str, engine: Engine) -> None:
    """It makes headers and a body; who posts them repeats until there is an answer."""
    make = to_binary_event if mode == "binary" else to_structured_event
    told = {
        "id": "e1", "source": "/billing", "type": "invoice-paid", "subject": "Jürgen", "time": AT,
        "specversion": "1.0",
    }  # fmt: skip
    message = make(CloudEvent(told, {"amount": 120}))
    with forgetful(server) as (way, passed):
        for _ in range(2):
            answer = requests.post(
                f"{way}/events", data=message.body, auth=("web", KEY), timeout=60,
                headers=dict(message.headers),
            )  # fmt: skip

    assert (answer.status_code, len(passed)) == (200, 2)
    assert taken(engine) == [("Jürgen", "event", "invoice-paid", {"amount": 120})]
    assert rows(engine.database, "SELECT at FROM cuebook_inbox") == [(AT.timestamp() * 1_000_000,)]


def test_the_library_of_standard_webhooks(server: str, engine: Engine) -> None:
    """What it signs is taken, under one id; what it signs with another secret is not."""
    body = json.dumps({"type": "contract.signed", "data": {"customer": "ada", "seats": 12}})
    now = datetime.now(UTC)

    def told(secret: str) -> dict[str, str]:
        return {
            "webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_1", now, body),
        }  # fmt: skip

    with forgetful(server) as (way, _):
        statuses = [
            requests.post(
                f"{way}/hooks/shop", data=body, headers=told(secret), timeout=60
            ).status_code
            for secret in (HOOK, HOOK, "whsec_YW5vdGhlciBzZWNyZXQgYW5kIG5vdCBvdXJz")
        ]

    assert statuses == [503, 200, 401]
    assert taken(engine) == [("ada", "event", "contract.signed", {"customer": "ada", "seats": 12})]
