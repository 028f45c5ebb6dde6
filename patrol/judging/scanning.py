"""Text scanner: finds what a page says beside its text (works named, signs of piracy, words that speak against it).

One pass of Aho–Corasick (Aho and Corasick, 1975; pyahocorasick) over the page's *canonical* characters, so that
disguised titles and phrases are read as what they stand for; every place is given in the page's own characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import ahocorasick

import fingerprints
from fingerprints.lists import dictionary_words
from patrol.tables.phrases import InnocentGroup, Phrases

Place = Literal["title", "text", "tags"]

_BRACKETS = {"《": "》", "〈": "〉", "「": "」", "『": "』", "【": "】", "“": "”"}
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CLAUSE_END = re.compile(r"[，,。！？!?；;\n]")
# How far a word that takes a phrase back may stand from it: “拒绝盗版、影印、扫描件”.
_BEFORE, _AFTER = 10, 6


@dataclass(frozen=True, slots=True)
class NamedWork:
    """A work as it may be named on a page. ``ambiguous`` are those of its names that are common words or very
    short: they count only with a second sign (book-title marks, or an author named)."""

    id: str
    names: tuple[str, ...]
    authors: tuple[str, ...]
    ambiguous: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """A work named on the page; ``named`` is as printed there, offsets are into that place."""

    work_id: str
    named: str
    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A phrase of group ``code`` found; ``void`` is the innocent group that takes its force, or empty."""

    code: str
    phrase: str
    place: Place
    start: int
    void: str = ""


@dataclass(frozen=True, slots=True)
class Sightings:
    """All that one page says. ``authors``: (work id, name) pairs of authors named on it."""

    mentions: tuple[Mention, ...] = ()
    signs: tuple[Sign, ...] = ()
    innocent: tuple[Sign, ...] = ()
    authors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PageText:
    """What of a page is compared and scanned. ``text`` is the very string that the offsets of matches count."""

    title: str
    text: str
    tags: str = ""


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: str
    owner: str
    word: str
    start: int
    end: int
    printed: str


class Scanner:
    """Built once per process from the works' names and the phrase table; ``scan`` is a pure function of a page."""

    def __init__(self, works: Iterable[NamedWork], phrases: Phrases) -> None:
        entries: dict[str, list[tuple[str, str, str]]] = {}

        def enter(kind: str, owner: str, word: str) -> None:
            canonical, _, _ = canonical_text(word)
            if canonical:
                entries.setdefault(canonical, []).append((kind, owner, word))

        self._ambiguous: dict[str, frozenset[str]] = {}
        for work in works:
            self._ambiguous[work.id] = work.ambiguous
            for name in work.names:
                enter("name", work.id, name)
            for author in work.authors:
                if len(author) > 1:
                    enter("author", work.id, author)
        for group in phrases.signs:
            for phrase in group.phrases:
                enter("sign", group.code, phrase)
        self._clause = [group for group in phrases.innocent if group.scope == "clause"]
        self._scopes = {group.code: group.scope for group in phrases.innocent}
        for words in phrases.innocent:
            for phrase in words.phrases:
                enter("innocent", words.code, phrase)
        self._automaton = ahocorasick.Automaton()
        for canonical, owners in entries.items():
            self._automaton.add_word(canonical, (len(canonical), owners))
        self._automaton.make_automaton()

    def scan(self, page: PageText) -> Sightings:
        """Find everything named or said on the page."""
        hits: list[tuple[Place, str, _Hit]] = []
        places: tuple[tuple[Place, str], ...] = (("title", page.title), ("text", page.text), ("tags", page.tags))
        for place, text in places:
            hits.extend((place, text, hit) for hit in _longest(self._find(text)))
        if not hits:
            return Sightings()
        authors = tuple(dict.fromkeys((h.owner, h.printed) for _, _, h in hits if h.kind == "author"))
        signed = {work_id for work_id, _ in authors}
        return Sightings(
            mentions=tuple(self._mentions(hits, signed)),
            signs=tuple(
                Sign(h.owner, h.printed, place, h.start, self._voided(text, h))
                for place, text, h in hits
                if h.kind == "sign"
            ),
            innocent=tuple(
                Sign(h.owner, h.printed, place, h.start)
                for place, text, h in hits
                if h.kind == "innocent"
                and (self._scopes[h.owner] == "page" or place == self._scopes[h.owner])
                and not _after_denial(text, h.start)
            ),
            authors=authors,
        )

    def _find(self, text: str) -> Iterator[_Hit]:
        canonical, start, end = canonical_text(text)
        if not canonical or not len(self._automaton):
            return
        for last, (length, owners) in self._automaton.iter(canonical):
            at, to = int(start[last - length + 1]), int(end[last])
            printed = text[at:to]
            for kind, owner, word in owners:
                if _whole(text, at, to, word):
                    yield _Hit(kind, owner, word, at, to, printed)

    def _mentions(self, hits: list[tuple[Place, str, _Hit]], signed: set[str]) -> Iterator[Mention]:
        for place, text, hit in hits:
            if hit.kind != "name":
                continue
            unclear = hit.word in self._ambiguous.get(hit.owner, frozenset())
            if unclear and hit.owner not in signed and not _bracketed(text, hit.start, hit.end):
                continue
            yield Mention(hit.owner, hit.printed, place, hit.start, hit.end)

    def _voided(self, text: str, hit: _Hit) -> str:
        before, after = _clause(text, hit.start, hit.end)
        return next((group.code for group in self._clause if _takes_back(group, before, after)), "")


def canonical_text(text: str) -> tuple[str, Any, Any]:
    """Return canonical characters as a string, with the original start and end of each."""
    canonical = fingerprints.canonicalise(text)
    codes = canonical.codes.astype("<u4", copy=False)
    return codes.tobytes().decode("utf-32-le", "surrogatepass"), canonical.start, canonical.end


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """Of names (and of signs) that overlap, the longest: 《甲乙丙》 does not also name 《甲乙》."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        rivals = (k for k in kept if k.kind == hit.kind and k.start < hit.end and hit.start < k.end)
        if all((k.start, k.end) == (hit.start, hit.end) for k in rivals):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _whole(text: str, start: int, end: int, word: str) -> bool:
    """Latin words stand alone; no name runs over the end of a sentence that it does not itself contain."""
    if word.isascii():
        neighbours = text[max(0, start - 1) : start] + text[end : end + 1]
        if any(c.isascii() and c.isalnum() for c in neighbours):
            return False
    return not _SENTENCE_END.search(text[start:end]) or bool(_SENTENCE_END.search(word))


def _bracketed(text: str, start: int, end: int) -> bool:
    return start > 0 and end < len(text) and _BRACKETS.get(text[start - 1]) == text[end]


def _clause(text: str, start: int, end: int) -> tuple[str, str]:
    before = text[max(0, start - _BEFORE) : start]
    after = text[end : end + _AFTER]
    cuts = list(_CLAUSE_END.finditer(before))
    stop = _CLAUSE_END.search(after)
    return (before[cuts[-1].end() :] if cuts else before), (after[: stop.start()] if stop else after)


def _takes_back(group: InnocentGroup, before: str, after: str) -> bool:
    """Does a word of ``group`` stand near in the same clause? A single character must touch the phrase (“非影印”,
    but not “无删减影印版”)."""
    return any(before.rstrip().endswith(word) if len(word) == 1 else word in before for word in group.before) or any(
        word in after for word in group.after
    )


_DENIALS = ("不", "非", "无", "没")


def _after_denial(text: str, start: int) -> bool:
    """“不是正版” claims nothing."""
    return any(c in _DENIALS for c in text[max(0, start - 2) : start])


def ambiguous_names(names: Iterable[str]) -> frozenset[str]:
    """Choose the names that are common words or too short to stand alone: two characters or fewer, four Latin letters
    or digits or fewer, or up to four characters and a word of jieba's dictionary (MIT)."""
    unclear: set[str] = set()
    to_look_up: set[str] = set()
    for name in names:
        if len(name) <= 2 or (name.isascii() and len(name) <= 4):
            unclear.add(name)
        elif len(name) <= 4:
            to_look_up.add(name)
    if to_look_up:
        unclear |= to_look_up & dictionary_words(to_look_up)
    return frozenset(unclear)
