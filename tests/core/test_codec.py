"""Plans and states survive JSON, and a plan's digest is its content."""

import json

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.codec import digest, from_json, to_json
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.origin import Span

from .playing import VOCABULARY, book, days, do, event

PLAN = book(
    event("purchase", E.Compare(">", E.ItemField(("amount",)), E.Constant(5))),
    P.Step("w", P.Wait(days(3)), "mail"),
    do(only_if=E.In(E.Attribute("plan"), (E.Constant("free"),))),
    again=P.Again("after", Duration(3, "day")),
)


def test_a_project_comes_back_from_json_as_it_was() -> None:
    """Templates and nested arguments included."""
    project = P.Project(
        VOCABULARY, P.Calendar(holidays=("2026-12-24",)), (PLAN,), {"hi": P.Template("a", "b")}
    )

    again = from_json(json.loads(json.dumps(to_json(project))))

    assert again == project


def test_the_digest_is_blind_to_places_and_sees_every_meaning() -> None:
    """Layout moves spans; meaning is everything else."""
    here = E.Compare("==", E.Attribute("plan", span=Span("a.yaml", 1, 5)), E.Constant("free"))
    there = E.Compare("==", E.Attribute("plan", span=Span("b.yaml", 9, 13)), E.Constant("free"))
    other = E.Compare("!=", E.Attribute("plan"), E.Constant("free"))

    assert digest(here) == digest(there)
    assert digest(here) != digest(other)


@pytest.mark.parametrize("data", [{"is": "Nothing"}, {"is": "Constant", "colour": 1}])
def test_data_nobody_wrote_is_refused(data: dict[str, object]) -> None:
    """A name or a field that no node has is an error, not a guess."""
    with pytest.raises(ValueError, match="no"):
        from_json(data)  # type: ignore[arg-type]


def test_what_has_no_json_form_is_refused() -> None:
    """A set would come back as something else."""
    with pytest.raises(TypeError, match="set has no JSON form"):
        to_json({1, 2})


def test_every_part_of_a_message_belongs_to_the_digest() -> None:
    """A text that was changed is deployed anew, and `why` knows which one was sent."""
    parts = dict.fromkeys(("subject", "body", "html", "sender", "purpose"), "x")
    digests = {
        digest(P.Project(VOCABULARY, P.Calendar(), (), {"hi": P.Template(**{**parts, name: "y"})}))
        for name in parts
    }

    assert len(digests) == len(parts)
