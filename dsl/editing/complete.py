"""What may be typed at a place of a file, from the text as it stands and the names of the project."""

from dataclasses import replace

from ..rule_lines import lines
from ..scope import Scope
from .expressions import offers_in
from .keyed import keys_in
from .offers import Words
from .outline import Slot, outline, slot_at
from .shapes import Shape, key_at, shape_at
from .valued import Completion, in_template, scope_of, texts, values

__all__ = ["complete_message", "complete_rules", "complete_yaml"]


def complete_yaml(text: str, cursor: int, top: Shape, words: Words) -> Completion:
    """Complete a YAML file of a shape, however little of it can be read."""
    slots = outline(text, cursor)
    slot = slot_at(slots, cursor)
    if slot is None or _commented(text, cursor):
        return cursor, []
    shape = shape_at(top, slot.path)
    if slot.role == "key":
        return slot.start, list(keys_in(shape, slot, slots, words))
    dash = "- " if slot.role == "bare" and _lacks_dash(shape, slot) else ""
    single = shape.removeprefix("list ")
    keys = list(keys_in(single, slot, slots, words)) if slot.role == "bare" else []
    start = slot.start + slot.inset
    scope = scope_of(slots, slot, words)
    begin, offers = texts(text[start:cursor], single, scope, words)
    offers = [*values(shape, key_at(top, slot.path), slot, words), *offers]
    if keys and not slot.inset and begin == 0:
        offers = [*keys, *offers]
    if dash and begin == 0:
        offers = [replace(one, text=f"{dash}{one.text or one.label}") for one in offers]
    return start + begin, list(dict.fromkeys(offers))


def _lacks_dash(shape: Shape, slot: Slot) -> bool:
    """Whether a list begins here of which no dash is typed yet."""
    listed = shape.startswith("list ") or shape == "steps"
    return listed and slot.inset == 0 and bool(slot.path) and not isinstance(slot.path[-1], int)


def complete_rules(text: str, cursor: int, words: Words) -> Completion:
    """Complete a file of rule lines; an indented line goes on with the rule above it."""
    if _commented(text, cursor):
        return cursor, []
    begin = text.rfind("\n", 0, cursor) + 1
    above = lines(text[:begin], "") if text[begin:cursor][:1].isspace() else ()
    begin = above[-1].span.start if above else begin
    scope = Scope(words.known.vocabulary)
    at, offers = offers_in(text[begin:cursor], "rule", scope, words)
    return begin + at, offers


def complete_message(text: str, cursor: int, words: Words) -> Completion:
    """Complete a file of templates/."""
    scope = Scope(words.known.vocabulary, answers=words.known.answers)
    return in_template(text[:cursor], scope)


def _commented(text: str, cursor: int) -> bool:
    """Whether the cursor stands in a comment."""
    line = text[text.rfind("\n", 0, cursor) + 1 : cursor]
    return line.lstrip().startswith("#") or (" #" in line and line.count('"') % 2 == 0)
