"""What can be told of limits and promises before anything happens: steps that are never performed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from ..engine.core.expr import And, Expr, GivenField, Matches, Not, Or
from ..engine.core.node import Json
from ..engine.core.plan import Do, Template
from ..engine.core.plan_limits import Never, channel_of, meets
from ..engine.core.vocabulary import fold
from .diagnostics import Report
from .document import Scalar
from .known import Known

__all__ = ["Settled", "check_promises", "promised", "settled"]

Settled = bool | None | Literal["open"]
"""What a condition comes to for everybody; `open` when that depends on who it is."""
_MESSAGE: Final = ("subject", "body", "html", "from")
"""What a template may supply although nothing of the kind is written at the step."""


def check_promises(name: Scalar, do: Do, known: Known, report: Report) -> None:
    """Report a step that a `never:` always forbids, and one whose purpose nobody can consent to."""
    if not (known.never or known.limits):
        return
    names = {fold(do.kind), fold(do.action)}
    channel = channel_of(known.channels, do.kind, do.action)
    for never in known.never:
        if any(meets(target, names, channel) for target in never.targets) and _always(never, do):
            title = f"`{name.value}` is never done like this"
            hint = "change what it is given, or what `never:` says in cuebook.yaml"
            report.error("A123", name.span, title, "a promise forbids it, whoever it is", hint)
    purpose = do.args.get("purpose", "marketing")
    if not isinstance(purpose, str) or "{" in purpose:
        return
    for limit in known.limits:
        asked = {one.purpose for one in limit.consents}
        covered = meets(limit.target, names, channel) and purpose not in limit.exempt
        if covered and asked and not asked & {"", purpose}:
            title = f"nobody can consent to the purpose `{purpose}`"
            hint = f"purposes with a consent are {', '.join(f'`{one}`' for one in sorted(asked))}"
            report.warn("A122", name.span, title, "so it is never sent", hint)


def _always(never: Never, do: Do) -> bool:
    """Tell whether a promise is broken by what an action is given alone."""
    met = True if never.condition is None else settled(never.condition, do)
    excepted = False if never.unless is None else settled(never.unless, do)
    return met is True and excepted in (False, None)


def promised(do: Do, templates: Mapping[str, Template]) -> Do:
    """Return an action with the purpose that its template has where it names none."""
    name = do.args.get("template")
    template = templates.get(name) if isinstance(name, str) else None
    if template is None or not template.purpose:
        return do
    return replace(do, args={"purpose": template.purpose, **do.args})


def settled(expr: Expr, do: Do) -> Settled:
    """Return what a condition comes to by what an action is given alone."""
    match expr:
        case Not(value):
            found = settled(value, do)
            return not found if isinstance(found, bool) else found
        case And(items) | Or(items):
            decisive = isinstance(expr, Or)
            parts = [settled(item, do) for item in items]
            if decisive in parts:
                return decisive
            return "open" if "open" in parts else None if None in parts else not decisive
        case _:
            return _leaf(expr, do)


def _leaf(expr: Expr, do: Do) -> Settled:
    # Only projects with promises pay for the walker.
    from ..engine.core.channels import History  # noqa: PLC0415
    from ..engine.core.evaluate import World, evaluate  # noqa: PLC0415
    from ..engine.core.plan import Calendar  # noqa: PLC0415
    from ..engine.core.readers import Cause  # noqa: PLC0415
    from ..engine.core.reads import nodes, reads  # noqa: PLC0415
    from ..engine.core.zone import UTC  # noqa: PLC0415

    found = reads(expr)
    parts = list(nodes(expr))
    if found.attributes or found.events or found.time:
        return "open"
    if any(isinstance(part, Matches) or _moves(part, do) for part in parts):
        return "open"
    world = World({}, History(), 0, UTC, Cause(0, do.args), Calendar(), {})
    value = evaluate(expr, world)
    return value if isinstance(value, bool) else None


def _moves(part: object, do: Do) -> bool:
    """Tell whether a word is a template, or may come from one."""
    if not isinstance(part, GivenField):
        return False
    word = part.path[0]
    if word not in do.args:
        return "template" in do.args and word in _MESSAGE
    return _has_template(do.args[word])


def _has_template(value: Json) -> bool:
    match value:
        case str():
            return "{" in value
        case list():
            return any(map(_has_template, value))
        case dict():
            return any(map(_has_template, value.values()))
        case _:
            return False
