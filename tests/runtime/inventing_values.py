"""Random steps that put values together, read what actions answered, or look into texts."""

from collections.abc import Sequence

from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.plan_teams import Member, Team

__all__ = ["TEAMS", "TEMPLATES", "asked_of", "bodies", "told_by_answers"]

TEAMS = {"desk": Team((Member("bo"), Member("cy", 1)))}
TEMPLATES = {
    "hello": P.Template("Hello {{ customer.plan }}", "{{ customer.seats }} seats"),
    "news": P.Template("", "{{ event.sku | default('None') }}", "<p>News</p>", "us", "news"),
}
asked_of = st.sampled_from(("bo", "bo", "least loaded of desk"))
"""Who is asked, or gets a task."""

_SEATS = E.TextOf(E.Attribute("seats"))
_PUT_TOGETHER: Sequence[tuple[str, E.Expr]] = (
    ("plan", E.Missing()),
    ("plan", E.Joined((E.Constant("p"), _SEATS))),
    ("first", E.Joined((E.TextOf(E.Attribute("last_invoice_at"), instant=True),))),
    ("tags", E.ListOf((E.Constant("x"), E.TextOf(E.Attribute("plan"))))),
    ("address", E.RecordOf(("city",), (E.Joined((E.Constant("No. "), _SEATS)),))),
    ("churned", E.Matches(E.Attribute("plan"), "^[pP]ro?", folded=True)),
)
told_by_answers: st.SearchStrategy[E.Expr] = st.one_of(
    st.builds(
        E.Compare,
        st.sampled_from(("<", ">=")),
        st.just(E.AnswerField("credit", ("answer", "limit"))),
        st.integers(4, 6).map(E.Constant),
    ),
    st.sampled_from((E.AnswerField("credit", ("failed",)), E.AnswerField("round", ("failed",)))),
    st.just(E.Compare("==", E.AnswerField("credit", ("status",)), E.Constant("timed out"))),
    st.just(E.Matches(E.Attribute("first"), "r.$")),
)
"""Conditions of what an action has answered, which only steps and `stop when` may ask."""


def bodies(following: str | None) -> st.SearchStrategy[P.Body]:
    """Return steps, each going on to `following` where it goes on."""
    others = st.sampled_from((following, None))
    return st.one_of(
        st.just(P.Stop("enough")),
        st.lists(
            st.sampled_from(_PUT_TOGETHER), min_size=1, max_size=4, unique_by=lambda one: one[0]
        ).map(lambda some: P.SetAttributes(tuple(some))),
        st.just(P.Emit("purchase", (("sku", E.Joined((_SEATS, E.Constant("!")))),))),
        st.sampled_from(sorted(TEMPLATES)).map(
            lambda name: P.Do("send-email", "mail", {"template": name, "to": "a@acme.example"})
        ),
        asked_of.map(lambda who: P.Do("create-task", "task", {"title": "Call", "assignee": who})),
        st.builds(
            P.Choose, st.builds(P.Branch, told_by_answers, others).map(lambda b: (b,)), others
        ),
        st.builds(
            P.WaitUntil,
            told_by_answers,
            st.integers(1, 9).map(lambda days: Duration(days, "day")),
            st.just(following),
            others,
        ),
    )
