"""One file of playbooks read by itself: its plans, its tests, the playbooks it names, its mistakes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..engine.core.plan import Plan
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .document import Sequence as ListNode
from .keys import SECTIONS
from .known import Known
from .playbooks import from_line, from_mapping
from .rule_lines import lines
from .rules.rule import Place
from .shapes import text_of
from .sources import Source, acceptable

__all__ = ["Part", "of_documents", "of_rules"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Part:
    """What one file says, as far as it can be told without the other playbooks."""

    report: Report = field(default_factory=Report)
    made: list[tuple[Plan, Place]] = field(default_factory=list)
    tests: list[Node] = field(default_factory=list)
    """What stands under each `tests:`."""
    named: list[Scalar] = field(default_factory=list)
    """The playbooks that its steps start or cancel."""

    def keep(self, made: tuple[Plan, Place] | None) -> None:
        """Add a playbook that could be read."""
        if made is not None:
            self.made.append(made)


def of_documents(documents: Sequence[Mapping], known: Known) -> Part:
    """Read the documents of a YAML file."""
    part = Part()
    known = replace(known, named=part.named)
    for document in documents:
        _document(document, known, part)
    return part


def of_rules(source: Source, known: Known) -> Part:
    """Read a file of rule lines."""
    part = Part()
    known = replace(known, named=part.named)
    if acceptable(source.file, source.text, part.report):
        for line in lines(source.text.replace("\ufeff", " "), source.file):
            part.keep(from_line(line, known, part.report))
    return part


def _document(document: Mapping, known: Known, part: Part) -> None:
    tests, rules = document.get("tests"), document.get("rules")
    if tests is not None:
        part.tests.append(tests)
    for line in _rules(rules, part.report) if rules is not None else ():
        part.keep(from_line(line, known, part.report))
    about = [key.value for key, _ in document.entries if key.value not in SECTIONS]
    if about or not document.entries:
        part.keep(from_mapping(document, known, part.report))


def _rules(node: Node, report: Report) -> Iterator[Scalar]:
    """Yield the rule lines under `rules:`, a list of them or one text with a line for each."""
    match node:
        case ListNode(items):
            for item in items:
                yield from _rules(item, report)
        case Scalar():
            for line in lines(node.value, node.span.file):
                yield node.part(line.span.start, line.span.end)
        case Mapping(entries):
            # To YAML, a rule with a name is a key with a value.
            for name, value in entries:
                text = text_of(value, "a rule", report)
                if text is not None:
                    yield _joined(name, text)


def _joined(name: Scalar, text: Scalar) -> Scalar:
    """Return `name: text` as one text that knows where each of its characters stands."""

    def offsets() -> tuple[int, ...]:
        first = tuple(name.place(at, at).start for at in range(len(name.value)))
        rest = tuple(text.place(at, at).start for at in range(len(text.value) + 1))
        return (*first, name.span.end, name.span.end, *rest)

    return Scalar(f"{name.value}: {text.value}", name.span.to(text.span), text.style, offsets)
