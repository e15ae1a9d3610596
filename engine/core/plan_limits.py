"""What holds actions back, as plain data: limits, promises of what is never done, digests."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from .duration import Duration
from .expr import Expr
from .fixed import node
from .node import Json, Node
from .vocabulary import fold

__all__ = [
    "CHANNELS",
    "Cap",
    "Consent",
    "Digest",
    "Limit",
    "Never",
    "Target",
    "channel_of",
    "meets",
]

CHANNELS: Final[Mapping[str, str]] = {
    "send-email": "email", "survey": "email", "notify": "notify",
}  # fmt: skip
"""By which channel kinds of action reach the customer, unless a project says otherwise."""


@node
class Target(Node):
    """What is limited: `email` (a channel), `send-email` (an action or a kind), `everything`."""

    reach: Literal["everything", "channel", "action", "all"]
    """`everything` is all that reaches the customer, `all` really every action."""
    name: str


@node
class Cap(Node):
    """`at most: 2 per 7 days`: what was performed at e counts from e until just before e + D."""

    most: int
    duration: Duration


@node
class Consent(Node):
    """`needs consent: email_opt_in`: the attribute that must be true."""

    attribute: str
    purpose: str = ""
    """Only for this `with: {purpose: …}`; empty for all that are not excepted."""


@node
class Digest(Node):
    """`digest: {every: 1 day, at: "09:00", do: daily-digest}`: several messages become one."""

    duration: Duration | None
    """How long the first of them waits at most."""
    at: int | None
    """Minutes after midnight, local time."""
    kind: str
    action: str
    args: Mapping[str, Json]


@node
class Limit(Node):
    """`email: {at most: 2 per 7 days, quiet hours: "20:00-08:00", needs consent: email_opt_in}`."""

    target: Target
    caps: tuple[Cap, ...] = ()
    per: Literal["customer", "recipient", "playbook"] = "customer"
    """Whose actions are counted together."""
    quiet: tuple[int, int] | None = None
    """From and until, minutes after midnight, local time; the end may lie on the next day."""
    on: tuple[int, ...] | Literal["business days"] | None = None
    """The days on which it may happen, Monday 0 to Sunday 6."""
    consents: tuple[Consent, ...] = ()
    exempt: tuple[str, ...] = ("service",)
    """Purposes that neither caps, consent nor digests hold back, and that do not count."""
    digest: Digest | None = None


@node
class Never(Node):
    """`{do: send-email, if: COND, unless: COND}`: broken when `if` is true and `unless` is not."""

    targets: tuple[Target, ...]
    condition: Expr | None = None
    unless: Expr | None = None


def meets(target: Target, names: Iterable[str], channel: str) -> bool:
    """Tell whether a target means an action of these folded names and of this channel."""
    match target.reach:
        case "all":
            return True
        case "everything":
            return bool(channel)
        case "channel":
            return fold(target.name) == fold(channel)
        case "action":
            return fold(target.name) in names


def channel_of(channels: Iterable[tuple[str, str]], kind: str, action: str) -> str:
    """Return by which channel an action reaches the customer: its own, or that of its kind."""
    found = {fold(name): channel for name, channel in channels}
    return found.get(fold(action), found.get(fold(kind), ""))
