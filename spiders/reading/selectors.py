"""Simple selectors: tell which elements a rule of a style sheet is about.

Tags, classes, ids, attributes and places among siblings, joined by descent. Selectors with anything else (states, negations,
siblings) are left out. A page's own rules by the thousand are looked up by ``key``, the most telling part of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PART = re.compile(
    r"(?P<tag>[a-z][\w-]*|\*)|(?P<name>[.#](?:[\w-]|\\.)+)"
    r"|\[\s*(?P<attribute>[\w-]+)\s*(?:(?P<how>[~|^$*]?=)\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\]\s]+))\s*)?\]"
    r"|:(?P<place>first-child|last-child|only-child|nth-(?:last-)?child\((?P<n>[^()]{1,20})\)"
    r"|(?:first|last)-of-type|nth-of-type\((?P<m>[^()]{1,20})\))|::?(?P<pseudo>before|after)$",
    re.I,
)
_WORDS = re.compile(r">|(?>[^\s>\[(]++|\[[^\]]*+\]|\([^)]*+\)|[\[(])++")
_FORMULA = re.compile(r"([+-]?\d*)n(?:([+-]\d+))?$|([+-]?\d+)$")
_TELLING = re.compile(
    r"(?P<id>#(?:[\w-]|\\.)+)|(?P<class>\.(?:[\w-]|\\.)+)|(?P<attribute>\[\s*[\w-]+)"
    r"|(?P<place>:nth-child\(\s*(?:[2-9]|\d{2,6})(?=\s*\)))|(?P<tag>^[a-zA-Z][\w-]*)"
)
MAX_LENGTH = 300
MAX_COMPOUNDS = 8
MAX_NAMES = 400
"""Tags, classes and ids around an element, up to which they are kept for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place among siblings: the ``a * n + b``-th, counted from the end, or among those of its own kind only."""

    a: int
    b: int
    from_end: bool = False
    of_type: bool = False

    def is_at(self, index: int) -> bool:
        """Tell whether a place is meant; ``index`` counts from 1."""
        return index == self.b if not self.a else (index - self.b) % self.a == 0 and (index - self.b) // self.a >= 0


@dataclass(frozen=True, slots=True)
class Compound:
    """What one element must be. ``names``: its tag, ``.class`` and ``#id``; ``child``: the next compound is its child, not
    any descendant."""

    names: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...] = ()
    places: tuple[Place, ...] = ()
    child: bool = False


@dataclass(frozen=True, slots=True)
class Selector:
    """``compounds`` from the element that is meant outwards; ``pseudo``: before, after, or ""."""

    compounds: tuple[Compound, ...]
    pseudo: str = ""


class Siblings:
    """Places of elements among their siblings, each family counted once."""

    def __init__(self) -> None:
        self._families: dict[Any, dict[Any, tuple[int, int, int]]] = {}

    def place(self, node: Any) -> tuple[int, int, int]:
        """Count from the beginning, from the end, and among those of its tag; from 1."""
        parent = node.getparent()
        if parent is None:
            return 1, 1, 1
        family = self._families.get(parent)
        if family is None:
            members = [child for child in parent if isinstance(child.tag, str)]
            kinds: dict[str, int] = {}
            family = self._families[parent] = {}
            for index, child in enumerate(members, 1):
                kinds[child.tag] = kinds.get(child.tag, 0) + 1
                family[child] = index, len(members) - index + 1, kinds[child.tag]
        return family[node]


def key_of(head: str) -> str:
    """Under which name a selector is kept, without reading it all: ``#id``, ``:place`` (a fixed one), ``.class``,
    ``[attribute]``, tag or ``*`` of the element that it is about."""
    kinds: dict[str, str] = {}
    for found in _TELLING.finditer(_last(head)):
        kinds.setdefault(found.lastgroup or "", found[0])
    if "id" in kinds:
        return kinds["id"].replace("\\", "")
    if "place" in kinds:
        return ":" + kinds["place"][len(":nth-child(") :].strip()
    if "class" in kinds:
        return kinds["class"].replace("\\", "")
    return f"[{kinds['attribute'][1:].strip().lower()}]" if "attribute" in kinds else kinds.get("tag", "*").lower()


def _last(head: str) -> str:
    if "[" in head or "(" in head:
        words = _WORDS.findall(head)
        return words[-1] if words else ""
    return head.replace(">", " ").split()[-1] if head.strip(" >") else ""


def read_selector(head: str) -> Selector | None:
    """Read a selector; None when it cannot be judged."""
    compounds: list[Compound] = []
    pseudo = ""
    for piece, child in _pieces(head) if len(head) <= MAX_LENGTH else ():
        read = _compound(piece, child) if not pseudo and len(compounds) < MAX_COMPOUNDS else None
        if read is None:
            return None
        compound, pseudo = read
        compounds.append(compound)
    return Selector(tuple(reversed(compounds)), pseudo) if compounds else None


def _pieces(head: str) -> Iterator[tuple[str, bool]]:
    """The compounds of a selector, each with whether the next is its child."""
    words = _WORDS.findall(head)
    for at, word in enumerate(words):
        if word != ">":
            yield word, at + 1 < len(words) and words[at + 1] == ">"


def _compound(text: str, child: bool) -> tuple[Compound, str] | None:
    names: list[str] = []
    attributes: list[tuple[str, str, str]] = []
    places: list[Place] = []
    pseudo = ""
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if not found:
            return None
        at = found.end()
        if found["tag"]:
            names += [found["tag"].lower()] if found["tag"] != "*" else ()
        elif found["name"]:
            names.append(found["name"].replace("\\", ""))
        elif found["attribute"]:
            value = found["a"] or found["b"] or found["c"] or ""
            attributes.append((found["attribute"].lower(), found["how"] or "", value))
        elif found["pseudo"]:
            pseudo = found["pseudo"].lower()
        elif place := _place(found["place"].lower(), found["n"] or found["m"] or "1"):
            places.append(place)
        else:
            return None
    return Compound(frozenset(names), tuple(attributes), tuple(places), child), pseudo


def _place(said: str, formula: str) -> Place | None:
    if said == "only-child":
        return None
    formula = formula.lower().replace(" ", "").replace("odd", "2n+1").replace("even", "2n")
    found = _FORMULA.match(formula)
    if not found:
        return None
    a = int({"": "1", "+": "1", "-": "-1"}.get(found[1], found[1])) if found[1] is not None else 0
    b = int(found[2] or 0) if found[1] is not None else int(found[3])
    from_end, of_type = "last" in said, said.endswith("of-type") or "of-type(" in said
    return None if from_end and of_type else Place(a, b, from_end, of_type)


class Matcher:
    """Tells which elements of one document selectors mean; what is known of an element holds for its sisters."""

    def __init__(self) -> None:
        self.siblings = Siblings()
        self._names: dict[Any, frozenset[str]] = {}
        self._around: dict[Any, frozenset[str] | None] = {}
        self._inside: dict[tuple[Selector, Any], bool] = {}

    def is_meant(self, selector: Selector, node: Any) -> bool:
        compounds = selector.compounds
        if not self._fits(compounds[0], node):
            return False
        parent = node.getparent()
        if len(compounds) == 1 or parent is None:
            return len(compounds) == 1
        around = self._all_around(parent)
        if around is not None and not all(compound.names <= around for compound in compounds[1:]):
            return False
        known = self._inside.get((selector, parent))
        if known is None:
            known = self._inside[selector, parent] = self._is_inside(compounds[1:], parent)
        return known

    def _is_inside(self, compounds: tuple[Compound, ...], node: Any) -> bool:
        """Whether the compounds are found from an element outwards."""
        element = node
        for compound in compounds:
            while element is not None and not self._fits(compound, element):
                element = None if compound.child else element.getparent()
            if element is None:
                return False
            element = element.getparent()
        return True

    def _fits(self, compound: Compound, node: Any) -> bool:
        if not compound.names <= self._names_of(node):
            return False
        if compound.attributes and not all(
            _has(node.get(name), how, value) for name, how, value in compound.attributes
        ):
            return False
        if compound.places:
            first, last, own = self.siblings.place(node)
            return all(p.is_at(last if p.from_end else own if p.of_type else first) for p in compound.places)
        return True

    def _names_of(self, node: Any) -> frozenset[str]:
        names = self._names.get(node)
        if names is None:
            found = [node.tag, *(f".{name}" for name in (node.get("class") or "").split())]
            if name := node.get("id"):
                found.append(f"#{name}")
            names = self._names[node] = frozenset(found)
        return names

    def _all_around(self, node: Any) -> frozenset[str] | None:
        """The names of an element and of those around it; None when they are too many to be kept for each."""
        unknown = []
        while node is not None and node not in self._around:
            unknown.append(node)
            node = node.getparent()
        names = self._around[node] if node is not None else frozenset()
        for element in reversed(unknown):
            names = None if names is None or len(names) > MAX_NAMES else names | self._names_of(element)
            self._around[element] = names
        return names


def _has(value: str | None, how: str, wanted: str) -> bool:
    if value is None:
        return False
    if how == "~=":
        return wanted in value.split()
    if how == "|=":
        return value == wanted or value.startswith(f"{wanted}-")
    if how in ("^=", "$=", "*="):
        test = {"^=": value.startswith, "$=": value.endswith, "*=": value.__contains__}[how]
        return bool(wanted) and bool(test(wanted))
    return value == wanted or not how
