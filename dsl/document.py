"""YAML 1.2 that remembers where each character stood."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..engine.core.origin import Span

__all__ = ["Mapping", "Node", "Scalar", "Sequence"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text in a document; what it means (number, boolean, condition) its reader decides."""

    value: str
    span: Span
    """The whole scalar in the file, quotes included."""
    style: Literal["plain", "single", "double", "literal", "folded"] = "plain"
    offsets: Callable[[], tuple[int, ...]] | None = None
    """For each character of `value`, and its end, the offset in the file; computed when asked."""

    def place(self, start: int, end: int) -> Span:
        """Return where `value[start:end]` stands in the file, exactly, in every style."""
        if self.offsets is None:
            return Span(self.span.file, self.span.start + start, self.span.start + end)
        at = self.offsets()
        last = at[end - 1] + 1 if end > start else at[start]
        return Span(self.span.file, at[start], max(last, at[start]))


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list in a document."""

    items: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order they were written; keys are unique."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """Return what stands under `key`, or None."""
        return next((value for name, value in self.entries if name.value == key), None)


Node = Scalar | Sequence | Mapping
