"""Every code a diagnostic can carry, and why it is worth an author's time.

A code never changes its meaning. Families: Y yaml, S syntax, N names, T types, M missing, D dates,
P playbooks, A actions, L lint. Those of the texts of one line stand in `words.py`.
"""

from typing import Final

from . import words

__all__ = ["CODES"]

CODES: Final[dict[str, str]] = dict(
    sorted(
        {
            **words.CODES,
            "Y100": "A file that cannot be opened cannot be checked.",
            "Y101": "Playbooks are plain UTF-8 text; anything else was saved wrongly.",
            "Y102": "A file of more than 256 KB was not written by a person.",
            "Y103": "Nobody can follow a hundred levels of nesting, so it is a slip.",
            "Y104": "When a key stands twice, one of its values would be dropped without a word.",
            "Y105": "Anchors and aliases hide what is written from who reads the place it works.",
            "Y106": "Merged keys hide what a step is given; a named action shows it.",
            "Y107": "A tag changes what a value is, and cuebook decides that from what reads it.",
            "Y108": "Only a text can name something.",
            "Y109": "YAML gives some characters a meaning of its own; quotes take it away.",
            "Y110": "Everything after an open bracket or quote is swallowed by it.",
            "Y111": "YAML does not allow tabs to indent.",
            "Y112": "YAML reads what belongs together from the columns.",
            "P101": "A key that nobody reads would silently do nothing.",
            "P102": "Without this key there is nothing to run.",
            "P103": "A list, a mapping or a text stands where another is read.",
            "P104": "Only the listed words have a meaning here.",
            "P105": "The value cannot be read as what this key needs.",
            "P106": "A run remembers its playbook by its id, so each playbook has its own.",
            "P107": "A run remembers where it is by the id of a step, so each step has its own.",
            "P108": "A step does exactly one thing.",
            "P110": "Names can only be checked against the declarations of a project.",
            "P111": "What follows a step that always ends the run is never run.",
            "P401": "The first branch that holds is taken, so what it leaves nothing for is in vain.",
            "P402": "What waits for a condition that never holds never happens.",
            "P403": "A condition that holds for everybody decides nothing.",
            "P404": "Playbooks that trigger each other in a circle never come to rest.",
            "P501": "What lies outside of the time that a test plays is never looked at.",
            "P502": "What can never come true is no expectation, and no test of anything.",
            "P503": "Of two tests with one name nobody knows which has failed.",
            "P405": "A wait that nothing can end keeps its run for ever.",
            "P406": "What only comes after a wait cannot end it.",
            "P407": "Playbooks that begin each other with waits between never stop doing so.",
            "P408": "Two messages at one instant are one too many for whoever gets them.",
            "P301": "A move leads from one stage to another.",
            "P302": "Two rules that are true at once lead to and fro, and mean nothing.",
            "P303": "A move that the lifecycle does not list is refused, so this never happens.",
            "P304": "A stage is moved to, so that the lifecycle can be asked.",
            "N201": "Case, space, `-` and `_` do not tell two names apart.",
            "N202": "What cannot be written as a name can never be named.",
            "N203": "What is computed from itself has no beginning.",
            "N204": "A signal or a segment follows from what it reads; nothing else can set it.",
            "T201": "A value can only be checked against a type that exists.",
            "T202": "A value that does not fit its declared type is of no use to anybody.",
            "T203": "A signal has one value until something changes it, of a type that is known.",
            "D201": "Local times need a time zone of the IANA list.",
            "D202": "Business days follow the calendar of the project.",
            "D203": "Holidays can only be looked up for a region that exists.",
            "D204": "Holidays of regions come from a package that not every project needs.",
            "D205": "When the last of the listed holidays is over, every weekday counts again.",
            "D206": "A best hour needs events to learn from, and an hour while they are too few.",
            "P130": "A share is a part of all customers, and the shares of a split make a whole.",
            "P132": "What is repeated comes to an end, and soon enough for anybody to follow.",
            "P133": "A key that is nearly a word of the language was probably meant to be one.",
            "N130": "Only a playbook of the project can be started, cancelled or tested.",
            "N131": "An answer is named by a word that means nothing else.",
            "A130": "An answer is only worth waiting for when the action gives one.",
            "A101": "A step can only do what is declared or comes with cuebook.",
            "A102": "Of two actions with one name a step would not know which is meant.",
            "A103": "A template that cannot be read cannot be sent.",
            "A104": "A message whose template is missing has no text, and is not sent.",
            "A105": "A template names the customer, the event, the run, and what it named itself.",
            "A106": "Only the listed filters may change a value in a template.",
            "A107": "Of two templates with one name a message would not know which is meant.",
            "L102": "A comment that allows nothing hides the next warning that comes along.",
            "P140": "An answer has one name, and an action for each record has many answers.",
            "A108": "An action that names `each` needs to know for whom it is done.",
            "A109": "A value that is set is put together of names and texts; the rest is for messages.",
            "A121": "A limit holds a channel, an action, a kind of action, or everything.",
            "A122": "Without a consent that could be given, nothing of this purpose is ever sent.",
            "A123": "A step that always breaks a promise would never be performed.",
            "A124": "Limits that are never all open hold everything back for ever.",
            "A125": "A promise about a word that no action is given is kept, or broken, by all of them.",
            "L101": "A name made up from a rule changes when the rule does.",
        }.items()
    )
)
"""Each code with one sentence on why it exists."""
