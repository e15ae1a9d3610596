"""The texts of a project, and which line and column an offset in them is."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..engine.core.origin import Span
from .diagnostics import Report

__all__ = ["MAX_BYTES", "Files", "Source", "Sources", "acceptable", "load"]

MAX_BYTES: Final = 256 * 1024
"""The largest file that is read; a thousand playbooks fit into it."""

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)


@dataclass(slots=True)
class Source:
    """One text, with its lines found when somebody first asks for a place in it."""

    file: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False)

    def position(self, offset: int) -> tuple[int, int]:
        r"""Return line and column, both from 1, the column in characters.

        >>> Source("a.yaml", "on: go-live\nif: plann").position(16)
        (2, 5)
        """
        starts = self._lines()
        row = bisect_right(starts, offset) - 1
        mark = row == 0 and offset > 0 and self.text.startswith("\ufeff")
        return row + 1, offset - starts[row] + 1 - mark

    def line(self, number: int) -> str:
        """Return the text of a line, without its line break and a byte order mark."""
        starts = self._lines()
        end = starts[number] if number < len(starts) else len(self.text)
        line = self.text[starts[number - 1] : end].rstrip("\r\n")
        return line.removeprefix("\ufeff") if number == 1 else line

    def _lines(self) -> list[int]:
        if not self._starts:
            self._starts = [0, *(found.end() for found in _BREAK.finditer(self.text))]
        return self._starts


Sources = Mapping[str, Source]
"""Each file of a project by the name that spans carry."""


class Files:
    """The files of projects; a text that is open in an editor stands in place of its file."""

    def __init__(self) -> None:
        self.open: dict[Path, str] = {}
        """Texts that nobody may have saved yet, by the absolute paths of their files."""

    def load(self, path: Path, file: str, report: Report) -> Source | None:
        """Return a text as it is now; what cannot be read is reported, and is None."""
        text = self.open.get(path)
        return Source(file, text) if text is not None else load(path, file, report)

    def there(self, path: Path) -> bool:
        """Whether there is such a file, saved or not."""
        return path in self.open or path.is_file()

    def below(self, folder: Path, *suffixes: str) -> list[Path]:
        """Return the files of a folder in an order that does not depend on the file system.

        Without suffixes, all of them.
        """
        found = {path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()
        found.update(path for path in self.open if folder in path.parents)
        return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def load(path: Path, file: str, report: Report) -> Source | None:
    """Read a file as UTF-8; report what is not, or is too much to read, and return None."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        report.error(
            "Y100",
            Span(file, 0, 0),
            f"`{file}` cannot be read: {error.strerror or error}",
            "",
            "check its name and its permissions",
        )
        return None
    if len(data) > MAX_BYTES:
        _report_size(file, report)
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _report_encoding(file, data, error, report)
        return None
    return Source(file, text)


def acceptable(file: str, text: str, report: Report) -> bool:
    """Report a text that is too long, or that holds what no author types; both end its reading."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        _report_size(file, report)
        return False
    strange = _UNPRINTABLE.search(text)
    if strange is None:
        return True
    at = strange.start()
    report.error(
        "Y101",
        Span(file, at, at + 1),
        f"`{file}` is not a text: it holds the character U+{ord(strange[0]):04X}",
        "not a character that is typed",
        "is this a binary file? save the playbook as plain text (UTF-8)",
    )
    return False


def _report_size(file: str, report: Report) -> None:
    report.error(
        "Y102",
        Span(file, 0, 0),
        f"`{file}` is larger than {MAX_BYTES // 1024} KB",
        "",
        "spread its playbooks over several files",
    )


def _report_encoding(file: str, data: bytes, error: UnicodeDecodeError, report: Report) -> None:
    at = len(data[: error.start].decode("utf-8"))
    row = data.count(b"\n", 0, error.start) + 1
    report.error(
        "Y101",
        Span(file, at, at),
        f"`{file}` is not UTF-8 text: byte 0x{data[error.start]:02X} in line {row}",
        "",
        "save it as UTF-8 (a spreadsheet or an old editor may have used another encoding)",
    )
