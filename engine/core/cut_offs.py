"""For one instant: how long ago something must have been, for so many days to be completed since."""

from .calendar import date_of
from .duration import DAY
from .instant import EARLIEST, LATEST
from .reach import SLACK
from .zone import Zone

__all__ = ["cut_off", "cut_off_dates"]


def cut_off(now: int, zone: Zone, days: int) -> int | None:
    """Return the last instant since which `days` have been completed at `now`.

    None when clocks change close to it or to `now`: then no single instant parts the two.
    """
    if zone.fixed is not None:
        return now - days * DAY
    then, today = _offset(now - days * DAY, zone), _offset(now, zone)
    if then is None or today is None:
        return None
    return now + today - then - days * DAY


def cut_off_dates(now: int, zone: Zone, days: int) -> tuple[str, str]:
    """Return a date since which `days` have surely been completed, and the last that may do."""
    early, late = now - days * DAY - SLACK, now - days * DAY + SLACK
    surely = date_of(early, zone) if early - SLACK > EARLIEST else ""
    perhaps = date_of(late, zone) if late + SLACK < LATEST else "~"
    return surely, perhaps


def _offset(at: int, zone: Zone) -> int | None:
    """Return the zone's offset around an instant, None when it changes within a day or two."""
    offset = zone.local(at) - at
    around = (zone.local(at + step) - at - step for step in (-2 * SLACK, -SLACK, SLACK, 2 * SLACK))
    return offset if all(other == offset for other in around) else None
