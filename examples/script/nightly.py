"""A plain script for cron: tell what happened, decide what is due, perform it, and leave."""

import csv
import sys
from pathlib import Path

from cuebook.engine.contract import Context, Done, Outcome, Rejected
from cuebook.engine.runtime import Engine

HERE = Path(__file__).parent


def main(url: str, now: str | None) -> None:
    """Read the day's exports, which may hold what is known already, and run to the end."""
    engine = Engine(url)

    @engine.action("letter")
    def letter(words: dict[str, str], _context: Context) -> Outcome:
        if "@" not in words.get("to", ""):
            return Rejected("there is no address to write to")
        print(f"to {words['to']}: {words['text']}")
        return Done()

    engine.deploy(HERE / "plays", at="2026-01-01")
    for row in rows("customers.csv"):
        engine.identify(row["id"], email=row["email"] or None, at=row["since"], id=row["id"])
    for row in rows("events.csv"):
        engine.track(row["customer"], row["event"], at=row["at"], id=row["id"])
    done = engine.tick(now)
    print(f"{done.actions} actions; {len(engine.runs(ended=False))} runs wait")
    for given_up in engine.sent(status="dead"):
        print(f"given up for {given_up.customer}: {given_up.note}")
    engine.database.pool.dispose()


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of an export."""
    with (HERE / "data" / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
