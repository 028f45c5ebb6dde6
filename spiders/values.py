"""Numbers, prices, counts and dates as Chinese pages write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

BEIJING = timezone(timedelta(hours=8))
_UNITS = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "k": 1000,
    "K": 1000,
    "万": 10_000,
    "w": 10_000,
    "W": 10_000,
    "亿": 100_000_000,
}
_NUMBER = re.compile(r"(\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*([十百千kK万wW亿]?)([+＋]?)")
_DIGITS = str.maketrans("０１２３４５６７８９．", "0123456789.")


def parse_number(text: str) -> tuple[Decimal, bool] | None:
    """The first number in ``text`` with its unit worked in, and whether the page said “at least” (``1.2万+``).

    >>> parse_number("已售 1.2万+")
    (Decimal('12000'), True)
    """
    found = _NUMBER.search(text.translate(_DIGITS))
    if not found:
        return None
    try:
        value = Decimal(re.sub("[,，]", "", found[1])) * _UNITS[found[2]]
    except InvalidOperation:
        return None
    return (value.to_integral_value() if value == value.to_integral_value() else value), bool(found[3])


_ABSOLUTE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[\sT]*(?:(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?)?"
)
_NO_YEAR = re.compile(r"(?<!\d)(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*日?(?:\s*(\d{1,2})[:：](\d{1,2}))?")
_AGO = re.compile(r"(\d+|半)\s*(?:个)?(秒|分钟|小时|钟头|天|日|周|星期|月|年)(?:以)?前")
_NAMED = {"前天": 2, "昨天": 1, "昨日": 1, "今天": 0, "今日": 0}
_SECONDS = {
    "秒": 1, "分钟": 60, "小时": 3600, "钟头": 3600, "天": 86400, "日": 86400, "周": 604800, "星期": 604800,
    "月": 2592000, "年": 31536000,
}  # fmt: skip


def parse_date(text: str, captured_at: datetime) -> datetime | None:
    """A moment as the page writes it, in UTC; what is relative (3天前, 昨天 20:15) counts from ``captured_at``.

    Pages without a zone mean Beijing time.
    """
    words = text.translate(_DIGITS).strip()
    here = captured_at.astimezone(BEIJING)
    if "刚刚" in words:
        return captured_at.astimezone(UTC)
    if ago := _AGO.search(words):
        count = 0.5 if ago[1] == "半" else float(ago[1])
        try:
            return (here - timedelta(seconds=count * _SECONDS[ago[2]])).astimezone(UTC)
        except OverflowError:
            return None
    for word, days in _NAMED.items():
        if word in words:
            clock = re.search(r"(\d{1,2})[:：](\d{1,2})", words)
            day = here - timedelta(days=days)
            return _moment(day.year, day.month, day.day, *(map(int, clock.groups()) if clock else (0, 0)))
    if found := _ABSOLUTE.search(words):
        return _moment(*(int(part) if part else 0 for part in found.groups()))
    if found := _NO_YEAR.search(words):
        parts = [int(part) if part else 0 for part in found.groups()]
        moment = _moment(here.year, *parts)
        if moment is not None and moment > captured_at + timedelta(days=1):
            moment = _moment(here.year - 1, *parts)
        return moment
    return None


def _moment(*parts: int) -> datetime | None:
    try:
        return datetime(*parts, tzinfo=BEIJING).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError):
        return None
