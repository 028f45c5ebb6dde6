"""Script reader (剧本杀): reads the structure of mystery games where it is there, and compares it as such.

A reskinned script changes every name and the setting, but what makes the game work stays: how many roles there are, how many
acts, at which minute who was where, what the clue cards show, and how the truth is told. Canonical text has lost
its punctuation but not its breaks, so a heading is a clause that stands by itself and says 第二幕, 线索卡三, 时间线,
角色 or 真相. Times are compared as times (晚上八点半 is 20:30), in order, because they survive a change of all names.

The comparison is shown beside a verdict's reasons and is not counted in its probability: there are no labelled pairs of
scripts to train on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
Breaks = NDArray[np.bool_]

MAX_LENGTH = 300_000
"""Canonical characters of a text that are read for structure, at most."""

_NUMBER = "零一二三四五六七八九十两0-9"
_HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("act", re.compile(f"第[{_NUMBER}]{{1,3}}[幕场轮](?!次)")),
    ("clue", re.compile(f"(?:公共|深入|搜证|[^的了]{{1,4}}的)?线索卡?[{_NUMBER}]{{0,3}}$")),
    ("timeline", re.compile("(?:案发|当日|当晚|完整)?时间(?:线|轴|表)")),
    ("roles", re.compile("(?:人物|角色|玩家)(?:介绍|列表|简介|表|剧本)?$")),
    ("truth", re.compile("(?:案件|事件|完整|全部)?(?:真相|复盘|凶手|结局)(?:还原|解析|手册|大白)?$")),
)
_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_SPOKEN = re.compile(
    f"(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|深夜|当晚|晚)?([{_NUMBER}]{{1,3}})[点时](?!候)(半|一刻|三刻|[{_NUMBER}]{{1,3}}分)?"
)
_LATE = frozenset({"下午", "傍晚", "晚上", "夜里", "当晚", "晚"})
_CLOCK = re.compile("[0-2]?[0-9]$")
_MINUTE = re.compile("[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Script:
    """What a script is made of: acts, roles and clue cards as their clauses, times as minutes of the day in the order told."""

    acts: tuple[str, ...]
    roles: tuple[str, ...]
    times: tuple[int, ...]
    clues: tuple[str, ...]
    truth: str


@dataclass(frozen=True, slots=True)
class ScriptLikeness:
    """Two scripts compared. ``acts``, ``roles`` and ``clues`` are how many (work, page); ``timeline`` is the share of the
    times that agree in order, ``clue_cards`` and ``truth`` shares of agreeing pairs of characters; None where either lacks it."""

    acts: tuple[int, int]
    roles: tuple[int, int]
    clues: tuple[int, int]
    timeline: float | None
    clue_cards: float | None
    truth: float | None


def clauses(codes: U16, breaks: Breaks) -> list[str]:
    """Cut canonical text at its breaks (``breaks[i]``: the original has a mark, a space or a line's end before ``i``)."""
    size = min(len(codes), MAX_LENGTH)
    text = "".join(map(chr, codes[:size].tolist()))
    cuts = [0, *(np.flatnonzero(breaks[1:size]) + 1).tolist(), size]
    return [text[a:b] for a, b in pairwise(cuts) if b > a]


def read_script(parts: Sequence[str]) -> Script | None:
    """Read the structure from a text's clauses; None when it has fewer than two kinds of a script's parts."""
    sections: dict[str, list[list[str]]] = {name: [] for name, _ in _HEADINGS}
    current: list[str] | None = None
    for part in parts:
        kind = next((name for name, pattern in _HEADINGS if len(part) <= 16 and pattern.match(part)), None)
        if kind is not None:
            current = [part]
            sections[kind].append(current)
        elif current is not None:
            current.append(part)
    if sum(bool(found) for found in sections.values()) < 2:
        return None
    return Script(
        acts=tuple(section[0] for section in sections["act"]),
        roles=tuple(part for section in sections["roles"] for part in section[1:] if 2 <= len(part) <= 4),
        times=tuple(times(parts)),
        clues=tuple("".join(section[1:]) for section in sections["clue"] if len(section) > 1),
        truth="".join("".join(section[1:]) for section in sections["truth"]),
    )


def _value(text: str) -> int:
    if text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_DIGITS.get(tens, 0) if tens else 1) + _DIGITS.get(ones, 0)
    return int("".join(str(_DIGITS.get(character, 0)) for character in text))


def times(parts: Sequence[str]) -> list[int]:
    """Return the times of day that clauses tell, as minutes after midnight, in the order told; 19:30 and 晚上七点半 are one
    time."""
    found = []
    for at, part in enumerate(parts):
        if at + 1 < len(parts) and _CLOCK.search(part) and _MINUTE.match(parts[at + 1]):
            hours = re.search("[0-9]+$", part)
            minutes = _MINUTE.match(parts[at + 1])
            if hours and minutes and int(hours[0]) < 24:
                found.append(int(hours[0]) * 60 + int(minutes[0]))
                continue
        for day, hour, rest in _SPOKEN.findall(part):
            clock = _value(hour)
            if clock > 24:
                continue
            if day in _LATE and clock < 12:
                clock += 12
            past = {"半": 30, "一刻": 15, "三刻": 45, "": 0}.get(rest)
            found.append((clock % 24) * 60 + (_value(rest[:-1]) % 60 if past is None else past))
    return found


def _in_order(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for at, y in enumerate(b, start=1):
            before, row[at] = row[at], before + 1 if x == y else max(row[at], row[at - 1])
    return row[-1]


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _alike(a: str, b: str) -> float:
    """Dice's coefficient of the texts' neighbouring characters."""
    left, right = _pairs(a), _pairs(b)
    return 2.0 * len(left & right) / max(1, len(left) + len(right))


_MAX_TIMES = 400
_MAX_CLUES = 120


def compare(work: Script, page: Script) -> ScriptLikeness:
    """Compare two scripts; the cost is bounded, long lists are cut."""
    ours, theirs = work.times[:_MAX_TIMES], page.times[:_MAX_TIMES]
    cards, others = work.clues[:_MAX_CLUES], page.clues[:_MAX_CLUES]
    return ScriptLikeness(
        acts=(len(work.acts), len(page.acts)),
        roles=(len(work.roles), len(page.roles)),
        clues=(len(work.clues), len(page.clues)),
        timeline=_in_order(ours, theirs) / max(len(ours), len(theirs)) if ours and theirs else None,
        clue_cards=sum(max(_alike(card, other) for other in others) for card in cards) / len(cards)
        if cards and others
        else None,
        truth=_alike(work.truth, page.truth) if work.truth and page.truth else None,
    )
