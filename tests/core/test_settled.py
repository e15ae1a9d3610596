"""`has A without B within D` remembers what may still matter, and answers as if it remembered all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.engine.core.calendar import add
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.duration import DAY, HOUR, Duration
from cuebook.engine.core.expr import Compare, Expr, FirstField, Happening, ItemField, Sequence
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.zone import Zone, zone

from ..properties.strategies import CALENDAR, START

BERLIN = zone("Europe/Berlin")
PURCHASE, PAID = Happening("purchase"), Happening("paid")
OWN = Happening("paid", Compare("==", ItemField(("order",)), FirstField(("order",))))
LENGTHS = (Duration(3, "day"), Duration(36, "hour"), Duration(5, "business day"))
Log = list[tuple[int, str, str]]


def missed(log: Log, what: Sequence, now: int, z: Zone) -> bool:
    """Answer from all that ever happened."""
    for i, (at, name, order) in enumerate(log):
        due = add(at, what.within, z, CALENDAR)
        if name == "purchase" and due <= now:
            own = ((t, n, o) for t, n, o in log[i + 1 :] if n == "paid" and t < due)
            if not any(what.then == PAID or o == order for _, _, o in own):
                return True
    return False


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Draw a long life in which most purchases are paid for in time, in another order now and then."""
    at, open_, log = START, list[str](), Log()
    for number in range(draw(st.integers(30, 90))):
        at += draw(st.sampled_from((0, HOUR, 8 * HOUR, 2 * DAY, 4 * DAY, 20 * DAY)))
        if open_ and draw(st.integers(0, 30)):
            log.append((at, "paid", open_.pop(draw(st.sampled_from((0, -1))))))
        else:
            open_.append(f"o{number}")
            log.append((at, "purchase", open_[-1]))
    return log


@settings(max_examples=60, deadline=None)
@given(logs(), st.sampled_from(LENGTHS), st.sampled_from((PAID, OWN)))
def test_what_was_forgotten_was_decided(log: Log, within: Duration, then: Happening) -> None:
    """After each event, and when all is over, the answer is that of the whole log."""
    what = Sequence(PURCHASE, then, within, without=True)
    plan, h, condition = HistoryPlan([what], CALENDAR), History(), compile_condition(what, CALENDAR)
    for seq, (at, name, order) in enumerate(log):
        plan.record(h, name, at, seq, {"order": order}, BERLIN)
        h = History.from_json(json.loads(json.dumps(h.to_json()))) if seq % 7 == 0 else h

        assert condition.holds({}, h, at, BERLIN, None) is missed(log[: seq + 1], what, at, BERLIN)

    end = log[-1][0] + 60 * DAY
    assert condition.holds({}, h, end, BERLIN, None) is missed(log, what, end, BERLIN)


@pytest.mark.parametrize("then", [PAID, OWN])
def test_what_is_kept_follows_the_length_of_time_not_the_history(then: Happening) -> None:
    """After ten years of a purchase and its payment each day there is no more than after one."""
    what: Expr = Sequence(PURCHASE, then, Duration(7, "day"), without=True)
    plan, h, kept = HistoryPlan([what], CALENDAR), History(), list[int]()
    for day in range(3650):
        for seq, name in enumerate(("purchase", "paid")):
            at = START + day * DAY + seq * HOUR
            plan.record(h, name, at, 2 * day + seq, {"order": f"o{day}"}, BERLIN)
        kept.append(sum(len(channel.ats) for channel in h.channels.values()))

    assert max(kept[365:]) == max(kept[:365])
    assert not compile_condition(what, CALENDAR).holds({}, h, START + 3650 * DAY, BERLIN, None)


def test_what_comes_more_than_a_month_too_late_mends_nothing() -> None:
    """A purchase of which it was decided that nobody paid stays unpaid, as with a trigger."""
    what = Sequence(PURCHASE, OWN, Duration(7, "day"), without=True)
    plan, h = HistoryPlan([what], CALENDAR), History()
    plan.record(h, "purchase", START, 0, {"order": "first"}, BERLIN)
    for day in range(1, 70):
        plan.record(h, "purchase", START + day * DAY, 2 * day, {"order": f"o{day}"}, BERLIN)
        plan.record(h, "paid", START + day * DAY, 2 * day + 1, {"order": f"o{day}"}, BERLIN)

    plan.record(h, "paid", START + DAY, 200, {"order": "first"}, BERLIN)

    assert compile_condition(what, CALENDAR).holds({}, h, START + 70 * DAY, BERLIN, None)
