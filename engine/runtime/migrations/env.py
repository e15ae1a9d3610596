"""What Alembic runs for each command: over the connection it was handed, or as SQL text."""

from typing import Any

from alembic import context

from cuebook.engine.runtime.migrations.version import VERSION_TABLE
from cuebook.engine.runtime.tables import METADATA

__all__ = ()


def _run() -> None:
    attributes: dict[str, Any] = context.config.attributes
    common: dict[str, Any] = {
        "target_metadata": METADATA,
        "version_table": VERSION_TABLE,
        "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables,
    }
    if context.is_offline_mode():
        context.configure(
            dialect_name=attributes["dialect"], literal_binds=True,
            output_buffer=attributes["output"], **common,
        )  # fmt: skip
    else:
        context.configure(connection=attributes["connection"], render_as_batch=True, **common)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # What Alembic calls it when it runs it.
    _run()
