"""One event against 10, 1,000 and 10,000 playbooks, beside the plain limit and two rule engines.

Playbook i is `on e where (amount > m)` with `if: segment == s and health < t`; 50 event names, or
(the last world) an event name of its own for each playbook. The limit is what a programmer would
write for exactly this data: a dictionary by event and segment, and a bisect. All engines are
checked against reading every playbook before they are timed. Beside it, one change of an attribute
against as many playbooks that each watch a level of it; their limit is a bisect. Needs `zen-engine` for its case, and
`drools_jpy` with JAVA_HOME for the other; without them a line says so.
"""

import json
import os
import random
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from measure import Case, at_most, measure, missing, report

from cuebook.engine.core.advance import apply
from cuebook.engine.core.expr import And, Attribute, Compare, Constant, Expr, ItemField
from cuebook.engine.core.matching import build_matcher
from cuebook.engine.core.occurrence import Arrived, Changed
from cuebook.engine.core.plan import Again, Calendar, OnCrossing, Plan, Project
from cuebook.engine.core.program import Program
from cuebook.engine.core.vocabulary import Type, Vocabulary

BENCH = "matching"
EVENTS = 20_000
SEGMENTS = 100

Rule = tuple[int, str, str, int, int]
"""Key, event, segment, `health <`, `amount >`."""
Happening = tuple[str, dict[str, object], dict[str, object]]
Answer = Callable[[dict[str, object]], Iterable[int]]


@dataclass(frozen=True, slots=True)
class World:
    """Playbooks, and events as each side takes them: in two records, and flat."""

    name: str
    rules: Sequence[Rule]
    events: Sequence[Happening]
    flat: Sequence[dict[str, object]]


def make_world(playbooks: int, event_names: int) -> World:
    """Invent `playbooks` rules over `event_names` names, and 20,000 events for them."""
    draw = random.Random(3)
    names = [f"e{number}" for number in range(event_names)]
    rules = [
        (
            key,
            names[key % event_names],
            f"s{draw.randrange(SEGMENTS)}",
            draw.randrange(1, 100),
            draw.randrange(100),
        )
        for key in range(playbooks)
    ]
    events: list[Happening] = [
        (
            names[draw.randrange(event_names)],
            {"amount": draw.randrange(100), "order_id": number},
            {
                "segment": f"s{draw.randrange(SEGMENTS)}",
                "health": draw.randrange(100),
                "plan": "growth",
            },
        )
        for number in range(EVENTS)
    ]
    flat = [{"event": event, **properties, **customer} for event, properties, customer in events]
    own = ", own event names" if event_names == playbooks > 50 else ""
    return World(f"{playbooks:,} playbooks{own}", rules, events, flat)


def by_reading(world: World, event: dict[str, object]) -> list[int]:
    """Return the matching keys by looking at every playbook."""
    name, segment, health, amount = (event[x] for x in ("event", "segment", "health", "amount"))
    assert isinstance(health, int)
    assert isinstance(amount, int)
    return [
        key
        for key, on, s, below, above in world.rules
        if on == name and s == segment and health < below and amount > above
    ]


def check(world: World, answer: Answer, first: int = 100) -> None:
    """Fail unless `answer` gives what reading every playbook gives."""
    for event in world.flat[:first]:
        assert sorted(answer(event)) == by_reading(world, event), (world.name, event)


# --- the cases ----------------------------------------------------------------------------------


def limit(world: World) -> Answer:
    """Index exactly this data by hand: a hash over event and segment, then a bisect."""
    by_values: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for key, on, segment, below, above in world.rules:
        by_values.setdefault((on, segment), []).append((below, above, key))
    blocks = {
        values: (sorted(rows), [row[0] for row in sorted(rows)])
        for values, rows in by_values.items()
    }

    def answer(event: dict) -> list[int]:
        block = blocks.get((event["event"], event["segment"]))
        if block is None:
            return []
        rows, levels = block
        amount = event["amount"]
        at = bisect_right(levels, event["health"])
        return [key for _, above, key in rows[at:] if amount > above]

    return answer


def nothing_left(where: Expr | None, condition: Expr | None) -> NoReturn:
    """Stand for the compiler of residuals, which these conditions never need."""
    raise AssertionError(where, condition)


def ours(world: World) -> Case:
    """Build cuebook's index and measure it."""
    began = time.process_time()
    rows = [
        (
            key,
            on,
            Compare(">", ItemField(("amount",)), Constant(above)),
            And(
                (
                    Compare("==", Attribute("segment"), Constant(segment)),
                    Compare("<", Attribute("health"), Constant(below)),
                )
            ),
        )
        for key, on, segment, below, above in world.rules
    ]
    parsed = time.process_time()
    matcher = build_matcher(rows, nothing_left)
    for on in {rule[1] for rule in world.rules}:
        matcher.match(on, {}, {}, None, 0, None)
    report(
        BENCH,
        f"cuebook: index of {world.name}",
        seconds=round(time.process_time() - parsed, 3),
        trees_seconds=round(parsed - began, 3),
    )
    for (on, properties, customer), flat in zip(world.events[:100], world.flat, strict=False):
        found = matcher.match(on, properties, customer, None, 0, None)
        assert list(found) == by_reading(world, flat)

    def run() -> None:
        match = matcher.match
        for on, properties, customer in world.events:
            match(on, properties, customer, None, 0, None)

    against = (f"limit: {world.name}", *([] if world.name == TEN else [f"cuebook: {TEN}"]))
    return Case(f"cuebook: {world.name}", run, EVENTS, against)


def case_of(name: str, world: World, answer: Answer, *, threads: bool = False) -> Case:
    """Measure `answer` over as many of the world's events as half a second takes."""

    def run(count: int) -> None:
        for event in world.flat[:count]:
            answer(event)

    count = at_most(0.5, run, EVENTS)
    peer = () if name == "limit" else (f"limit: {world.name}", f"cuebook: {world.name}")
    return Case(f"{name}: {world.name}", partial(run, count), count, peer, threads)


def zen_engine(world: World) -> Answer:
    """Give the same rules to zen-engine as a decision table behind its static loader."""
    import zen

    columns = [("a", "event"), ("b", "segment"), ("c", "health"), ("d", "amount")]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": column, "name": column, "field": name} for column, name in columns],
        "outputs": [{"id": "o", "name": "id", "field": "id"}],
        "rules": [
            {
                "_id": f"{key}",
                "a": f'"{on}"',
                "b": f'"{s}"',
                "c": f"< {b}",
                "d": f"> {m}",
                "o": f"{key}",
            }
            for key, on, s, b, m in world.rules
        ],
    }
    kinds = [("i", "inputNode"), ("t", "decisionTableNode"), ("x", "outputNode")]
    nodes = [
        {
            "id": node,
            "type": kind,
            "name": node,
            "position": {"x": 0, "y": 0},
            **({"content": table} if node == "t" else {}),
        }
        for node, kind in kinds
    ]
    edges = [
        {"id": a + b, "sourceId": a, "targetId": b, "type": "edge"}
        for a, b in (("i", "t"), ("t", "x"))
    ]
    loader = {"type": "static", "content": {"t": {"nodes": nodes, "edges": edges}}}
    engine = zen.ZenEngine({"loader": loader})
    return lambda event: [hit["id"] for hit in engine.evaluate("t", event)["result"] or []]


def drools(world: World) -> Answer:
    """Give the same rules to Drools inside this process, warmed for ten seconds."""
    if "JAVA_HOME" not in os.environ:
        raise ImportError("JAVA_HOME is not set")
    os.environ.setdefault("DROOLS_JPY_JVM_MAXMEM", "4096M")
    from drools.rule import Rule as DroolsRule
    from drools.ruleset import Ruleset

    def leg(op: str, field: str, kind: str, value: object) -> dict:
        return {op: {"lhs": {"Event": field}, "rhs": {kind: value}}}

    def condition(rule: Rule) -> dict:
        _, on, segment, below, above = rule
        found = leg("EqualsExpression", "event", "String", on)
        for other in (
            leg("EqualsExpression", "segment", "String", segment),
            leg("LessThanExpression", "health", "Integer", below),
            leg("GreaterThanExpression", "amount", "Integer", above),
        ):
            found = {"AndExpression": {"lhs": found, "rhs": other}}
        return {"AllCondition": [found]}

    action = {"Action": {"action": "debug", "action_args": {}}}
    rules = [
        {"Rule": {"name": f"{r[0]}", "enabled": True, "action": action, "condition": condition(r)}}
        for r in world.rules
    ]
    text = {
        "name": "w",
        "hosts": ["all"],
        "sources": [],
        "rules": rules,
        "match_multiple_rules": True,
    }
    hits: list[int] = []
    ruleset = Ruleset(name=world.name, serialized_ruleset=json.dumps({**text, "name": world.name}))
    for rule in world.rules:
        ruleset.add_rule(DroolsRule(f"{rule[0]}", lambda _, key=rule[0]: hits.append(key)))

    def answer(event: dict[str, object]) -> list[int]:
        hits.clear()
        ruleset.assert_event(json.dumps(event))
        return list(hits)

    until = time.perf_counter() + 10
    while time.perf_counter() < until:
        for event in world.flat[:200]:
            answer(event)
    return answer


# --- crossings ----------------------------------------------------------------------------------

SCALE = 1_000_000
"""The attribute moves between none and this, by small steps: one change in ten crosses a level."""


def crossing_cases(playbooks: int) -> list[Case]:
    """Return a bisect and cuebook for changes of a value over evenly spread levels."""
    gap = SCALE // playbooks
    levels = list(range(gap // 2, SCALE, gap))
    draw, value, values = random.Random(9), SCALE // 2, []
    for _ in range(EVENTS // 4):
        value = min(max(value + draw.choice((-1, 1)) * gap // 5, 0), SCALE)
        values.append(value)
    changes = [Changed(at, {"score": value}) for at, value in enumerate(values, 1)]
    program = crossing_program(levels)

    def by_bisect() -> list[int]:
        found: list[int] = []
        old = SCALE // 2
        for value in values:
            found += range(bisect_right(levels, value), bisect_right(levels, old))
            old = value
        return found

    def run() -> list[str]:
        customer, found = program.customer("c"), []
        apply(customer, Arrived(0, {"score": SCALE // 2}), program)
        for change in changes:
            found += [effect.playbook for effect in apply(customer, change, program)]
        return found[::2]  # Begun and ended.

    assert run() == [f"p{key}" for key in by_bisect()]
    name = f"{playbooks:,} crossings"
    limit, first = f"limit: {name}", f"cuebook: {10:,} crossings"
    against = (limit,) if playbooks == 10 else (limit, first)
    return [
        Case(limit, by_bisect, len(values)),
        Case(f"cuebook: {name}", run, len(values), against),
    ]


def crossing_program(levels: Iterable[int]) -> Program:
    """Return playbooks that begin when the score drops below a level, and end at once."""
    plans = tuple(
        Plan(
            f"p{key}",
            (OnCrossing(Attribute("score"), "drops below", Constant(level)),),
            (),
            None,
            again=Again("always"),
        )
        for key, level in enumerate(levels)
    )
    words = Vocabulary("scores", "UTC", {"score": Type("number")}, {})
    return Program(Project(words, Calendar(), plans), reasons=False)


TEN = "10 playbooks"


def cases(worlds: Sequence[World]) -> list[Case]:
    """Return the limit, cuebook, and each peer that is there, for every world."""
    found = []
    for world in worlds:
        answer = limit(world)
        check(world, answer)
        found += [case_of("limit", world, answer), ours(world)]
    for name, make in (("zen-engine", zen_engine), ("drools", drools)):
        for world in worlds:
            try:
                answer = make(world)
            except ImportError as error:
                missing(BENCH, f"{name}: {world.name}", f"not installed: {error}")
                continue
            check(world, answer)
            found.append(case_of(name, world, answer, clock=time.process_time))
    return found


if __name__ == "__main__":
    sizes = ((10, 10), (1_000, 50), (10_000, 50), (10_000, 10_000))
    crossings = [case for number in (10, 1_000, 10_000) for case in crossing_cases(number)]
    measure(BENCH, cases([make_world(*size) for size in sizes]), unit="events/s")
    measure(BENCH, crossings, unit="changes/s")
