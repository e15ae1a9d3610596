"""`do: create-task`: somebody is asked to do something. Safe to repeat: one key, one task."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..engine.contract import Context, Details, Done, Outcome, Priority, Rejected, action

__all__ = ["CreateTask", "create_task"]


class CreateTask(BaseModel):
    """The words of `create-task`."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    body: Annotated[str, StringConstraints(max_length=50_000)] = ""
    assignee: str = ""
    due: str = ""
    priority: Priority = "normal"
    checklist: list[str] = Field(default=[], max_length=100)
    escalate_to: str = Field(default="", alias="escalate to")
    escalate_after: str = Field(default="", alias="escalate after")


@action("create-task")
def create_task(args: CreateTask, context: Context) -> Outcome:
    """Open one task for one key, and answer whose it is."""
    details = Details(
        args.assignee, args.due, args.body, args.priority, tuple(args.checklist),
        args.escalate_to, args.escalate_after,
    )  # fmt: skip
    try:
        opened = context.tasks.open(context.key, args.title, details)
    except ValueError as wrong:
        return Rejected(str(wrong))
    if opened is None:
        return Done()  # Its customer was erased meanwhile.
    wanted = None if opened.wanted_at is None else opened.wanted_at.isoformat()
    return Done({"task": opened.key, "assignee": opened.assignee, "due": wanted})
