"""`do: create-task`: somebody is asked to do something. Safe to repeat: one key, one task."""

from pydantic import BaseModel

from ..engine.contract import Context, Done, Outcome, action

__all__ = ["CreateTask", "create_task"]


class CreateTask(BaseModel, extra="forbid"):
    """The words of `create-task`."""

    title: str
    assignee: str = ""
    due: str = ""


@action("create-task")
def create_task(args: CreateTask, context: Context) -> Outcome:
    """Open one task for one key."""
    context.tasks.open(context.key, args.title, assignee=args.assignee, due=args.due)
    return Done()
