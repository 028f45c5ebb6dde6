"""Values: read numbers, prices, counts and dates as Chinese pages write them (“1.2万元”, “3天前”)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime

from patrol import clock

MAX_VALUE = Decimal(10) ** 15
"""What is larger is no price and no count, but a number on a page."""

_UNITS = {
    "": 1, "十": 10, "百": 100, "千": 1000, "k": 1000, "K": 1000, "万": 10_000, "萬": 10_000, "w": 10_000, "W": 10_000,
    "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000, "億": 100_000_000,
}  # fmt: skip
_NUMBER = re.compile(
    r"(\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(百万|千万|[十百万萬亿億]|千(?![克米瓦])|[kKwW](?![A-Za-z]))?"
    r"\s*([+＋]|[多余](?!的)|以上)?"
)
_AFTER_SIGN = re.compile(r"(?:[¥￥]|RMB|CNY|人民币)\s*\d[\d,]*(?:\.\d+)?\s*(?:[百千]?[万亿]|[kw](?![a-z]))?", re.I)
_BEFORE_SIGN = re.compile(r"\d[\d,]*(?:\.\d+)?\s*万?\s*(?:元|块)(?!\w*券)")
_MORE_THAN = re.compile(r"(?:超过|超|逾|破)\s*$")
_WRITTEN = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
_DIGITS = str.maketrans("０１２３４５６７８９．：，＋", "0123456789.:,+")
_FIGURES = {c: n for n, cs in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九")) for c in cs}


def parse_number(text: str) -> tuple[Decimal, bool] | None:
    """Parse the first number in ``text`` with its unit worked in, and whether the page said “at least” (``1.2万+``).

    >>> parse_number("已售 1.2万+")
    (Decimal('12000'), True)
    >>> parse_number("定价五十八元")
    (Decimal('58'), False)
    """
    words = text[:500].translate(_DIGITS)
    found = _NUMBER.search(words)
    if not found:
        written = _WRITTEN.search(words)
        whole_number = written_number(written[0]) if written else None
        return None if whole_number is None else (Decimal(whole_number), False)
    value = Decimal(re.sub("[,，]", "", found[1])) * _UNITS[found[2] or ""]
    if value > MAX_VALUE:
        return None
    whole = value.to_integral_value()
    return (whole if value == whole else value), bool(found[3] or _MORE_THAN.search(words[: found.start()]))


def parse_price(text: str) -> tuple[Decimal, bool] | None:
    """Parse the number beside a sign of money, where there is one; else the first number.

    >>> parse_price("满300减50，券后￥1,299.00 元")
    (Decimal('1299'), False)
    """
    words = text[:500].translate(_DIGITS)
    for pattern in (_AFTER_SIGN, _BEFORE_SIGN):
        if (found := pattern.search(words)) and (number := parse_number(found[0])):
            return number
    return parse_number(text)


def written_number(text: str) -> int | None:
    """Parse a number in Chinese figures: 五十八 → 58, 二〇二六 → 2026, 一万二千 → 12000. None when it is none.

    >>> written_number("三百零五")
    305
    """
    if not any(c in "十百千万亿" for c in text):
        return int("".join(str(_FIGURES[c]) for c in text)) if text else None
    total = section = figure = 0
    for c in text:
        if c in _FIGURES:
            figure = _FIGURES[c]
        elif c in "万亿":
            total = (total + section + figure) * _UNITS[c]
            section = figure = 0
        else:
            section += (figure or 1) * _UNITS[c]
            figure = 0
    return total + section + figure


_CLOCK = r"(?P<half>上午|下午|晚上|中午|凌晨|早上|傍晚)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})(?:\s*[:分]\s*(?P<second>\d{1,2}))?"
_TIME = re.compile(_CLOCK)
_DAY = re.compile(
    r"(?<!\d)(?P<year>\d{4}|\d{2})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*日?"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)")
_NO_YEAR = re.compile(r"(?<![\d.])(?P<month>\d{1,2})\s*[-/月]\s*(?P<day>\d{1,2})(?![\d.])\s*日?")
_ZONE = re.compile(
    r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2}))"
)
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?(?:\.\d+)?$")
_AGO = re.compile(
    r"(\d+|半|[一二两三四五六七八九十]+)\s*(?:个)?(半)?(秒|分钟|分|小时|钟头|天|日|周|星期|礼拜|月|年)(?:钟)?(?:以)?前"
)
_AGO_ENGLISH = re.compile(r"(\d+|an?)\s+(second|minute|hour|day|week|month|year)s?\s+ago", re.I)
_NAMED = {"大前天": 3, "前天": 2, "昨天": 1, "昨日": 1, "今天": 0, "今日": 0, "yesterday": 1, "today": 0}
_SECONDS = {
    "秒": 1, "分钟": 60, "分": 60, "小时": 3600, "钟头": 3600, "天": 86400, "日": 86400, "周": 604800, "星期": 604800,
    "礼拜": 604800, "月": 2592000, "年": 31536000, "second": 1, "minute": 60, "hour": 3600, "day": 86400,
    "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_WRITTEN_DATE = re.compile("[〇零一二三四五六七八九]{4}年|[一二三四五六七八九十]{1,3}[月日]")


def parse_date(text: str, captured_at: datetime) -> datetime | None:
    """Parse a moment as the page writes it, into UTC; what is relative (3天前, 昨天 20:15) counts from ``captured_at``.

    Dates without a zone mean Beijing time; a date alone means its first minute. None when there is none.
    """
    words = text[:500].translate(_DIGITS).strip()
    if _EPOCH.match(words):
        return _from_epoch(words)
    if "刚刚" in words or words.lower() == "just now":
        return captured_at.astimezone(UTC)
    here = clock.in_beijing(captured_at)
    seconds = _seconds_ago(words)
    if seconds is not None:
        try:
            return (here - timedelta(seconds=seconds)).astimezone(UTC)
        except OverflowError:
            return None
    for word, days in _NAMED.items():
        if word in words.lower():
            return _at(here - timedelta(days=days), words)
    words = _WRITTEN_DATE.sub(lambda found: f"{written_number(found[0][:-1])}{found[0][-1]}", words)
    for pattern in (_DAY, _COMPACT):
        if found := pattern.search(words):
            year = int(found["year"]) if len(found["year"]) == 4 else 2000 + int(found["year"])
            return _on(year, int(found["month"]), int(found["day"]), words[found.end() :], words)
    if found := _NO_YEAR.search(words):
        month, day, rest = int(found["month"]), int(found["day"]), words[found.end() :]
        moment = _on(here.year, month, day, rest, rest)
        late = moment is not None and moment > captured_at + timedelta(days=1)
        return _on(here.year - 1, month, day, rest, rest) if late or moment is None else moment
    return _from_mail_form(words)


def _from_epoch(words: str) -> datetime | None:
    seconds = float(words)
    return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)


def _seconds_ago(words: str) -> float | None:
    if found := _AGO.search(words):
        said = found[1]
        count = 0.5 if said == "半" else float(said) if said.isdigit() else float(written_number(said) or 0)
        return (count + (0.5 if found[2] else 0)) * _SECONDS[found[3]]
    if english := _AGO_ENGLISH.search(words):
        return (float(english[1]) if english[1].isdigit() else 1.0) * _SECONDS[english[2].lower()]
    return None


def _at(day: datetime, words: str) -> datetime | None:
    return _on(day.year, day.month, day.day, words, "")


def _on(year: int, month: int, day: int, rest: str, whole: str) -> datetime | None:
    """The moment of that day at the time that ``rest`` begins with, in the zone that ``whole`` names."""
    written = _TIME.search(rest[:24])
    hour, minute, second = (int(written[name] or 0) for name in ("hour", "minute", "second")) if written else (0, 0, 0)
    if (
        written
        and written["half"] in ("下午", "晚上", "傍晚", "中午")
        and hour < 12
        and not (written["half"] == "中午" and hour > 10)
    ):
        hour += 12
    zone = clock.BEIJING
    if found := _ZONE.search(whole):
        offset = 0 if found["utc"] else int(found["sign"] + found["hours"]) * 60 + int(found["sign"] + found["minutes"])
        zone = timezone(timedelta(minutes=offset)) if abs(offset) < 24 * 60 else clock.BEIJING
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_mail_form(words: str) -> datetime | None:
    """``Tue, 24 Nov 2026 10:00:00 GMT``, as feeds and headers have it."""
    try:
        moment = parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError):
        return None
    return clock.in_utc(moment)
