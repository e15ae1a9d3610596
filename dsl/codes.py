"""Every code a diagnostic can carry: what it is called, and why it is worth an author's time.

A code never changes its meaning. Families: Y yaml, S syntax, N names, T types, M missing, D dates,
P playbooks, A actions, L lint.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["CODES", "Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    title: str
    why: str
    """One sentence for the author who asks."""


CODES: Final[dict[str, Code]] = {
    "Y100": Code("unreadable file", "A file that cannot be opened cannot be checked."),
    "Y101": Code("not a text", "Playbooks are plain UTF-8 text; anything else was saved wrongly."),
    "Y102": Code("file too large", "A file of this size was not written by a person."),
    "Y103": Code("nested too deeply", "Nobody can follow a hundred levels, so it is a slip."),
    "Y104": Code("key stands twice", "One of two values would be dropped without a word."),
    "Y105": Code("anchor or alias", "What is written elsewhere cannot be read where it works."),
    "Y106": Code("merge key", "Merged keys hide what a step is given; named actions show it."),
    "Y107": Code("tag", "A tag changes what a value is, and cuebook reads every value itself."),
    "Y108": Code("key is no text", "Only a text can name something."),
    "Y109": Code("text needs quotes", "YAML gives some characters a meaning of its own."),
    "Y110": Code("not closed", "Everything after an open bracket or quote is swallowed by it."),
    "Y111": Code("tab", "YAML does not allow tabs to indent."),
    "Y112": Code("wrong layout", "YAML reads what belongs together from the columns."),
    "P101": Code("unknown key", "A key that nobody reads would silently do nothing."),
    "P102": Code("missing key", "Without it there is nothing to run."),
    "P103": Code("wrong shape", "A list, a mapping or a text stands where another is read."),
    "P104": Code("unknown choice", "Only the listed words have a meaning here."),
    "P105": Code("wrong value", "The value cannot be read as what this key needs."),
    "P106": Code("playbook named twice", "A run remembers its playbook by its id."),
    "P107": Code("step named twice", "A run remembers where it is by the id of a step."),
    "P108": Code("what a step does", "A step does exactly one thing."),
    "P109": Code("not supported yet", "It belongs to the language but this version cannot run it."),
    "P110": Code("no project", "Names can only be checked against the project's declarations."),
    "P111": Code("step never reached", "Nothing after a step that always ends the run is run."),
    "N201": Code("declared twice", "Case, space, `-` and `_` do not tell two names apart."),
    "N202": Code("not a name", "A name begins with a letter, or stands in quotes when used."),
    "T201": Code("unknown type", "A value can only be checked against a type that exists."),
    "T202": Code("value of another type", "A value that does not fit is dropped at the door."),
    "D201": Code("unknown time zone", "Local times need a zone of the IANA list."),
    "D202": Code("wrong calendar", "Business days follow the calendar of the project."),
    "A101": Code("unknown action", "A step can only do what is declared or built in."),
    "A102": Code("action declared twice", "A step would not know which of them is meant."),
    "A103": Code("broken template", "A template that cannot be read cannot be sent."),
    "A104": Code("unknown template", "The message has no text."),
    "L101": Code("rule without a name", "A name made up from a rule changes when the rule does."),
}
