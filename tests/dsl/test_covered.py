"""Every construct of the grammar, and every key of YAML, stands in a file of the corpus that passes."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cuebook.dsl import compile_project, conditions, parser, shapes
from cuebook.dsl.document import Mapping, Node, Scalar
from cuebook.dsl.keys import COMMON
from cuebook.dsl.table import lark

from .test_suppositions import SUPPOSED

CORPUS = Path(__file__).parents[1] / "corpus"
OK = sorted((CORPUS / "ok").iterdir())
NAMELESS = CORPUS / "err" / "L101-no-name.play"
"""A rule without a name compiles, and is advised to have one: it cannot stand among what passes."""
WRONG = re.compile(r"bad_|chained$")
"""Alternatives that only exist to say what is wrong."""


@pytest.fixture(scope="module")
def seen() -> Iterator["Seen"]:
    """Compile all that passes, and look on."""
    with pytest.MonkeyPatch.context() as patch:
        watching = Seen(patch)
        conditions._parsed.cache_clear()  # What was read before would not be read again.
        for path in (*OK, NAMELESS):
            compile_project(path, year=2026)
        for text, _ in SUPPOSED:
            parser.parse([*parser.tokens(text)], "supposition")
        yield watching


class Seen:
    """What compiling has met: rules of the grammar, tokens, keys of mappings, and words chosen."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.rules: set[tuple[str, ...]] = set()
        self.tokens: set[str] = set()
        self.legal: set[tuple[str, str]] = set()
        self.written: set[tuple[str, str]] = set()
        self.choices: set[tuple[str, str]] = set()
        self.chosen: set[tuple[str, str]] = set()
        reduce, cut, keys, choose = (
            parser._reduce,
            parser.tokens,
            shapes.known_keys,
            shapes.chosen,
        )

        def reduced(rule: Any, *rest: Any) -> None:
            self.rules.add((rule.origin, rule.name, *rule.parts, str(len(rule.parts))))
            reduce(rule, *rest)

        def tokens(text: str) -> Iterator[parser.Token]:
            for token in cut(text):
                self.tokens.add(token.kind)
                yield token

        def known(
            mapping: Mapping, what: str, legal: Iterable[str], *rest: Any, **more: Any
        ) -> None:
            allowed = tuple(legal)
            self.legal |= {_place(what, allowed, key) for key in allowed}
            self.written |= {_place(what, allowed, key.value) for key, _ in mapping.entries}
            keys(mapping, what, allowed, *rest, **more)

        def chosen(node: Node, key: str, choices: tuple[str, ...], *rest: Any) -> str | None:
            self.choices |= {(key, word) for word in choices}
            if isinstance(node, Scalar):
                self.chosen.add((key, node.value))
            return choose(node, key, choices, *rest)

        for name, module in list(sys.modules.items()):
            if name.startswith("cuebook.dsl"):
                for attribute, own, watching in (
                    ("_reduce", reduce, reduced),
                    ("tokens", cut, tokens),
                    ("known_keys", keys, known),
                    ("chosen", choose, chosen),
                ):
                    if getattr(module, attribute, None) is own:
                        patch.setattr(module, attribute, watching)


def _place(what: str, legal: tuple[str, ...], key: str) -> tuple[str, str]:
    """Return where a key stands: mappings that take the same keys are one, whatever their names."""
    if what.endswith(" step"):
        return "a step" if key in COMMON else what, key
    return ", ".join(sorted(legal)), key


def test_every_alternative_of_the_grammar_stands_in_the_corpus(seen: Seen) -> None:
    """An alternative that no file uses is one that nobody knows to work."""
    every = {
        (rule.origin, rule.name, *rule.parts, str(len(rule.parts)))
        for rule in parser._table().rules
    }

    missing = {rule for rule in every - seen.rules if not any(map(WRONG.match, rule[:2]))}
    assert sorted(missing) == []


def test_every_keyword_stands_in_the_corpus(seen: Seen) -> None:
    """What cannot be found in the corpus cannot be found in the manual either."""
    every = {
        symbol.name
        for rule in lark().rules
        for symbol in rule.expansion
        if symbol.is_term and not any(map(WRONG.match, (rule.origin.name, rule.alias or "")))
    }

    assert sorted(name for name in every - seen.tokens if not name.startswith("BAD")) == []


def test_every_key_stands_in_the_corpus(seen: Seen) -> None:
    """A key that no file uses may be legal and do nothing."""
    assert sorted(seen.legal - seen.written) == []


def test_every_word_to_choose_from_is_chosen_in_the_corpus(seen: Seen) -> None:
    """Of `skip`, `restart` and `parallel` each compiles."""
    assert sorted(seen.choices - seen.chosen) == []
