"""Names that are declared: each once, and none that could not be written where it is used."""

from collections.abc import Iterator

from ..engine.core.vocabulary import fold
from .diagnostics import Diagnostic, Label, Report
from .document import Mapping, Node, Scalar

__all__ = ["distinct"]


def distinct(mapping: Mapping, what: str, report: Report) -> Iterator[tuple[Scalar, Node]]:
    """Yield each declaration once; report names that fold together, or that cannot be written."""
    seen: dict[str, Scalar] = {}
    for key, value in mapping.entries:
        if not key.value.strip() or set(key.value) & set("\"'\n"):
            title = f"`{key.value}` cannot be the name of an {what}".replace("an p", "a p")
            report.error("N202", key.span, title, "", "use letters, digits, spaces, `-` and `_`")
            continue
        first = seen.setdefault(fold(key.value), key)
        if first is key:
            yield key, value
            continue
        report.add(
            Diagnostic(
                "N201",
                f"`{key.value}` and `{first.value}` are one name",
                key.span,
                "declared again",
                ("case, space, `-` and `_` do not count; keep one of them",),
                others=(Label(first.span, "declared here"),),
            )
        )
