"""All customers of a database as one connection sees them, which is what questions to everybody are asked of."""

from dataclasses import dataclass

from sqlalchemy import Connection

from .database import Database
from .programs import Deployment, Programs

__all__ = ["Population"]


@dataclass(frozen=True, slots=True)
class Population:
    """All customers of a database, as one connection sees them at `now` (microseconds UTC)."""

    database: Database
    connection: Connection
    programs: Programs
    latest: Deployment
    now: int
