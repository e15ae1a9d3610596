"""Random projects whose runs begin often and take every way there is, with lives that answer them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core import plan_limits as L
from cuebook.engine.core.duration import HOUR, Duration
from cuebook.engine.core.effects import Entry, Perform
from cuebook.engine.core.occurrence import Ending, Happened, Settled
from cuebook.engine.core.plan import Project
from cuebook.engine.rehearsal.rehearse import Seen

from ..properties import strategies as parts
from .inventing import START, conditions, plans, projects, stories

__all__ = ["WAYS", "eventful", "ways_taken"]

Histories = Mapping[str, Sequence[Seen]]
WAYS = frozenset((
    "answer", "ask", "branch", "cancel", "delegate", "digest", "emit", "escalate", "fail", "for",
    "goal", "hold", "holdout", "limit", "never", "reject", "repeat", "restart", "round",
    "set", "skip", "split", "start", "started by hand", "until", "wait",
))  # fmt: skip
"""What some run has to reach: see `ways_taken`."""
_MAIL = L.Target("channel", "email")
_NEVER = L.Never((_MAIL,), E.IsMissing(E.Attribute("plan")))
_MOST_MAIL = L.Limit(_MAIL, (L.Cap(1, Duration(7, "day")),))
_DIGEST = L.Limit(
    _MAIL,
    digest=L.Digest(Duration(2, "day"), 540, "send-email", "digest", {"to": "desk@acme.example"}),
)
_Holding = tuple[tuple[L.Limit, ...], tuple[L.Never, ...]]
_HELD: tuple[_Holding, ...] = (
    ((), ()),
    ((), ()),
    ((_MOST_MAIL,), ()),
    ((_DIGEST,), ()),
    ((_DIGEST,), ()),
    ((), (_NEVER,)),
)
_SENT = P.Do("send-email", "mail", {"to": "desk@acme.example"})
_SOLD = E.Has(E.Happening("purchase"), E.SinceTrigger())
_soon = st.integers(0, 20 * 24).map(lambda number: START + number * HOUR)
_often = st.sampled_from(parts.EVENTS).map(lambda name: P.OnEvent(E.Happening(name)))


@st.composite
def _begun(draw: st.DrawFn, name: str, mail: P.Do | None) -> P.Plan:
    """Draw a playbook that an event alone begins, or another one or a person by name.

    With `mail` that is what it does first, for limits to look at.
    """
    plan = draw(plans(name))
    by_hand = name != "a" and draw(st.booleans())
    first, *others = (
        step if draw(st.integers(0, 3)) == 0 else replace(step, only_if=None) for step in plan.steps
    )
    if not isinstance(first.body, P.Repeat):
        first = replace(
            first, body=draw(_firsts(first.next, name) if mail is None else st.just(mail))
        )
    return replace(
        plan,
        triggers=(P.OnManual(),) if by_hand else (draw(_often),),
        condition=None,
        stop_when=draw(conditions) if draw(st.integers(0, 4)) == 0 else None,
        steps=(first, *others),
        goal=draw(st.sampled_from((plan.goal, _SOLD))),
        holdout=plan.holdout if name != "a" else 0,
    )


def _firsts(following: str | None, name: str) -> st.SearchStrategy[P.Body]:
    """Return what a run may meet first: what somebody answers, what it waits for, another one."""
    arms = (P.Arm("approved", following), P.Arm("rejected", None))
    asks = st.integers(1, 9).map(
        lambda days: P.Ask("Ready?", "bo", Duration(days, "day"), arms, following)
    )
    return st.one_of(
        *([] if name == "c" else [st.just(P.Start("c", (("sku", E.Constant("x")),)))]),
        st.just(P.Wait(Duration(2, "day"))),
        st.just(P.Emit("login", ())),
        asks,
        asks,
        st.just(P.Do("check", "check", {}, "credit", Duration(9, "day"))),
        st.just(P.WaitFor(E.Happening("login"), Duration(5, "day"), following, following)),
        conditions.map(lambda one: P.WaitUntil(one, Duration(5, "day"), following, following)),
    )


@st.composite
def _eventful(draw: st.DrawFn) -> tuple[Project, Histories]:
    limits, never = draw(st.sampled_from(_HELD))
    mail = _SENT if limits or never else None
    project = replace(
        draw(projects),
        plans=(draw(_begun("a", mail)), draw(_begun("b", mail)), draw(_begun("c", None))),
        limits=limits,
        never=never,
    )
    return project, {"ada": draw(_life(project, "ada"))}


@st.composite
def _life(draw: st.DrawFn, project: Project, customer: str) -> Sequence[Seen]:
    """Draw a life in which every event happens, and much of what is asked is answered."""
    told: list[Seen] = [*draw(stories(customer, 6))]
    for event in parts.EVENTS:
        moments = draw(st.lists(_soon, min_size=1, max_size=3))
        told += [Happened(at, event, draw(parts.properties)) for at in moments]
    answers = list(_answers(project, customer))
    if answers:
        told += draw(
            st.lists(st.builds(_at, _soon, st.sampled_from(answers)), min_size=6, max_size=16)
        )
    return sorted(told, key=lambda what: what.at)


def _answers(project: Project, customer: str) -> Iterator[Settled]:
    """Yield what may be said to the first runs of each playbook, where they ask or wait to hear."""
    for plan in project.plans:
        for step in plan.steps:
            rounds = ("/1", "/2") if step.within else ("",)
            for run in (f"{plan.playbook}/{customer}/{number}" for number in (1, 1, 2)):
                for ending, note in _endings(step.body):
                    for one in rounds:
                        key = f"{run}/{step.id}{one}"
                        yield Settled(
                            0, plan.playbook, run, step.id, ending, note, key, _said(ending), "bo"
                        )


def _endings(body: P.Body) -> Sequence[tuple[Ending, str]]:
    match body:
        case P.Ask():
            # What is said twice here is said as often as the rest together: only the first counts.
            no = "answered", "rejected"
            return ("answered", "approved"), no, no, ("delegated", "to cy")
        case P.Do() if body.answer:
            return ("done", ""), ("failed", "gone")
        case _:
            return ()


def _said(ending: Ending) -> P.Json:
    return {"limit": 5} if ending == "done" else None


def _at(at: int, what: Settled) -> Settled:
    return replace(what, at=at)


eventful = _eventful()
"""A project with a life in which its runs get somewhere."""


def ways_taken(project: Project, journal: Sequence[Perform | Entry]) -> frozenset[str]:
    """Return which of `WAYS` the runs of a journal have gone."""
    bodies = {(plan.playbook, step.id): step.body for plan in project.plans for step in plan.steps}
    return frozenset(
        way
        for line in journal
        for way in _ways(line, bodies.get((line.playbook, line.step)))
        if way is not None
    )


def _ways(line: Perform | Entry, body: P.Body | None) -> Iterator[str | None]:
    if isinstance(line, Perform):
        yield "digest" if line.action == "digest" else None
        return
    kinds = {
        "asked": "ask", "requested": "start", "cancelled": "cancel", "emitted": "emit", "set": "set",
        "moved": "set", "holdout": "holdout", "repeat": "repeat", "branch": "branch",
    }  # fmt: skip
    yield kinds.get(line.kind)
    match line.kind, line.note, body:
        case "branch", _, P.Split():
            yield "split"
        case "answered", note, P.Ask():
            yield "reject" if note.startswith("rejected") else "answer"
        case "answered", note, _:
            yield "fail" if note.startswith("failed") else "answer"
        case "settled", note, _ if note.startswith("delegated"):
            yield "delegate"
        case "withdrawn", "nobody has answered in time", _:
            yield "escalate"
        case "held", _, _:
            yield "hold"
        case "skipped", note, _:
            yield from (way for way in ("limit", "never") if note.startswith(way))
            yield "skip"
        case "goal", note, _:
            yield "goal" if note.startswith("reached") else None
        case "repeat", note, _ if note.startswith("2 of"):
            yield "round"
        case "waiting", _, P.Wait():
            yield "wait"
        case "waiting", _, P.WaitFor():
            yield "for"
        case "waiting", _, P.WaitUntil():
            yield "until"
        case "ended", "restarted", _:
            yield "restart"
        case "started", note, _ if "hand" in note or "request" in note:
            yield "started by hand"
