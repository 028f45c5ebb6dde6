"""Deadline arithmetic: counts the time limits of the law from the days that officers entered. Pure; times are Beijing's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import chinese_calendar

from patrol import clock
from patrol.cases.law import Clock
from patrol.leads.facts import FactKey, Facts
from patrol.vocabulary import Labelled


class ClockState(Labelled):
    NOT_STARTED = "not_started", "未起算"
    RUNNING = "running", "进行中"
    DONE = "done", "已按期办理"
    LATE = "late", "逾期办理"
    OVERDUE = "overdue", "已逾期"


@dataclass(frozen=True, slots=True)
class ClockView:
    """One time limit. ``due``: the last moment; ``words``: the state in one sentence."""

    code: str
    label: str
    length: str
    rule: str
    says: str
    check: bool
    state: ClockState
    starts_with: str
    started: datetime | None
    due: datetime | None
    words: str


def clock_views(
    clocks: Sequence[Clock], facts: Facts, now: datetime, *, ended: datetime | None = None, listing: bool = False
) -> tuple[ClockView, ...]:
    """Return the clocks that concern a lead. ``ended``: when its pages were seen gone, for an act whose end nobody
    entered; ``listing``: it is an e-commerce page."""
    return tuple(_view(limit, facts, now, ended) for limit in clocks if limit.only == "all" or listing)


def _view(limit: Clock, facts: Facts, now: datetime, ended: datetime | None) -> ClockView:
    started = facts.moment(limit.starts)
    note = ""
    if started is None and limit.starts is FactKey.ACT_ENDED and ended is not None:
        started, note = clock.in_beijing(ended), "（按看到页面下架之日计）"
    due, sure = deadline(started, limit.length, limit.unit) if started is not None else (None, True)
    if not sure:
        note += "（该年节假日安排未录入，只按周末推算）"
    state, words = _state(limit, facts, now, due)
    return ClockView(
        code=limit.code,
        label=limit.label,
        length=limit.length_words,
        rule=limit.rule,
        says=limit.says,
        check=limit.check,
        state=state,
        starts_with=limit.starts.label,
        started=started,
        due=due,
        words=words + note,
    )


def _state(limit: Clock, facts: Facts, now: datetime, due: datetime | None) -> tuple[ClockState, str]:
    if due is None:
        if limit.starts is FactKey.ACT_ENDED:
            return ClockState.NOT_STARTED, "页面仍在或尚未登记行为终了之日：行为继续的，从终了之日起算"
        return ClockState.NOT_STARTED, f"尚未登记{limit.starts.label}"
    shown = clock.show_minute(due)
    done = facts.moment(limit.ends) if limit.ends is not None else None
    if done is not None:
        late = done > due
        return (
            (ClockState.LATE, f"截止 {shown}，{clock.show_day(done)}才办理，已逾期")
            if late
            else (ClockState.DONE, f"截止 {shown}，已于 {clock.show_day(done)} 办理")
        )
    left = due - now
    if left < timedelta(0):
        return ClockState.OVERDUE, f"截止 {shown}，已过 {_span(-left)}"
    return ClockState.RUNNING, f"截止 {shown}，还剩 {_span(left)}"


def _span(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours // 24} 天" if hours >= 72 else f"{hours} 小时"


def deadline(started: datetime, length: int, unit: str) -> tuple[datetime, bool]:
    """Count the last moment of a limit; whether holidays were known comes with it. Days count from the next day and end
    at midnight (民法典 201, 203); hours run from the moment itself.

    >>> deadline(datetime(2026, 3, 2, 15, tzinfo=clock.BEIJING), 3, "days")[0].isoformat()
    '2026-03-05T23:59:59+08:00'
    """
    at = clock.in_beijing(started)
    if unit == "hours":
        return at + timedelta(hours=length), True
    if unit == "years":
        return clock.last_second(_years_later(at.date(), length)), True
    if unit == "days":
        return clock.last_second(at.date() + timedelta(days=length)), True
    day, sure = at.date(), True
    while length:
        day += timedelta(days=1)
        works, known = is_workday(day)
        length, sure = length - works, sure and known
    return clock.last_second(day), sure


def is_workday(day: date) -> tuple[bool, bool]:
    """Tell whether offices work on that day, by the State Council's yearly arrangement; and whether that is known."""
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < 5, False


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
