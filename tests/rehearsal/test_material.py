"""Reading data: everything that can be taken is, and everything else is told with its place."""

import json
from pathlib import Path

import pytest

from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Changed, Happened
from cuebook.engine.core.plan import Calendar, Project
from cuebook.engine.core.program import Program
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone
from cuebook.engine.rehearsal.material import Material, read_material

WORDS = Vocabulary(
    "acme",
    "Europe/Berlin",
    attributes={"plan": Type("text"), "seats": Type("number"), "timezone": Type("timezone")},
    events={"login": {"device": Type("text")}, "purchase": {"amount": Type("number")}},
)
PROGRAM = Program(Project(WORDS, Calendar(), ()))


def at(text: str, there: str = "UTC") -> int:
    return parse_instant(text, zone(there))


def events(folder: Path, text: str | bytes, name: str = "events.csv") -> Material:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_material(PROGRAM, events=[path])


def told(found: Material) -> list[tuple[int, str]]:
    return [(bad.line, bad.why) for bad in found.bad]


def test_csv_and_json_lines_tell_the_same(tmp_path: Path) -> None:
    """The form of a file is no part of what it says."""
    rows = (
        "at,customer,event,amount\n2026-03-01T10:00:00Z,c1,purchase,12\n2026-03-02,c1,Purchase,\n"
    )
    lines = (
        '{"at": "2026-03-01T10:00:00Z", "customer": "c1", "event": "purchase", "amount": "12"}\n'
        '{"at": "2026-03-02", "customer": "c1", "event": "purchase", "properties": {}}\n'
    )

    first = events(tmp_path, rows)
    second = events(tmp_path, lines, "events.jsonl")

    for found in (first, second):
        history = found.histories["c1"]
        assert [(what.at, what.properties) for what in history if isinstance(what, Happened)] == [
            (at("2026-03-01T10:00:00Z"), {"amount": 12}),
            (at("2026-03-02", "Europe/Berlin"), {}),
        ]
        assert found.bad == []


def test_segment_shaped_lines_are_events_and_changes(tmp_path: Path) -> None:
    """An export of a customer data platform needs no conversion."""
    when = "2026-03-01T10:00:00Z"
    lines = [
        {"type": "identify", "userId": "u", "traits": {"plan": "pro"}, "timestamp": when},
        {"type": "track", "userId": "u", "event": "Login", "properties": {"device": "web"},
         "timestamp": when, "messageId": "m1"},
        {"type": "group", "userId": "u", "groupId": "acme", "traits": {"seats": "5"},
         "timestamp": when, "messageId": "m2"},
        {"type": "page", "userId": "u", "name": "Home", "timestamp": when},
        {"type": "alias", "userId": "u", "previousId": "v", "timestamp": when},
        {"type": "track", "anonymousId": "x", "event": "Login", "timestamp": when},
    ]  # fmt: skip

    found = events(tmp_path, "\n".join(map(json.dumps, lines)), "s.jsonl")

    moment = at(when)
    assert found.histories["u"] == [
        Changed(moment, {"plan": "pro"}),
        Happened(moment, "login", {"device": "web"}, "m1"),
        Changed(moment, {"account": "acme"}),
        Happened(moment, "page", {"name": "Home"}, "s.jsonl:4"),
    ]
    assert found.histories["acme"] == [Changed(moment, {"seats": 5})]
    assert [line for line, _ in told(found) if line > 4] == [5, 6]
    assert found.bad_lines == 2


def test_each_bad_line_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    """A year of data is not lost to one slip, and no slip is lost either."""
    text = (
        b"at,customer,event,amount\n"
        b"2026-03-01,,purchase,1\n"
        b"soon,c1,purchase,1\n"
        b"2026-03-01,c1,purchase\n"
        b"2026-03-01,c1,purchase,\xff\n"
        b'2026-03-01,"c1,purchase,1\n'
        b"2026-03-02,c1,purchase,2\n"
        b'2026-03-03,c1,"purchase","3"\n'
        b"2026-03-04,c1,,4\n"
        b"2026-03-05,c1,purchase,many\n"
        b"\n"
        b"2026-03-06,c1,purchase,6"
    )

    found = events(tmp_path, text)

    assert [what.properties for what in found.histories["c1"] if isinstance(what, Happened)] == [
        {"amount": 2}, {"amount": 3}, {"amount": None}, {"amount": 6},
    ]  # fmt: skip
    assert [line for line, _ in told(found)] == [2, 3, 4, 5, 6, 9, 10]
    assert found.bad_lines == 6


def test_broken_json_is_told_with_its_line(tmp_path: Path) -> None:
    """Also brackets that never end, lists and bare words."""
    good = '{"at": "2026-03-01", "customer": 7, "event": "login"}'
    text = "\n".join(['{"at": ', good, "[1]", "[" * 100_000, '{"at": 5, "customer": "c", "event": "login"}',
                      '{"at": "2026-03-01", "customer": "c", "set": 3}'])  # fmt: skip

    found = events(tmp_path, text, "e.jsonl")

    assert list(found.histories) == ["7"]
    assert [line for line, _ in told(found)] == [1, 3, 4, 5, 6]


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    """CSV as spreadsheets write it, with a byte order mark and Windows line ends."""
    text = '\ufeffat;customer;event;device\r\n2026-03-01;c1;login;"a; ""b""\nc"\r\n2026-03-02;c1;login;x\r\n'

    found = events(tmp_path, text)

    assert [what.properties for what in found.histories["c1"] if isinstance(what, Happened)] == [
        {"device": 'a; "b"\nc'}, {"device": "x"},
    ]  # fmt: skip
    assert found.bad == []


def test_lines_are_taken_by_time_and_ties_by_file_and_line(tmp_path: Path) -> None:
    """The order of lines is nobody's intention."""
    (tmp_path / "b.csv").write_text(
        "at,customer,event\n2026-03-02,c1,login\n2026-03-01,c1,logout\n"
    )
    (tmp_path / "a.csv").write_text("at,customer,event\n2026-03-02,c1,purchase\n")

    found = read_material(PROGRAM, events=[tmp_path])

    kinds = [what.event for what in found.histories["c1"] if isinstance(what, Happened)]
    assert kinds == ["logout", "purchase", "login"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_an_event_told_twice_is_taken_once(tmp_path: Path, order: tuple[int, ...]) -> None:
    """The earliest counts, in whatever order the lines stand."""
    rows = ["2026-03-01,c1,login,e1", "2026-03-02,c1,login,e1", "2026-03-03,c1,login,e2"]
    text = "\n".join(["at,customer,event,id", *(rows[number] for number in order)])

    found = events(tmp_path, text)

    days = [what.at for what in found.histories["c1"]]
    assert days == [at("2026-03-01", "Europe/Berlin"), at("2026-03-03", "Europe/Berlin")]
    assert found.duplicates == 1


def test_customers_have_attributes_and_their_own_zone(tmp_path: Path) -> None:
    """A time without an offset is what the customer's clock shows."""
    people = tmp_path / "customers.csv"
    people.write_text("id,plan,seats,timezone\nc1,pro,5,Asia/Tokyo\nc2,,many,\nc1,x,1,\n,y,1,\n")
    log = tmp_path / "events.csv"
    log.write_text("at,customer,event\n2026-03-01 10:00,c1,login\n2026-03-01 10:00,c2,login\n")

    found = read_material(PROGRAM, [people], [log])

    assert dict(found.customers["c1"]) == {"plan": "pro", "seats": 5, "timezone": "Asia/Tokyo"}
    assert found.histories["c1"][0].at == at("2026-03-01T10:00:00+09:00")
    assert found.histories["c2"][0].at == at("2026-03-01T10:00:00+01:00")
    assert [bad.line for bad in found.bad] == [3, 4, 5]


def test_undeclared_names_are_told_once(tmp_path: Path) -> None:
    """A hundred thousand notes hide the one that matters."""
    text = "at,customer,event,color\n" + "2026-03-01,c1,login,red\n2026-03-01,c1,moonrise,\n" * 50

    found = events(tmp_path, text)

    assert [bad.note for bad in found.bad] == [True, True]
    assert found.bad_lines == 0
