"""Turns the CDNOW purchase log into events: `python convert.py CDNOW_master.txt > events.csv`.

A line of the log is a customer, a day (YYYYMMDD), a number of CDs and an amount in dollars. The
log knows days only, so each purchase stands at the first instant of its day, in UTC.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["events"]

COLUMNS = ("at", "customer", "event", "id", "cds", "amount")


def events(log: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Return one row of `COLUMNS` for each purchase; the id is the number of its line."""
    for number, line in enumerate(log, start=1):
        words = line.split()
        if not words or not words[0].isdigit():  # the header, and empty lines
            continue
        customer, day, cds, amount = words
        at = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z"
        yield at, customer, "purchase", f"line-{number}", cds, amount


def main() -> None:
    """Read the log named on the command line and write CSV to standard output."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    with Path(sys.argv[1]).open(encoding="utf-8") as log:
        out.writerows(events(log))


if __name__ == "__main__":
    main()
