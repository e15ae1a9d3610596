"""Answers that a run waits for: of people and of actions, in time, too late, or never."""

import json
from collections.abc import Mapping

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Entry, Perform
from cuebook.engine.core.occurrence import Settled
from cuebook.engine.core.program import Program, Words
from cuebook.engine.core.state import Customer

from .playing import VOCABULARY, World, at, book, days, do, event

KEY = "book/ada/1/ready"
ARMS = (P.Arm("approved", "invite"), P.Arm("rejected", None), P.Arm("in a year", "later"))


def asking(**more: object) -> P.Plan:
    """Return a playbook that asks whether a customer is ready."""
    ready = P.Step("ready", P.Ask("Ready?", "{{ customer.csm }}", days(3), ARMS, "remind"), "end")
    return book(
        event("go-live"), ready, do("invite", "end"), do("later", "end"), do("remind", "end"),
        do("end"), **more,
    )  # fmt: skip


def asked(**more: object) -> World:
    """Return a world in which somebody has been asked on 2 March at 10:00."""
    return World(asking(**more)).event("2026-03-02T10:00", "go-live")


def answer(world: World, when: str, said: str, key: str = KEY, **more: str) -> World:
    """Let a person answer."""
    run, step = key.rsplit("/", 1)
    return world.take(Settled(at(when), "book", run, step, "answered", said, key, **more))


def withdrawn(world: World) -> list[tuple[str, str]]:
    """Return which questions were withdrawn, and why."""
    found = [e for e in world.effects if isinstance(e, Entry) and e.kind == "withdrawn"]
    return [(e.about, e.note) for e in found]


def test_a_question_is_put_once_with_its_deadline() -> None:
    """It is an action of the kind `ask` that a run waits for."""
    world = asked()

    (question,) = [e for e in world.effects if isinstance(e, Perform)]
    assert (question.kind, question.key, question.awaited) == ("ask", KEY, True)
    assert question.args == {"question": "Ready?", "of": "{{ customer.csm }}"}
    assert question.until == at("2026-03-05T10:00")
    assert world.customer.next_due() == at("2026-03-05T10:00")


def test_an_answer_leads_its_own_way_at_once() -> None:
    """Whatever the spelling; the step after the arms follows."""
    world = answer(asked(), "2026-03-03T12:00", "In a Year", by="Bo")

    assert world.actions()[1:] == [("2026-03-03T12:00", "later"), ("2026-03-03T12:00", "end")]
    assert world.notes("answered") == ["In a Year (by Bo)"]
    assert withdrawn(world) == []
    assert world.customer.armed == {}


def test_nobody_answers_and_it_escalates() -> None:
    """The question is withdrawn at its deadline, and `else` is done."""
    world = asked().until("2026-03-20")

    assert world.actions()[1:] == [("2026-03-05T10:00", "remind"), ("2026-03-05T10:00", "end")]
    assert withdrawn(world) == [(KEY, "nobody has answered in time")]


def test_an_answer_after_the_deadline_is_written_down_and_changes_nothing() -> None:
    """Also one that comes at the very instant: the timer was first."""
    for when in ("2026-03-05T10:00", "2026-03-09"):
        world = answer(asked(), when, "approved")
        assert [step for _, step in world.actions()[1:]] == ["remind", "end"]
        assert world.notes("settled") == ["answered: approved; nobody waits for it any more"]


def test_an_answer_counts_once() -> None:
    """The second one is only written down."""
    world = answer(answer(asked(), "2026-03-03", "rejected"), "2026-03-03", "approved")

    assert world.actions()[1:] == []
    assert world.notes("settled") == ["answered: approved; nobody waits for it any more"]


def test_a_question_that_cannot_be_put_is_as_one_that_nobody_answers() -> None:
    """A text that names a missing value asks nobody anything."""
    world = World(asking())
    world.program.limits.words = lambda _: None
    world.event("2026-03-02T10:00", "go-live")

    assert world.actions()[1:] == [("2026-03-02T10:00", "remind"), ("2026-03-02T10:00", "end")]
    assert world.notes("answered") == ["not asked: its text names what is missing"]


def test_delegating_keeps_the_question_and_its_deadline() -> None:
    """It is only written down; the answer of the other person counts."""
    world = asked()
    told = Settled(at("2026-03-03"), "book", "book/ada/1", "ready", "delegated", "to Cy", KEY)
    world.take(told)
    assert world.customer.next_due() == at("2026-03-05T10:00")

    answer(world, "2026-03-04", "approved", by="Cy")

    assert world.notes("settled") == ["delegated: to Cy"]
    assert world.actions()[1][1] == "invite"


def test_stop_when_withdraws_the_question_at_once() -> None:
    """Nobody is to think about a customer who has left."""
    world = asked(stop_when=E.Attribute("churned")).set("2026-03-04", churned=True)

    assert withdrawn(world) == [(KEY, "stop when")]
    assert world.notes("ended") == ["stop when"]
    assert world.customer.armed == {}


def test_a_question_waits_on_through_json_and_an_edit_that_keeps_it() -> None:
    """The new version's deadline counts from when it was asked."""
    world = asked()
    body = P.Ask("Really?", "", days(5), ARMS[:1], None)
    plan = book(event("go-live"), P.Step("ready", body, "end"), do("invite", "end"), do("end"))
    edit(world, plan)

    assert world.customer.next_due() == at("2026-03-07T10:00")
    assert [e.key for e in world.effects if isinstance(e, Perform)] == [KEY]

    answer(world, "2026-03-06", "approved")
    assert [step for _, step in world.actions()] == ["ready", "invite", "end"]


def test_a_question_that_an_edit_takes_away_is_withdrawn() -> None:
    """Its step is something else now, and that is done."""
    world = asked()
    edit(world, book(event("go-live"), do("ready")))

    assert withdrawn(world) == [(KEY, "its step has changed")]
    assert world.notes("ended") == ["finished"]


def edit(world: World, plan: P.Plan) -> None:
    """Let another version of the playbook take over on 3 March, from a state on paper."""
    older = world.program.project.plans
    world.program = Program(P.Project(VOCABULARY, P.Calendar(), (plan,)), older=older)
    state = json.loads(json.dumps(world.customer.to_json()))
    world.customer = Customer.from_json(state, world.program.blank)
    world.deploy("2026-03-03", "before")


# --- answers to actions -------------------------------------------------------------------------

LOW = E.Compare("<", E.AnswerField("credit", ("answer", "limit")), E.Constant(1000))
FAILED = E.AnswerField("credit", ("failed",))


def checking(words: Words | None = None, **more: object) -> World:
    """Return a world that waits for the answer to a check of credit, since 2 March at 10:00."""
    check = P.Do("call-webhook", "check", {}, "credit", days(1))
    plan = book(
        event("go-live"),
        P.Step("check", check, "finance"),
        do("finance", "sorry", only_if=LOW),
        do("sorry", "end", only_if=FAILED),
        do("end", unless=FAILED),
        **more,
    )
    world = World(plan)
    world.program.limits.words = words or world.program.limits.words
    return world.event("2026-03-02T10:00", "go-live")


def ended(world: World, when: str, ending: str, answer: Mapping[str, object] | None) -> World:
    """Tell how the check ended."""
    told = Settled(
        at(when), "book", "book/ada/1", "check", ending, "", "book/ada/1/check", answer  # type: ignore[arg-type]
    )  # fmt: skip
    return world.take(told)


def test_an_answer_is_asked_by_later_conditions() -> None:
    """The run goes on when it comes."""
    world = ended(checking(), "2026-03-02T10:05", "done", {"limit": 500})

    assert world.actions()[1:] == [("2026-03-02T10:05", "finance"), ("2026-03-02T10:05", "end")]
    assert world.effects[-2].kind == "performed"


def test_the_answer_is_there_for_templates_and_survives_json() -> None:
    """A later action is given all that was answered before it."""
    world = checking()
    state = json.loads(json.dumps(world.customer.to_json()))
    world.customer = Customer.from_json(state, world.program.blank)
    ended(world, "2026-03-02T10:05", "done", {"limit": 5})

    last = [e for e in world.effects if isinstance(e, Perform)][-1]
    assert last.answers == {"credit": {"status": "done", "failed": False, "answer": {"limit": 5}}}


def test_of_an_action_that_failed_the_answer_is_missing() -> None:
    """And `credit.failed` is true."""
    world = ended(checking(), "2026-03-02T10:05", "failed", {"limit": 5})

    assert [step for _, step in world.actions()] == ["check", "sorry"]


def test_an_action_that_cannot_be_said_has_failed_at_once() -> None:
    """Its text names a missing value: it is promised, ends where it is rendered, and keeps nobody."""
    world = checking(words=lambda _: None)

    assert [step for _, step in world.actions()] == ["check", "sorry"]


def test_an_answer_that_does_not_come_in_time_is_missing() -> None:
    """The run goes on at the deadline; what is told later is only written down."""
    world = ended(checking().until("2026-03-04"), "2026-03-05", "done", {"limit": 5})

    assert world.actions()[1:] == [("2026-03-03T10:00", "sorry")]
    assert world.notes("answered") == ["no answer in time"]
    assert world.notes("settled") == ["done; nobody waits for it any more"]


def test_an_answer_that_is_too_large_is_missing() -> None:
    """A run is a few hundred bytes, and stays so."""
    world = ended(checking(), "2026-03-02T10:05", "done", {"limit": 5, "text": "x" * 4000})

    assert [step for _, step in world.actions()] == ["check", "end"]
    assert world.notes("answered") == ["done, its answer is too large"]


def test_stop_when_acts_while_an_answer_is_waited_for() -> None:
    """The action is promised and stays so; the run is over."""
    world = checking(stop_when=E.Attribute("churned")).set("2026-03-02T11:00", churned=True)
    ended(world, "2026-03-02T12:00", "done", {"limit": 5})

    assert world.notes("ended") == ["stop when"]
    assert world.actions() == [("2026-03-02T10:00", "check")]


def test_what_is_promised_is_not_promised_again_by_an_edit() -> None:
    """A step that no longer waits for its answer is passed."""
    world = checking()
    edit(world, book(event("go-live"), do("check", "end"), do("end")))

    assert [step for _, step in world.actions()] == ["check", "end"]
