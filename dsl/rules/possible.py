"""Whether conditions can hold at once: a small decision procedure that never claims too much.

A condition is made of atoms, each about one term (`seats`, `renewal_date`, what has happened of
`login`). Terms that stand in several atoms are tried out, value by value; what is not understood may
come to anything. Atoms and conditions that mean the same are one, so that a thousand playbooks that
ask `churned` ask it once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ...engine.core.expr import And, Default, Expr, Not, Or
from ...engine.core.fixed import node
from ...engine.core.node import Node
from ...engine.core.vocabulary import Vocabulary
from .atoms import about, plain
from .outcomes import ANY, FALSE, TRUE, UNKNOWN
from .terms import terms
from .trees import Atom, Joint, Negation, Otherwise, Tree, World

__all__ = ["FALSE", "TRUE", "UNKNOWN", "Goal", "Judge"]

_MOST: Final = 400
"""How many cases are tried before a condition is left alone."""

Goal = tuple[Expr, int]
"""A condition, and what it may come to: some of `TRUE`, `FALSE` and `UNKNOWN`, added up."""


class Judge:
    """Finds out what conditions may come to, and remembers it."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self._seen: dict[int, tuple[Expr, _Condition]] = {}
        self._conditions: dict[Expr, _Condition] = {}
        self._atoms: dict[Expr, Atom] = {}
        self._subjects: dict[Node, int] = {}
        self._terms: dict[tuple[Atom, ...], tuple[_Term, ...]] = {}
        self._answers: dict[frozenset[tuple[_Condition, int]], bool] = {}

    def outcomes(self, condition: Expr) -> int:
        """Return all that a condition may come to: what is not among it, it never is."""
        one = self._of(condition)
        if len({atom.about for atom in one.atoms}) == len(one.atoms):
            return one.alone  # Nothing that stands in it twice could take any of it back.
        return sum(bit for bit in (TRUE, FALSE, UNKNOWN) if self._met({one: bit}))

    def possible(self, goals: Iterable[Goal]) -> bool:
        """Return whether all goals may be met at once; false only where it is proven they cannot."""
        wanted: dict[_Condition, int] = {}
        for condition, mask in goals:
            one = self._of(condition)
            wanted[one] = wanted.get(one, ANY) & mask
        return self._met(wanted)

    def _met(self, wanted: "Wanted") -> bool:
        if not all(one.alone & mask for one, mask in wanted.items()):
            return False
        key = frozenset(wanted.items())
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = _Search(wanted, self._shared(wanted)).found(0)
        return answer

    def _shared(self, conditions: Iterable["_Condition"]) -> list["_Term"]:
        """Return the terms that stand in more than one atom; all others are independent."""
        counts = Counter(atom for one in conditions for atom in one.atoms)
        groups: dict[int, list[Atom]] = {}
        for atom in counts:
            groups.setdefault(atom.about, []).append(atom)
        found = list[_Term]()
        for group in groups.values():
            if len(group) > 1 or counts[group[0]] > 1:
                each = self._terms_of(tuple(sorted(group, key=lambda atom: atom.number)))
                found += [one for one in each if sum(counts[atom] for atom in one.atoms) > 1]
        return sorted(found, key=lambda term: len(term.worlds))

    # --- what is remembered -----------------------------------------------------------------------

    def _of(self, expr: Expr) -> "_Condition":
        """Return a condition as it is judged: the same for all that mean the same."""
        seen = self._seen.get(id(expr))
        if seen is None:
            one = self._conditions.get(expr)
            if one is None:
                one = self._conditions[expr] = self._condition(expr)
            seen = self._seen[id(expr)] = (expr, one)
        return seen[1]

    def _condition(self, expr: Expr) -> "_Condition":
        found = list[Atom]()
        tree = self._tree(plain(expr), found)
        return _Condition(tree, tuple(found), tree.reached({}))

    def _tree(self, expr: Expr, found: list[Atom]) -> Tree:
        """Return a plain condition made of atoms, and add those to the ones that were found."""
        match expr:
            case Not(value):
                return Negation(self._tree(value, found))
            case And(items) | Or(items):
                parts = tuple([self._tree(item, found) for item in items])
                return Joint(parts, every=isinstance(expr, And))
            case Default(value, otherwise):
                return Otherwise(self._tree(value, found), self._tree(otherwise, found))
            case _:
                atom = self._atoms.get(expr)
                if atom is None:
                    atom = self._atoms[expr] = self._atom(expr)
                found.append(atom)
                return atom

    def _atom(self, expr: Expr) -> Atom:
        term, alone = terms([expr], self.words)[id(expr)], 0
        for value in term.values:
            alone |= term.judged(expr, value)
            if alone == ANY:
                break
        subject = self._subjects.setdefault(about(expr), len(self._subjects))
        return Atom(len(self._atoms), expr, subject, alone)

    def _terms_of(self, group: tuple[Atom, ...]) -> tuple["_Term", ...]:
        """Return what some atoms about the same are about: one term, or each one of its own."""
        found = self._terms.get(group)
        if found is None:
            found = self._terms[group] = tuple(self._split(group))
        return found

    def _split(self, group: Sequence[Atom]) -> Iterable["_Term"]:
        known = terms([atom.expr for atom in group], self.words)
        by_term: dict[int, list[Atom]] = {}
        for atom in group:
            by_term.setdefault(id(known[id(atom.expr)]), []).append(atom)
        for atoms in by_term.values():
            term = known[id(atoms[0].expr)]
            ways = {
                tuple([term.judged(atom.expr, value) for atom in atoms]) for value in term.values
            }
            worlds = [dict(zip(atoms, way, strict=True)) for way in sorted(ways)]
            yield _Term(tuple(atoms), tuple(worlds))


@node
class _Condition:
    """A condition that is judged, and all that it may come to as far as its atoms know by themselves."""

    tree: Tree
    atoms: tuple[Atom, ...]
    """Each as often as it stands there."""
    alone: int


@node
class _Term:
    """What some atoms share, with every way in which they can come out together."""

    atoms: tuple[Atom, ...]
    worlds: tuple[World, ...]


Wanted = Mapping[_Condition, int]


class _Search:
    """Tries the terms that stand in more than one atom."""

    def __init__(self, wanted: Wanted, shared: Sequence[_Term]) -> None:
        self.wanted, self.shared = wanted, shared
        self.reading = [
            [(one.tree, mask) for one, mask in wanted.items() if set(term.atoms) & set(one.atoms)]
            for term in shared
        ]
        """For each shared term the conditions that read it, with what is wanted of them."""
        self.world: dict[Atom, int] = {}
        self.tried = 0

    def found(self, depth: int) -> bool:
        """Try the terms from one on, in a world in which all may still be as wanted."""
        if depth == len(self.shared):
            return True
        term, world = self.shared[depth], self.world
        for way in term.worlds:
            self.tried += 1
            if self.tried > _MOST:
                return True
            world.update(way)
            near = all(tree.reached(world) & mask for tree, mask in self.reading[depth])
            if near and self.found(depth + 1):
                return True
        for atom in term.atoms:
            del world[atom]
        return False
