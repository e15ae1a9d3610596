"""Triggers that a change of an attribute meets: other values, and records that come and go."""

from collections.abc import Callable, Mapping

from . import plan as P
from .channels import dig
from .expr import Attribute
from .meeting import Change
from .records import MOST, distinct
from .say import say
from .watches import Watching

__all__ = ["Changing"]


class Changing(Watching):
    """The part of a turn that shows changes to the triggers that wait for them."""

    __slots__ = ()

    def meet(self, change: Change, name: str, before: object, after: object) -> None:
        """Begin what an attribute's getting another value begins."""
        match change.trigger:
            case P.OnChange(path=path):
                old, new = dig(before, path), dig(after, path)
                if old != new and self.change_meant(change, old, new):
                    cause = f"a change of {'.'.join((name, *path))}"
                    given = {"old": old, "new": new}
                    self.start(change.plan, change.key, self.now, cause, event=given)
            case P.OnRecord():
                self.count_records(change, change.trigger, before, after)

    def change_meant(self, change: Change, old: object, new: object) -> bool:
        """Whether a change is from and to the values a trigger names, and passes its `where`."""
        c = self.customer
        world = (c.attributes, c.history, self.now, c.zone, None)
        return (
            (change.old is None or change.old(*world) == old)
            and (change.new is None or change.new(*world) == new)
            and (change.where is None or change.where({"old": old, "new": new}, *world))
        )

    def count_records(
        self, change: Change, trigger: P.OnRecord, before: object, after: object
    ) -> None:
        """Begin a run for each record that has come to count, or counts no longer."""
        of = trigger.records.of
        path = of.path if isinstance(of, Attribute) else ()
        cause = f"{say(of)} {trigger.side} one"
        passes = self.passing(change.where)
        old, new = distinct(dig(before, path), passes), distinct(dig(after, path), passes)
        had, has = (old, new) if trigger.side == "loses" else (new, old)
        found = [item for key, item in had.items() if key not in has]
        for item in found[:MOST]:
            given = item if isinstance(item, Mapping) else {"it": item}
            self.start(change.plan, change.key, self.now, cause, event=given)
        self.leave_out(change.plan.plan.playbook, len(found) - MOST)

    def passing(self, where: Callable[..., bool] | None) -> Callable[[object], bool] | None:
        """Return a test of one record, as things stand now."""
        if where is None:
            return None
        c = self.customer
        return lambda item: where(item, c.attributes, c.history, self.now, c.zone, None)
