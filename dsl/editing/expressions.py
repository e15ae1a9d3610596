"""What may follow in a condition, a trigger or a rule line that ends at the cursor.

The parser says which tokens fit and what is open; what is open says which names are meant.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ...engine.core.lifecycles import lifecycle_of
from ...engine.core.origin import NOWHERE
from ...engine.core.spell import say_name
from ...engine.core.vocabulary import Type
from ..answers import FIELDS
from ..build import Builder, names_of
from ..diagnostics import Report
from ..document import Scalar
from ..names import resolve
from ..parser import Ahead, Token, Tree, ahead, tokens
from ..playbooks import started_by
from ..positions import names_stage
from ..scope import Scope, declared
from ..syntax import LONGEST, nesting
from ..triggers import build_trigger
from ..typecheck import type_of
from ..words import PERIODS, spellings
from .offers import Kind, Offer, Words, spelt_type

__all__ = ["offers_in"]

_WORD: Final = re.compile(r"[^\W\d_][\w-]*$")
_PATH: Final = re.compile(
    r"""(?P<base>(?:[^\W\d_][\w-]*|"[^"\n]*")(?:\.[^\W\d_][\w-]*)*)\.[\w-]*$"""
)
_LAST_WORDS: Final = re.compile(r"(?:[a-z]+[ ]+){1,3}[a-z]*$")
_SOFT: Final = frozenset(
    {"FROM", "TO", "BEFORE", "AFTER", "PER", "EVER", "LATE", "AGAIN", "GOAL", "EXISTING"}
)
"""Keywords that are names where a name may stand."""
_EVENTS: Final = frozenset(
    {"HAS", "NO", "COUNT_OF", "TIME_SINCE", "DAYS_SINCE_EVENT", "WAIT_FOR", "THEN", "WITHOUT"}
    | {"STAT_OF", "MEDIAN_OF", "TIME_FROM", "TIME_BETWEEN", "VALUE_OF", "SINCE", "EVENT"}
)
"""What an event follows."""
_STAGES: Final = frozenset({"WAS_EVER", "MOVE_TO", "SKIPS", "STAYS_IN"})
_LISTS: Final = frozenset({"QUANTIFIER", "NUMBER_OF", "FOR_EACH"})
_DATES: Final = frozenset({"DAYS_SINCE", "DAYS_UNTIL", "BEFORE", "AFTER", "ATTRIBUTE"})
_COMPARING: Final = frozenset(
    {"CMP", "IN", "NOT_IN", "IS", "IS_AT_LEAST", "FROM", "TO", "BETWEEN", "TEXT_CMP", "LIKE"}
)
_BREAKS: Final = frozenset({"AND", "OR", "NOT", "LPAR", "ARROW", "IF", "UNLESS", "WHEN"})
_OPTIONS: Final = {
    "LATE": ("skip", "run", "latest"),
    "EXISTING": ("ignore", "enter"),
    "IN_FLIGHT": ("follow", "finish old", "stop"),
    "AGAIN": ("always", "never"),
}


def offers_in(text: str, start: str, scope: Scope, words: Words) -> tuple[int, list[Offer]]:
    """Return what may stand at the end of a text, and from where on that replaces what is typed."""
    read = list(tokens(text))
    if len(text) > LONGEST or nesting(read) is not None:
        return len(text), []  # What nobody could read is not read here either.
    path = _PATH.search(text)
    if path is not None:
        found = list(_below(path["base"], text[: path.start()], start, scope))
        return len(text) - len(text[path.end("base") + 1 :]), found
    if read and read[-1].kind == "BAD_TEXT":
        begin = read[-1].start
        return begin + 1, _quoted(text[:begin], read[-1].text[0], start, scope, words)
    word = _WORD.search(text)
    begin = word.start() if word else len(text)
    offers = _from(text[:begin], start, scope, words)
    return begin, offers + _longer(text, begin, start)


def _from(text: str, start: str, scope: Scope, words: Words) -> list[Offer]:
    here = _ahead(text, start)
    if here is None:
        return []
    report = start == "figure"
    figure = report and _filter(here) is None
    found = _Names(text, here, scope, words)
    names = list(found.numbers() if figure else found.offers())
    keywords = here.kinds - (_SOFT if "_soft" in here.rules else frozenset())
    keywords -= frozenset() if report else PERIODS
    typed = [Offer(said, "keyword") for kind in sorted(keywords) for said in spellings(kind)]
    return list(dict.fromkeys([*names, *typed]))


def _ahead(text: str, start: str) -> Ahead | None:
    """Return what is open at the end; after a mistake, what is since the last word that joins."""
    read = list(tokens(text))
    found = ahead(read, start)
    for at in range(len(read) - 1, -1, -1):
        if found is not None:
            break
        if read[at].kind in _BREAKS:
            found = ahead(read[at + 1 :], "condition")
    return found


def _longer(text: str, begin: int, start: str) -> list[Offer]:
    """Return keywords of several words of which the first are typed: `count o`."""
    typed = _LAST_WORDS.search(text)
    found = []
    at = typed.start() if typed else len(text)
    while at < begin:
        here = _ahead(text[:at], start)
        head = " ".join(text[at:].split()) + ("" if begin < len(text) else " ")
        for kind in sorted(here.kinds if here is not None else ()):
            for said in spellings(kind):
                if said.startswith(head) and said != head:
                    rest = said[len(head) - len(text[begin:]) :]
                    found.append(Offer(said, "keyword", text=rest))
        at = text.index(" ", at) + 1
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def _quoted(text: str, quote: str, start: str, scope: Scope, words: Words) -> list[Offer]:
    """Return the values that may stand in a quote that was opened."""
    here = _ahead(text, start)
    kind = _Names(text, here, scope, words).beside() if here is not None else None
    return (
        [Offer(option, "value", text=f"{option}{quote}") for option in kind.options] if kind else []
    )


def _below(base: str, before: str, start: str, scope: Scope) -> Iterator[Offer]:
    """Yield what may stand behind a dot."""
    path = names_of(Tree("path", list(tokens(base)), 0, 0))
    here = _ahead(before, start)
    last = here.open[-1] if here is not None and here.open else None
    if isinstance(last, Token) and last.kind in ("STAT_OF", "MEDIAN_OF", "VALUE_OF"):
        if start == "figure" and path[0] == "customers":
            yield from _fields(scope.vocabulary.attributes, path[1:], "attribute")
            return
        event = declared(path[0], scope.vocabulary.events)
        yield from _fields(scope.vocabulary.events.get(event or "", {}), path[1:])
        return
    scope = _narrowed(before, here, scope) if here is not None else scope
    match path:
        case ("customer", *rest):
            yield from _fields(scope.vocabulary.attributes, rest, "attribute")
        case ("event" | "trigger", *rest):
            yield from _fields(scope.trigger_properties, rest)
        case (name,) if name in scope.answers:
            yield from (Offer(one, "field", "of an answer") for one in FIELDS)
        case _ if scope.record is not None:
            yield from _fields(dict(scope.record.fields), path)
        case _ if scope.item_event is not None or scope.change is not None:
            yield from _fields(scope.item_properties, path)
        case _:
            yield from _fields(scope.vocabulary.attributes, path)


def _fields(
    known: Mapping[str, Type], path: Sequence[str], kind: Kind = "property"
) -> Iterator[Offer]:
    """Yield the fields at a path below declared names."""
    for name in path:
        found = declared(name, known)
        known = dict(known[found].fields) if found is not None else {}
        kind = "field"
    for name, type_ in known.items():
        if " " not in name:  # Nothing of two words stands behind a dot.
            yield Offer(name, kind, spelt_type(type_))


def _narrowed(text: str, here: Ahead, scope: Scope) -> Scope:
    """Return what names stand for at the end of a text: inside `where (…)` the event's properties."""
    starting = next((one for one in here.open if _starts(one)), None)
    if isinstance(starting, Tree) and not scope.has_trigger:
        builder = Builder(_scalar(text), scope, Report())
        trigger = build_trigger(builder, starting)
        scope = started_by((trigger,), scope.vocabulary) if trigger is not None else scope
    at = _filter(here)
    return scope if at is None else _filtered(here.open[:at], scope)


def _starts(one: Tree | Token) -> bool:
    return isinstance(one, Tree) and one.rule.startswith("on_")


def _scalar(text: str) -> Scalar:
    return Scalar(text, NOWHERE)


def _filter(here: Ahead) -> int | None:
    """Return where the innermost `where (` stands that is open."""
    depth = 0
    for at in range(len(here.open) - 1, 0, -1):
        one, before = here.open[at], here.open[at - 1]
        if isinstance(one, Token) and one.kind == "RPAR":
            depth += 1
        elif isinstance(one, Token) and one.kind == "LPAR":
            if depth == 0 and isinstance(before, Token) and before.kind == "WHERE":
                return at - 1
            depth = max(depth - 1, 0)
    return None


def _filtered(before: Sequence[Tree | Token], scope: Scope) -> Scope:
    """Return the scope inside the filter of what stands before it."""
    last = before[-1]
    subject = last if isinstance(last, Tree) else before[-2]
    if isinstance(last, Token) and last.kind == "NAME":
        names: tuple[str, ...] = (last.text,)
    else:
        names = names_of(subject) if isinstance(subject, Tree) else (subject.text,)
    event = declared(names[0], scope.vocabulary.events)
    changes = isinstance(last, Token) and last.kind == "CHANGES"
    made = resolve(names, NOWHERE, scope, Report())
    type_ = type_of(made, scope) if made is not None else None
    if changes and type_ is not None:
        return replace(scope, change=type_)
    if type_ is not None and type_.kind == "list":
        return replace(scope, record=type_.item or Type("text"), record_of=names[-1])
    return replace(scope, item_event=event) if event is not None else scope


class _Names:
    """The names that may stand at the end of a text."""

    def __init__(self, text: str, here: Ahead, scope: Scope, words: Words) -> None:
        self.here = here
        self.scope = _narrowed(text, here, scope)
        self.words = words
        self.builder = Builder(_scalar(text), self.scope, Report())
        last = here.open[-1] if here.open else None
        self.last = last.kind if isinstance(last, Token) else ""
        if self.last == "COLON" and len(here.open) > 1 and isinstance(here.open[-2], Token):
            self.last = here.open[-2].kind  # The colon behind an option may be left out.

    def offers(self) -> Iterator[Offer]:
        """Yield each name with what it stands for."""
        if self.last in _OPTIONS:
            yield from (Offer(word, "value") for word in _OPTIONS[self.last])
        if self._other():
            yield from self._named("playbook")
        if not {"name", "path", "reference", "word"} & self.here.rules:
            return
        if "step" not in self.here.rules and "label" in self.here.rules:
            return  # A new name.
        if "step" in self.here.rules:
            yield from self._named("action")
            yield from (Offer(word, "keyword") for word in ("start", "cancel"))
        elif "zone" not in self.here.rules:
            yield from self._values()

    def numbers(self) -> Iterator[Offer]:
        """Yield each name that may stand in a number of a report, outside of its conditions."""
        if self.last in ("NUMBER_OF", "STAT_OF", "MEDIAN_OF"):
            yield Offer("customers", "keyword", "all customers")
        if self.last in _EVENTS or self.last == "TO":
            yield from self._named("event")
        elif {"path", "word"} & self.here.rules and self.last != "NUMBER_OF":
            yield from self._named("kpi")

    def _other(self) -> bool:
        """Whether `start` or `cancel` is typed, which the name of a playbook follows."""
        match self.here.open:
            case (*_, Token(kind="ARROW"), Token(kind="NAME", text="start" | "cancel")):
                return True
            case _:
                return False

    def _values(self) -> Iterator[Offer]:
        last = self.last
        if last in _EVENTS or ("event" in self.here.rules and "path" not in self.here.rules):
            yield from self._named("event")
            if last == "SINCE":
                yield Offer("trigger", "keyword", says="What started the run.")
        elif last in ("IN_SEGMENT", "MOVES_SEGMENT"):
            yield from self._named("segment")
        elif last in _STAGES:
            yield from self._named("stage")
        elif last in ("STAGE_OF", "OF"):
            yield from self._named("lifecycle")
        elif last in _LISTS or last in _DATES:
            wanted = ("list",) if last in _LISTS else ("date", "instant")
            yield from self._attributes(*wanted)
        elif last != "AS":
            yield from self._compared()

    def _compared(self) -> Iterator[Offer]:
        """Yield the values of what is compared, then all that has one."""
        kind = self.beside()
        bare = self.last in ("FROM", "TO") or self._stage()
        for option in kind.options if kind is not None else ():
            text = ".".join(map(say_name, option.split("."))) if bare else f'"{option}"'
            yield Offer(text, "stage" if self._stage() else "value")
        if kind is not None and kind.kind == "boolean":
            yield from (Offer(word, "value") for word in ("true", "false"))
        if "occasion" in self.here.rules:
            yield from self._named("event")
        inner = self.scope
        if inner.record is not None:
            yield from _spelt(_fields(dict(inner.record.fields), ()))
        elif inner.item_event is not None or inner.change is not None:
            yield from _spelt(_fields(inner.item_properties, ()))
        else:
            yield from self._attributes()
        yield from self._roots()

    def _attributes(self, *kinds: str) -> Iterator[Offer]:
        for name, type_ in self.scope.vocabulary.attributes.items():
            reserved = " " in name and (name.startswith("segment ") or lifecycle_of(name))
            if not reserved and (not kinds or type_.kind in kinds):
                detail = self.words.detail("attribute", name)
                yield Offer(name, "attribute", detail, text=say_name(name))
        if not kinds and self.words.names.get("lifecycle"):
            yield Offer("stage", "attribute", "of a lifecycle")

    def _roots(self) -> Iterator[Offer]:
        if self.scope.trigger_properties:
            yield Offer("event", "keyword", "what started the run", text="event.")
        if self.scope.item_event is not None or self.scope.record is not None:
            yield Offer("customer", "keyword", "the customer's attributes", text="customer.")
        for name in self.scope.answers:
            yield Offer(name, "keyword", "an answer", text=f"{name}.answer")

    def _named(self, what: Kind) -> Iterator[Offer]:
        return _spelt(self.words.offers(what))

    def beside(self) -> Type | None:
        """Return the type of what stands on the other side of a comparison."""
        left = self._left()
        made = None
        if isinstance(left, Tree):
            silent = left.rule in ("path", "reference", "word", "name")
            made = (
                resolve(names_of(left), NOWHERE, self.scope, Report())
                if silent
                else self.builder.build(left)
            )
        elif isinstance(left, Token) and left.kind == "NAME":
            made = resolve((left.text,), NOWHERE, self.scope, Report())
        return type_of(made, self.scope) if made is not None else None

    def _stage(self) -> bool:
        left = self._left()
        return isinstance(left, Tree) and names_stage(self.builder, left)

    def _left(self) -> Tree | Token | None:
        """Return the left side of the comparison that is open."""
        for at in range(len(self.here.open) - 1, 0, -1):
            one = self.here.open[at]
            if isinstance(one, Token) and one.kind in ("CHANGES", "MOVES"):
                return self.here.open[at - 1]
            if isinstance(one, Token) and one.kind in _COMPARING - {"FROM", "TO"}:
                return self.here.open[at - 1]
            inside = one.kind if isinstance(one, Token) else one.rule
            if inside not in ("FROM", "TO", "LSQB", "COMMA", "text", "number") and not (
                isinstance(one, Tree) and self.last == "COMMA"
            ):
                return None
        return None


def _spelt(offers: Iterator[Offer]) -> Iterator[Offer]:
    """Yield offers as names that can stand in a condition: in quotes where they need them."""
    for offer in offers:
        yield replace(offer, text=say_name(offer.label))
