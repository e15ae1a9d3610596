"""Ways to make a database refuse rows, for a while."""

from cuebook.engine.runtime.database import Database

__all__ = ["allow", "forbid"]


def forbid(database: Database, table: str, what: str) -> None:
    """Let a database refuse rows of a table from now on; `what` is `column = value`."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ADD CONSTRAINT forbidden CHECK (NOT ({what})) NOT VALID"
            )
        else:
            for when in ("INSERT", "UPDATE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER forbidden_{when} BEFORE {when} ON {table} WHEN new.{what} "
                    "BEGIN SELECT RAISE(ABORT, 'forbidden'); END"
                )


def allow(database: Database, table: str) -> None:
    """Let a database take all rows of a table again."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT forbidden")
        else:
            for when in ("INSERT", "UPDATE"):
                connection.exec_driver_sql(f"DROP TRIGGER forbidden_{when}")
