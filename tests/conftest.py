"""What holds for all tests: property tests draw the same examples every time they run here.

The databases stand here, and not beside the tests of the runtime: a fixture of a session is made
once for each conftest that names it, and each PostgreSQL that is begun costs a few seconds.
"""

from hypothesis import settings

from .looking import chromium
from .runtime.databases import (
    another,
    bare_url,
    clock,
    database,
    deploy,
    dialect,
    engine,
    postgresql,
    postgresql_upgraded,
    sqlite_template,
    url,
)

__all__ = [
    "another", "bare_url", "chromium", "clock", "database", "deploy", "dialect", "engine", "postgresql",
    "postgresql_upgraded", "sqlite_template", "url",
]  # fmt: skip

settings.register_profile("steady", derandomize=True, database=None)
settings.load_profile("steady")
