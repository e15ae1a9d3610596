"""Limits decide: windows that slide exactly, quiet hours across clock changes, consent, order."""

from typing import Any

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import advance
from cuebook.engine.core.duration import DAY, HOUR, MINUTE, Duration
from cuebook.engine.core.effects import Effect, Entry, Perform
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.limits import Ruled, digest_at, free_at
from cuebook.engine.core.occurrence import Changed, Deployed, Happened, Passed, Settled
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.plan_limits import Cap, Consent, Digest, Limit, Never, Target
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import UTC, zone

BERLIN = zone("Europe/Berlin")
NOON = parse_instant("2026-03-02T12:00", UTC)
MAIL = Target("channel", "email")
WEEK = Duration(7, "day")
TWICE = Limit(MAIL, (Cap(2, WEEK),))
QUIET = Limit(MAIL, quiet=(20 * 60, 8 * 60))
VOCABULARY = Vocabulary(
    "acme",
    "UTC",
    {"agrees": Type("boolean"), "churned": Type("boolean"), "name": Type("text")},
    {"a": {}, "b": {}},
)


def at(text: str) -> int:
    """Return an instant on the clocks of Berlin."""
    return parse_instant(text, BERLIN)


def playbook(name: str, event: str = "a", **more: Any) -> P.Plan:
    """Return a playbook that sends one mail on an event."""
    args = more.pop("args", {"to": "ada@a.example"})
    step = P.Step("mail", P.Do("send-email", "send-email", args), None)
    return P.Plan(name, (P.OnEvent(E.Happening(event)),), (step,), "mail", **more)


def ready(*plans: P.Plan, limits: tuple[Limit, ...] = (), never: tuple[Never, ...] = ()) -> Program:
    """Return a program whose mails are limited."""
    channels = (("send-email", "email"),)
    return Program(
        P.Project(VOCABULARY, Calendar(), plans, limits=limits, never=never, channels=channels)
    )


class Life:
    """A customer who is deployed to at noon, and all that was decided."""

    def __init__(self, program: Program, **attributes: object) -> None:
        self.program = program
        self.customer = program.customer("c1", attributes)
        self.effects: list[Effect] = []
        self.take(Deployed(NOON - HOUR))

    def take(self, what: Any) -> None:
        """Let something happen, through JSON and back."""
        self.customer, effects = advance(self.customer, what, self.program)
        self.customer = Customer.from_json(self.customer.to_json(), self.program.blank)
        self.effects += effects

    def tell(self, *told: tuple[int, str]) -> None:
        """Let events happen, then all that is due until then."""
        for moment, event in told:
            self.take(Happened(moment, event))
        self.take(Passed(told[-1][0]))

    @property
    def sent(self) -> list[tuple[int, str]]:
        """When what was performed, by playbook."""
        return [
            (e.at, e.playbook) for e in self.effects if isinstance(e, Perform) and not e.skipped
        ]

    @property
    def skipped(self) -> list[str]:
        """Why what was not."""
        return [e.skipped for e in self.effects if isinstance(e, Perform) and e.skipped]

    def notes(self, kind: str) -> list[str]:
        """Return what the journal says under a kind."""
        return [e.note for e in self.effects if isinstance(e, Entry) and e.kind == kind]


# --- windows and hours -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "free"),
    [
        (NOON + DAY, NOON + 7 * DAY),
        (NOON + 7 * DAY - 1, NOON + 7 * DAY),
        (NOON + 7 * DAY, None),
    ],
)
def test_a_window_slides_to_the_microsecond(now: int, free: int | None) -> None:
    """What was sent at noon counts until just before noon a week later."""
    counted = [(NOON, "one"), (NOON + HOUR, "two")]

    assert free_at(TWICE, counted, now, UTC, Calendar())[0] == free


def test_of_several_caps_the_one_that_is_full_longest_decides() -> None:
    """One a day and two a week: after two the week says when."""
    limit = Limit(MAIL, (Cap(1, Duration(1, "day")), Cap(2, WEEK)))
    counted = [(NOON, "one"), (NOON + 2 * DAY, "two")]

    free, says = free_at(limit, counted, NOON + 2 * DAY + HOUR, UTC, Calendar())

    assert (free, says) == (NOON + 7 * DAY, "2 per 7 days")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-28T19:59", None),
        ("2026-03-28T20:00", "2026-03-29T08:00"),  # The night has one hour less.
        ("2026-03-29T07:59", "2026-03-29T08:00"),
        ("2026-03-29T08:00", None),
        ("2026-10-24T23:00", "2026-10-25T08:00"),  # This one has one more.
    ],
)
def test_quiet_hours_end_when_the_clocks_say_so(now: str, until: str | None) -> None:
    """Both ends are local times, on both nights on which clocks change."""
    ruled = Ruled((("email", QUIET),), ())

    found, _ = ruled.rests_until(at(now), BERLIN, Calendar())

    assert found == (None if until is None else at(until))


def test_an_hour_that_happens_twice_is_quiet_only_once() -> None:
    """Quiet until 02:30 ends with the first half past two, and does not come back."""
    ruled = Ruled((("email", Limit(MAIL, quiet=(20 * 60, 150))),), ())
    first = at("2026-10-25T02:30")

    assert ruled.rests_until(first - MINUTE, BERLIN, Calendar())[0] == first
    assert ruled.rests_until(first + HOUR - MINUTE, BERLIN, Calendar())[0] is None


def test_days_and_hours_of_several_limits_are_waited_for_together() -> None:
    """Friday evening, a quiet weekend, a holiday on Monday, and another limit until ten."""
    work = Limit(MAIL, quiet=(20 * 60, 8 * 60), on="business days")
    late = Limit(Target("everything", "everything"), quiet=(0, 10 * 60))
    ruled = Ruled((("email", work), ("everything", late)), ())
    calendar = Calendar(holidays=("2026-04-06",))

    until, says = ruled.rests_until(at("2026-04-03T21:00"), BERLIN, calendar)

    assert until == at("2026-04-07T10:00")
    assert says == "limit email quiet hours 20:00-08:00"


def test_limits_that_leave_no_time_are_looked_at_again_and_again() -> None:
    """They never let anything through; finding that out ends, too."""
    ruled = Ruled(
        (("a", Limit(MAIL, quiet=(0, 12 * 60))), ("b", Limit(MAIL, quiet=(12 * 60, 0)))), ()
    )

    until, _ = ruled.rests_until(NOON, UTC, Calendar())

    assert until is not None
    assert until > NOON


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        (Digest(Duration(1, "day"), 540, "x", "x", {}), "2026-03-02T10:00", "2026-03-03T09:00"),
        (Digest(Duration(1, "day"), 540, "x", "x", {}), "2026-03-02T08:00", "2026-03-02T09:00"),
        (Digest(None, 540, "x", "x", {}), "2026-03-02T09:00", "2026-03-02T09:00"),
        (Digest(Duration(7, "day"), 540, "x", "x", {}), "2026-03-02T10:00", "2026-03-08T09:00"),
        (Digest(Duration(4, "hour"), None, "x", "x", {}), "2026-03-02T10:00", "2026-03-02T14:00"),
    ],
)
def test_a_digest_lets_nothing_wait_longer_than_it_says(digest: Digest, now: str, due: str) -> None:
    """At a time of day it is the last one in time."""
    assert digest_at(Limit(MAIL, digest=digest), digest, at(now), BERLIN, Calendar()) == at(due)


# --- lives -----------------------------------------------------------------------------------------


def test_priority_decides_then_what_was_planned_first_then_what_arose_first() -> None:
    """Also between two events of one instant, in whatever order they came."""
    once = Limit(MAIL, (Cap(1, WEEK),))
    plans = (playbook("low"), playbook("first"), playbook("high", "b", priority=5))
    life = Life(ready(*plans, limits=(once,)))

    life.tell((NOON, "a"), (NOON, "b"))

    assert life.sent == [(NOON, "high")]
    assert life.skipped == ["limit email 1 per 7 days"] * 2
    assert life.notes("skipped") == ["limit email 1 per 7 days, after high/c1/1/mail"] * 2


def test_what_waits_goes_at_the_first_instant_with_room() -> None:
    """To the microsecond, and counts from then on."""
    plan = playbook("p", while_running="parallel", held_up_to=Duration(30, "day"))
    life = Life(ready(plan, limits=(Limit(MAIL, (Cap(1, WEEK),)),)))

    life.tell((NOON, "a"), (NOON + DAY, "a"), (NOON + 2 * DAY, "a"), (NOON + 20 * DAY, "b"))

    assert [when for when, _ in life.sent] == [NOON, NOON + 7 * DAY, NOON + 14 * DAY]


def test_a_recipient_is_counted_apart_whatever_the_case_of_its_letters() -> None:
    """Two people of one account each get their own."""
    plans = [
        playbook("x", args={"to": "ada@a.example"}),
        playbook("y", args={"to": "Ada@A.example"}),
        playbook("z", args={"to": "bo@a.example"}),
    ]
    life = Life(ready(*plans, limits=(Limit(MAIL, (Cap(1, WEEK),), "recipient"),)))

    life.tell((NOON, "a"))

    assert [name for _, name in life.sent] == ["x", "z"]


def test_what_no_window_reaches_any_more_is_forgotten() -> None:
    """A state does not grow with what was sent in all the years."""
    life = Life(ready(playbook("p"), limits=(TWICE,)))

    life.tell(*((NOON + day * DAY, "a") for day in range(0, 100, 5)))

    counted = life.customer.to_json()["counted"]
    assert isinstance(counted, dict)
    assert len(counted["email"]) <= 2


def test_what_failed_for_good_gives_its_place_back() -> None:
    """And what waits for a place is let through at once."""
    plan = playbook("p", held_up_to=WEEK)
    life = Life(ready(plan, limits=(Limit(MAIL, (Cap(1, WEEK),)),)))
    life.tell((NOON, "a"), (NOON + HOUR, "a"))

    life.take(Settled(NOON + 2 * HOUR, "p", "p/c1/1", "mail", "failed", "bounced", "p/c1/1/mail"))
    life.take(Passed(NOON + 2 * HOUR))

    assert [when for when, _ in life.sent] == [NOON, NOON + 2 * HOUR]


@pytest.mark.parametrize(
    ("purpose", "agrees", "skipped"),
    [
        (None, True, []),
        (None, False, ["limit email needs consent agrees"]),
        (None, None, ["limit email needs consent agrees"]),
        ("service", None, []),
        ("poll", True, ["limit email needs consent for poll"]),
    ],
)
def test_consent_is_a_yes_to_a_purpose(
    purpose: str | None, agrees: bool | None, skipped: list[str]
) -> None:
    """No answer is no consent, and neither is a consent to something else."""
    args = {"to": "x"} | ({"purpose": purpose} if purpose else {})
    limit = Limit(MAIL, consents=(Consent("agrees", "marketing"),))
    life = Life(ready(playbook("p", args=args), limits=(limit,)), agrees=agrees)

    life.tell((NOON, "a"))

    assert life.skipped == skipped


def test_a_promise_reads_what_the_action_is_given() -> None:
    """Unknown does not forbid, and unknown does not excuse."""
    legal = E.Compare("==", E.GivenField(("purpose",)), E.Constant("service"))
    never = Never((MAIL,), E.Attribute("churned"), legal)
    plans = (playbook("ad"), playbook("bill", args={"to": "x", "purpose": "service"}))

    unknown, churned = (
        Life(ready(*plans, never=(never,))),
        Life(ready(*plans, never=(never,)), churned=True),
    )
    for life in (unknown, churned):
        life.tell((NOON, "a"))

    assert [name for _, name in unknown.sent] == ["ad", "bill"]
    assert [name for _, name in churned.sent] == ["bill"]
    assert churned.skipped == ['never email if churned unless with.purpose == "service"']


def test_an_action_is_written_with_what_was_known_at_its_step() -> None:
    """Unless it has to wait: then with what is known when it goes."""
    set_name = P.Step("set", P.SetAttributes((("name", E.Constant("late")),)), None)
    mail = P.Step("mail", P.Do("send-email", "send-email", {}), "set")
    plan = P.Plan("p", (P.OnEvent(E.Happening("a")),), (mail, set_name), "mail")
    life = Life(ready(plan, limits=(QUIET,)), name="early")

    life.tell((NOON, "a"), (NOON + 9 * HOUR, "a"), (NOON + DAY, "b"))

    performed = [effect for effect in life.effects if isinstance(effect, Perform)]
    assert [effect.attributes["name"] for effect in performed] == ["early", "late"]


def test_what_a_run_stops_is_dropped_and_what_it_finished_is_not() -> None:
    """`stop when` speaks for what waits, too; also when the run is long over."""
    stop = E.Attribute("churned")
    life = Life(ready(playbook("p", stop_when=stop), playbook("q"), limits=(QUIET,)))
    night = NOON + 9 * HOUR

    life.tell((night, "a"))
    life.take(Changed(night + HOUR, {"churned": True}))
    life.take(Passed(NOON + 20 * HOUR))

    assert [name for _, name in life.sent] == ["q"]
    assert life.skipped == ["stop when"]


def test_a_program_with_other_limits_looks_at_what_waits() -> None:
    """Whoever lifts a limit does not want to wait for the morning."""
    life = Life(ready(playbook("p"), limits=(QUIET,)))
    life.tell((NOON + 9 * HOUR, "a"))
    assert life.sent == []

    life.program = ready(playbook("p"), limits=(TWICE,))
    life.take(Deployed(NOON + 10 * HOUR, "before"))
    life.take(Passed(NOON + 10 * HOUR))

    assert life.sent == [(NOON + 10 * HOUR, "p")]


def test_a_step_that_is_gone_is_not_done_any_more() -> None:
    """Its playbook was removed while it waited."""
    life = Life(ready(playbook("p"), limits=(QUIET,)))
    life.tell((NOON + 9 * HOUR, "a"))

    life.program = ready(playbook("q", "b"), limits=(QUIET,))
    life.take(Deployed(NOON + 10 * HOUR, "before"))
    life.take(Passed(NOON + DAY))

    assert life.sent == []
    assert life.notes("skipped") == ["its playbook was removed"]


def test_projects_without_limits_keep_nothing_and_wait_for_nothing() -> None:
    """An action is promised with its occurrence, and the state has no word more."""
    program = ready(playbook("p"))
    life = Life(program)

    _, effects = advance(life.customer, Happened(NOON, "a"), program)

    assert any(isinstance(effect, Perform) for effect in effects)
    assert not {"held", "counted"} & life.customer.to_json().keys()
