"""Whom a condition holds for, as a table, CSV, JSON or lines of it; how that was found on standard error."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .terminal import Paint, colored, count, harmless, painted_table, plural

if TYPE_CHECKING:  # SQLAlchemy is loaded when a database is asked
    from ..engine.runtime.who import Found

__all__ = ["Answer", "show"]

Row = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Who was found: how many, those to tell of, and how a database found them."""

    number: int
    rows: Iterable[Row]
    found: "Found | None" = None
    """None where files were asked."""


def show(args: Namespace, columns: Sequence[str], answer: Answer) -> None:
    """Print an answer, and how it was found."""
    match args.format:
        case "json":
            sys.stdout.write(json.dumps(_told(args, answer), ensure_ascii=False) + "\n")
        case "jsonl" if not args.count:
            for row in answer.rows:
                sys.stdout.write(json.dumps(_object(row), ensure_ascii=False) + "\n")
        case "csv" if not args.count:
            _csv(columns, answer.rows)
        case "table" if not args.count:
            _table(args, columns, answer)
        case _:
            sys.stdout.write(f"{answer.number}\n")
    for line in _how(args, answer):
        sys.stderr.write(f"{harmless(line)}\n")


def _object(row: Row) -> dict[str, object]:
    name, values = row
    return {"customer": name, **values}


def _told(args: Namespace, answer: Answer) -> dict[str, object]:
    told: dict[str, object] = {"number": answer.number}
    if not args.count:
        told["customers"] = [_object(row) for row in answer.rows]
    found = answer.found
    if found is not None:
        told |= {
            "asked": found.asked, "judged": found.judged, "one_by_one": found.one_by_one,
            "waiting": found.waiting, "left_out": found.left_out,
        }  # fmt: skip
        if args.explain:
            told["sql"] = found.sql
    return told


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("customer", *columns))
    for name, values in rows:
        writer.writerow((name, *(_cell(values.get(column)) for column in columns)))


def _cell(value: object) -> object:
    """Return a value as one cell: what is made of several as JSON."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _table(args: Namespace, columns: Sequence[str], answer: Answer) -> None:
    lines = [
        (name, *(_cell(values.get(column)) for column in columns)) for name, values in answer.rows
    ]
    if lines:
        paint = Paint(colored(sys.stdout, args.color))
        sys.stdout.write(painted_table(lines, ("customer", *columns), paint) + "\n")
    said = plural(answer.number, "customer")
    if len(lines) < answer.number:
        said = f"{count(len(lines))} of {said}"
    sys.stderr.write(f"{said}\n")


def _how(args: Namespace, answer: Answer) -> Iterable[str]:
    """Yield in one line how it was found, and the query where somebody asks for it."""
    found = answer.found
    if found is None:
        yield "judged one by one, over files"
        return
    said = [f"asked of the database: {found.asked or 'nothing'}"]
    each = found.one_by_one - found.waiting
    if found.judged:
        said.append(f"judged one by one over {plural(each, 'customer')}: {found.judged}")
    if found.waiting:
        said.append(f"{plural(found.waiting, 'customer')} judged whole: something is due there")
    if found.left_out:
        said.append(
            f"{plural(found.left_out, 'customer')} left out: `cuebook status` says why nothing can "
            "be decided there"
        )
    yield "; ".join(said)
    if args.explain:
        yield found.sql
