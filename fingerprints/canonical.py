"""Canonical text: what a page says once every disguise is undone, each character with its place on the page.

One look-up per code point folds width, case, traditional forms and look-alikes and drops spaces, punctuation,
inserted marks, emoji and invisible characters; then advertisements are cut out, and characters written as two
parts (拆字) or as pinyin become one again. Works and pages go through the same function, so whatever it folds too
much it folds on both sides. Homophones are not rewritten: :func:`reading_ids` lets the reader compare sounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.tables import (
    EMOJI,
    FULL_WIDTH,
    LETTER,
    LOOKALIKE,
    MARK,
    SYLLABLE,
    TRADITIONAL,
    ZERO_WIDTH,
    Tables,
    adverts,
    tables,
)
from fingerprints.verdict_types import Disguise

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

_LONGEST_SYLLABLE = 6
_EXAMPLE = 4


@dataclass(frozen=True, slots=True)
class Canonical:
    """``codes[i]`` (n numbers of 16 bits) stands for ``text[start[i]:end[i]]`` of the original; offsets ascend."""

    codes: U16
    start: I32
    end: I32
    disguises: tuple[Disguise, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def readings(self) -> U16:
        """Toneless readings of the codes, see :func:`reading_ids`."""
        return reading_ids(self.codes)


def reading_ids(codes: U16) -> U16:
    """The toneless pinyin of each code as an id from 1; 0 for what has none. Source: pypinyin's first readings."""
    table = tables().reading
    syllable = (codes >= SYLLABLE) & (codes < SYLLABLE + len(tables().syllables) + 1)
    found: U16 = np.where(syllable, codes - np.uint16(SYLLABLE), table[codes]).astype(np.uint16)
    return found


def canonicalise(text: str) -> Canonical:
    """The canonical text of ``text``; never raises, whatever the text holds (lone surrogates included).

    Time is linear in the length.
    """
    t = tables()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    points = np.where(points < len(t.code), points, 0)
    codes, what = t.code[points], t.what[points]
    disguises: list[Disguise] = []
    kept = codes != 0
    _cut_adverts(text, kept, disguises)
    at = np.flatnonzero(kept).astype(np.int32)
    _count_by_class(text, what, at, t, disguises)
    canonical = Canonical(codes[at], at, at + np.int32(1), tuple(disguises))
    if LETTER in what:
        canonical = _join_syllables(text, canonical, t)
    if t.opens[canonical.codes].any():
        canonical = _join_splits(text, canonical, t)
    return canonical


def _cut_adverts(text: str, kept: NDArray[np.bool_], disguises: list[Disguise]) -> None:
    found = [match for word, pattern in adverts() if word in text for match in pattern.finditer(text)]
    for match in found:
        kept[match.start() : match.end()] = False
    if found:
        disguises.append(Disguise("advertisement", len(found), found[0].group()[:40], ""))


_CLASSES = (
    (TRADITIONAL, "traditional"),
    (ZERO_WIDTH, "zero_width"),
    (MARK, "inserted_mark"),
    (EMOJI, "emoji"),
    (FULL_WIDTH, "full_width"),
    (LOOKALIKE, "look_alike"),
)


def _count_by_class(text: str, what: U8, at: I32, t: Tables, disguises: list[Disguise]) -> None:
    if len(at) == 0:
        return
    totals = np.bincount(what, minlength=9)
    for number, name in _CLASSES:
        if not totals[number]:
            continue
        places = np.flatnonzero(what == number)
        if number in (ZERO_WIDTH, MARK, EMOJI):
            places = places[_inside(places, what)]
        if len(places):
            example = text[max(0, int(places[0]) - 1) : int(places[0]) + _EXAMPLE - 1]
            read_as = "".join(map(chr, _codes(example, t)))
            disguises.append(Disguise(name, len(places), example, read_as))


def _codes(text: str, t: Tables) -> list[int]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return [int(c) for c in t.code[points] if c and not 0xD800 <= c < 0xF900]


def _inside(places: NDArray[np.int64], what: U8) -> NDArray[np.bool_]:
    """Which of the dropped characters at ``places`` stand right between two kept ones: there nothing else explains them."""
    last = len(what) - 1
    kept = np.isin(what, (0, TRADITIONAL, FULL_WIDTH, LOOKALIKE))
    inside: NDArray[np.bool_] = (places > 0) & (places < last)
    inside &= kept[np.maximum(places - 1, 0)] & kept[np.minimum(places + 1, last)]
    return inside


def _is_han(codes: U16) -> NDArray[np.bool_]:
    return (codes >= 0x3400) & (codes < 0xA000)


def _join_syllables(text: str, c: Canonical, t: Tables) -> Canonical:
    """Pinyin syllables that stand alone between Chinese characters become one code each."""
    letter = (c.codes >= 97) & (c.codes <= 122)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], letter, [False]])))
    starts, ends = edges[::2], edges[1::2]
    fits = (ends - starts >= 2) & (ends - starts <= _LONGEST_SYLLABLE)
    keep = np.ones(len(c), np.bool_)
    codes, end = c.codes.copy(), c.end.copy()
    count, example = 0, ""
    for first, last in zip(starts[fits].tolist(), ends[fits].tolist(), strict=True):
        if first == 0 or last == len(c) or not _is_han(c.codes[[first - 1, last]]).all():
            continue
        if int(c.end[last - 1]) - int(c.start[first]) != last - first:
            continue
        number = t.syllables.get("".join(map(chr, c.codes[first:last])))
        if number is None:
            continue
        codes[first], end[first] = SYLLABLE + number, c.end[last - 1]
        keep[first + 1 : last] = False
        count += 1
        example = example or text[c.start[first] - 1 : c.end[last - 1] + 1]
    if not count:
        return c
    undone = Disguise("pinyin", count, example, "")
    return Canonical(codes[keep], c.start[keep], end[keep], (*c.disguises, undone))


def _join_splits(text: str, c: Canonical, t: Tables) -> Canonical:
    """Two parts that stand for one character become that character."""
    first = np.flatnonzero(t.opens[c.codes[:-1]])
    first = first[c.start[first + 1] == c.end[first]]
    keys = c.codes[first].astype(np.uint32) << np.uint32(16) | c.codes[first + 1]
    place = np.minimum(np.searchsorted(t.split_keys, keys), len(t.split_keys) - 1)
    known = t.split_keys[place] == keys
    first, whole = first[known], t.split_codes[place[known]]
    if len(first) == 0:
        return c
    # Three parts in a row could be read two ways: the earlier reading stands.
    apart = np.concatenate([[True], np.diff(first) > 1])
    first, whole = first[apart], whole[apart]
    codes, end, keep = c.codes.copy(), c.end.copy(), np.ones(len(c), np.bool_)
    codes[first], end[first], keep[first + 1] = whole, c.end[first + 1], False
    undone = Disguise("split", len(first), text[c.start[first[0]] : c.end[first[0] + 1]], chr(whole[0]))
    return Canonical(codes[keep], c.start[keep], end[keep], (*c.disguises, undone))
