"""The engine is a guest: it shares a process, a database and a fork with whatever the host does."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, select
from sqlmodel import Field, Session, SQLModel

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.schema import standing, upgrade

from .hosts import NOON, Desk, write_host

TYPING = Path(__file__).parents[2] / ".typing"


class Customer(SQLModel, table=True):
    """A host's own table, of a name that we have too."""

    id: str = Field(primary_key=True)
    level: str = "free"


def test_a_class_of_the_same_name_does_not_clash(database: Database, tmp_path: Path) -> None:
    """Host and engine write to one database in one transaction, each to tables of its own."""
    engine = Engine(database.pool)
    desk = Desk(engine)
    engine.deploy(write_host(tmp_path / "project"), at=NOON)
    SQLModel.metadata.create_all(database.pool)

    with Session(database.pool) as session:
        session.add(Customer(id="acme"))
        engine.track("acme", "go-live", at=NOON, session=session)
        session.commit()
    with Session(database.pool) as session:
        session.add(Customer(id="bolt"))
        engine.track("bolt", "go-live", at=NOON, session=session)
        session.rollback()
    engine.tick(NOON)

    assert desk.greeted == ["hello acme"]
    with Session(database.pool) as session:
        assert list(session.scalars(select(Customer.id))) == ["acme"]
    assert not [name for name in SQLModel.metadata.tables if name.startswith("cuebook")]


@pytest.mark.parametrize("host_first", [True, False])
def test_two_chains_of_migrations_leave_each_other_alone(
    bare_url: str, tmp_path: Path, host_first: bool
) -> None:
    """Each has a version table of its own, and neither proposes to drop what the other made."""
    database = Database(bare_url)
    chain = alembic_of_a_host(tmp_path / "alembic", bare_url)

    if host_first:
        command.upgrade(chain, "head")
        upgrade(database)
    else:
        upgrade(database)
        command.upgrade(chain, "head")

    tables = inspect(database.pool).get_table_names()
    assert {"customer", "alembic_version", "cuebook_customer", "cuebook_version"} <= set(tables)
    assert standing(database, compare=True).differences == ()
    command.check(chain)
    command.downgrade(chain, "base")
    assert standing(database, compare=True).current
    database.pool.dispose()


def alembic_of_a_host(folder: Path, url: str) -> Config:
    """Write what `alembic init` and one revision leave behind, and return its configuration."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(
        dedent("""\
        from alembic import context
        from sqlalchemy import Column, MetaData, String, Table, create_engine

        metadata = MetaData()
        Table("customer", metadata, Column("id", String, primary_key=True))
        engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
            )
            with context.begin_transaction():
                context.run_migrations()
        engine.dispose()
        """)
    )
    (folder / "versions" / "a1_first.py").write_text(
        dedent("""\
        import sqlalchemy as sa
        from alembic import op

        revision = "a1"
        down_revision = None


        def upgrade():
            op.create_table("customer", sa.Column("id", sa.String(), primary_key=True))


        def downgrade():
            op.drop_table("customer")
        """)
    )
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def test_engines_of_one_process_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Two databases, two programs, two sets of actions."""
    engines, desks = [], []
    for name in ("one", "two"):
        engine = Engine(f"sqlite:///{tmp_path}/{name}.db")
        upgrade(engine.database)
        desks.append(Desk(engine))
        engine.deploy(write_host(tmp_path / name), at=NOON)
        engines.append(engine)

    engines[0].track("acme", "go-live", at=NOON)
    for engine in engines:
        engine.tick(NOON)

    assert [desk.greeted for desk in desks] == [["hello acme"], []]
    for engine in engines:
        engine.database.pool.dispose()


PREFORK = """
import os, sys, time
from cuebook.engine.runtime import Engine

engine = Engine(sys.argv[1])

@engine.action("greet")
def greet(args, context):
    # In one piece, since several threads do it at once.
    os.write(1, f"{args['text']} by {os.getpid() != parent}\\n".encode())

parent = os.getpid()
engine.deploy(sys.argv[2])
engine.track("before", "go-live")
if sys.argv[3] == "running":
    engine.start()
    while engine.status().outbox.get("done", 0) < 1:
        time.sleep(0.01)
children = []
for name in ("one", "two"):
    child = os.fork()
    if child == 0:
        assert not engine.running
        with engine:
            engine.track(name, "go-live")
            while engine.status().outbox.get("done", 0) < 3:
                time.sleep(0.01)
        os._exit(0)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children], flush=True)
print(engine.status().outbox, engine.running, flush=True)
engine.stop()
engine.database.pool.dispose()
"""


@pytest.mark.parametrize("how", ["constructed", "running"])
def test_an_engine_survives_a_fork(url: str, tmp_path: Path, how: str) -> None:
    """Two children of one parent share no connection, lease or lock; each action is performed once."""
    project = write_host(tmp_path / "project")

    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            PREFORK,
            url,
            project,
            how,
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        env=os.environ | {"PYTHONPATH": str(TYPING)},
    )

    *greeted, left, status = done.stdout.splitlines()
    assert done.stderr == ""
    assert (left, status) == ("[0, 0]", f"{{'done': 3}} {how == 'running'}")
    names = sorted(line.split()[1] for line in greeted)
    assert names == ["before", "one", "two"]
    if how == "constructed":
        assert all(line.endswith("True") for line in greeted)
