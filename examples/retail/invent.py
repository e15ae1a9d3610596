"""Invents a small purchase log in the form of the CDNOW log: the same one, byte for byte, always.

`python invent.py > data/invented.txt` makes the file beside it. Its first customers are the hard
cases: a purchase exactly 60 days after another, several on one day, a fifth that is a day late.
"""

import random
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta

__all__ = ["log"]

FIRST_DAY = date(1997, 1, 1)
DAYS = 546
CUSTOMERS = 300
HARD_CASES = (
    (0,),
    (0, 59),
    (0, 60),
    (0, 61, 122),
    (0, 0, 0, 0, 0),
    (0, 20, 40, 60, 179),
    (0, 20, 40, 60, 180),
    (0, 1, 2, 3, 4, 5, 184, 185, 186, 187, 188),
    (0, 0, 60, 60, 120),
    (485,),
    (486,),
    (300, 545),
)


def log() -> Iterator[str]:
    """Return the lines of the log: a header, then one for each purchase, by customer and day."""
    draw = random.Random("retail").random  # noqa: S311 - invented data, nothing secret
    yield " customer_id  date number_of_cds  dollar_value"
    for number in range(CUSTOMERS):
        days = HARD_CASES[number] if number < len(HARD_CASES) else _days(draw)
        for day in days:
            cds = 1 + int(draw() * 4)
            written = (FIRST_DAY + timedelta(days=day)).strftime("%Y%m%d")
            yield f" {number + 1:05} {written} {cds:>2} {cds * 11.77 + int(draw() * 5):>7.2f}"


def _days(draw: Callable[[], float]) -> list[int]:
    """Invent one customer's days: eager or slow, with gaps that come close to 60 days."""
    day, pace = int(draw() * 90), 5 + draw() * draw() * 150
    days = []
    while day < DAYS:
        days.append(day)
        day += int(draw() * pace * 2)
        if draw() < 0.15 or len(days) > 40:
            break
    return days


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in log())
