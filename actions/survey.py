"""`do: survey`: a mail with one question, answered by one click on a signed link."""

import os
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from pydantic import Field, field_validator

from ..engine.contract import Context, Outcome, Retry, action
from ..engine.links import NoSite, Site
from .compose import Texts, Words
from .send_email import OFFICE, TIMEOUT, UNTIL_SET_UP, lane, send

__all__ = ["Survey", "asked", "headed", "survey"]

Kind = Literal["nps", "csat", "ces"]


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a kind of survey asks, and between which scores."""

    lowest: int
    highest: int
    question: str
    low: str
    high: str


_SCALES: Final[dict[Kind, _Scale]] = {
    "nps": _Scale(
        0, 10, "How likely are you to recommend us?", "not at all likely", "extremely likely"
    ),
    "csat": _Scale(1, 5, "How satisfied are you?", "very dissatisfied", "very satisfied"),
    "ces": _Scale(1, 7, "How easy was it?", "very difficult", "very easy"),
}
"""Net promoter score, customer satisfaction, customer effort."""


class Survey(Words):
    """The words of `survey`."""

    survey: str = Field(min_length=1, max_length=100)
    """What it is called in the event of its answer."""
    kind: Kind = "nps"
    question: str = ""
    """What stands above the scores; each kind has one of its own."""
    low: str = ""
    """What the lowest score means."""
    high: str = ""
    """What the highest score means."""
    body: str = ""
    """What stands above the question."""

    @field_validator("kind", mode="before")
    @classmethod
    def any_case(cls, kind: object) -> object:
        """Take `NPS` for `nps`."""
        return kind.lower() if isinstance(kind, str) else kind


@action("survey", repeatable=False, timeout=TIMEOUT, lane=lane, close=OFFICE.close)
def survey(args: Survey, context: Context) -> Outcome:
    """Ask one question by mail."""
    try:
        texts = asked(args, context.customer, context.key, Site.of(os.environ))
    except NoSite as missing:
        return Retry(str(missing), after=UNTIL_SET_UP)
    return send(headed(args), texts, context)


def headed(args: Survey) -> Survey:
    """Return a survey with its question as the subject, where it has no other one."""
    return args if args.subject else args.model_copy(update={"subject": _question(args)})


def asked(args: Survey, customer: str, key: str, site: Site) -> Texts:
    """Return the question with a link for each score."""
    scale = _SCALES[args.kind]
    claims = {"customer": customer, "survey": args.survey, "kind": args.kind, "key": key}
    links = {
        # The same each time it is made, so that a replay is known as one.
        score: site.link("answer", {**claims, "score": str(score)})
        for score in range(scale.lowest, scale.highest + 1)
    }
    return Texts(_as_text(args, scale, links), _as_html(args, scale, links))


def _question(args: Survey) -> str:
    return args.question or _SCALES[args.kind].question


def _as_text(args: Survey, scale: _Scale, links: dict[int, str]) -> str:
    lines = [f"{score:2}  {url}" for score, url in links.items()]
    low, high = args.low or scale.low, args.high or scale.high
    ends = f"{scale.lowest} is {low}, {scale.highest} is {high}."
    parts = [args.body.strip(), f"{_question(args)}\n{ends}", "\n".join(lines)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _as_html(args: Survey, scale: _Scale, links: dict[int, str]) -> str:
    cells = "".join(
        f'<td><a href="{escape(url)}" aria-label="{score} of {scale.highest}">{score}</a></td>'
        for score, url in links.items()
    )
    above = "".join(f"<p>{_lines(text)}</p>" for text in args.body.strip().split("\n\n") if text)
    low, high = escape(args.low or scale.low), escape(args.high or scale.high)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>'
        f"{above}<p><strong>{_lines(_question(args))}</strong></p>"
        f'<table role="presentation"><tr>{cells}</tr></table>'
        f"<p>{scale.lowest} is {low}, {scale.highest} is {high}.</p></body></html>"
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


_STYLE: Final = (
    "body { font: 16px/1.5 sans-serif; color: #1c2430 }"
    " td { padding: 0 2px } a { display: inline-block; min-width: 28px; padding: 8px 4px;"
    " text-align: center; text-decoration: none; color: #1c2430; background: #e8edf4;"
    " border-radius: 6px }"
)
