"""Beijing time: says the day, month and year of a moment, and prints and reads dates as terminals and papers have them.

Moments are aware, and kept in UTC; people are shown Beijing's time, whatever zone the machine is set to. Nothing else in
the house asks the machine for the time or knows a zone (``tests/test_clock.py``). Printing: ``show_…`` for screens,
tables and files, ``write_…`` for the sentences of papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "北京时间")

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?")
_TIME = re.compile(r"[\sT]*(\d{1,2})\s*[:：时]\s*(\d{1,2})\s*(?:[:：分]\s*(\d{1,2})\s*秒?|分)?")


def now() -> datetime:
    """Return this moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day that it is in Beijing."""
    return day_of(now())


def machine_now() -> datetime:
    """Return this moment in the zone that the machine is set to: only for what the check of the machine says about it."""
    return datetime.now().astimezone()


# -- the calendar ------------------------------------------------------------------------------------------------------


def in_beijing(at: datetime) -> datetime:
    """Give the same moment Beijing's hour. Raises ValueError for one without a zone: it would be the machine's."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at.astimezone(BEIJING)


def in_utc(at: datetime) -> datetime:
    """Give a moment as it is kept. One without a zone is taken for UTC's, as protocols and databases mean it."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def assume_beijing(at: datetime) -> datetime:
    """Take a moment that somebody wrote without a zone for Beijing's; one with a zone stays."""
    return at if at.tzinfo is not None else at.replace(tzinfo=BEIJING)


def day_of(at: datetime) -> date:
    """Return the day of Beijing's calendar."""
    return in_beijing(at).date()


def year_of(at: datetime) -> int:
    """Return the year that a number given at this moment bears (案线〔2026〕0001号)."""
    return in_beijing(at).year


def begin_day(day: date) -> datetime:
    """Return the midnight in Beijing with which a day begins, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def after_day(day: date) -> datetime:
    """Return the midnight that ends a day: ``begin_day(day) <= t < after_day(day)``."""
    return begin_day(day + timedelta(days=1))


def last_second(day: date) -> datetime:
    """Return 23:59:59 in Beijing: when a time limit that ends on that day is over (民法典 203)."""
    return datetime.combine(day, time(23, 59, 59), BEIJING)


@dataclass(frozen=True, slots=True)
class Period:
    """Days as an officer names them, the first and the last within it; None is open on that side."""

    since: date | None = None
    until: date | None = None

    @property
    def start(self) -> datetime | None:
        """``start <= t < end`` for every moment of the period."""
        return begin_day(self.since) if self.since else None

    @property
    def end(self) -> datetime | None:
        return after_day(self.until) if self.until else None

    @property
    def words(self) -> str:
        """2026年11月1日至2026年11月28日."""
        if not (self.since or self.until):
            return "全部记录"
        first = write_day(self.since) if self.since else "开始使用"
        last = write_day(self.until) if self.until else "目前"
        return f"{first}至{last}"


# -- printing ----------------------------------------------------------------------------------------------------------


def show_day(at: date) -> str:
    """Print a day, or the day of a moment: 2026-11-28."""
    return f"{_day(at):%Y-%m-%d}"


def show_month(at: date) -> str:
    """Print the month: 2026-11."""
    return f"{_day(at):%Y-%m}"


def show_month_day(at: date) -> str:
    """Print 11-28, where a column is narrow."""
    return f"{_day(at):%m-%d}"


def show_minute(at: datetime) -> str:
    """Print 2026-11-28 04:36."""
    return f"{in_beijing(at):%Y-%m-%d %H:%M}"


def show_second(at: datetime) -> str:
    """Print 2026-11-28 04:36:11."""
    return f"{in_beijing(at):%Y-%m-%d %H:%M:%S}"


def show_millisecond(at: datetime) -> str:
    """Print 2026-11-28 04:36:11.250."""
    return in_beijing(at).isoformat(" ", "milliseconds").removesuffix("+08:00")


def show_file_stamp(at: datetime) -> str:
    """Print a moment as the name of a file has it: 20261128-043611."""
    return f"{in_beijing(at):%Y%m%d-%H%M%S}"


def write_day(at: date) -> str:
    """Write 2026年11月28日; nothing in it lets a line end within the date."""
    day = _day(at)
    return f"{day.year}年{day.month}月{day.day}日"


def write_second(at: datetime) -> str:
    """Write 2026年11月28日 04:36:11."""
    return f"{write_day(at)} {in_beijing(at):%H:%M:%S}"


def _day(at: date) -> date:
    return day_of(at) if isinstance(at, datetime) else at


# -- reading -----------------------------------------------------------------------------------------------------------


def parse_day(text: str) -> date | None:
    """Parse a day as people write it (2024-01-05, 2024/1/5, 2024年1月5日); None for "". Raises ValueError, in Chinese."""
    if not text.strip():
        return None
    found = _DAY.match(text.strip())
    if not found:
        raise ValueError(f"“{text}”不是日期，请写成 2024-01-05 这样")
    return _real_day(text, found)


def parse_moment(text: str) -> datetime:
    """Parse a day with its hour and minute as people write them (2024-01-05 14:30, 2024年1月5日14时30分), or a moment in ISO 8601
    with its zone; in Beijing's time. Raises ValueError, in Chinese."""
    plain = text.strip()
    day = _DAY.match(plain)
    hour = _TIME.fullmatch(plain, day.end()) if day else None
    if day and hour:
        parts = [int(part or 0) for part in hour.groups()]
        try:
            return datetime.combine(_real_day(text, day), time(parts[0], parts[1], parts[2]), BEIJING)
        except ValueError:
            raise ValueError(f"“{text}”不是真实的时间") from None
    try:
        stored = datetime.fromisoformat(plain)
    except ValueError:
        stored = None
    if stored is None or stored.tzinfo is None:
        raise ValueError(f"“{text}”不是时间，请写成 2024-01-05 14:30 这样")
    return in_beijing(stored)


def _real_day(text: str, found: re.Match[str]) -> date:
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise ValueError(f"“{text}”不是真实的日期") from None
