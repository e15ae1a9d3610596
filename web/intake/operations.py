"""All that the intake can be asked, in the order in which paths are looked at."""

from typing import Final

from . import cloudevents, customerio, hooks, segment
from .asked import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: Final[tuple[Operation, ...]] = (
    *segment.OPERATIONS,
    *customerio.OPERATIONS,
    *cloudevents.OPERATIONS,
    *hooks.OPERATIONS,
)
