"""Invents the year of customers that this example rehearses: the same year, byte for byte, always.

`python generate.py FOLDER` writes `customers.csv` and the folder `events` there. The files under
`data/` are what it writes, and a test holds them against each other.
"""

import csv
import io
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

__all__ = ["files"]

T = TypeVar("T")

YEAR = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
CUSTOMERS = 200

FIRST = [
    "Adler",
    "Birch",
    "Cobalt",
    "Delta",
    "Ember",
    "Falken",
    "Granite",
    "Harbor",
    "Iris",
    "Juniper",
    "Kestrel",
    "Linden",
]
SECOND = [
    "Logistics",
    "Foods",
    "Robotics",
    "Energy",
    "Clinics",
    "Textiles",
    "Mobility",
    "Media",
    "Labs",
    "Tools",
    "Travel",
    "Water",
    "Timber",
    "Optics",
    "Finance",
    "Games",
    "Seeds",
    "Audio",
    "Glass",
    "Paper",
]
MANAGERS = ["mia", "jonas", "priya", "tom"]
ZONES = {
    "DE": "",  # the project's own zone: most customers carry none
    "GB": "Europe/London",
    "US": "America/New_York",
    "IN": "Asia/Kolkata",
    "AU": "Australia/Sydney",
}
COUNTRIES = ["DE"] * 5 + ["GB", "US", "US", "IN", "AU"]
WARES = [("training-day", 900), ("extra-seats", 240), ("data-import", 450), ("sandbox", 120)]
FEE = {"growth": 590, "enterprise": 2900}


class Dice:
    """A few ways to draw, all from `random()`: the one method whose numbers never change."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - invented data, nothing secret

    def chance(self, share: float) -> bool:
        """Return true in that share of cases."""
        return self._random() < share

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends possible."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: list[T]) -> T:
        """Return one of them."""
        return items[int(self._random() * len(items))]


@dataclass
class Customer:
    """One invented company and what happens to it."""

    id: str
    dice: Dice
    attributes: dict[str, str]
    starts: int
    """The day of the year it goes live; negative when it was there before."""
    leaves: int
    """The day it churns; past the end of the year for most."""
    lines: list[tuple[datetime, str, dict[str, object]]] = field(default_factory=list)

    def add(self, day: float, event: str, **properties: object) -> None:
        """Let something happen on a day of the year, in working hours, while the customer is one."""
        if not max(self.starts, 0) <= day < min(DAYS, self.leaves):
            return
        minutes = self.dice.between(7 * 60, 17 * 60)
        at = YEAR + timedelta(days=int(day), minutes=minutes, seconds=self.dice.between(0, 59))
        self.lines.append((at, event, properties))


def customer(number: int) -> Customer:
    """Invent one company, and its year."""
    dice = Dice(f"acme {number}")
    starts = -dice.between(1, 500) if dice.chance(0.62) else dice.between(2, 340)
    leaves = max(starts + 60, dice.between(60, 360)) if dice.chance(0.08) else DAYS + 1
    one = Customer(f"c{number:03}", dice, attributes(number, starts, dice), starts, leaves)
    onboarding(one)
    logins(one)
    shopping(one)
    invoices(one)
    renewal(one)
    health(one)
    if leaves < DAYS:
        one.lines.append((YEAR + timedelta(days=leaves, hours=12), "set", {"churned": True}))
    return one


def attributes(number: int, starts: int, dice: Dice) -> dict[str, str]:
    """Say what is known about a company: some things are not, as in every real file."""
    name = f"{FIRST[number % 12]} {SECOND[number // 12 % 20]}"
    plan = dice.pick(["free", "free", "growth", "growth", "growth", "enterprise"])
    country = dice.pick(COUNTRIES)
    signed = (YEAR + timedelta(days=starts)).date()
    return {
        "id": f"c{number:03}",
        "name": name,
        "email": "" if dice.chance(0.05) else f"team@{name.lower().replace(' ', '-')}.example",
        "email_opt_in": dice.pick(["true"] * 8 + ["false", ""]),
        "csm": "" if dice.chance(0.1) else dice.pick(MANAGERS),
        "plan": "" if dice.chance(0.03) else plan,
        "seats": "" if dice.chance(0.07) else str(dice.between(1, 80)),
        "health_score": str(dice.between(45, 95)),
        "renewal_date": "" if plan == "free" else anniversary(signed).isoformat(),
        "onboarded": "true" if starts < -60 else "",
        "country": country,
        "timezone": ZONES[country],
    }


def anniversary(signed: date) -> date:
    """Return the first yearly return of the day of signature that lies in the year or after it."""
    years = 1
    while signed.year + years < YEAR.year:
        years += 1
    # The 29th of February has no anniversary of its own in most years.
    return signed.replace(year=signed.year + years, day=min(signed.day, 28))


def onboarding(one: Customer) -> None:
    """Go live, and perhaps answer how it was."""
    one.add(one.starts, "go-live")
    if one.dice.chance(0.55):
        score = one.dice.pick([2, 4, 6, 7, 8, 8, 9, 9, 10])
        one.add(
            one.starts + one.dice.between(8, 13),
            "survey-answered",
            survey="onboarding",
            score=score,
        )
    if one.dice.chance(0.3):
        one.add(one.starts + one.dice.between(90, 200), "survey-answered", survey="yearly", score=8)


def logins(one: Customer) -> None:
    """Come often in the first month, then at one's own pace, and pause now and then."""
    rest = one.dice.pick([6, 9, 12, 15])
    day = float(one.starts if one.starts >= 0 else one.dice.between(0, rest))
    while day < DAYS:
        one.add(day, "login", device=one.dice.pick(["web", "web", "web", "phone"]))
        settling = one.starts >= 0 and day < one.starts + 30
        day += one.dice.between(1, 4) if settling else one.dice.between(1, 2 * rest)
        if one.dice.chance(0.03):
            day += one.dice.between(25, 80)


def shopping(one: Customer) -> None:
    """Order something now and then, and rarely send it back."""
    day, number = max(one.starts, 0) + one.dice.between(5, 120), 1
    while day < DAYS:
        sku, price = one.dice.pick(WARES)
        order = f"{one.id}-{number}"
        one.add(day, "purchase", order_id=order, amount=price * one.dice.between(1, 3), sku=sku)
        if one.dice.chance(0.1):
            one.add(day + one.dice.between(1, 12), "refund", order_id=order)
        day, number = day + one.dice.between(40, 260), number + 1


def invoices(one: Customer) -> None:
    """Be invoiced each quarter, and mostly pay in time."""
    fee = FEE.get(one.attributes["plan"])
    if fee is None:
        return
    for number, day in enumerate(range(one.starts % 91, DAYS, 91), start=1):
        if day < one.starts:
            continue
        name = f"{one.id}-2025-{number}"
        one.add(day, "invoice-sent", invoice=name, amount=fee)
        if not one.dice.chance(0.04):
            late = one.dice.chance(0.15)
            one.add(
                day + one.dice.between(*((15, 40) if late else (2, 13))),
                "invoice-paid",
                invoice=name,
            )


def renewal(one: Customer) -> None:
    """Get a proposal before the contract ends, renew, and have a new date a year on."""
    if not one.attributes["renewal_date"]:
        return
    ends = date.fromisoformat(one.attributes["renewal_date"])
    day = (ends - YEAR.date()).days
    if one.dice.chance(0.65):
        one.add(
            day - one.dice.between(62, 85),
            "proposal-sent",
            amount=FEE.get(one.attributes["plan"], 0) * 4,
        )
    if one.dice.chance(0.8):
        signed = day - one.dice.between(2, 45)
        one.add(signed, "renewed")
        one.add(signed + 1, "set", renewal_date=ends.replace(year=ends.year + 1).isoformat())
    if one.dice.chance(0.05):
        one.add(day - 120, "set", renewal_date=(ends + timedelta(days=14)).isoformat())


def health(one: Customer) -> None:
    """Let the health score wander, and a few companies change their plan."""
    score, day = int(one.attributes["health_score"]), one.dice.between(20, 60)
    while day < DAYS:
        score = min(100, max(5, score + one.dice.between(-22, 20)))
        one.add(day, "set", health_score=score)
        day += one.dice.between(9, 70)
    if one.attributes["plan"] == "free" and one.dice.chance(0.2):
        one.add(one.dice.between(60, 300), "set", plan="growth")


def files() -> dict[str, str]:
    """Return the text of each file by its path."""
    everyone = [customer(number) for number in range(1, CUSTOMERS + 1)]
    lines = sorted(
        ((at, one.id, event, more) for one in everyone for at, event, more in one.lines),
        key=lambda line: line[:2],
    )
    there = [one.attributes for one in everyone if one.starts < 0]
    arriving = [one for one in everyone if one.starts >= 0]
    product = [line for line in lines if line[2] in ("go-live", "login")]
    shop = [
        line for line in lines if line[2] in ("purchase", "refund", "invoice-sent", "invoice-paid")
    ]
    return {
        "customers.csv": table(list(everyone[0].attributes), there),
        "events/crm.jsonl": "".join(crm(lines, arriving)),
        "events/product.csv": events(["device"], product),
        "events/shop.csv": events(["order_id", "amount", "sku", "invoice"], shop),
    }


def crm(
    lines: list[tuple[datetime, str, str, dict[str, object]]], arriving: list[Customer]
) -> Iterator[str]:
    """Write what the sales people keep: new customers, surveys, proposals and changes."""
    signed = [
        (YEAR + timedelta(days=one.starts, hours=6), one.id, "set", known(one.attributes))
        for one in arriving
    ]
    kept = [
        line for line in lines if line[2] in ("survey-answered", "proposal-sent", "renewed", "set")
    ]
    for at, who, event, more in sorted(signed + kept, key=lambda line: line[:2]):
        what = {"set": more} if event == "set" else {"event": event, **more}
        yield json.dumps({"at": stamp(at), "customer": who, **what}, ensure_ascii=False) + "\n"


def known(attributes: dict[str, str]) -> dict[str, object]:
    """Leave out what is not known, and the id, which is not an attribute."""
    return {name: value for name, value in attributes.items() if value and name != "id"}


def events(properties: list[str], lines: list[tuple[datetime, str, str, dict[str, object]]]) -> str:
    """Write events as a table with a column for each property."""
    rows = [
        {"at": stamp(at), "customer": who, "event": event, **more} for at, who, event, more in lines
    ]
    return table(["at", "customer", "event", *properties], rows)


def table(columns: list[str], rows: list[dict[str, str]] | list[dict[str, object]]) -> str:
    """Write rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def stamp(at: datetime) -> str:
    """Write an instant: `2025-03-04T09:15:00Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    for name, text in files().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
