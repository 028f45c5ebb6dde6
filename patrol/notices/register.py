"""Register of notices: drafts them from leads, records them when sent, and appends everything that became of them.

A notice is only drafted for a lead that a person confirmed. After a counter-notice or a restoration no second notice of
the right holder goes out for the same pages (信息网络传播权保护条例, art. 17).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.cases.casefile import legal_view
from patrol.db.casework import NoticeEvent
from patrol.db.models import Capture, Lead, Match, Notice, Signal, Target
from patrol.db.portions import portions
from patrol.errors import InputError
from patrol.leads.journal import Change, find_leads, record
from patrol.leads.queries import lead_view
from patrol.leads.workflow import TRANSITIONS
from patrol.notices.content import Letter, Letters, NoticeAct, NoticeKind, Sender, compose, takes_down
from patrol.text.storage import storable
from patrol.vocabulary import LeadStatus

_S = LeadStatus
_DRAFTED_FROM = {
    NoticeKind.HOLDER: frozenset({_S.CONFIRMED, _S.NOTIFIED, _S.NOT_REMOVED, _S.REMOVED}),
    NoticeKind.RECTIFY: frozenset({_S.CONFIRMED, _S.NOTIFIED, _S.NOT_REMOVED, _S.REMOVED, _S.COUNTER_NOTICE}),
    NoticeKind.ASSIST: frozenset(_S) - {_S.NEW, _S.DISMISSED, _S.CLOSED},
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One line of a notice's history."""

    at: datetime
    act: NoticeAct
    who: str
    account: str
    capture_id: int | None
    note: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice: its letter as drafted, where it stands, and its history. ``hours``: from sending to the first sight of
    the pages gone (whole visits apart, so an upper bound); None while they have not been seen gone.
    ``takedown``: it asks for removal. ``letter`` is None for a notice of an older program, which kept no contents."""

    id: int
    number: str
    kind: NoticeKind
    takedown: bool
    lead: str
    lead_status: LeadStatus
    site: str
    recipient: str
    letter: Letter | None
    drafted_at: datetime | None
    sent_at: datetime | None
    removed_at: datetime | None
    hours: float | None
    relapses: int
    history: tuple[NoticeLine, ...]

    @property
    def state(self) -> str:
        """Where it stands, in words: the newest act that says something of the pages or the route."""
        for line in reversed(self.history):
            if line.act not in (NoticeAct.ANSWERED, NoticeAct.PUBLISHED):
                return line.act.label
        return NoticeAct.SENT.label if self.sent_at else NoticeAct.DRAFTED.label

    def taken(self, now: datetime) -> str:
        """Say how long the platform took until the pages were seen gone, or has had until now, in words; "" before sending."""
        if self.hours is not None:
            return f"{self.hours:.0f} 小时下架"
        return f"已 {(now - self.sent_at).days} 天" if self.sent_at else ""


def draft(
    session: Session,
    number: str,
    kind: NoticeKind,
    sender: Sender,
    officer: Officer,
    *,
    workspace: Path | None,
    now: datetime | None = None,
) -> NoticeView:
    """Draft a notice about the lead with this number or id and keep its contents.

    Raises InputError when the lead's state does not allow it.
    """
    at = now or clock.now()
    (lead,) = find_leads(session, [number])
    _may_draft(session, lead, kind)
    view = lead_view(session, workspace, lead.number, texts=False)
    letters = Letters.load(workspace)
    if kind not in letters.kinds:
        raise InputError(f"notices.yaml 里没有“{kind.label}”这一种，请补上")
    row = letters.kinds[kind]
    if not sender.recipient:
        sender = _to_platform(session, lead, sender)
    law = legal_view(session, lead.number, at, workspace) if kind is NoticeKind.RECTIFY else None
    letter = compose([view], kind, row, sender, [law] if law is not None else [])
    notice = Notice(
        lead_id=lead.id, kind=kind.value, recipient=letter.recipient[:300], drafted_at=at, content=letter.as_json()
    )
    session.add(notice)
    session.flush()
    notice.number = f"{row.prefix}〔{clock.year_of(at)}〕{notice.id:04d}号"
    append(session, notice, NoticeAct.DRAFTED, officer, at)
    record(session, lead, Change(reason=f"起草{kind.label} {notice.number}，致{letter.recipient}"), officer, at)
    session.flush()
    return notice_view(session, notice.id)


def _may_draft(session: Session, lead: Lead, kind: NoticeKind) -> None:
    status = LeadStatus(lead.status)
    if kind is NoticeKind.HOLDER and (status is _S.COUNTER_NOTICE or _countered(session, lead.id)):
        raise InputError(
            f"{lead.number}：服务对象已提交反通知（不侵权声明），权利人不得就同一内容再次通知"
            "（信息网络传播权保护条例第十七条），可告知权利人起诉，或依职权调查"
        )
    if status not in _DRAFTED_FROM[kind]:
        remedy = "请先核查，确认后再起草" if status in (_S.NEW, _S.REVIEWING) else "请先重新核查"
        raise InputError(f"{lead.number}：状态是“{status.label}”，不能起草{kind.label}。{remedy}")


def _countered(session: Session, lead_id: int) -> bool:
    acts = (NoticeAct.COUNTER.value, NoticeAct.RESTORED.value)
    query = select(NoticeEvent.id).join(Notice, Notice.id == NoticeEvent.notice_id)
    query = query.where(Notice.lead_id == lead_id, NoticeEvent.kind.in_(acts)).limit(1)
    return session.scalar(query) is not None


def _to_platform(session: Session, lead: Lead, sender: Sender) -> Sender:
    """The operator that the directory names for the site, else what the directory calls it."""
    query = (
        select(Target.operator, Target.name).where(Target.site == lead.site).order_by(Target.operator.desc(), Target.id)
    )
    row = session.execute(query.limit(1)).first()
    name = (row.operator or row.name) if row is not None else ""
    return Sender(
        sender.office, sender.region, name, sender.officers, sender.holder_contact, sender.holder_address
    )  # fmt: skip


def mark_sent(
    session: Session, notice_id: int, on: datetime, officer: Officer, note: str = "", now: datetime | None = None
) -> NoticeView:
    """Record that a notice went out; a takedown notice makes its lead “notified” and its pages watched.

    Raises InputError for a notice that is not there, was sent already, or a time that cannot be.
    """
    at = now or clock.now()
    notice, lead = _found(session, notice_id)
    if notice.sent_at is not None:
        raise InputError(f"通知 {notice.number or notice.id} 已于 {clock.show_day(notice.sent_at)} 发出，不能重复登记")
    _possible(on, lead, at)
    notice.sent_at = on
    append(session, notice, NoticeAct.SENT, officer, on, note=note)
    kind = NoticeKind(notice.kind)
    said = f"{kind.label} {notice.number} 已于 {clock.show_day(on)} 发往{notice.recipient}" + (
        f"；{note}" if note else ""
    )
    notify = takes_down(kind, notice.content) and _S.NOTIFIED in TRANSITIONS[LeadStatus(lead.status)]
    record(session, lead, Change(_S.NOTIFIED if notify else None, reason=said), officer, at)
    session.flush()
    return notice_view(session, notice.id)


_ENTERED = {
    NoticeAct.COUNTER: _S.COUNTER_NOTICE,
    NoticeAct.RESTORED: None,
    NoticeAct.ANSWERED: None,
    NoticeAct.PUBLISHED: None,
    NoticeAct.REMOVED: _S.REMOVED,
}
"""What a person may enter by hand, and what it makes of the lead."""


def enter_act(
    session: Session,
    notice_id: int,
    act: NoticeAct,
    on: datetime | None,
    officer: Officer,
    note: str = "",
    now: datetime | None = None,
) -> NoticeView:
    """Record what became of a sent notice, at ``on`` or now: a counter-notice, a restoration, an answer, a removal told
    by the platform.

    Raises InputError for an act that only the program sees, or for a notice that was not sent.
    """
    at = now or clock.now()
    on = on or at
    if act not in _ENTERED:
        raise InputError(f"“{act.label}”由程序登记。可以登记：{'、'.join(a.label for a in _ENTERED)}")
    notice, lead = _found(session, notice_id)
    if notice.sent_at is None:
        raise InputError(
            f"通知 {notice.number or notice.id} 还没有登记发出，请先用 patrol notices sent {notice.id} 登记"
        )
    if on < notice.sent_at:
        raise InputError(f"时间早于通知发出的时间 {clock.show_minute(notice.sent_at)}")
    _possible(on, lead, at)
    append(session, notice, act, officer, on, note=note)
    if act is NoticeAct.REMOVED and notice.removed_at is None:
        notice.removed_at = on
    wanted = _ENTERED[act]
    step = wanted if wanted is not None and wanted in TRANSITIONS[LeadStatus(lead.status)] else None
    said = f"{notice.number}：{act.label}" + (f"；{note}" if note else "")
    record(session, lead, Change(step, reason=said), officer, at)
    session.flush()
    return notice_view(session, notice.id)


def append(
    session: Session,
    notice: Notice,
    act: NoticeAct,
    officer: Officer,
    at: datetime,
    *,
    capture_id: int | None = None,
    note: str = "",
) -> None:
    """Add a line to a notice's history."""
    session.add(
        NoticeEvent(
            notice_id=notice.id,
            at=at,
            kind=act.value,
            who=officer.name,
            account=officer.account,
            capture_id=capture_id,
            note=storable(note),
        )
    )


def _possible(on: datetime, lead: Lead, now: datetime) -> None:
    if on > now:
        raise InputError(f"{clock.show_minute(on)} 还没有到")
    if clock.day_of(on) < clock.day_of(lead.found_at):
        raise InputError(f"时间早于线索发现的日期 {clock.show_day(lead.found_at)}")


def _found(session: Session, notice_id: int) -> tuple[Notice, Lead]:
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise InputError(f"没有序号为 {notice_id} 的通知。可用 patrol notices list 查看")
    return notice, session.get_one(Lead, notice.lead_id)


def notice_view(session: Session, notice_id: int) -> NoticeView:
    """Return the notice of this id. Raises InputError when there is none."""
    found = notice_views(session, ids=[notice_id])
    if not found:
        raise InputError(f"没有序号为 {notice_id} 的通知。可用 patrol notices list 查看")
    return found[0]


def notice_views(
    session: Session, *, ids: Sequence[int] | None = None, lead_ids: Sequence[int] | None = None
) -> list[NoticeView]:
    """Return the notices of these ids, or of these leads, or all; in order of their ids."""
    query = select(Notice, Lead).join(Lead, Lead.id == Notice.lead_id).order_by(Notice.id)
    if ids is not None:
        query = query.where(Notice.id.in_(ids))
    parts = [query] if lead_ids is None else [query.where(Notice.lead_id.in_(part)) for part in portions(lead_ids)]
    rows = sorted((row for part in parts for row in session.execute(part)), key=lambda row: row.Notice.id)
    history: dict[int, list[NoticeLine]] = {notice.id: [] for notice, _ in rows}
    for portion in portions(history):
        events = select(NoticeEvent).where(NoticeEvent.notice_id.in_(portion)).order_by(NoticeEvent.at, NoticeEvent.id)
        for event in session.scalars(events):
            line = NoticeLine(event.at, NoticeAct(event.kind), event.who, event.account, event.capture_id, event.note)
            history[event.notice_id].append(line)
    return [_view(notice, lead, history[notice.id]) for notice, lead in rows]


def _view(notice: Notice, lead: Lead, history: Sequence[NoticeLine]) -> NoticeView:
    gone = next((line.at for line in history if line.act is NoticeAct.REMOVED), notice.removed_at)
    hours = (gone - notice.sent_at).total_seconds() / 3600 if gone and notice.sent_at else None
    return NoticeView(
        id=notice.id,
        number=notice.number,
        kind=NoticeKind(notice.kind),
        takedown=takes_down(NoticeKind(notice.kind), notice.content),
        lead=lead.number,
        lead_status=LeadStatus(lead.status),
        site=lead.site,
        recipient=notice.recipient,
        letter=Letter.from_json(notice.content) if notice.content else None,
        drafted_at=notice.drafted_at,
        sent_at=notice.sent_at,
        removed_at=notice.removed_at,
        hours=hours,
        relapses=sum(line.act is NoticeAct.RELAPSED for line in history),
        history=tuple(history),
    )


def captures_of(session: Session, lead_ids: Iterable[int]) -> dict[int, list[Capture]]:
    """Return the captures on which each lead rests (its matches' and signals'), oldest first."""
    found: dict[int, dict[int, Capture]] = {lead: {} for lead in lead_ids}
    for portion in portions(found):
        for tie in (Match, Signal):
            query = select(tie.lead_id, Capture).join(Capture, Capture.id == tie.capture_id)
            for lead, capture in session.execute(query.where(tie.lead_id.in_(portion))):
                if lead is not None:
                    found[lead][capture.id] = capture
    return {lead: sorted(held.values(), key=lambda c: (c.fetched_at, c.id)) for lead, held in found.items()}
