"""Trees to what attributes were: `health_score 30 days ago`, `logins_30d drops by 20% in 14 days`."""

import re
from typing import Final, Literal, cast

from ..engine.core.expr import Ago, Attribute, Expr, MovedBy
from ..engine.core.plan import OnCondition, Trigger
from .build import Builder, Rule, stretch_of
from .parser import Token, Tree
from .typecheck import check_kind

__all__ = ["PAST", "on_moved"]

_WHOLE: Final = 100
_AMOUNT: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _ago(b: Builder, tree: Tree) -> Expr | None:
    value, sign = tree.parts
    found = _attribute(b, value)
    token = cast("Token", sign)
    written = token.text.removesuffix("ago").rstrip()
    length = stretch_of(b, Token(token.kind, written, token.start, token.start + len(written)))
    if found is None or length is None:
        return None
    return Ago(found, length, span=b.place(tree))


def _moved_by(b: Builder, tree: Tree) -> MovedBy | None:
    value, sign, amount, _, duration = tree.parts
    found = _attribute(b, value)
    length = stretch_of(b, cast("Token", duration))
    number = _amount(b, cast("Token", amount))
    if found is None or length is None or number is None:
        return None
    if not check_kind(found, "number", "T112", b.scope, b.report):
        return None
    words = " ".join(cast("Token", sign).text.split())
    direction = cast("Literal['drops by', 'rises by']", words)
    percent = cast("Token", amount).text.endswith("%")
    if percent and direction == "drops by" and number > _WHOLE:
        title = f"`{found.name}` drops by more than all of it only where it falls below zero"
        hint = "100% is all of it; without `%` it is an amount"
        b.report.warn("P402", b.place(amount), title, "more than all", hint)
    return MovedBy(found, direction, number, percent, length, span=b.place(tree))


def on_moved(b: Builder, tree: Tree) -> Trigger | None:
    """Make `logins_30d drops by 20% in 14 days` what starts a run: when it becomes true."""
    found = _moved_by(b, tree)
    return OnCondition(found) if found is not None else None


def _attribute(b: Builder, node: Tree | Token) -> Attribute | None:
    """Make what must be an attribute: of anything else nobody remembers what it was."""
    made = b.build(node)
    if made is None or isinstance(made, Attribute):
        return made
    hint = "give it a name under `signals:` in cuebook.yaml; a signal has a past"
    b.error("T301", node, "only an attribute has a past", "not an attribute", hint)
    return None


def _amount(b: Builder, token: Token) -> int | float | None:
    """Read `20` or `20%` as a number above zero."""
    text = token.text.removesuffix("%").rstrip()
    number = float(text) if _AMOUNT.fullmatch(text) else 0.0
    if not number:
        hint = "as in `drops by 20% in 14 days`, or `drops by 5 in 14 days`"
        b.error("T302", token, f"`{token.text}` is no amount to move by", "", hint)
        return None
    return int(number) if number.is_integer() else number


PAST: Final[dict[str, Rule]] = {"ago": _ago, "moved_by": _moved_by}
"""What builds each alternative of the grammar that this file knows."""
