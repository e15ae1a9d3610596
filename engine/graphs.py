"""A playbook as a graph of its steps, and a project as a graph of who triggers whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .core import plan as P
from .core.derived import Derived
from .core.plan_limits import Never
from .core.reads import reads
from .core.say import say, say_happening
from .core.say_trigger import say_trigger
from .core.spell import say_clock, say_days
from .core.ways import ways

__all__ = [
    "END",
    "START",
    "Edge",
    "Graph",
    "Shape",
    "Vertex",
    "connections",
    "flow",
    "verb",
]

Shape = Literal["start", "act", "wait", "choice", "end", "playbook"]
START: Final = "start"
END: Final = "end"


@dataclass(frozen=True, slots=True)
class Vertex:
    """One box."""

    id: str
    label: tuple[str, ...]
    """Its lines."""
    shape: Shape


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow, between the ids of two boxes."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows, in the order in which they are read."""

    title: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]


def flow(plan: P.Plan, forbidding: Mapping[str, Sequence[Never]] | None = None) -> Graph:
    """Return the way a run goes through a playbook.

    `forbidding` are the promises that may forbid what a step does, by its id: its box shows them.
    """
    begins = tuple(_triggers(plan))
    if plan.condition is not None:
        begins += (f"if {say(plan.condition)}",)
    vertices = [Vertex(START, begins, "start")]
    edges = [Edge(START, _step(plan.first))]
    for step in plan.steps:
        refused = map(_refused, (forbidding or {}).get(step.id, ()))
        lines = (*_lines(step), *refused)
        vertices.append(Vertex(_step(step.id), lines, _shape(step.body)))
        edges += [Edge(_step(step.id), _step(to), label) for label, to in ways(step)]
    stops = () if plan.stop_when is None else (f"stop when {say(plan.stop_when, in_run=True)}",)
    vertices.append(Vertex(END, ("end", *stops), "end"))
    return Graph(plan.playbook, tuple(vertices), tuple(dict.fromkeys(edges)))


def _step(name: str | None) -> str:
    return END if name is None else f"step {name}"


def _shape(body: P.Body) -> Shape:
    match body:
        case P.Wait() | P.WaitFor() | P.WaitUntil() | P.Ask():
            return "wait"
        case P.Choose() | P.Split() | P.Repeat():
            return "choice"
        case _:
            return "act"


def _lines(step: P.Step) -> Iterator[str]:
    yield verb(step.body)
    timing = step.timing
    clock = say_clock(timing.at) if isinstance(timing.at, int) else timing.at and "best hour"
    days = say_days(timing.on or ())
    parts = (
        ("after", timing.after),
        ("at", clock),
        ("on", days),
        ("in zone", timing.zone),
    )
    said = " ".join(f"{word} {value}" for word, value in parts if value)
    if said:
        yield said
    if step.only_if is not None:
        yield f"if {say(step.only_if)}"
    if step.unless is not None:
        yield f"unless {say(step.unless)}"


def _refused(never: Never) -> str:
    when = "" if never.condition is None else f" if {say(never.condition)}"
    return f"refused{when}" + ("" if never.unless is None else f" unless {say(never.unless)}")


def verb(body: P.Body) -> str:
    """Return what a step does, in a few words."""
    match body:
        case P.Wait(duration):
            return f"wait {duration}" if duration else "wait"
        case P.WaitFor(what):
            return f"wait for {say_happening(what)}"
        case P.WaitUntil(condition):
            return f"wait until {say(condition, in_run=True)}"
        case P.Do(kind, action):
            return action if action == kind else f"{action} ({kind})"
        case P.Choose():
            return "choose"
        case P.Split():
            return "split"
        case P.Ask(question):
            return f"ask: {question}"
        case P.Repeat(every, most, until):
            over = "" if until is None else f" until {say(until, in_run=True)}"
            return f"repeat every {every}, up to {most} times{over}"
        case P.SetAttributes(values):
            return "set " + ", ".join(f"{name} to {say(value)}" for name, value in values)
        case P.Emit(event):
            return f"emit {event}"
        case P.Start(playbook):
            return f"start {playbook}"
        case P.Cancel(playbook):
            return f"cancel {playbook}"
        case P.Stop():
            return "stop"


# --- who triggers whom --------------------------------------------------------------------------


def connections(project: P.Project) -> Graph:
    """Return the playbooks of a project, and which of them sets off which others, and by what."""
    derived = {one.attribute: _roots(one, project.derived) for one in project.derived}
    vertices = tuple(
        Vertex(plan.playbook, (plan.playbook, *_triggers(plan)), "playbook")
        for plan in project.plans
    )
    edges = (
        Edge(one.playbook, other.playbook, ", ".join(dict.fromkeys(found)))
        for one in project.plans
        for other in project.plans
        if (found := list(_reaches(one, other, derived)))
    )
    return Graph(project.vocabulary.project, vertices, tuple(edges))


def _triggers(plan: P.Plan) -> Iterator[str]:
    for trigger in plan.triggers:
        said = say_trigger(trigger)
        yield said if said.startswith(("when ", "every ")) else f"on {said}"


def _roots(one: Derived, every: Iterable[Derived]) -> frozenset[str]:
    """Return the attributes a signal or segment is computed from, through others too."""
    found = {name for part in one.parts for name in reads(part).attributes}
    for other in every:
        if other.attribute in found and other is not one:
            found |= _roots(other, every)
    return frozenset(found)


def _reaches(one: P.Plan, other: P.Plan, derived: dict[str, frozenset[str]]) -> Iterator[str]:
    """Yield by what a playbook sets off, starts or cancels another."""
    events, attributes = _heard(other)
    for name in list(attributes):
        attributes |= derived.get(name, frozenset())
    for step in one.steps:
        match step.body:
            case P.Emit(event) if event in events:
                yield f"emits {event}"
            case P.SetAttributes(values):
                yield from (f"sets {name}" for name, _ in values if name in attributes)
            case P.Start(playbook) if playbook == other.playbook:
                yield "starts"
            case P.Cancel(playbook) if playbook == other.playbook:
                yield "cancels"
            case _:
                pass  # Nothing in these reaches another playbook.


def _heard(plan: P.Plan) -> tuple[set[str], set[str]]:
    """Return the events and attributes that a playbook's triggers listen to."""
    events, attributes = set[str](), set[str]()
    for trigger in plan.triggers:
        name = getattr(trigger, "attribute", None)
        attributes |= {name} if isinstance(name, str) else set()
        found = reads(trigger)
        events |= found.events
        attributes |= found.attributes
    return events, attributes
