"""`escalate-task`: what a task with `escalate to:` promises for its deadline; playbooks never say it."""

from pydantic import BaseModel

from ..engine.contract import Context, Done, Outcome, Rejected, action

__all__ = ["EscalateTask", "escalate_task"]


class EscalateTask(BaseModel, extra="forbid"):
    """The words of `escalate-task`."""

    task: str


@action("escalate-task")
def escalate_task(args: EscalateTask, context: Context) -> Outcome:
    """Hand a task on that nobody has done in time."""
    try:
        handed = context.tasks.escalate(args.task)
    except ValueError as wrong:
        return Rejected(str(wrong))
    return Done("handed on" if handed else "it was done in time")
