"""What is remembered answers like the whole list of events would, and no more is kept."""

import json
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core.calendar import add
from cuebook.engine.core.channels import History
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    Absent,
    Ago,
    AllTime,
    Attribute,
    Compare,
    Constant,
    Count,
    Expr,
    Happening,
    Has,
    ItemField,
    LastWindow,
    Sequence,
    SinceEvent,
    SinceTrigger,
    Stat,
    ValueOf,
    Window,
)
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.zone import Zone, zone

from ..properties.strategies import (
    CALENDAR,
    EVENTS,
    START,
    Anchor,
    Told,
    durations,
    properties,
    remember,
    windows,
    zones,
)

BIG = Compare(">", ItemField(("amount",)), Constant(2))
BIGGER = Compare(">", ItemField(("amount",)), Attribute("seats"))
happenings = st.builds(Happening, st.sampled_from(EVENTS), st.sampled_from((None, BIG, BIGGER)))
spread = st.integers(0, 60 * 24).map(lambda hour: START + hour * DAY // 24)
many = st.lists(st.builds(Told, spread, st.sampled_from(EVENTS), properties), max_size=60)
told_soon = st.builds(
    Told,
    st.integers(0, 80).map(lambda hour: START + hour * DAY // 24),
    st.sampled_from(EVENTS),
    properties,
)
law = settings(max_examples=150, deadline=None)


@dataclass(frozen=True)
class Log:
    """The whole list of events, asked the slow way."""

    events: list[Told]
    z: Zone
    now: int
    t: Anchor | None

    def inside(self, what: Happening, window: Window) -> list[Told]:
        order = sorted(enumerate(self.events), key=lambda pair: (pair[1].at, pair[0]))
        return [
            event
            for seq, event in order
            if event.event == what.event
            and self.passes(event, what.where)
            and self.counts(event, seq, window)
        ]

    def passes(self, event: Told, where: Expr | None) -> bool:
        amount = event.properties.get("amount")
        least = 2 if where == BIG else 1
        return where is None or (isinstance(amount, int | float) and amount > least)

    def counts(self, event: Told, seq: int, window: Window) -> bool:
        match window:
            case LastWindow(duration):
                return add(event.at, duration, self.z, CALENDAR) > self.now
            case SinceEvent(name):
                others = [(e.at, s) for s, e in enumerate(self.events) if e.event == name]
                return bool(others) and (event.at, seq) > max(others)
            case SinceTrigger():
                return self.t is not None and (event.at, seq) > (self.t.at, self.t.seq)
            case _:
                return True


def world(log: Log, h: History) -> World:
    return World({"seats": 1}, h, log.now, log.z, log.t, CALENDAR, {})


def now_of(events: list[Told], later: int) -> int:
    return max((event.at for event in events), default=START) + later


laters = st.sampled_from((0, 1, DAY, 9 * DAY))
runs = st.none() | st.builds(Anchor, spread, st.integers(0, 60))


@law
@given(happenings, windows, many, zones, laters, runs)
def test_counts_and_sums_are_those_of_the_whole_list(
    what: Happening, window: Window, events: list[Told], z: Zone, later: int, t: Anchor | None
) -> None:
    """Totals, windows, late arrivals and forgotten events never show in an answer."""
    asked = (
        Count(what, window),
        Has(what, window),
        Stat("sum", what, ("amount",), window),
        Stat("max", what, ("amount",), window),
        ValueOf("first", what, ("sku",), window),
        ValueOf("last", what, ("sku",), window),
    )
    t = t and Anchor(min(t.at, now_of(events, 0)), min(t.seq, len(events)))
    log = Log(events, z, now_of(events, later), t)
    found = log.inside(what, window)
    amounts = [e.properties["amount"] for e in found if e.properties.get("amount") is not None]

    w = world(log, remember(events, *asked, where=z))

    assert [evaluate(expr, w) for expr in asked] == [
        len(found),
        bool(found),
        sum(amounts),
        max(amounts, default=None),
        found[0].properties.get("sku") if found else None,
        found[-1].properties.get("sku") if found else None,
    ]


@law
@given(happenings, windows, many, zones, laters)
def test_asking_only_whether_keeps_enough_to_tell(
    what: Happening, window: Window, events: list[Told], z: Zone, later: int
) -> None:
    """`has E in last D` keeps hardly any event, and is right at every edge all the same."""
    log = Log(events, z, now_of(events, later), None)

    h = remember(events, Has(what, window), where=z)

    assert evaluate(Has(what, window), world(log, h)) is bool(log.inside(what, window))


@law
@given(happenings, happenings, durations, st.lists(told_soon, max_size=15), zones)
def test_a_sequence_is_seen_whatever_the_order_of_arrival(
    first: Happening,
    then: Happening,
    within: Duration,
    recent: list[Told],
    z: Zone,
) -> None:
    """Some A, and a B after it and in time, even if B was told before A."""
    log = Log(recent, z, now_of(recent, 0), None)
    places = {id(event): (event.at, seq) for seq, event in enumerate(recent)}
    expected = any(
        places[id(b)] > places[id(a)] and b.at < add(a.at, within, z, CALENDAR)
        for a in log.inside(first, AllTime())
        for b in log.inside(then, AllTime())
    )
    expr = Sequence(first, then, within)

    h = remember(recent, expr, where=z)

    assert evaluate(expr, world(log, h)) is expected


@law
@given(happenings, windows, many, zones)
def test_a_history_survives_json_and_copying(
    what: Happening, window: Window, events: list[Told], z: Zone
) -> None:
    """A customer's state is written between any two events."""
    asked = (Count(what, window), Stat("sum", what, ("amount",), window))
    half = remember(events[: len(events) // 2], *asked, where=z)
    plan = HistoryPlan(asked, CALENDAR, grace=400 * DAY)

    read = History.from_json(json.loads(json.dumps(half.to_json())))
    copied = half.copy()
    for h in (read, copied):
        for seq, event in enumerate(events[len(events) // 2 :], start=len(events) // 2):
            plan.record(h, event.event, event.at, seq, event.properties, z)

    assert read == copied == remember(events, *asked, where=z)
    assert half == remember(events[: len(events) // 2], *asked, where=z)


def test_memory_follows_the_window_and_not_the_span() -> None:
    """A customer of ten years costs what a customer of one year costs."""
    login = Happening("login")
    asked = (
        Count(login, LastWindow(Duration(30, "day"))),
        Stat("sum", login, ("amount",), AllTime()),
        Absent(login, Duration(14, "day")),
        Count(login, SinceTrigger()),
    )
    plan = HistoryPlan(asked, CALENDAR)
    sizes = []

    for years in (1, 10):
        h = History(first_seen_at=START)
        for day in range(365 * years):
            plan.record(h, "login", START + day * DAY, day, {"amount": 1}, zone("UTC"))
        sizes.append(len(h.channels["login"].ats))

    assert max(sizes) <= 70


def test_only_what_is_asked_for_is_recorded() -> None:
    """An event that no condition reads leaves no trace in the state."""
    plan = HistoryPlan([Has(Happening("login"), AllTime())], CALENDAR)
    h = History()

    plan.record(h, "purchase", START, 1, {"amount": 1}, zone("UTC"))
    plan.record(h, "login", START, 2, {"device": "phone"}, zone("UTC"))

    assert plan.events == {"login"}
    assert list(h.channels) == ["login"]
    assert h.channels["login"].columns == {}


def test_a_program_that_asks_for_more_finds_it_missing_for_the_past() -> None:
    """After an edit, what was not kept is unknown rather than shifted to the wrong event."""
    login, window = Happening("login"), LastWindow(Duration(30, "day"))
    before = HistoryPlan([Count(login, window)], CALENDAR)
    after = HistoryPlan([Stat("sum", login, ("amount",), window)], CALENDAR)
    h, z = History(), zone("UTC")

    before.record(h, "login", START, 1, {"amount": 5}, z)
    after.record(h, "login", START + 1, 2, {"amount": 7}, z)

    w = World({}, h, START + 2, z, None, CALENDAR, {})
    assert evaluate(Stat("sum", login, ("amount",), window), w) == 7
    assert evaluate(Count(login, window), w) == 2


def test_what_only_another_program_asked_for_is_forgotten() -> None:
    """And what this one asks answers as before."""
    login, purchase = Happening("login"), Happening("purchase")
    window, all_time = LastWindow(Duration(30, "day")), AllTime()
    followed = Sequence(login, purchase, Duration(7, "day"))
    asked = [Count(login, all_time), Stat("sum", purchase, ("amount",), window)]
    before = HistoryPlan(
        [
            *asked,
            followed,
            Stat("sum", login, ("amount",), all_time),
            Count(Happening("login", BIG), window),
            Stat("max", purchase, ("size",), LastWindow(Duration(90, "day"))),
            Ago(Attribute("seats"), Duration(30, "day")),
        ],
        CALENDAR,
    )
    after, fresh = HistoryPlan(asked, CALENDAR), History()
    h, z = History(), zone("UTC")
    before.note(h, {"seats": 3}, START, START)
    for day in range(60):
        for seq, (plan, kept) in enumerate(((before, h), (after, fresh))):
            told = {"amount": day, "size": 2}
            plan.record(kept, "login", START + day * DAY, 4 * day + 2 * seq, told, z)
            plan.record(kept, "purchase", START + day * DAY, 4 * day + 2 * seq + 1, told, z)
    assert h.sequences
    assert h.pasts

    after.forget(h)

    assert h.channels.keys() == {"login", "purchase"}
    assert (h.sequences, h.pasts) == (set(), {})
    assert (h.channels["login"].ats, h.channels["login"].tallies) == ([], {})
    assert h.channels["purchase"].columns.keys() == {"amount"}
    assert len(h.channels["purchase"].ats) <= 33
    now = START + 60 * DAY
    for one in asked:
        kept, alone = (evaluate(one, World({}, x, now, z, None, CALENDAR, {})) for x in (h, fresh))
        assert kept == alone
