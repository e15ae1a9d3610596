"""Names of lifecycles and of their stages, found by what an author may leave out."""

from collections.abc import Iterable, Mapping

from ..engine.core.lifecycles import lifecycle_of, named, stage_of, stages, the_stage
from ..engine.core.origin import Span
from ..engine.core.vocabulary import Type, fold
from .diagnostics import Report, Word
from .scope import declared

__all__ = ["find_lifecycle", "find_stage", "is_stage", "only_lifecycle"]

Attributes = Mapping[str, Type]


def is_stage(name: str, attributes: Iterable[str]) -> bool:
    """Return whether a name is `stage` and means the stage of a lifecycle, not an attribute."""
    return fold(name) == "stage" and declared(name, attributes) is None


def only_lifecycle(span: Span, attributes: Attributes, report: Report) -> str | None:
    """Return the attribute that `stage` alone means; report where none is declared, or several."""
    found = the_stage(attributes)
    if found is None:
        others = [name for name in attributes if lifecycle_of(name) is not None]
        if others:
            hint = f"write {' or '.join(f'`{name}`' for name in others)}"
            title = "`stage` does not say of which lifecycle"
            report.error("N302", span, title, "there are several", hint)
        else:
            hint = (
                "declare one in cuebook.yaml: `lifecycles: {customer: {stages: [trial, active]}}`"
            )
            report.error("N301", span, "no lifecycle is declared", "nothing has a stage", hint)
    return found


def find_lifecycle(name: str, span: Span, attributes: Attributes, report: Report) -> str | None:
    """Return the attribute that holds the stage of a lifecycle of this name."""
    found = declared(stage_of(name), attributes)
    if found is not None:
        report.mention("lifecycle", lifecycle_of(found) or "", span)
        return found
    known = [lifecycle_of(one) or "" for one in stages(attributes)]
    listed = f"the lifecycles are: {', '.join(f'`{one}`' for one in known)}"
    declare = f"declare it in cuebook.yaml, under `lifecycles: {{{name}: …}}`"
    word, otherwise = Word(name, span, known), [listed if known else declare]
    title = f"unknown lifecycle `{name}`"
    report.unknown("N301", word, title, "not declared", otherwise=otherwise)
    return None


def find_stage(
    text: str, span: Span, attribute: str, attributes: Attributes, report: Report
) -> str | None:
    """Return the declared name of a stage; one inside another may leave out the name of that."""
    kind = attributes[attribute]
    found = named(text, kind)
    if len(found) == 1:
        report.mention("stage", found[0], span, lifecycle_of(attribute) or "")
        return found[0]
    if found:
        hint = f"write {' or '.join(f'`{name}`' for name in found)}"
        title = f"`{text}` is a stage inside several"
        report.error("N302", span, title, "which?", hint)
        return None
    known = [name for option in kind.options for name in (option, _last(option))]
    hint = f"the stages are: {', '.join(kind.options)}"
    label = f"not in lifecycle `{lifecycle_of(attribute)}`"
    word = Word(text, span, known, safe=False)
    report.unknown("N303", word, f"unknown stage `{text}`", label, hint)
    return None


def _last(name: str) -> str:
    return name.rpartition(".")[2]
