"""A mail at the counter: as people read it, as programs do, and where what is wrong with it stands."""

import json
import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import PurePath
from typing import Final
from unicodedata import category

from ..dsl.sources import Source
from ..engine.core.plan import Do, Json
from .terminal import harmless

__all__ = ["as_json", "as_text", "place_of"]

_SHOWN: Final = ("From", "Reply-To", "To", "Subject", "List-Unsubscribe")


def as_text(message: EmailMessage, text: str) -> str:
    """Return a mail as a reader without HTML shows it."""
    heads = [f"{name}: {_readable(message[name])}\n" for name in _SHOWN if message[name]]
    lines = "".join(f"{_readable(line)}\n" for line in text.rstrip("\n").split("\n"))
    return f"{''.join(heads)}\n{lines}"


def _readable(line: str) -> str:
    """Return a line without control characters; blanks of every width are what they are."""
    return "".join(char if category(char) == "Zs" else harmless(char) for char in line)


def as_json(do: Do, given: Mapping[str, Json], mail: Mapping[str, str] | None) -> str:
    """Return what an action is given, and the mail it makes of that, if it makes one."""
    told: dict[str, object] = {"do": do.kind, "action": do.action, "with": given}
    if mail is not None:
        told["mail"] = mail
    return f"{json.dumps(told, indent=2, ensure_ascii=False)}\n"


def place_of(error: str, sources: Mapping[str, Source], template: Json) -> str:
    """Return where in a project's files an error about a template stands, as `FILE:LINE:COLUMN: `.

    Found by the name or the filter that it is about; where that stands nowhere, by the file alone.
    """
    about = re.search(r"`(?:\| )?([\w.]+)`", error)
    named = f", in `{template}`"
    files = list(_files(sources, template if error.endswith(named) else None))
    word = re.compile(rf"(?<![\w.]){re.escape(about[1])}(?!\w)") if about is not None else None
    for file, source in files:
        for tag in re.finditer(r"(?s)\{\{.*?\}\}|\{%.*?%\}", source.text):
            found = word.search(source.text, *tag.span()) if word is not None else None
            if found is not None:
                line, column = source.position(found.start())
                return f"{file}:{line}:{column}: "
    return f"{files[0][0]}: " if files and error.endswith(named) else ""


def _files(sources: Mapping[str, Source], template: Json) -> Iterator[tuple[str, Source]]:
    """Walk through the files of a template, or through all that are none of one."""
    for file, source in sources.items():
        _, folder, name = file.replace("\\", "/").rpartition("templates/")
        if (PurePath(name).with_suffix("").as_posix() == template) if folder else template is None:
            yield file, source
