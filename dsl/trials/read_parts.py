"""What the parts of a test are read with: the project, the clock's start, a place for each mistake."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from ...engine.core.calendar import add, place
from ...engine.core.door import Door, Problem
from ...engine.core.duration import Duration
from ...engine.core.instant import parse_instant
from ...engine.core.origin import Span
from ...engine.core.places import Places
from ...engine.core.plan import Project
from ...engine.core.vocabulary import Type
from .. import conditions
from ..days import days_of, minutes_of
from ..diagnostics import Report, Word
from ..document import Mapping as MappingNode
from ..document import Node, Scalar
from ..plain import plain
from ..scope import declared
from ..shapes import chosen, mapping_of, text_of

__all__ = ["OUTSIDE", "Parts", "Strange"]

OUTSIDE: Final = "P501"
"""The code of what lies outside of the time that a test plays."""
_FEW: Final = 12
"""How many known words are told where none is near."""
_START: Final = "2026-01-01"
"""When the virtual clock starts where a test does not say."""
_SIGN: Final = re.compile(r"(?:^|(?<=\s))[+-]")
_LEG: Final = re.compile(
    r"[+-]\s*(?P<length>.+?)(?:\s+at\s+(?P<time>\S+))?(?:\s+on\s+(?P<on>\S.*?))?\s*"
)
"""`+7 days at 10:00 on business days`"""


class Parts:
    """Reads the values of one test; when the clock starts, and in which zone, is known to all parts."""

    def __init__(self, project: Project, report: Report) -> None:
        self.project = project
        self.report = report
        self.places = Places(project)
        self.zone = self.places.home
        self.start = parse_instant(_START, self.zone)
        self._door = Door(project.vocabulary)

    def settle_in(self, raw: Mapping[str, object]) -> None:
        """Learn from attributes where the customer is: times without an offset are read there."""
        own = {
            name: value
            for name, value in raw.items()
            if declared(name, filter(None, self.places.attributes)) is not None
        }
        self.zone = self.places.of(self._door.attributes(own, self.zone)[0])

    # --- words ------------------------------------------------------------------------------------

    def text(self, node: Node | None, what: str = "this") -> str | None:
        """Return a text, None where none is written."""
        found = text_of(node, what, self.report) if node is not None else None
        return None if found is None else found.value

    def truth(self, node: Node | None, key: str) -> bool:
        """Return whether `true` is written."""
        return node is not None and chosen(node, key, ("true", "false"), self.report) == "true"

    def playbook(self, node: Node | None) -> str | None:
        """Return the playbook that is named, as it spells itself."""
        name = self.text(node, "`playbook:`")
        names = [plan.playbook for plan in self.project.plans]
        found = declared(name, names) if name is not None else None
        if name is not None and found is None and node is not None:
            title = f"there is no playbook `{name}`"
            strange = Strange("N130", title, "not in this project", "the playbooks are")
            strange.tell(node, names, self.report)
        return found

    # --- times ------------------------------------------------------------------------------------

    def maybe(self, node: Node | None) -> int | None:
        """Return an instant, None where none is written."""
        return None if node is None else self.instant(node, self.start)

    def instant(self, node: Node | None, otherwise: int) -> int:
        """Read what counts from the start in the customer's zone, as `+3d`, or an instant."""
        text = text_of(node, "a time", self.report) if node is not None else None
        if text is None:
            return otherwise
        if text.value[:1] in "+-":
            return self._counted(text, otherwise)
        try:
            return parse_instant(text.value, self.zone)
        except ValueError as error:
            hint = "or count from the start, as in `+3d`"
            self.report.error("P105", text.span, "not a time", str(error), hint)
            return otherwise

    def _counted(self, text: Scalar, otherwise: int) -> int:
        """Read `+60 days +7 days at 10:00 on business days`, as steps of a playbook are read."""
        begins = [found.start() for found in _SIGN.finditer(text.value)]
        at = self.start
        for start, end in pairwise([*begins, len(text.value)]):
            moved = self._leg(text.part(start, end), at)
            if moved is None:
                return otherwise
            at = moved
        return at

    def _leg(self, text: Scalar, began: int) -> int | None:
        """Return the instant to which one leg leads, None, and reported, for what cannot be read."""
        found = _LEG.fullmatch(text.value)
        if found is None:
            self.report.error("P105", text.span, "not a time", "after which time?", "as in `+3d`")
            return None
        length, time, on = (
            text.part(*found.span(name)) if found[name] is not None else None
            for name in ("length", "time", "on")
        )
        after = conditions.duration(length, self.report) if length is not None else None
        minutes = minutes_of(time.value, time.span, self.report) if time is not None else None
        days = days_of([(on.value, on.span)], self.report) if on is not None else None
        if after is None or (time and minutes is None) or (on and days is None):
            return None
        count = -after.count if text.value.startswith("-") else after.count
        at = add(began, Duration(count, after.unit), self.zone, self.project.calendar)
        return place(
            at, time=minutes, on=days, not_before=min(at, began),
            zone=self.zone, calendar=self.project.calendar,
        )  # fmt: skip

    def outside(self, span: Span, title: str, label: str, hint: str) -> None:
        """Report what lies outside of the time that the test plays."""
        self.report.error(OUTSIDE, span, title, label, hint)

    # --- values -----------------------------------------------------------------------------------

    def attributes(self, node: MappingNode) -> dict[str, object]:
        """Return attributes as they are declared; each that is not is told at its place."""
        found: dict[str, object] = {}
        kinds = self.project.vocabulary.attributes
        for key, value in node.entries:
            taken, problems = self._door.attributes({key.value: plain(value)}, self.zone)
            self._tell(problems, key, value, kinds, "an attribute of a customer", "N103")
            found.update(taken)
        return found

    def properties(self, event: str, entries: Iterable[tuple[Scalar, Node]]) -> dict[str, object]:
        """Return what an event carries as it is declared; each that is not is told at its place."""
        found: dict[str, object] = {}
        kinds = self.project.vocabulary.events.get(event, {})
        for key, value in entries:
            _, taken, problems = self._door.event(event, {key.value: plain(value)}, self.zone)
            self._tell(problems, key, value, kinds, f"a property of `{event}`", "N105")
            found.update(taken)
        return found

    def mapping(self, node: Node | None, what: str) -> MappingNode | None:
        """Return a mapping, None where none is written."""
        return None if node is None else mapping_of(node, what, self.report)

    def _tell(
        self,
        problems: Iterable[Problem],
        key: Scalar,
        value: Node,
        kinds: Mapping[str, Type],
        what: str,
        unknown: str,
    ) -> None:
        for problem in problems:
            if problem.undeclared:
                title = f"unknown {what.split()[1]} `{key.value}`"
                strange = Strange(unknown, title, f"not {what}", "declared are")
                strange.tell(key, kinds, self.report)
            elif problem.computed:
                title = f"`{key.value}` is computed, and nobody sets it"
                hint = "set what it is computed from, or let its events happen"
                self.report.error("N204", key.span, title, "a signal or a segment", hint)
            else:
                kind = kinds.get(declared(key.value, kinds) or "")
                options = kind.options if kind is not None else ()
                title, label = problem.text.rpartition(";")[0], "does not fit its type"
                strange = Strange("T202", title, label, "its values are", safe=False)
                strange.tell(value, options, self.report)


class Strange(NamedTuple):
    """A word of a test that nobody knows: what is told of it, and what there is when these are few."""

    code: str
    title: str
    label: str
    otherwise: str
    safe: bool = True
    """Whether the only known word that is near may be put in its place: a name may, a value may not."""

    def tell(self, word: Node, known: Iterable[str], report: Report) -> None:
        """Report a word, with the known one that was probably meant."""
        names = list(known)
        few = 0 < len(names) <= _FEW
        listed = [f"{self.otherwise} {', '.join(f'`{one}`' for one in names)}"] if few else []
        said = word if isinstance(word, Scalar) else Scalar("", word.span)
        inside = said.place(0, len(said.value))
        found = Word(said.value, inside, names, place=word.span, safe=self.safe)
        report.unknown(self.code, found, self.title, self.label, otherwise=listed)
