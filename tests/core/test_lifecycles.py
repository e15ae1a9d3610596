"""Lifecycles: who moves a customer where, what rules do by themselves, and which moves begin runs."""

import json
from typing import Literal

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply, recall
from cuebook.engine.core.door import Door
from cuebook.engine.core.effects import Entry
from cuebook.engine.core.occurrence import Changed, Deployed
from cuebook.engine.core.state import Customer
from cuebook.engine.core.zone import zone

from .playing import STAGES, World, at, book, days, do

STAGE = "stage of customer"
How = Literal["changes", "moves forward", "moves back", "skips"]
NO_RULES = P.Lifecycle("customer")


def health(op: Literal["<", ">="], level: int) -> E.Expr:
    """Return a condition on the health."""
    return E.Compare(op, E.Attribute("health"), E.Constant(level))


def world(*plans: P.Plan, lifecycle: P.Lifecycle = NO_RULES) -> World:
    """Return a customer with a lifecycle."""
    return World(*plans, lifecycles=(lifecycle,))


def stage(of: World) -> object:
    """Return where the customer is."""
    return of.customer.attributes[STAGE]


def moved(of: World, *stages: str) -> list[str]:
    """Move a customer through stages, one a day, and return the days on which a run began."""
    of.arrive("2026-05-01T12:00", **{STAGE: stages[0]})
    for number, name in enumerate(stages[1:], 2):
        of.set(f"2026-05-{number:02}T12:00", **{STAGE: name})
    return [when[8:10] for when, _ in of.actions()]


def moves(how: How, old: str | None = None, new: str | None = None) -> P.Plan:
    """Return a playbook that begins on moves."""
    return book(P.OnStage(STAGE, how, old, new), do())


@pytest.mark.parametrize(
    ("plan", "days_of_runs"),
    [
        (moves("changes"), ["02", "03", "04", "05", "06"]),
        (moves("changes", new="trial"), ["02", "06"]),
        (moves("changes", old="trial"), ["04"]),
        (moves("changes", "trial.long", "loyal"), ["04"]),
        (moves("moves forward"), ["02", "03", "04"]),
        (moves("moves forward", new="trial"), ["02"]),
        (moves("moves back"), ["05", "06"]),
        (moves("moves back", old="loyal"), ["05"]),
        (moves("moves back", "loyal", "paying"), ["05"]),
        (moves("moves back", new="lead"), []),
        (moves("skips"), ["04"]),
        (moves("skips", new="paying"), ["04"]),
        (moves("skips", new="trial"), []),
    ],
    ids=lambda value: str(value.triggers[0]) if isinstance(value, P.Plan) else "",
)
def test_a_move_begins_the_runs_that_are_about_it(plan: P.Plan, days_of_runs: list[str]) -> None:
    """Moves inside a stage that is named are no moves into it or out of it."""
    way = ("lead", "trial", "trial.long", "loyal", "paying", "trial.short")

    assert moved(world(plan), *way) == days_of_runs


def test_to_skip_a_stage_that_holds_others_is_to_skip_all_of_them() -> None:
    """Whoever was in one of them did not skip it."""
    skipped = moves("skips", new="trial")

    assert moved(world(skipped), "lead", "paying") == ["02"]
    assert moved(world(skipped), "trial.short", "paying") == []


def test_a_run_begun_by_a_move_knows_both_its_ends() -> None:
    """`event.old` and `event.new` are the stages, for as long as the run lasts."""
    plan = book(
        P.OnStage(STAGE, "changes"),
        do("mail", only_if=E.Compare("==", E.TriggerField(("old",)), E.Constant("lead"))),
    )
    of = world(plan)

    assert moved(of, "lead", "paying", "loyal") == ["02"]
    assert of.notes("started")[0] == "stage of customer: lead -> paying"


def test_the_first_stage_is_a_change_and_no_move_forward() -> None:
    """There is nothing before it to come from."""
    forward, any_change = moves("moves forward"), moves("changes")

    for plan, count in ((forward, 0), (any_change, 1)):
        of = world(plan).arrive("2026-05-01T12:00").set("2026-05-02T12:00", **{STAGE: "paying"})
        assert len(of.actions()) == count


def test_a_customer_starts_where_the_lifecycle_starts() -> None:
    """A stage that holds others is entered at its first one; who is told to be elsewhere is there."""
    start = P.Lifecycle("customer", "trial")

    assert stage(world(lifecycle=start).arrive("2026-05-01T12:00")) == "trial.short"
    assert stage(world(lifecycle=start).arrive("2026-05-01T12:00", **{STAGE: "loyal"})) == "loyal"


def test_to_be_moved_to_where_one_is_changes_nothing() -> None:
    """A table that says `trial` again and again does not take anybody back to its beginning."""
    of = world(moves("changes"))

    assert moved(of, "trial.long", "trial", "trial.long", "trial") == []
    assert stage(of) == "trial.long"


def test_a_move_that_is_not_listed_is_refused_and_written_down() -> None:
    """From outside and from a step alike; everything else that was told is taken."""
    listed = P.Lifecycle("customer", "lead", (P.Move("lead", "trial"), P.Move(None, "loyal")))
    step = P.Step("go", P.SetAttributes(((STAGE, E.Constant("paying")),)), None)
    of = world(book(P.OnChange("health"), step), lifecycle=listed).arrive("2026-05-01T12:00")

    of.set("2026-05-02T12:00", **{STAGE: "paying", "health": 5})
    of.set("2026-05-03T12:00", **{STAGE: "trial"}).set("2026-05-04T12:00", **{STAGE: "nowhere"})

    assert stage(of) == "trial.short"
    assert of.customer.attributes["health"] == 5
    assert of.notes("refused") == [
        "lead -> paying is not among its moves",
        "stage of customer: lead -> paying is not among its moves",
        "there is no stage nowhere",
    ]
    assert stage(of.set("2026-05-05T12:00", **{STAGE: "loyal"})) == "loyal"


def test_every_move_stands_in_the_journal_whoever_made_it() -> None:
    """What the host tells is a move like others: figures and readers find all in one place."""
    of = world().arrive("2026-05-01T12:00", **{STAGE: "lead"})
    of.set("2026-05-02T12:00", **{STAGE: "loyal"}).set("2026-05-03T12:00", health=5)
    of.set("2026-05-04T12:00", **{STAGE: "loyal"}).set("2026-05-05T12:00", **{STAGE: None})

    assert of.notes("moved") == ["no stage -> lead", "lead -> loyal", "loyal -> no stage"]


RULES = P.Lifecycle(
    "customer",
    "lead",
    (
        P.Move("lead", "paying", health(">=", 50)),
        P.Move("paying", "lead", health("<", 40)),
        P.Move(None, "loyal", health(">=", 90), days(7)),
    ),
)


def test_a_rule_moves_when_its_condition_becomes_true_and_tells_why() -> None:
    """Between its level and the way back nothing moves; the reason stands in the journal."""
    of = world(moves("changes"), lifecycle=RULES).arrive("2026-05-01T12:00", health=10)

    for day, value in enumerate((52, 48, 41, 50, 39, 45), 2):
        of.set(f"2026-05-{day:02}T12:00", health=value)

    assert of.notes("moved") == [
        "no stage -> lead",
        "lead -> paying",
        "paying -> lead",
    ]
    (_, entry, *_) = [e for e in of.effects if isinstance(e, Entry) and e.kind == "moved"]
    assert entry.why[0].text == "stage is lead and health >= 50"
    assert [when[8:10] for when, _ in of.actions()] == ["02", "06"]


def test_a_rule_that_has_to_hold_moves_when_it_has_held() -> None:
    """Also over a restart, and not when it was broken in between."""
    of = world(lifecycle=RULES).arrive("2026-05-01T12:00", health=95)
    of.set("2026-05-05T12:00", health=85).set("2026-05-06T12:00", health=92)
    state = json.loads(json.dumps(of.customer.to_json()))
    of.customer = Customer.from_json(state, of.program.blank)

    assert stage(of.until("2026-05-12T12:00")) == "paying"
    assert stage(of.until("2026-05-13T12:00")) == "loyal"


def test_rules_in_a_circle_come_to_an_end_and_say_so() -> None:
    """Both hold at once: the customer goes once, and not back at the same instant."""
    both = health(">=", 50)
    circle = P.Lifecycle(
        "customer", "lead", (P.Move("lead", "paying", both), P.Move("paying", "lead", both))
    )
    of = world(lifecycle=circle).arrive("2026-05-01T12:00").set("2026-05-02T12:00", health=60)

    assert stage(of) == "paying"
    assert of.notes("moved") == ["no stage -> lead", "lead -> paying"]
    assert of.notes("refused") == ["paying -> lead would close a circle of rules"]
    assert stage(of.set("2026-05-03T12:00", health=70)) == "paying"


def test_rules_lead_on_at_one_instant_and_each_move_is_seen() -> None:
    """Two stages in one breath are two moves."""
    high = health(">=", 50)
    chain = P.Lifecycle(
        "customer", "lead", (P.Move("lead", "trial", high), P.Move("trial", "loyal", high))
    )
    of = world(moves("changes"), lifecycle=chain).arrive("2026-05-01T12:00")

    of.set("2026-05-02T12:00", health=60)

    assert [e.event for e in of.effects if not isinstance(e, Entry)] == [
        {"old": "lead", "new": "trial.short"},
        {"old": "trial.short", "new": "loyal"},
    ]
    assert of.customer.history.stays[STAGE].ever == ["lead", "trial.short", "loyal"]


def test_how_long_and_whether_ever_are_remembered() -> None:
    """A stage entered again counts from the new entry; that it was entered stays known."""
    of = world().arrive("2026-05-01T12:00", **{STAGE: "loyal"})
    of.set("2026-05-03T12:00", **{STAGE: "lead"}).set("2026-05-07T12:00", **{STAGE: "loyal"})

    stay = of.customer.history.stays[STAGE]
    assert (stay.since, stay.ever) == (at("2026-05-07T12:00"), ["loyal", "lead"])


def test_a_late_move_counts_from_its_own_instant() -> None:
    """Unless a later one is known: then what was told last counts from when it was told."""
    late = world().arrive("2026-05-01T12:00", **{STAGE: "lead"}).until("2026-05-10T12:00")
    later = late.set("2026-05-05T12:00", **{STAGE: "paying"})
    assert later.customer.history.stays[STAGE].since == at("2026-05-05T12:00")

    later.until("2026-05-12T12:00").set("2026-05-04T12:00", **{STAGE: "loyal"})

    assert stage(later) == "loyal"
    assert later.customer.history.stays[STAGE].since == at("2026-05-12T12:00")


def test_moves_before_the_deployment_are_history() -> None:
    """They begin nothing and are remembered; the journal begins with where the customer is."""
    program = world(moves("changes"), lifecycle=RULES).program
    ada = program.customer("ada")
    for when, name in (("2026-03-01T12:00", "trial"), ("2026-03-05T12:00", "loyal")):
        recall(ada, Changed(at(when), {STAGE: name}), program)

    effects = apply(ada, Deployed(at("2026-04-01T12:00")), program)

    assert [(e.kind, e.note) for e in effects if isinstance(e, Entry)] == [
        ("moved", "no stage -> loyal")
    ]
    assert len(effects) == 1
    assert ada.attributes[STAGE] == "loyal"
    assert ada.history.stays[STAGE].ever == ["trial.short", "loyal"]
    assert ada.history.stays[STAGE].since == at("2026-03-05T12:00")


def test_a_deployment_places_whom_it_finds_and_moves_whom_rules_hold_for() -> None:
    """Customers who were there before the lifecycle begin at its start; rules hold for all."""
    before = World().arrive("2026-05-01T12:00", health=60)
    program = world(lifecycle=RULES).program
    before.customer.attributes = program.blank | before.customer.attributes

    effects = apply(before.customer, Deployed(at("2026-05-02T12:00"), "before"), program)

    notes = [effect.note for effect in effects if isinstance(effect, Entry)]
    assert notes == ["no stage -> lead", "lead -> paying"]


def test_a_rule_that_is_deployed_again_goes_on_counting() -> None:
    """A redeployment of other playbooks does not begin the seven days anew."""
    of = world(lifecycle=RULES).arrive("2026-05-01T12:00", health=95)
    other = World(book(P.OnChange("plan"), do()), lifecycles=(RULES,)).program
    other.succeed("before", of.program.project)

    apply(of.customer, Deployed(at("2026-05-05T12:00"), "before"), other)
    of.program = other

    assert stage(of.until("2026-05-08T12:00")) == "loyal"


def test_a_stage_that_is_gone_is_left_and_written_down() -> None:
    """For the stage its name now means, or for the start."""
    of = world(lifecycle=P.Lifecycle("customer", "lead")).arrive("2026-05-01T12:00")
    for now, then in (("long", "trial.long"), ("elsewhere", "lead")):
        of.customer.attributes = {**of.customer.attributes, STAGE: now}
        of.take(Deployed(at("2026-05-02T12:00"), "before"))
        assert stage(of) == then

    assert of.notes("moved") == [
        "no stage -> lead",
        "long is gone -> trial.long",
        "elsewhere is gone -> lead",
    ]


def test_the_door_knows_stages_by_all_their_names() -> None:
    """What names no stage is told, and moves nobody."""
    door = Door(world().program.vocabulary)

    values, problems = door.attributes(
        {"Stage": "LONG", "stage_of_customer": "Trial", "health": 5}, zone("UTC")
    )
    assert (dict(values), problems) == ({STAGE: "trial", "health": 5}, ())

    values, problems = door.attributes(
        {"health": "5", "stage": "gone", "churned": True}, zone("UTC")
    )
    assert dict(values) == {"health": 5, "churned": True}
    assert [problem.text for problem in problems] == [
        f"attribute `{STAGE}` is not one of {', '.join(STAGES.options)}: 'gone'; nothing moves"
    ]


def test_a_lifecycle_without_rules_is_not_watched() -> None:
    """What nobody asks about costs nothing at a look."""
    assert world().program.specs == []
    assert world(lifecycle=RULES).program.specs != []
