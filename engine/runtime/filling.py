"""Facts of customers that were there before there were any: filled in while nobody is due."""

from sqlalchemy import Connection

from .database import Database
from .facts import put
from .programs import Loaded
from .spelling import read

__all__ = ["fill"]


def fill(database: Database, connection: Connection, loaded: Loaded, most: int) -> int:
    """Write the facts of up to so many customers that have none of this layout; return how many.

    Customers whom another program decides about are left to the turn in which this one takes over.
    """
    layout = loaded.layout
    rows = database.rows(
        connection,
        """SELECT fact.customer FROM cuebook_fact fact
        JOIN cuebook_customer kept ON kept.id = fact.customer
        WHERE (fact.layout < ? OR fact.layout > ?) AND kept.program = ? LIMIT ?""",
        layout.number,
        layout.number,
        loaded.name,
        most,
    )
    names = [name for (name,) in rows]
    if database.dialect == "postgresql":  # Whoever decides about a customer writes them anyway.
        sql = f"""SELECT customer FROM cuebook_wake WHERE {database.among("customer")}
            FOR UPDATE SKIP LOCKED"""
        names = [name for (name,) in database.rows(connection, sql, database.values(names))]
    sql = f"""SELECT id, state FROM cuebook_customer
        WHERE {database.among("id")} AND program = ?"""
    states = database.rows(connection, sql, database.values(names), loaded.name)
    found = [(*layout.row(loaded.program.restored(read(state))), name) for name, state in states]
    put(database, connection, layout.columns, found)
    return len(found)
