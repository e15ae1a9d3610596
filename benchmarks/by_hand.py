"""The plain limit: the writes of the engine as SQL written by hand, on the bare driver.

The same tables, the same rows of the same sizes, the same number of them to a transaction; no
state is read into Python, no condition judged, nothing rendered and nothing journalled but a text
that is always the same.
"""

import json
from collections.abc import Sequence
from typing import Any

from places import Place, SQLite
from workload import DAY, START

__all__ = ["Hand"]

Rows = Sequence[Sequence[Any]]

_PROGRAM = "f" * 64
_OWNER = "e" * 36
_STATE = json.dumps(
    {
        "v": 1, "id": "c12345", "attributes": {"plan": "growth", "seats": 14},
        "history": {"first_seen_at": START}, "zone": "UTC", "clock": START, "seq": 1,
        "started": {"thanks": 1},
    }
)  # fmt: skip
_WHY = '[["plan in [\\"growth\\", \\"enterprise\\"] and seats > 3",true,"",[["plan in …",true,"",[]]]]]'
_LINES = f'[["entry",{START},"started","thanks","thanks/c12345/1","",{_WHY}],' + ",".join(
    [f'["entry",{START},"performed","thanks","thanks/c12345/1","greet-1","greet",null,[]]'] * 3
)
_JOURNAL = (
    "customer text, number bigint, kind text, at bigint, program text, before text, lines text"
)
_RUN = """id text, customer text, playbook text, version text, started_at bigint, cause text, step text,
    waits text, due_at bigint, ended_at bigint, ending text"""
_OUTBOX = """key text, customer text, playbook text, run text, step text, kind text, lane text,
    args text, decided_at bigint, status text, due_at bigint, attempt bigint, owner text, note text"""
_INBOX = """key text, customer text, kind text, name text, body text, at bigint, stamped boolean"""


class Hand:
    """One connection to one database, and what a programmer would write for exactly this work."""

    def __init__(self, place: Place, url: str) -> None:
        self.lite = isinstance(place, SQLite)
        self.connection = place.connect(url)

    def close(self) -> None:
        self.connection.close()

    # --- coming in --------------------------------------------------------------------------------

    def ingest(self, events: Rows, batch: int) -> None:
        """Wake the customers and insert the events, a batch a transaction: `executemany`, `COPY`."""
        for start in range(0, len(events), batch):
            rows = events[start : start + batch]
            self._begin()
            self._insert(
                "cuebook_wake", "customer text, due_at bigint", [(row[1], row[5]) for row in rows],
                "ON CONFLICT (customer) DO UPDATE SET due_at = excluded.due_at",
            )  # fmt: skip
            if self.lite:
                self._insert("cuebook_inbox", _INBOX, rows)
            else:
                names = ", ".join(_names(_INBOX))
                with (
                    self.connection.cursor() as cursor,
                    cursor.copy(f"COPY cuebook_inbox ({names}) FROM STDIN") as copy,
                ):
                    for row in rows:
                        copy.write_row(row)
            self._commit()

    # --- deciding and dispatching -----------------------------------------------------------------

    def work(self, now: int, customers: int, threads: int) -> int:
        """Decide about all that waits, `customers` a transaction; then settle, `threads` at once."""
        while self.decide(now, customers):
            pass
        return self.dispatch(now, threads)

    def decide(self, now: int, most: int) -> int:
        """Write what one pass of the worker writes: each letter starts and ends a run."""
        self._begin()
        names = [name for (name,) in self._due("cuebook_wake", "customer", now, most)]
        if names:
            self._rows(
                "SELECT id, decided, program, state FROM cuebook_customer WHERE id {}", names
            )
            letters = self._rows(
                """SELECT customer, id, kind, name, body, at, stamped, key FROM cuebook_inbox
                WHERE customer {} AND number IS NULL ORDER BY customer, at, id""",
                names,
            )
            self._update(
                "cuebook_customer", "decided bigint, program text, state text", "id text",
                [(2, _PROGRAM, _STATE, name) for name in names],
            )  # fmt: skip
            self._update(
                "cuebook_inbox", "number bigint", "id bigint", [(2, x[1]) for x in letters]
            )
            ids = [f"thanks/{name}/1" for name in names]
            self._journal(names, "mail", now)
            self._outbox(names, ids, now)
            self._insert(
                "cuebook_run", _RUN,
                [(run, name, "thanks", _PROGRAM[:12], now, "event order", "", "", None, now, "finished")
                 for run, name in zip(ids, names, strict=True)],
            )  # fmt: skip
            self._update(
                "cuebook_wake", "due_at bigint", "customer text", [(None, n) for n in names]
            )
        self._commit()
        return len(names)

    def dispatch(self, now: int, threads: int) -> int:
        """Settle what was taken up and take up the next, in one transaction for each group."""
        taken: Rows = []
        settled = 0
        while True:
            self._begin()
            self._update(
                "cuebook_outbox", "status text, due_at bigint, note text, settled_at bigint",
                "key text, attempt bigint", [("done", None, "", now, key, 1) for key, *_ in taken],
            )  # fmt: skip
            settled += len(taken)
            columns = "key, customer, playbook, run, step, kind, lane, args, decided_at, attempt"
            taken = self._due("cuebook_outbox", columns, now, threads)
            self._update(
                "cuebook_outbox", "attempt bigint, owner text, status text, due_at bigint", "key text",
                [(1, _OWNER, "sending", now + DAY, key) for key, *_ in taken],
            )  # fmt: skip
            self._commit()
            if not taken:
                return settled

    # --- timers -----------------------------------------------------------------------------------

    def cluster(self) -> None:
        """Keep the wakes in the order in which they are due, in a table of their own."""
        self._begin()
        layout = "WITHOUT ROWID" if self.lite else ""
        self.connection.execute(
            f"""CREATE TABLE by_hand_wake
            (due_at BIGINT, customer TEXT, PRIMARY KEY (due_at, customer)) {layout}"""
        )
        self.connection.execute(
            """INSERT INTO by_hand_wake SELECT due_at, customer FROM cuebook_wake
            WHERE due_at IS NOT NULL ORDER BY due_at, customer"""
        )
        self._commit()

    def fire(self, now: int, most: int) -> int:
        """Fire all timers that are due, `most` a transaction, each ending the run that waited."""
        fired = 0
        while True:
            self._begin()
            order = "ORDER BY due_at, customer LIMIT"
            due = self.connection.execute(
                self._spell(
                    f"SELECT due_at, customer FROM by_hand_wake WHERE due_at <= ? {order} ?"
                ),
                (now, most),
            ).fetchall()
            if not due:
                self._commit()
                return fired
            names = [name for _, name in due]
            self._rows(
                "SELECT id, decided, program, state FROM cuebook_customer WHERE id {}", names
            )
            self._update(
                "cuebook_customer", "decided bigint, program text, state text", "id text",
                [(2, _PROGRAM, _STATE, name) for name in names],
            )  # fmt: skip
            ids = [f"check-in/{name}/1" for name in names]
            self._journal(names, "time", now)
            self._outbox(names, ids, now)
            self._update(
                "cuebook_run", "ended_at bigint, ending text, due_at bigint, waits text", "id text",
                [(now, "finished", None, "", run) for run in ids],
            )  # fmt: skip
            self.connection.execute(
                self._spell("DELETE FROM by_hand_wake WHERE (due_at, customer) <= (?, ?)"), due[-1]
            )
            self._commit()
            fired += len(due)

    # --- rows -------------------------------------------------------------------------------------

    def _journal(self, names: Sequence[str], kind: str, now: int) -> None:
        rows = [(name, 2, kind, now, _PROGRAM, "", _LINES) for name in names]
        self._insert("cuebook_journal", _JOURNAL, rows)

    def _outbox(self, names: Sequence[str], ids: Sequence[str], now: int) -> None:
        rows = [
            (f"{run}/greet-1", name, "thanks", run, "greet-1", "greet", "greet",
             '{"text":"Thank you for 77, c12345"}', now, "waiting", now, 0, "", "")
            for run, name in zip(ids, names, strict=True)
        ]  # fmt: skip
        self._insert("cuebook_outbox", _OUTBOX, rows)

    # --- the two databases ------------------------------------------------------------------------

    def _begin(self) -> None:
        if self.lite:
            self.connection.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        self.connection.execute("COMMIT") if self.lite else self.connection.commit()

    def _spell(self, sql: str) -> str:
        return sql if self.lite else sql.replace("?", "%s")

    def _due(self, table: str, columns: str, now: int, most: int) -> Rows:
        lock = "" if self.lite else " FOR UPDATE SKIP LOCKED"
        sql = f"SELECT {columns} FROM {table} WHERE due_at <= ? ORDER BY due_at LIMIT ?{lock}"
        return self.connection.execute(self._spell(sql), (now, most)).fetchall()

    def _rows(self, sql: str, names: Sequence[str]) -> Rows:
        if self.lite:
            among = "IN (SELECT value FROM json_each(?))"
            return self.connection.execute(sql.format(among), (json.dumps(names),)).fetchall()
        return self.connection.execute(sql.format("= ANY(%b)"), (names,)).fetchall()

    def _insert(self, table: str, columns: str, rows: Rows, then: str = "") -> None:
        names = ", ".join(_names(columns))
        if self.lite:
            marks = ", ".join("?" * len(_names(columns)))
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) {then}"
            self.connection.executemany(sql, rows)
        elif rows:
            sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({_arrays(columns)}) {then}"
            self.connection.execute(sql, [list(column) for column in zip(*rows, strict=True)])

    def _update(self, table: str, columns: str, keys: str, rows: Rows) -> None:
        if self.lite:
            sets = ", ".join(f"{name} = ?" for name in _names(columns))
            where = " AND ".join(f"{name} = ?" for name in _names(keys))
            self.connection.executemany(f"UPDATE {table} SET {sets} WHERE {where}", rows)
        elif rows:
            sets = ", ".join(f"{name} = new.{name}" for name in _names(columns))
            where = " AND ".join(f"{table}.{name} = new.is_{name}" for name in _names(keys))
            names = ", ".join([*_names(columns), *(f"is_{name}" for name in _names(keys))])
            arrays = _arrays(f"{columns}, {keys}")
            self.connection.execute(
                f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS new({names}) WHERE {where}",
                [list(column) for column in zip(*rows, strict=True)],
            )


def _names(columns: str) -> list[str]:
    """Return the names of `name type, name type`."""
    return [column.split()[0] for column in columns.split(",")]


def _arrays(columns: str) -> str:
    return ", ".join(f"%b::{column.split()[1]}[]" for column in columns.split(","))
