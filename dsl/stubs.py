"""Actions that steps name and nobody declares, declared in `actions.yaml` for somebody to fill in."""

import json
import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from .diagnostics import Diagnostic, Report
from .document import Mapping, read
from .project import ACTIONS, SETTINGS
from .sources import Sources

__all__ = ["stubbed"]

_PLAIN: Final = re.compile(r"[A-Za-z][\w-]*")
_WORDS: Final = re.compile(r"[A-Za-z][\w ]*")


def stubbed(
    found: Iterable[Diagnostic], sources: Sources, mended: dict[str, tuple[str, int]]
) -> dict[str, tuple[str, int]]:
    """Return the file of actions with a stub for each action that lacks one, and how many it has.

    What was `mended` in it before stays so. It is left alone where nothing is to be added, and where
    it is laid out in a way that only its author can continue.
    """
    names = list(dict.fromkeys(note.stub for note in found if note.stub))
    settings = next((file for file in sources if PurePath(file).name == SETTINGS), None)
    if not names or settings is None:
        return {}
    file = str(PurePath(settings).with_name(ACTIONS))
    source = sources.get(file)
    text, count = mended.get(file, (source.text if source is not None else "", 0))
    margin = _margin(file, text)
    if margin is None:
        text, margin = f"{_ended(text)}actions:\n", 2
    text = _ended(text) + "".join(_stub(name, " " * margin) for name in names)
    done = set(names) <= _declared(file, text).keys()
    return {file: (text, count + len(names))} if done else {}


def _stub(name: str, margin: str) -> str:
    key = name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    title = re.sub(r"[-_]+", " ", name).capitalize()
    if not _WORDS.fullmatch(title):
        title = json.dumps(title, ensure_ascii=False)
    return f"{margin}{key}:\n{margin}  do: create-task\n{margin}  with: {{title: {title}}}\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _declared(file: str, text: str) -> dict[str, int]:
    """Return the actions of a file, each with the column it begins in; none where it is broken."""
    report = Report()
    documents = [one for one in read(file, text, report) if isinstance(one, Mapping)]
    tops = [top for document in documents if (top := document.get("actions")) is not None]
    return {
        key.value: key.span.start - (text.rfind("\n", 0, key.span.start) + 1)
        for top in tops
        if isinstance(top, Mapping) and not report.failed
        for key, _ in top.entries
    }


def _margin(file: str, text: str) -> int | None:
    """Return the column in which the file's last action begins; None where it has none."""
    columns = list(_declared(file, text).values())
    return columns[-1] if columns else None
