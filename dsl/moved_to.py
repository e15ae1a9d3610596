"""What `move to stage:` says in a playbook: a stage, or one for each of several lifecycles."""

from ..engine.core.expr import Constant, Expr
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .impossible import check_target
from .known import Known
from .shapes import text_of
from .stages import find_lifecycle, find_stage, only_lifecycle

__all__ = ["moved_to"]


def moved_to(node: Node, key: Scalar, known: Known, report: Report) -> tuple[tuple[str, Expr], ...]:
    """Read `retention`, or `{product-b: trial}`, as values of the attributes that hold stages."""
    words = known.vocabulary.attributes
    values: list[tuple[str, Expr]] = []
    entries = node.entries if isinstance(node, Mapping) else ((None, node),)
    if not entries:
        hint = "as in `move to stage: active`"
        report.error("P103", node.span, "`move to stage:` names no stage", "where to?", hint)
    for lifecycle, given in entries:
        text = text_of(given, "`move to stage:`", report)
        name = (
            only_lifecycle(key.span, words, report)
            if lifecycle is None
            else find_lifecycle(lifecycle.value, lifecycle.span, words, report)
        )
        if text is None or name is None:
            continue
        stage = find_stage(text.value, text.span, name, words, report)
        if stage is not None:
            check_target(name, stage, text.span, known.lifecycles, known.vocabulary, report)
            values.append((name, Constant(stage, span=text.span)))
    return tuple(values)
