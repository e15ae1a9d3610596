"""Actions that a promise may forbid, as far as is known where they are come to.

No rule tells of them: most promises are made for what may happen. A picture of a playbook shows them.
"""

from collections.abc import Mapping

from ...engine.core import plan as P
from ...engine.core.plan_limits import Never
from ..known import Known
from ..project import Compiled
from ..promises import promised, settled
from .known_at import Known as Given
from .known_at import looks
from .possible import FALSE, TRUE, UNKNOWN
from .rule import Subject
from .word_never_given import is_about

__all__ = ["may_be_refused"]


def may_be_refused(compiled: Compiled, plan: P.Plan) -> Mapping[str, tuple[Never, ...]]:
    """Return by the ids of a playbook's steps the promises that may forbid what they do.

    A promise is left out where it is proven that it cannot be broken there.
    """
    project, known = compiled.project, compiled.known
    if project is None or not project.never:
        return {}
    subject = _subject(project, compiled, known)
    found: dict[str, tuple[Never, ...]] = {}
    for look in looks(plan, subject):
        body = look.step.body
        if look.word == "do" and isinstance(body, P.Do):
            broken = tuple(one for one in project.never if _may(one, body, look.known, subject))
            found |= {look.step.id: broken} if broken else {}
    return found


def _subject(project: P.Project, compiled: Compiled, known: Known | None) -> Subject:
    channels = known.channels if known is not None else ()
    return Subject(project, compiled.places, compiled.sources, channels)


def _may(never: Never, body: P.Do, given: Given, subject: Subject) -> bool:
    """Tell whether a promise may forbid an action, as far as is known."""
    if not is_about(never, body, subject.project):
        return False
    body = promised(body, subject.project.templates)
    if never.condition is not None:
        met = settled(never.condition, body)
        if met is False or not subject.allows(given, (never.condition, TRUE)):
            return False
    if never.unless is None:
        return True
    return settled(never.unless, body) is not True and subject.allows(
        given, (never.unless, FALSE | UNKNOWN)
    )
