"""For whom a step is done: `for each: contacts where (…)`, and the templates that name `each`."""

from dataclasses import replace

from ..engine.core.expr import Records
from ..engine.core.plan import Do
from . import conditions, templates
from .diagnostics import Report
from .document import Scalar
from .known import Known
from .scope import Scope
from .typecheck import type_of

__all__ = ["each_of", "lacks_each", "one_answer"]


def each_of(text: Scalar, scope: Scope, report: Report) -> tuple[Records | None, Scope]:
    """Read the records that a step is done for; return them with what its templates may name."""
    found = conditions.selection(text, scope, report)
    kind = type_of(found.of, scope) if found is not None else None
    return found, replace(scope, each=kind.item) if kind is not None else scope


def lacks_each(name: Scalar, do: Do, known: Known, report: Report) -> None:
    """Report an action that was declared for each record where no list is named."""
    action = known.action(name.value)
    own = [value for _, value in action.words] if action is not None else []
    texts = [node.value for node in own if isinstance(node, Scalar)]
    if any(text in do.args.values() and templates.mentions_each(text) for text in texts):
        hint = f"name the list: `for each: contacts where (…)` beside `do: {name.value}`"
        title = f"`{name.value}` is done for each record of a list, and none is named"
        report.error("A108", name.span, title, "it mentions `each`", hint)


def one_answer(do: Do, where: Scalar, report: Report) -> None:
    """Report a name for the answer of an action that is done many times."""
    if do.each is not None and do.answer:
        hint = "leave out `as:`, or do it without `for each:`"
        title = f"`{do.answer}` would be many answers: one for each record"
        report.error("P140", where.span, title, "done for each record", hint)
