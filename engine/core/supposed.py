"""What somebody supposes: that a customer has other attributes, or that an event happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Supposed"]


@dataclass(frozen=True, slots=True)
class Supposed:
    """`plan = "enterprise"`, or with an event `purchase where (amount = 120)`."""

    values: Mapping[str, object] = field(default_factory=dict)
    """Of attributes, or the properties of the event: as they are told, not yet as declared."""
    event: str = ""
