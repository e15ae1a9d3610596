"""What playbooks mean, ready to run: plain data, with no trace of how they were laid out."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from .bodies import Arm, Ask, Cancel, Repeat, Split, Start
from .derived import Derived
from .duration import Duration
from .expr import Expr, Happening, Records
from .fixed import node
from .kpis import Kpi
from .lifecycles import Lifecycle, Move
from .node import Json, Node
from .plan_days import BestHour, Calendar, Learning
from .plan_limits import Limit, Never
from .plan_teams import Member, Team
from .triggers import (
    Cron,
    Every,
    Monthly,
    OnChange,
    OnCondition,
    OnCrossing,
    OnDate,
    OnEvent,
    OnManual,
    OnRecord,
    OnSchedule,
    OnSequence,
    OnStage,
    Recurrence,
    Trigger,
    Weekly,
)
from .vocabulary import Vocabulary

__all__ = [
    "Again",
    "Arm",
    "Ask",
    "BestHour",
    "Body",
    "Branch",
    "Calendar",
    "Cancel",
    "Choose",
    "Cron",
    "Do",
    "Emit",
    "Every",
    "Json",
    "Learning",
    "Lifecycle",
    "Member",
    "Monthly",
    "Move",
    "OnChange",
    "OnCondition",
    "OnCrossing",
    "OnDate",
    "OnEvent",
    "OnManual",
    "OnRecord",
    "OnSchedule",
    "OnSequence",
    "OnStage",
    "Plan",
    "Project",
    "Recurrence",
    "Repeat",
    "SetAttributes",
    "Split",
    "Start",
    "Step",
    "Stop",
    "Team",
    "Template",
    "Timing",
    "Trigger",
    "Wait",
    "WaitFor",
    "WaitUntil",
    "Weekly",
    "limits_of",
]

# --- steps --------------------------------------------------------------------------------------


@node
class Timing(Node):
    """When a step is planned, apart from following the step before it."""

    after: Duration | None = None
    """`after 3 days`: counted from the trigger."""
    at: int | BestHour | None = None
    """`at: "09:00"`: minutes after midnight, local time; or the customer's own best hour."""
    on: tuple[int, ...] | Literal["business days"] | None = None
    """`on: monday`: the days it may fall on, Monday 0 to Sunday 6; else it moves to the next."""
    zone: str | None = None
    """`in zone: Europe/Berlin`; by default the customer's."""


@node
class Wait(Node):
    """`wait: 7 days`, counted from the planned instant of the step before."""

    duration: Duration | None


@node
class WaitFor(Node):
    """`wait for: EVENT` with `up to:` and `then:`/`else:`."""

    what: Happening
    up_to: Duration | None
    then: str | None
    """The first step of `then:` (or the step after this one)."""
    otherwise: str | None
    """The first step of `else:` (or the step after this one)."""


@node
class WaitUntil(Node):
    """`wait until: COND` with `up to:` and `then:`/`else:`."""

    condition: Expr
    up_to: Duration | None
    then: str | None
    otherwise: str | None


@node
class Do(Node):
    """`do: create-task` with what it is given; texts are templates, rendered by the runtime."""

    kind: str
    """What performs it: `create-task`, `send-email`, …"""
    action: str
    """The name the author used: a declared action's, or the kind itself."""
    args: Mapping[str, Json]
    answer: str = ""
    """`as: credit`: the run waits for the answer, and this names it; empty without."""
    up_to: Duration | None = None
    """How long it waits for the answer."""
    each: Records | None = None
    """`for each: contacts where (…)`: the records for each of which it is done, once."""


@node
class Branch(Node):
    """One way of a `choose:`."""

    condition: Expr
    target: str | None


@node
class Choose(Node):
    """`choose:`: the first branch whose `if` is true, else `otherwise`."""

    branches: tuple[Branch, ...]
    otherwise: str | None


@node
class SetAttributes(Node):
    """`set: {onboarded: true, risk: health_score < 50}`: each value is evaluated, then set."""

    values: tuple[tuple[str, Expr], ...]


@node
class Emit(Node):
    """`emit: {onboarding-done: {by: "playbook"}}`: an event at the same instant."""

    event: str
    properties: tuple[tuple[str, Expr], ...]


@node
class Stop(Node):
    """`stop: not ready`: the run ends here."""

    reason: str


Body = (
    Wait
    | WaitFor
    | WaitUntil
    | Do
    | Choose
    | Split
    | Ask
    | Repeat
    | SetAttributes
    | Emit
    | Start
    | Cancel
    | Stop
)


@node
class Step(Node):
    """One thing a run does or waits for. Steps refer to each other by id; `None` ends the run."""

    id: str
    body: Body
    next: str | None
    """The step after this one, when the body does not say otherwise."""
    only_if: Expr | None = None
    unless: Expr | None = None
    timing: Timing = Timing()
    within: tuple[str, ...] = ()
    """The `repeat:` steps it stands inside, the outermost first."""


# --- playbooks ----------------------------------------------------------------------------------


@node
class Again(Node):
    """`again: always | never | after 90 days`, counted from the last start."""

    rule: Literal["always", "never", "after"] = "always"
    duration: Duration | None = None


@node
class Plan(Node):
    """One playbook, compiled."""

    playbook: str
    triggers: tuple[Trigger, ...]
    steps: tuple[Step, ...]
    first: str | None
    """The id of the first step."""
    title: str = ""
    owner: str = ""
    condition: Expr | None = None
    stop_when: Expr | None = None
    again: Again = Again()
    while_running: Literal["skip", "restart", "parallel"] = "skip"
    per: Expr | None = None
    late: Literal["skip", "run", "latest"] = "skip"
    in_flight: Literal["follow", "finish old", "stop"] = "follow"
    existing: Literal["ignore", "enter"] = "ignore"
    goal: Expr | None = None
    goal_within: Duration | None = None
    priority: int = 0
    held_up_to: Duration | None = None
    """`held back: wait up to 3 days`; by default what a limit holds back is dropped."""
    limits: tuple[Limit, ...] = ()
    holdout: int = 0
    """The part of all customers that gets no action, in hundredths of a percent."""


@node
class Template(Node):
    """What the files of templates/ with one name say: a message, each part a Jinja2 template."""

    subject: str
    """What follows `Subject:` above the text; empty when nothing does."""
    body: str
    """As plain text; empty when there is HTML alone."""
    html: str = ""
    """As HTML; empty when there is text alone."""
    sender: str = ""
    """What follows `From:` above the text."""
    purpose: str = ""
    """What follows `Purpose:` above the text; no template, for limits ask for it."""


@node
class Project(Node):
    """All compiled playbooks of a project with the declarations they were checked against.

    `engine.core.program.Program` is this, indexed and ready to decide.
    """

    vocabulary: Vocabulary
    calendar: Calendar
    plans: tuple[Plan, ...]
    templates: Mapping[str, Template] = field(default_factory=dict)
    """By the name that `with: {template: thank-you}` says: the path in templates/, no suffix."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Those a customer may have instead of the project's own, by declared name."""
    best_hour: Learning | None = None
    """What the best hours of customers are learnt from."""
    limits: tuple[Limit, ...] = ()
    never: tuple[Never, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    """By the name of an action or a kind, the channel by which it reaches the customer."""
    derived: tuple[Derived, ...] = ()
    """Signals and segments, each after those it reads."""
    supplied: tuple[str, ...] = ()
    """Signals that the application around the engine supplies."""
    lifecycles: tuple[Lifecycle, ...] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    """Among whom tasks are shared out, by declared name."""
    kpis: tuple[Kpi, ...] = ()
    """The numbers a report tells."""


def limits_of(project: Project) -> Iterator[Limit]:
    """Walk through every limit of a project and of its playbooks."""
    yield from project.limits
    for plan in project.plans:
        yield from plan.limits
