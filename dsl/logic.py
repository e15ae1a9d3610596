"""What may stand under `if:`, `unless:` and `stop when:`: one condition, a list, `any:`, `none:`."""

from typing import Final

from ..engine.core.expr import And, Expr, Not, Or
from . import conditions
from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence
from .keys import INSIDE
from .missing import warn_missing
from .scope import Scope
from .shapes import known_keys, list_of, text_of

__all__ = ["condition"]

_WORDS: Final = INSIDE["joined"]


def condition(
    node: Node, key: str, scope: Scope, report: Report, *, denied: bool = False
) -> Expr | None:
    """Read a condition: a text, a list of which all must hold, or `any:` / `all:` / `none:`.

    `denied` is what lets something happen where it is false: `unless:` of a step.
    """
    made = _condition(node, key, scope, report)
    if made is not None:
        certain = (*scope.vocabulary.certain, *scope.asked)
        warn_missing(made, report, certain, denied=denied)
    return made


def _condition(node: Node, key: str, scope: Scope, report: Report) -> Expr | None:
    match node:
        case Scalar():
            text = text_of(node, f"`{key}:`", report)
            return conditions.condition(text, scope, report) if text is not None else None
        case Sequence(items):
            return _joined("all", items, node, key, scope, report)
        case Mapping(entries):
            known_keys(node, f"`{key}:`", _WORDS, report)
            parts = [
                _joined(
                    word.value,
                    list_of(value, f"`{word.value}:`", report),
                    value,
                    key,
                    scope,
                    report,
                )
                for word, value in entries
                if word.value in _WORDS
            ]
            return _and(parts, node)


def _joined(
    word: str, items: tuple[Node, ...], node: Node, key: str, scope: Scope, report: Report
) -> Expr | None:
    if not items:
        report.error("P103", node.span, f"`{key}:` has an empty list", "no condition here")
        return None
    parts = [_condition(item, key, scope, report) for item in items]
    if word == "all":
        return _and(parts, node)
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    either = known[0] if len(known) == 1 else Or(tuple(known), span=node.span)
    return Not(either, span=node.span) if word == "none" else either


def _and(parts: list[Expr | None], node: Node) -> Expr | None:
    """Join what must all hold, as `a and b` does; a list in a list is one list."""
    flat: list[Expr] = []
    for part in parts:
        if part is None:
            return None
        flat.extend(part.items if isinstance(part, And) else (part,))
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else And(tuple(flat), span=node.span)
