"""The databases of the runtime's tests, for commands that need one."""

from ..runtime.conftest import (
    bare_url,
    dialect,
    postgresql,
    postgresql_template,
    sqlite_template,
    url,
)

__all__ = ["bare_url", "dialect", "postgresql", "postgresql_template", "sqlite_template", "url"]
