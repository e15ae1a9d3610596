"""Random small projects, and random lives of a few customers, for whom the runtimes have to agree."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.duration import DAY, HOUR, MINUTE, Duration
from cuebook.engine.core.occurrence import Changed, Happened, Requested, Settled
from cuebook.engine.core.plan_limits import Cap, Consent, Digest, Limit, Never, Target
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.rehearsal.rehearse import Seen

from ..properties import strategies as parts

__all__ = ["START", "UNTIL", "histories", "limited", "projects", "ticks"]

START = parts.START
UNTIL = START + 45 * DAY
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
    },
    dict.fromkeys(parts.EVENTS, PROPERTIES),
)

# --- projects -------------------------------------------------------------------------------------

_days = st.builds(Duration, st.integers(1, 20), st.just("day"))
_maybe = st.none() | parts.conditions
_seconds = st.builds(
    E.Happening,
    st.sampled_from(parts.EVENTS),
    st.just(E.Compare("==", E.ItemField(("sku",)), E.TriggerField(("sku",)))) | parts.fixed_filters,
)


def _side(which: str) -> E.Expr:
    return E.ItemField((which,))


_triggers = st.one_of(
    st.builds(
        P.OnEvent,
        st.builds(E.Happening, st.sampled_from(parts.EVENTS), st.none() | parts.fixed_filters),
    ),
    st.builds(P.OnCondition, parts.conditions, st.none() | _days),
    st.builds(P.OnChange, st.sampled_from(("plan", "seats"))),
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
        st.just(E.Attribute("seats")),
        st.sampled_from(("drops below", "rises above")),
        st.integers(0, 40).map(E.Constant),
    ),
    st.builds(
        P.OnDate, st.just("renewal_date"), st.none() | _days, st.sampled_from(("before", "after"))
    ),
    st.builds(P.OnSchedule, st.builds(P.Weekly, st.just((0, 3)), st.just(540)), _maybe),
    st.builds(P.OnSchedule, st.builds(P.Every, _days), _maybe),
    st.just(P.OnManual()),
)


def _bodies(following: str | None, starts: Sequence[str]) -> st.SearchStrategy[P.Body]:
    others = st.sampled_from((following, None))
    more = st.sampled_from(starts).map(lambda name: P.Start(name, (("sku", E.Constant("x")),)))
    return st.one_of(
        *([more] if starts else []),
        st.sampled_from("abc").map(P.Cancel),
        st.builds(
            lambda one, two: P.Split((P.Arm("x", one, 3000), P.Arm("y", two, 7000))), others, others
        ),
        st.builds(
            lambda days, yes, late: P.Ask(
                "Ready, {{ customer.plan | default('nobody') }}?",
                "bo",
                days,
                (P.Arm("approved", yes), P.Arm("rejected", None)),
                late,
            ),
            st.none() | _days,
            others,
            others,
        ),
        st.builds(lambda days: P.Do("check", "check", {}, "credit", days), st.none() | _days),
        st.just(P.Do("send-email", "mail", {"to": "{{ customer.plan }}", "n": 1})),
        st.just(P.Do("create-task", "task", {"title": "{{ event.sku | default('none') }}"})),
        st.builds(P.Wait, _days),
        st.builds(P.WaitFor, parts.happenings, st.none() | _days, st.just(following), others),
        st.builds(P.WaitUntil, parts.conditions, st.none() | _days, st.just(following), others),
        st.builds(P.SetAttributes, st.integers(0, 60).map(lambda n: (("seats", E.Constant(n)),))),
        st.just(P.Emit("login", ())),
        st.builds(
            P.Choose, st.builds(P.Branch, parts.conditions, others).map(lambda b: (b,)), others
        ),
    )


@st.composite
def _plans(draw: st.DrawFn, name: str) -> P.Plan:
    count = draw(st.integers(1, 4))
    steps = []
    for number in range(count):
        following = f"s{number + 1}" if number + 1 < count else None
        timing = draw(st.sampled_from((P.Timing(), P.Timing(at=540, on="business days"))))
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
    )


def _repeated(steps: list[P.Step], at: int, every: Duration, until: E.Expr | None) -> list[P.Step]:
    """Let one of the steps repeat the one after it, which leads nowhere else than back."""
    own, inner = steps[at], steps[at + 1]
    repeat = P.Repeat(every, 3, until, inner.id)
    inside = replace(
        inner, body=P.Do("check", "check", {"n": 1}, "round"), next=own.id, within=(own.id,)
    )
    return [*steps[:at], replace(own, body=repeat, next=inner.next), inside, *steps[at + 2 :]]


_mail = st.sampled_from((Target("channel", "email"), Target("everything", "everything")))
_limits = st.builds(
    Limit,
    _mail,
    st.lists(st.builds(Cap, st.integers(1, 3), _days), max_size=2).map(tuple),
    st.sampled_from(("customer", "recipient", "playbook")),
    st.sampled_from((None, (1200, 480), (60, 180))),
    st.sampled_from((None, "business days", (0, 2))),
    st.sampled_from(((), (Consent("churned"),))),
    digest=st.none() | st.just(Digest(Duration(1, "day"), 540, "send-email", "digest", {"n": 2})),
)
_never = st.builds(
    Never,
    _mail.map(lambda target: (target,)),
    parts.conditions,
    st.none() | st.just(E.Compare("==", E.GivenField(("to",)), E.Constant("pro"))),
)


_mails = st.builds(
    P.Do,
    st.just("send-email"),
    st.sampled_from(("mail", "news")),
    st.sampled_from(({"to": "{{ customer.plan | default('nobody') }}"}, {"purpose": "service"})),
)


@st.composite
def _sending(draw: st.DrawFn, name: str) -> P.Plan:
    """Draw a playbook that sends something whenever an event happens, and perhaps more later."""
    wait, stop = P.Step("wait", P.Wait(draw(_days)), "again"), draw(_maybe)
    steps = (P.Step("mail", draw(_mails), "wait"), wait, P.Step("again", draw(_mails), None))
    return P.Plan(
        name,
        (P.OnEvent(E.Happening(draw(st.sampled_from(parts.EVENTS)))),),
        steps,
        "mail",
        stop_when=stop if draw(st.booleans()) else None,
        while_running=draw(st.sampled_from(("skip", "restart", "parallel"))),
        in_flight=draw(st.sampled_from(("follow", "finish old", "stop"))),
        priority=draw(st.integers(0, 2)),
        held_up_to=draw(st.none() | _days),
    )


@st.composite
def _limited(draw: st.DrawFn) -> P.Project:
    return P.Project(
        VOCABULARY,
        parts.CALENDAR,
        tuple(draw(_sending(name)) for name in "abc"),
        limits=tuple(draw(st.lists(_limits, min_size=1, max_size=2))),
        never=tuple(draw(st.lists(_never, max_size=1))),
        channels=(("send-email", "email"),),
    )


limited = _limited()
"""Projects whose actions limits hold back."""
projects = st.tuples(_plans("a"), _plans("b"), _plans("c")).map(
    lambda plans: P.Project(VOCABULARY, parts.CALENDAR, plans)
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
    st.fixed_dictionaries({}, optional={"timezone": st.sampled_from((None, *parts.ZONES))}),
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


histories: st.SearchStrategy[Mapping[str, Sequence[Seen]]] = st.fixed_dictionaries(
    {"ada": st.lists(_seen("ada"), max_size=12).map(_ordered)},
    optional={"Zoë": st.lists(_seen("Zoë"), max_size=8).map(_ordered)},
)


hours = st.integers(0, 44 * 24).map(lambda number: START + number * HOUR)
ticks = st.dictionaries(hours, st.booleans(), max_size=6)
"""When the engine looks, and whether it is another engine afterwards."""
