"""Trees to condition nodes: names resolved, types checked, all mistakes of one text reported.

Each alternative of the grammar has one function, here or in `comparisons.py` or `history.py`, and
it returns None where a part could not be understood, after saying why.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal, cast

from ..engine.core.duration import UNITS, Duration
from ..engine.core.expr import (
    And,
    Arith,
    Constant,
    DayOf,
    Default,
    DurationOf,
    Expr,
    Negate,
    Not,
    Now,
    Or,
    Today,
)
from ..engine.core.origin import Span
from ..engine.core.vocabulary import Type
from .diagnostics import Diagnostic, Fix, Report
from .document import Scalar
from .names import resolve, unquoted
from .parser import Token, Tree
from .scope import Scope
from .syntax import unit_hint
from .typecheck import (
    check_boolean,
    check_equal,
    check_kind,
    check_spans,
    type_of,
)

__all__ = [
    "BUILD",
    "Builder",
    "Rule",
    "bad_unit",
    "length_of",
    "names_of",
    "stretch_of",
    "token_of",
    "trees_of",
]


@dataclass(slots=True, eq=False, repr=False)
class Builder:
    """What building one text needs: the text, its scope, and where mistakes go."""

    text: Scalar
    scope: Scope
    report: Report
    tail: Tree | None = None
    """The `… for D` at the end of a `when`: its duration is the trigger's."""
    hold: Duration | None = field(default=None)

    def place(self, node: Tree | Token) -> Span:
        """Return where a node was written."""
        return self.text.place(node.start, node.end)

    def error(self, code: str, node: Tree | Token, title: str, label: str, *hints: str) -> None:
        """Report a mistake at a node."""
        self.report.error(code, self.place(node), title, label, *hints)

    def build(self, node: Tree | Token) -> Expr | None:
        """Make the node of a tree."""
        assert isinstance(node, Tree), node  # noqa: S101 - values and conditions are never bare tokens
        return BUILD[node.rule](self, node)

    def condition(self, node: Tree | Token) -> Expr | None:
        """Make a node that must be true or false."""
        made = self.build(node)
        return made if made is not None and check_boolean(made, self.scope, self.report) else None

    def inside(self, event: str) -> "Builder":
        """Return a builder for what stands in `where (…)` of an event."""
        return self.under(replace(self.scope, item_event=event, record=None, change=None))

    def under(self, scope: Scope) -> "Builder":
        """Return a builder for a part of the text where names stand for something else."""
        return Builder(self.text, scope, self.report)

    def among(self, item: Type, called: str) -> "Builder":
        """Return a builder for what stands in `where (…)` of a list of such items."""
        return self.under(replace(self.scope, record=item, record_of=called))

    def pair(self, left: Tree | Token, right: Tree | Token) -> tuple[Expr | None, Expr | None]:
        """Make two sides of a comparison; a name on one side may be a value of the other."""
        return self.beside(left, right), self.beside(right, left)

    def beside(self, node: Tree | Token, other: Tree | Token) -> Expr | None:
        """Make one side; only where its name is unknown does the other side's type matter."""
        if not isinstance(node, Tree) or node.rule != "path":
            return self.build(node)
        silent = Report()
        made = resolve(names_of(node), self.place(node), self.scope, silent)
        if made is None:
            neighbour = Builder(self.text, self.scope, Report()).build(other)
            named = neighbour is not None and not isinstance(neighbour, Constant)
            type_ = type_of(neighbour, self.scope) if neighbour is not None and named else None
            resolve(names_of(node), self.place(node), self.scope, self.report, type_)
        self.report.mentions += silent.mentions
        return made


Rule = Callable[[Builder, Tree], Expr | None]


def trees_of(tree: Tree) -> list[Tree]:
    """Return the parts of a tree that are trees."""
    return [part for part in tree.parts if isinstance(part, Tree)]


def token_of(tree: Tree, *kinds: str) -> Token | None:
    """Return the first token of one of these kinds directly below a tree."""
    for part in tree.parts:
        if isinstance(part, Token) and part.kind in kinds:
            return part
    return None


def names_of(tree: Tree) -> tuple[str, ...]:
    """Return the names in a path, a name or a reference."""
    names = list[str]()
    for part in tree.parts:
        if isinstance(part, Token):
            names.append(unquoted(part.text))
        else:
            names += names_of(part)
    return tuple(names)


# --- logic --------------------------------------------------------------------------------------


def _many(b: Builder, tree: Tree) -> Expr | None:
    """Make `a and b and c`, `a or b or c`."""
    signs = [part for part in tree.parts if isinstance(part, Token) and part.kind == "BAD_OR"]
    for sign in signs:
        b.error("S103", sign, "`||` is written `or`", "", "write `or`")
    if tree.rule == "or_":
        _warn_mixed(b, tree)
    made = [b.condition(part) for part in trees_of(tree)]
    items = tuple(item for item in made if item is not None)
    if signs or len(items) < len(made):
        return None
    return (Or if tree.rule == "or_" else And)(items, span=b.place(tree))


def _warn_mixed(b: Builder, tree: Tree) -> None:
    for part in trees_of(tree):
        if part.rule in ("and_", "bad_and"):
            span = b.place(part)
            written = b.text.value[part.start : part.end]
            b.report.add(
                Diagnostic(
                    "L301",
                    "`and` and `or` are mixed without brackets",
                    span,
                    "this is taken together",
                    (f"write `({written})`",),
                    severity="warning",
                    fix=Fix(span, f"({written})"),
                )
            )


def _bad_and(b: Builder, tree: Tree) -> Expr | None:
    sign = token_of(tree, "BAD_AND") or tree
    b.error("S103", sign, "`&&` is written `and`", "", "write `and`")
    _visit(b, tree)
    return None


def _bad_not(b: Builder, tree: Tree) -> Expr | None:
    b.error("S103", token_of(tree, "BAD_NOT") or tree, "`!` is written `not`", "", "write `not`")
    _visit(b, tree)
    return None


def _visit(b: Builder, tree: Tree) -> None:
    """Look for mistakes in the parts of what is a mistake itself."""
    for part in trees_of(tree):
        if part.rule in BUILD:
            b.build(part)


def _not(b: Builder, tree: Tree) -> Expr | None:
    value = b.condition(tree.parts[1])
    return Not(value, span=b.place(tree)) if value is not None else None


def _group(b: Builder, tree: Tree) -> Expr | None:
    return b.build(tree.parts[0])


# --- values -------------------------------------------------------------------------------------


def _path(b: Builder, tree: Tree) -> Expr | None:
    return resolve(names_of(tree), b.place(tree), b.scope, b.report)


def _arith(b: Builder, tree: Tree) -> Expr | None:
    left, right = b.build(tree.parts[0]), b.build(tree.parts[2])
    if left is None or right is None:
        return None
    for side in (left, right):
        type_ = type_of(side, b.scope)
        if type_ is not None and type_.kind in ("date", "instant", "duration"):
            hint = "ask `renewal_date in next 30 days`, or `days until renewal_date < 30`"
            b.report.error("T106", side.span, "dates are not calculated with", type_.kind, hint)
            return None
    if not all(check_kind(side, "number", "T106", b.scope, b.report) for side in (left, right)):
        return None
    op = cast("Literal['+', '-', '*', '/']", cast("Token", tree.parts[1]).text)
    return Arith(op, left, right, span=b.place(tree))


def _negate(b: Builder, tree: Tree) -> Expr | None:
    value = b.build(tree.parts[1])
    if value is None or not check_kind(value, "number", "T106", b.scope, b.report):
        return None
    return Negate(value, span=b.place(tree))


def _default(b: Builder, tree: Tree) -> Expr | None:
    value, otherwise = b.pair(tree.parts[0], tree.parts[2])
    if value is None or otherwise is None or not check_spans((value, otherwise), b.report):
        return None
    types = type_of(value, b.scope), type_of(otherwise, b.scope)
    if Type("boolean") not in types and not check_equal(value, otherwise, b.scope, b.report):
        return None
    return Default(value, otherwise, span=b.place(tree))


def _number(b: Builder, tree: Tree) -> Expr | None:
    text = cast("Token", tree.parts[0]).text
    return Constant(float(text) if "." in text else int(text), span=b.place(tree))


def _text(b: Builder, tree: Tree) -> Expr | None:
    return Constant(unquoted(cast("Token", tree.parts[0]).text), span=b.place(tree))


def _list(b: Builder, tree: Tree) -> Expr | None:
    made = [b.build(part) for part in tree.parts]
    if not all(isinstance(one, Constant) for one in made):
        if None not in made:
            b.error("T112", tree, "a list here holds written values only", "")
        return None
    return Constant(tuple(one for one in made if isinstance(one, Constant)), span=b.place(tree))


def _date(b: Builder, tree: Tree) -> Expr | None:
    token = cast("Token", tree.parts[1])
    written = unquoted(token.text)
    try:
        if date.fromisoformat(written).isoformat() == written:
            return DayOf(written, span=b.place(tree))
        why = "not written as year-month-day"
    except ValueError as error:
        why = str(error)
    b.error("D101", token, f'"{written}" is not a date', why, 'write `date "2026-03-01"`')
    return None


def length_of(b: Builder, token: Token) -> Duration | None:
    """Read a duration token: `7 days`, `7d`."""
    digits = token.text.rstrip("abcdefghijklmnopqrstuvwxyz \t\r\n")
    unit = " ".join(token.text[len(digits) :].split()).removesuffix("s")
    unit = {"h": "hour", "d": "day", "w": "week"}.get(unit, unit)
    count = float(digits) if "." in digits else int(digits)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    assert unit in UNITS, unit  # noqa: S101 - the token allows no other
    exact = unit in ("minute", "hour")
    if isinstance(count, float) and not exact:
        b.error("D103", token, f"`{token.text}` is not a whole number of {unit}s", "")
        return None
    if count > 100_000:
        b.error("D103", token, f"`{token.text}` is longer than anybody waits", "")
        return None
    return Duration(count, unit)


def stretch_of(b: Builder, token: Token) -> Duration | None:
    """Read a duration token of which something has to lie in it: `in last 30 days`."""
    length = length_of(b, token)
    if length is not None and length.count <= 0:
        b.error(
            "D103", token, f"nothing lies in `{token.text}`", "no time at all", "as in `7 days`"
        )
        return None
    return length


def _duration_of(b: Builder, tree: Tree) -> Expr | None:
    length = length_of(b, cast("Token", tree.parts[0]))
    return DurationOf(length, span=b.place(tree)) if length is not None else None


def bad_unit(b: Builder, tree: Tree) -> None:
    """Report `4 hrs`."""
    unit = cast("Token", tree.parts[1])
    b.error("S106", unit, f"unknown unit `{unit.text}`", "not a unit of time", unit_hint(unit.text))


def _bad_number(b: Builder, tree: Tree) -> None:
    plain = "".join(sign for sign in b.text.value[tree.start : tree.end] if sign in "0123456789.")
    title = f"`{b.text.value[tree.start : tree.end]}` is not a number"
    b.error("S105", tree, title, "digits and a point only", f"write `{plain}`")


def _bad_quotes(b: Builder, tree: Tree) -> None:
    written = b.text.value[tree.start + 1 : tree.end - 1]
    fix = Fix(b.place(tree), f'"{written}"')
    hints = (f'write `"{written}"`',)
    b.report.add(
        Diagnostic("S104", "curly quotes do not make a text", fix.span, "", hints, fix=fix)
    )


def _bad_text(b: Builder, tree: Tree) -> None:
    b.error("S104", tree, "the quote is not closed", "opened here")


def _bad_sign(b: Builder, tree: Tree) -> None:
    sign = b.text.value[tree.start : tree.end]
    b.error("S101", tree, f"`{sign}` does not fit here", "expected a value")


BUILD: Final[dict[str, Rule]] = {
    "or_": _many,
    "and_": _many,
    "bad_and": _bad_and,
    "not_": _not,
    "bad_not": _bad_not,
    "group": _group,
    "path": _path,
    "arith": _arith,
    "negate": _negate,
    "default": _default,
    "number": _number,
    "text": _text,
    "list": _list,
    "true": lambda b, tree: Constant(True, span=b.place(tree)),  # noqa: FBT003 - the value itself
    "false": lambda b, tree: Constant(False, span=b.place(tree)),  # noqa: FBT003 - the value itself
    "now": lambda b, tree: Now(span=b.place(tree)),
    "today": lambda b, tree: Today(span=b.place(tree)),
    "date": _date,
    "duration_of": _duration_of,
    "bad_unit": bad_unit,
    "bad_number": _bad_number,
    "bad_quotes": _bad_quotes,
    "bad_text": _bad_text,
    "bad_sign": _bad_sign,
}
