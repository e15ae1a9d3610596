"""Compiles `grammar.lark` to `table.json`, the parse table and the tokens that the parser reads.

Run as `python -m cuebook.dsl.table`. Nothing else imports Lark, so that checking starts fast.
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

from lark import Lark
from lark.grammar import Rule, Terminal
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift

__all__ = ["STARTS", "TABLE", "compiled", "lark", "main"]

GRAMMAR: Final = Path(__file__).with_name("grammar.lark")
TABLE: Final = Path(__file__).with_name("table.json")
STARTS: Final = (
    "condition",
    "happening",
    "duration",
    "goal",
    "again",
    "best",
    "trigger",
    "moves",
    "rule",
    "selection",
    "supposition",
    "figure",
)


def lark(*, strict: bool = False) -> Lark:
    """Build Lark's own parser of the grammar; `strict` refuses every conflict and collision."""
    return Lark(
        GRAMMAR.read_text("utf-8"),
        parser="lalr",
        lexer="basic",
        start=list(STARTS),
        strict=strict,
        maybe_placeholders=False,
    )


def compiled() -> str:
    """Return the table as it should stand in `table.json`."""
    built = lark()
    table = built.parser.parser._parse_table  # noqa: SLF001 - Lark has no public way to its table
    numbers = _numbered(table)
    rules = sorted(
        {
            argument
            for row in table.states.values()
            for act, argument in row.values()
            if act is Reduce
        },
        key=str,
    )
    rows = [
        {
            name: numbers[argument] if action is Shift else ~rules.index(argument)
            for name, (action, argument) in sorted(table.states[state].items())
        }
        for state in numbers
    ]
    terminals = sorted(built.terminals, key=_precedence)
    return _layout(
        {
            "words": _words([(one.name, one.pattern.to_regexp()) for one in terminals]),
            "ignored": list(built.ignore_tokens),
            "starts": {start: numbers[table.start_states[start]] for start in STARTS},
            "ends": {start: numbers[table.end_states[start]] for start in STARTS},
            "rules": [_rule(rule) for rule in rules],
            "rows": rows,
        }
    )


def _numbered(table: IntParseTable) -> dict[int, int]:
    """Give each state the place at which a walk meets it: Lark's own numbers vary by run."""
    numbers = dict[int, int]()
    ahead = [table.start_states[start] for start in reversed(STARTS)]
    while ahead:
        state = ahead.pop()
        if state not in numbers:
            numbers[state] = len(numbers)
            row = sorted(table.states[state].items(), reverse=True)
            ahead.extend(argument for _, (action, argument) in row if action is Shift)
    return numbers


def _precedence(terminal: TerminalDef) -> tuple[int, int, int, str]:
    """Order tokens as Lark's lexer tries them."""
    pattern = terminal.pattern
    return -terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name


def _words(terminals: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Sort the tokens by the letters they may begin with, so that few are tried at each place."""
    letters = {name: _letters(pattern) for name, pattern in terminals}
    signs = [one for one in terminals if not letters[one[0]]]
    names = {name for name, pattern in signs if re.match(pattern, "a")}
    buckets = {"": signs}
    for first in sorted(set("".join(letters.values()))):
        buckets[first] = [one for one in terminals if first in letters[one[0]] or one[0] in names]
    return buckets


def _letters(pattern: str) -> str:
    """Return the first letters of a keyword: one that may leave out `not` begins with `n` or `i`."""
    group = re.match(r"\(\?:([^()]*)\)(\??)", pattern)
    if group is None:
        return pattern[0] if pattern[0].isalpha() else ""
    words = [word for word in group[1].split("|") if word[0].isalpha()]
    after = pattern[group.end()] if group[2] else ""
    return "".join({word[0] for word in words} | {after})


def _rule(rule: Rule) -> list[object]:
    """Describe a rule: what it goes to, the node it makes, its parts, and whether one part stands alone.

    A part is kept (`k`), dropped (`-`), or gives its own parts (`i`).
    """
    parts = "".join(
        "-"
        if isinstance(part, Terminal) and part.filter_out
        else "i"
        if part.name.startswith("_")
        else "k"
        for part in rule.expansion
    )
    alone = bool(rule.options.expand1) and not rule.alias
    return [rule.origin.name, rule.alias or rule.origin.name, parts, alone]


def _layout(table: dict[str, object]) -> str:
    """Write one row a line, so that a change of the grammar shows as a small difference."""
    fields = []
    for key, value in table.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in value)
            fields.append(f'"{key}": [\n{lines}\n]')
        else:
            fields.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def main() -> int:
    """Write the table beside the grammar."""
    TABLE.write_text(compiled(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
