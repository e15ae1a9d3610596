"""How many runs went which way through a playbook, told from the journal as it is written."""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..core.effects import Effect, Entry
from ..core.plan import Plan, Project, Stop
from ..graphs import END, START, Edge, Graph, flow

__all__ = ["Journeys"]


@dataclass(slots=True)
class _Map:
    """One playbook: where its arrows lead."""

    graph: Graph
    stops: frozenset[str]
    """The steps at which a run stops by itself."""
    after: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for edge in self.graph.edges:
            if edge.target not in self.after[edge.source]:
                self.after[edge.source].append(edge.target)

    def way(self, source: str, target: str) -> list[str] | None:
        """Return the shortest way: steps between may have passed without a word. None for none."""
        before = {source: source}
        todo = deque([source])
        while todo:
            here = todo.popleft()
            for following in self.after[here]:
                if following == target:
                    return _back(before, here, source, target)
                if following not in before:
                    before[following] = here
                    todo.append(following)
        return None


def _back(before: Mapping[str, str], last: str, source: str, target: str) -> list[str]:
    way = [target, last]
    while way[-1] != source:
        way.append(before[way[-1]])
    return way[::-1]


def _map(plan: Plan) -> _Map:
    stops = frozenset(f"step {step.id}" for step in plan.steps if isinstance(step.body, Stop))
    return _Map(flow(plan), stops)


class Journeys:
    """Follows every run of a rehearsal; hand `listen` to it."""

    def __init__(self, project: Project) -> None:
        self._maps = {plan.playbook: _map(plan) for plan in project.plans}
        self._here: dict[str, str] = {}
        self.passed: Counter[tuple[str, str, str]] = Counter()
        """Runs by playbook and the two ends of an arrow."""
        self.left: Counter[tuple[str, str]] = Counter()
        """Runs that ended before their last step, by playbook and where they were."""

    def listen(self, effect: Effect) -> None:
        """Take one line of the journal."""
        if not isinstance(effect, Entry) or not effect.run or effect.playbook not in self._maps:
            return
        if effect.kind == "started":
            self._here[effect.run] = START
        elif effect.run in self._here:
            if effect.step:
                self._arrive(effect, f"step {effect.step}")
            if effect.kind == "ended":
                self._end(effect)

    def _arrive(self, entry: Entry, there: str) -> None:
        here = self._here[entry.run]
        way = None if here == there else self._maps[entry.playbook].way(here, there)
        if way is not None:
            self._count(entry.playbook, way)
            self._here[entry.run] = there

    def _end(self, entry: Entry) -> None:
        here, drawn = self._here.pop(entry.run), self._maps[entry.playbook]
        regular = entry.note == "finished" or (here in drawn.stops and entry.note != "stop when")
        way = drawn.way(here, END) if regular else None
        if way is None:
            self.left[entry.playbook, here] += 1
        else:
            self._count(entry.playbook, way)

    def _count(self, playbook: str, way: list[str]) -> None:
        for source, target in pairwise(way):
            self.passed[playbook, source, target] += 1

    def picture(self, playbook: str) -> Graph:
        """Return a playbook with the number of runs on every arrow; two between the same boxes are one."""
        graph = self._maps[playbook].graph
        labels: dict[tuple[str, str], list[str]] = defaultdict(list)
        for edge in graph.edges:
            labels[edge.source, edge.target] += [edge.label] if edge.label else []
        left = {source: n for (name, source), n in self.left.items() if name == playbook}
        for source in left:
            labels.setdefault((source, END), [])
        edges = [
            Edge(
                source, target,
                _told(said, self.passed[playbook, source, target],
                      left.get(source, 0) if target == END else 0),
            )
            for (source, target), said in labels.items()
        ]  # fmt: skip
        return replace(graph, edges=tuple(edges))


def _told(labels: list[str], number: int, left: int) -> str:
    passed = f"{' / '.join(labels)}: {number:,}" if labels else f"{number:,}"
    if not left:
        return passed
    return f"{passed}, left early: {left:,}" if number or labels else f"left early: {left:,}"
