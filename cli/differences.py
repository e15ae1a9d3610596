"""What an edit changes in a file, as programs and people read it."""

import difflib

__all__ = ["difference"]


def difference(file: str, before: str, after: str) -> str:
    """Return a unified diff of a file, whose last line ends like all others."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), file, file
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
