"""What `check --fix` does: put the safe fixes of diagnostics into the texts they are about."""

from collections.abc import Iterable
from itertools import groupby

from .diagnostics import Diagnostic, Fix, Report
from .document import read
from .sources import Sources

__all__ = ["fixed"]


def fixed(found: Iterable[Diagnostic], sources: Sources) -> dict[str, tuple[str, int]]:
    """Return the mended text of each file with something to mend, and how many fixes are in it.

    Fixes that overlap wait for the next time, and one that would break the YAML around it is left
    for a person.
    """
    fixes = {note.fix for note in found if note.fix is not None and note.fix.safe}
    ordered = sorted(fixes, key=lambda fix: (fix.span, fix.text))
    mended = {}
    for file, several in groupby(ordered, key=lambda fix: fix.span.file):
        if file in sources:
            text, count = _mend(file, sources[file].text, list(several))
            if count:
                mended[file] = text, count
    return mended


def _mend(file: str, text: str, fixes: list[Fix]) -> tuple[str, int]:
    """Put fixes in from the last to the first, so that those before stay where they are."""
    count, free = 0, len(text) + 1
    for fix in reversed(fixes):
        now = text[fix.span.start : fix.span.end]
        if fix.span.end > free or fix.instead_of not in (None, now):
            continue
        changed = f"{text[: fix.span.start]}{fix.text}{text[fix.span.end :]}"
        if _readable(file, changed):
            text, count, free = changed, count + 1, fix.span.start
    return text, count


def _readable(file: str, text: str) -> bool:
    if file.endswith(".play"):
        return True
    report = Report()
    read(file, text, report)
    return not report.failed
