"""Whatever JSON is sent to whichever operation: each thing becomes a row or is odd, and nothing breaks."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.runtime.mail import COLUMNS
from cuebook.web.intake import segment
from cuebook.web.intake.asked import Asked, Json, Odd, Operation
from cuebook.web.intake.bodies import Unread, parsed
from cuebook.web.intake.operations import OPERATIONS
from cuebook.web.intake.ordinary import at_a_glance

NAMES = st.sampled_from([
    "type", "userId", "event", "properties", "traits", "context", "groupId", "timestamp", "sentAt",
    "messageId", "batch", "name", "data", "id", "identifiers", "attributes", "action", "object_id",
    "cio_relationships", "device", "specversion", "source", "subject", "time", "customer",
])  # fmt: skip
WORDS = st.sampled_from([
    "track", "identify", "group", "page", "person", "object", "event", "add_relationships", "ada",
    "1.0", "2026-01-02T10:00:00Z", "9999-12-31T23:59:59Z", "1900-01-01", "", "\0", "\ud800",
])  # fmt: skip
LEAVES = (
    WORDS
    | st.text(max_size=5)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
OPERATION = {one.name: one for one in OPERATIONS}
PIECES = st.sampled_from(
    ['"a":1', '"a" : "\\u003a"', '"b":"\\u003A"', '"b":":"', '"\\u0061":{"a":[]}', '"c:":1e999']
)
KINDS = ("", "application/cloudevents+json", "application/cloudevents-batch+json")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
@settings(max_examples=50)
@given(body=JSON, kind=st.sampled_from(KINDS))
def test_all_of_it_is_taken_or_told(operation: Operation, body: Json, kind: str) -> None:
    """An exception would be a 500, which libraries repeat for hours, and the rest of a batch with it."""
    asked = Asked(
        "web",
        10**15,
        body,
        {"customer": "ada", "device": "d"},
        {"content-type": kind},
        "data.customer",
    )
    items = list(operation.read(asked))

    assert items or (operation.batch and [] in (body, isinstance(body, dict) and body.get("batch")))
    for item in items:
        if isinstance(item, Odd):
            assert item.reason
            json.dumps(item.about)
        else:
            row = dict(zip(COLUMNS, item, strict=True))
            assert "\0" not in f"{row['customer']}{row['name']}{row['key']}"
            f"{row['customer']}{row['name']}{row['key']}{row['body']}".encode()
            assert abs(row["at"]) < 2**63


PLAIN = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "track", "identify", None]),
        "userId": st.sampled_from(["ada", " ada", "", "ö", "\0", 7, None]) | st.text(max_size=5),
        "event": st.sampled_from(["login", " login ", " ", "", "x" * 500]) | st.text(max_size=5),
        "messageId": st.sampled_from(["m1", "m 1", " m1", "", 5, None]) | st.text(max_size=5),
        "timestamp": st.sampled_from(
            ["2026-01-02T10:00:00.5Z", "2026-01-02", "20260102", "9999-12-31T23:59:59Z", 17.5, None]
        ),
        "properties": st.dictionaries(st.text(max_size=3), JSON, max_size=3),
    },
    optional={
        "context": st.none() | st.just({"ip": "::1"}) | JSON,
        "traits": JSON,
        "sentAt": WORDS,
        "originalTimestamp": WORDS,
        "anonymousId": WORDS,
    },
)


ORDINARY = {
    "type": "track", "userId": "ada", "event": "go-live", "messageId": "m-1",
    "timestamp": "2026-01-02T10:00:00Z", "context": {}, "properties": {"region": "eu"},
}  # fmt: skip


@settings(max_examples=500)
@given(
    calls=st.lists(
        PLAIN | PLAIN.map(lambda call: {**ORDINARY, **call}) | st.just(ORDINARY), max_size=20
    ),
    source=st.sampled_from(["web", "crm"]),
    sent_at=st.sampled_from(["2001-09-09T01:46:41Z", "9000-01-01", "", None]),
)
def test_what_is_read_at_a_glance_is_what_care_reads(
    calls: list[Json], source: str, sent_at: Json
) -> None:
    """The quick way and the careful one lead to the same rows, whatever stands beside them."""
    asked = Asked(source, 10**15, {"batch": calls, "sentAt": sent_at})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(segment, "at_a_glance", lambda _, calls, *__: [None] * len(calls))
        careful = [*OPERATION["batch"].read(asked)]

    assert [*OPERATION["batch"].read(asked)] == careful


@pytest.mark.parametrize("ahead", [0, 2_000_000])
def test_ordinary_calls_are_read_at_a_glance(ahead: int) -> None:
    """Else nothing would be won by it."""
    row = ("web/m-1", "ada", "event", "go-live", '{"region":"eu"}', 1767348000000000 - ahead, False)

    assert at_a_glance("web", [ORDINARY] * 3, ahead) == [row] * 3
    assert at_a_glance("web", [{**ORDINARY, "event": "Käufe"}], ahead) != [None]


def test_one_call_out_of_the_ordinary_costs_its_neighbours_only() -> None:
    """The others of a batch are still read at a glance."""
    for odd in (
        {**ORDINARY, "userId": None},
        {**ORDINARY, "type": "page"},
        {**ORDINARY, "event": " "},
    ):
        rows = at_a_glance("web", [*[ORDINARY] * 50, odd, *[ORDINARY] * 50])

        assert rows[50] is None
        assert rows.count(None) < 8


@given(body=JSON, ascii_=st.booleans())
def test_json_is_read_as_the_standard_library_reads_it(body: Json, ascii_: bool) -> None:
    """The quick way and the careful way see the same in every text, however it is spelt."""
    text = json.dumps(body, indent=1 if ascii_ else None, ensure_ascii=ascii_)
    raw = text.encode(errors="replace")

    assert parsed(raw) == json.loads(raw)


@given(
    raw=st.binary(max_size=40)
    | st.text(alphabet='{}[]":,\\ \n1eE+-.a', max_size=30).map(str.encode)
    | st.lists(PIECES, min_size=1, max_size=6).map(lambda some: f"{{{','.join(some)}}}".encode())
)
def test_what_is_read_at_all_says_one_thing(raw: bytes) -> None:
    """Any bytes are either what the standard library reads, no name twice, or refused with a reason."""

    def once(pairs: list[tuple[str, Json]]) -> Json:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    with suppress(Unread):
        found = parsed(raw)
        assert found == json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once)
