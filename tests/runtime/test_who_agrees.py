"""A database asked about all customers finds those of whom a condition is true, and nobody else."""

from dataclasses import dataclass, field
from typing import Any, get_args

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.channels import History
from cuebook.engine.core.duration import DAY, MINUTE
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    Expr,
    Happening,
    Has,
    In,
    IsMissing,
    LastWindow,
    Like,
    Matches,
    Negate,
    Not,
    Or,
    Quantified,
    RecordField,
    Records,
    SinceEvent,
)
from cuebook.engine.core.past import Stay
from cuebook.engine.core.program import Program
from cuebook.engine.core.reads import nodes
from cuebook.engine.core.state import Customer
from cuebook.engine.core.triggers import OnCondition
from cuebook.engine.core.vocabulary import Type, Vocabulary
from cuebook.engine.core.zone import zone
from cuebook.engine.patterns import matchers
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.facts import layout_of, put
from cuebook.engine.runtime.population import Population
from cuebook.engine.runtime.programs import Programs
from cuebook.engine.runtime.spelling import spell
from cuebook.engine.runtime.who import who

from ..properties.strategies import (
    CALENDAR,
    EVENTS,
    OPS,
    STAGE,
    STAGES,
    START,
    TEXTS,
    ZONES,
    Told,
    attributes,
    conditions,
    durations,
    earlier,
    happenings,
    remember,
    stays,
    told,
)  # fmt: skip

ODD_TEXTS = (
    "a\nb",
    "a\x1fb",
    'O\'Neil "x"',
    "100%_[a]*?\\",
    "Zoë 東京",
    "nul\0",
    "half \ud800",
    "x" * 300,
    ";--",
)
ODD_NUMBERS = (2**20 + 0.5, 2**52 - 1, 5e-324, 2**53, 2**53 + 1, -(2**60), 2**70, 1e300, -0.0, 0.1)
VOCABULARY = Vocabulary(
    "shop",
    "Europe/Berlin",
    {
        "plan": Type("text"), "first": Type("text"), "seats": Type("number"),
        "churned": Type("boolean"), "renewal_date": Type("date"), "last_invoice_at": Type("instant"),
        "tags": Type("list", item=Type("text")), "timezone": Type("timezone"),
        "address": Type("record", fields=(("city", Type("text")),)),
        "contacts": Type("list", item=Type("record")), STAGE.name: Type("one of", options=STAGES),
    },
    {name: {"amount": Type("number"), "sku": Type("text")} for name in EVENTS},
)  # fmt: skip

_odd = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.sampled_from(ODD_TEXTS),
        "seats": st.sampled_from(ODD_NUMBERS),
        "timezone": st.sampled_from(ZONES),
        "tags": st.lists(st.none() | st.sampled_from((*TEXTS, *ODD_TEXTS)), max_size=3),
    },
)
_ops = st.sampled_from(OPS)
_texts = st.sampled_from([one for one in ODD_TEXTS if "\ud800" not in one]).map(Constant)
_items = st.sampled_from([one for one in (*TEXTS, *ODD_TEXTS) if "\ud800" not in one]).map(Constant)
_it = RecordField(())
_of_tags = st.builds(
    Records,
    st.just(Attribute("tags")),
    st.builds(Compare, st.just("=="), st.just(_it), _items)
    | st.builds(Compare, st.just("=="), _items, st.just(_it))
    | st.builds(In, st.just(_it), st.lists(_items, max_size=2).map(tuple))
    | st.builds(Compare, st.just("starts with"), st.just(_it), _items),
)
_patterns = st.sampled_from((
    "", "^", "$", "^$", "r", "^p", "o$", "^pro$", "^Pro", r"\\", r"^100%_\[a\]", r"\*\?", "a\nb", "a$",
    "r+", "^(free|pro)$", "(?i)pro", r"\w+", "p.o", "東", "\x1f", "'",
))  # fmt: skip
_few = st.sampled_from((0, 1, 2, 3, 4, 1.5, -1)).map(Constant)
_calculated = st.recursive(
    st.sampled_from((Attribute("seats"), Count(Happening("login"), AllTime())))
    | st.sampled_from((0, 1, 3, 0.1, -2.5, *ODD_NUMBERS)).map(Constant),
    lambda inner: (
        st.builds(Arith, st.sampled_from(("+", "-", "*", "/")), inner, inner)
        | st.builds(Negate, inner)
    ),
    max_leaves=5,
)
_odd_conditions: st.SearchStrategy[Expr] = st.one_of(
    st.builds(Compare, _ops, st.just(Attribute("plan")), _texts),
    st.builds(Compare, _ops, st.just(Attribute("seats")), st.sampled_from(ODD_NUMBERS).map(Constant)),
    st.builds(
        Compare,
        st.sampled_from(("contains", "starts with", "ends with")),
        st.just(Attribute("plan")),
        st.sampled_from(("%", "_", "[a]*", "\\", "'", '"', "東", "")).map(Constant),
    ),
    st.builds(Like, st.just(Attribute("plan")), st.sampled_from(("*%_[*", "*?\\", "*東*", "*'*", "**"))),
    st.builds(In, st.just(Attribute("plan")), st.lists(_texts, max_size=3).map(tuple)),
    st.builds(Matches, st.sampled_from((Attribute("plan"), Attribute("first"))), _patterns, st.booleans()),
    st.builds(Compare, st.just("contains"), st.just(Attribute("tags")), _items, st.booleans()),
    st.builds(Quantified, st.sampled_from(("any", "all", "none")), _of_tags),
    st.builds(Compare, _ops, _calculated, _calculated),
    st.builds(IsMissing, _calculated),
    st.builds(Compare, _ops, st.builds(Count, happenings, st.builds(LastWindow, durations)), _few),
    st.builds(Compare, _ops, _few, st.builds(Count, st.builds(Happening, st.sampled_from(EVENTS)), st.builds(LastWindow, durations))),
    st.builds(Has, st.builds(Happening, st.sampled_from(EVENTS)), st.builds(SinceEvent, st.sampled_from(EVENTS))),
    st.builds(Between, st.just(Attribute("seats")), st.just(Constant(-0.0)), st.just(Constant(2**53))),
)  # fmt: skip
_asked = st.one_of(
    conditions,
    _odd_conditions,
    st.builds(lambda a, b: And((a, b)), conditions, _odd_conditions),
    st.builds(lambda a, b: Or((Not(a), b)), conditions, _odd_conditions),
)


@dataclass(frozen=True)
class One:
    """A customer: what it carries, what happened to it, and where it is."""

    carried: dict[str, object]
    odd: dict[str, object]
    events: list[Told]
    earlier: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    stay: Stay | None = None

    @property
    def values(self) -> dict[str, object]:
        return {"timezone": None, **self.carried, **self.odd}

    def latest(self) -> int:
        known = [event.at for event in self.events] + [at for at, _ in self.earlier]
        return max([*known, *([self.stay.since] if self.stay else [])], default=START)

    def history(self, expr: Expr) -> History:
        here = zone(str(self.values["timezone"] or "Europe/Berlin"))
        return remember(self.events, expr, where=here, values=self.earlier, stay=self.stay)


_ones = st.builds(One, attributes, _odd, told, earlier, stays)
_EMPTY = [
    "DELETE FROM cuebook_customer", "DELETE FROM cuebook_fact", "DELETE FROM cuebook_deployment",
    "DELETE FROM cuebook_program",
]  # fmt: skip
_laters = st.sampled_from((0, 1, MINUTE, DAY, 20 * DAY)) | st.integers(0, 90 * DAY)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(expr=_asked, ones=st.lists(_ones, min_size=1, max_size=5), later=_laters)
def test_who_finds_exactly_those_of_whom_a_condition_is_true(
    database: Database, expr: Expr, ones: list[One], later: int
) -> None:
    """Missing values, clock changes, and texts and numbers that no column can hold."""
    plan = P.Plan("asked", (OnCondition(expr),), (), None)
    project = P.Project(VOCABULARY, CALENDAR, (plan,))
    now = max(one.latest() for one in ones) + later
    program = Program(project, matchers([expr]))
    expected = []
    customers = {}
    for number, one in enumerate(ones):
        name, values = f"c{number}", one.values
        here, history = program.zone_of(values), one.history(expr)
        world = World(values, history, now, here, None, program.calendar, matchers([expr]))
        if evaluate(expr, world) is True:
            expected.append(name)
        customers[name] = Customer(name, values, history, here)
    with database.write() as connection:
        _write(database, connection, project, customers)

    with database.read() as connection:
        programs = Programs(database)
        latest = programs.latest(connection)
        assert latest is not None
        everybody = Population(database, connection, programs, latest, now)
        found = who(everybody, expr)
        counted = who(everybody, expr, counting=True)

    note(f"{found.sql}\nasked {found.asked}\njudged {found.judged}")
    assert list(found.customers) == expected
    assert counted.number == len(expected)


_ELSEWHERE = (
    E.Missing, E.TextOf, E.Joined, E.ListOf, E.RecordOf,  # In a `set:` or an `emit:`.
    E.AnswerField,  # In a run.
)  # fmt: skip


def test_no_node_of_a_condition_is_left_out() -> None:
    """What is not drawn is not compared: a node that is new has to be drawn, too."""
    drawn = set[type]()

    @settings(
        max_examples=1_500, phases=(Phase.generate,), derandomize=True, database=None,
        deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(_asked)
    def look(expr: Expr) -> None:
        drawn.update(map(type, nodes(expr)))

    look()

    assert set(get_args(E.Expr)) - drawn == set(_ELSEWHERE)


def _write(
    database: Database, connection: Any, project: P.Project, customers: dict[str, Customer]
) -> None:
    for statement in _EMPTY:
        database.run(connection, statement)
    deployment, _ = Programs(database).deploy(connection, project, START)
    layout = layout_of(deployment.program, project)
    states = [
        (name, 1, deployment.program, spell(customer.to_json()))
        for name, customer in customers.items()
    ]
    columns = ("id", "decided", "program", "state")
    database.insert(connection, "cuebook_customer", columns, states)
    facts = [(*layout.row(customer), name) for name, customer in customers.items()]
    put(database, connection, layout.columns, facts)
