"""A change costs what reads it, not what else there is in a project."""

from collections.abc import Iterator

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.derived import Segment, Signal
from cuebook.engine.core.deriving import Deriving
from cuebook.engine.core.occurrence import Arrived, Changed, Happened
from cuebook.engine.core.program import Program
from cuebook.engine.core.vocabulary import Type, Vocabulary

from .playing import at, book, do

MANY = 60
NUMBER, BOOLEAN = Type("number"), Type("boolean")


def project() -> P.Project:
    """Return one signal, one segment, two watched conditions and a stop for each attribute and event."""
    numbers = range(MANY)
    attributes = {f"score{n}": NUMBER for n in numbers} | {f"uses{n}": NUMBER for n in numbers}
    attributes |= {f"segment keen{n}": BOOLEAN for n in numbers}

    def above(name: str, level: int) -> E.Expr:
        return E.Compare(">", E.Attribute(name), E.Constant(level))

    derived: list[Signal | Segment] = []
    plans = []
    for n in numbers:
        derived.append(Signal(f"uses{n}", E.Count(E.Happening(f"used{n}"), E.AllTime())))
        derived.append(Segment(f"keen{n}", above(f"uses{n}", 1)))
        high = P.OnCondition(above(f"score{n}", 50))
        keen = P.OnCondition(E.Attribute(f"segment keen{n}"))
        plans.append(book(high, do(), name=f"high{n}", stop_when=above(f"score{n}", 90)))
        plans.append(book(keen, do(), name=f"keen{n}"))
    words = Vocabulary("many", "UTC", attributes, {f"used{n}": {} for n in numbers})
    return P.Project(words, P.Calendar(), tuple(plans), derived=tuple(derived))


@pytest.fixture
def program() -> Program:
    """Return the project, ready."""
    return Program(project(), reasons=False)


@pytest.fixture
def asked(program: Program) -> Iterator[list[str]]:
    """Write down every condition that is judged and every signal that is computed."""
    found: list[str] = []
    # Conditions are generated when they are first asked; from then on they can be listened to.
    apply(program.customer("warm"), Arrived(at("2026-03-01")), program)
    for spec in program.specs:
        condition = spec.condition
        assert condition is not None
        holds, key = condition.holds, spec.key

        def judged(*world: object, key: str = key, holds: object = holds) -> bool:
            found.append(key)
            return bool(holds(*world))  # type: ignore[operator]

        condition.holds = judged
    compute = Deriving.compute

    def computed(self: Deriving, number: int, *, fresh: bool) -> str:
        found.append(self.program.derivation.items[number].attribute)
        return compute(self, number, fresh=fresh)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Deriving, "compute", computed)
        yield found


def test_a_change_is_judged_by_its_readers_alone(program: Program, asked: list[str]) -> None:
    """Of a hundred and twenty playbooks one reads the attribute, and one is looked at."""
    customer = program.customer("ada")
    apply(customer, Arrived(at("2026-03-02")), program)
    asked.clear()

    apply(customer, Changed(at("2026-03-03"), {"score7": 60}), program)

    assert asked == ["high7/0"]


def test_an_event_computes_what_reads_it_and_what_follows(
    program: Program, asked: list[str]
) -> None:
    """A segment is looked at when its signal moved, its playbook when somebody entered or left."""
    customer = program.customer("ada")
    apply(customer, Arrived(at("2026-03-02")), program)
    asked.clear()

    apply(customer, Happened(at("2026-03-03"), "used7"), program)
    first = asked.copy()
    apply(customer, Happened(at("2026-03-04"), "used7"), program)

    assert first == ["uses7", "segment keen7"]
    assert asked[2:] == ["uses7", "segment keen7", "keen7/0"]


def test_what_nobody_reads_asks_nobody(program: Program, asked: list[str]) -> None:
    """The same value again is no change, and an undeclared one has no readers."""
    customer = program.customer("ada")
    apply(customer, Arrived(at("2026-03-02"), {"score7": 60}), program)
    asked.clear()

    apply(customer, Changed(at("2026-03-03"), {"score7": 60, "unknown": 1}), program)

    assert asked == []
