"""What a channel does, by the stage its receivers were in: sent, opened, clicked, goal reached.

That a message was opened or clicked is told by events: `email-opened` and `email-clicked` for the
channel `email`. They belong to the last message of the channel before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Text, and_, case, exists, func, literal, or_, select

from ...core.lifecycles import the_stage
from ...core.plan import Project
from ...core.plan_limits import CHANNELS, channel_of
from ...core.vocabulary import fold
from .heard import EVENTS
from .intervals import Interval, Share, wilson
from .kpis_values import folded
from .stages import STAYS
from .told import LINES, Told, table

__all__ = ["Channel", "channels"]

_SENT: Final = table(
    "sent", customer=Text, channel=Text, at=BigInteger, following=BigInteger, run=Text, stage=Text
)
"""Messages that were decided upon; `following` is when the next of its channel was."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What came of the messages of one channel to customers in one stage."""

    channel: str
    stage: str
    """Empty where no lifecycle is declared, or the customer was in no stage."""
    sent: int
    opened: int | None
    """None where no event says so: nothing that folds to `email-opened` is declared."""
    clicked: int | None
    goals: int
    """Messages after which the goal of their run was reached in the period."""
    goal: Interval | None
    """The share of these, with its interval."""


def channels(told: Told, project: Project, playbooks: tuple[str, ...] = ()) -> list[Channel]:
    """Return each channel with its stages; `heard.listen` and `stages.settle` have been called."""
    _send(told, project, playbooks)
    sent, declared = _SENT.c, {fold(name) for name in project.vocabulary.events}
    line = LINES.c
    reached = and_(
        line.run == sent.run, line.kind == "goal", func.substr(line.note, 1, 7) == "reached",
        line.at >= sent.at,
    )  # fmt: skip
    question = (
        select(
            sent.channel, sent.stage, func.count(),
            _times(_came(told, "opened")), _times(_came(told, "clicked")), func.count(line.run),
        )
        .join_from(_SENT, LINES, reached, isouter=True)  # A goal is told once of a run.
        .group_by(sent.channel, sent.stage)
    )  # fmt: skip
    found = []
    for channel, stage, number, opened, clicked, goals in told.rows(question):
        known = {deed: fold(f"{channel}-{deed}") in declared for deed in ("opened", "clicked")}
        found.append(
            Channel(
                channel, stage, number, opened if known["opened"] else None,
                clicked if known["clicked"] else None, goals, wilson(Share(goals, number)),
            )
        )  # fmt: skip
    order = _order(project)
    return sorted(found, key=lambda one: (one.channel, order.get(one.stage, len(order)), one.stage))


def _send(told: Told, project: Project, playbooks: tuple[str, ...]) -> None:
    """Make `_SENT` of the actions that reach customers."""
    line = LINES.c
    channel = _channel(told, project)
    listed = (
        select(line.customer, channel.label("channel"), line.at, line.number, line.place, line.run)
        .where(line.kind == "action", line.note == "", channel != "")
        .where(*([line.playbook.in_(playbooks)] if playbooks else []))
        .subquery()
    )
    one = listed.c
    following = func.lead(one.at).over(
        partition_by=[one.customer, one.channel], order_by=[one.at, one.number, one.place]
    )
    stay, stage = STAYS.c, the_stage(project.vocabulary.attributes)
    within = and_(
        stay.customer == one.customer, stay.lifecycle == (stage or ""), stay.entered_at <= one.at,
        or_(stay.left_at.is_(None), stay.left_at > one.at),
    )  # fmt: skip
    question = select(
        one.customer, one.channel, one.at, following.label("following"), one.run,
        func.coalesce(stay.stage, "").label("stage"),
    ).join_from(listed, STAYS, within, isouter=True)  # fmt: skip
    told.fill(_SENT, question)


def _channel(told: Told, project: Project) -> Any:
    """Return by which channel an action goes; there are as many kinds and names as were declared."""
    line = LINES.c
    kinds = select(line.means, line.action).where(line.kind == "action").distinct()
    declared = project.channels or tuple(CHANNELS.items())
    found = [
        (and_(line.means == means, line.action == action), channel)
        for means, action in told.rows(kinds)
        if (channel := channel_of(declared, means, action))
    ]
    return case(*found, else_=literal("")) if found else literal("")


def _came(told: Told, deed: str) -> Any:
    """Whether a message's event came before the next message of its channel."""
    event, sent = EVENTS.c, _SENT.c
    return exists().where(
        event.customer == sent.customer, event.at >= sent.at,
        event.at < func.coalesce(sent.following, told.until),
        folded(event.name) == folded(sent.channel + f"-{deed}"),
    )  # fmt: skip


def _times(what: Any) -> Any:
    return func.count(case((what, 1)))


def _order(project: Project) -> dict[str, int]:
    """Return the places of stages, as they are declared."""
    attribute = the_stage(project.vocabulary.attributes)
    options: Iterator[str] = iter(
        project.vocabulary.attributes[attribute].options if attribute else ()
    )
    return {stage: place for place, stage in enumerate(options)}
