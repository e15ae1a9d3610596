"""A circle that `check` tells never comes to rest, and what it is silent about does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.rules.endless_loop import RULE
from cuebook.dsl.rules.rule import Place, Subject
from cuebook.engine.core import plan as P
from cuebook.engine.core.expr import Constant
from cuebook.engine.core.origin import NOWHERE

from .playing import World, book, event

EVENTS = ("go-live", "login", "refund")
NAMES = ("one", "two", "three")
TRIGGERS = st.one_of(
    st.sampled_from(EVENTS).map(event),
    st.just(P.OnManual()),
    st.booleans().map(lambda value: P.OnChange("churned", None, Constant(value))),
)
BODIES = st.one_of(
    st.sampled_from(EVENTS).map(lambda name: P.Emit(name, ())),
    st.sampled_from(NAMES).map(P.Start),
    st.booleans().map(lambda value: P.SetAttributes((("churned", Constant(value)),))),
)
BOOKS = st.tuples(TRIGGERS, BODIES, st.sampled_from(["always", "always", "never"]))


def told(plans: list[P.Plan], world: World) -> list[str]:
    """Return the codes that the rule has for some playbooks."""
    places = {p.playbook: Place(NOWHERE, {s.id: NOWHERE for s in p.steps}) for p in plans}
    report = Report()
    for found in RULE.check(RULE, Subject(world.program.project, places)):
        report.add(found)
    return [note.code for note in report]


def endless(plans: list[P.Plan], kind: str, what: str) -> bool:
    """Whether so much follows from one thing that happens that the rest is cut off."""
    world = World(*plans).arrive("2026-03-01T09:00")
    if kind == "event":
        world.event("2026-03-02T09:00", what)
    elif kind == "manual":
        world.request("2026-03-02T09:00", what, {})
    else:
        world.set("2026-03-02T09:00", churned=what == "true")
        world.set("2026-03-03T09:00", churned=what != "true")
    return bool(world.notes("cut"))


@settings(deadline=None)
@given(st.lists(BOOKS, min_size=1, max_size=3))
def test_what_is_told_to_be_endless_is_cut_off_when_it_runs(
    drawn: list[tuple[P.Trigger, P.Body, str]],
) -> None:
    """The engine itself tries every beginning; for events and starts the rule misses nothing."""
    plans = [
        book(trigger, P.Step("deed", body, None), name=name, again=P.Again(rule))  # type: ignore[arg-type]
        for name, (trigger, body, rule) in zip(NAMES, drawn, strict=False)
    ]
    beginnings = [("event", name) for name in EVENTS]
    beginnings += [("manual", plan.playbook) for plan in plans]
    beginnings += [("change", "true"), ("change", "false")]

    runs = any(endless(plans, *beginning) for beginning in beginnings)

    alarm = bool(told(plans, World(*plans)))
    if alarm:
        assert runs
    if not any(isinstance(body, P.SetAttributes) for _, body, _ in drawn):
        assert alarm == runs
