"""A state as JSON: what a customer has nothing of is not written, and read all the same."""

from cuebook.engine.core.history import History
from cuebook.engine.core.state import Customer
from cuebook.engine.core.zone import UTC


def test_a_state_holds_only_what_there_is() -> None:
    """Millions of customers have no run, no timer and no history that anybody asks for."""
    customer = Customer("ada", {"plan": "growth", "seats": None}, History(1_000), UTC, 2_000, 3)

    assert customer.to_json() == {
        "v": 1, "id": "ada", "attributes": {"plan": "growth"}, "history": {"first_seen_at": 1_000},
        "zone": "UTC", "clock": 2_000, "seq": 3,
    }  # fmt: skip
    assert Customer.from_json(customer.to_json(), {"plan": None, "seats": None}) == customer


def test_a_state_that_was_written_with_what_is_empty_is_the_same() -> None:
    """Databases hold states that an earlier build has written."""
    history = {"first_seen_at": None, "floor": None, "channels": {}, "sequences": []}
    state = {
        "v": 1, "id": "ada", "attributes": {}, "history": history, "zone": "UTC", "clock": 2_000,
        "seq": 3, "runs": [], "started": {}, "last_started": {}, "watches": {}, "armed": {},
    }  # fmt: skip

    read = Customer.from_json(state, {"plan": None})

    assert read == Customer("ada", {"plan": None}, History(), UTC, 2_000, 3)


def test_the_earliest_timer_of_a_state_is_due_first() -> None:
    """Alarms are not written: they are made of the timers that are."""
    customer = Customer("ada", {}, History(), UTC, 2_000, 3)
    for timer, due in (("b", 30), ("a", 20), ("c", 10)):
        customer.arm(timer, due)

    read = Customer.from_json(customer.to_json(), {})

    assert read.armed == customer.armed
    assert read.next_due() == 10
