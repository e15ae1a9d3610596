"""Random small projects, and random lives of a few customers, for whom the runtimes have to agree."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from cuebook.engine.core import derived as D
from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core import plan_limits as L
from cuebook.engine.core.duration import DAY, HOUR, MINUTE, Duration
from cuebook.engine.core.occurrence import Changed, Happened, Requested, Settled
from cuebook.engine.core.reads import reads
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.rehearsal.rehearse import Seen

from ..properties import strategies as parts
from .inventing_values import TEAMS, TEMPLATES, asked_of, bodies

__all__ = [
    "START",
    "UNTIL",
    "conditions",
    "events",
    "histories",
    "plans",
    "projects",
    "stories",
    "ticks",
]

START = parts.START
UNTIL = START + 45 * DAY
STAGE = parts.STAGE.name
TEXT, NUMBER = Type("text"), Type("number")
PROPERTIES = {"amount": NUMBER, "sku": TEXT}
CONTACT = Type(
    "record",
    fields=(
        ("email", TEXT),
        ("role", TEXT),
        ("seats", NUMBER),
        ("until", Type("date")),
        ("tags", Type("list", item=TEXT)),
    ),
)
VOCABULARY = Vocabulary(
    "acme",
    "Europe/Berlin",
    {
        "plan": TEXT,
        "first": TEXT,
        "seats": NUMBER,
        "churned": Type("boolean"),
        "renewal_date": Type("date"),
        "last_invoice_at": Type("instant"),
        "tags": Type("list", item=TEXT),
        "address": Type("record", fields=(("city", TEXT),)),
        "contacts": Type("list", item=CONTACT),
        "timezone": Type("timezone"),
        "works_by": Type("calendar", ("gulf", "us")),
        "opted_in": Type("boolean"),
        "logins": NUMBER,
        "score": NUMBER,
        "calm": Type("boolean"),
        "segment keen": Type("boolean"),
        "segment wary": Type("boolean"),
        STAGE: Type("one of", parts.STAGES),
    },
    dict.fromkeys(parts.EVENTS, PROPERTIES),
)

CALENDAR = replace(parts.CALENDAR, hours=(8 * 60, 16 * 60))
CALENDARS = {
    "gulf": P.Calendar((6, 0, 1, 2, 3), ("2026-12-02", "2026-12-03"), (7 * 60, 14 * 60)),
    "us": P.Calendar(holidays=("2026-11-26", "2026-12-25"), hours=(9 * 60, 17 * 60)),
}

# --- projects -------------------------------------------------------------------------------------

_days = st.builds(Duration, st.integers(1, 20), st.just("day"))
_business = st.builds(Duration, st.integers(1, 9), st.just("business day"))

# What follows from the history, the attributes and time, and may be asked wherever these may.
_level = st.integers(0, 60).map(E.Constant)
_computed: st.SearchStrategy[E.Expr] = st.one_of(
    st.builds(E.Compare, parts.orderings, st.just(E.Attribute("logins")), _level),
    st.builds(E.Compare, parts.orderings, st.just(E.Attribute("score")), _level),
    st.sampled_from(("calm", "segment keen", "segment wary")).map(E.Attribute),
)
conditions: st.SearchStrategy[E.Expr] = st.one_of(
    parts.conditions, _computed, st.builds(E.And, st.tuples(_computed, parts.conditions))
)
_maybe = st.none() | conditions
_plain = parts.conditions.filter(lambda expr: not reads(expr).trigger)
_derived: st.SearchStrategy[tuple[D.Derived, ...]] = st.tuples(
    st.builds(
        lambda window: D.Signal("logins", E.Count(E.Happening("login"), window)),
        st.builds(E.LastWindow, parts.durations),
    ),
    st.builds(
        D.Signal,
        st.just("score"),
        parts.numbers("customer").filter(lambda expr: not reads(expr).trigger),
    ),
    st.builds(D.Signal, st.just("calm"), _plain),
    st.builds(
        lambda level: D.Segment("keen", E.Compare(">=", E.Attribute("logins"), level)),
        st.integers(1, 3).map(E.Constant),
    ),
    st.builds(D.Segment, st.just("wary"), _plain, st.none() | _plain),
)

_stages = st.sampled_from(parts.STAGES)
_moves = st.lists(
    st.builds(P.Move, st.none() | _stages, _stages, st.none() | _plain, st.none() | _days),
    min_size=1,
    max_size=4,
).map(tuple)
_lifecycles = st.builds(
    P.Lifecycle, st.just("customer"), st.sampled_from((None, "trial")), st.none() | _moves
).map(lambda one: (one,))

# What holds actions back.
_target = st.sampled_from(
    (
        L.Target("channel", "email"),
        L.Target("action", "task"),
        L.Target("everything", "everything"),
        L.Target("all", ""),
    )
)
_limit = st.builds(
    L.Limit,
    _target,
    st.lists(st.builds(L.Cap, st.integers(1, 2), _days), max_size=2).map(tuple),
    st.sampled_from(("customer", "recipient", "playbook")),
    st.sampled_from((None, (20 * 60, 8 * 60), (12 * 60, 13 * 60))),
    st.sampled_from((None, "business days", (0, 1, 2))),
    st.sampled_from(((), (L.Consent("opted_in"),), (L.Consent("opted_in", "news"),))),
)
_digest = st.builds(
    L.Digest,
    st.none() | _days,
    st.sampled_from((None, 540)),
    st.just("send-email"),
    st.just("digest"),
    st.just({"to": "desk@acme.example"}),
).filter(lambda one: one.duration is not None or one.at is not None)
_limits = st.one_of(
    st.just(()),
    st.lists(_limit, min_size=1, max_size=2).map(tuple),
    _digest.map(lambda one: (L.Limit(L.Target("channel", "email"), digest=one),)),
)
_never = st.lists(
    st.builds(L.Never, st.just((L.Target("action", "task"),)), _plain, st.none() | _plain),
    max_size=1,
).map(tuple)
_seconds = st.builds(
    E.Happening,
    st.sampled_from(parts.EVENTS),
    st.just(E.Compare("==", E.ItemField(("sku",)), E.TriggerField(("sku",)))) | parts.fixed_filters,
)


def _side(which: str) -> E.Expr:
    return E.ItemField((which,))


events = st.builds(
    P.OnEvent,
    st.builds(E.Happening, st.sampled_from(parts.EVENTS), st.none() | parts.fixed_filters),
)
_triggers = st.one_of(
    events,
    st.builds(P.OnCondition, conditions, st.none() | _days | _business),
    st.builds(P.OnChange, st.sampled_from(("plan", "seats", "logins", "segment wary"))),
    st.just(P.OnChange("segment keen", new=E.Constant(value=True))),
    st.builds(
        P.OnStage,
        st.just(STAGE),
        st.sampled_from(("changes", "moves forward", "moves back", "skips")),
        st.none() | _stages,
        st.none() | _stages,
    ),
    st.just(P.OnChange("address", path=("city",))),
    st.just(P.OnChange("seats", where=E.Compare(">", _side("new"), _side("old")))),
    st.builds(P.OnRecord, parts.records, st.sampled_from(("loses", "gains"))),
    st.builds(
        P.OnSequence,
        st.builds(E.Pairs, parts.happenings, _seconds, _days),
        st.booleans(),
    ),
    st.builds(
        P.OnCrossing,
        st.sampled_from((E.Attribute("seats"), E.Attribute("score"), E.Attribute("logins"))),
        st.sampled_from(("drops below", "rises above")),
        st.integers(0, 40).map(E.Constant),
    ),
    st.builds(
        P.OnDate,
        st.just("renewal_date"),
        st.none() | _days | _business,
        st.sampled_from(("before", "after")),
    ),
    st.just(P.OnSchedule(P.Weekly(tuple(range(7)), 600, business=True))),
    st.just(P.OnSchedule(P.Monthly(31, 540))),
    st.just(P.OnSchedule(P.Cron((30,), (9,), tuple(range(1, 32)), tuple(range(1, 13)), (1, 4)))),
    st.builds(P.OnSchedule, st.builds(P.Weekly, st.just((0, 3)), st.just(540)), _maybe),
    st.builds(P.OnSchedule, st.builds(P.Every, _days), _maybe),
    st.just(P.OnManual()),
)


def _bodies(following: str | None, starts: Sequence[str]) -> st.SearchStrategy[P.Body]:
    others = st.sampled_from((following, None))
    more = st.sampled_from(starts).map(lambda name: P.Start(name, (("sku", E.Constant("x")),)))
    return st.one_of(
        bodies(following),
        *([more] if starts else []),
        st.sampled_from("abc").map(P.Cancel),
        st.builds(
            lambda one, two: P.Split((P.Arm("x", one, 3000), P.Arm("y", two, 7000))), others, others
        ),
        st.builds(
            lambda who, days, yes, late: P.Ask(
                "Ready, {{ customer.plan | default('nobody') }}?",
                who,
                days,
                (P.Arm("approved", yes), P.Arm("rejected", None)),
                late,
            ),
            asked_of,
            st.none() | _days,
            others,
            others,
        ),
        st.builds(lambda days: P.Do("check", "check", {}, "credit", days), st.none() | _days),
        st.just(P.Do("send-email", "mail", {"to": "{{ customer.plan }}", "n": 1})),
        st.just(P.Do("create-task", "task", {"title": "{{ event.sku | default('none') }}"})),
        st.builds(P.Wait, _days | _business),
        st.just(P.Do("send-email", "mail", {"to": "desk@acme.example", "purpose": "news"})),
        st.builds(P.WaitFor, parts.happenings, st.none() | _days, st.just(following), others),
        st.builds(P.WaitUntil, conditions, st.none() | _days, st.just(following), others),
        st.builds(P.SetAttributes, st.integers(0, 60).map(lambda n: (("seats", E.Constant(n)),))),
        _stages.map(lambda stage: P.SetAttributes(((STAGE, E.Constant(stage)),))),
        st.just(P.Emit("login", ())),
        st.builds(P.Choose, st.builds(P.Branch, conditions, others).map(lambda b: (b,)), others),
    )


_timings = st.sampled_from(
    (
        P.Timing(),
        P.Timing(),
        P.Timing(at=540, on="business days"),
        P.Timing(at=P.BestHour((9 * 60, 17 * 60), 10 * 60)),
        P.Timing(at=P.BestHour()),
        P.Timing(after=Duration(3, "business day")),
        P.Timing(at=600, on=(0, 2), zone="Asia/Kolkata"),
    )
)


@st.composite
def plans(draw: st.DrawFn, name: str) -> P.Plan:
    count = draw(st.integers(1, 4))
    steps = []
    for number in range(count):
        following = f"s{number + 1}" if number + 1 < count else None
        timing = draw(_timings)
        only_if = draw(_maybe) if draw(st.booleans()) else None
        body = draw(_bodies(following, "abc"["abc".index(name) + 1 :]))
        steps.append(P.Step(f"s{number}", body, following, only_if=only_if, timing=timing))
    if count > 1 and draw(st.booleans()):
        steps = _repeated(steps, draw(st.integers(0, count - 2)), draw(_days), draw(_maybe))
    return P.Plan(
        name,
        (draw(_triggers),),
        tuple(steps),
        "s0",
        condition=draw(_maybe) if draw(st.booleans()) else None,
        stop_when=draw(_maybe) if draw(st.booleans()) else None,
        again=draw(st.sampled_from((P.Again(), P.Again("after", Duration(5, "day"))))),
        while_running=draw(st.sampled_from(("skip", "restart", "parallel"))),
        late=draw(st.sampled_from(("skip", "run", "latest"))),
        in_flight=draw(st.sampled_from(("follow", "finish old", "stop"))),
        existing=draw(st.sampled_from(("ignore", "enter"))),
        goal=draw(_maybe) if draw(st.booleans()) else None,
        goal_within=draw(st.none() | _days),
        holdout=draw(st.sampled_from((0, 0, 0, 5000))),
        priority=draw(st.integers(0, 2)),
        held_up_to=draw(st.none() | _days),
        limits=draw(_limits) if draw(st.integers(0, 3)) == 0 else (),
    )


def _repeated(steps: list[P.Step], at: int, every: Duration, until: E.Expr | None) -> list[P.Step]:
    """Let one of the steps repeat the one after it, which leads nowhere else than back."""
    own, inner = steps[at], steps[at + 1]
    repeat = P.Repeat(every, 3, until, inner.id)
    inside = replace(
        inner, body=P.Do("check", "check", {"n": 1}, "round"), next=own.id, within=(own.id,)
    )
    return [*steps[:at], replace(own, body=repeat, next=inner.next), inside, *steps[at + 2 :]]


projects = st.builds(
    lambda plans, derived, limits, never, lifecycles: P.Project(
        VOCABULARY,
        CALENDAR,
        plans,
        calendars=CALENDARS,
        best_hour=P.Learning(("login",), 2),
        limits=limits,
        never=never,
        channels=(("send-email", "email"),),
        derived=derived,
        lifecycles=lifecycles,
        templates=TEMPLATES,
        teams=TEAMS,
    ),
    st.tuples(plans("a"), plans("b"), plans("c")),
    _derived,
    st.just(()) | _limits,
    _never,
    _lifecycles,
)

# --- lives ----------------------------------------------------------------------------------------

# On whole hours, so that what happens often meets a timer at the very instant it is due.
_moments = st.one_of(
    st.integers(-20 * 24, 45 * 24 - 1).map(lambda hours: START + hours * HOUR),
    st.integers(0, 45 * 24 * 60 - 1).map(lambda minutes: START + minutes * MINUTE),
)
_values = st.builds(
    lambda known, place: {**known, **place},
    parts.attributes,
    st.fixed_dictionaries(
        {},
        optional={
            "timezone": st.sampled_from((None, *parts.ZONES)),
            "works_by": st.sampled_from((None, "gulf", "us")),
            "opted_in": st.sampled_from((None, True, True, False)),
        },
    ),
)
_later = _moments.filter(lambda at: at >= START)


def _answered(customer: str) -> st.SearchStrategy[Settled]:
    """Answers to what some run of a customer may be waiting for."""
    return st.builds(
        lambda at, book, run, step, ends, rounds: Settled(
            at, book, f"{book}/{customer}/{run}", step, ends[0], ends[1],
            f"{book}/{customer}/{run}/{step}{rounds}", ends[2], ends[3],
        ),
        _later, st.sampled_from("abc"), st.integers(1, 2),
        st.sampled_from(("s0", "s1", "s2")),
        st.sampled_from((
            ("answered", "approved", None, "bo"), ("answered", "rejected", None, ""),
            ("done", "", {"limit": 5}, ""), ("failed", "gone", None, ""),
            ("delegated", "to cy", None, "bo"),
        )),
        st.sampled_from(("", "", "/1", "/2")),
    )  # fmt: skip


def _seen(customer: str) -> st.SearchStrategy[Seen]:
    return st.one_of(
        st.builds(Happened, _moments, st.sampled_from(parts.EVENTS), parts.properties),
        st.builds(Changed, _moments, _values),
        st.builds(Requested, _later, st.sampled_from(("a", "c"))),
        _answered(customer),
    )


def _ordered(told: list[Any]) -> list[Seen]:
    return sorted(told, key=lambda what: what.at)


def stories(customer: str, most: int = 12) -> st.SearchStrategy[Sequence[Seen]]:
    """Return what may happen to a customer, in order of time."""
    return st.lists(_seen(customer), max_size=most).map(_ordered)


histories: st.SearchStrategy[Mapping[str, Sequence[Seen]]] = st.fixed_dictionaries(
    {"ada": stories("ada")},
    optional={"Zoë": stories("Zoë", 8)},
)


hours = st.integers(0, 44 * 24).map(lambda number: START + number * HOUR)
ticks = st.dictionaries(hours, st.booleans(), max_size=6)
"""When the engine looks, and whether it is another engine afterwards."""
