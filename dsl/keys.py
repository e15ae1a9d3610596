"""The keys of every mapping an author writes: what may stand under each, and what it is for.

The parser refuses what is not here; the schema and the editor offer what is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ABOUT",
    "COMMON",
    "INSIDE",
    "KINDS_OF_STEP",
    "SECTIONS",
    "STANDARDS",
    "STARTS",
    "WAYS",
    "Key",
    "Keys",
    "table",
]


@dataclass(frozen=True, slots=True)
class Key:
    """What stands under a key."""

    takes: str
    """A shape: `text`, a table of this file, `list …` or `map …` of another shape."""
    says: str
    """What it is for, in one sentence."""
    needed: bool = False
    words: tuple[str, ...] = ()
    """The only words that may stand there, where there are few."""


Keys = Mapping[str, Key]

STANDARDS: Final = (
    *("active customers", "new customers", "retention", "churn", "repeat rate", "frequency"),
    *("interval", "conversion", "abandonment", "time to", "average value", "lifetime value"),
    *("acquisition cost", "adoption", "nps", "csat", "ces"),
)
"""The numbers of a report that have a definition in the field."""

SECTIONS: Final[Keys] = {
    "actions": Key("map action", "Actions by name: a kind with what it is given."),
    "tests": Key("list test", "Tests of these playbooks, on a virtual clock."),
    "rules": Key("rules", "Playbooks of one line: `name: trigger -> action`."),
}
"""Keys of a playbook file that are not about one playbook."""

ABOUT: Final[Keys] = {
    "playbook": Key("playbook", "The id of the playbook.", needed=True),
    "title": Key("text", "What people call it."),
    "owner": Key("text", "Who answers for it."),
    "on": Key("list trigger", "What starts it; any of several.", needed=True),
    "if": Key("condition", "Looked at when it starts; what is not true then starts nothing."),
    "steps": Key("steps", "What is done, one after the other.", needed=True),
    "stop when": Key("condition", "Ends a run as soon as it becomes true."),
    "again": Key("text", "How soon a customer may start again: `always`, `never`, `after 90 days`."),
    "while running": Key("text", "What a start does to a run.", words=("skip", "restart", "parallel")),
    "per": Key("value", "What tells runs of one customer apart, as `event.order_id`."),
    "late": Key("text", "What becomes of a start in the past.", words=("skip", "run", "latest")),
    "in flight": Key(
        "text", "What a new version does to runs.", words=("follow", "finish old", "stop")
    ),
    "existing": Key(
        "text", "Whether customers who fit already start.", words=("ignore", "enter")
    ),
    "goal": Key("value", "What every run is measured by, as `has login within 30 days`."),
    "holdout": Key("text", "The share of customers for whom nothing is done, as `10%`."),
    "priority": Key("whole number", "Who goes first where a limit has little room; 0 by default."),
    "held back": Key("text", "What a full limit does: `drop`, or `wait up to 3 days`."),
    "limits": Key("own limits", "Limits of this playbook alone."),
}  # fmt: skip
"""Keys of one playbook."""

COMMON: Final[Keys] = {
    "id": Key("text", "The name of the step, for tests and the journal."),
    "if": Key("condition", "The step is done only where this is true."),
    "unless": Key("condition", "The step is left out where this is true."),
    "after": Key("duration", "How long after the step before."),
    "at": Key("text", "The time of day: `09:00`, `best hour within 09:00-17:00 else 10:00`."),
    "on": Key("text", "The days: `monday`, `mon-fri`, `business days`."),
    "in zone": Key("text", "The time zone instead of the customer's."),
}
"""Keys that every step may have."""

_ARMS: Final[Keys] = {
    "up to": Key("duration", "How long is waited at most."),
    "then": Key("steps", "What is done when it comes."),
    "else": Key("steps", "What is done when the time is over."),
}

KINDS_OF_STEP: Final[Mapping[str, Keys]] = {
    "wait": {"wait": Key("duration?", "Waits a length of time, or until `at` and `on`.")},
    "wait for": {"wait for": Key("happening", "Waits for an event."), **_ARMS},
    "wait until": {"wait until": Key("condition", "Waits until this is true."), **_ARMS},
    "do": {
        "do": Key("name of action", "An action by its name, or a kind of action."),
        "with": Key("with", "What the action is given; texts may be templates."),
        "for each": Key("value", "A list: the action is done for each record of it."),
        "as": Key("text", "The name of the answer, which the run then waits for."),
        "up to": Key("duration", "How long the answer is waited for."),
    },
    "choose": {
        "choose": Key("list branch", "The first branch whose condition is true is taken."),
        "otherwise": Key("steps", "What is done where none of them is."),
    },
    "move to stage": {"move to stage": Key("stage?", "Moves the customer to a stage.")},
    "set": {"set": Key("set", "Gives attributes of the customer values.")},
    "emit": {"emit": Key("emit", "Tells of an event, as if it had come from outside.")},
    "split": {"split": Key("map arm", "Each customer takes one way, always the same.")},
    "ask": {
        "ask": Key("text", "A question to a person; each answer is a key with its steps."),
        "of": Key("text", "Who is asked."),
        "up to": Key("duration", "How long is waited for the answer."),
        "else": Key("steps", "What is done when nobody answers."),
    },
    "repeat": {"repeat": Key("repeat", "Does steps several times.")},
    "start": {"start": Key("start", "Starts another playbook for the customer.")},
    "cancel": {"cancel": Key("name of playbook", "Ends the runs of a playbook.")},
    "stop": {"stop": Key("text?", "Ends the run; a text says why.")},
}
"""Each kind of step, with the keys it has besides those of every step."""

INSIDE: Final[Mapping[str, Keys]] = {
    "cuebook.yaml": {
        "project": Key("text", "The name of the project."),
        "timezone": Key("text", "Where a customer has no zone of its own: an IANA name."),
        "locale": Key("text", "Where a customer has no language of its own: `de`, `pt-BR`."),
        "attributes": Key("map type", "What is known of a customer, by name and type."),
        "events": Key("map fields", "What can happen to a customer, with its properties."),
        "lifecycles": Key("map lifecycle", "Stages in order, and how customers move."),
        "signals": Key("map signal", "Attributes that are computed."),
        "segments": Key("map segment", "Named conditions that customers meet, or do not."),
        "calendar": Key("calendar", "The business days and hours of the project."),
        "calendars": Key("map calendar", "Calendars that an attribute of a customer may name."),
        "best hour": Key("best hour", "What best hours are learnt from."),
        "kinds": Key("list own kind", "Kinds of action that the application performs."),
        "channels": Key("map list name of action", "By which channel actions reach the customer."),
        "teams": Key("map list member", "Among whom tasks are shared out, by the name of the team."),
        "limits": Key("map limit", "How much is sent at most, and when not."),
        "never": Key("list promise", "What is never done."),
        "kpis": Key("map kpi", "The numbers that a report tells."),
        "inputs": Key("map input", "What whoever copies this project may fill in."),
    },
    "kpi": {
        "is": Key("figure", "What it comes to in a period, as `count of purchase`."),
        "standard": Key("text", "A definition of the field, instead of `is:`.", words=STANDARDS),
        "of": Key("measured", "The event that a standard is of, or its property: `purchase.amount`."),
        "to": Key("happening", "The event that a standard leads to."),
        "among": Key("happening", "The event that tells who might have."),
        "within": Key("duration", "How soon: `30 days`."),
        "title": Key("text", "What people call it."),
        "unit": Key("text", "What stands behind it; with `%` it is shown as a share."),
        "good": Key("text", "Which way is better.", words=("up", "down")),
        "indicator": Key("text", "Whether it tells early or late.", words=("leading", "lagging")),
        "target": Key("text", "What should be reached: `30%`, `4.5`."),
        "by": Key("name of attribute", "The attribute by whose values customers are told apart."),
    },
    "input": {
        "type": Key("type", "Its type.", needed=True),
        "default": Key("text", "What stands there now; marked by `# input: NAME`.", needed=True),
        "meaning": Key("text", "What it is for, in a few words."),
    },
    "actions.yaml": {"actions": SECTIONS["actions"]},
    "tests": {"tests": SECTIONS["tests"]},
    "action": {
        "do": Key("name of kind", "The kind of action.", needed=True),
        "with": Key("with", "What it is given; a step may say otherwise, key by key."),
    },
    "lifecycle": {
        "stages": Key("stages", "The stages in order; one may hold others.", needed=True),
        "start": Key("stage", "Where customers begin."),
        "moves": Key("list text", "How customers move: `lead -> paying when has purchase`."),
    },
    "supplied": {
        "from": Key("text", "Who supplies it.", needed=True, words=("host",)),
        "type": Key("type", "Its type.", needed=True),
    },
    "band": {
        "enter": Key("condition", "Who meets this enters.", needed=True),
        "leave": Key("condition", "Who meets this leaves.", needed=True),
    },
    "calendar": {
        "business days": Key("text", "Its working days, as `mon-fri`."),
        "hours": Key("text", "Its opening hours, as `09:00-17:00`."),
        "holidays": Key("list text", "Dates, or regions such as `DE-BE`."),
    },
    "own kind": {
        "do": Key("text", "What it is called.", needed=True),
        "needs": Key("list text", "The words it cannot be performed without."),
        "takes": Key("list text", "The words it takes besides."),
    },
    "member": {
        "who": Key("text", "The name that tasks are assigned to.", needed=True),
        "at most": Key("whole number", "For how many open tasks there is room."),
    },
    "best hour": {
        "from": Key("list name of event", "The events that show when somebody is there.", needed=True),
        "at least": Key("whole number", "How many of them are needed."),
    },
    "limit": {
        "at most": Key("list text", "A number per time: `2 per 7 days`."),
        "per": Key("text", "Whose number it is.", words=("customer", "recipient", "playbook")),
        "quiet hours": Key("text", "When nothing is sent: `20:00-08:00`."),
        "on": Key("text", "On which days something is sent."),
        "needs consent": Key("consent", "The attribute that says whether somebody agrees."),
        "except purpose": Key("list text", "Purposes that the limit does not hold back."),
        "digest": Key("digest", "Gathers what would be sent into one."),
    },
    "digest": {
        "every": Key("text", "How far apart."),
        "at": Key("text", "The time of day."),
        "do": Key("name of action", "The action that tells of them all.", needed=True),
        "with": Key("with", "What it is given."),
    },
    "promise": {
        "do": Key("list name of target", "What is never done: a channel, an action.", needed=True),
        "if": Key("condition", "Where it is never done."),
        "unless": Key("condition", "Where it may be done all the same."),
    },
    "joined": {
        "all": Key("list condition", "All of them hold."),
        "any": Key("list condition", "At least one of them holds."),
        "none": Key("list condition", "None of them holds."),
    },
    "branch": {
        "if": Key("condition", "Whether this branch is taken.", needed=True),
        "steps": Key("steps", "What is done then.", needed=True),
    },
    "arm": {
        "share": Key("text", "How many go this way, as `50%`.", needed=True),
        "steps": Key("steps", "What is done for them."),
    },
    "repeat": {
        "every": Key("duration", "How far apart.", needed=True),
        "up to": Key("text", "How often at most: `3 times`.", needed=True),
        "until": Key("condition", "Ends it as soon as it is true."),
        "steps": Key("steps", "What is done each time.", needed=True),
    },
    "test": {
        "test": Key("text", "What it shows, as a sentence.", needed=True),
        "playbook": Key("name of playbook", "The only playbook that is looked at."),
        "start": Key("text", "When the clock starts."),
        "customer": Key("customer", "The customer's attributes, and its `id`."),
        "timeline": Key("list moment", "What happens, and when."),
        "expect": Key("expect", "What is done, in this order.", needed=True),
        "until": Key("text", "When the test ends."),
        "allow extra": Key("text", "Whether more may be done than is expected.", words=("true", "false")),
        "new": Key("text", "Whether the customer is first seen at the start.", words=("true", "false")),
        "answers": Key("answers", "What actions answer, by the names of `as:`, or `from the timeline`."),
        "fails": Key("list text", "The answers that fail, by the names of `as:`."),
        "drawn": Key("drawn", "Its arm of each split, by the split's id, and `holdout: true` or `false`."),
    },
    "question": {
        "test": Key("text", "What it shows, as a sentence.", needed=True),
        "condition": Key("text", "The condition that is looked at.", needed=True),
        "start": Key("text", "When the clock starts."),
        "customer": Key("customer", "The customer's attributes, and its `id`."),
        "timeline": Key("list moment", "What happens, and when."),
        "expect": Key("text", "What the condition is.", needed=True, words=("true", "false", "unknown")),
        "until": Key("text", "When the condition is looked at."),
    },
    "moment": {
        "at": Key("text", "When: `+3d` after the start, or an instant.", needed=True),
        "event": Key("name of event", "The event that happens; its properties stand beside it."),
        "set": Key("told", "Attributes that change, stages among them."),
        "heard at": Key("text", "When it is heard of, if that is later."),
        "restart": Key("text", "`engine`: the engine stops and starts again."),
        "answer": Key("text", "What a person answers."),
        "outcome": Key("text", "How an action ends."),
        "request": Key("name of playbook", "The playbook that somebody asks for by hand."),
    },
    "request": {
        "at": Key("text", "When: `+3d` after the start, or an instant.", needed=True),
        "request": Key("name of playbook", "The playbook that is asked for.", needed=True),
        "properties": Key("open", "What it is given, as if an event had carried it."),
    },
    "outcome": {
        "at": Key("text", "When: `+3d` after the start, or an instant.", needed=True),
        "outcome": Key(
            "text", "How an action ends.", needed=True, words=("done", "failed", "in doubt", "refused")
        ),
        "step": Key("text", "The step that has promised it.", needed=True),
        "playbook": Key("name of playbook", "Whose step it is."),
        "number": Key("whole number", "Which of the step's actions, counted from 1; else the last."),
        "because": Key("text", "Why."),
        "answer": Key("any", "What the other side says."),
    },
    "answer": {
        "at": Key("text", "When: `+3d` after the start, or an instant.", needed=True),
        "answer": Key("text", "What a person answers."),
        "delegate": Key("text", "Whom the question is handed on to."),
        "by": Key("text", "Who answers."),
        "playbook": Key("name of playbook", "Whose question it is."),
        "step": Key("text", "Which step asks."),
        "number": Key("whole number", "Which of the step's questions, counted from 1; else the one that waits."),
    },
    "expectation": {
        "at": Key("text", "When."),
        "do": Key("name of deed", "The action."),
        "step": Key("text", "The step that does it."),
        "with": Key("open", "What it is given, as far as it matters."),
        "customer": Key("text", "For whom."),
        "never": Key("name of deed", "What is not done."),
        "skipped": Key("name of deed", "What is held back."),
        "stage": Key("stage", "Where the customer is; by name where there are several lifecycles."),
    },
    "standing": {
        "stage": Key(
            "stage", "Where the customer is; by name where there are several lifecycles.", needed=True
        ),
        "at": Key("text", "When; else at the end."),
        "by": Key("text", "When at the latest it has been there."),
    },
    "skipped": {
        "skipped": Key("name of deed", "What is held back.", needed=True),
        "because": Key("text", "Why."),
        "at": Key("text", "When."),
    },
    "never": {
        "never": Key("name of deed", "What is not done.", needed=True),
        "before": Key("text", "Not before this instant."),
        "after": Key("text", "Not after this instant."),
    },
}  # fmt: skip
"""All other mappings, by what they are."""


WAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "test": {"condition": "question"},
    "moment": {
        "answer": "answer",
        "delegate": "answer",
        "request": "request",
        "outcome": "outcome",
    },
    "expectation": {"never": "never", "skipped": "skipped", "stage": "standing"},
}
"""Mappings that are another one where they have a certain key, by that key."""

STARTS: Final[Mapping[str, str]] = {
    "condition": "condition",
    "list trigger": "trigger",
    "duration": "duration",
    "duration?": "duration",
    "happening": "happening",
    "figure": "figure",
    "measured": "selection",
}
"""The shapes of texts that the grammar reads, and as what."""


def table(name: str) -> Keys:
    """Return the keys of a mapping by its name; nothing where a shape has none.

    >>> sorted(table("branch"))
    ['if', 'steps']
    """
    if name == "playbook file":
        return {**ABOUT, **SECTIONS}
    if name == "steps":
        every = {key: one for keys in KINDS_OF_STEP.values() for key, one in keys.items()}
        return {**every, **COMMON}
    return INSIDE.get(name, {})
