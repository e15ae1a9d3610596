"""What the tokens of the grammar are called in messages, and the codes of what may be wrong."""

from collections.abc import Set as AbstractSet
from typing import Final

__all__ = ["CODES", "HIDDEN", "KEYWORDS", "PERIODS", "TOKENS", "alternatives", "spellings"]

CODES: Final[dict[str, str]] = {
    "S101": "The text does not continue in a way the language knows.",
    "S102": "`=` is not a comparison; two things are compared with `==`.",
    "S103": "Conditions are joined by the words `and`, `or` and `not`.",
    "S104": "A text stands in straight quotes, opened and closed on one line.",
    "S105": "A number is digits with at most one point; separators and currencies are not part of it.",
    "S106": "A length of time needs a unit the language knows, or it would be ignored.",
    "S107": "Keywords are written in lower case.",
    "S108": "Comparisons do not chain; `between` asks for a range.",
    "S109": "A text of more than 2,000 characters is refused; split it or name its parts.",
    "S110": "More than 50 levels of nesting are refused; nobody could read them.",
    "S111": "Something must be written here.",
    "S112": "`is` only asks whether a value is missing or present; values are compared with `==`.",
    "S113": "A time of day is hours and minutes, `09:00`.",
    "S114": "Days are weekdays, a range such as `mon-fri`, or `business days`.",
    "S115": "A `cron` text has five fields: minute, hour, day, month, weekday.",
    "S116": "`for` stands after `no …`, or at the end of a `when`.",
    "S117": "A schedule needs a time of day, and months a day.",
    "S118": "An option of a rule line takes one of a few words, and stands there once.",
    "S119": "Only the stage of a lifecycle moves, skips or stays.",
    "S121": "Only a report has periods, so only its numbers look at one.",
    "S120": "Hours are two times of day, `09:00-17:00`.",
    "N103": "A value that never arrives can never match.",
    "N104": "An event that nobody declares never happens.",
    "N105": "A property that an event does not have can never match.",
    "N106": "`event.…` is a property of the event that starts a run; here none does.",
    "N107": "The name is both an event and an attribute; `event` or `attribute` before it decides.",
    "N108": "`since trigger` needs a run with a trigger to look back to.",
    "N109": "Nobody can be in a segment that is not declared.",
    "N110": "A number is calculated of others that are declared.",
    "N140": "What `per:` names tells runs apart, so everything that starts them has to carry it.",
    "N301": "A stage belongs to a lifecycle that is declared.",
    "N302": "Where several are meant by one name, nobody could tell which.",
    "N303": "Nobody is ever in a stage that does not exist.",
    "T101": "Only values of one kind can be compared.",
    "T102": "Only numbers, dates, instants and lengths of time have an order.",
    "T103": "A number in quotes is a text.",
    "T104": "A value that is not among the declared ones can never match.",
    "T105": "A condition is something that is true or false.",
    "T106": "Arithmetic is for numbers.",
    "T107": "`time since` can only be compared with a length of time, such as `14 days`.",
    "T108": "Days are counted from a date or an instant.",
    "T109": "`contains` looks into a text or a list; `starts with`, `like` and `matches` into a text.",
    "T110": "`matches` takes a regular expression that can be searched in linear time.",
    "T111": "`in` takes a list of values in brackets.",
    "T112": "The value is not of the kind that is needed here.",
    "T113": "`any of`, `number of`, `for each` and the like walk through a list.",
    "T301": "Only of attributes, signals included, is kept what they were.",
    "T302": "A move is measured by a number above zero, or a percentage.",
    "T401": "A report asks the log of what came in, and nothing that was decided.",
    "T402": "A standard is of an event, or of a number that an event carries.",
    "D101": "The date does not exist, or is not written as year-month-day.",
    "D102": 'A date is written `date "2026-03-01"`; in quotes alone it is a text.',
    "D103": "A recurrence of less than a minute, or a duration of nothing, never rests.",
    "M201": "Where the attribute is missing the condition is unknown, and nothing happens.",
    "L301": "`and` binds before `or`; brackets show what is meant.",
}
"""Each code of this part of the language with the reason for it."""

TOKENS: Final[dict[str, str]] = {
    "$END": "the end",
    "NAME": "a name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "DURATION": "a length of time such as `7 days`",
    "CLOCK": "a time such as `09:00`",
    "DOT_NAME": "a property such as `.amount`",
    "CMP": "a comparison such as `==`",
    "TEXT_CMP": "`contains`",
    "ADD": "`+` or `-`",
    "SUB": "`-`",
    "MUL": "`*` or `/`",
    "ARROW": "`->`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "SEMICOLON": "`;`",
    "CROSSES": "`drops below`",
    "STAT_OF": "`sum of`",
    "VALUE_OF": "`last value of`",
    "QUANTIFIER": "`any of`",
    "DAYS_SINCE_EVENT": "`days since last`",
    "AGO": "`30 days ago`",
    "WAS_EVER": "`was ever in stage`",
    "FOR_EACH": "`for each`",
    "SIDE_ONE": "`loses one`",
    "MOVES_SEGMENT": "`enters segment`",
    "MOVES": "`moves forward`",
    "MOVE_TO": "`move to stage`",
    "TIME_IN_STAGE": "`time in stage`",
}
"""What a token is called; a keyword is called by its words: `IN_LAST` is `in last`."""

HIDDEN: Final = frozenset(
    {"BAD_AND", "BAD_OR", "BAD_NOT", "BAD_EQUALS", "BAD_NUMBER", "BAD_QUOTES", "BAD_TEXT", "BAD"}
)
"""Tokens that only mistakes are made of."""

PERIODS: Final = frozenset({"IN_PERIOD", "PERIODS", "BEFORE_PERIOD"})
"""Tokens that mean something in the numbers of a report only."""

KEYWORDS: Final = frozenset(
    {
        "and",
        "or",
        "not",
        "in",
        "between",
        "like",
        "matches",
        "is",
        "has",
        "no",
        "then",
        "within",
        "since",
        "ever",
        "where",
        "for",
        "default",
        "true",
        "false",
        "now",
        "today",
        "changes",
        "if",
        "unless",
        "when",
        "while",
        "every",
        "after",
        "before",
        "at",
        "on",
        "wait",
        "manual",
        "contains",
    }
)
"""The keywords of one word, which an author may have written in capitals."""

_SPELT: Final[dict[str, tuple[str, ...]]] = {
    "STAT_OF": ("sum of", "avg of", "min of", "max of"),
    "IN_PERIOD": ("in the period before", "in the period after"),
    "PERIODS": ("1 period before", "3 periods after"),
    "BEFORE_PERIOD": ("before the period",),
    "VALUE_OF": ("last value of", "first value of"),
    "QUANTIFIER": ("any of", "all of", "none of"),
    "TEXT_CMP": ("contains", "starts with", "ends with"),
    "CMP": ("==", "!=", "<", "<=", ">", ">="),
    "IS": ("is", "is not"),
    "IS_AT_LEAST": ("is at least", "is at most"),
    "IN_SEGMENT": ("in segment", "not in segment"),
    "CROSSES": ("drops below", "rises above"),
    "DROPS_BY": ("drops by", "rises by"),
    "SIDE_ONE": ("gains one", "loses one"),
    "MOVES_SEGMENT": ("enters segment", "leaves segment"),
    "MOVES": ("moves forward", "moves back"),
    "TIME_SINCE": ("time since last", "time since first"),
    "DAYS_SINCE_EVENT": ("days since last", "days since first"),
    "TIME_IN_STAGE": ("time in stage", "days in stage"),
    "WAS_EVER": ("was ever in stage",),
    "MOVE_TO": ("move to stage",),
    "TIMES_UNTIL": ("times until",),
    "WHILE_RUNNING": ("while running skip", "while running restart", "while running parallel"),
    "ON_DAY": ("on day 1",),
    "HOLDOUT": ("holdout 10%",),
    "DURATION": ("1 hour", "7 days", "2 business days", "3 months"),
    "AGO": ("30 days ago",),
    "DATE": ('date "2026-01-31"',),
    "CLOCK": ("09:00",),
    "HOURS": ("09:00-17:00",),
    "ARROW": ("->",),
    "ADD": ("+", "-"),
    "MUL": ("*", "/"),
    "LPAR": ("(",),
    "LSQB": ("[",),
    "RPAR": (")",),
    "RSQB": ("]",),
    "SEMICOLON": (";",),
    "COLON": (":",),
    "COMMA": (",",),
}  # fmt: skip
"""What tokens are spelt like that are no keyword, or several, or need more to be one."""
_FREE: Final = HIDDEN | {"$END", "NAME", "STRING", "NUMBER", "DOT_NAME", "SUB", "SET"}
"""Tokens that are made up, or that are none by themselves: `set` needs a name and `to`."""


def spellings(kind: str) -> tuple[str, ...]:
    """Return what an author may type to get a token of a kind; nothing for a name or a number.

    >>> spellings("COUNT_OF"), spellings("NAME")
    (('count of',), ())
    """
    return () if kind in _FREE else _SPELT.get(kind, (_spelt(kind),))


_VALUES: Final = frozenset(
    {"NAME", "STRING", "NUMBER", "DURATION", "TRUE", "FALSE", "NOW", "TODAY", "DATE", "COUNT_OF"}
    | {
        "STAT_OF",
        "MEDIAN_OF",
        "VALUE_OF",
        "NUMBER_OF",
        "TIME_SINCE",
        "TIME_IN_STAGE",
        "STAGE_OF",
        "DAYS_SINCE",
        "SUB",
    }
    | {"DAYS_SINCE_EVENT", "DAYS_UNTIL", "LSQB", "LPAR"}
    | {"FROM", "TO", "BEFORE", "AFTER", "PER", "EVER", "LATE", "AGAIN", "GOAL", "EXISTING"}
    | {"PRIORITY", "TITLE", "OWNER"}
)
_TESTS: Final = frozenset(
    {
        "CMP",
        "TEXT_CMP",
        "BETWEEN",
        "IN",
        "NOT_IN",
        "LIKE",
        "MATCHES",
        "IS",
        "IS_MISSING",
        "IS_PRESENT",
        "FOR",
    }
    | {"IS_AT_LEAST", "IN_LAST", "IN_NEXT", "DROPS_BY", "AGO", "ADD", "MUL", "DEFAULT"}
    | {"DOT_NAME"}
)
_CONDITIONS: Final = frozenset({"NOT", "HAS", "NO", "QUANTIFIER", "IN_SEGMENT", "WAS_EVER"})


def alternatives(expected: AbstractSet[str]) -> str:
    """Say in words what could have stood there: `` a comparison such as `==`, `and` or `or` ``."""
    rest = set(expected) - HIDDEN - PERIODS
    words = []
    if {"NUMBER", "STRING", "NAME"} <= rest:
        words.append("a condition" if "HAS" in rest else "a value")
        rest -= _VALUES | _CONDITIONS
    elif "CMP" in rest:
        words.append(TOKENS["CMP"])
        rest -= _TESTS
    words.extend(sorted(TOKENS.get(kind, f"`{_spelt(kind)}`") for kind in rest))
    shown = words[:5]
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "nothing"


def _spelt(kind: str) -> str:
    return kind.lower().replace("_", " ")
