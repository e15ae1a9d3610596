"""The outline of a file: playbooks with their steps, tests, actions, declarations."""

from dataclasses import dataclass, field
from typing import Literal

from ..keys import KINDS_OF_STEP
from ..rule_lines import lines
from .outline import Slot, outline
from .shapes import Shape

__all__ = ["Symbol", "of_rules", "of_yaml"]


@dataclass(slots=True)
class Symbol:
    """One thing that a file declares, with what belongs to it."""

    name: str
    kind: Literal["playbook", "step", "test", "action", "section", "name"]
    start: int
    end: int
    inside: "list[Symbol]" = field(default_factory=list)


def of_yaml(text: str, top: Shape) -> list[Symbol]:
    """Return the symbols of a YAML file, in the order in which they stand."""
    slots = outline(text)
    if top in ("cuebook.yaml", "actions.yaml"):
        return _sections(slots)
    found = list[Symbol]()
    for number in sorted({slot.document for slot in slots}):
        own = [slot for slot in slots if slot.document == number]
        found += _document(own)
    return found


def of_rules(text: str) -> list[Symbol]:
    """Return the symbols of a file of rule lines: one for each rule."""
    return [
        Symbol(
            rule.value.split("->")[0].partition(":")[0].strip(),
            "playbook",
            rule.span.start,
            rule.span.end,
        )
        for rule in lines(text, "")
    ]


def _sections(slots: list[Slot]) -> list[Symbol]:
    found = list[Symbol]()
    for slot in slots:
        if slot.role == "key" and not slot.path:
            found.append(Symbol(slot.text, "section", slot.start, slot.end))
        elif slot.role == "key" and len(slot.path) == 1 and found and slot.text:
            found[-1].inside.append(Symbol(slot.text, "name", slot.start, slot.end))
        if found:
            found[-1].end = max(found[-1].end, slot.end)
    return found


def _document(slots: list[Slot]) -> list[Symbol]:
    found = list[Symbol]()
    last = max((slot.end for slot in slots), default=0)
    for slot in slots:
        match slot.path:
            case ("playbook",) if slot.text:
                found.append(Symbol(slot.text, "playbook", slot.start, last))
            case ("steps", int()) if slot.role == "key" and slot.text in KINDS_OF_STEP:
                inside = found[-1].inside if found else found
                inside.append(Symbol(slot.text, "step", slot.start, slot.end))
            case ("steps", int(), str(kind)) if kind in KINDS_OF_STEP and slot.text:
                inside = found[-1].inside if found else found
                if inside and inside[-1].name == kind:
                    inside[-1].name, inside[-1].end = f"{kind} {slot.text.strip()}", slot.end
            case ("tests", int(), "test") if slot.text:
                found.append(Symbol(slot.text, "test", slot.start, slot.end))
            case ("actions",) if slot.role == "key" and slot.text:
                found.append(Symbol(slot.text, "action", slot.start, slot.end))
            case _:
                pass  # What belongs to one of these.
    return found
