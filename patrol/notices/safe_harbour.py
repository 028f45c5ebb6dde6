"""Safe-harbour checklist (避风港核对表): answers each question of the law about a platform with the signs found, and where.

Signs with evidence; whether the platform knew or should have known is for a person to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.cases.infringers import infringers
from patrol.cases.ties import Ties
from patrol.db.models import Capture, CaptureText, Lead, Work
from patrol.db.portions import portions
from patrol.errors import InputError
from patrol.notices.content import Letters, NoticeAct
from patrol.notices.platforms import was_restored
from patrol.notices.register import NoticeView, captures_of, notice_views
from patrol.tables.table import Row, Table, distinct
from patrol.vocabulary import LeadStatus

MAX_LINES = 10
_CONTEXT = 12


class HarbourRow(Row):
    """One question of the checklist. ``look``: where signs are sought; ``against``: signs speak against the platform."""

    code: str = Field(title="代号", description="英文，不可重复")
    rule: str = Field(title="依据", description="法规和条款")
    question: str = Field(title="问题", description="要核对的情形")
    look: Literal["phrases", "home", "notice", "repeat", "ask"] = Field(
        title="从哪里看",
        description="phrases 页面用语；home 首页出现作品；notice 通知后的处理；repeat 同一账号；ask 须向平台调取或人工核实",
    )
    against: bool = Field(title="不利于平台", description="true：有迹象时不利于平台主张免责；false：有迹象时有利于平台")
    phrases: tuple[str, ...] = Field((), title="用语", description="look 为 phrases 时，页面上的哪些话是迹象")


SAFE_HARBOUR: Table[tuple[HarbourRow, ...]] = Table(
    "safe_harbour",
    "避风港核对表",
    "逐项列出与平台责任有关的情形和页面上的迹象。是否“应知”“明知”由办案人员判断，请核对现行有效文本。",
    Annotated[tuple[HarbourRow, ...], distinct("code")],
)


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One sign, and the capture that shows it (None: from notices and counts)."""

    words: str
    capture_id: int | None = None


@dataclass(frozen=True, slots=True)
class HarbourView:
    """One row of the checklist. ``finding``: 有不利迹象, 有有利迹象, 未见迹象, 未见，须人工核实 or 须人工核实."""

    code: str
    rule: str
    question: str
    finding: str
    evidence: tuple[EvidenceLine, ...]


def safe_harbour(session: Session, site: str, now: datetime, workspace: Path | None) -> tuple[HarbourView, ...]:
    """Fill the checklist for one platform, over its leads that were not dismissed. Raises InputError when it has none."""
    rows = SAFE_HARBOUR.read(workspace)
    query = select(Lead.id).where(Lead.site == site, Lead.status != LeadStatus.DISMISSED.value)
    leads = session.scalars(query.order_by(Lead.id)).all()
    if not leads:
        raise InputError(f"站点“{site}”没有未排除的线索。可用 patrol leads list 查看")
    look = _Look(session, site, leads, now, workspace)
    views = []
    for row in rows:
        evidence = look.evidence(row)
        if row.look == "ask" or (row.look == "home" and not look.knows_home):
            finding = "须人工核实"
        elif not evidence:
            finding = "未见迹象" if row.against else "未见，须人工核实"
        else:
            finding = "有不利迹象" if row.against else "有有利迹象"
        views.append(HarbourView(row.code, row.rule, row.question, finding, tuple(evidence[:MAX_LINES])))
    return tuple(views)


class _Look:
    """What is known of one platform, read once."""

    def __init__(
        self, session: Session, site: str, leads: Sequence[int], now: datetime, workspace: Path | None
    ) -> None:
        self._session, self._site, self._now = session, site, now
        newest = {c.canonical_url: c for captures in captures_of(session, leads).values() for c in captures}
        self._pages = {c.id: (c, "") for c in newest.values()}
        self._homes = {c.id: (c, "") for c in self._home_captures()}
        self._read_texts(self._pages)
        self._read_texts(self._homes)
        self._notices = [v for v in notice_views(session, lead_ids=leads) if v.sent_at and v.takedown]
        self._people = infringers(session, Ties.load(workspace))
        self._patience = timedelta(days=Letters.load(workspace).patience_days)

    @property
    def knows_home(self) -> bool:
        """Whether the words of a front page are kept (patrols keep only its licence numbers, unless it was a page)."""
        return any(text for _, text in self._homes.values())

    def _home_captures(self) -> list[Capture]:
        """The newest captures of the site's own front page."""
        query = select(Capture).where(Capture.site == self._site).order_by(Capture.fetched_at)
        query = query.where(Capture.canonical_url.regexp_match(r"^https?://[^/]+/?$"))
        newest = {c.canonical_url: c for c in self._session.scalars(query) if urlsplit(c.url).path in ("", "/")}
        return list(newest.values())

    def _read_texts(self, pages: dict[int, tuple[Capture, str]]) -> None:
        for portion in portions(pages):
            query = select(CaptureText.capture_id, CaptureText.text).where(CaptureText.capture_id.in_(portion))
            for number, text in self._session.execute(query):
                pages[number] = (pages[number][0], text)

    def evidence(self, row: HarbourRow) -> list[EvidenceLine]:
        if row.look == "phrases":
            # What a platform must state stands on its front page; what it does to a work, on the work's page.
            where = self._pages if row.against else self._homes | self._pages
            return self._phrases(row.phrases, where)
        if row.look == "home":
            return self._on_the_front_page()
        if row.look == "notice":
            return self._published() if row.code == "published" else self._after_notices()
        return self._repeated() if row.look == "repeat" else []

    def _phrases(self, phrases: Sequence[str], pages: Mapping[int, tuple[Capture, str]]) -> list[EvidenceLine]:
        found = []
        for capture, text in pages.values():
            footer = str(capture.extracted.get("footer") or "")
            for place, words in (("标题", capture.title), ("正文", text), ("页脚", footer)):
                phrase = next((p for p in phrases if p in words), None)
                if phrase is not None:
                    at = words.index(phrase)
                    around = " ".join(words[max(0, at - _CONTEXT) : at + len(phrase) + _CONTEXT].split())
                    found.append(EvidenceLine(f"{place}第 {at + 1} 字“{around}”（{capture.url}）", capture.id))
                    break
        return found

    def _on_the_front_page(self) -> list[EvidenceLine]:
        titles = [title for title in self._session.scalars(select(Work.title)) if len(title) >= 2]
        found = []
        for capture, text in self._homes.values():
            named = [title for title in titles if title in text]
            if named:
                found.append(
                    EvidenceLine(f"首页出现{'、'.join(f'《{t}》' for t in named[:5])}（{capture.url}）", capture.id)
                )
        return found

    def _after_notices(self) -> list[EvidenceLine]:
        found = []
        for view in self._notices:
            assert view.sent_at is not None
            head = f"{view.number}（{view.lead}）{clock.show_day(view.sent_at)} 发出"
            slow = view.hours is not None and view.hours >= self._patience.total_seconds() / 3600
            if view.removed_at is None and not was_restored(view) and self._now - view.sent_at >= self._patience:
                days = (self._now - view.sent_at).days
                found.append(EvidenceLine(f"{head}，{days} 天后仍未见下架", _last_capture(view)))
            elif slow:
                found.append(EvidenceLine(f"{head}，{view.hours:.0f} 小时后才看到下架", _last_capture(view)))
            if view.relapses:
                found.append(EvidenceLine(f"{head}，下架后再次出现 {view.relapses} 次", _last_capture(view)))
        return found

    def _published(self) -> list[EvidenceLine]:
        lines = [(view, line) for view in self._notices for line in view.history if line.act is NoticeAct.PUBLISHED]
        return [EvidenceLine(f"{view.number}：{clock.show_day(line.at)} 已公示 {line.note}") for view, line in lines]

    def _repeated(self) -> list[EvidenceLine]:
        found = []
        for person in self._people:
            for account in person.accounts:
                if account.site == self._site and len(account.leads) >= 2:
                    after = [number for number in account.leads if number in person.after_notice]
                    tail = f"，其中通知后新出现 {len(after)} 条" if after else ""
                    found.append(EvidenceLine(f"{account.label}：线索 {len(account.leads)} 条{tail}"))
        return found


def _last_capture(view: NoticeView) -> int | None:
    return next((line.capture_id for line in reversed(view.history) if line.capture_id is not None), None)
