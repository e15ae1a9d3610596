"""Text to a tree by the compiled table: a lexer of one pattern and an LALR loop, with places.

It never raises on what an author writes: where the text ends to make sense, a `Mistake` says what
was found and what could have stood there. Lark compiles the grammar but is not imported here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

__all__ = ["END", "Ahead", "Mistake", "Token", "Tree", "ahead", "parse", "tokens"]

END: Final = "$END"
"""The kind of the token behind the last."""


@dataclass(slots=True, eq=False)
class Token:
    """One word, number, text or sign."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Tree:
    """What a rule of the grammar matched, by the rule's name or the name of the alternative."""

    rule: str
    parts: "list[Tree | Token]"
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mistake:
    """The token that does not fit, and the kinds of token that would."""

    found: Token
    before: Token | None
    expected: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ahead:
    """The end of a text that may go on: what is open there, and what may follow."""

    open: tuple[Tree | Token, ...]
    """What was read and belongs to nothing finished yet, in the order in which it stands."""
    kinds: frozenset[str]
    """The kinds of token that fit."""
    rules: frozenset[str]
    """The rules of the grammar that may begin."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Rule:
    origin: str
    name: str
    parts: str
    """For each part whether it is kept (`k`), dropped (`-`) or gives its own parts (`i`)."""
    alone: bool
    """Whether a single part stands for itself."""
    plain: bool
    """Whether every part is kept as it is."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Table:
    words: dict[str, list[tuple[str, str]]]
    """The tokens that may begin with a letter, by that letter; under `""` those of all else."""
    patterns: dict[str, re.Pattern[str]]
    """The patterns of `words`, each compiled when a text first needs it."""
    ignored: frozenset[str]
    starts: dict[str, int]
    ends: dict[str, int]
    rules: tuple[_Rule, ...]
    rows: tuple[dict[str, int], ...]


@cache
def _table() -> _Table:
    raw: dict[str, Any] = json.loads(Path(__file__).with_name("table.json").read_bytes())
    return _Table(
        words=raw["words"],
        patterns={},
        ignored=frozenset(raw["ignored"]),
        starts=raw["starts"],
        ends=raw["ends"],
        rules=tuple(
            _Rule(origin, name, parts, alone, set(parts) <= {"k"})
            for origin, name, parts, alone in raw["rules"]
        ),
        rows=tuple(raw["rows"]),
    )


def tokens(text: str) -> Iterator[Token]:
    """Cut a text into tokens; there is a token for every character, so nothing is lost."""
    table = _table()
    ignored, patterns = table.ignored, table.patterns
    at, end = 0, len(text)
    while at < end:
        first = text[at]
        match = (patterns.get(first) or _pattern(table, first)).match(text, at)
        kind = (match and match.lastgroup) or "BAD"
        stop = match.end() if match else at + 1
        if kind not in ignored:
            yield Token(kind, text[at:stop], at, stop)
        at = stop


def _pattern(table: _Table, first: str) -> re.Pattern[str]:
    """Compile the tokens that may begin with this character, once."""
    kinds = table.words.get(first) or table.words[""]
    pattern = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in kinds))
    if first in table.words or first.isascii():
        table.patterns[first] = pattern
    return pattern


def parse(text: list[Token], start: str) -> Tree | Mistake:
    """Read tokens as one `start` of the grammar."""
    table = _table()
    rows, rules = table.rows, table.rules
    states, values = [table.starts[start]], list[Tree | Token]()
    last = text[-1].end if text else 0
    goal = table.ends[start]
    for index, token in enumerate([*text, Token(END, "", last, last)]):
        while (action := rows[states[-1]].get(token.kind)) is not None:
            if action >= 0:
                states.append(action)
                values.append(token)
                break
            _reduce(rules[~action], states, values, rows)
            if token.kind == END and states[-1] == goal:
                break
        else:
            before = text[index - 1] if index else None
            return Mistake(token, before, frozenset(_expected(states, table, goal)))
    result = values[0]
    return result if isinstance(result, Tree) else Tree(start, [result], result.start, result.end)


def ahead(text: list[Token], start: str) -> Ahead | None:
    """Read the beginning of one `start` of the grammar; None where it is none."""
    table = _table()
    rows, goal = table.rows, table.ends[start]
    states, values = [table.starts[start]], list[Tree | Token]()
    for token in text:
        while (action := rows[states[-1]].get(token.kind)) is not None:
            if action >= 0:
                states.append(action)
                values.append(token)
                break
            _reduce(table.rules[~action], states, values, rows)
        else:
            return None
    rules = (name for name in rows[states[-1]] if name != END and not name.isupper())
    return Ahead(tuple(values), frozenset(_expected(states, table, goal)), frozenset(rules))


def _reduce(
    rule: _Rule, states: list[int], values: list[Tree | Token], rows: tuple[dict[str, int], ...]
) -> None:
    """Put what the rule matched in place of its parts."""
    size = len(rule.parts)
    if size == 1 and rule.alone and rule.plain:
        del states[-1]
    elif size == 0:
        at = values[-1].end if values else 0
        values.append(Tree(rule.name, [], at, at))
    else:
        taken = values[-size:]
        del states[-size:], values[-size:]
        values.append(_node(rule, taken))
    states.append(rows[states[-1]][rule.origin])


def _node(rule: _Rule, taken: list[Tree | Token]) -> Tree | Token:
    if rule.plain:
        kept = taken
    else:
        kept = []
        for how, part in zip(rule.parts, taken, strict=True):
            if how == "k":
                kept.append(part)
            elif how == "i" and isinstance(part, Tree):
                kept.extend(part.parts)
    if rule.alone and len(kept) == 1:
        return kept[0]
    return Tree(rule.name, kept, taken[0].start, taken[-1].end)


def _expected(states: list[int], table: _Table, goal: int) -> Iterator[str]:
    """Try each kind of token in this state: an action alone does not yet mean that it would fit."""
    for kind in table.rows[states[-1]]:
        if (kind == END or kind.isupper()) and _fits(kind, list(states), table, goal):
            yield kind


def _fits(kind: str, states: list[int], table: _Table, goal: int) -> bool:
    while (action := table.rows[states[-1]].get(kind)) is not None:
        if action >= 0:
            return True
        rule = table.rules[~action]
        del states[len(states) - len(rule.parts) :]
        states.append(table.rows[states[-1]][rule.origin])
        if kind == END and states[-1] == goal:
            return True
    return False
