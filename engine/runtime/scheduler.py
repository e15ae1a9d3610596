"""The alarm clock: the one file that knows APScheduler. It holds nothing that matters.

One job rings at the next due instant, another looks after the house. Their schedule is in memory
and made anew at every start; what is due stands in the database.
"""

from collections.abc import Callable
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from ..core.instant import to_datetime

__all__ = ["AlarmClock"]


class AlarmClock:
    """Rings when something comes due, and every so often for housekeeping."""

    def __init__(self, ring: Callable[[], None], housekeeping: Callable[[], None]) -> None:
        self._ring = ring
        self._housekeeping = housekeeping
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            # Late is better than never: a machine that slept rings once when it wakes up.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, every: timedelta) -> None:
        """Begin to tick, with housekeeping `every` so often and once now."""
        self._scheduler.add_job(
            self._housekeeping,
            "interval",
            seconds=every.total_seconds(),
            id="housekeeping",
        )
        self._scheduler.start()

    def ring_at(self, at: int) -> None:
        """Ring at an instant (microseconds UTC) instead of the one that was set before."""
        self._scheduler.add_job(
            self._ring, "date", run_date=to_datetime(at), id="ring", replace_existing=True
        )

    def stop(self) -> None:
        """Stop ticking; a job that runs is waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
