"""One condition about one customer, beside a hand-written lambda and two expression engines.

`plan in ["enterprise", "growth"] and health_score < 50 and days since last_login >= 14 and not
churned`, over customers that are complete, and over customers of whom 30 % lack a score and 30 % a
last login. The lambda ignores missing values and runs over the complete ones only. All engines do
the arithmetic on dates themselves. Needs `zen-engine` and `rule-engine` for their cases.
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from measure import Case, at_most, measure, missing

from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.expr import And, Attribute, Compare, Constant, DaysSince, In, Not
from cuebook.engine.core.history import History
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import zone

BENCH = "conditions"
CUSTOMERS = 20_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOW_AT = int(NOW.timestamp()) * 1_000_000

CONDITION = And(
    (
        In(Attribute("plan"), (Constant("enterprise"), Constant("growth"))),
        Compare("<", Attribute("health_score"), Constant(50)),
        Compare(">=", DaysSince(Attribute("last_login")), Constant(14)),
        Not(Attribute("churned")),
    )
)

Record = dict[str, object]


def make_customers() -> list[Record]:
    """Invent customers of fourteen values; about 7 % satisfy the condition."""
    draw = random.Random(7)
    plans = ["enterprise", "growth", "starter", "free", "trial"]
    return [
        {
            "id": f"c{number}",
            "plan": draw.choice(plans),
            "health_score": draw.randrange(100),
            "last_login": NOW_AT - int(draw.random() * 35 * DAY),
            "churned": draw.random() < 0.15,
            "mrr": draw.randrange(5_000),
            "seats": draw.randrange(1, 200),
            "region": "eu",
            "owner": f"csm{number % 40}",
            "company": f"Company {number}",
            "nps": draw.randrange(11),
            "tickets": draw.randrange(6),
            "segment": "smb",
            "timezone": None,
        }
        for number in range(CUSTOMERS)
    ]


def with_gaps(customers: Sequence[Record]) -> list[Record]:
    """Take the score from 30 % of them and the last login from 30 %."""
    draw = random.Random(5)
    gaps = []
    for customer in customers:
        gap = {name: None for name in ("health_score", "last_login") if draw.random() < 0.3}
        gaps.append({**customer, **gap})
    return gaps


def by_hand(customer: Record) -> bool:
    """Decide plainly, with Kleene's outcome for what is missing: not true."""
    score, login = customer["health_score"], customer["last_login"]
    assert score is None or isinstance(score, int)
    assert login is None or isinstance(login, int)
    return (
        customer["plan"] in ("enterprise", "growth")
        and (score is not None and score < 50)
        and (login is not None and (NOW_AT - login) // DAY >= 14)
        and not customer["churned"]
    )


def case_of(
    name: str, decide: Callable, records: Sequence, expected: Sequence[bool], *, peer: bool
) -> Case:
    """Check `decide` on the first thousand, then measure it over as many as a third of a second takes."""
    assert [bool(decide(record)) for record in records[:1000]] == list(expected[:1000]), name

    def run(count: int) -> None:
        for record in records[:count]:
            decide(record)

    count = at_most(0.3, run, len(records))
    against = () if name == LIMIT else (LIMIT, *([OURS] if peer else []))
    return Case(name, partial(run, count), count, against)


LIMIT = "limit: lambda, complete"
OURS = "cuebook: compiled, complete"


def cuebook_cases(complete: Sequence[Record], gaps: Sequence[Record]) -> list[Case]:
    """Compile the condition and look at both kinds of customers."""
    utc, history = zone("UTC"), History()
    condition = compile_condition(CONDITION, Calendar(), {})
    holds, judge = condition.holds, condition.at(NOW_AT, utc)
    found = []
    for kind, records in (("complete", complete), ("30 % missing", gaps)):
        expected = [by_hand(record) for record in records]
        given = [holds(record, history, NOW_AT, utc, None) for record in records[:1000]]
        assert given == expected[:1000]
        assert [judge(record) for record in records[:1000]] == expected[:1000]

        def run(records: Sequence[Record] = records) -> None:
            for record in records:
                holds(record, history, NOW_AT, utc, None)

        def at_once(records: Sequence[Record] = records) -> None:
            for record in records:
                judge(record)

        found.append(Case(f"cuebook: compiled, {kind}", at_once, len(records), (LIMIT,)))
        found.append(
            Case(f"cuebook: one customer at its instant, {kind}", run, len(records), (LIMIT,))
        )
    return found


def zen_case(customers: Sequence[Record], expected: Sequence[bool]) -> Case:
    """Evaluate with zen-engine's compiled expression, the date arithmetic included."""
    import zen

    text = (
        'plan in ["enterprise","growth"] and health_score < 50'
        ' and d(now).diff(last_login,"day") >= 14 and not churned'
    )
    expression, now = zen.compile_expression(text), NOW.isoformat()
    records = [{**record, "last_login": spelt(record).isoformat()} for record in customers]
    return case_of(
        "zen-engine: expression",
        lambda record: expression.evaluate({**record, "now": now}),
        records,
        expected,
        peer=True,
    )


def rule_case(customers: Sequence[Record], expected: Sequence[bool]) -> Case:
    """Evaluate with rule-engine, the date arithmetic included."""
    import rule_engine

    rule = rule_engine.Rule(
        'plan in ["enterprise","growth"] and health_score < 50'
        ' and (now - last_login) >= t"P14D" and not churned'
    )
    records = [{**record, "last_login": spelt(record)} for record in customers]
    return case_of(
        "rule-engine: rule",
        lambda record: rule.matches({**record, "now": NOW}),
        records,
        expected,
        peer=True,
    )


def spelt(record: Record) -> datetime:
    """Return the last login as peers take it."""
    login = record["last_login"]
    assert isinstance(login, int)
    return NOW - timedelta(microseconds=NOW_AT - login)


def cases() -> list[Case]:
    """Return the lambda, cuebook, and the peers that are there."""
    customers = make_customers()
    gaps, expected = with_gaps(customers), [by_hand(customer) for customer in customers]
    dated = [{**customer, "last_login": spelt(customer)} for customer in customers]
    plain = lambda c: (  # noqa: E731 - the limit is a lambda, as a programmer would write it
        c["plan"] in ("enterprise", "growth")
        and c["health_score"] < 50
        and (NOW - c["last_login"]).days >= 14
        and not c["churned"]
    )
    found = [case_of(LIMIT, plain, dated, expected, peer=False), *cuebook_cases(customers, gaps)]
    for name, make in (("zen-engine", zen_case), ("rule-engine", rule_case)):
        try:
            found.append(make(customers[:2_000], expected[:2_000]))
        except ImportError as error:
            missing(BENCH, name, f"not installed: {error}")
    return found


if __name__ == "__main__":
    measure(BENCH, cases(), unit="evaluations/s")
