"""Canonical text: undoes every disguise, so that it holds what a page says, each character with its place on the page.

One look-up per code point folds width, case, traditional forms and look-alikes and drops spaces, punctuation,
inserted marks, emoji and invisible characters; advertisements are cut out, and characters written as two
parts (拆字) or as pinyin become one again. Works and pages go through the same function, so whatever it folds too
much it folds on both sides. Homophones are not rewritten: :func:`reading_ids` lets the reader compare sounds.

A disguise is counted where nothing else explains it: a mark or an invisible character only between two Chinese
characters, a traditional form only if simplified text does not use it in its own right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fingerprints.tables import SYLLABLE, Tables, adverts, tables
from fingerprints.verdict_types import Disguise

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TRADITIONAL, _ZERO_WIDTH, _EMOJI, _LOOKALIKE, _SPLIT, _PINYIN = 2, 3, 5, 7, 8, 9
_NAMES = {
    _TRADITIONAL: "traditional",
    _ZERO_WIDTH: "zero_width",
    4: "inserted_mark",
    _EMOJI: "emoji",
    6: "full_width",
    _LOOKALIKE: "look_alike",
    _SPLIT: "split",
    _PINYIN: "pinyin",
}
"""Disguises by number: up to 7 the classes of :mod:`fingerprints.tables`, then what takes more than one character."""

_SURE_SPLITS = 3
"""So many splits that running text never has show that the page uses 拆字; then the less sure ones are read too."""

_LOOKS, _CHARACTERS_A_LOOK = 200, 100
"""Advertisements are looked for at 200 places, and at one more for each 100 characters of the page, at most."""
_BEFORE, _BEHIND = 24, 64
"""Characters around an advertisement's word in which the rest of it is looked for."""
_NO_CUTS = np.zeros((0, 2), np.int64)
_OPENING, _CLOSING, _STARS = frozenset("([{（【〔《<"), frozenset(")]}）】〕》>"), frozenset("*★☆")


@dataclass(frozen=True, slots=True)
class Canonical:
    """``codes[i]`` (n numbers of 16 bits) stands for ``text[start[i]:end[i]]`` of the original; offsets ascend.

    ``disguises`` are those of the whole text; ``undone[i]`` has a bit for each kind undone at character ``i`` or just
    before it (see :meth:`disguised_within`).
    """

    codes: U16
    start: I32
    end: I32
    disguises: tuple[Disguise, ...]
    undone: U16

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def readings(self) -> U16:
        """Toneless readings of the codes, see :func:`reading_ids`."""
        return reading_ids(self.codes)

    def disguised_within(self, first: int, last: int) -> dict[str, int]:
        """Count how many of the canonical characters ``first:last`` are disguised, by kind; advertisements do not
        count."""
        part = self.undone[first:last]
        totals = {name: int(np.count_nonzero(part & np.uint16(1 << number))) for number, name in _NAMES.items()}
        return {name: total for name, total in totals.items() if total}


def reading_ids(codes: U16) -> U16:
    """Return the toneless pinyin of each code as an id from 1; 0 for what has none."""
    return tables().reading[codes]


def canonicalise(text: str) -> Canonical:
    """Make the canonical text of ``text``; never raises, whatever the text holds (lone surrogates included).

    Time is linear in the length.
    """
    t = tables()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    cuts = _adverts(points, t)
    folded = _run(points, t, cuts, False)
    if folded.counts[_SPLIT] >= _SURE_SPLITS:
        folded = _run(points, t, cuts, True)
    found = tuple(_disguises(text, folded.counts, folded.firsts, cuts))
    n = folded.n
    return Canonical(
        folded.codes[:n].copy(), folded.start[:n].copy(), folded.end[:n].copy(), found, folded.undone[:n].copy()
    )


class _Folded(NamedTuple):
    n: int
    codes: U16
    start: I32
    end: I32
    undone: U16
    counts: I64
    firsts: I64


def _run(points: U32, t: Tables, cuts: I64, bold: bool) -> _Folded:
    room = len(points)
    codes, undone = np.empty(room, np.uint16), np.empty(room, np.uint16)
    start, end = np.empty(room, np.int32), np.empty(room, np.int32)
    counts, firsts = np.zeros(10, np.int64), np.zeros(10, np.int64)
    n = _fold(
        points,
        t.code,
        t.what,
        cuts,
        t.opens,
        t.split_keys,
        t.split_codes,
        t.split_sure,
        t.syllable_keys,
        t.syllable_ids,
        bold,
        codes,
        start,
        end,
        undone,
        counts,
        firsts,
    )
    return _Folded(n, codes, start, end, undone, counts, firsts)


@njit(cache=True)
def _position(keys: NDArray[np.integer], key: int | np.int64) -> int:
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < len(keys) and keys[low] == key else -1


@njit(cache=True)
def _is_han(code: int | np.int64) -> bool:
    return bool(0x3400 <= code < 0xA000 or code >= 0xE000)


@njit(cache=True)
def _fold(
    points: U32,
    code: U16,
    what: U8,
    cuts: I64,
    opens: Flags,
    split_keys: U32,
    split_codes: U16,
    split_sure: Flags,
    syllable_keys: I64,
    syllable_ids: U16,
    bold: bool,
    codes: U16,
    start: I32,
    end: I32,
    undone: U16,
    counts: I64,
    firsts: I64,
) -> int:
    """One pass over the code points; fills the outputs and returns how many canonical characters there are.

    ``cuts`` are rows of (from, to) to leave out, ascending. ``bold``: also join splits that running text has by chance.
    """
    n = 0
    cut = 0
    # Whether only inserted characters stand between the last kept character and this one, and what they are.
    glued = False
    inserted = np.zeros(10, np.int64)
    noted = np.zeros(10, np.int64)
    waiting = 0
    letters = 0
    letters_at = 0
    packed = np.int64(0)
    whole = False
    i = 0
    while i < len(points):
        while cut < len(cuts) and cuts[cut, 1] <= i:
            cut += 1
        if cut < len(cuts) and cuts[cut, 0] <= i:
            i = cuts[cut, 1]
            glued = False
            continue
        point = points[i]
        c = np.int64(code[point])
        kind = what[point]
        if c == 0:
            if 3 <= kind <= 5:
                if inserted[kind] == 0:
                    noted[kind] = i
                inserted[kind] += 1
                waiting += 1
            else:
                glued = False
            i += 1
            continue
        last = np.int64(codes[n - 1]) if n > 0 else np.int64(0)
        flags = np.uint16(0)
        if waiting > 0:
            if glued and _is_han(last) and _is_han(c):
                for k in range(3, 6):
                    if inserted[k] > 0:
                        if counts[k] == 0:
                            firsts[k] = noted[k]
                        counts[k] += inserted[k]
                        flags |= np.uint16(1 << k)
            for k in range(3, 6):
                inserted[k] = 0
            waiting = 0
        if kind != 0:
            if counts[kind] == 0:
                firsts[kind] = i
            counts[kind] += 1
            flags |= np.uint16(1 << kind)
        if 97 <= c <= 122:
            if letters > 0 and glued and letters < 7:
                letters += 1
                packed = packed * 27 + (c - 96)
            elif letters == 0 and n > 0 and _is_han(last):
                letters, letters_at, packed = 1, n, c - 96
            else:
                letters = 7
        elif letters > 0:
            if 2 <= letters <= 6 and _is_han(c):
                at = _position(syllable_keys, packed)
                if at >= 0:
                    codes[letters_at] = SYLLABLE + syllable_ids[at]
                    end[letters_at] = end[n - 1]
                    undone[letters_at] |= np.uint16(1 << 9)
                    n = letters_at + 1
                    if counts[9] == 0:
                        firsts[9] = start[letters_at]
                    counts[9] += 1
                    glued = False
            letters = 0
        joined = False
        if glued and not whole and n > 0 and opens[codes[n - 1]]:
            at = _position(split_keys, (np.int64(codes[n - 1]) << 16) | c)
            if at >= 0 and (bold or split_sure[at]):
                if counts[8] == 0:
                    firsts[8] = start[n - 1]
                counts[8] += 1
                codes[n - 1] = split_codes[at]
                end[n - 1] = i + 1
                undone[n - 1] |= flags | np.uint16(1 << 8)
                joined = True
        if not joined:
            codes[n] = c
            start[n] = i
            end[n] = i + 1
            undone[n] = flags
            n += 1
        # Three parts in a row could be read two ways: the earlier reading stands.
        whole = joined
        glued = True
        i += 1
    return n


@njit(cache=True)
def _may_advertise(points: U32, code: U16, opens: Flags, keys: U32) -> bool:
    """Whether any advertisement's first two characters stand side by side: as a rule they do not."""
    last = np.int64(0)
    for i in range(len(points)):
        point = np.int64(points[i])
        folded = np.int64(code[point])
        c = folded if 0 < folded < 0xD800 else (point - 0xFEE0 if 0xFF00 < point < 0xFF5F else point)
        if opens[last] and _position(keys, (last << 16) | c) >= 0:
            return True
        last = c & 0xFFFF
    return False


def _adverts(points: U32, t: Tables) -> I64:
    """Where advertisements stand: rows of (from, to), ascending, apart from each other."""
    if not _may_advertise(points, t.code, t.advert_opens, t.advert_keys):
        return _NO_CUTS
    folded = _folded_text(points, t)
    spans: list[tuple[int, int]] = []
    looks = _LOOKS + len(folded) // _CHARACTERS_A_LOOK
    for advert in adverts():
        at = folded.find(advert.word)
        while at >= 0 and looks > 0:
            looks -= 1
            behind = at + len(advert.word)
            low, high = max(0, at - _BEFORE), min(len(folded), behind + _BEHIND)
            if advert.pattern is None:
                span = _bracketed(folded, low, at, behind, high)
            else:
                span = next(
                    (m.span() for m in advert.pattern.finditer(folded, low, high) if m.start() <= at < m.end()), None
                )
            if span is not None:
                spans.append(span)
                behind = max(behind, span[1])
            at = folded.find(advert.word, behind)
    spans.sort()
    apart: list[tuple[int, int]] = []
    for first, last in spans:
        if apart and first <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(last, apart[-1][1]))
        else:
            apart.append((first, last))
    return np.array(apart, np.int64).reshape(-1, 2)


def _folded_text(points: U32, t: Tables) -> str:
    """The text with each code point folded by itself, punctuation kept: as long as the original."""
    codes = t.code[points].astype(np.uint32)
    narrow = np.where((points > 0xFF00) & (points < 0xFF5F), points - np.uint32(0xFEE0), points)
    return np.where((codes > 0) & (codes < 0xD800), codes, narrow).tobytes().decode("utf-32-le", "surrogatepass")


def _bracketed(folded: str, low: int, at: int, behind: int, high: int) -> tuple[int, int] | None:
    """The brackets, or the stars, that stand around ``folded[at:behind]`` on one line, with what they hold."""
    for opening, closing, least in ((_OPENING, _CLOSING, 1), (_STARS, _STARS, 2)):
        first = next((i for i in range(at - 1, low - 1, -1) if folded[i] in opening or folded[i] in "\n。"), -1)
        last = next((i for i in range(behind, high) if folded[i] in closing or folded[i] in "\n。"), -1)
        if first < 0 or last < 0 or folded[first] not in opening or folded[last] not in closing:
            continue
        start, end = first, last + 1
        while start > 0 and folded[start - 1] in opening:
            start -= 1
        while end < len(folded) and folded[end] in closing:
            end += 1
        if first - start + 1 >= least and end - last >= least:
            return start, end
    return None


def _disguises(text: str, counts: I64, firsts: I64, cuts: I64) -> list[Disguise]:
    found = []
    for number, name in _NAMES.items():
        if counts[number]:
            at = int(firsts[number])
            example, read_as = _example(text, number, at)
            found.append(Disguise(name, int(counts[number]), example, read_as))
    if len(cuts):
        found.append(Disguise("advertisement", len(cuts), text[cuts[0, 0] : cuts[0, 1]][:40], ""))
    return found


def _example(text: str, number: int, at: int) -> tuple[str, str]:
    """A few characters of the page around ``at``, and how they were read."""
    t = tables()
    if number == _PINYIN:
        end = at
        while end < len(text) and end - at < 6 and text[end].isascii() and text[end].isalpha():
            end += 1
        return text[max(0, at - 1) : end + 1], ""
    example = text[at : at + 8] if number == _SPLIT else text[max(0, at - 1) : at + 3]
    points = np.frombuffer(example.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = t.code[points]
    if number == _SPLIT:
        first, second = np.flatnonzero(codes)[:2].tolist()
        place = _position(t.split_keys, int(codes[first]) << 16 | int(codes[second]))
        return example[: second + 1], chr(int(t.split_codes[place]))
    return example, "".join(chr(int(c)) for c in codes if 0 < c < 0xD800)
