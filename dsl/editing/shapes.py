"""Which shape of the tables of keys stands at a path of a file: a step, a condition, a name."""

from pathlib import PurePath
from typing import Final

from ..keys import STARTS, Key, table
from ..project import ACTIONS, SETTINGS
from .outline import Path

__all__ = ["MAPPINGS", "Shape", "key_at", "shape_at", "start_of", "top_of"]

Shape = str
"""A shape as `keys.py` names it; empty where anything may stand."""

_TEXTS: Final = {
    ("playbook file", "per"): "condition",
    ("playbook file", "goal"): "goal",
    ("playbook file", "again"): "again",
    ("test", "condition"): "condition",
    ("steps", "for each"): "selection",
    ("cuebook.yaml", "timezone"): "",
    ("cuebook.yaml", "locale"): "",
}
"""Texts of which the table says less than the grammar reads."""
_STARTS: Final = {**STARTS, "trigger": "trigger", "rule": "rule", "signal": "condition",
                  "segment": "condition", "goal": "goal", "again": "again",
                  "selection": "selection", "set value": "condition",
                  "kpi": "figure", "measured": "happening"}  # fmt: skip
MAPPINGS: Final = {
    "condition": "joined",
    "segment": "band",
    "signal": "supplied",
    "own limits": "limit",
    "expect": "expectation",
}
"""Shapes that may be a mapping, and which."""
_JOINING: Final = frozenset(table("joined"))
_BANDS: Final = frozenset(table("band"))


def top_of(root: PurePath, path: PurePath) -> Shape | None:
    """Return the shape of a whole file of a project; None for one that holds no YAML of ours."""
    inside = path.relative_to(root).parts
    if inside in ((SETTINGS,), (ACTIONS,)):
        return inside[0]
    folder = {"playbooks": "playbook file", "tests": "tests"}.get(inside[0])
    return folder if path.suffix in (".yaml", ".yml") else None


def shape_at(top: Shape, path: Path) -> Shape:
    """Return what stands at a path below a file of this shape.

    >>> shape_at("playbook file", ("steps", 0, "wait for"))
    'happening'
    >>> shape_at("playbook file", ("steps", 0, "with", "title"))
    'template'
    """
    shape = top
    for part in path:
        shape = _inside(shape.removesuffix("?"), part)
    return shape


def key_at(top: Shape, path: Path) -> Key | None:
    """Return what the tables say of the key that a path ends in; None for one that is a name.

    >>> key_at("playbook file", ("steps", 0, "wait for")).says
    'Waits for an event.'
    """
    if not path or isinstance(path[-1], int):
        return None
    shape = shape_at(top, path[:-1]).removeprefix("list ").removesuffix("?")
    return table(MAPPINGS.get(shape, shape)).get(path[-1])


def start_of(shape: Shape) -> str | None:
    """Return as what the grammar reads a text of this shape; None for one it does not read."""
    return _STARTS.get(shape)


def _inside(shape: Shape, part: str | int) -> Shape:
    kind, _, inner = shape.partition(" ")
    if kind == "list" and inner:
        return inner if isinstance(part, int) else _inside(inner, part)
    if kind == "map" and inner:
        return inner if isinstance(part, str) else ""
    if isinstance(part, int):
        return (
            shape if shape in ("steps", "condition", "stages", "segment") else _ITEMS.get(shape, "")
        )
    return _below(shape, part)


def _below(shape: Shape, key: str) -> Shape:
    if (shape, key) in _TEXTS:
        return _TEXTS[shape, key]
    keys = table(shape)
    if key in keys:
        return keys[key].takes
    match shape:
        case "steps":
            return "steps"  # The answer to a question.
        case "segment":
            return "condition" if key in _BANDS | _JOINING else ""
        case "condition" if key in _JOINING:
            return "condition"
        case "own limits":
            return table("limit")[key].takes if key in table("limit") else "limit"
        case "signal":
            return table("supplied")[key].takes if key in table("supplied") else ""
        case "expect":
            return _below("expectation", key)
        case _:
            return _VALUES.get(shape, "")


_ITEMS: Final = {"rules": "rule", "expect": "expectation", "trigger": "trigger", "with": "template"}
_VALUES: Final = {
    "rules": "rule",
    "with": "template",
    "template": "template",
    "set": "set value",
    "emit": "given",
    "start": "given",
    "given": "set value",
    "told": "plain value",
    "customer": "plain value",
    "stage": "name of stage",
    "type": "type",
    "fields": "type",
    "stages": "stages",
}
"""What stands under any key of these."""
