"""`lifecycles:` of `cuebook.yaml`: stages in order, where customers start, and how they move."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ..engine.core.lifecycles import Lifecycle, Move, held_by, stage_of
from ..engine.core.vocabulary import Type, Vocabulary, fold
from . import conditions
from .circles import warn_circles
from .declarations import Names, declarations
from .diagnostics import Diagnostic, Label, Report
from .document import Mapping, Node, Scalar
from .keys import INSIDE
from .scope import Scope
from .shapes import known_keys, list_of, mapping_of, missing_key, text_of
from .stages import find_stage

__all__ = ["Declared", "declare", "read_lifecycles"]

_KEYS: Final = INSIDE["lifecycle"]
_WHAT: Final = "stage"
_ANY: Final = "any"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Declared:
    """One lifecycle as it was written, its stages read."""

    name: Scalar
    node: Mapping
    stages: tuple[str, ...]

    @property
    def attribute(self) -> str:
        """The attribute that holds the stage."""
        return stage_of(self.name.value)


def declare(
    settings: Mapping, words: Vocabulary, taken: Names, report: Report
) -> tuple[Vocabulary, tuple[Declared, ...]]:
    """Read which lifecycles there are, with their stages; return the vocabulary with them in it."""
    found: list[Declared] = []
    for name, node in declarations(settings, "lifecycles", "lifecycle", report, taken, "stage of "):
        what = f"lifecycle `{name.value}`"
        mapping = mapping_of(node, what, report, "as in `stages: [trial, active]`")
        if mapping is None:
            continue
        known_keys(mapping, what, _KEYS, report)
        stages = tuple(_stages(mapping, what, report))
        if stages:
            found.append(Declared(name, mapping, stages))
    _refuse_attribute(found, words, taken, report)
    attributes = {one.attribute: Type("one of", one.stages) for one in found}
    started = tuple(one.attribute for one in found if one.node.get("start") is not None)
    vocabulary = replace(
        words,
        attributes={**words.attributes, **attributes},
        certain=(*words.certain, *started),
    )
    return vocabulary, tuple(found)


def _refuse_attribute(
    found: list[Declared], words: Vocabulary, taken: Names, report: Report
) -> None:
    """Report an attribute `stage` beside lifecycles: nobody could tell which of them is meant."""
    if found and any(fold(name) == "stage" for name in words.attributes):
        title = "`stage` is the stage of a lifecycle"
        hint = "remove the attribute, or give it another name"
        here = Label(found[0].name.span, "declared here")
        place = taken["stage"].span
        report.add(Diagnostic("N201", title, place, "an attribute, too", (hint,), others=(here,)))


def _stages(mapping: Mapping, what: str, report: Report) -> Iterator[str]:
    """Yield the declared names: a stage that holds others, then those by its name and their own."""
    node = mapping.get("stages")
    if node is None:
        missing_key(mapping, what, "stages", report, "as in `stages: [trial, active, churned]`")
        return
    taken: dict[str, Scalar] = {}
    for item in list_of(node, "`stages:`", report, "no stage here"):
        match item:
            case Mapping(entries=((name, inside),)):
                if _is_new(name, "", taken, report):
                    yield name.value
                    yield from _inside(name, inside, taken, report)
            case _:
                text = text_of(item, "a stage", report)
                if text is not None and _is_new(text, "", taken, report):
                    yield text.value


def _inside(holder: Scalar, node: Node, taken: dict[str, Scalar], report: Report) -> Iterator[str]:
    for item in list_of(node, f"`{holder.value}:`", report, "no stage here"):
        text = text_of(item, "a stage", report)
        if text is not None and _is_new(text, f"{holder.value}.", taken, report):
            yield f"{holder.value}.{text.value}"


def _is_new(text: Scalar, prefix: str, taken: dict[str, Scalar], report: Report) -> bool:
    """Whether a stage can be written and is declared for the first time."""
    if not text.value.strip() or set(text.value) & set("\"'\n.") or fold(text.value) == _ANY:
        title = f"`{text.value}` cannot be the name of a stage"
        hint = "use letters, digits, spaces, `-` and `_`; `any` means every stage"
        report.error("N202", text.span, title, "", hint)
        return False
    first = taken.setdefault(fold(prefix + text.value), text)
    if first is text:
        return True
    report.add(
        Diagnostic(
            "N201",
            f"`{text.value}` and `{first.value}` are one stage",
            text.span,
            "declared again",
            ("a stage stands in a lifecycle once; what comes back moves to it again",),
            others=(Label(first.span, "declared here"),),
        )
    )
    return False


# --- moves --------------------------------------------------------------------------------------


def read_lifecycles(
    declared: tuple[Declared, ...], words: Vocabulary, report: Report
) -> tuple[Lifecycle, ...]:
    """Read where each lifecycle starts and how customers move; conditions may name anything."""
    return tuple(_Reader(one, words, report).lifecycle() for one in declared)


@dataclass(slots=True, eq=False, repr=False)
class _Reader:
    what: Declared
    words: Vocabulary
    report: Report
    rules: list[tuple[Move, Scalar]] = field(default_factory=list)
    """Moves that are made by themselves, each with the text it was written in."""

    def lifecycle(self) -> Lifecycle:
        node, moves = self.what.node.get("start"), self.what.node.get("moves")
        text = text_of(node, "`start:`", self.report) if node is not None else None
        found: tuple[Move, ...] | None = None
        if moves is not None:
            found = tuple(
                move
                for item in list_of(moves, "`moves:`", self.report)
                for move in self._moves(item)
            )
            warn_circles(self.rules, self.words.attributes[self.what.attribute], self.report)
        start = self._stage(text.value, text) if text is not None else None
        return Lifecycle(self.what.name.value, start, found)

    def _stage(self, name: str, place: Scalar) -> str | None:
        attributes = self.words.attributes
        return find_stage(name, place.span, self.what.attribute, attributes, self.report)

    def _moves(self, item: Node) -> Iterator[Move]:
        """Read one line: `lead -> paying when has purchase`, or several moves in a chain."""
        text = text_of(item, "a move", self.report)
        read = conditions.moves(text, Scope(self.words), self.report) if text is not None else ()
        for old, new, condition, hold in read:
            names = [self._end(end) for end in (old, new)]
            if None in names:
                continue
            move = Move(names[0] or None, names[1] or None, condition, hold)
            if self._leads_somewhere(move, new):
                if condition is not None and text is not None:
                    self.rules.append((move, text))
                yield move

    def _end(self, end: Scalar) -> str | None:
        """Return the stage at one end of a move: "" for any, None where there is no such stage."""
        return "" if end.value == _ANY else self._stage(end.value, end)

    def _leads_somewhere(self, move: Move, end: Scalar) -> bool:
        """Whether a move leads from one stage to another, and a rule to a certain one."""
        kind = self.words.attributes[self.what.attribute]
        if move.new is None and move.condition is not None:
            hint = "name the stage it leads to"
            self.report.error("P301", end.span, "a rule leads to one stage", "which?", hint)
            return False
        old, new = (held_by(name or "", kind) for name in (move.old, move.new))
        if len({*old, *new}) > 1 and set(old) != {*new[:1]}:
            return True
        title = f"`{end.value}` is where this move begins"
        self.report.error("P301", end.span, title, "leads nowhere", "name another stage")
        return False
