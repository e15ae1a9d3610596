"""Bodies that mean harm, or two things at once: a clear answer, and nothing lost on the way."""

import gc
import gzip
import json
import sys
import zlib

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database

from .conftest import KEY, inbox

EVENT = {"userId": "ada", "event": "login", "messageId": "m1"}
GOOD = json.dumps({"batch": [{"type": "track", **EVENT}]}).encode()
GZIP = {"Content-Encoding": "gzip"}


def test_gzip_is_read(client: TestClient, database: Database) -> None:
    """RudderStack's libraries send nothing else."""
    answer = client.post("/v1/batch", content=gzip.compress(GOOD), headers=GZIP)

    assert answer.status_code == 200
    assert [row[4] for row in inbox(database)] == ["website/m1"]


HOSTILE = {
    "no JSON": (b'{"batch": [', {}, 400, "not_json", "this is not JSON: "),
    "NaN": (b'{"batch": [{"a": NaN}]}', {}, 400, "not_json", "NaN is no number of JSON"),
    "infinite": (b'{"batch": [{"a": -Infinity}]}', {}, 400, "not_json", "-Infinity is no number"),
    "beyond": (b'{"batch": [{"a": 1e999}]}', {}, 400, "not_json", "1e999 is beyond all numbers"),
    "digits": (b'{"a": ' + b"9" * 5_000 + b"}", {}, 400, "not_json", "this is not JSON: "),
    "twice": (b'{"userId": "a", "userId": "b"}', {}, 400, "not_json", "'userId' stands twice"),
    "twice, hidden": (b'{"a": ["\\":"], "b" : 1, "b": 2}', {}, 400, "not_json", "'b' stands twice"),
    "twice, deep": (b'{"a": [{"b": 1, "c": {"d": 1, "d": 1}}]}', {}, 400, "not_json", "'d' stands twice"),
    "deep": (b"[" * 100_000, {}, 400, "not_json", "the JSON is nested too deep"),
    "UTF-8": (b'{"a": "\xff"}', {}, 400, "not_utf8", "byte 7 is not UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), {}, 400, "not_utf8", "byte 0 is not UTF-8"),
    "no gzip": (GOOD, GZIP, 400, "not_gzip", "the body is no gzip"),
    "half a gzip": (gzip.compress(GOOD)[:-9], GZIP, 400, "not_gzip", "ends in the middle"),
    "two gzips": (gzip.compress(GOOD) * 2, GZIP, 400, "not_gzip", "behind the end of the gzip"),
    "deflate": (zlib.compress(GOOD), {"Content-Encoding": "deflate"}, 415, "encoding", "send gzip"),
    "form": (GOOD, {"Content-Type": "application/x-www-form-urlencoded"}, 415, "content_type",
             "send application/json or text/plain"),
    "charset": (GOOD, {"Content-Type": "application/json; charset=latin-1"}, 415, "charset", "send UTF-8"),
    "no list": (b'{"batch": {}}', {}, 400, "not_taken", "`batch` is no list of calls"),
    "nothing": (b"", {}, 400, "not_taken", "`batch` is no list of calls"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_cannot_be_read_is_told_and_kept(
    name: str, client: TestClient, engine: Engine, database: Database
) -> None:
    """Whoever has the key may have lost something; the answer has a code, so nothing is repeated."""
    body, headers, status, code, message = HOSTILE[name]

    answer = client.post("/v1/batch", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert message in answer.json()["message"]
    [kept] = engine.refused()
    assert (kept.source, kept.reason) == ("website", answer.json()["message"])
    assert inbox(database) == []


def test_a_body_is_read_alike_however_it_is_spelt(client: TestClient, database: Database) -> None:
    """Blanks before colons, colons within texts, a mark of the order of bytes."""
    odd = b'\xef\xbb\xbf{"userId" : "ada", "event":"a\\":b", "messageId"\n:"m1", "properties": {"x": 1.5e2}}'
    assert client.post("/v1/track", content=odd).status_code == 200

    assert inbox(database) == [("ada", "event", 'a":b', {"x": 150}, "website/m1")]


def test_a_bomb_is_not_inflated(client: TestClient, engine: Engine) -> None:
    """A gigabyte of zeros is a megabyte on the wire, and more than fits where nobody looks."""
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 500 * 1024

    answer = client.post("/v1/batch", content=bomb, headers=GZIP)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    [kept] = engine.refused()
    assert kept.reason == "more than 500 KB, inflated: send it in smaller parts"


@pytest.mark.parametrize(("path", "most"), [("/v1/batch", 500), ("/v1/track", 32)])
def test_what_is_too_large_is_told(
    path: str, most: int, client: TestClient, engine: Engine, database: Database
) -> None:
    """It is not read to its end; that it came is kept."""

    def padded(size: int) -> bytes:
        text = json.dumps({**EVENT, "batch": [{"type": "track", **EVENT}]}).encode()
        return text + b" " * (size - len(text))

    assert client.post(path, content=padded(most * 1024)).status_code == 200
    answer = client.post(path, content=padded(most * 1024 + 1))

    assert answer.status_code == 413
    said = {
        "code": "too_large",
        "message": f"more than {most} KB, inflated: send it in smaller parts",
    }
    assert answer.json() == said
    assert [one.reason for one in engine.refused()] == [said["message"]]
    assert len(inbox(database)) == 1


def test_a_whole_number_of_any_size_is_taken_as_everywhere(
    client: TestClient, engine: Engine, database: Database
) -> None:
    """Beyond 64 bits it is a float to whatever decides; here it is kept as it came."""
    body = {**EVENT, "properties": {"n": 10**30}}
    assert client.post("/v1/track", json=body).status_code == 200

    assert [row[3] for row in inbox(database)] == [{"n": 10**30}]
    engine.tick()
    assert engine.status().parked == []


def test_deep_values_within_a_batch_cost_themselves_only(
    client: TestClient, engine: Engine, database: Database
) -> None:
    """What a parser still reads may be too deep for whoever reads it later."""
    deep = (
        b'{"type": "track", "userId": "a", "event": "x", "properties": '
        + b'{"a":' * 300
        + b"1"
        + b"}" * 301
    )
    body = b'{"batch": [' + deep + b"," + GOOD[11:]

    answer = client.post("/v1/batch", content=body)

    assert answer.status_code == 200
    assert answer.json()["errors"] == [
        {"index": 0, "reason": "the values are nested more than 32 deep"}
    ]
    assert [row[4] for row in inbox(database)] == ["website/m1"]
    assert len(engine.refused()) == 1


@pytest.mark.parametrize("place", ["event", "properties", "userId", "type"])
def test_whatever_can_be_parsed_is_answered(place: str, client: TestClient) -> None:
    """How deep anybody can follow depends on how many calls deep he stands himself."""
    limit = sys.getrecursionlimit()
    call = {"type": "track", "userId": "a", "event": "x", "properties": {}}
    for depth in range(limit - 120, limit):
        text = json.dumps({"batch": [{**call, place: "@"}]}).replace(
            '"@"', "[" * depth + "]" * depth
        )

        answer = client.post("/v1/batch", content=text)

        assert answer.status_code in (200, 400)
        if answer.status_code == 400:
            assert answer.json()["message"] == "the JSON is nested too deep"


def test_nothing_of_a_stranger_is_kept(client: TestClient) -> None:
    """Not even in memory: what he sends would fill it."""
    del client.headers["Authorization"]
    for headers in ({}, {"Authorization": "Bearer not-this-one-at-all"}):
        for _ in range(3):
            answer = client.post("/v1/track", json={"writeKey": "nor-this-one"}, headers=headers)
            assert answer.status_code == 401

    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, Request)]


def test_no_write_key_is_kept_with_what_was_refused(client: TestClient, engine: Engine) -> None:
    """People look at what was refused, and copy it into tickets."""
    for body in (b'{"userId": "ada", "writeKey": "%s"}', b'{"userId": "ada", "writeKey": "%s'):
        assert client.post("/v1/track", content=body % KEY.encode()).status_code == 400

    kept = [one.body for one in engine.refused()]
    assert len(kept) == 2
    assert all("ada" in body and KEY not in body for body in kept)


def test_no_clock_leads_out_of_the_calendar(client: TestClient, engine: Engine) -> None:
    """A sender who claims to live in the year 9999 would set its instants back by as much."""
    told = {"timestamp": "1950-01-01T00:00:00Z", "sentAt": "9999-12-31T00:00:00Z"}
    answer = client.post("/v1/track", json={**EVENT, **told})

    assert (answer.status_code, answer.json()["code"]) == (400, "not_taken")
    assert "lies outside the years" in engine.refused()[0].reason


def test_while_the_database_does_not_serve_senders_are_asked_to_come_again(
    client: TestClient, database: Database
) -> None:
    """503 is what every library repeats; nothing is said to be taken that is not."""
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE cuebook_inbox RENAME TO elsewhere")
    answer = client.post("/v1/batch", content=GOOD)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"

    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO cuebook_inbox")
    assert client.post("/v1/batch", content=GOOD).status_code == 200
    assert len(inbox(database)) == 1


@pytest.mark.parametrize(("path", "status"), [("/v1/nothing", 404), ("/v1/batch", 405)])
def test_what_is_not_there_has_an_answer_that_libraries_read(
    path: str, status: int, client: TestClient
) -> None:
    """An error without a code is repeated ten times."""
    answer = client.get(path)

    assert answer.status_code == status
    assert answer.json()["code"] in ("not_found", "method_not_allowed")
