"""Where something was written: a file and a stretch of its characters."""

from .fixed import ordered

__all__ = ["NOWHERE", "Span"]


@ordered
class Span:
    """Characters `start` to `end` (exclusive, counted from 0) of the text of `file`."""

    file: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Return the stretch from the start of this one to the end of `other`."""
        return Span(self.file, self.start, max(self.end, other.end))


NOWHERE = Span("", 0, 0)
"""The place of what nobody wrote: nodes built by a program rather than read from a text."""
