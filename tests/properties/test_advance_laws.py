"""What holds of `advance` for every stream of occurrences."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import advance, apply
from cuebook.engine.core.duration import DAY, HOUR, Duration
from cuebook.engine.core.effects import Effect, Entry, Perform
from cuebook.engine.core.occurrence import (
    Arrived,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
    Settled,
)
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer

from ..core.playing import VOCABULARY, Patient, at, book, days, do, event

LOGIN = E.Happening("login")
HEALTHY = E.Compare(">=", E.Attribute("health"), E.Constant(50))
BUSY = E.Compare(">=", E.Count(LOGIN, E.LastWindow(days(7))), E.Constant(2))
SAME = E.Compare("==", E.ItemField(("order",)), E.TriggerField(("order",)))
CHAMPIONS = E.Records(
    E.Attribute("contacts"), E.Compare("==", E.RecordField(("role",)), E.Constant("champion"))
)
FELL = E.Compare("<", E.ItemField(("new",)), E.ItemField(("old",)))

PLANS = (
    book(
        event("go-live"),
        P.Step("w", P.Wait(days(7)), "mail", timing=P.Timing(at=540, on="business days")),
        do("mail", "until", only_if=HEALTHY),
        P.Step("until", P.WaitUntil(BUSY, days(10), "yes", "no"), None),
        do("yes"),
        do("no"),
        name="onboard",
        stop_when=E.Attribute("churned"),
        again=P.Again("after", days(20)),
    ),
    book(
        event("purchase", E.Compare(">", E.ItemField(("amount",)), E.Constant(10))),
        do("thanks", "w"),
        P.Step("w", P.WaitFor(E.Happening("paid", SAME), days(5), "s", "nudge"), None),
        P.Step("s", P.SetAttributes((("onboarded", E.Constant(True)),)), "e"),  # noqa: FBT003
        P.Step("e", P.Emit("login", ()), None),
        do("nudge"),
        name="order",
        per=E.TriggerField(("order",)),
        while_running="parallel",
    ),
    book(P.OnCondition(E.Absent(LOGIN, days(14))), do("winback"), name="quiet"),
    book(P.OnCondition(E.Not(HEALTHY), days(3)), do("call"), name="ill", existing="enter"),
    book(P.OnCondition(BUSY), do("busy"), name="busy"),
    book(P.OnCondition(E.And((HEALTHY, E.Absent(LOGIN, days(3))))), do("fine"), name="fine"),
    book(P.OnCondition(E.Not(E.Absent(LOGIN, days(5)))), do("active"), name="active"),
    book(P.OnCrossing(E.Attribute("health"), "drops below", E.Constant(50)), do("x"), name="drop"),
    book(P.OnChange("plan"), do("upgraded"), name="plan", while_running="restart"),
    book(
        P.OnDate("renewal_date", Duration(1, "month"), "before"),
        do("kickoff", "r"),
        do("r", timing=P.Timing(after=days(20))),
        name="renewal",
        late="latest",
    ),
    book(P.OnSchedule(P.Weekly((0, 3), 540), HEALTHY), do("weekly"), name="weekly"),
    book(P.OnSchedule(P.Every(days(9)), E.Attribute("onboarded")), do("ninth"), name="ninth"),
    book(P.OnManual(), do("hand"), name="hand"),
    book(
        event("go-live"),
        P.Step("ways", P.Split((P.Arm("a", "again", 5000), P.Arm("b", "ready", 5000))), None),
        P.Step("again", P.Repeat(days(4), 3, BUSY, "nudge"), "ready"),
        P.Step("nudge", P.Do("check", "check", {}, "credit", days(2)), "low", within=("again",)),
        do("low", "again", only_if=E.AnswerField("credit", ("failed",)), within=("again",)),
        P.Step(
            "ready",
            P.Ask(
                "Ready?", "", days(6), (P.Arm("approved", "more"), P.Arm("rejected", None)), "off"
            ),
            None,
        ),
        P.Step("more", P.Start("hand", (("order", E.Constant("a")),)), "off"),
        P.Step("off", P.Cancel("order"), None),
        name="steps",
        stop_when=E.Attribute("churned"),
        goal=E.Has(E.Happening("paid"), E.SinceTrigger()),
        goal_within=days(20),
        holdout=3000,
        while_running="restart",
    ),
    book(
        P.OnSequence(E.Pairs(E.Happening("purchase"), E.Happening("paid", SAME), days(3))),
        do("paid-up"),
        name="pair",
        while_running="parallel",
        late="run",
    ),
    book(
        P.OnSequence(
            E.Pairs(E.Happening("purchase", HEALTHY), E.Happening("paid", SAME), days(3)),
            without=True,
        ),
        do("dun"),
        name="alone",
        while_running="parallel",
        late="run",
    ),
    book(P.OnRecord(CHAMPIONS, "loses"), do("lost"), name="lost", while_running="parallel"),
    book(P.OnChange("health", where=FELL), do("fell"), name="fell"),
)
PROGRAM = Program(P.Project(VOCABULARY, P.Calendar(), PLANS))

PATIENT = Program(P.Project(VOCABULARY, P.Calendar(), PLANS), compiler=Patient)
"""The same, but it looks at every watch at every event that the watch reads."""
START = at("2026-03-20T08:00")

CONTACTS = st.fixed_dictionaries(
    {"id": st.integers(1, 3), "role": st.sampled_from([None, "user", "champion"])}
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "health": st.sampled_from([None, 10, 49, 50, 90]),
        "plan": st.sampled_from([None, "free", "growth"]),
        "churned": st.sampled_from([None, False, False, True]),
        "onboarded": st.sampled_from([None, False, True]),
        "contacts": st.none() | st.lists(CONTACTS, max_size=3),
        "renewal_date": st.sampled_from([None, "2026-04-01", "2026-04-25", "2026-06-01"]),
        "timezone": st.sampled_from([None, "America/New_York", "Pacific/Auckland"]),
    },
)
EVENTS = st.sampled_from(["go-live", "login", "purchase", "paid", "refund"])
PROPERTIES = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([None, 5, 50]), "order": st.sampled_from(["a", "b"])}
)
WHEN = st.integers(0, 60 * 24).map(lambda hours: START + hours * HOUR)
SOMETHING = st.one_of(
    st.builds(Happened, WHEN, EVENTS, PROPERTIES),
    st.builds(Changed, WHEN, VALUES),
    st.builds(Requested, WHEN, st.sampled_from(["hand", "order", "unknown"])),
    st.builds(
        lambda at, run, about, ending, round_: Settled(
            at, "steps", f"steps/ada/{run}", about, ending,
            "approved", f"steps/ada/{run}/{about}{round_}", {"limit": 5},
        ),
        WHEN, st.integers(1, 2), st.sampled_from(["ready", "nudge"]),
        st.sampled_from(["answered", "done", "failed", "delegated"]),
        st.sampled_from(["", "/1", "/2"]),
    ),
    st.builds(Passed, WHEN),
)  # fmt: skip
STREAMS = st.builds(
    lambda first, rest, ordered: [
        first,
        *(sorted(rest, key=lambda o: o.at) if ordered else rest),
        Passed(START + 70 * DAY),
    ],
    st.one_of(
        st.builds(Arrived, st.just(START), VALUES), st.just(Deployed(START)), st.just(Passed(START))
    ),
    st.lists(SOMETHING, max_size=12),
    st.booleans(),
)


def play(customer: Customer, stream: list[Occurrence]) -> list[Effect]:
    """Let a stream happen to a customer, in place."""
    return [effect for occurrence in stream for effect in apply(customer, occurrence, PROGRAM)]


def through_json(customer: Customer) -> Customer:
    """Return the customer as it comes back from a text."""
    return Customer.from_json(json.loads(json.dumps(customer.to_json())), PROGRAM.blank)


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.integers(0, 13))
def test_splitting_a_stream_and_going_on_from_json_changes_nothing(
    stream: list[Occurrence], split: int
) -> None:
    """A crash between any two occurrences is invisible."""
    whole, parted = PROGRAM.customer("ada"), PROGRAM.customer("ada")

    expected = play(whole, stream)
    found = play(parted, stream[:split])
    parted = through_json(parted)
    found += play(parted, stream[split:])

    assert found == expected
    assert through_json(parted).to_json() == through_json(whole).to_json()


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_advance_is_a_function_and_leaves_its_customer_alone(stream: list[Occurrence]) -> None:
    """Pure, and the same as `apply`."""
    pure, mutable = PROGRAM.customer("ada"), PROGRAM.customer("ada")
    for occurrence in stream:
        before = pure.to_json()
        text = json.dumps(before, sort_keys=True)
        after, effects = advance(pure, occurrence, PROGRAM)
        again, same = advance(pure, occurrence, PROGRAM)
        assert json.dumps(pure.to_json(), sort_keys=True) == text
        assert (again.to_json(), same) == (after.to_json(), effects)
        assert tuple(apply(mutable, occurrence, PROGRAM)) == effects
        pure = after


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_settling_timers_twice_is_settling_them_once(stream: list[Occurrence]) -> None:
    """Looking at the clock changes nothing but what is due."""
    customer = PROGRAM.customer("ada")
    play(customer, stream)

    assert apply(customer, Passed(customer.clock), PROGRAM) == []


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_looking_at_the_clock_more_often_changes_no_action(stream: list[Occurrence]) -> None:
    """Timers are stamped with their own instant, however seldom or often they are settled."""
    seldom, often = PROGRAM.customer("ada"), PROGRAM.customer("ada")
    ordered = sorted(stream, key=lambda o: o.at)

    expected = play(seldom, ordered)
    found: list[Effect] = []
    clock = START
    for occurrence in ordered:
        while clock + 7 * HOUR < occurrence.at:
            clock += 7 * HOUR
            found += apply(often, Passed(clock), PROGRAM)
        found += apply(often, occurrence, PROGRAM)

    assert found == expected


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_keys_are_unique_and_time_never_runs_backwards(stream: list[Occurrence]) -> None:
    """A promise is made once, and the journal is in order."""
    effects = play(PROGRAM.customer("ada"), stream)
    keys = [effect.key for effect in effects if hasattr(effect, "key") and not effect.skipped]
    instants = [effect.at for effect in effects]

    assert len(keys) == len(set(keys))
    assert instants == sorted(instants)


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_leaving_out_looks_that_cannot_matter_changes_no_decision(stream: list[Occurrence]) -> None:
    """An event that only puts an absence off need not be looked at; everything else must be."""
    quick, patient = PROGRAM.customer("ada"), PATIENT.customer("ada")
    ordered = sorted(stream, key=lambda occurrence: occurrence.at)

    expected = [e for o in ordered for e in apply(patient, o, PATIENT)]

    assert play(quick, ordered) == expected


@settings(max_examples=150, deadline=None)
@given(STREAMS)
def test_each_first_is_completed_or_missed_at_most_once(stream: list[Occurrence]) -> None:
    """By whatever order events come in, no first begins two runs of one sequence."""
    effects = play(PROGRAM.customer("ada"), stream)
    firsts = [one for one in stream if isinstance(one, Happened) and one.event == "purchase"]

    for playbook in ("pair", "alone"):
        begun = [
            effect
            for effect in effects
            if isinstance(effect, Entry)
            and effect.playbook == playbook
            and effect.kind in ("started", "not started")
        ]
        assert len(begun) <= len(firsts)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds(Happened, WHEN, st.sampled_from(["purchase", "paid"]), PROPERTIES)))
def test_what_is_told_late_pairs_as_if_it_had_come_in_time(told: list[Happened]) -> None:
    """Within a month, a sequence is completed by the instants of its events, not by their arrival."""
    ordered = sorted(told, key=lambda what: what.at)
    if len({what.at for what in told}) < len(told) or (
        ordered and ordered[-1].at - ordered[0].at > 25 * DAY
    ):
        return  # Events of one instant are in the order in which they came.

    begun = []
    for stream in (told, ordered):
        effects = play(PROGRAM.customer("ada"), [Arrived(START), *stream])
        begun.append(
            sorted(
                (effect.planned_at, str(effect.event))
                for effect in effects
                if isinstance(effect, Perform) and effect.playbook == "pair"
            )
        )

    assert len(begun[0]) == len(begun[1])
