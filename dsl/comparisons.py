"""Trees to comparisons: both sides built, then checked against each other."""

from typing import Final, Literal, cast

from ..engine.core.expr import (
    Between,
    Compare,
    Constant,
    Expr,
    In,
    IsMissing,
    IsPresent,
    Like,
    Matches,
    Not,
    TimeInStage,
    TimeSince,
)
from ..engine.core.lifecycles import stage_in
from .build import Builder, Rule, token_of, trees_of
from .diagnostics import Diagnostic, Fix
from .names import unquoted
from .parser import Token, Tree
from .positions import in_stages, names_stage, stage_equals, stage_is
from .spelling import nearest
from .typecheck import check_compare, check_equal, check_kind, check_order, check_range, check_spans

__all__ = ["COMPARISONS"]

Op = Literal["==", "!=", "<", "<=", ">", ">=", "contains", "starts with", "ends with"]
_MIRROR: Final[dict[str, Op]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _compare(b: Builder, tree: Tree) -> Expr | None:
    left, right = b.pair(tree.parts[0], tree.parts[2])
    if left is None or right is None:
        return None
    sign = cast("Token", tree.parts[1])
    op = cast("Op", " ".join(sign.text.split()))
    if isinstance(right, TimeSince | TimeInStage) and op in _MIRROR:
        left, right, op = right, left, _MIRROR[op]
    folded = len(tree.parts) > 3
    if op in ("==", "!=") and _is_about_stage(left, right):
        return stage_equals(b, tree, (left, right), op)
    node = Compare(op, left, right, folded, span=b.place(tree))
    return node if check_compare(node, b.scope, b.report) else None


def _is_about_stage(left: Expr, right: Expr) -> bool:
    """Whether one side is the stage of a lifecycle, and the other a text."""
    pairs = ((left, right), (right, left))
    return any(
        stage_in(stage) is not None and isinstance(text, Constant) and isinstance(text.value, str)
        for stage, text in pairs
    )


def _chained(b: Builder, tree: Tree) -> Expr | None:
    second = tree.parts[3]
    hint = "ask `… between 1 and 5`, or join two comparisons with `and`"
    b.error("S108", second, "comparisons do not chain", "a second comparison", hint)
    return None


def _bad_equals(b: Builder, tree: Tree) -> Expr | None:
    sign = token_of(tree, "BAD_EQUALS") or tree
    fix = Fix(b.place(sign), "==")
    note = Diagnostic("S102", "`=` is written `==`", fix.span, "", ("write `==`",), fix=fix)
    b.report.add(note)
    b.pair(tree.parts[0], tree.parts[2])
    return None


def _is(b: Builder, tree: Tree) -> Expr | None:
    left, sign, right = tree.parts
    written = b.text.value
    if names_stage(b, left):
        return stage_is(b, tree)
    negated = "not" in written[sign.start : sign.end]
    op = "!=" if negated else "=="
    value, asked = written[right.start : right.end], written[left.start : left.end]
    word = nearest(value, ("missing", "present"))
    if value.lower() in ("null", "none", "nil", "undefined", "empty"):
        word = "missing"
    if negated and word is not None:
        word = "present" if word == "missing" else "missing"
    if isinstance(right, Tree) and right.rule == "path" and word is None:
        value = f'"{value}"'
    hint = f"write `{asked} {op} {value}`" if word is None else f"write `{asked} is {word}`"
    b.error("S112", sign, "`is` only asks for `missing` or `present`", "", hint)
    return None


def _between(b: Builder, tree: Tree) -> Expr | None:
    parts = trees_of(tree)
    made = [b.build(part) for part in parts]
    value, low, high = made
    if value is None or low is None or high is None:
        return None
    if not check_range(value, (low, high), b.scope, b.report):
        return None
    first = check_order(value, low, b.scope, b.report)
    if not check_order(value, high, b.scope, b.report) or not first:
        return None
    return Between(value, low, high, span=b.place(tree))


def _in(b: Builder, tree: Tree) -> Expr | None:
    left, right = trees_of(tree)
    if right.rule == "list" and names_stage(b, left):
        return in_stages(b, tree)
    value = b.build(left)
    if right.rule != "list":
        hint = 'write `plan in ["free", "pro"]`; to look into a list, `tags contains "vip"`'
        if right.rule == "duration_of":
            length = b.text.value[right.start : right.end]
            hint = f"write `in next {length}` or `in last {length}`"
        b.error("T111", right, "`in` takes a list in brackets", "not a list", hint)
        return None
    made = [b.beside(item, left) for item in right.parts]
    if value is None or any(item is None for item in made):
        return None
    items = tuple(item for item in made if item is not None)
    if not check_spans((value, *items), b.report):
        return None
    folded = token_of(tree, "IGNORING_CASE") is not None
    fine = [check_equal(value, item, b.scope, b.report, folded=folded) for item in items]
    return In(value, items, folded, span=b.place(tree)) if all(fine) else None


def _not_in(b: Builder, tree: Tree) -> Expr | None:
    found = _in(b, tree)
    return Not(found, span=b.place(tree)) if found is not None else None


def _like(b: Builder, tree: Tree) -> Expr | None:
    value = b.build(tree.parts[0])
    if value is None or not check_kind(value, "text", "T109", b.scope, b.report):
        return None
    token = cast("Token", tree.parts[2])
    pattern, folded = unquoted(token.text), len(tree.parts) > 3
    if tree.rule == "like":
        return Like(value, pattern, folded, span=b.place(tree))
    import re2  # noqa: PLC0415 - only playbooks with `matches` pay for it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as why:
        reason = why.args[0].decode() if isinstance(why.args[0], bytes) else str(why)
        b.error("T110", token, "this regular expression is not understood", reason)
        return None
    return Matches(value, pattern, folded, span=b.place(tree))


def _known(b: Builder, tree: Tree) -> Expr | None:
    value = b.build(tree.parts[0])
    if value is None:
        return None
    return (IsMissing if tree.rule == "is_missing" else IsPresent)(value, span=b.place(tree))


COMPARISONS: Final[dict[str, Rule]] = {
    "compare": _compare,
    "chained": _chained,
    "bad_equals": _bad_equals,
    "is_": _is,
    "between": _between,
    "in_": _in,
    "not_in": _not_in,
    "like": _like,
    "matches": _like,
    "is_missing": _known,
    "is_present": _known,
}
"""What builds each alternative of the grammar that this file knows."""
