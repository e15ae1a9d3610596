"""Plans as plain JSON and back, and the digest that names a plan by its content."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from . import (
    bodies,
    derived,
    expr,
    kpis,
    lifecycles,
    plan,
    plan_days,
    plan_limits,
    plan_teams,
    trace,
    triggers,
    vocabulary,
)
from .duration import Duration
from .plan import Json

__all__ = ["NODES", "digest", "from_json", "to_json"]

VERSION = 1
"""The version of the JSON shape; it changes when a node's fields, or their defaults, change meaning."""


def to_json(value: object) -> Json:
    """Return a node, a plan or a whole project as JSON values, without the places it was written.

    A dataclass becomes `{"is": NAME, field: value, …}`, empty fields left out that are empty by
    default; a tuple or list becomes a list, a mapping an object under `{"map": …}`; what an action is given is JSON already and stands as it is under
    `{"json": …}`. Raises TypeError for anything else.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list():
            return [to_json(item) for item in value]
        case Mapping():
            return {"map": {str(key): to_json(item) for key, item in value.items()}}
        case _:
            return _node(value)


def _node(value: object) -> Json:
    if dataclasses.is_dataclass(value) and type(value).__name__ in NODES:
        out: dict[str, Json] = {"is": type(value).__name__}
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if field.name != "span" and not _left_out(field, inner):
                out[field.name] = {"json": inner} if field.name == "args" else to_json(inner)
        return out
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def _left_out(field: "dataclasses.Field[Any]", value: object) -> bool:
    """Whether a field says nothing: so a project is known by the same digest when nodes learn more."""
    if value is not None and value is not False and value not in ("", (), {}):
        return False
    made = field.default_factory
    return value == (field.default if made is dataclasses.MISSING else made())


def from_json(data: Json) -> object:
    """Return what `to_json` was given; lists come back as tuples.

    Raises ValueError for data that `to_json` did not make.
    """
    if isinstance(data, list):
        return tuple(from_json(item) for item in data)
    if not isinstance(data, dict):
        return data
    if set(data) == {"json"}:
        return data["json"]
    if set(data) == {"map"} and isinstance(data["map"], dict):
        return {key: from_json(item) for key, item in data["map"].items()}
    node = NODES.get(str(data.get("is")))
    if node is None:
        raise ValueError(f"no node is called {data.get('is')!r}")
    fields = {key: from_json(item) for key, item in data.items() if key != "is"}
    if unknown := fields.keys() - {field.name for field in dataclasses.fields(node)}:
        raise ValueError(f"a {node.__name__} has no {', '.join(sorted(unknown))}")
    return node(**fields)


def digest(value: object) -> str:
    """Return the content's name: SHA-256 over its canonical JSON, the same for every layout."""
    text = json.dumps(
        [VERSION, to_json(value)], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _nodes(module: ModuleType) -> dict[str, type]:
    return {
        name: member
        for name, member in vars(module).items()
        if isinstance(member, type)
        and dataclasses.is_dataclass(member)
        and member.__module__ == module.__name__
    }


NODES: dict[str, type] = {
    "Duration": Duration,
    **_nodes(bodies),
    **_nodes(derived),
    **_nodes(expr),
    **_nodes(kpis),
    **_nodes(lifecycles),
    **_nodes(plan),
    **_nodes(plan_days),
    **_nodes(plan_limits),
    **_nodes(plan_teams),
    **_nodes(trace),
    **_nodes(triggers),
    **_nodes(vocabulary),
}
"""Everything that a plan, or a trace, may be made of, by the name it has in JSON."""
