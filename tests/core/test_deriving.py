"""Signals and segments: computed once, in order of dependence, when what they read has changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import advance, recall
from cuebook.engine.core.derived import Derived, Segment, Signal
from cuebook.engine.core.effects import Entry
from cuebook.engine.core.occurrence import Changed, Deployed, Happened
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.core.trace import Trace
from cuebook.engine.core.vocabulary import Type

from .playing import VOCABULARY, World, at, book, days, do, event

LOGINS = Signal("logins", E.Count(E.Happening("login"), E.LastWindow(days(30))))
SCORE = Signal("score", E.Arith("*", E.Attribute("logins"), E.Constant(10)))
QUIET = Signal("quiet", E.DaysSinceEvent("last", E.Happening("login")))
KEEN = Segment("keen", E.Compare(">=", E.Attribute("score"), E.Constant(20)))
BANDED = Segment(
    "risk",
    E.Compare("<", E.Attribute("health"), E.Constant(50)),
    E.Compare(">", E.Attribute("health"), E.Constant(60)),
)
ENTERS = P.OnCondition(E.Attribute("segment keen"))
LEAVES = P.OnChange("segment keen", E.Constant(value=True), E.Constant(value=False))


def world(
    *plans: P.Plan, derived: tuple[Derived, ...] = (LOGINS, SCORE, QUIET, KEEN, BANDED)
) -> World:
    """Return a customer in a project that computes something."""
    made = World(*plans)
    made.program = Program(project(*plans, derived=derived))
    made.customer = made.program.customer("ada")
    return made


def project(*plans: P.Plan, derived: tuple[Derived, ...]) -> P.Project:
    """Return a project of these plans with what it computes."""
    types = {
        one.attribute: Type("boolean" if isinstance(one, Segment) else "number") for one in derived
    }
    words = replace(
        VOCABULARY,
        attributes={**VOCABULARY.attributes, **types},
        computed=tuple(types),
        timezone="Europe/Berlin",
    )
    return P.Project(words, P.Calendar(), plans, derived=derived)


def deploy(w: World, when: str, *plans: P.Plan, derived: tuple[Derived, ...]) -> World:
    """Let a project that computes something else take over."""
    before = w.program.project
    w.program = Program(project(*plans, derived=derived))
    w.program.succeed("before", before)
    w.customer.attributes = w.program.blank | w.customer.attributes
    return w.take(Deployed(at(when), "before"))


def values(w: World, *names: str) -> list[object]:
    """Return what some attributes are now."""
    return [w.customer.attributes.get(name) for name in names]


def test_a_signal_is_an_attribute_and_those_that_read_it_follow() -> None:
    """An event changes a count, the count a score, the score a membership."""
    w = world().arrive("2026-03-01")
    assert values(w, "logins", "score", "quiet", "segment keen") == [0, 0, None, False]

    w.event("2026-03-02", "login").event("2026-03-03", "login")

    assert values(w, "logins", "score", "quiet", "segment keen") == [2, 20, 0, True]


def test_time_alone_moves_a_signal_at_the_instant_it_changes() -> None:
    """Nothing is polled: the window lets go of an event at its own instant."""
    w = world(book(LEAVES, do("gone"))).arrive("2026-03-01")
    w.event("2026-03-02T10:00", "login").event("2026-03-03T11:00", "login")

    w.until("2026-05-01")

    assert w.actions() == [("2026-04-01T10:00", "gone")]
    assert values(w, "logins", "quiet") == [0, 58]


def test_what_time_changes_at_one_instant_is_computed_before_anybody_looks() -> None:
    """A condition over two signals that step together never sees one of them alone."""
    both = E.Compare("!=", E.Attribute("quiet"), E.Attribute("also"))
    also = Signal("also", E.DaysSinceEvent("last", E.Happening("login")))
    w = world(book(P.OnCondition(both), do("torn")), derived=(QUIET, also))

    w.arrive("2026-03-01").event("2026-03-02T10:00", "login").until("2026-04-01")

    assert values(w, "quiet", "also") == [29, 29]
    assert w.actions() == []


def test_the_event_that_triggers_is_in_the_signals_its_conditions_read() -> None:
    """As it is in history."""
    third = E.Compare("==", E.Attribute("logins"), E.Constant(3))
    w = world(book(event("login"), do("third"), condition=third)).arrive("2026-03-01")

    for day in (2, 3, 4, 5):
        w.event(f"2026-03-0{day}", "login")

    assert w.actions() == [("2026-03-04T00:00", "third")]


def test_a_crossing_of_a_signal_is_met_by_events_and_by_time() -> None:
    """A crossing over a constant is found by its level, and a signal has levels like any attribute."""
    rises = P.OnCrossing(E.Attribute("score"), "rises above", E.Constant(10))
    drops = P.OnCrossing(E.Attribute("score"), "drops below", E.Constant(15))
    w = world(book(rises, do("up"), name="up"), book(drops, do("down"), name="down"))

    w.arrive("2026-03-01").event("2026-03-02T10:00", "login").event("2026-03-02T11:00", "login")
    w.until("2026-06-01")

    assert w.actions() == [("2026-03-02T11:00", "up"), ("2026-04-01T10:00", "down")]


def test_entering_counts_at_first_sight_and_only_members_leave() -> None:
    """`enters` is a `when`; whoever was never in cannot leave."""
    always = Segment("keen", E.Compare(">", E.Attribute("health"), E.Constant(5)))
    plans = (book(ENTERS, do("in"), name="in"), book(LEAVES, do("out"), name="out"))
    inside = world(*plans, derived=(always,)).arrive("2026-03-01", health=9)
    outside = world(*plans, derived=(always,)).arrive("2026-03-01", health=1)

    inside.set("2026-03-02", health=None)
    outside.set("2026-03-02", health=2)

    assert inside.actions() == [("2026-03-01T00:00", "in"), ("2026-03-02T00:00", "out")]
    assert outside.actions() == []


def test_a_value_that_wobbles_around_a_level_does_not_flap() -> None:
    """In below 50, out above 60: what lies between changes nothing."""
    into = P.OnCondition(E.Attribute("segment risk"))
    out = P.OnChange("segment risk", E.Constant(value=True), E.Constant(value=False))
    w = world(book(into, do("in"), name="in"), book(out, do("out"), name="out"))
    w.arrive("2026-03-01", health=55)

    for hour, health in enumerate((49, 51, 49, 58, 60, 61, 59, 51, 50, 49)):
        w.set(f"2026-03-02T{hour:02}:00", health=health)

    assert w.actions() == [
        ("2026-03-02T00:00", "in"),
        ("2026-03-02T05:00", "out"),
        ("2026-03-02T09:00", "in"),
    ]


def test_both_bands_at_once_keep_out() -> None:
    """Where `enter` and `leave` are both true nobody belongs, however often they are asked."""
    torn = Segment(
        "risk",
        E.Compare(">", E.Attribute("health"), E.Constant(50)),
        E.Compare(">", E.Attribute("health"), E.Constant(60)),
    )
    w = world(derived=(torn,)).arrive("2026-03-01", health=55)
    seen = values(w, "segment risk")

    for health in (70, 80, 55):
        seen += values(w.set("2026-03-02", health=health), "segment risk")

    assert seen == [True, False, False, True]


def test_a_set_is_followed_before_the_next_step() -> None:
    """A run that sets an attribute sees at once what is computed from it."""
    high = Signal("high", E.Compare(">", E.Attribute("health"), E.Constant(50)))
    steps = (
        P.Step("raise", P.SetAttributes((("health", E.Constant(90)),)), "mail"),
        do(only_if=E.Attribute("high")),
    )
    told = P.OnChange("high", None, E.Constant(value=True))
    w = world(book(event("go-live"), *steps), book(told, do("told"), name="told"), derived=(high,))

    w.arrive("2026-03-01", health=5).event("2026-03-02", "go-live")

    assert w.actions() == [("2026-03-02T00:00", "mail"), ("2026-03-02T00:00", "told")]


def test_a_run_waits_for_and_stops_at_what_is_computed() -> None:
    """Whatever moves it: here an event does, then time."""
    until = P.Step("w", P.WaitUntil(E.Attribute("segment keen"), None, "mail", "mail"), "mail")
    steps = (until, do(following="rest"), P.Step("rest", P.Wait(days(365)), None))
    quiet = E.Compare(">=", E.Attribute("quiet"), E.Constant(10))
    w = world(book(event("go-live"), *steps, stop_when=quiet)).arrive("2026-03-01")

    w.event("2026-03-01T09:00", "go-live").event("2026-03-02T10:00", "login")
    w.event("2026-03-05T10:00", "login").until("2026-04-30")

    assert w.actions() == [("2026-03-05T10:00", "mail")]
    assert [e.at for e in w.effects if isinstance(e, Entry) and e.kind == "ended"] == [
        at("2026-03-15T10:00")
    ]


@pytest.mark.parametrize("told", [lambda w: w.set("2026-03-02", score=99), lambda w: w])
def test_nobody_can_set_what_is_computed(told: Callable[[World], World]) -> None:
    """Not at first sight, and not by a change."""
    w = world().arrive("2026-03-01", score=50, logins=7)

    told(w)

    assert values(w, "score", "logins") == [0, 0]


def test_history_from_before_the_deployment_counts() -> None:
    """A signal is computed from all that is remembered, and from nothing that was told of it."""
    w = world()
    for day in ("2026-02-27", "2026-02-28"):
        recall(w.customer, Happened(at(day), "login"), w.program)
    recall(w.customer, Changed(at("2026-02-28"), {"score": 5, "health": 40}), w.program)

    w.take(Deployed(at("2026-03-01")))

    assert values(w, "logins", "score", "segment keen", "segment risk") == [2, 20, True, True]


def test_a_signal_follows_its_customer_into_another_zone() -> None:
    """Days are completed where the customer is."""
    until = Signal("left", E.DaysUntil(E.Attribute("renewal_date")))
    changes = P.OnChange("left")
    w = world(book(changes, do("moved")), derived=(until,))
    w.arrive("2026-03-01T23:30", renewal_date="2026-03-04")
    w.until("2026-03-02T20:00")
    assert values(w, "left") == [2]

    w.set("2026-03-02T20:00", timezone="Asia/Tokyo")

    assert values(w, "left") == [1]
    assert w.actions()[-1] == ("2026-03-03T04:00", "moved")


def test_an_edited_signal_is_computed_anew_and_crosses_nothing() -> None:
    """A trigger that reads it counts as edited: it learns, as `existing` says."""
    rises = P.OnCrossing(E.Attribute("score"), "rises above", E.Constant(50))
    when = P.OnCondition(E.Compare(">", E.Attribute("score"), E.Constant(50)))
    more = replace(SCORE, value=E.Arith("*", E.Attribute("logins"), E.Constant(100)))
    plans = (
        book(rises, do("rises"), name="rises"),
        book(when, do("ignores"), name="ignores"),
        book(when, do("enters"), name="enters", existing="enter"),
        book(P.OnChange("score"), do("changes"), name="changes"),
    )
    w = world(*plans, derived=(LOGINS, SCORE)).arrive("2026-03-01").event("2026-03-02", "login")
    w.effects.clear()

    deploy(w, "2026-03-03", *plans, derived=(LOGINS, more))

    assert values(w, "score") == [100]
    assert w.actions() == [("2026-03-03T00:00", "enters")]

    w.effects.clear()
    w.until("2026-05-01").event("2026-05-02", "login")

    assert w.actions() == [
        ("2026-04-01T00:00", "changes"),
        *[("2026-05-02T00:00", step) for step in ("rises", "ignores", "enters", "changes")],
    ]


def test_a_trigger_that_reads_an_unchanged_signal_does_not_notice_a_deployment() -> None:
    """What it knew it knows, also where another signal is new."""
    when = P.OnCondition(E.Compare(">", E.Attribute("score"), E.Constant(5)))
    plan = book(when, do("when"), existing="enter")
    w = world(plan, derived=(LOGINS, SCORE)).arrive("2026-03-01").event("2026-03-02", "login")
    w.effects.clear()

    deploy(w, "2026-03-03", plan, derived=(LOGINS, SCORE, QUIET))

    assert w.effects == []
    assert values(w, "quiet") == [1]


def test_a_run_in_flight_meets_an_edited_signal_at_once() -> None:
    """`stop when` is looked at whenever anything changes; a deployment changes a signal."""
    stop = E.Compare(">", E.Attribute("score"), E.Constant(50))
    plan = book(event("go-live"), P.Step("w", P.Wait(days(9)), "mail"), do(), stop_when=stop)
    more = replace(SCORE, value=E.Constant(100))
    w = world(plan, derived=(LOGINS, SCORE)).arrive("2026-03-01").event("2026-03-02", "go-live")

    deploy(w, "2026-03-03", plan, derived=(LOGINS, more))

    assert w.notes("ended") == ["stop when"]


def test_a_removed_signal_leaves_nothing_behind() -> None:
    """Neither its value nor its timer."""
    w = world().arrive("2026-03-01").event("2026-03-02", "login")

    deploy(w, "2026-03-03", derived=())

    assert not {"logins", "score", "segment keen"} & w.customer.attributes.keys()
    assert not w.customer.armed


def test_a_signal_that_becomes_an_attribute_starts_without_a_value() -> None:
    """What was computed is not what anybody said."""
    w = world(derived=(LOGINS,)).arrive("2026-03-01").event("2026-03-02", "login")
    before = w.program.project
    words = replace(before.vocabulary, computed=())
    w.program = Program(P.Project(words, P.Calendar(), ()))
    w.program.succeed("before", before)

    w.take(Deployed(at("2026-03-03"), "before")).set("2026-03-04", logins=7)

    assert values(w, "logins") == [7]


def test_a_banded_segment_that_is_edited_begins_with_who_enters() -> None:
    """Who was in by the old rule has to meet the new one."""
    lower = replace(BANDED, enter=E.Compare("<", E.Attribute("health"), E.Constant(30)))
    w = world(derived=(BANDED,)).arrive("2026-03-01", health=40)
    assert values(w, "segment risk") == [True]

    deploy(w, "2026-03-03", derived=(lower,))

    assert values(w, "segment risk") == [False]


def test_what_is_computed_survives_json() -> None:
    """A membership between its bands is remembered, not computed afresh."""
    w = world().arrive("2026-03-01", health=40).set("2026-03-02", health=55)

    again = Customer.from_json(w.customer.to_json(), w.program.blank)

    assert again.attributes == w.customer.attributes
    assert again.to_json() == w.customer.to_json()
    after, _ = advance(again, Changed(at("2026-03-03"), {"plan": "free"}), w.program)
    assert after.attributes["segment risk"] is True


def told(trace: Trace, depth: int = 0) -> list[str]:
    """Return a reason as lines, indented by how deep they stand."""
    lines = [f"{'  ' * depth}{trace.text}: {trace.value}"]
    return lines + [line for part in trace.parts for line in told(part, depth + 1)]


def test_a_reason_shows_where_a_signal_comes_from_one_level_deep() -> None:
    """What is behind that has its own name to be asked for; a second mention is not spelt out."""
    high = E.And((E.Attribute("segment keen"), E.Compare(">", E.Attribute("score"), E.Constant(9))))
    also = E.Compare("<", E.Attribute("score"), E.Constant(99))
    w = world(book(event("go-live"), do(), condition=E.And((*high.items, also))))
    w.arrive("2026-03-01").event("2026-03-02", "login").event("2026-03-03", "login")

    w.event("2026-03-04", "go-live")

    (why,) = next(e.why for e in w.effects if isinstance(e, Entry) and e.kind == "started")
    assert told(why) == [
        "in segment keen and score > 9 and score < 99: True",
        "  in segment keen: True",
        "    score >= 20: True",
        "      score: 20",
        "  score > 9: True",
        "    score: 20",
        "      logins * 10: 20",
        "        logins: 2",
        "  score < 99: True",
        "    score: 20",
    ]


def test_reasons_do_not_grow_with_the_project() -> None:
    """However many signals a condition reads, only the first dozen are traced back."""
    many = tuple(Signal(f"s{n}", E.Count(E.Happening("login"), E.AllTime())) for n in range(40))
    low = E.And(tuple(E.Compare("<", E.Attribute(one.name), E.Constant(5)) for one in many))
    w = world(book(event("go-live"), do(), condition=low), derived=many).arrive("2026-03-01")

    w.event("2026-03-04", "go-live")

    (why,) = next(e.why for e in w.effects if isinstance(e, Entry) and e.kind == "started")
    assert sum("count of login" in line for line in told(why)) == 12


class Counting:
    """A matcher that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def search(self, _text: str, /) -> object:
        """Find nothing, and count."""
        self.asked += 1
        return None


def counted(name: str, reads: str) -> tuple[Signal, tuple[str, bool]]:
    """Return a signal that asks a matcher of its own, and which."""
    return Signal(name, E.Not(E.Matches(E.Attribute(reads), name))), (name, False)


def test_a_change_computes_only_its_readers_and_each_once() -> None:
    """However many playbooks read a signal, and however many ways lead to it."""
    names = [counted("a", "plan"), counted("b", "plan"), counted("c", "other")]
    both = Signal(
        "d", E.And((E.Attribute("a"), E.Attribute("b"), E.Matches(E.Attribute("plan"), "d")))
    )
    reader = E.Compare("==", E.Attribute("d"), E.Constant(value=False))
    plans = tuple(book(P.OnCondition(reader), do(), name=f"book-{n}") for n in range(20))
    derived = (*(signal for signal, _ in names), both)
    counters = {key: Counting() for _, key in names} | {("d", False): Counting()}
    made = project(*plans, derived=derived)
    words = replace(
        made.vocabulary, attributes={**made.vocabulary.attributes, "other": Type("text")}
    )
    w = world()
    w.program = Program(replace(made, vocabulary=words), counters, reasons=False)
    w.customer = w.program.customer("ada")
    w.arrive("2026-03-01", plan="free", other="x")
    once = {key[0]: counter.asked for key, counter in counters.items()}
    assert all(once.values())

    w.set("2026-03-02", plan="growth")

    twice = {name: 2 * asked for name, asked in once.items()} | {"c": once["c"]}
    assert {key[0]: counter.asked for key, counter in counters.items()} == twice

    w.event("2026-03-03", "login").set("2026-03-04", health=3)

    assert {key[0]: counter.asked for key, counter in counters.items()} == twice


def test_an_event_no_signal_reads_touches_no_signal() -> None:
    """Its attributes are the very same object afterwards."""
    w = world().arrive("2026-03-01")
    before = w.customer.attributes

    w.event("2026-03-02", "purchase", amount=5)
    assert w.customer.attributes is before

    w.event("2026-03-02", "login")
    assert w.customer.attributes is not before
    assert before["logins"] == 0
