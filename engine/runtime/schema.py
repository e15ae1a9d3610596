"""The tables' versions: bring a database up to date, check it, or print what that would run.

Alembic keeps its own version table, `cuebook_version`; a host's migrations do not see ours.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from .database import Database, Unusable
from .indexing import PREFIX
from .migrations.version import VERSION_TABLE
from .tables import METADATA

__all__ = ["Standing", "ensure", "sql", "standing", "upgrade"]

_HERE: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a database's tables stand."""

    found: str | None
    """The version they have; None when there are none."""
    wanted: str
    """The version this release works with."""
    known: bool
    """Whether this release has heard of the version found; if not, a newer one made it."""
    differences: tuple[str, ...] = ()
    """What differs from what the version should hold."""

    @property
    def current(self) -> bool:
        """Whether the engine can work with them."""
        return self.found == self.wanted


def standing(database: Database, *, compare: bool = False) -> Standing:
    """Return where the tables stand; with `compare` also what differs in them."""
    scripts = ScriptDirectory.from_config(_config())
    wanted = scripts.get_current_head()
    if wanted is None:
        raise Unusable("this installation holds no migrations: install cuebook anew")
    with database.read() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "include_name": _is_ours,
        }
        context = MigrationContext.configure(connection, opts=options)
        found = context.get_current_revision()
        differences = (
            tuple(str(change) for change in compare_metadata(context, METADATA)) if compare else ()
        )
        connection.rollback()
    known = found is None or found in {script.revision for script in scripts.walk_revisions()}
    return Standing(found, wanted, known, differences)


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """Whether a table or an index belongs to a version: others are a host's, or for questions."""
    if kind == "index":
        return not (name or "").startswith(PREFIX)
    return kind != "table" or name in METADATA.tables


def upgrade(database: Database) -> Standing:
    """Bring the tables up to date; return where they stood before. All or nothing.

    Raises Unusable for tables that a newer release has made, and when the database does not let us.
    """
    try:
        before = standing(database)
        if not before.known:
            raise Unusable(_newer(before))
        with database.write() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as trouble:
        raise _closed(database, trouble) from trouble
    return before


def sql(dialect: Literal["sqlite", "postgresql"]) -> str:
    """Return what `upgrade` would run on an empty database."""
    config, output = _config(), io.StringIO()
    config.attributes |= {"dialect": dialect, "output": output}
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def ensure(database: Database) -> None:
    """Raise Unusable unless the engine can work with the tables; the text says what to do."""
    url = _shown(database)
    try:
        found = standing(database)
    except DBAPIError as trouble:
        raise _closed(database, trouble) from trouble
    file = Path(database.file or "")
    ours = os.access in os.supports_effective_ids
    if file.is_file() and not os.access(file, os.W_OK, effective_ids=ours):
        # SQLite itself would tell at the first write only.
        raise _closed(database, "it may be read, but not written")
    if found.current:
        return
    if not found.known:
        raise Unusable(_newer(found))
    what = "has no tables of ours" if found.found is None else f"has tables of {found.found}"
    raise Unusable(
        f"{url} {what}, and this release needs {found.wanted}\n next: cuebook db upgrade {url}"
    )


def _shown(database: Database) -> str:
    return database.pool.url.render_as_string(hide_password=True)


def _closed(database: Database, trouble: DBAPIError | str) -> Unusable:
    """Return what to tell whoever cannot use a database, and what to look at next."""
    said = str(getattr(trouble, "orig", None) or trouble).strip().splitlines()
    if "is not a database" in str(trouble):
        hint = "name another file: what stands in this one was not written by SQLite"
    elif database.dialect == "sqlite":
        folder = Path(database.file or ".").absolute().parent
        hint = f"see that this user may write both the file and its folder {folder}"
    else:
        hint = "see that the server runs, and that this role may connect, read, write and create"
    return Unusable(
        f"{_shown(database)} cannot be used: {said[0] if said else trouble}\n next: {hint}"
    )


def _newer(found: Standing) -> str:
    return (
        f"the tables are of version {found.found}, which a newer release of cuebook has made; this "
        f"one knows {found.wanted}\n next: pip install --upgrade cuebook"
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
