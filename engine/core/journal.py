"""The journal as plain lines: what every runtime writes of a decision, the same to the letter.

A line holds what was decided and why, not what a template would have named: attributes and what an
action was given stand where the action stands.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from .effects import Effect, Entry
from .trace import trace_list

__all__ = ["Line", "journal_hash", "lines_hash", "to_line"]

Line = list[Any]
"""`["entry", at, kind, playbook, run, step, note, due, why]` or `["action", at, planned, playbook,
run, step, kind, action, key, skipped, why]`: JSON values, instants in microseconds UTC."""


def to_line(effect: Effect) -> Line:
    """Return one decision as JSON values; the customer is whoever the line is kept for."""
    why = [trace_list(trace) for trace in effect.why]
    if isinstance(effect, Entry):
        return [
            "entry", effect.at, effect.kind, effect.playbook, effect.run, effect.step, effect.note,
            effect.due_at, why,
        ]  # fmt: skip
    return [
        "action", effect.at, effect.planned_at, effect.playbook, effect.run, effect.step,
        effect.kind, effect.action, effect.key, effect.skipped, why,
    ]  # fmt: skip


def journal_hash(effects: Iterable[Effect]) -> str:
    """Return a name for a journal: equal when every decision and reason in it is."""
    return lines_hash((effect.customer, to_line(effect)) for effect in effects)


def lines_hash(lines: Iterable[tuple[str, Line]]) -> str:
    """Return the name of a journal that is already written, each line with its customer."""
    digest = hashlib.sha256()
    for customer, line in lines:
        text = json.dumps(
            [customer, *line], sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()
