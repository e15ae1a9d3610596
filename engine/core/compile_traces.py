"""Writes the explanation of a condition as Python source: one call that makes all its parts.

Walked part by part it took six times as long, and every run that starts is explained.
"""

from .compile_values import ValueWriter
from .evaluate import Spelt, World, note_of
from .trace import Trace

__all__ = ["trace_source"]


def trace_source(what: Spelt, writer: ValueWriter) -> str:
    """Return source of the trace of what is spelt. Raises TooLarge like all that is written."""
    writer.names |= {
        "Trace": Trace, "World": World, "note": note_of,
        "calendar": writer.calendar, "matchers": writer.matchers,
    }  # fmt: skip
    return _source(what, writer)


def _source(what: Spelt, writer: ValueWriter) -> str:
    parts = "".join(f"{_source(part, writer)}, " for part in what.parts)
    note = "''"
    if what.noted:
        note = f"note({writer.bind(what.expr)}, World(a, h, now, z, t, calendar, matchers))"
    return f"Trace({writer.constant(what.text)}, {writer.value(what.expr)}, ({parts}), {note})"
