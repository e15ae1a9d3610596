"""What follows from declarations that could not be read is no mistake of its own."""

from collections.abc import Iterable, Iterator
from typing import Final

from .diagnostics import Report
from .document import Mapping, Node
from .keys import INSIDE
from .spelling import guess

__all__ = ["unsaid"]

_NAMES: Final = frozenset(
    {"N103", "N104", "N105", "N106", "N107", "N109", "N110", "N140", "N204", "N301", "N302", "N303"}
    | {"A105", "A121", "A131", "D202", "D206", "P303", "P304", "M201"}
)
"""What is said of names that `cuebook.yaml` may declare after all."""
_ACTIONS: Final = frozenset({"A101", "A102", "A108", "A121", "A130", "N130"})
"""What is said of actions and playbooks, which any file of the project may declare."""
_WHOLE: Final = ("Y104",)
"""What is wrong in a document that is read all the same."""
_DECLARING: Final = ("attributes", "events", "lifecycles", "signals", "segments", "kinds", "teams")


def unsaid(settings: Iterable[Node], report: Report, file: str) -> frozenset[str]:
    """Return the codes that nobody can be sure of.

    `settings` are the documents of `file`, the project's `cuebook.yaml`; what could not be read
    there or elsewhere stands in the `report`.
    """
    torn = {note.span.file for note in report if note.code[0] == "Y" and note.code not in _WHOLE}
    unsure = file in torn or any(_misspelt(one) for one in settings if isinstance(one, Mapping))
    return (_NAMES | _ACTIONS if unsure else frozenset()) | (_ACTIONS if torn else frozenset())


def _misspelt(settings: Mapping) -> bool:
    """Whether declarations stand under a key that is not theirs, or not as declarations do."""
    free = [name for name in _DECLARING if settings.get(name) is None]
    named = {key.value for key, _ in settings.entries}
    strange = (guess(name, free) for name in named - set(INSIDE["cuebook.yaml"]))
    return any(strange) or any(_shapeless(settings))


def _shapeless(settings: Mapping) -> Iterator[bool]:
    for name in ("attributes", "events", "lifecycles"):
        value = settings.get(name)
        yield value is not None and not isinstance(value, Mapping)
