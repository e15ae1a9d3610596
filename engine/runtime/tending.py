"""The part of an engine that people look after: tasks answered, actions tried again, persons erased."""

from ..core.expr import Expr
from .browsing import Browsing
from .erasing import Erased, erase
from .indexing import covering, drop, make
from .intake import Moment
from .mail import moment
from .outbox import short
from .retrying import Retried, dismiss, retry
from .tasks import answer, comment, delegate, fill, tick
from .teams import Absence, Teams, away, back

__all__ = ["Tending"]


class Tending(Browsing):
    """Does what only a person decides."""

    def answer(self, task: str, said: str, *, by: str = "") -> bool:
        """Answer a task, once; return whether it was open.

        A run that asked goes on with the answer. One that comes after its time, or after the run has
        gone on, changes nothing and is written into the journal. Of a task that no run asked for,
        the event `task-done` tells where the project declares it. Raises KeyError when there is no
        such task, and ValueError for what is not among a question's answers.
        """
        self.ready()
        now = self._clock()
        answered = answer(self.database, task, said, now, by)
        if answered is not None and answered.team:
            fill(self._teams(), answered.team, now)
        self._nudge()
        return answered is not None

    def delegate(self, task: str, to: str, *, by: str = "") -> bool:
        """Hand a task on to somebody else, or to the `least loaded of` a team; it keeps its deadline.

        Returns whether it was open. Raises KeyError when there is no such task, ValueError when
        there is no such team.
        """
        self.ready()
        was_open = delegate(self._teams(), task, to, self._clock(), by)
        self._nudge()
        return was_open

    def index(self, condition: str | Expr) -> str:
        """Make an index for a question that is asked often; return its name.

        It holds all that the question looks at in the facts, and costs whoever changes one of these
        a little. On PostgreSQL nobody waits for it. It helps until the declarations change; then
        `drop_index` and this make it anew. Raises ValueError for a condition that does not compile
        or of which no column tells anything, LookupError before the first deployment.
        """
        return make(self.database, self._covering(condition))

    def drop_index(self, condition: str | Expr) -> str:
        """Take the index for a question away again; return its name. Raises as `index` does."""
        return drop(self.database, self._covering(condition))

    def _covering(self, condition: str | Expr) -> tuple[str, ...]:
        with self._everybody() as everybody:
            return covering(everybody, self._asked(everybody, condition))

    def comment(self, task: str, said: str, *, by: str = "") -> None:
        """Say something about a task, also when it is over.

        Raises KeyError when there is no such task, ValueError for nothing said or far too much.
        """
        self.ready()
        comment(self.database, task, said, self._clock(), by)

    def tick_off(self, task: str, point: int, *, done: bool = True) -> None:
        """Tick a point of a task's checklist off, counted from 1; with `done` off, on again.

        Raises KeyError when there is no such task, ValueError when there is no such point.
        """
        self.ready()
        tick(self.database, task, point, done=done)

    def away(self, who: str, until: Moment, *, since: Moment = None, instead: str = "") -> None:
        """Give somebody no tasks of a team for a while, and to `instead` those meant for them alone.

        Without `since` from now on; a date is its first instant in UTC. What they have already
        stays theirs. Raises ValueError for an absence that ends before it begins.
        """
        self.ready()
        now = self._clock()
        away(self.database, Absence(who, moment(since, now), moment(until, now), instead))

    def back(self, who: str) -> int:
        """End the absences of somebody, those to come too; return how many there were."""
        self.ready()
        now = self._clock()
        ended = back(self.database, who, now)
        teams = self._teams()
        for name, team in teams.teams.items():
            if any(one.name == who for one in team.members):
                fill(teams, name, now)
        return ended

    def _teams(self) -> Teams:
        project = self.project()
        return Teams(self.database, {} if project is None else project.teams)

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
