"""Follow-up of notices: reads off the captures whether the pages are gone, and whether they stay gone.

Targets with notified leads are due every day (``watched_targets``). After each patrol ``observe`` reads what was seen of
the notified pages and appends what is new: gone, still there after the time that the office grants, come back. It works
from the captures alone and says each thing once, however often it is run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import SELF, Officer
from patrol.db.casework import NoticeEvent
from patrol.db.models import Capture, Lead, Notice
from patrol.db.portions import portions
from patrol.leads.journal import Change, record
from patrol.leads.workflow import TRANSITIONS, WATCHED
from patrol.notices.content import Letters, NoticeAct, NoticeKind, takes_down
from patrol.notices.register import NoticeView, append, captures_of, mark_sent
from patrol.text.storage import IMPORTED_KEY
from patrol.vocabulary import LeadStatus, PageState

_A = NoticeAct


@dataclass(frozen=True, slots=True)
class Observation:
    """What was newly seen of one notice's pages."""

    lead: str
    notice: str
    act: NoticeAct
    at: datetime
    capture_id: int

    @property
    def words(self) -> str:
        return (
            f"{self.lead}（{self.notice}）：{self.act.label}，{clock.show_minute(self.at)}，取证快照 {self.capture_id}"
        )


def watched_targets(session: Session) -> set[int]:
    """Return the targets whose pages are to be visited daily, because a notice about a lead there is out."""
    leads = [lead.id for _, lead in _watched(session)]
    return {
        capture.target_id
        for captures in captures_of(session, leads).values()
        for capture in captures
        if capture.target_id is not None
    }


def observe(session: Session, workspace: Path | None, now: datetime | None = None) -> list[Observation]:
    """Append what the captures show of all watched notices; return what is new, oldest first."""
    patience = timedelta(days=Letters.load(workspace).patience_days)
    watched = _watched(session)
    resting = captures_of(session, {lead.id for _, lead in watched})
    said = _said(session, [notice.id for notice, _ in watched])
    found: list[Observation] = []
    for notice, lead in watched:
        assert notice.sent_at is not None
        pages = resting[lead.id]
        sightings = _sightings(session, pages, notice.sent_at)
        for act, capture in list(_acts(pages, sightings, notice.sent_at, patience, said[notice.id])):
            append(session, notice, act, SELF, capture.fetched_at, capture_id=capture.id)
            found.append(Observation(lead.number, notice.number or str(notice.id), act, capture.fetched_at, capture.id))
            if act is _A.REMOVED:
                notice.removed_at = capture.fetched_at
            elif act in (_A.RELAPSED, _A.RESTORED):
                notice.removed_at = None
            _move(session, lead, act, capture, notice, now or clock.now())
    session.flush()
    return sorted(found, key=lambda seen: seen.at)


def _watched(session: Session) -> list[tuple[Notice, Lead]]:
    query = (
        select(Notice, Lead)
        .join(Lead, Lead.id == Notice.lead_id)
        .where(Notice.sent_at.is_not(None), Lead.status.in_([status.value for status in WATCHED]))
        .order_by(Notice.id)
    )
    rows = session.execute(query)
    return [(notice, lead) for notice, lead in rows if takes_down(NoticeKind(notice.kind), notice.content)]


def _said(session: Session, notice_ids: Sequence[int]) -> dict[int, list[NoticeEvent]]:
    found: dict[int, list[NoticeEvent]] = {number: [] for number in notice_ids}
    for portion in portions(notice_ids):
        query = select(NoticeEvent).where(NoticeEvent.notice_id.in_(portion)).order_by(NoticeEvent.at, NoticeEvent.id)
        for event in session.scalars(query):
            found[event.notice_id].append(event)
    return found


@dataclass(frozen=True, slots=True)
class _Sighting:
    """One visit to one of the lead's pages. ``altered``: it is there, but what made it a lead was not found on it."""

    page: tuple[str, str]
    capture: Capture
    gone: bool
    altered: bool


def _page(capture: Capture) -> tuple[str, str]:
    return capture.site, capture.canonical_url


def _sightings(session: Session, resting: Sequence[Capture], since: datetime) -> list[_Sighting]:
    """Visits to the lead's pages after ``since``, in order."""
    pages = {_page(capture) for capture in resting}
    ids, payloads = {capture.id for capture in resting}, {capture.payload_sha256 for capture in resting}
    states = (PageState.PRESENT.value, PageState.GONE.value)
    found: list[Capture] = []
    urls = sorted({url for _, url in pages})
    for portion in portions(urls):
        query = select(Capture).where(Capture.canonical_url.in_(portion))
        query = query.where(Capture.fetched_at > since, Capture.state.in_(states))
        # A page that a person saved elsewhere and brought says nothing of when it was there.
        found.extend(c for c in session.scalars(query) if _page(c) in pages and IMPORTED_KEY not in c.extracted)
    return [
        _Sighting(
            page=_page(capture),
            capture=capture,
            gone=capture.state == PageState.GONE.value,
            altered=capture.state == PageState.PRESENT.value
            and capture.judged_at is not None
            and capture.id not in ids
            and capture.payload_sha256 not in payloads,
        )
        for capture in sorted(found, key=lambda c: (c.fetched_at, c.id))
    ]


def _acts(
    resting: Sequence[Capture],
    sightings: Sequence[_Sighting],
    sent_at: datetime,
    patience: timedelta,
    said: Sequence[NoticeEvent],
) -> Iterator[tuple[NoticeAct, Capture]]:
    """What the visits amount to that has not been said yet. Pages known when the notice was sent are taken to be there
    until they are seen gone; one that turns up later counts from then on."""
    known = {(event.kind, event.capture_id) for event in said}
    countered = min((e.at for e in said if e.kind in (_A.COUNTER.value, _A.RESTORED.value)), default=None)
    told = min((e.at for e in said if e.kind == _A.REMOVED.value and e.capture_id is None), default=None)
    gone = {_page(capture): False for capture in resting if capture.fetched_at <= sent_at}
    removed, stayed, altered = False, False, set[tuple[str, str]]()
    for sighting in sightings:
        capture, act = sighting.capture, None
        gone[sighting.page] = sighting.gone
        if told is not None and capture.fetched_at >= told:
            removed, told = True, None
        if all(gone.values()):
            act, removed = (None if removed else _A.REMOVED), True
        elif sighting.altered:
            act = None if sighting.page in altered else _A.ALTERED
            altered.add(sighting.page)
        elif not sighting.gone:
            altered.discard(sighting.page)
            if removed:
                by_right = countered is not None and capture.fetched_at >= countered
                act, removed = (_A.RESTORED if by_right else _A.RELAPSED), False
            elif not stayed and capture.fetched_at - sent_at >= patience:
                act, stayed = _A.STAYED, True
        if act is not None and (act.value, capture.id) not in known:
            yield act, capture


_LEADS_TO = {_A.REMOVED: LeadStatus.REMOVED, _A.RELAPSED: LeadStatus.NOT_REMOVED, _A.STAYED: LeadStatus.NOT_REMOVED}


def _move(session: Session, lead: Lead, act: NoticeAct, capture: Capture, notice: Notice, now: datetime) -> None:
    """The journal's line; the status follows where that is a step, and a counter-notice is left to people."""
    before = LeadStatus(lead.status)
    wanted = _LEADS_TO.get(act)
    step = wanted if wanted in TRANSITIONS[before] and before is not LeadStatus.COUNTER_NOTICE else None
    at = clock.show_minute(capture.fetched_at)
    reason = f"{notice.number or '通知'}：{at} {act.label}（{capture.url}，取证快照 {capture.id}）"
    if act is _A.ALTERED:
        reason += "，请人工核实"
    record(session, lead, Change(step, reason=reason), SELF, now)


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A notice that went out, and whether patrols will look at its pages by themselves."""

    view: NoticeView
    scheduled: bool


def enter_sent(session: Session, notice_id: int, on: datetime | None, officer: Officer, note: str = "") -> SentNotice:
    """Record that a notice went out, at ``on`` or now. Raises as ``mark_sent``."""
    view = mark_sent(session, notice_id, on or clock.now(), officer, note)
    return SentNotice(view, view.lead not in unscheduled(session))


def unscheduled(session: Session) -> list[str]:
    """Return the numbers of watched leads none of whose pages belongs to a target, so that no patrol visits them by
    itself."""
    by_lead: dict[int, bool] = defaultdict(bool)
    numbers = {lead.id: lead.number for _, lead in _watched(session)}
    for lead, captures in captures_of(session, numbers).items():
        by_lead[lead] = any(capture.target_id is not None for capture in captures)
    return [number for lead, number in numbers.items() if not by_lead[lead]]
