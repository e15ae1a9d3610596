"""Who takes a task: one person, the freest of a team, or whoever stands in for somebody away.

Whoever shares out a team's tasks holds the team until the commit, so that two who do so at once
do not both find the same person free.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ..core.plan_teams import Team
from ..core.tasking import freest, team_in
from ..core.vocabulary import fold
from .database import Database

__all__ = ["Absence", "Load", "Teams", "absences", "away", "back", "loads", "share_out"]

_SHARING: Final = 7_233_002
"""The advisory lock of whoever shares out."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody takes no tasks for a while; instants in microseconds UTC."""

    who: str
    from_at: int
    until_at: int
    instead: str
    """Who has meanwhile what is assigned to them by name; empty for nobody."""


@dataclass(frozen=True, slots=True)
class Load:
    """A member of a team, and what they have to do."""

    team: str
    who: str
    open: int
    at_most: int | None
    """For how many there is room; None for any number."""
    away_until: int | None
    """When they are back; None for who is there."""


@dataclass(frozen=True, slots=True)
class Teams:
    """The teams of a project, and who of them is busy or away."""

    database: Database
    teams: Mapping[str, Team]

    def holder(self, connection: Connection, assignee: str, now: int) -> tuple[str, str]:
        """Return who takes a task, and the team it is of; nobody where a team has no room.

        Raises ValueError for a team that there is not.
        """
        if not assignee.strip():
            return "", ""
        wanted = team_in(assignee)
        gone = {one.who: one for one in absences(self.database, connection, at=now)}
        if wanted is None:
            return _standing_in(assignee.strip(), gone), ""
        name, team = self.named(wanted)
        self.hold(connection)
        members = [one.name for one in team.members]
        return freest(team, _counts(self.database, connection, members), gone), name

    def hold(self, connection: Connection) -> None:
        """Let nobody else share out until the commit. SQLite has one writer at a time."""
        if self.database.dialect == "postgresql":
            self.database.rows(connection, "SELECT pg_advisory_xact_lock(?)", _SHARING)

    def check(self, assignee: str) -> None:
        """Raise ValueError where somebody of a team is asked for that there is not."""
        wanted = team_in(assignee)
        if wanted is not None:
            self.named(wanted)

    def named(self, wanted: str) -> tuple[str, Team]:
        """Return a team by any spelling of its name; ValueError when there is none."""
        for name, team in self.teams.items():
            if fold(name) == fold(wanted):
                return name, team
        known = ", ".join(self.teams) or "none is declared under `teams:` in cuebook.yaml"
        raise ValueError(f"there is no team {wanted[:60]!r}: {known}")


def share_out(
    teams: Teams, connection: Connection, asked: Iterable[tuple[str, str]], now: int
) -> None:
    """Give tasks that have just been written, each by its key, to whom they are meant for."""
    for key, of in asked:
        try:
            who, team = teams.holder(connection, of, now)
        except ValueError:
            continue  # What was written stays: a person sees which team nobody declares.
        columns = ("assignee", "team")
        teams.database.update(connection, "cuebook_task", ("key",), columns, [(who, team, key)])


def loads(
    database: Database, connection: Connection, teams: Mapping[str, Team], now: int
) -> list[Load]:
    """Return every member of every team, with what they have to do."""
    gone = {one.who: one.until_at for one in absences(database, connection, at=now)}
    names = {one.name for team in teams.values() for one in team.members}
    open_tasks = _counts(database, connection, names)
    return [
        Load(name, one.name, open_tasks.get(one.name, 0), one.at_most, gone.get(one.name))
        for name, team in teams.items()
        for one in team.members
    ]


def absences(
    database: Database, connection: Connection, *, at: int | None = None, ahead: int | None = None
) -> list[Absence]:
    """Return the absences of an instant, or with `ahead` those that are not over then."""
    sql = "SELECT who, from_at, until_at, instead FROM cuebook_absence WHERE until_at > ?"
    values = [ahead if at is None else at]
    if at is not None:
        sql, values = f"{sql} AND from_at <= ?", [at, at]
    rows = database.rows(connection, f"{sql} ORDER BY from_at, id", *values)
    return [Absence(*row) for row in rows]


def away(database: Database, absence: Absence) -> None:
    """Keep an absence. Raises ValueError for one that ends before it begins, or is of nobody."""
    if not absence.who.strip():
        raise ValueError("an absence is somebody's: say whose")
    if absence.until_at <= absence.from_at:
        raise ValueError(f"the absence of {absence.who} ends before it begins")
    row = (absence.who.strip(), absence.from_at, absence.until_at, absence.instead.strip())
    columns = ("who", "from_at", "until_at", "instead")
    with database.write() as connection:
        database.insert(connection, "cuebook_absence", columns, [row])


def back(database: Database, who: str, now: int) -> int:
    """End the absences of somebody, those to come too; return how many there were."""
    with database.write() as connection:
        return database.run(
            connection, "DELETE FROM cuebook_absence WHERE who = ? AND until_at > ?", who, now
        )


def _standing_in(who: str, gone: Mapping[str, Absence]) -> str:
    """Return who has what is assigned to somebody; that person where nobody who is there stands in."""
    holder, seen = who, {who}
    while (absence := gone.get(holder)) is not None:
        holder = absence.instead
        if not holder or holder in seen:
            return who
        seen.add(holder)
    return holder


def _counts(database: Database, connection: Connection, who: Iterable[str]) -> dict[str, int]:
    """Return how many open tasks people have."""
    rows = database.rows(
        connection,
        f"""SELECT assignee, count(*) FROM cuebook_task WHERE answered_at IS NULL
        AND closed_at IS NULL AND {database.among("assignee")} GROUP BY 1""",
        database.values(who),
    )
    return dict(rows)
