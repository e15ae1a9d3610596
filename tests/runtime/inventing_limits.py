"""Random projects that send much, and limits that hold it back."""

from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.plan_limits import Cap, Consent, Digest, Limit, Never, Target

from ..properties import strategies as parts
from .inventing import VOCABULARY

__all__ = ["limited"]

_days = st.builds(Duration, st.integers(1, 20), st.just("day"))
_mail = st.sampled_from((Target("channel", "email"), Target("everything", "everything")))
_limits = st.builds(
    Limit,
    _mail,
    st.lists(st.builds(Cap, st.integers(1, 3), _days), max_size=2).map(tuple),
    st.sampled_from(("customer", "recipient", "playbook")),
    st.sampled_from((None, (1200, 480), (60, 180))),
    st.sampled_from((None, "business days", (0, 2))),
    st.sampled_from(((), (Consent("churned"),))),
    digest=st.none() | st.just(Digest(Duration(1, "day"), 540, "send-email", "digest", {"n": 2})),
)
_never = st.builds(
    Never,
    _mail.map(lambda target: (target,)),
    parts.conditions,
    st.none() | st.just(E.Compare("==", E.GivenField(("to",)), E.Constant("pro"))),
)


_mails = st.builds(
    P.Do,
    st.just("send-email"),
    st.sampled_from(("mail", "news")),
    st.sampled_from(({"to": "{{ customer.plan | default('nobody') }}"}, {"purpose": "service"})),
)


@st.composite
def _sending(draw: st.DrawFn, name: str) -> P.Plan:
    """Draw a playbook that sends something whenever an event happens, and perhaps more later."""
    wait, stop = P.Step("wait", P.Wait(draw(_days)), "again"), draw(st.none() | parts.conditions)
    steps = (P.Step("mail", draw(_mails), "wait"), wait, P.Step("again", draw(_mails), None))
    return P.Plan(
        name,
        (P.OnEvent(E.Happening(draw(st.sampled_from(parts.EVENTS)))),),
        steps,
        "mail",
        stop_when=stop if draw(st.booleans()) else None,
        while_running=draw(st.sampled_from(("skip", "restart", "parallel"))),
        in_flight=draw(st.sampled_from(("follow", "finish old", "stop"))),
        priority=draw(st.integers(0, 2)),
        held_up_to=draw(st.none() | _days),
    )


@st.composite
def _limited(draw: st.DrawFn) -> P.Project:
    return P.Project(
        VOCABULARY,
        parts.CALENDAR,
        tuple(draw(_sending(name)) for name in "abc"),
        limits=tuple(draw(st.lists(_limits, min_size=1, max_size=2))),
        never=tuple(draw(st.lists(_never, max_size=1))),
        channels=(("send-email", "email"),),
    )


limited = _limited()
"""Projects whose actions limits hold back."""
