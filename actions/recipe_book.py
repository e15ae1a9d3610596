"""Recipes: how other systems are called, kept as data; `recipe: jira-issue` with the words it asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import yaml

from ..engine.core.plan import Json

__all__ = ["Recipe", "recipe", "recipes", "written_out"]

_FOLDER: Final = Path(__file__).parent / "recipes"
_WORD: Final = re.compile(r"\{([a-z]+)\}")
_URLS: Final = frozenset(("url", "find"))
"""Parts in which a word becomes part of a URL."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to call one system."""

    name: str
    says: str
    words: Mapping[str, str]
    """What it takes, and what each is for."""
    usual: Mapping[str, Json]
    """What a word is where nothing is said; the others are needed."""
    call: Mapping[str, Json]
    signs: Mapping[str, str]
    """Characters that mean something there, and how they are written where they are meant to be read."""


def recipes() -> tuple[str, ...]:
    """Return the names of all recipes."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def recipe(name: str) -> Recipe:
    """Return a recipe. Raises ValueError for one that there is not."""
    if name not in recipes():
        near = get_close_matches(name, recipes(), n=1)
        meant = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(recipes())}"
        raise ValueError(f"there is no recipe `{name[:60]}`: {meant}")
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return Recipe(name, **{"usual": {}, "signs": {}, **yaml.safe_load(text)})


def written_out(args: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """Return the words of a call for those of a recipe; `key` is what makes it the same when repeated.

    Raises ValueError for a word that it does not take, and for one that it needs.
    """
    found = recipe(str(args["recipe"]))
    given = {name: word for name, word in args.items() if name != "recipe"}
    unknown = given.keys() - found.words.keys()
    if unknown:
        takes = ", ".join(found.words)
        raise ValueError(f"recipe {found.name} takes no `{min(unknown)}`: it takes {takes}")
    missing = (
        found.words.keys()
        - found.usual.keys()
        - {n for n, w in given.items() if w not in ("", None)}
    )
    if missing:
        first = next(name for name in found.words if name in missing)
        raise ValueError(f"recipe {found.name} needs `{first}`: {found.words[first]}")
    signs = str.maketrans(dict(found.signs))
    plain = {n: w.translate(signs) if isinstance(w, str) else w for n, w in given.items()}
    words: dict[str, Json] = {**found.usual, **plain, "key": key}
    call = {
        name: _filled(part, words, within_url=name in _URLS) for name, part in found.call.items()
    }
    return {name: part for name, part in call.items() if part is not None}


def _filled(part: Json, words: Mapping[str, Json], *, within_url: bool) -> Json:
    """Return a part of a call with its words put in; what is a word alone keeps its kind.

    Put in once: a word that looks like another one stays as it is.
    """
    match part:
        case str():
            alone = _WORD.fullmatch(part)
            if alone and not within_url:
                return words[alone[1]]
            return _WORD.sub(lambda one: _text(one[1], words, within_url=within_url), part)
        case dict():
            every = {k: _filled(v, words, within_url=within_url) for k, v in part.items()}
            left: dict[str, Json] = {k: v for k, v in every.items() if v is not None}
            return left if left or not part else None
        case list():
            return [_filled(item, words, within_url=within_url) for item in part]
        case _:
            return part


def _text(name: str, words: Mapping[str, Json], *, within_url: bool) -> str:
    """Return a word as part of a text; in a URL it cannot become more than it is, the site apart."""
    text = "" if words[name] is None else str(words[name])
    return text.rstrip("/") if name == "site" else quote(text, safe="") if within_url else text
