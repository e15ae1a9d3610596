"""Random projects as their authors write them, random edits of them, and random lives as lines of a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from cuebook.engine.core.duration import DAY, HOUR, MINUTE
from cuebook.engine.core.instant import iso

from . import strategies as parts

__all__ = ["START", "UNTIL", "Written", "edited", "lives", "projects"]

START = parts.START
UNTIL = START + 45 * DAY
Playbook = Mapping[str, Any]
_NAMES = ("a", "b", "c")
_SETTINGS: Mapping[str, Any] = {
    "project": "acme",
    "timezone": "Europe/Berlin",
    "attributes": {
        "plan": {"one of": ["free", "growth", "enterprise"]},
        "seats": "number",
        "churned": "boolean",
        "renewal": "date",
        "csm": "text",
        "timezone": "timezone",
    },
    "events": {"go-live": {}, "login": {}, "purchase": {"amount": "number"}, "nudged": {}},
    "lifecycles": {
        "customer": {
            "stages": ["trial", "active", "loyal"],
            "start": "trial",
            "moves": ["trial -> active when logins >= 2", "active -> loyal when seats >= 30"],
        }
    },
    "segments": {"keen": "logins >= 2 and plan != 'free'"},
}


def _actions(title: str) -> Mapping[str, Any]:
    plan, csm = "{{ customer.plan | default('no') }}", "{{ customer.csm | default('bo') }}"
    seats = "{{ customer.seats | default(0) }}"
    return {
        "call": {
            "do": "create-task",
            "with": {"title": f"{title} about {plan} plan", "assignee": "mia"},
        },
        "visit": {"do": "create-task", "with": {"title": "Visit", "assignee": csm}},
        "note": {"do": "notify", "with": {"channel": "ops", "text": f"{seats} seats"}},
    }


@dataclass(frozen=True, slots=True)
class Written:
    """A project as text, before it lies in files."""

    playbooks: Mapping[str, Playbook]
    signal: str
    limits: Mapping[str, Any]
    title: str = "Call"
    """What tasks are called."""
    layout: bool = False
    """Whether it is written in another layout, which means the same."""

    def write(self, folder: Path) -> Path:
        """Write it out; return the folder."""
        (folder / "playbooks").mkdir(parents=True)
        settings = {**_SETTINGS, "signals": {"logins": self.signal}, "limits": dict(self.limits)}
        (folder / "cuebook.yaml").write_text(self._text(settings))
        (folder / "actions.yaml").write_text(self._text({"actions": _actions(self.title)}))
        for name, playbook in self.playbooks.items():
            text = self._text({"playbook": name, **playbook})
            (folder / "playbooks" / f"{name}.yaml").write_text(text)
        return folder

    def _text(self, value: Mapping[str, Any]) -> str:
        if self.layout:
            return f"# The same in another layout.\n{json.dumps(value, indent=3)}\n"
        apart = json.loads(json.dumps(value))  # No part is there twice, so none becomes an alias.
        return str(yaml.safe_dump(apart, sort_keys=False, allow_unicode=True))


_days = st.integers(1, 12).map(lambda number: f"{number} days")
_times = st.sampled_from(("07:30", "09:00", "18:00"))
_leaves = st.sampled_from((
    'plan == "growth"', 'plan in ["growth", "enterprise"]', 'plan != "free"', "seats >= 10", "churned",
    "seats is missing", "count of login >= 2", "count of purchase where (amount > 50) in last 10 days > 0",
    "no login for 6 days", "has purchase", "sum of purchase.amount >= 60", "days until renewal < 20",
    "renewal in next 14 days", "stage is active", "stage is at least active", "time in stage > 5 days",
    "in segment keen", "logins >= 3", "time since login > 4 days",
))  # fmt: skip
_conditions = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=3,
)
_triggers = st.one_of(
    st.sampled_from((
        "go-live", "login", "purchase", "purchase where (amount > 60)", "nudged", "plan changes",
        "seats rises above 15", "enters segment keen", "leaves segment keen", "stage moves forward",
        "every monday at 09:00", "every 5 days while churned", "go-live then login within 5 days",
        "purchase without login within 4 days", "10 days before renewal", "no login for 7 days",
    )),
    _conditions.map("when {}".format),
    st.builds("when {} for {}".format, _leaves.map("({})".format), _days),
)  # fmt: skip
_acts: st.SearchStrategy[Playbook] = st.fixed_dictionaries(
    {"do": st.sampled_from(("call", "visit", "note"))},
    optional={"if": _conditions, "at": _times, "on": st.just("business days")},
)
_plain: st.SearchStrategy[Playbook] = st.one_of(
    _acts,
    _acts,
    st.fixed_dictionaries({"wait": _days}, optional={"at": _times}),
    st.fixed_dictionaries({"set": st.fixed_dictionaries({"seats": st.integers(0, 40)})}),
    st.just({"emit": "nudged"}),
)
_few = st.lists(_acts, min_size=1, max_size=2)
_steps = st.lists(
    st.one_of(
        _plain,
        _plain,
        st.fixed_dictionaries(
            {"wait for": st.sampled_from(("login", "purchase")), "up to": _days},
            optional={"else": _few},
        ),
        st.fixed_dictionaries(
            {"wait until": _conditions, "up to": _days}, optional={"then": _few, "else": _few}
        ),
        st.fixed_dictionaries(
            {"choose": st.lists(st.fixed_dictionaries({"if": _conditions, "steps": _few}), min_size=1,
                                max_size=2)},
            optional={"otherwise": _few},
        ),
        st.builds(
            lambda one, two: {"split": {"x": {"share": "30%", "steps": one},
                                        "y": {"share": "70%", "steps": two}}},
            _few, _few,
        ),
        st.fixed_dictionaries(
            {"repeat": st.fixed_dictionaries({"every": _days, "up to": st.just("3 times"), "steps": _few})}
        ),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip
_choices: Mapping[str, st.SearchStrategy[Any]] = {
    "if": _conditions,
    "stop when": _conditions,
    "again": st.sampled_from(("never", "after 5 days")),
    "while running": st.sampled_from(("restart", "parallel")),
    "late": st.sampled_from(("run", "latest")),
    "existing": st.just("enter"),
    "holdout": st.just("40%"),
    "priority": st.integers(0, 3),
    "held back": st.just("wait up to 3 days"),
}
_chosen = st.lists(st.sampled_from(tuple(_choices)), max_size=2).flatmap(
    lambda keys: st.fixed_dictionaries({key: _choices[key] for key in keys})
)
_playbooks: st.SearchStrategy[Playbook] = st.builds(
    lambda trigger, first, rule, steps, chosen: {
        "on": trigger,
        "in flight": rule,
        "steps": [*first, *steps],
        **chosen,
    },
    _triggers,
    st.sampled_from(([], [{"do": "call"}], [{"do": "visit", "after": "6 days"}])),
    st.sampled_from(("follow", "finish old", "stop")),
    _steps,
    _chosen,
)
_signals = st.sampled_from(("count of login", "count of login in last 7 days"))
_limits = st.sampled_from((
    {}, {}, {}, {"everything": {"at most": "1 per 3 days"}}, {"create-task": {"quiet hours": "17:00-08:00"}},
))  # fmt: skip

projects: st.SearchStrategy[Written] = st.builds(
    Written,
    st.dictionaries(st.sampled_from(_NAMES), _playbooks, min_size=2),
    _signals,
    _limits,
)


@st.composite
def edited(draw: st.DrawFn, before: Written) -> Written:
    """Draw what an author might make of a project in one or two strokes."""
    after = before
    for _ in range(draw(st.integers(1, 2))):
        after = draw(_stroke(after))
    return after


def _stroke(before: Written) -> st.SearchStrategy[Written]:
    return st.one_of(
        st.just(replace(before, layout=not before.layout)),
        st.just(replace(before, title="Ring")),
        _signals.map(lambda signal: replace(before, signal=signal)),
        _limits.map(lambda limits: replace(before, limits=limits)),
        st.builds(
            lambda name, new: replace(before, playbooks={**before.playbooks, name: new}),
            st.sampled_from(_NAMES),
            _playbooks,
        ),
        *(_touched(before, name) for name in [*before.playbooks, *before.playbooks]),
        *(_without(before, name) for name in before.playbooks if len(before.playbooks) > 1),
    )


def _touched(before: Written, name: str) -> st.SearchStrategy[Written]:
    """Say one thing of a playbook otherwise, or for the first time."""
    ways = {"on": _triggers, "steps": _steps, **_choices}
    ways["steps"] = _steps.map(lambda steps: [*before.playbooks[name]["steps"][:1], *steps])
    return st.sampled_from(tuple(ways)).flatmap(
        lambda key: ways[key].map(
            lambda value: replace(
                before, playbooks={**before.playbooks, name: {**before.playbooks[name], key: value}}
            )
        )
    )


def _without(before: Written, name: str) -> st.SearchStrategy[Written]:
    left = {other: playbook for other, playbook in before.playbooks.items() if other != name}
    return st.just(replace(before, playbooks=left))


_values = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.sampled_from(("free", "growth", "enterprise", None)),
        "seats": st.integers(0, 40) | st.none(),
        "churned": st.booleans(),
        "renewal": st.sampled_from(("2026-11-05", "2026-11-20", "2026-12-05", None)),
        "csm": st.sampled_from(("mia", "bo", "cy")),
        "timezone": st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kolkata")),
    },
)
_happening = st.one_of(
    st.sampled_from(("go-live", "login", "login")).map(lambda name: {"event": name}),
    st.integers(1, 99).map(lambda amount: {"event": "purchase", "amount": amount}),
    _values.filter(bool).map(lambda values: {"set": values}),
)
_moments = st.one_of(
    st.integers(0, 45 * 24 - 1).map(lambda hours: START + hours * HOUR),
    st.integers(0, 45 * 24 * 60 - 1).map(lambda minutes: START + minutes * MINUTE),
)
_lines = st.builds(
    lambda at, customer, what: {"at": iso(at), "customer": customer, **what},
    _moments,
    st.sampled_from(("ada", "Zoë")),
    _happening,
)
_first = _values.map(
    lambda values: {"at": iso(START), "customer": "ada", "set": {"csm": "mia", **values}}
)
lives: st.SearchStrategy[Sequence[Mapping[str, Any]]] = st.builds(
    lambda first, rest: [first, *rest], _first, st.lists(_lines, min_size=12, max_size=30)
)
"""What happens, the first of it at the start; a line for each."""
