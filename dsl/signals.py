"""`signals:` and `segments:` of `cuebook.yaml`: what is computed of a customer, in order of dependence."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ..engine.core.certain import never_missing
from ..engine.core.derived import Derived, Segment, Signal
from ..engine.core.expr import Default, Expr, Now
from ..engine.core.segments import segment_attribute
from ..engine.core.vocabulary import Kind, Type, Vocabulary, fold
from . import conditions, logic
from .build import names_of
from .declarations import Names, declarations, type_of_node
from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence
from .keys import INSIDE
from .missing import warn_missing
from .parser import Token, Tree
from .scope import Scope
from .shapes import known_keys, missing_key, text_of
from .typecheck import check_spans, type_of

__all__ = ["Found", "read_derived"]

_BANDS: Final = INSIDE["band"]
_NUMBERS: Final = frozenset(
    [
        *("arith", "negate", "default", "path", "number", "group", "count", "stat", "value_of"),
        *("days_since", "days_since_event", "days_until"),
    ]
)
"""The alternatives of the grammar that are numbers, most of the time."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Found:
    """What a project computes, and its vocabulary with that in it."""

    vocabulary: Vocabulary
    derived: tuple[Derived, ...] = ()
    supplied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Declared:
    """A signal or a segment as it was written."""

    name: Scalar
    node: Node
    segment: bool

    @property
    def attribute(self) -> str:
        """The attribute it stands as."""
        return segment_attribute(self.name.value) if self.segment else self.name.value


def read_derived(settings: Mapping, words: Vocabulary, taken: Names, report: Report) -> Found:
    """Read signals and segments; names that are `taken` cannot be declared again."""
    written: list[_Declared] = []
    supplied: dict[str, Type] = {}
    for key, node in declarations(settings, "signals", "signal", report, taken):
        if isinstance(node, Mapping):
            given = _supplied(node, key, report)
            supplied |= {key.value: given} if given is not None else {}
        else:
            written.append(_Declared(key, node, segment=False))
    for key, node in declarations(settings, "segments", "segment", report, taken, "segment "):
        written.append(_Declared(key, node, segment=True))
    attributes = {**words.attributes, **supplied}
    if not written:
        return Found(replace(words, attributes=attributes), (), tuple(supplied))
    # Whoever reads one that is wrong is not told about it a second time.
    attributes |= {one.attribute: Type(_guess(one)) for one in written}
    reader = _Reader(replace(words, attributes=attributes), attributes, report)
    derived = [made for one in _in_order(written, report) if (made := reader.read(one)) is not None]
    vocabulary = replace(
        words,
        attributes=attributes,
        computed=tuple(one.attribute for one in derived),
        certain=tuple(reader.certain),
    )
    return Found(vocabulary, tuple(derived), tuple(supplied))


def _supplied(node: Mapping, key: Scalar, report: Report) -> Type | None:
    """Read `{from: host, type: number}`: a signal that the application supplies."""
    what = f"signal `{key.value}`"
    known_keys(node, what, INSIDE["supplied"], report)
    source, kind = node.get("from"), node.get("type")
    hint = f"as in `{key.value}: {{from: host, type: number}}`"
    for word, given in (("from", source), ("type", kind)):
        if given is None:
            missing_key(node, what, word, report, hint)
    text = text_of(source, "`from:`", report) if source is not None else None
    if text is not None and text.value != "host":
        title = f"`from:` does not know `{text.value}`"
        report.error("P104", text.span, title, "not one of its words", "write `from: host`")
    return type_of_node(kind, report) if kind is not None else None


# --- in order of dependence ---------------------------------------------------------------------


def _in_order(written: list[_Declared], report: Report) -> Iterator[_Declared]:
    """Yield each after those it reads; report those that read themselves, and leave them out."""
    known = {fold(one.attribute): one for one in written}
    reads = {name: set(_read(one.node)) & known.keys() for name, one in known.items()}
    readers: defaultdict[str, list[str]] = defaultdict(list)
    for name, others in reads.items():
        for other in others:
            readers[other].append(name)
    ready = deque(name for name, others in reads.items() if not others)
    while reads:
        if ready:
            done = [ready.popleft()]
            yield known[done[0]]
        else:
            done = _way_round(reads)
            _tell_cycle([known[name] for name in done], report)
        for name in done:
            del reads[name]
        touched = dict.fromkeys(reader for name in done for reader in readers[name])
        for reader in touched.keys() & reads.keys():
            reads[reader] -= set(done)
        ready.extend(reader for reader in touched if reader in reads and not reads[reader])


def _way_round(reads: dict[str, set[str]]) -> list[str]:
    """Return names of which each reads the next and the last the first, where all read one another."""
    path = [next(iter(reads))]
    while (following := min(reads[path[-1]])) not in path:
        path.append(following)
    return path[path.index(following) :]


def _tell_cycle(path: list[_Declared], report: Report) -> None:
    first = path[0]
    way = " → ".join(one.attribute for one in (*path, first))
    title = f"`{first.attribute}` reads itself"
    hint = "a signal may read others, as long as none of them reads it in turn"
    report.error("N203", first.name.span, title, way, hint)


def _read(node: Node) -> Iterator[str]:
    """Yield the folded names that stand as attributes in the texts of a node."""
    match node:
        case Scalar():
            tree = conditions.read(node, "condition", Report()) if node.value.strip() else None
            if tree is not None:
                yield from _named(tree, inside=False)
        case Sequence(items):
            for item in items:
                yield from _read(item)
        case Mapping(entries):
            for _, value in entries:
                yield from _read(value)


def _named(tree: Tree | Token, *, inside: bool) -> Iterator[str]:
    """Yield the attributes a tree names; `inside` a `where` a bare name is the event's."""
    if isinstance(tree, Token) or tree.rule == "was_in":
        return
    if tree.rule in ("is_", "at_least") or _asks_stage(tree):
        tree = replace(tree, parts=tree.parts[:1])  # What follows are names of stages.
    names = names_of(tree) if tree.rule in ("path", "in_segment") else ()
    if tree.rule == "in_segment":
        yield fold(segment_attribute(names[-1]))
    elif tree.rule == "path" and names[0] == "customer" and len(names) > 1:
        yield fold(names[1])
    elif tree.rule == "path" and not inside:
        yield fold(names[0])
    else:
        for part in tree.parts:
            yield from _named(part, inside=inside or tree.rule == "filter")


def _asks_stage(tree: Tree) -> bool:
    """Whether a tree is `stage in [trial, active]`."""
    left = tree.parts[0] if tree.rule in ("in_", "not_in") else None
    return isinstance(left, Tree) and (left.rule == "stage_of" or names_of(left) == ("stage",))


# --- one by one ---------------------------------------------------------------------------------


class _Reader:
    """Reads one after the other; each may name those before it."""

    def __init__(self, words: Vocabulary, attributes: dict[str, Type], report: Report) -> None:
        self.attributes = attributes
        self.certain = list(words.certain)
        """Those that are never missing."""
        self._words = words
        self._report = report

    def read(self, one: _Declared) -> Derived | None:
        """Read one, and let those after it name it with its type."""
        scope = Scope(replace(self._words, certain=tuple(self.certain)))
        made = self._segment(one, scope) if one.segment else self._signal(one, scope)
        if one.segment or (isinstance(made, Signal) and never_missing(made.value, self.certain)):
            self.certain.append(one.attribute)
        return made

    def _signal(self, one: _Declared, scope: Scope) -> Signal | None:
        text = text_of(one.node, f"signal `{one.name.value}`", self._report)
        value = conditions.value(text, scope, self._report) if text is not None else None
        if value is None or not check_spans((value,), self._report):
            return None
        kind = type_of(value, scope)
        if kind is None or _is_now(value):
            title = "this has another value at every instant" if kind else "this has no known type"
            hint = "ask `today`, or compare: `last_invoice_at < now`"
            self._report.error("T203", value.span, title, "not a signal", *([hint] if kind else []))
            return None
        warn_missing(value, self._report, self.certain, what="the signal is missing")
        self.attributes[one.attribute] = Type("text") if kind.kind == "timezone" else kind
        return Signal(one.name.value, value)

    def _segment(self, one: _Declared, scope: Scope) -> Segment | None:
        node, name = one.node, one.name.value
        bands = [key.value for key, _ in node.entries] if isinstance(node, Mapping) else []
        if not isinstance(node, Mapping) or not set(bands) & set(_BANDS):
            enter = logic.condition(node, name, scope, self._report)
            return Segment(name, enter) if enter is not None else None
        what = f"segment `{name}`"
        known_keys(node, what, _BANDS, self._report)
        made = [self._band(node, key, what, scope) for key in _BANDS]
        enter, leave = made
        return Segment(name, enter, leave) if enter is not None and leave is not None else None

    def _band(self, node: Mapping, key: str, what: str, scope: Scope) -> Expr | None:
        given = node.get(key)
        if given is None:
            hint = "as in `{enter: health_score < 50, leave: health_score > 60}`"
            missing_key(node, what, key, self._report, hint)
            return None
        return logic.condition(given, key, scope, self._report)


def _guess(one: _Declared) -> Kind:
    """Guess what something that cannot be read would have been."""
    if one.segment or not isinstance(one.node, Scalar) or not one.node.value.strip():
        return "boolean" if one.segment else "number"
    tree = conditions.read(one.node, "condition", Report())
    top = tree.parts[0] if tree is not None else None
    return "number" if top is None or isinstance(top, Token) or top.rule in _NUMBERS else "boolean"


def _is_now(value: Expr) -> bool:
    """Whether a value is `now` itself, so that no timer could ever keep up with it."""
    match value:
        case Default(first, second):
            return _is_now(first) or _is_now(second)
        case _:
            return isinstance(value, Now)
