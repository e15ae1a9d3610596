"""The part of an engine that people look after: tasks answered, actions tried again, persons erased."""

from .browsing import Browsing
from .erasing import Erased, erase
from .outbox import short
from .retrying import Retried, dismiss, retry
from .tasks import answer, delegate

__all__ = ["Tending"]


class Tending(Browsing):
    """Does what only a person decides."""

    def answer(self, task: str, said: str, *, by: str = "") -> bool:
        """Answer a task, once; return whether it was open.

        A run that asked goes on with the answer. One that comes after its time, or after the run has
        gone on, changes nothing and is written into the journal. Raises KeyError when there is no
        such task, and ValueError for what is not among a question's answers.
        """
        self.ready()
        was_open = answer(self.database, task, said, self._clock(), by)
        self._nudge()
        return was_open

    def delegate(self, task: str, to: str, *, by: str = "") -> bool:
        """Hand a task on to somebody else; it keeps its deadline. Return whether it was open.

        Raises KeyError when there is no such task.
        """
        self.ready()
        was_open = delegate(self.database, task, to, self._clock(), by)
        self._nudge()
        return was_open

    def retry(
        self, key: str | None = None, *, customer: str | None = None, in_doubt: bool = False
    ) -> Retried:
        """Try again what was given up: one action, those of a customer, or with neither all.

        Dead letters are performed again with all their attempts, under the same key; those in doubt
        only with `in_doubt`, since they may have been performed. Customers that were parked are
        looked at again. Raises KeyError when no action has this key.
        """
        self.ready()
        with self.database.write() as connection:
            done = retry(self.database, connection, self._clock(), key, customer, in_doubt=in_doubt)
        self._nudge()
        return done

    def dismiss(
        self, key: str | None = None, *, customer: str | None = None, by: str, why: str = ""
    ) -> int:
        """Let what was given up rest: one action, those of a customer, or with neither all.

        Dead letters and actions in doubt become `dismissed`, for good; `settled_at` tells when, and
        the note `by` whom and `why`. Returns how many; raises KeyError when no action has this key.
        """
        self.ready()
        note = short(f"dismissed by {by}: {why}" if why else f"dismissed by {by}")
        with self.database.write() as connection:
            return dismiss(self.database, connection, self._clock(), key, customer, note)

    def erase(self, customer: str) -> Erased:
        """Delete a person's data and keep the evidence that something was decided.

        What is kept (numbers, kinds, instants, playbooks, steps) stands under a hash in place of
        the name. Nothing that was promised and not yet performed will be; what is told later and
        dated before now comes to nothing. Backups are the host's to erase.
        """
        self.ready()
        return erase(self.database, customer, self._clock())

    def _nudge(self) -> None:
        """Let whoever runs in this process look at once."""
