"""Look-up tables: give canonical text one entry per Unicode code point, made once per process.

Sources: Unicode normalisation (Python's ``unicodedata``) and the reviewed lists beside this file: ``traditional.txt``
and ``readings.txt`` (made by ``make_tables.py``), ``lookalikes.txt``, ``splits.txt`` and ``adverts.txt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fingerprints.lists import lines

POINTS = 0x110000
SYLLABLE = 0xE000
"""A pinyin syllable written for a character has the code ``SYLLABLE + reading id``."""
ASTRAL = 0xE600
"""Characters beyond the basic plane share the 2,304 codes from here on; which ones share one is arbitrary but fixed."""

PLAIN, DROPPED, TRADITIONAL, ZERO_WIDTH, MARK, EMOJI, FULL_WIDTH, LOOKALIKE = range(8)
"""What a code point is: kept as it is, punctuation or space, and the disguises that a table can undo."""

_MARKS = frozenset("*^~|_•▪■□◆◇●○★☆♡♥♠♣♦※→←↑↓√×÷+=#&@\\/丨丶丿．﹒ˉ¨`´∶﹏＊＾～｜＿＋＝＃＆＠＼／")
_MAX_SYLLABLE_LENGTH = 6
_LETTERS = 27


@dataclass(frozen=True, slots=True)
class Tables:
    """``code[p]``: canonical code of code point ``p``, 0 where it is dropped; ``what[p]``: one of the classes above;
    ``reading[c]``: toneless pinyin of canonical code ``c`` as an id from 1, 0 where there is none.

    ``split_keys``: code of first part << 16 | code of second part, ascending; ``split_codes``: what they make;
    ``split_sure``: running text does not have the two side by side. ``opens[c]``: a split may begin with ``c``.
    ``syllable_keys``: syllables packed by :func:`packed`, ascending; ``syllable_ids``: their reading ids.
    ``advert_keys``: first two characters of the words of :func:`adverts`, packed as splits are; ``advert_opens[c]``:
    one may begin with ``c``.
    """

    code: NDArray[np.uint16]
    what: NDArray[np.uint8]
    reading: NDArray[np.uint16]
    syllables: tuple[str, ...]
    syllable_keys: NDArray[np.int64]
    syllable_ids: NDArray[np.uint16]
    advert_keys: NDArray[np.uint32]
    advert_opens: NDArray[np.bool_]
    split_keys: NDArray[np.uint32]
    split_codes: NDArray[np.uint16]
    split_sure: NDArray[np.bool_]
    opens: NDArray[np.bool_]


def packed(syllable: str) -> int:
    """Pack up to six letters a-z as one number, as the compiled pass does."""
    key = 0
    for letter in syllable:
        key = key * _LETTERS + ord(letter) - 96
    return key


@cache
def tables() -> Tables:
    """Make the tables (some 60 ms, once)."""
    code = np.zeros(POINTS, np.uint16)
    what = np.full(POINTS, DROPPED, np.uint8)
    # Ideographs, Hangul and Yi fold to themselves; only the rest needs Unicode's tables, point by point.
    for first, last in ((0x3400, 0x4DC0), (0x4E00, 0xA4D0), (0xAC00, 0xD7A4)):
        code[first:last] = np.arange(first, last, dtype=np.uint16)
        what[first:last] = PLAIN
    code[0x20000:0x32000] = ASTRAL + np.arange(0x12000) % 2304
    what[0x20000:0x32000] = PLAIN
    ranges = ((0x20, 0x3400), (0x4DC0, 0x4E00), (0xA4D0, 0xAC00), (0xF900, 0x10000))
    for first, last in (*ranges, (0x1D400, 0x1D800), (0x1F000, 0x1FB00), (0x2F800, 0x2FA20)):
        for point in range(first, last):
            _fold(point, code, what)
    what[0xE0000:0xE01F0] = ZERO_WIDTH
    what[[ord(c) for c in _MARKS]] = MARK
    code[[ord(c) for c in _MARKS]] = 0
    # Box-drawing lines stand for dashes.
    what[0x2500:0x2504] = DROPPED
    traditional = list(_groups("traditional.txt"))
    for simplified, forms in traditional:
        for form in forms:
            code[ord(form)] = ord(simplified)
            what[ord(form)] = PLAIN if _ordinary(form) else TRADITIONAL
    known = {form for _, forms in traditional for form in forms}
    for plain, forms in _groups("lookalikes.txt"):
        for form in forms:
            if form not in known:
                code[ord(form)] = ord(plain)
                what[ord(form)] = PLAIN if unicodedata.category(form) == "No" else LOOKALIKE
    # What folded to a traditional form (compatibility ideographs, radicals) is simplified too.
    code[:] = np.where(code < 0xE000, code[code], code)
    reading, syllables, syllable_keys, syllable_ids = _readings()
    advert_keys, advert_opens = _advert_keys()
    split_keys, split_codes, split_sure, opens = _splits(code)
    return Tables(
        code=code,
        what=what,
        reading=reading,
        syllables=syllables,
        syllable_keys=syllable_keys,
        syllable_ids=syllable_ids,
        advert_keys=advert_keys,
        advert_opens=advert_opens,
        split_keys=split_keys,
        split_codes=split_codes,
        split_sure=split_sure,
        opens=opens,
    )


def _fold(point: int, code: NDArray[np.uint16], what: NDArray[np.uint8]) -> None:
    character = chr(point)
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me") or point in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800):
        what[point] = ZERO_WIDTH
    elif _is_emoji(point):
        what[point] = EMOJI
    else:
        folded = unicodedata.normalize("NFKD", character).casefold()
        kept = next((c for c in folded if c.isalnum() and c < "\ue000"), "")
        if kept:
            code[point] = ord(kept)
            what[point] = _width(point)
        elif category in ("So", "Sk"):
            what[point] = MARK


def _width(point: int) -> int:
    if 0xFF00 <= point < 0xFFF0:
        return FULL_WIDTH
    han = 0x2E80 <= point < 0x2FE0 or 0xF900 <= point < 0xFB00 or point >= 0x2F800
    return LOOKALIKE if han or 0x1D400 <= point < 0x1D800 else PLAIN


_EMOJI = ((0x2600, 0x2776), (0x2794, 0x27C0), (0x2B00, 0x2C00), (0x1F000, 0x1FB00))


def _is_emoji(point: int) -> bool:
    return any(first <= point < last for first, last in _EMOJI)


def _ordinary(character: str) -> bool:
    """Whether a form stands in the character set of simplified Chinese text (GB 2312), as 乾 and 覆 do."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _groups(name: str) -> Iterator[tuple[str, str]]:
    for line in lines(name):
        for entry in line.split():
            yield entry[0], entry[1:]


def _readings() -> tuple[NDArray[np.uint16], tuple[str, ...], NDArray[np.int64], NDArray[np.uint16]]:
    reading = np.zeros(65536, np.uint16)
    syllables = [""]
    for line in lines("readings.txt"):
        syllable, characters = line.split(" ")
        reading[[ord(c) for c in characters]] = len(syllables)
        syllables.append(syllable)
    reading[SYLLABLE + 1 : SYLLABLE + len(syllables)] = np.arange(1, len(syllables))
    keys = sorted((packed(s), i) for i, s in enumerate(syllables) if 2 <= len(s) <= _MAX_SYLLABLE_LENGTH)
    ids = np.array([i for _, i in keys], np.uint16)
    return reading, tuple(syllables), np.array([key for key, _ in keys], np.int64), ids


def _splits(
    code: NDArray[np.uint16],
) -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.bool_], NDArray[np.bool_]]:
    splits: dict[int, tuple[int, bool]] = {}
    opens = np.zeros(65536, np.bool_)
    for line in lines("splits.txt"):
        sure = not line.startswith("~")
        for entry in line.lstrip("~ ").split():
            whole, first, second = (int(code[ord(c)]) or ord(c) for c in entry)
            splits[first << 16 | second] = (whole, sure)
            opens[first] = True
    keys = np.array(sorted(splits), np.uint32)
    wholes = np.array([splits[int(key)][0] for key in keys], np.uint16)
    return keys, wholes, np.array([splits[int(key)][1] for key in keys], np.bool_), opens


def _advert_keys() -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    pairs = {(ord(advert.word[0]), ord(advert.word[1])) for advert in adverts()}
    opens = np.zeros(65536, np.bool_)
    opens[[first for first, _ in pairs]] = True
    return np.array(sorted(first << 16 | second for first, second in pairs), np.uint32), opens


@dataclass(frozen=True, slots=True)
class Advert:
    """A ``word`` that gives an advertisement away. Its ``pattern`` is searched for close around the word; without
    one, the brackets or stars around the word are cut with all that they hold."""

    word: str
    pattern: re.Pattern[str] | None


@cache
def adverts() -> tuple[Advert, ...]:
    """Return the advertisements of ``adverts.txt``, in its order."""
    rules = (line.partition("\t") for line in lines("adverts.txt"))
    return tuple(Advert(word, re.compile(pattern) if pattern else None) for word, _, pattern in rules)
