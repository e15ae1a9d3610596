"""The tables: one sentence each on why a row exists. All instants are microseconds since 1970 UTC.

They live on a registry of their own, so that a host may have a class `Customer` too; bodies are
JSON as text, the same in both databases.
"""

from sqlalchemy import BigInteger, Index, Integer, MetaData, Text, false, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from .fact_table import fact_table

__all__ = [
    "FACTS",
    "METADATA",
    "AbsenceRow",
    "AskedRow",
    "CustomerRow",
    "DeploymentRow",
    "ErasedRow",
    "InboxRow",
    "JournalRow",
    "MirrorRow",
    "NoticeRow",
    "OutboxRow",
    "ProgramRow",
    "RefusedRow",
    "RunRow",
    "TaskRow",
    "WakeRow",
    "WorkerRow",
]

METADATA = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "pk": "%(table_name)s_key",
    }
)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""Counts up by itself in both databases."""


class _Row(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class ProgramRow(_Row, table=True):
    """A compiled project, under the name of its content."""

    __tablename__ = "cuebook_program"

    digest: str = Field(primary_key=True, sa_type=Text)
    body: str = Field(sa_type=Text)


class DeploymentRow(_Row, table=True):
    """From an instant on, a program decides."""

    __tablename__ = "cuebook_deployment"

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    program: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    tzdata: str = Field(sa_type=Text)
    """The version of the zone data at that time."""


class InboxRow(_Row, table=True):
    """Something that happened to a customer: waiting to be decided, then the log of events."""

    __tablename__ = "cuebook_inbox"
    __table_args__ = (
        Index(
            "cuebook_inbox_waiting",
            "customer",
            "at",
            "id",
            sqlite_where=text("number IS NULL"),
            postgresql_where=text("number IS NULL"),
        ),
        Index(
            "cuebook_inbox_decided",
            "customer",
            "number",
            sqlite_where=text("number IS NOT NULL"),
            postgresql_where=text("number IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    key: str | None = Field(default=None, unique=True, sa_type=Text)
    """The source and what it calls this, so that what is told twice is taken once."""
    customer: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    """`event`, `change`, `signal` (what a host's function answered), `request` or `settled`."""
    name: str = Field(sa_type=Text)
    """The event, or the playbook asked for."""
    body: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    stamped: bool
    """Whether `at` is only when it came in: then it is never late."""
    number: int | None = Field(default=None, sa_type=BigInteger)
    """Its place among all that was decided about the customer; None while it waits."""


class WakeRow(_Row, table=True):
    """When a customer has to be looked at next: at once when mail waits, else at its next timer."""

    __tablename__ = "cuebook_wake"
    __table_args__ = (
        Index(
            "cuebook_wake_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "cuebook_wake_parked",
            "customer",
            sqlite_where=text("due_at IS NULL AND trouble <> ''"),
            postgresql_where=text("due_at IS NULL AND trouble <> ''"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    customer: str = Field(primary_key=True, sa_type=Text)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How often in a row looking at it has failed."""
    trouble: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Why, the last time; a customer that was parked has this and no `due_at`."""


class CustomerRow(_Row, table=True):
    """All that is remembered about one customer: one small document, replaced as a whole."""

    __tablename__ = "cuebook_customer"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)

    id: str = Field(primary_key=True, sa_type=Text)
    decided: int = Field(sa_type=BigInteger)
    """How many occurrences were decided: the version of the state."""
    program: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)


class JournalRow(_Row, table=True):
    """What was decided at one occurrence and why; never changed, only erased."""

    __tablename__ = "cuebook_journal"
    __table_args__ = (Index("cuebook_journal_of", "customer", "number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    customer: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    """`mail` for what stands in the inbox under the same number, `time` or `deployed`."""
    at: int = Field(sa_type=BigInteger)
    program: str = Field(sa_type=Text)
    """The program that decided."""
    before: str = Field(default="", sa_type=Text)
    """For `deployed`: the program that decided until then."""
    lines: str = Field(sa_type=Text)


class RunRow(_Row, table=True):
    """A run, so that it can be found without reading states."""

    __tablename__ = "cuebook_run"
    __table_args__ = (
        Index("cuebook_run_of", "customer"),
        Index(
            "cuebook_run_open",
            "playbook",
            "version",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    customer: str = Field(sa_type=Text)
    playbook: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    started_at: int = Field(sa_type=BigInteger)
    cause: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    waits: str = Field(sa_type=Text)
    """What it waits for, in words."""
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    ending: str = Field(default="", sa_type=Text)


class OutboxRow(_Row, table=True):
    """A promise to act, written in the transaction that decided it."""

    __tablename__ = "cuebook_outbox"
    __table_args__ = (
        Index(
            "cuebook_outbox_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("cuebook_outbox_of", "customer"),
        Index(
            "cuebook_outbox_given_up",
            "status",
            "decided_at",
            sqlite_where=text("status IN ('dead', 'in doubt')"),
            postgresql_where=text("status IN ('dead', 'in doubt')"),
        ),
        Index(
            "cuebook_outbox_closed",
            "lane",
            "key",
            sqlite_where=text("status = 'dead' AND substr(note, 1, 8) = 'closed: '"),
            postgresql_where=text("status = 'dead' AND substr(note, 1, 8) = 'closed: '"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    key: str = Field(primary_key=True, sa_type=Text)
    customer: str = Field(sa_type=Text)
    playbook: str = Field(sa_type=Text)
    run: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    lane: str = Field(sa_type=Text)
    """What shares a receiver."""
    args: str = Field(sa_type=Text)
    decided_at: int = Field(sa_type=BigInteger)
    status: str = Field(sa_type=Text)
    """`waiting`, `sending`, `done`, `dead`, `in doubt`, `dismissed`, or `erased` before done."""
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it may be taken up: its (next) attempt, or while it is sent the end of the lease."""
    attempt: int = Field(default=0)
    """How often it was taken up; with `owner` the fence against whoever comes back too late."""
    owner: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    """Why it is where it is, or what the other side answered."""
    settled_at: int | None = Field(default=None, sa_type=BigInteger)
    spent: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many of the attempts came before a person asked for more."""
    awaited: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether a run waits to be told how it ended, also when that is well."""


class TaskRow(_Row, table=True):
    """Something a person is asked to do."""

    __tablename__ = "cuebook_task"
    __table_args__ = (
        Index("cuebook_task_of", "customer"),
        Index(
            "cuebook_task_open",
            "assignee",
            sqlite_where=text("answered_at IS NULL AND closed_at IS NULL"),
            postgresql_where=text("answered_at IS NULL AND closed_at IS NULL"),
        ),
    )

    key: str = Field(primary_key=True, sa_type=Text)
    customer: str = Field(sa_type=Text)
    playbook: str = Field(sa_type=Text)
    run: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    assignee: str = Field(sa_type=Text)
    due: str = Field(sa_type=Text)
    opened_at: int = Field(sa_type=BigInteger)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    answer: str = Field(default="", sa_type=Text)
    choices: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Of an `ask:`, whose run waits for it: the answers there are, as JSON; else any text will do."""
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    """Until when it may be answered."""
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    """When its run went on without an answer."""
    closing: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Why."""
    answered_by: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    body: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    priority: str = Field(
        default="normal", sa_type=Text, sa_column_kwargs={"server_default": "normal"}
    )
    checklist: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """What belongs to it, and what of that is done, as JSON."""
    comments: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """What was said about it, as JSON."""
    team: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Whose turn among them it is; nobody's while none has room."""
    wanted_at: int | None = Field(default=None, sa_type=BigInteger)
    """By when it should be done; later is late, and as welcome."""
    escalate_to: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    escalates_at: int | None = Field(default=None, sa_type=BigInteger)
    """When it is handed on unless it is done."""
    escalated_at: int | None = Field(default=None, sa_type=BigInteger)


class AbsenceRow(_Row, table=True):
    """Somebody takes no tasks for a while."""

    __tablename__ = "cuebook_absence"
    __table_args__ = (Index("cuebook_absence_of", "who"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    who: str = Field(sa_type=Text)
    from_at: int = Field(sa_type=BigInteger)
    until_at: int = Field(sa_type=BigInteger)
    instead: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Who has meanwhile what is assigned to them by name."""


class WorkerRow(_Row, table=True):
    """A process that decides and dispatches, and when it was last seen alive."""

    __tablename__ = "cuebook_worker"

    id: str = Field(primary_key=True, sa_type=Text)
    host: str = Field(sa_type=Text)
    pid: int
    started_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    stands_by: bool


class NoticeRow(_Row, table=True):
    """Something odd in what came in, told once: an undeclared name, a value that did not fit."""

    __tablename__ = "cuebook_notice"

    text: str = Field(primary_key=True, sa_type=Text)
    customer: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class RefusedRow(_Row, table=True):
    """Something that came in by a door and could not be taken: kept, once, for a person to look at."""

    __tablename__ = "cuebook_refused"
    __table_args__ = (Index("cuebook_refused_of", "customer"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    key: str = Field(unique=True, sa_type=Text)
    """A hash of its content: what is sent again and again is kept once."""
    source: str = Field(sa_type=Text)
    customer: str = Field(sa_type=Text)
    """Whom it is about, where that could be read; else empty."""
    reason: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    received_at: int = Field(sa_type=BigInteger)


class MirrorRow(_Row, table=True):
    """How far a table of the host has been read."""

    __tablename__ = "cuebook_mirror"

    name: str = Field(primary_key=True, sa_type=Text)
    mark: str = Field(sa_type=Text)


class AskedRow(_Row, table=True):
    """When the host's function for a signal has to be asked about a customer."""

    __tablename__ = "cuebook_asked"
    __table_args__ = (Index("cuebook_asked_due", "signal", "due_at"),)

    customer: str = Field(primary_key=True, sa_type=Text)
    signal: str = Field(primary_key=True, sa_type=Text)
    due_at: int = Field(sa_type=BigInteger)
    again_at: int = Field(sa_type=BigInteger)
    """The earliest that a change may have it asked again."""


class ErasedRow(_Row, table=True):
    """A customer who was erased, known by a hash only: what is dated before comes to nothing."""

    __tablename__ = "cuebook_erased"

    hash: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(sa_type=BigInteger)


FACTS = fact_table(METADATA)
