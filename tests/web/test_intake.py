"""The intake: what each API's calls become, and what becomes of what cannot be taken."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from cuebook.engine.core.instant import iso
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.reading import STRANGER

from ..runtime.playing import START, Clock, rows
from .conftest import inbox

OK = {"success": True}


def posted(client: TestClient, path: str, body: object, **headers: str) -> Any:
    """Post JSON that is taken, and return the answer."""
    answer = client.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json().get("success")) == (200, True), answer.text
    return answer.json()


# --- Segment --------------------------------------------------------------------------------------


def test_each_call_of_segment_becomes_what_it_means(client: TestClient, database: Database) -> None:
    """One account and its user, known by calls of every kind."""
    for kind, call in {
        "identify": {"traits": {"plan": "pro"}},
        "track": {"event": "login", "properties": {"device": "web"}},
        "group": {"groupId": "acme", "traits": {"seats": 5}},
        "page": {"name": "Home", "properties": {"url": "/"}},
        "screen": {"name": "Start"},
    }.items():
        assert posted(client, f"/v1/{kind}", {"userId": "ada", "messageId": kind, **call}) == OK

    assert inbox(database) == [
        ("ada", "change", "", {"account": "acme"}, "website/group"),
        ("acme", "change", "", {"seats": 5}, "website/group account"),
        ("ada", "change", "", {"plan": "pro"}, "website/identify"),
        ("ada", "event", "page", {"name": "Home", "url": "/"}, "website/page"),
        ("ada", "event", "screen", {"name": "Start"}, "website/screen"),
        ("ada", "event", "login", {"device": "web"}, "website/track"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/customers/ada/events", {"POST"}),
        ("PUT", "/api/v1/customers/ada/suppress", {"POST"}),
        ("DELETE", "/api/v1/customers/ada/devices", {"PUT"}),
        ("PUT", "/api/v1/customers/ada/devices/d1", {"DELETE"}),
        ("GET", "/api/v1/customers/ada", {"PUT", "DELETE"}),
        ("GET", "/v1/batch", {"POST"}),
    ],
)
def test_what_a_path_does_not_serve_names_no_customer(
    method: str, path: str, allowed: set[str], client: TestClient, database: Database
) -> None:
    """Ids may hold slashes, and `ada/events` is none that anybody meant."""
    answer = client.request(method, path, json={})

    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, allowed)
    assert inbox(database) == []


def test_a_group_may_be_named_by_any_number(client: TestClient, database: Database) -> None:
    """0 is a name like any other."""
    posted(client, "/v1/group", {"groupId": 0, "traits": {"seats": 1}})

    assert inbox(database) == [("0", "change", "", {"seats": 1}, None)]


def test_an_event_of_a_group_is_its_users(client: TestClient, database: Database) -> None:
    """`context.groupId` says where it happened, and makes no second event of it."""
    call = {"userId": "ada", "event": "login", "context": {"groupId": "acme"}, "properties": {}}

    posted(client, "/v1/track", call)

    assert inbox(database) == [("ada", "event", "login", {}, None)]


def test_traits_may_stand_in_the_context(client: TestClient, database: Database) -> None:
    """RudderStack's libraries put them there."""
    call = {"type": "identify", "userId": 7, "context": {"traits": {"plan": "pro"}}, "traits": None}

    posted(client, "/v1/batch", {"batch": [call]})

    assert inbox(database) == [("7", "change", "", {"plan": "pro"}, None)]


def test_what_is_sent_again_is_taken_once_and_for_each_source_by_itself(
    client: TestClient, database: Database
) -> None:
    """Libraries send again what they are not sure of; ids of two sources have nothing in common."""
    batch = {"batch": [{"type": "track", "userId": "a", "event": "login", "messageId": "m1"}]}

    posted(client, "/v1/batch", batch)
    posted(client, "/v1/batch", {**batch, "sentAt": "2026-01-01T10:00:00Z"})
    posted(client, "/v1/batch", batch, Authorization="Bearer a-key-for-the-crm")

    assert [row[4] for row in inbox(database)] == ["crm/m1", "website/m1"]


def test_one_call_that_cannot_be_taken_does_not_fail_its_batch(
    client: TestClient, engine: Engine, database: Database
) -> None:
    """It is told in the answer and kept for a person; a library would send the others again."""
    good = {"type": "track", "userId": "ada", "event": "login", "messageId": "m1"}
    bad = {
        "nobody": {"type": "track", "event": "login"},
        "anonymous": {"type": "track", "anonymousId": "x", "event": "login"},
        "nameless": {"type": "track", "userId": "ada"},
        "alias": {"type": "alias", "userId": "ada", "previousId": "b"},
        "unknown": {"type": "delete", "userId": "ada"},
        "no object": {"type": "track", "userId": "ada", "event": "x", "properties": [1]},
        "no time": {"type": "track", "userId": "ada", "event": "x", "timestamp": "noon"},
        "no id": {"type": "track", "userId": "ada", "event": "x", "messageId": ["m"]},
        "long id": {"type": "track", "userId": "ada", "event": "x", "messageId": "m" * 500},
        "too large": {"type": "identify", "userId": "ada", "traits": {"a": "x" * 33_000}},
        "too deep": {"type": "identify", "userId": "ada", "traits": json.loads('{"a":' * 40 + "1" + "}" * 40)},
        "half a character": {"type": "track", "userId": "ada", "event": "\ud800"},
        "half a name": {"type": "track", "userId": "\ud800", "event": "x"},
        "zero": {"type": "track", "userId": "a\0", "event": "x"},
        "text": "track",
        "half a group": {"type": "group", "userId": "a\0", "groupId": "acme"},
    }  # fmt: skip

    answer = client.post("/v1/batch", content=json.dumps({"batch": [*bad.values(), good]}))
    assert answer.status_code == 200
    said = answer.json()

    assert [row[4] for row in inbox(database)] == [None, "website/m1"]
    assert [error["index"] for error in said["errors"]] == list(range(len(bad)))
    every = [one for apart in (False, True) for one in engine.refused(strangers=apart)]
    kept = [(one.reason, one.body) for one in every]
    for told, call in zip(said["errors"], bad.values(), strict=True):
        bodies = [body for reason, body in kept if reason == told["reason"]]
        assert any(len(body) > 30_000 or json.loads(body) == call for body in bodies)
    assert {one.customer for one in engine.refused()} >= {"", "ada"}


def test_a_call_alone_that_cannot_be_taken_is_told_and_kept(
    client: TestClient, engine: Engine
) -> None:
    """Its sender has no other one to lose, and a developer to tell."""
    answer = client.post("/v1/track", json={"userId": "ada", "messageId": "m1"})

    assert answer.status_code == 400
    reason = "the event's name is no text of 1 to 400 characters: None"
    assert answer.json() == {"code": "not_taken", "message": reason}
    assert [(one.customer, one.reason) for one in engine.refused()] == [("ada", reason)]


@pytest.mark.parametrize(
    ("path", "call", "reason"),
    [
        ("/v1/track", {"event": "login", "anonymousId": "x"}, STRANGER),
        ("/v1/page", {"name": "Pricing", "anonymousId": "x"}, STRANGER),
        ("/v1/identify", {"traits": {"plan": "free"}, "anonymousId": "x"}, STRANGER),
        (
            "/v1/alias",
            {"userId": "ada", "previousId": "x"},
            "an alias joins two customers into one",
        ),
        ("/api/v1/events", {"name": "visit", "anonymous_id": "x", "data": {}}, STRANGER),
    ],
)
def test_what_is_said_rightly_and_means_nothing_here_is_kept_and_no_error(
    path: str,
    call: dict[str, Any],
    reason: str,
    client: TestClient,
    engine: Engine,
    database: Database,
) -> None:
    """A website sends it all day: it has done nothing wrong, and there is nothing to mend."""
    answer = client.post(path, json=call)

    assert answer.status_code == 200
    assert answer.json()["success"] is True
    [error] = answer.json()["errors"]
    assert (error["index"], error["reason"].partition(",")[0]) == (0, reason)
    [kept] = engine.refused(strangers=reason == STRANGER)
    assert call.items() <= json.loads(kept.body).items()
    assert inbox(database) == []


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ({}, iso(START)),
        ({"timestamp": "2025-12-31T10:00:00.5+01:00"}, "2025-12-31T09:00:00.500000+00:00"),
        ({"originalTimestamp": "2025-12-31T10:00:00"}, "2025-12-31T10:00:00+00:00"),
        # A clock that is an hour ahead is set right, one that lags behind is believed.
        ({"timestamp": "2026-01-01T10:58:00Z", "sentAt": "2026-01-01T11:00:00Z"},
         "2026-01-01T09:58:00+00:00"),
        ({"timestamp": "2026-01-01T08:00:00Z", "sentAt": "2026-01-01T09:00:00Z"},
         "2026-01-01T08:00:00+00:00"),
        ({"timestamp": "2026-02-01T10:00:00Z", "sentAt": "2026-01-01T10:00:00Z"},
         "2026-02-01T10:00:00+00:00"),
        ({"timestamp": "2026-01-01T08:00:00Z", "sentAt": "noon"}, "2026-01-01T08:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_call_happened_when_its_sender_says(
    told: dict[str, str], at: str, client: TestClient, database: Database
) -> None:
    """What is replayed keeps its instants, and no wrong clock makes us wait for what has happened."""
    posted(client, "/v1/track", {"userId": "ada", "event": "login", **told})

    [(found,)] = rows(database, "SELECT at FROM cuebook_inbox")
    assert iso(found) == at


# --- Customer.io ----------------------------------------------------------------------------------


def test_each_call_of_customer_io_becomes_what_it_means(
    client: TestClient, database: Database, engine: Engine
) -> None:
    """The first version names the customer in the path, which may hold anything."""
    at = "/api/v1/customers/ada%2Fb%40x.de"
    event = {"name": "login", "data": {"n": 1}, "id": "e1", "timestamp": 1_767_000_000}
    calls: list[tuple[str, str, dict[str, object]]] = [
        ("PUT", at, {"plan": "pro", "old": None}),
        ("POST", f"{at}/events", event),
        ("POST", f"{at}/events", event),
        ("POST", f"{at}/events", {"type": "page", "name": "Home", "data": {}, "id": "e2"}),
        ("PUT", f"{at}/devices", {"device": {"id": "d", "platform": "ios"}}),
        ("DELETE", f"{at}/devices/d", {}),
        ("POST", f"{at}/suppress", {}),
        ("POST", f"{at}/unsuppress", {}),
        ("DELETE", at, {}),
    ]
    for method, path, body in calls:
        answer = client.request(method, path, json=body)
        assert (answer.status_code, answer.json()) == (200, OK), (path, answer.text)
    unknown = {"anonymous_id": "x", "name": "login"}
    merged = client.post("/api/v1/merge_customers", json=unknown)
    assert (merged.status_code, merged.json()["code"]) == (400, "not_taken")
    stranger = client.post("/api/v1/events", json=unknown)
    assert stranger.json()["errors"] == [{"index": 0, "reason": STRANGER}]

    name = "ada/b@x.de"
    found = rows(
        database, "SELECT customer, kind, name, body, key, at FROM cuebook_inbox ORDER BY id"
    )
    assert [(*row[1:3], json.loads(row[3]), row[4]) for row in found] == [
        ("change", "", {"plan": "pro", "old": None}, None),
        ("event", "login", {"n": 1}, "website/e1"),
        ("event", "page", {"name": "Home"}, "website/e2"),
        ("event", "Device Added", {"id": "d", "platform": "ios"}, None),
        ("event", "Device Removed", {"id": "d"}, None),
        ("change", "", {"suppressed": True}, None),
        ("change", "", {"suppressed": False}, None),
        ("event", "Customer Deleted", {}, None),
    ]
    assert {row[0] for row in found} == {name}
    assert found[1][5] == 1_767_000_000_000_000
    assert (len(engine.refused(strangers=True)), len(engine.refused())) == (1, 1)


def test_entities_of_customer_io_are_taken_alone_and_in_batches(
    client: TestClient, database: Database, engine: Engine
) -> None:
    """The second version says what it is about in the body."""
    person = {"type": "person", "identifiers": {"id": "ada"}}
    acme = {"identifiers": {"object_type_id": "1", "object_id": "acme"}}
    posted(
        client, "/api/v2/entity", {**person, "action": "identify", "attributes": {"plan": "pro"}}
    )
    said = posted(client, "/api/v2/batch", {"batch": [
        {**person, "action": "event", "name": "login", "attributes": {"n": 1}, "id": "e1"},
        {**person, "action": "screen", "name": "Home"},
        {**person, "action": "add_relationships", "cio_relationships": [acme]},
        {**person, "action": "delete_relationships", "cio_relationships": [acme]},
        {**person, "action": "add_device", "device": {"id": "d"}},
        {**person, "action": "delete_device", "device": {"id": "d"}},
        {**person, "action": "suppress"},
        {**person, "action": "delete"},
        {"type": "object", "action": "identify", **acme, "attributes": {"seats": 5}},
        {"type": "person", "identifiers": {"email": "bo@x.de"}, "action": "identify"},
        {**person, "action": "merge"},
        {"type": "delivery", "action": "opened"},
        7,
    ]})  # fmt: skip

    found = rows(database, "SELECT customer, kind, name, body FROM cuebook_inbox ORDER BY id")
    assert [(*row[:3], json.loads(row[3])) for row in found] == [
        ("ada", "change", "", {"plan": "pro"}),
        ("ada", "event", "login", {"n": 1}),
        ("ada", "event", "screen", {"name": "Home"}),
        ("ada", "change", "", {"account": "acme"}),
        ("ada", "change", "", {"account": None}),
        ("ada", "event", "Device Added", {"id": "d"}),
        ("ada", "event", "Device Removed", {"id": "d"}),
        ("ada", "change", "", {"suppressed": True}),
        ("ada", "event", "Customer Deleted", {}),
        ("acme", "change", "", {"seats": 5}),
        ("bo@x.de", "change", "", {}),
    ]
    assert [error["index"] for error in said["errors"]] == [10, 11, 12]
    assert len(engine.refused()) == 3


# --- CloudEvents ----------------------------------------------------------------------------------

CLOUD = {
    "specversion": "1.0", "id": "e1", "source": "/billing", "type": "paid", "subject": "ada",
    "time": "2025-12-31T10:00:00Z", "data": {"amount": 120},
}  # fmt: skip


@pytest.mark.parametrize("mode", ["binary", "structured", "batched"])
def test_cloud_events_are_taken_in_each_mode_once(
    mode: str, client: TestClient, database: Database
) -> None:
    """Source and id together are what an event is known by, whichever way it comes."""
    for _ in range(2):
        if mode == "binary":
            told = {f"ce-{name}": value for name, value in CLOUD.items() if name != "data"}
            posted(client, "/events", CLOUD["data"], **told)  # type: ignore[arg-type]
        else:
            many = mode == "batched"
            kind = f"application/cloudevents{'-batch' if many else ''}+json"
            posted(client, "/events", [CLOUD] if many else CLOUD, **{"Content-Type": kind})

    assert inbox(database) == [("ada", "event", "paid", {"amount": 120}, "website//billing e1")]


def test_a_cloud_event_in_headers_needs_no_body_and_no_content_type(
    client: TestClient, database: Database
) -> None:
    """The header of an event without data; its values are percent-encoded."""
    told = {f"ce-{name}": str(value) for name, value in CLOUD.items() if name != "data"}
    answer = client.post("/events", headers={**told, "ce-subject": "J%C3%BCrgen"})

    assert answer.status_code == 200
    assert [row[:4] for row in inbox(database)] == [("Jürgen", "event", "paid", {})]


@pytest.mark.parametrize(
    ("without", "why"),
    [
        ({"subject": None}, "it names no customer"),
        ({"id": ""}, "no CloudEvent: `id` is missing"),
        ({"specversion": "0.3"}, "specversion '0.3' is not read, only 1.0"),
        ({"data": "text"}, "the values are no object"),
        ({"data_base64": "YQ=="}, "its data is no object: `data_base64` is not read"),
    ],
)
def test_what_is_no_cloud_event_is_told_and_kept(
    without: dict[str, object], why: str, client: TestClient, engine: Engine
) -> None:
    """Alone it fails; in a batch the others are taken."""
    bad = {**CLOUD, **without}
    answer = client.post(
        "/events", json=bad, headers={"Content-Type": "application/cloudevents+json"}
    )
    assert (answer.status_code, answer.json()) == (400, {"code": "not_taken", "message": why})

    said = posted(
        client, "/events", [bad, CLOUD], **{"Content-Type": "application/cloudevents-batch+json"}
    )
    assert said["errors"] == [{"index": 0, "reason": why}]
    assert [one.reason for one in engine.refused()] == [why]


def test_ids_of_any_length_and_script_are_known_again(
    client: TestClient, engine: Engine, database: Database
) -> None:
    """An index of a database holds some thousand bytes; a source is an address of any length."""
    kind = {"Content-Type": "application/cloudevents+json"}
    signs = "".join(chr(0x1F300 + n * 7 % 700) for n in range(400))
    for source in (
        "https://x.de/" + signs * 4,
        "https://x.de/" + signs * 4,
        "https://x.de/" + signs * 3,
    ):
        posted(client, "/events", {**CLOUD, "source": source, "id": signs}, **kind)
    posted(client, "/v1/track", {"userId": signs, "event": signs, "messageId": signs})

    assert len(inbox(database)) == 3
    for odd in ("a\0", "\ud800"):
        answer = client.post("/events", content=json.dumps({**CLOUD, "source": odd}), headers=kind)
        assert answer.status_code == 400
    assert len(engine.refused()) == 2


def test_times_are_the_engines(client: TestClient, clock: Clock, database: Database) -> None:
    """What has no time of its own happens when the engine's clock says."""
    clock.forward(1)

    posted(client, "/v1/track", {"userId": "ada", "event": "login"})

    assert rows(database, "SELECT at, stamped FROM cuebook_inbox") == [(clock.now, True)]
