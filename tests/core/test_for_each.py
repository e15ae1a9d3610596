"""`for each:`: one action for each record that counts, under a key of its own."""

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.records import MOST

from .playing import World, book, days, event

ROLE = E.Compare("==", E.RecordField(("role",)), E.Constant("user"))
ADA = {"id": 1, "email": "ada@acme.example", "role": "user"}
BO = {"email": "bo@acme.example", "role": "user"}
CY = {"email": "cy@acme.example", "role": "champion"}


def mailing(of: E.Expr | None = None, where: E.Expr | None = ROLE) -> P.Plan:
    """Return a playbook that writes to each contact a day after go-live."""
    body = P.Do(
        "send-email",
        "mail",
        {"to": "{{ each.email }}"},
        each=E.Records(of or E.Attribute("contacts"), where),
    )
    return book(
        event("go-live"),
        P.Step("w", P.Wait(days(1)), "mail"),
        P.Step("mail", body, None),
    )


def done(world: World) -> dict[str, object]:
    """Return what was performed: the record by its key."""
    found = [effect for effect in world.effects if isinstance(effect, Perform)]
    return {effect.key: effect.each for effect in found if not effect.skipped}


def run(*contacts: object) -> World:
    """Let a customer with these contacts go live."""
    world = World(mailing()).arrive("2026-03-01", contacts=list(contacts))
    return world.event("2026-03-02", "go-live").until("2026-03-05")


def test_each_record_that_counts_gets_its_own() -> None:
    """The champion is no user."""
    assert list(done(run(ADA, CY, BO)).values()) == [ADA, BO]


def test_keys_follow_the_record_and_not_its_place() -> None:
    """A list that was sorted anew, or a contact with another role, makes no second promise."""
    assert done(run(ADA, BO)).keys() == done(run(CY, BO, {**ADA, "email": "new"})).keys()
    assert all("acme" not in key for key in done(run(ADA, BO)))


def test_one_and_the_same_record_twice_is_one() -> None:
    """By its `id`, else its `email`, else all of it."""
    assert len(done(run(ADA, {**ADA, "email": "other"}, BO, {**BO}))) == 2


def test_nobody_is_told_as_such() -> None:
    """The journal says why nothing was done."""
    world = run(CY)

    assert done(world) == {}
    assert world.skipped() == [
        ("mail", 'for each: contacts where (role == "user") is nobody'),
    ]


def test_a_list_longer_than_anybody_meant_is_cut_and_told() -> None:
    """A hundred actions at once are bounded, whatever a list holds."""
    world = run(*({"id": number, "role": "user"} for number in range(MOST + 3)))

    assert len(done(world)) == MOST
    assert world.notes("cut") == ["3 records left out: more than 100 at once"]


def test_plain_values_are_addressed_as_they_are() -> None:
    """A list of texts has no fields."""
    world = World(mailing(E.Attribute("tags"), None)).arrive("2026-03-01", tags=["a", "b", "a"])
    world.event("2026-03-02", "go-live").until("2026-03-05")

    assert list(done(world).values()) == ["a", "b"]
