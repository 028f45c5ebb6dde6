"""The look-up tables behind canonical text: one entry per Unicode code point, made once per process.

Sources: Unicode NFKC (Python's ``unicodedata``), OpenCC's traditional-to-simplified characters, pypinyin's readings,
and three reviewed lists beside this file (``splits.txt``, ``lookalikes.txt``, ``adverts.txt``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

POINTS = 0x110000
ASTRAL = 0xE600
"""Characters beyond the basic plane share the 2,304 codes from here on; which ones share one is arbitrary but fixed."""
SYLLABLE = 0xE000
"""A pinyin syllable written for a character has the code ``SYLLABLE + reading id``."""

PLAIN, DROPPED, TRADITIONAL, ZERO_WIDTH, MARK, EMOJI, FULL_WIDTH, LOOKALIKE, LETTER = range(9)
"""What a code point is: kept as it is, punctuation or space, and the disguises that a table can undo."""

_MARKS = set("*^~|_·•▪■□◆◇●○★☆♡♥♠♣♦※→←↑↓√×÷+=#&@\\/丨丶丿．﹒‧・ˉ¨`´∶﹏＊＾～｜＿")


def _lines(name: str) -> list[str]:
    text = files(__package__ or "fingerprints").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@dataclass(frozen=True, slots=True)
class Tables:
    """``code[p]``: canonical code of code point ``p``, 0 where it is dropped; ``what[p]``: one of the classes above;
    ``reading[c]``: toneless pinyin of canonical code ``c`` as an id from 1, 0 where there is none;
    ``split_keys``: code of first part << 16 | code of second part, ascending, and ``split_codes`` what they make;
    ``opens[c]``: a split may begin with ``c``."""

    code: NDArray[np.uint16]
    what: NDArray[np.uint8]
    reading: NDArray[np.uint16]
    syllables: dict[str, int]
    split_keys: NDArray[np.uint32]
    split_codes: NDArray[np.uint16]
    opens: NDArray[np.bool_]


def _opencc_characters() -> list[tuple[str, str]]:
    import opencc

    folder = Path(opencc.__file__).parent / "dictionary"
    pairs = []
    for line in (folder / "TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        old, _, new = line.partition("\t")
        if len(old) == 1 and new:
            pairs.append((old, new.split(" ")[0]))
    return pairs


def _is_emoji(point: int) -> bool:
    return 0x1F000 <= point <= 0x1FAFF or 0x2600 <= point <= 0x27BF or 0x2B00 <= point <= 0x2BFF


def _base(point: int, code: NDArray[np.uint16], what: NDArray[np.uint8]) -> None:
    character = chr(point)
    category = unicodedata.category(character)
    folded = unicodedata.normalize("NFKC", character).casefold()
    kept = next((c for c in folded if c.isalnum() and unicodedata.category(c)[0] in "LN"), "")
    if category in ("Cf", "Mn", "Me", "Cc") and character not in "\t\n\r":
        what[point] = ZERO_WIDTH
    elif _is_emoji(point):
        what[point] = EMOJI
    elif character in _MARKS or category in ("So", "Sk", "Co"):
        what[point] = MARK
    elif kept and ord(kept[0]) < 0xE000:
        code[point] = ord(kept[0])
        what[point] = (
            FULL_WIDTH if 0xFF00 <= point <= 0xFFEF else (LETTER if point < 0x80 and character.isalpha() else 0)
        )
    if category in ("So", "No") and kept and not _is_emoji(point):
        code[point] = ord(kept[0]) if ord(kept[0]) < 0xE000 else 0
        what[point] = PLAIN


def _readings(code: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], dict[str, int]]:
    from pypinyin.pinyin_dict import pinyin_dict

    tones = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
    syllables: dict[str, int] = {}
    reading = np.zeros(65536, np.uint16)
    for point, spoken in pinyin_dict.items():
        if point < 0xE000 and code[point] == point:
            plain = spoken.split(",", 1)[0].translate(tones)
            reading[point] = syllables.setdefault(plain, len(syllables) + 1)
    return reading, syllables


@cache
def tables() -> Tables:
    """Make the tables (about a quarter of a second, once)."""
    code = np.zeros(POINTS, np.uint16)
    what = np.full(POINTS, DROPPED, np.uint8)
    # Ideographs and Hangul fold to themselves; only the rest needs Unicode's tables, point by point.
    for first, last in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4)):
        code[first:last] = np.arange(first, last, dtype=np.uint16)
        what[first:last] = PLAIN
    for first, last in ((0, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xE000, 0x10000), (0x1F000, 0x1FB00)):
        for point in range(first, last):
            _base(point, code, what)
    what[0xE0000:0xE01F0] = ZERO_WIDTH
    code[0x20000:0x32000] = ASTRAL + np.arange(0x12000) % 2304
    what[0x20000:0x32000] = PLAIN
    reading, syllables = _readings(code)
    for old, new in _opencc_characters():
        if ord(new) < 0x10000:
            code[ord(old)] = ord(new)
            what[ord(old)] = TRADITIONAL
    for line in _lines("lookalikes.txt"):
        for entry in line.split():
            for character in entry[1:]:
                if character != entry[0] and what[ord(character)] != TRADITIONAL:
                    code[ord(character)] = ord(entry[0])
                    if unicodedata.category(character) != "No":
                        what[ord(character)] = LOOKALIKE
    # 〇 and the like stay; what folds to a traditional form (compatibility ideographs) is simplified too.
    folded = code.copy()
    simplified = what[: len(folded)] != TRADITIONAL
    code[simplified] = code[folded[simplified]]
    return Tables(code, what, reading, syllables, *_splits(code))


def _splits(code: NDArray[np.uint16]) -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.bool_]]:
    splits: dict[int, int] = {}
    opens = np.zeros(65536, np.bool_)
    for line in _lines("splits.txt"):
        for entry in line.split():
            whole, first, second = (int(code[ord(c)]) for c in entry)
            if whole and first and second:
                splits[first << 16 | second] = whole
                opens[first] = True
    keys = np.array(sorted(splits), np.uint32)
    return keys, np.array([splits[int(key)] for key in keys], np.uint16), opens


@cache
def adverts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each kind of advertisement: a word that it always has, and its pattern."""
    rules = (line.split("\t") for line in _lines("adverts.txt"))
    return tuple((word, re.compile(pattern)) for word, pattern in rules)
