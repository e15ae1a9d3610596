"""What doors hand over: committed together, once, and what they could not read kept for a person."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from cuebook.engine.runtime import receiving
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.intake import happening
from cuebook.engine.runtime.mail import row_of
from cuebook.engine.runtime.reading import STRANGER
from cuebook.engine.runtime.receiving import LONGEST_BODY, Refusal

from .playing import Clock, rows


def event(id_: str, customer: str = "ada") -> tuple[object, ...]:
    """Return an event as a row of the inbox."""
    return row_of(happening(customer, "login", id=id_, source="web", now=0))


def in_the_inbox(database: Database) -> list[str]:
    """Return the keys in the inbox, in order."""
    return [key for (key,) in rows(database, "SELECT key FROM cuebook_inbox ORDER BY key")]


def test_what_many_threads_hand_over_is_there_once(engine: Engine, database: Database) -> None:
    """Servers answer many requests at a time, and senders repeat themselves."""
    parcels = [[event(f"{n % 20:02}"), event(f"x{n % 20:02}")] for n in range(60)]
    threads = [threading.Thread(target=engine.receive, args=[parcel]) for parcel in parcels]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = [f"web/{n:02}" for n in range(20)] + [f"web/x{n:02}" for n in range(20)]
    assert in_the_inbox(database) == expected


def test_a_parcel_that_the_database_does_not_take_costs_no_other_one(
    engine: Engine, database: Database
) -> None:
    """Whoever hands over nonsense is told so; its neighbours in the transaction are not."""
    bad = ("web/bad", "ada", "event", "\ud800", "{}", 0, False)

    [first, trouble, second] = at_once(engine, event("1"), bad, event("2"))

    assert (first, second) == (None, None)
    assert isinstance(trouble, ValueError)
    assert in_the_inbox(database) == ["web/1", "web/2"]


def test_many_parcels_share_a_transaction(
    engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit costs the disk the same for one as for all that wait."""
    written: list[int] = []
    write = engine._together._write
    monkeypatch.setattr(
        engine._together, "_write", lambda some: (written.append(len(some)), write(some))
    )

    at_once(engine, *(event(f"{n:02}") for n in range(20)))

    assert written == [20]
    assert len(in_the_inbox(database)) == 20


def test_who_no_longer_waits_stops_nobody(engine: Engine, database: Database) -> None:
    """A sender who hangs up is not told, and neither its event nor its neighbours' are lost."""
    [first, second] = at_once(engine, event("1"), event("2"), hangs_up=True)

    assert isinstance(first, asyncio.CancelledError)
    assert second is None
    assert in_the_inbox(database) == ["web/1", "web/2"]


def at_once(
    engine: Engine, *rows: tuple[object, ...], hangs_up: bool = False
) -> list[BaseException | None]:
    """Hand rows over while the thread is busy; return what each is told. The first may hang up."""

    async def hand_over() -> list[BaseException | None]:
        go = threading.Event()
        engine._together._thread.submit(go.wait)
        told = [asyncio.ensure_future(engine.take_in([row])) for row in rows]
        await asyncio.sleep(0)
        if hangs_up:
            told[0].cancel()
        go.set()
        return await asyncio.gather(*told, return_exceptions=True)

    return asyncio.run(hand_over())


def test_whatever_interrupts_a_transaction_leaves_nobody_waiting(
    engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told that it failed, and what they hand over again is taken."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(engine._together, "_write", interrupted)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                engine.receive([event("1")])

    engine.receive([event("1")])
    assert in_the_inbox(database) == ["web/1"]


def test_what_was_refused_is_kept_once_until_it_is_forgotten(engine: Engine, clock: Clock) -> None:
    """A sender that repeats itself for hours does not bury what else went wrong."""
    clock.now = 5
    other = Refusal("shop", "no customer", "{}")
    engine.receive([], [Refusal("web", "no event", '{"a": 1}', "ada"), other])
    engine.receive([], [Refusal("web", "no event", '{"a": 1}', "ada")])

    [second, first] = engine.refused()
    assert (first.source, first.reason, first.body) == ("web", "no event", '{"a": 1}')
    assert (first.customer, first.received_at) == ("ada", 5)
    assert engine.refused(source="shop") == [second]
    assert engine.refused(first.id) == [first]
    assert engine.status().refused == 2

    assert engine.forget_refused(first.id) == 1
    with pytest.raises(KeyError, match=f"number {first.id}"):
        engine.forget_refused(first.id)
    assert engine.forget_refused() == 1
    assert engine.refused() == []


def test_of_calls_of_strangers_the_last_of_each_source_are_kept(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A website has more visitors than customers, and what went wrong shall be seen among them."""
    monkeypatch.setattr(receiving, "MOST_STRANGERS", 3)
    for source in ("web", "app"):
        for number in range(5):
            engine.receive([], [Refusal(source, STRANGER, f"{number}")])
    engine.receive([], [Refusal("web", "odd", "x")])

    engine.forget_strangers()

    assert [(one.source, one.body) for one in engine.refused()] == [("web", "x")]
    kept = engine.refused(strangers=True)
    assert sorted((one.source, one.body) for one in kept) == [
        (source, f"{number}") for source in ("app", "web") for number in (2, 3, 4)
    ]
    assert engine.refused(source="app", strangers=True) == [
        one for one in kept if one.source == "app"
    ]
    assert engine.refused(kept[0].id) == [kept[0]]
    assert (engine.status().refused, engine.status().strangers) == (1, 6)


def test_calls_of_strangers_are_let_go_of_while_an_engine_runs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rest of what is looked after every few seconds, and once when it starts."""
    monkeypatch.setattr(receiving, "MOST_STRANGERS", 1)
    for number in range(5):
        engine.receive([], [Refusal("web", STRANGER, f"{number}")])

    with engine:
        end = time.monotonic() + 20
        while engine.status().strangers > 1 and time.monotonic() < end:
            time.sleep(0.01)

    assert [one.body for one in engine.refused(strangers=True)] == ["4"]


def test_of_what_was_refused_any_text_is_kept_and_no_more_than_a_limit(engine: Engine) -> None:
    """It was refused for being odd, so it may be as odd as it likes."""
    engine.receive([], [Refusal("web", "odd", "\0\ud800" + "x" * 2 * LONGEST_BODY, "a\0")])

    [kept] = engine.refused()

    assert kept.body == "\N{REPLACEMENT CHARACTER}?" + "x" * (LONGEST_BODY - 2)


def test_who_is_erased_is_not_kept_among_what_was_refused(
    engine: Engine, deploy: Callable[..., object]
) -> None:
    """A person's data is there as well when it could not be taken; who asks for it is shown it."""
    deploy("welcome: on go-live -> greet\n")
    engine.receive(
        [event("1")], [Refusal("web", "no event", "{}", "ada"), Refusal("web", "x", "y")]
    )
    assert [one["reason"] for one in engine.export("ada")["refused"]] == ["no event"]

    engine.erase("ada")

    assert [one.customer for one in engine.refused()] == [""]
