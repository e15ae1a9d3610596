"""`inputs:` of a project that others copy: what they may fill in, of which type, and its default."""

from dataclasses import dataclass
from typing import Final

from ..engine.core.vocabulary import Type, Vocabulary
from .assign import assigned
from .declarations import declarations, type_of_node
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .keys import INSIDE
from .scope import Scope
from .shapes import known_keys, mapping_of, missing_key, text_of

__all__ = ["Input", "read_inputs", "takes"]

_KINDS: Final[dict[str, str]] = {
    "text": "as in `marketing`",
    "number": "as in `10`",
    "boolean": "`true` or `false`",
    "duration": "as in `30 days`",
    "date": "as in `2026-03-01`",
    "one of": "one of the options of its type",
}
"""Types whose values are one word or one sentence, so that a line can hold them, and their form."""


@dataclass(frozen=True, slots=True)
class Input:
    """`silence: {type: duration, default: 60 days, meaning: how long is too long}`."""

    name: str
    type: Type
    default: str
    meaning: str = ""


def read_inputs(settings: Mapping, report: Report) -> dict[str, Input]:
    """Read what is declared under `inputs:`; a default must be of the type that is declared."""
    found: dict[str, Input] = {}
    for key, node in declarations(settings, "inputs", "input", report, {}):
        made = _input(key.value, node, report)
        if made is not None:
            found[key.value] = made
    return found


def _input(name: str, node: Node, report: Report) -> Input | None:
    what = f"input `{name}`"
    mapping = mapping_of(node, what, report, "as in `{type: duration, default: 60 days}`")
    if mapping is None:
        return None
    known_keys(mapping, what, INSIDE["input"], report)
    for key in ("type", "default"):
        if mapping.get(key) is None:
            missing_key(mapping, what, key, report, "as in `{type: duration, default: 60 days}`")
    kind, default, meaning = (mapping.get(key) for key in ("type", "default", "meaning"))
    type_ = type_of_node(kind, report) if kind is not None else None
    text = text_of(default, "`default:`", report) if default is not None else None
    if kind is None or type_ is None or text is None:
        return None
    if type_.kind not in _KINDS:
        hint = f"inputs are {', '.join(f'`{one}`' for one in _KINDS)}"
        report.error("T201", kind.span, f"an input cannot be a {type_.kind}", "", hint)
        return None
    said = text_of(meaning, "`meaning:`", report) if meaning is not None else None
    made = Input(name, type_, text.value, said.value if said is not None else "")
    return made if takes(made, text, report) else None


def takes(given: Input, value: Scalar, report: Report) -> bool:
    """Return whether a value is of an input's type and fits into a line; report it if not."""
    inner = Report()
    if "\n" not in value.value and value.value.strip():
        made = assigned(value, given.type, Scope(Vocabulary("")), inner)
        if made is not None and not inner.failed:
            return True
    hint = _KINDS[given.type.kind]
    title = f"`{given.name}` takes a {given.type.kind} of one line"
    report.error("T202", value.span, title, f"not a {given.type.kind}", hint)
    return False
