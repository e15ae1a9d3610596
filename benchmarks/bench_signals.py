"""Signals: what an occurrence costs in a project of 30 signals, 20 segments and 200 playbooks.

An occurrence should cost what reads it: an event that no signal reads the same as in a project
without signals, a change the few signals that read it and the playbooks that read those. Held
against computing everything anew at every change, which is what a project pays whose signals are
not kept. The core alone is measured, on one customer: rehearsals and workers add the same to all.
"""

from collections.abc import Callable

from measure import Case, machine, measure, report

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import Turn, apply
from cuebook.engine.core.derived import Derived, Segment, Signal
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.occurrence import Arrived, Changed, Happened
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.core.vocabulary import Type, Vocabulary

BENCH = "signals"
SIGNALS, SEGMENTS, PLAYBOOKS = 30, 20, 200
ATTRIBUTES, EVENTS = 40, 20
START = 1_767_225_600_000_000
BATCH = 500


def above(name: str, level: int) -> E.Expr:
    return E.Compare(">", E.Attribute(name), E.Constant(level))


def derived() -> tuple[Derived, ...]:
    """Return signals of events, of attributes and of other signals, and segments of those."""
    found: list[Derived] = []
    for number in range(SIGNALS):
        event = E.Happening(f"event_{number % 10}")
        match number % 3:
            case 0:
                value: E.Expr = E.Count(event, E.LastWindow(Duration(30, "day")))
            case 1:
                value = E.Arith("*", E.Attribute(f"value_{number}"), E.Constant(2))
            case _:
                both = E.Attribute(f"signal_{number - 1}"), E.Attribute(f"signal_{number - 2}")
                value = E.Arith("+", *both)
        found.append(Signal(f"signal_{number}", value))
    for number in range(SEGMENTS):
        name = f"signal_{number}"
        leave = E.Compare("<", E.Attribute(name), E.Constant(5)) if number % 2 else None
        found.append(Segment(f"segment_{number}", above(name, 10), leave))
    return tuple(found)


def program(computed: tuple[Derived, ...]) -> Program:
    """Return 200 playbooks that read an attribute or, where there are some, a signal or a segment."""
    mail = P.Step("mail", P.Do("send-email", "mail", {}), None)
    plans = []
    for number in range(PLAYBOOKS):
        name = computed[number % len(computed)].attribute if computed else f"value_{number % 40}"
        truth = isinstance(computed[number % len(computed)], Segment) if computed else False
        condition = E.Attribute(name) if truth else above(name, 1_000_000)
        trigger = P.OnCondition(condition)
        plans.append(P.Plan(f"book-{number}", (trigger,), (mail,), "mail", again=P.Again("never")))
    names = [f"value_{number}" for number in range(ATTRIBUTES)]
    names += [one.attribute for one in computed]
    words = Vocabulary(
        "bench", "UTC", dict.fromkeys(names, Type("number")),
        {f"event_{number}": {} for number in range(EVENTS)},
    )  # fmt: skip
    return Program(P.Project(words, P.Calendar(), tuple(plans), derived=computed), reasons=False)


def begun(made: Program) -> Customer:
    customer = made.customer("ada")
    values = {f"value_{number}": number for number in range(ATTRIBUTES)}
    apply(customer, Arrived(START, values), made)
    return customer


def events(made: Program, name: str) -> Callable[[], None]:
    """Let the same event happen again and again, a minute apart."""
    customer, at = begun(made), START

    def run() -> None:
        nonlocal customer, at
        for _ in range(BATCH):
            at += DAY // 1440
            apply(customer, Happened(at, name), made)

    return run


def changes(made: Program, name: str) -> Callable[[], None]:
    """Change one attribute again and again at one instant."""
    customer, value = begun(made), 0

    def run() -> None:
        nonlocal value
        for _ in range(BATCH):
            value = (value + 1) % 1_000
            apply(customer, Changed(START, {name: value}), made)

    return run


def everything(made: Program, name: str) -> Callable[[], None]:
    """Compute everything anew at every change, then go on as usual."""
    customer, value = begun(made), 0

    def run() -> None:
        nonlocal value
        for _ in range(BATCH):
            value = (value + 1) % 1_000
            turn = Turn(customer, made)
            turn.derive(made.derivation.all)
            apply(customer, Changed(START, {name: value}), made)

    return run


def main() -> None:
    report(BENCH, "machine", **machine())
    bare, full = program(()), program(derived())
    none, one, few, unread = (
        "an event, no signals declared",
        "an event that no signal reads",
        "an event that 6 signals and segments read",
        "a change that no signal reads",
    )
    read, all_anew = "a change that one signal reads", "the same, everything computed anew"
    cases = [
        Case(none, events(bare, "event_15"), BATCH),
        Case(one, events(full, "event_15"), BATCH, (none,)),
        Case(few, events(full, "event_3"), BATCH, (none,)),
        Case(unread, changes(full, "value_39"), BATCH),
        Case(read, changes(full, "value_4"), BATCH, (unread,)),
        Case(all_anew, everything(full, "value_4"), BATCH, (read,)),
    ]
    measure(BENCH, cases, unit="occurrences/s")


if __name__ == "__main__":
    main()
