"""What the playbooks of a project can read: names, the texts they know, what they ask of a text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace

from ..core import expr as E
from ..core.evaluate import World, evaluate
from ..core.history import History
from ..core.lifecycles import lifecycle_of
from ..core.plan import Project
from ..core.program import Program
from ..core.vocabulary import fold
from ..templates import reads_in

__all__ = ["Reading", "reading"]

_FIELDS = E.ItemField | E.FirstField | E.TriggerField | E.Stat | E.ValueOf
_WHOLE = frozenset(["customer", "event", "trigger"])


@dataclass(slots=True)
class Reading:
    """What can be read of a customer, an event and an answer; names are declared spellings."""

    attributes: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    """Folded, of whatever event."""
    answers: set[str] = field(default_factory=set)
    """Folded names of what is looked for in answers."""
    words: set[str] = field(default_factory=set)
    """Texts that are written out in playbooks: words of theirs, and nobody's data."""
    patterns: set[str] = field(default_factory=set)
    """What stands after `like`."""
    folded: frozenset[str] = frozenset()
    """The words without their case."""
    asks: list[Callable[[str], object]] = field(default_factory=list)
    """What conditions ask of a text: two texts to which all give the same are told apart by none."""

    def known(self, text: str) -> bool:
        """Return whether a text is a word of the playbooks."""
        return text.casefold() in self.folded

    def signature(self, text: str) -> tuple[object, ...]:
        """Return all that conditions can find out about a text alone."""
        return tuple(ask(text) for ask in self.asks)


def reading(program: Program) -> Reading:
    """Return what the playbooks of a program can read."""
    project, found = program.project, Reading()
    words = project.vocabulary
    parts = (project.plans, project.derived, project.lifecycles, project.limits, project.never)
    for node in _all((*parts, project.best_hour)):
        _take(node, found, program)
    for text in _texts(project):
        _template(text, found, project)
    found.attributes.update(filter(None, program.places.attributes))
    found.attributes.update(name for name in words.attributes if lifecycle_of(name))
    found.attributes &= words.attributes.keys()
    found.events &= words.events.keys()
    found.words.update(project.templates)
    found.folded = frozenset(map(str.casefold, found.words))
    return found


def _take(node: object, found: Reading, program: Program) -> None:
    """Take down what one node of a plan reads."""
    event, attribute = getattr(node, "event", None), getattr(node, "attribute", None)
    found.events |= {event} if isinstance(event, str) else set()
    found.attributes |= {attribute} if isinstance(attribute, str) else set()
    match node:
        case E.Attribute(name):
            found.attributes.add(name)
        case E.AnswerField(path=path):
            found.answers.update(map(fold, path))
        case E.Constant(str() as text):
            found.words.add(text)
        case E.Compare() | E.In() | E.Like() | E.Matches() | E.Between():
            found.asks += _asks(node, program)
            found.patterns |= {node.pattern} if isinstance(node, E.Like) else set()
        case _:
            pass  # Nothing else has a name or a text of its own.
    if isinstance(node, _FIELDS):
        found.properties.update(map(fold, node.path[:1]))
    events = getattr(node, "events", ())
    if isinstance(events, tuple):
        found.events.update(name for name in events if isinstance(name, str))


def _asks(
    node: E.Compare | E.In | E.Like | E.Matches | E.Between, program: Program
) -> Iterator[Callable[[str], object]]:
    """Yield what a condition asks of a text, with any text in the place of the value it looks at."""
    world = World({}, History(), 0, program.zone, None, program.calendar, program.matchers)

    def asked(make: Callable[[E.Expr], E.Expr]) -> Callable[[str], object]:
        return lambda text: evaluate(make(E.Constant(text)), world)

    match node:
        case E.Compare(right=E.Constant(str())):
            yield asked(lambda value: replace(node, left=value))
        case E.Compare(left=E.Constant(str())):
            yield asked(lambda value: replace(node, right=value))
        case E.In(items=items):
            texts = tuple(item for item in items if isinstance(item, E.Constant))
            if any(isinstance(item.value, str) for item in texts):
                yield asked(lambda value: replace(node, value=value, items=texts))
        case E.Between(low=E.Constant(str()), high=E.Constant(str())):
            yield asked(lambda value: replace(node, value=value))
        case E.Like() | E.Matches():
            yield asked(lambda value: replace(node, value=value))
        case _:
            pass  # It compares with something that is no text, or that changes.


def _template(text: str, found: Reading, project: Project) -> None:
    """Take down what a template reads; a customer or an event as a whole is all there is of it."""
    paths, texts = reads_in(text)
    found.words.update(texts)
    for root, *path in paths:
        if not path and root in _WHOLE:
            found.attributes.update(project.vocabulary.attributes)
            kinds = project.vocabulary.events.values()
            found.properties.update(fold(name) for kind in kinds for name in kind)
        elif root == "customer":
            wanted = fold(path[0])
            names = project.vocabulary.attributes
            found.attributes.update(name for name in names if fold(name) == wanted)
        else:
            found.properties.update(map(fold, path[:1]))
            found.answers.update(map(fold, path))


def _texts(project: Project) -> Iterator[str]:
    for template in project.templates.values():
        yield from (template.subject, template.body, template.html, template.sender)
    for node in _all((project.plans, project.limits)):
        if isinstance(node, str) and "{" in node:
            yield node


def _all(value: object) -> Iterator[object]:
    """Yield a value and everything below it, whatever it is part of."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.name != "span":
                yield from _all(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _all(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _all(inner)
