"""JSON Schemas of the files of a project, from the parser's own tables of keys and its declarations.

They know less than the compiler: a text that holds a condition is any text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from ..engine.core.effects import ASK
from ..engine.core.lifecycles import lifecycle_of, stages
from ..engine.core.segments import segment_of
from ..engine.core.vocabulary import Kind
from .keys import ABOUT, COMMON, INSIDE, KINDS_OF_STEP, SECTIONS, WAYS, Key, Keys, table
from .known import Known

__all__ = ["FILES", "nameable", "schemas"]

Schema = dict[str, Any]

FILES: Final = ("cuebook.yaml", "actions.yaml", "playbooks", "tests")
"""The kinds of file that have a schema each."""
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean"]}
_EMPTY: Final[Schema] = {"type": "null"}


def schemas(known: Known, playbooks: Iterable[str]) -> dict[str, Schema]:
    """Return the schema of each kind of file, in which the names of the project are spelt out.

    Another spelling of a name, with `_` for `-` or in capitals, is as right as the declared one.
    """
    shared = _shared(known, tuple(playbooks))
    tops = {"cuebook.yaml": "cuebook.yaml", "actions.yaml": "actions.yaml", "tests": "tests"}
    tops["playbooks"] = "playbook file"
    return {
        name: {"$schema": _DRAFT, "title": name, "$ref": f"#/$defs/{tops[name]}", "$defs": shared}
        for name in FILES
    }


def _shared(known: Known, playbooks: tuple[str, ...]) -> Schema:
    found: Schema = {name: _closed(keys) for name, keys in INSIDE.items()}
    found |= {f"step {kind}": _step(kind) for kind in KINDS_OF_STEP}
    found |= {
        f"name of {what}": _one_of(names) for what, names in nameable(known, playbooks).items()
    }
    found |= {name: make() for name, make in _SHAPES.items()}
    return found


def nameable(known: Known, playbooks: Iterable[str]) -> dict[str, list[str]]:
    """Return all that can be named, by what it is."""
    words = known.vocabulary
    actions = [*(action.name.value for action in known.actions.values()), *known.kinds]
    channels = sorted({channel for _, channel in known.channels if channel})
    inner = [one for kind in stages(words.attributes).values() for one in kind.options]
    short = [one.rpartition(".")[2] for one in inner]
    computed = [name for name in words.attributes if name in words.computed]
    reserved = [name for name in words.attributes if lifecycle_of(name) or segment_of(name)]
    return {
        "event": list(words.events),
        "attribute": [n for n in words.attributes if n not in (*computed, *reserved)],
        "lifecycle": [one for name in words.attributes if (one := lifecycle_of(name))],
        "segment": [one for name in words.attributes if (one := segment_of(name))],
        "stage": list(dict.fromkeys([*inner, *short, *_holders(inner)])),
        "action": actions,
        "deed": [*actions, ASK],
        "kind": list(known.kinds),
        "playbook": list(playbooks),
        "template": sorted(known.templates),
        "kpi": list(known.kpis),
        "target": ["everything", *channels, *actions],
    }


def _holders(inner: list[str]) -> list[str]:
    """Return the stages that hold others."""
    return [holder for one in inner if (holder := one.rpartition(".")[0])]


def _one_of(names: list[str]) -> Schema:
    """Return what offers the declared spellings and takes any that folds to one of them."""
    spelt = "|".join(map(_any_spelling, names))
    return {"anyOf": [{"enum": names}, {"type": "string", "pattern": f"^(?:{spelt})$"}]}


def _any_spelling(name: str) -> str:
    """Return a pattern of all that folds to a name.

    >>> _any_spelling("go-live")
    '[gG][oO][-_ ][lL][iI][vV][eE]'
    """
    parts = (
        "[-_ ]" if one in "-_ " else f"[{one.lower()}{one.upper()}]" if one.isalpha() else
        re.escape(one)
        for one in name
    )  # fmt: skip
    return "".join(parts)


def _closed(keys: Keys, **more: object) -> Schema:
    """Return the mapping with these keys and no other."""
    return _open(keys) | {"additionalProperties": False} | more


def _open(keys: Keys) -> Schema:
    needed = [name for name, key in keys.items() if key.needed]
    properties = {name: _key(key) for name, key in keys.items()}
    return {"type": "object", "properties": properties, "required": needed}


def _key(key: Key) -> Schema:
    if key.words:
        plain = [word == "true" for word in key.words if word in ("true", "false")]
        return {"enum": [*key.words, *plain], "description": key.says}
    return {**_shape(key.takes), "description": key.says}


def _shape(takes: str) -> Schema:
    """Return the schema of a shape; `list` takes a single item, too, and `?` stands for nothing."""
    if takes.startswith("list "):
        item = _shape(takes.removeprefix("list "))
        return {"anyOf": [item, {"type": "array", "items": item}]}
    if takes.startswith("map "):
        return {"type": ["object", "null"], "additionalProperties": _shape(takes[4:])}
    if takes.endswith("?"):
        return {"anyOf": [_EMPTY, _shape(takes[:-1])]}
    return {"$ref": f"#/$defs/{takes}"}


def _step(kind: str) -> Schema:
    made = _closed({**KINDS_OF_STEP[kind], **COMMON}) | {"required": [kind]}
    if kind == "ask":  # Any other key is an answer.
        made["additionalProperties"] = _shape("steps?")
    return made


def _steps() -> Schema:
    item: Schema = {
        "type": "object",
        "properties": {name: {"description": key.says} for name, key in table("steps").items()},
        "oneOf": [{"required": [kind]} for kind in KINDS_OF_STEP],
        "allOf": [_where(kind, f"step {kind}") for kind in KINDS_OF_STEP],
    }
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _where(key: str, shape: str) -> Schema:
    return {"if": {"required": [key]}, "then": {"$ref": f"#/$defs/{shape}"}}


def _choice(name: str, **more: Schema) -> Schema:
    """Return a mapping that is told by one of its keys, or is the one of this name."""
    made = _closed(INSIDE[name])
    ways = {key: _closed(INSIDE[way]) for key, way in WAYS[name].items()} | more
    for key, way in ways.items():
        made = {"type": "object", "if": {"required": [key]}, "then": way, "else": made}
    return made


def _answers() -> Schema:
    return {"anyOf": [{"type": "object"}, {"const": "from the timeline"}]}


def _moment() -> Schema:
    return _choice("moment", event=_open(INSIDE["moment"]))


def _playbook_file() -> Schema:
    """Return a file that declares a playbook, unless all of it is about something else."""
    about = [name for name, key in ABOUT.items() if key.needed]
    made = _closed({**ABOUT, **SECTIONS}, required=[])
    sections: Schema = {"propertyNames": {"enum": list(SECTIONS)}, "minProperties": 1}
    return made | {"if": sections, "else": {"required": about}}


def _condition() -> Schema:
    return {"anyOf": [_shape("text"), {"type": "array", "items": _shape("condition"), "minItems": 1},
                      {"$ref": "#/$defs/joined"}]}  # fmt: skip


def _type() -> Schema:
    simple = [kind for kind in get_args(Kind) if kind not in ("one of", "list", "record")]
    special: Mapping[str, Schema] = {
        "one of": {"type": "array", "items": _SCALAR, "minItems": 1},
        "list of": _shape("type"),
    }
    alone: list[Schema] = [
        {"type": "object", "properties": {name: inner}, "required": [name], "maxProperties": 1}
        for name, inner in special.items()
    ]
    record: Schema = {"type": "object", "minProperties": 1, "additionalProperties": _shape("type")}
    return {"anyOf": [{"enum": simple}, *alone, record]}


def _fields() -> Schema:
    return {"type": ["object", "null"], "additionalProperties": _shape("type")}


def _with() -> Schema:
    template: Schema = {"anyOf": [_shape("name of template"), {"pattern": "\\{"}]}
    return {"type": "object", "properties": {"template": template}}


def _set() -> Schema:
    return {"type": "object", "propertyNames": _shape("name of attribute")}


def _told() -> Schema:
    """Return what a host may tell of a customer: attributes, and stages as attributes."""
    stage: Schema = {"type": "string", "pattern": "^[Ss]tage( of .+)?$"}
    return {"type": "object", "propertyNames": {"anyOf": [_shape("name of attribute"), stage]}}


def _customer() -> Schema:
    names: Schema = {"anyOf": [{"const": "id"}, _shape("name of attribute"), {"type": "string"}]}
    return {"type": "object", "propertyNames": names}


def _emit() -> Schema:
    one: Schema = {"type": "object", "maxProperties": 1, "minProperties": 1}
    return {"anyOf": [_shape("name of event"), {**one, "propertyNames": _shape("name of event")}]}


def _start() -> Schema:
    one: Schema = {"type": "object", "maxProperties": 1, "minProperties": 1}
    return {
        "anyOf": [_shape("name of playbook"), {**one, "propertyNames": _shape("name of playbook")}]
    }


def _stage() -> Schema:
    by: Schema = {"type": "object", "propertyNames": _shape("name of lifecycle")}
    return {
        "anyOf": [_shape("name of stage"), {**by, "additionalProperties": _shape("name of stage")}]
    }


def _trigger() -> Schema:
    """Return any text, with the events offered."""
    return {"anyOf": [_shape("name of event"), _SCALAR]}


def _own_limits() -> Schema:
    limits = _shape("map limit") | {"propertyNames": _shape("name of target")}
    return {"anyOf": [_shape("limit"), limits]}


_SHAPES: Final[Mapping[str, Callable[[], Schema]]] = {
    "text": lambda: _SCALAR,
    "duration": lambda: _SCALAR,
    "value": lambda: _SCALAR,
    "happening": _trigger,
    "figure": lambda: _SCALAR,
    "measured": _trigger,
    "kpi": lambda: {"anyOf": [_SCALAR, _closed(INSIDE["kpi"])]},
    "trigger": _trigger,
    "playbook": lambda: _SCALAR,
    "whole number": lambda: {"type": "integer"},
    "condition": _condition,
    "steps": _steps,
    "rules": lambda: {"type": ["string", "array", "object"]},
    "open": lambda: {"type": "object"},
    "with": _with,
    "stage": _stage,
    "set": _set,
    "told": _told,
    "customer": _customer,
    "emit": _emit,
    "own kind": lambda: {"anyOf": [_SCALAR, _closed(INSIDE["own kind"])]},
    "member": lambda: {"anyOf": [_SCALAR, _closed(INSIDE["member"])]},
    "start": _start,
    "own limits": _own_limits,
    "type": _type,
    "fields": _fields,
    "stages": lambda: {"type": ["array", "string"]},
    "signal": lambda: {"anyOf": [_SCALAR, {"$ref": "#/$defs/supplied"}]},
    "segment": lambda: {"anyOf": [_shape("condition"), {"$ref": "#/$defs/band"}]},
    "consent": lambda: {"anyOf": [_shape("name of attribute"), {"type": "object"}]},
    "playbook file": _playbook_file,
    "any": dict,
    "answers": _answers,
    "drawn": lambda: {"type": "object", "additionalProperties": _SCALAR},
    "test": lambda: _choice("test"),
    "moment": _moment,
    "expectation": lambda: _choice("expectation"),
    "expect": lambda: {"anyOf": [_shape("list expectation"), _SCALAR]},
}
