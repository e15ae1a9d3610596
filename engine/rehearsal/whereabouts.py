"""Which stages the customer of a test has been in, and since when."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .script import InStage

__all__ = ["Whereabouts"]


class Whereabouts:
    """The stages of one customer, each from the instant it was entered.

    What is left again within one decision is passed through, and no place to be.
    """

    def __init__(self, attributes: Iterable[str]) -> None:
        self._entered: dict[str, list[tuple[int, str | None]]] = {name: [] for name in attributes}

    def note(self, at: int, values: Mapping[str, object]) -> None:
        """Remember where a customer is at an instant."""
        for name, entered in self._entered.items():
            value = values.get(name)
            stage = value if isinstance(value, str) else None
            if not entered or entered[-1][1] != stage:
                entered.append((at, stage))

    def missed(self, wanted: InStage) -> tuple[InStage, str | None] | None:
        """Return what did not come true, with the stage the customer was in; None where all did."""
        entered = self._entered[wanted.attribute]
        if wanted.by is not None:
            until = [stage for since, stage in entered if since <= wanted.by]
            if not set(until) & set(wanted.leaves):
                return replace(wanted, at=None), until[-1] if until else None
            if wanted.at is None:
                return None
        # After all that happened at that instant.
        here = [stage for since, stage in entered if wanted.at is None or since <= wanted.at]
        found = here[-1] if here else None
        return None if found in wanted.leaves else (replace(wanted, by=None), found)
