"""Files of lines: CSV and JSON Lines as records with their line numbers, and each bad line told.

A bad line costs itself and nothing else: no byte, quote or bracket swallows what follows it.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["SUFFIXES", "Bad", "Record", "files_in", "name_in", "records", "told_in"]

SUFFIXES: Final = (".csv", ".jsonl", ".ndjson")
"""What is read from a folder; a file named outright may be called anything."""

_LONGEST_ROW: Final = 200
"""Lines one quoted CSV row may take; a quote open for longer was a slip of the pen."""

Record = dict[str, object]


@dataclass(frozen=True, slots=True, order=True)
class Bad:
    """Something in a file that could not be taken as it was."""

    file: str
    line: int
    why: str
    note: bool = False
    """Said once and worth knowing, but nothing was lost: an undeclared name."""


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and for each folder those in it that can be read, by name."""
    found: list[Path] = []
    for path in paths:
        inside = (one for one in path.iterdir() if one.suffix in SUFFIXES) if path.is_dir() else ()
        found += sorted(inside) if path.is_dir() else [path]
    return found


def records(path: Path) -> Iterator[tuple[int, Record | str]]:
    """Yield each line's number with what it holds, or with what is wrong with it.

    JSON Lines when the first line begins with `{` (or the name says so), else CSV with a header;
    empty CSV cells are missing. Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        lines = _texts(file)
        first = next(lines, None)
        if first is None:
            return
        number, text = first
        if path.suffix in (".jsonl", ".ndjson") or (text or "").lstrip().startswith("{"):
            yield from _json_lines(_with_first(first, lines))
        elif text is None:
            yield number, "the header is not UTF-8"
        else:
            yield from _csv_rows(text, lines)


def name_in(value: object) -> str:
    """Return a customer's name, or an event's id, as text; empty when there is none."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def told_in(record: Record) -> tuple[str, Record] | str:
    """Return the event of a line and its properties, `""` and the values for a change of attributes.

    Of what names the line (`customer`, `at`, `id`) nothing may be left in `record`. Returns what is
    wrong where it tells neither.
    """
    event = record.pop("event", None)
    if "set" in record and not event:
        values = _object(record["set"])
        return "`set` is no object of attributes" if values is None else ("", values)
    if not isinstance(event, str) or not event:
        return "neither an event nor `set`"
    if "properties" in record:
        inner = _object(record.pop("properties"))
        if inner is None:
            return "`properties` is no object"
        record = {**record, **inner} if record else inner
    return event, record


def _object(value: object) -> Record | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _texts(file: Iterable[bytes]) -> Iterator[tuple[int, str | None]]:
    """Yield each line as text, or None where it is not UTF-8."""
    for number, raw in enumerate(file, 1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield number, None
        else:
            yield number, text.rstrip("\r\n")


def _with_first(
    first: tuple[int, str | None], rest: Iterator[tuple[int, str | None]]
) -> Iterator[tuple[int, str | None]]:
    yield first
    yield from rest


def _json_lines(lines: Iterator[tuple[int, str | None]]) -> Iterator[tuple[int, Record | str]]:
    loads = json.loads
    for number, text in lines:
        if text is None:
            yield number, "not UTF-8"
        elif text and not text.isspace():
            try:
                value = loads(text)
            except (ValueError, RecursionError) as error:
                yield number, f"broken JSON: {error}"
            else:
                yield number, value if isinstance(value, dict) else "not a JSON object"


def _csv_rows(
    header: str, lines: Iterator[tuple[int, str | None]]
) -> Iterator[tuple[int, Record | str]]:
    mark = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=mark))]
    if len(set(names)) < len(names):
        yield 1, "two columns of the header have one name"
        return
    waiting: list[tuple[int, str | None]] = []
    while (line := waiting.pop() if waiting else next(lines, None)) is not None:
        number, text = line
        if text is None:
            yield number, "not UTF-8"
            continue
        if not text:
            continue
        if '"' in text:
            cells, taken = _quoted(text, mark, lines, waiting)
            if cells is None or len(cells) != len(names):
                waiting.extend(reversed(taken))  # Only this line is bad; what follows is read anew.
        else:
            cells = text.split(mark)
        yield number, _row(names, cells)


def _row(names: list[str], cells: list[str] | None) -> Record | str:
    if cells is None:
        return "a quote is opened and never closed"
    if len(cells) != len(names):
        return f"{len(cells)} columns where the header has {len(names)}"
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell}


def _quoted(
    text: str,
    mark: str,
    lines: Iterator[tuple[int, str | None]],
    waiting: list[tuple[int, str | None]],
) -> tuple[list[str] | None, list[tuple[int, str | None]]]:
    """Return the cells of a row with quotes, and the further lines it took."""
    taken: list[tuple[int, str | None]] = []
    while text.count('"') % 2:
        line = waiting.pop() if waiting else next(lines, None)
        if line is not None:
            taken.append(line)
        if line is None or line[1] is None or len(taken) > _LONGEST_ROW:
            return None, taken
        text += "\n" + line[1]
    try:
        return next(csv.reader([text], delimiter=mark, strict=True)), taken
    except csv.Error:
        return None, taken
