"""Stand-ins for personal texts: the same text, the same stand-in, and of the same kind.

Playbooks cannot tell a text from its stand-in: what their conditions ask of it comes to the same.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..core.vocabulary import Type
from .reading import Reading

__all__ = ["NoStandIn", "Pseudonyms"]

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_LINK: Final = re.compile(r"(?i)[a-z][a-z0-9+.-]*://\S+")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/.-]{5,}")
_PEOPLE: Final = re.compile(
    r"(?i)name|csm|owner|assignee|manager|sponsor|champion|contact|author|^(by|to|first|last)$"
)
"""What a value is called that is probably somebody's name."""
_FIRST: Final = (
    "Adele", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irina", "Jonas", "Klara",
    "Linus", "Marta", "Niko", "Olga", "Pavel", "Quirin", "Rosa", "Stefan", "Tilda", "Ugo", "Vera",
    "Wanda", "Xaver", "Yara", "Zeno",
)  # fmt: skip
_LAST: Final = (
    "Abel", "Brandt", "Conrad", "Dorn", "Eckert", "Falk", "Graf", "Hein", "Imhof", "Jung", "Kern",
    "Lang", "Moser", "Nagel", "Otto", "Pohl", "Quast", "Roth", "Sand", "Thal", "Urban", "Vogt",
    "Wolf", "Zorn",
)  # fmt: skip
_SHORTEST: Final = 3
"""Shorter texts are found in any other."""
_MOST_TRIED: Final = 300
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class NoStandIn(ValueError):  # noqa: N818 - it says what is the matter
    """There is no text of which a condition would say the same as of a personal one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no stand-in for `{name}` of which every condition says the same")
        self.name = name


@dataclass(slots=True)
class Pseudonyms:
    """Meets every text first, then gives each its stand-in; `keep` are names whose values stay."""

    reading: Reading
    keep: frozenset[str] = frozenset()
    _names: dict[str, str] = field(default_factory=dict)
    """What each text is a value of, where it was met first."""
    _given: dict[str, str] = field(default_factory=dict)
    _bases: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def meet(self, value: object, kind: Type | None, name: str) -> None:
        """Learn of the personal texts in a value of an attribute or a property."""
        for text, where in _texts(value, kind, name):
            if where not in self.keep and not self.reading.known(text):
                self._names.setdefault(text, where)

    def settle(self) -> None:
        """Give each text its stand-in, in the order of the texts. Raises NoStandIn."""
        counts = Counter[str]()
        originals = {one.strip().casefold() for one in self._names if len(one) >= _SHORTEST}
        self._taken.update(self._names)
        for text in sorted(self._names):
            self._given[text] = self._found(text, counts, originals)

    def of(self, value: object, kind: Type | None = None, name: str = "") -> object:
        """Return a value with its personal texts replaced; a value of `keep` stays as it is."""
        match value:
            case str() if name in self.keep or not _is_text(kind):
                return value
            case str():
                return self._given.get(value, value)
            case list():
                item = kind.item if kind is not None else None
                return [self.of(one, item, name) for one in value]
            case Mapping():
                types = dict(kind.fields) if kind is not None else {}
                return {key: self.of(one, types.get(key), key) for key, one in value.items()}
            case _:
                return value

    @property
    def replaced(self) -> Mapping[str, str]:
        """Every personal text with its stand-in."""
        return self._given

    def _found(self, text: str, counts: Counter[str], originals: set[str]) -> str:
        """Return a text of the same kind that nobody has, and of which conditions say the same."""
        core = text.strip()
        if not core:
            return text  # Blanks are nobody's.
        wanted = self.reading.signature(text)
        for candidate in self._candidates(core, self._names[text], counts):
            made = text.replace(core, candidate, 1)
            if made in self._taken or any(one in candidate.casefold() for one in originals):
                continue
            if self.reading.signature(made) == wanted:
                self._taken.add(made)
                self._bases.setdefault(core.casefold(), candidate)
                return made
        raise NoStandIn(self._names[text])

    def _candidates(self, text: str, name: str, counts: Counter[str]) -> Iterator[str]:
        """Yield stand-ins of a kind, then with words of the playbooks in them, then of one shape.

        A text that differs from an earlier one only in its case differs from it alike.
        """
        base = self._bases.get(text.casefold())
        if base is not None:
            yield from (base, base.upper(), base.lower(), base.title(), base.swapcase())
            return
        stem = _stem(text, name)
        for tried in range(_MOST_TRIED):
            counts[stem] += 1
            plain = _stand_in(stem, counts[stem])
            yield plain
            if tried:
                short = plain.partition("@")[0]
                for word in sorted(self.reading.words):
                    yield from (f"{short}{word}", f"{word}{plain}", f"{plain}{word}")
                for pattern in sorted(self.reading.patterns):
                    yield pattern.replace("*", short)
                yield "".join(_turned(one, tried, "0123456789") for one in text)
                yield "".join(_turned(one, tried, _LETTERS) for one in text)


def _texts(value: object, kind: Type | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield each text in a value that may be personal, with what it is a value of."""
    match value:
        case str() if _is_text(kind):
            yield value, name
        case list():
            for one in value:
                yield from _texts(one, kind.item if kind is not None else None, name)
        case Mapping():
            types = dict(kind.fields) if kind is not None else {}
            for key, one in value.items():
                yield from _texts(one, types.get(key), key)
        case _:
            pass  # Numbers, truths and dates stay what they are.


def _is_text(kind: Type | None) -> bool:
    return kind is None or kind.kind == "text"


def _stem(text: str, name: str) -> str:
    """Return of what kind a text is: an address, a link, a number of a telephone, a name, a word."""
    if _EMAIL.fullmatch(text):
        return "@"
    if _LINK.fullmatch(text):
        return "://"
    if text.isdecimal():
        return "0"
    if _PHONE.fullmatch(text):
        return "+"
    if _PEOPLE.search(name):
        return "Full Name" if " " in text else "Name"
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "text"


def _stand_in(stem: str, number: int) -> str:
    match stem:
        case "@":
            return f"person-{number:03}@example.org"
        case "://":
            return f"https://example.org/{number:03}"
        case "0":
            return str(90_000_000 + number)
        case "+":
            return f"+1 555 01 {number:04}"
        case "Name":
            more, first = divmod(number - 1, len(_FIRST))
            return _FIRST[first] if not more else f"{_FIRST[first]}{more + 1}"
        case "Full Name":
            first, last = divmod(number - 1, len(_LAST))
            return f"{_stand_in('Name', first + 1)} {_LAST[last]}"
        case _:
            return f"{stem}-{number:03}"


def _turned(char: str, by: int, among: str) -> str:
    """Return another letter or digit of the same sort; anything else as it is."""
    folded = char.lower()
    if folded not in among:
        return char
    sort = "0123456789" if folded.isdecimal() else _LETTERS[10:]
    turned = sort[(sort.index(folded) + by) % len(sort)]
    return turned if char == folded else turned.upper()
