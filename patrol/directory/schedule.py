"""Patrol frequency (频次): reads how often a target is to be visited, as offices write it, and tells it in days."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

MAX_DAYS = 3650
_EXAMPLES = "每日、每周、每月、每两天、每半月、每季度、每周两次、一次、手动"
_DAYS = {"日": 1, "天": 1, "周": 7, "星期": 7, "礼拜": 7, "旬": 10, "月": 30, "季": 90, "季度": 90, "年": 365}
_HALF = {"月": 15, "年": 180}
_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")} | {"两": 2, "双": 2}
_NUMBER = "[0-9]{1,4}|[零一二三四五六七八九两双十]{1,3}"
_PERIOD = re.compile(
    rf"(?P<every>每隔|每|按|隔)?(?P<number>{_NUMBER}|半)?个?(?P<unit>{'|'.join(sorted(_DAYS, key=len, reverse=True))})"
    rf"(?:(?P<times>{_NUMBER})次)?"
)
_WORDS = {
    "daily": "每日", "天天": "每日", "weekly": "每周", "monthly": "每月", "once": "一次", "仅一次": "一次", "只一次": "一次",
    "单次": "一次", "manual": "手动", "不定期": "手动", "按需": "手动", "不自动": "手动",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a target is visited. ``value`` stands in the database, ``label`` is what officers read; ``days`` after
    its last full patrol it is due again, None: never by itself."""

    value: str
    label: str
    days: int | None = None

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the schedule that stands in the database as ``value``."""
        for known in _NAMED:
            if value == known.value:
                return cls(known.value, known.label, known.days)
        days = int(value.removeprefix(_EVERY))
        return cls(value, f"每{days}天", days)

    @classmethod
    def every(cls, days: int) -> Self:
        """Return the schedule of so many days."""
        return cls.of(next((known.value for known in _NAMED if known.days == days), f"{_EVERY}{days}"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a frequency as people write it: 每天, 一周一次, 每两周, 隔日, 每半月, 每季度, 每月两次 …

        Raises ValueError, with examples, for what is none or is more often than daily.

        >>> Schedule.parse("每半月").days
        15
        """
        plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold().removesuffix("巡查")
        plain = _WORDS.get(plain, plain)
        for known in _NAMED:
            if plain in (known.label, known.value):
                return cls.of(known.value)
        days = _days(plain)
        if days is None:
            raise ValueError(f"“{text.strip()}”不在可选范围内（可写：{_EXAMPLES}；最多每日一次）")
        return cls.every(days)


_EVERY = "days:"
DAILY = Schedule("daily", "每日", 1)
WEEKLY = Schedule("weekly", "每周", 7)
MONTHLY = Schedule("monthly", "每月", 30)
ONCE = Schedule("once", "一次")
MANUAL = Schedule("manual", "手动")
_NAMED = (DAILY, WEEKLY, MONTHLY, ONCE, MANUAL)


def _days(text: str) -> int | None:
    """Days between two visits; None for what is no frequency of at most one visit a day."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    unit, number = found["unit"], found["number"] or "1"
    if number == "半":
        days = _HALF.get(unit, 0)
    elif found["every"] in ("隔", "每隔"):
        # 隔日 is every other day; 每隔两天 is every second day to some and every third to others.
        days = 2 * _DAYS[unit] if _number(number) == 1 else 0
    else:
        days = _DAYS[unit] * _number(number)
    times = _number(found["times"] or "1")
    days = days // times if times else 0
    return days if 1 <= days <= MAX_DAYS else None


def _number(text: str) -> int:
    """
    >>> [_number(text) for text in ("12", "十", "两", "二十一", "十五")]
    [12, 10, 2, 21, 15]
    """
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
