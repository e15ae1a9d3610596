"""What a change of an attribute meets: other values, and records that come and go."""

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Entry, Perform
from cuebook.engine.core.records import MOST

from .playing import World, book, days, do, event

ROLE = E.Compare("==", E.RecordField(("role",)), E.Constant("champion"))
CONTACTS = E.Attribute("contacts")
CHAMPIONS = E.Records(CONTACTS, ROLE)
ADA = {"id": 1, "email": "ada@acme.example", "role": "champion"}
BO = {"email": "Bo@acme.example", "role": "user"}


def events(world: World) -> list[object]:
    """Return what each action knows as its event."""
    return [effect.event for effect in world.effects if isinstance(effect, Perform)]


def on(side: str, **more: object) -> P.Plan:
    """Return a playbook on a champion that comes or goes."""
    trigger = P.OnRecord(CHAMPIONS, side)  # type: ignore[arg-type]
    return book(trigger, do(), while_running="parallel", **more)


def test_a_champion_who_leaves_is_the_event_of_the_run() -> None:
    """Whoever writes to the account knows who left."""
    world = World(on("loses")).arrive("2026-03-01", contacts=[ADA, BO])
    world.set("2026-03-02", contacts=[BO])

    assert events(world) == [ADA]
    assert world.notes("started") == ["contacts loses one"]


def test_order_and_other_fields_make_no_other_record() -> None:
    """A record is the same by its `id`, else by its `email`, however that is written."""
    world = World(on("loses"), on("gains", name="gains")).arrive("2026-03-01", contacts=[ADA, BO])
    other = {**ADA, "email": "ada@new.example", "role": "champion"}
    world.set("2026-03-02", contacts=[{**BO, "email": "bo@acme.example"}, other])

    assert events(world) == []


def test_who_loses_the_role_counts_no_longer_and_who_gets_it_does() -> None:
    """Those that count are compared, not those that are there."""
    world = World(on("loses"), on("gains", name="gains")).arrive("2026-03-01", contacts=[ADA, BO])
    world.set("2026-03-02", contacts=[{**ADA, "role": "user"}, {**BO, "role": "champion"}])

    assert events(world) == [ADA, {**BO, "role": "champion"}]


@pytest.mark.parametrize(("before", "after", "count"), [(None, [ADA], 1), ([], None, 0)])
def test_a_missing_list_is_empty(before: object, after: object, count: int) -> None:
    """From nothing to one is one more."""
    world = World(on("gains")).arrive("2026-03-01", contacts=before)
    world.set("2026-03-02", contacts=after)

    assert len(events(world)) == count


def test_no_more_than_a_hundred_begin_at_once() -> None:
    """The rest is cut, and written down."""
    many = [{"id": number, "role": "champion"} for number in range(MOST + 5)]
    world = World(on("loses")).arrive("2026-03-01", contacts=many).set("2026-03-02", contacts=[])

    assert len(events(world)) == MOST
    assert world.notes("cut") == ["5 records left out: more than 100 at once"]


def test_plain_values_come_and_go_as_it() -> None:
    """A list of texts has no fields."""
    trigger = P.OnRecord(E.Records(E.Attribute("tags")), "gains")
    world = World(book(trigger, do(), while_running="parallel")).arrive("2026-03-01", tags=["a"])
    world.set("2026-03-02", tags=["b", "a", "c"])

    assert events(world) == [{"it": "b"}, {"it": "c"}]


def test_a_change_is_compared_with_what_was_before() -> None:
    """`seats changes where (new > old * 1.2)`."""
    grown = E.Compare(
        ">",
        E.ItemField(("new",)),
        E.Arith("*", E.ItemField(("old",)), E.Constant(1.2)),
    )
    world = World(book(P.OnChange("health", where=grown), do())).arrive("2026-03-01", health=10)
    for day, health in enumerate((11, 20, None, 30), 2):
        world.set(f"2026-03-0{day}", health=health)

    assert events(world) == [{"old": 11, "new": 20}]


def test_fewer_champions_than_before_can_be_asked_for() -> None:
    """Lists of then and now are looked into like any other."""
    counts = [E.NumberOf(E.Records(E.ItemField((side,)), ROLE)) for side in ("old", "new")]
    trigger = P.OnChange("contacts", where=E.Compare(">", *counts))
    world = World(book(trigger, do())).arrive("2026-03-01", contacts=[ADA, BO])
    world.set("2026-03-02", contacts=[ADA]).set("2026-03-03", contacts=[])

    assert [moment for moment, _ in world.actions()] == ["2026-03-03T00:00"]


def test_a_part_of_a_record_is_a_trigger_of_its_own() -> None:
    """The rest of the record may change without it."""
    plans = (
        book(P.OnChange("address", path=("city",)), do("moved"), name="moved"),
        book(P.OnDate("contract", days(30), "before", ("ends",)), do("ends"), name="ends"),
    )
    world = World(*plans).arrive("2026-03-01", address={"city": "Rome", "zip": 1})
    world.set("2026-03-02", address={"city": "Rome", "zip": 2}, contract={"ends": "2026-05-01"})
    world.set("2026-03-03", address={"city": "Bonn", "zip": 2}, contract={"ends": "2026-05-03"})
    world.until("2026-06-01")

    assert world.actions() == [("2026-03-03T00:00", "moved"), ("2026-04-03T00:00", "ends")]
    assert events(world) == [{"old": "Rome", "new": "Bonn"}, None]


def seats(count: int) -> P.SetAttributes:
    """Return a step's deed: so many seats."""
    return P.SetAttributes((("seats", E.Constant(count)),))


def test_a_change_is_what_it_was_when_it_was_told_whatever_runs_set_meanwhile() -> None:
    """The first playbook sets the seats again, and twice; each change has its own two values."""
    watch = P.OnCondition(E.Compare("==", E.Attribute("seats"), E.Constant(1)))
    first = book(watch, P.Step("s", seats(5), "t"), P.Step("t", seats(1), None), name="first")
    plan = book(P.OnChange("seats"), do(), while_running="parallel")
    world = World(first, plan).arrive("2026-03-01", seats=0)

    world.set("2026-03-02", seats=1)

    assert events(world) == [{"old": 0, "new": 1}, {"old": 1, "new": 5}, {"old": 5, "new": 1}]


def test_the_reason_to_begin_is_what_was_so_before_anything_was_done() -> None:
    """Both playbooks were asked before the first of them set what the second has asked."""
    single = E.Compare("==", E.Attribute("seats"), E.Constant(1))
    plans = [
        book(event("go-live"), P.Step("s", seats(5), None), name=name, condition=single)
        for name in ("one", "two")
    ]

    world = World(*plans).arrive("2026-03-01", seats=1).event("2026-03-02", "go-live")

    entries = [effect for effect in world.effects if isinstance(effect, Entry)]
    reasons = [trace.value for entry in entries if entry.kind == "started" for trace in entry.why]
    assert reasons == [True, True]
