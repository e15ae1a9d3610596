"""Files that go with a mail: of one folder that the environment names, and of no other place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "FOLDER",
    "MOST_BYTES",
    "MOST_FILES",
    "TYPES",
    "File",
    "NoFolder",
    "Unsendable",
    "attached",
]

FOLDER: Final = "CUEBOOK_ATTACHMENTS"
MOST_FILES: Final = 10
MOST_BYTES: Final = 10 * 1024 * 1024
"""Of all files of one mail; many servers take no more than 25 MB, as text a third longer."""
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".gif": "image/gif",
    ".ics": "text/calendar",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
"""By ending: what people open without running it, and the same on every machine."""


class Unsendable(Exception):  # noqa: N818 - it is the mail that is so
    """A mail can never be sent: an address is none, or a header would be two."""


class NoFolder(Exception):  # noqa: N818 - its docstring is its sentence
    """The environment does not say where files to attach lie, or nobody can read there."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it goes with a mail."""

    name: str
    type: str
    content: bytes

    @property
    def kind(self) -> str:
        """Return the part of its type before the slash."""
        return self.type.partition("/")[0]

    @property
    def subtype(self) -> str:
        """Return the part of its type behind the slash."""
        return self.type.partition("/")[2]


def attached(names: Iterable[str], environment: Mapping[str, str]) -> tuple[File, ...]:
    """Return files by their paths in the folder.

    Raises NoFolder where there is none yet, Unsendable for what can never go with a mail: a path
    that leads out of the folder, a file of no known type, a program, or too much.
    """
    names = tuple(names)
    if not names:
        return ()
    where = environment.get(FOLDER, "").strip()
    if not where or not Path(where).is_dir():
        raise NoFolder(f"{FOLDER} names no folder, and files are to be attached")
    return tuple(_within(MOST_BYTES, map(Path(where).resolve().joinpath, names), Path(where)))


def _within(most: int, paths: Iterable[Path], folder: Path) -> Iterator[File]:
    for path in paths:
        file = _file(path, folder.resolve(), most)
        most -= len(file.content)
        yield file


def _file(path: Path, folder: Path, most: int) -> File:
    try:
        found = path.resolve(strict=True)
        inside = found.is_relative_to(folder) and found.is_file()
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        # Whether it lies elsewhere or nowhere is not said: who asks may not be who may know.
        raise Unsendable(f"no file `{path.name[:60]}` lies in the folder of {FOLDER}")
    type_ = TYPES.get(found.suffix.lower())
    if type_ is None:
        endings = ", ".join(ending.removeprefix(".") for ending in TYPES)
        raise Unsendable(f"`{found.name[:60]}` is of no type that is sent: {endings}")
    try:
        with found.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as trouble:
        raise NoFolder(f"`{found.name[:60]}` cannot be read: {trouble.strerror}") from None
    if len(content) > most:
        raise Unsendable(f"its files have over {MOST_BYTES // 1024 // 1024} MB")
    return File(found.name, type_, content)
