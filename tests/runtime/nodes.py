"""The nodes a plan is made of, by name: to see whether some projects together hold all of them."""

from collections.abc import Iterator

from cuebook.engine.core.codec import NODES as EVERY
from cuebook.engine.core.codec import to_json
from cuebook.engine.core.plan import Json, Project

__all__ = ["DECIDING", "NODES", "nodes_of"]

NODES = frozenset(EVERY) - {"Source", "Trace"}
"""All but those that are made while a program runs."""
DECIDING = frozenset(name for name in NODES if not EVERY[name].__module__.endswith(".kpis"))
"""All but those of numbers that are only asked of the log, and decide nothing."""


def nodes_of(project: Project) -> frozenset[str]:
    """Return the names of the nodes in a project."""
    return frozenset(_names(to_json(project)))


def _names(plan: Json) -> Iterator[str]:
    match plan:
        case dict():
            yield from [plan["is"]] if isinstance(plan.get("is"), str) else []
            for part in plan.values():
                yield from _names(part)
        case list():
            for part in plan:
                yield from _names(part)
