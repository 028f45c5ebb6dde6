"""Facts (登记事项): list what officers may enter for a lead beside its status, and check how each is written.

Values are kept as text, the newest of each key counts; ``check`` refuses what cannot be read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.casework import LeadFact
from patrol.db.portions import portions
from patrol.vocabulary import Labelled

MAX_CHARACTERS = 4000


class FactKey(Labelled):
    """登记事项."""

    DEPARTMENT = "department", "承办部门"
    HANDLER = "handler", "承办人"
    PUBLIC_INTEREST = "public_interest", "公共利益损害情形"
    PROFIT = "profit", "营利目的"
    SUSPICION = "suspicion", "合理嫌疑"
    NOTE = "note", "备注"
    NOT_SAME = "not_same", "不是同一主体的线索"
    TURNOVER = "turnover", "核实的违法经营额"
    GAINS = "gains", "核实的违法所得"
    COPIES = "copies", "核实的复制品数量"
    MEMBERS = "members", "核实的会员数"
    DOWNLOADS = "downloads", "核实的下载次数"
    ACT_ENDED = "act_ended", "违法行为终了之日"
    PENALTY = "penalty", "两年内受过行政处罚之日"
    CASE_OPENED = "case_opened", "立案之日"
    PRESERVED = "preserved", "先行登记保存之日"
    DECLARATION_FORWARDED = "declaration_forwarded", "不侵权声明转送权利人之日"
    HOLDER_SUED = "holder_sued", "权利人投诉或起诉之日"
    TRANSFER_REPORTED = "transfer_reported", "移送报告提交之时"
    TRANSFER_DECIDED = "transfer_decided", "决定移送之时"
    TRANSFER_SENT = "transfer_sent", "送交公安机关之时"
    POLICE_DECIDED = "police_decided", "公安机关决定之日"


_MONEY = frozenset({FactKey.TURNOVER, FactKey.GAINS})
_COUNTS = frozenset({FactKey.COPIES, FactKey.MEMBERS, FactKey.DOWNLOADS})
_DAYS = frozenset(
    {
        FactKey.ACT_ENDED,
        FactKey.PENALTY,
        FactKey.CASE_OPENED,
        FactKey.PRESERVED,
        FactKey.DECLARATION_FORWARDED,
        FactKey.HOLDER_SUED,
        FactKey.POLICE_DECIDED,
    }
)
_MOMENTS = frozenset({FactKey.TRANSFER_REPORTED, FactKey.TRANSFER_DECIDED, FactKey.TRANSFER_SENT})


def check(key: FactKey, text: str) -> str:
    """Check ``text`` and return it as it is kept: days as 2026-01-05, moments in ISO 8601 of Beijing, money and counts
    without commas. "" takes a fact back. Raises ValueError in Chinese."""
    plain = text.strip()
    if not plain:
        return ""
    if len(plain) > MAX_CHARACTERS:
        raise ValueError(f"超过 {MAX_CHARACTERS} 字")
    if key in _MONEY or key in _COUNTS:
        return _number(plain, whole=key in _COUNTS)
    if key in _DAYS:
        day = clock.parse_day(plain)
        return day.isoformat() if day is not None else ""
    if key in _MOMENTS:
        return clock.parse_moment(plain).isoformat()
    return plain


def _number(text: str, *, whole: bool) -> str:
    bare = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    factor = 10_000 if bare.endswith("万") else 1
    try:
        number = Decimal(bare.removesuffix("万")) * factor
    except InvalidOperation:
        raise ValueError(f"“{text}”不是数字，请写成 12000 或 1.2万 这样") from None
    if not number.is_finite() or not 0 <= number < 10**12 or (whole and number != int(number)):
        raise ValueError(f"“{text}”不是合理的{'整数' if whole else '金额'}")
    return str(int(number)) if number == int(number) else str(number)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is entered for one lead, the newest of each key."""

    values: Mapping[FactKey, str] = field(default_factory=dict)

    def text(self, key: FactKey) -> str:
        return self.values.get(key, "")

    def number(self, key: FactKey) -> Decimal | None:
        return Decimal(self.values[key]) if self.values.get(key) else None

    def day(self, key: FactKey) -> date | None:
        """Return the day of a day or moment, as Beijing's calendar has it."""
        moment = self.moment(key)
        return clock.day_of(moment) if moment is not None else None

    def moment(self, key: FactKey) -> datetime | None:
        """Return a moment, or the beginning of a day, in Beijing's time."""
        if not self.values.get(key):
            return None
        return clock.assume_beijing(datetime.fromisoformat(self.values[key]))


def facts_of(session: Session | Connection, lead_ids: Iterable[int]) -> dict[int, Facts]:
    """Return the facts of each of the leads; a lead without any has an empty ``Facts``."""
    found: dict[int, dict[FactKey, str]] = {lead: {} for lead in lead_ids}
    for portion in portions(found):
        rows = select(LeadFact.lead_id, LeadFact.key, LeadFact.value).where(LeadFact.lead_id.in_(portion))
        for lead, key, value in session.execute(rows.order_by(LeadFact.id)):
            found[lead][FactKey(key)] = value
    return {lead: Facts(values) for lead, values in found.items()}


def numbers_in(text: str) -> list[str]:
    """Find lead numbers as people list them: 案线〔2026〕0001号、案线〔2026〕0002号."""
    return [part for part in re.split(r"[\s、,，;；]+", text) if part]
