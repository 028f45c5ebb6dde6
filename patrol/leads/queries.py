"""Lead queries: read leads from the database as frozen views, everything already in words.

Reports, the command line and the console read leads only through this module; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, selectinload

from patrol.db.grouping import LeadLink
from patrol.db.models import (
    Campaign,
    Capture,
    CaptureText,
    Lead,
    LeadEvent,
    Match,
    PatrolTarget,
    Signal,
    Target,
    Work,
    WorkText,
)
from patrol.db.portions import id_of, portions
from patrol.errors import InputError
from patrol.leads.views import (
    CaptureView,
    DisguiseView,
    EventView,
    ImportView,
    LeadFilter,
    LeadView,
    LinkView,
    MatchView,
    PassageView,
    ReasonView,
    RenamingView,
    SignalView,
    TargetRunView,
    WorkView,
)
from patrol.tables.words import Sentences
from patrol.text.storage import IMPORTED_KEY
from patrol.vocabulary import (
    Field,
    Grade,
    LeadStatus,
    LinkKind,
    MatchKind,
    PageKind,
    PageState,
    RunStatus,
    WorkKind,
)

__all__ = [
    "CaptureView",
    "DisguiseView",
    "EventView",
    "LeadFilter",
    "LeadView",
    "MatchView",
    "PassageView",
    "ReasonView",
    "RenamingView",
    "SignalView",
    "TargetRunView",
    "WorkView",
    "each_lead_view",
    "lead_view",
    "lead_views",
    "target_runs",
]

"""China has one time; days in reports are its days, wherever the program runs."""


def lead_views(
    session: Session,
    workspace: Path | None,
    since: datetime | None = None,
    until: datetime | None = None,
    where: LeadFilter | None = None,
    *,
    texts: bool = True,
) -> list[LeadView]:
    """Return the leads found in ``since <= found_at < until`` (and ``where``), best first: grade, then score.

    ``workspace``: its root, whose own sentences go before those shipped.
    ``texts=False`` leaves page and work texts out (lists, tables): passages then have offsets only.
    """
    chosen = where or LeadFilter()
    query = _lead_query(chosen, since or chosen.since, until or chosen.until)
    leads = session.scalars(query).all()
    return _Views(session, workspace, leads, texts).build()


def each_lead_view(
    session: Session,
    workspace: Path | None,
    since: datetime | None = None,
    until: datetime | None = None,
    where: LeadFilter | None = None,
    *,
    texts: bool = True,
) -> Iterator[LeadView]:
    """Yield the same leads in the same order, of which only ``_BATCH_SIZE`` are held at a time, with their texts: for
    reports whose number of leads nobody knows beforehand."""
    chosen = where or LeadFilter()
    ids = session.scalars(_lead_query(chosen, since or chosen.since, until or chosen.until, select(Lead.id))).all()
    for part in portions(ids, _BATCH_SIZE):
        found = {lead.id: lead for lead in session.scalars(select(Lead).where(Lead.id.in_(part)).options(*_EAGER))}
        yield from _Views(session, workspace, [found[number] for number in part if number in found], texts).build()
        session.expunge_all()


def lead_view(session: Session, workspace: Path | None, number: str, *, texts: bool = True) -> LeadView:
    """Return the lead with this number (编号) or id (序号). Raises InputError when there is none."""
    leads = session.scalars(select(Lead).where(lead_numbered(number)).options(*_EAGER)).all()
    if not leads:
        raise InputError(f"没有编号为“{number}”的线索。可用 patrol leads list 查看")
    return _Views(session, workspace, leads, texts).build()[0]


def lead_numbered(number: str) -> ColumnElement[bool]:
    """Return the condition for the lead of a number (编号) or id (序号), as officers write either."""
    mine = Lead.number == number.strip()
    plain = id_of(number)
    return or_(mine, Lead.id == plain) if plain is not None else mine


def target_runs(session: Session, patrols: Sequence[int] | Select[tuple[int]]) -> tuple[TargetRunView, ...]:
    """Return how each target of these patrols fared, by patrol, site and name."""
    query = (
        select(PatrolTarget, Target)
        .join(Target, Target.id == PatrolTarget.target_id)
        .where(PatrolTarget.patrol_id.in_(patrols))
        .order_by(PatrolTarget.patrol_id, Target.site, Target.name)
    )
    return tuple(
        TargetRunView(
            patrol_id=run.patrol_id,
            target_id=run.target_id,
            name=target.name,
            site=target.site,
            field=Field(target.field),
            status=RunStatus(run.status),
            reason=run.reason,
            counts=dict(run.counts),
        )
        for run, target in session.execute(query)
    )


_BATCH_SIZE = 50

_EAGER = (selectinload(Lead.matches), selectinload(Lead.signals), selectinload(Lead.events))


def _lead_query(where: LeadFilter, since: datetime | None, until: datetime | None, of: Any = None) -> Any:
    query = chosen_leads(select(Lead).options(*_EAGER) if of is None else of, where, since, until)
    query = query.order_by(Lead.grade, Lead.score.desc(), Lead.id)
    return query.limit(where.limit) if where.limit is not None else query


def chosen_leads(query: Any, where: LeadFilter, since: datetime | None, until: datetime | None) -> Any:
    """Return ``query`` on leads, with every condition but the limit."""
    query = between(query, Lead.found_at, since, until)
    columns = (
        (Lead.grade, where.grades),
        (Lead.kind, where.kinds),
        (Lead.field, where.fields),
        (Lead.status, where.statuses),
        (Lead.site, where.sites),
        (Lead.work_id, where.works),
        (Lead.number, where.numbers),
    )
    for column, allowed in columns:
        if allowed:
            query = query.where(column.in_([str(value) for value in allowed]))
    return query


def between(query: Any, column: Any, since: datetime | None, until: datetime | None) -> Any:
    """Narrow ``query`` to ``since <= column < until``."""
    if since is not None:
        query = query.where(column >= since)
    return query.where(column < until) if until is not None else query


class _Views:
    """Loads what a set of leads refers to, each thing once, and puts the views together."""

    def __init__(self, session: Session, workspace: Path | None, leads: Sequence[Lead], texts: bool) -> None:
        self._leads = leads
        self._sentences = Sentences.load(workspace)
        capture_ids = {m.capture_id for lead in leads for m in lead.matches}
        capture_ids |= {s.capture_id for lead in leads for s in lead.signals}
        work_ids = {m.work_id for lead in leads for m in lead.matches}
        work_ids |= {lead.work_id for lead in leads if lead.work_id}
        self._work_texts: dict[str, str] = {}
        page_texts: dict[int, str] = {}
        if texts:
            page_texts = dict(_rows(session, CaptureText.capture_id, CaptureText.text, capture_ids))
            self._work_texts = dict(_rows(session, WorkText.work_id, WorkText.text, work_ids))
        self._works = {work.id: _work_view(work) for work in _entities(session, Work, Work.id, work_ids)}
        self._captures = {
            capture.id: _capture_view(capture, page_texts.get(capture.id, ""))
            for capture in _entities(session, Capture, Capture.id, capture_ids)
        }
        self._links = _links(session, [lead.id for lead in leads])
        self._campaigns = {c.id: c.name for c in session.scalars(select(Campaign))}

    def build(self) -> list[LeadView]:
        return [self._lead(lead) for lead in self._leads]

    def _work(self, work_id: str) -> WorkView:
        return self._works.get(work_id) or WorkView(id=work_id, title=work_id, known=False)

    def _lead(self, lead: Lead) -> LeadView:
        ids = {m.capture_id for m in lead.matches} | {s.capture_id for s in lead.signals}
        captures = sorted((self._captures[i] for i in ids), key=lambda c: (c.fetched_at, c.id))
        # Of an address seen several times only the newest comparison and signals stand; all captures are listed.
        newest = {capture.url: capture.id for capture in captures}.values()
        matches = [m for m in lead.matches if m.capture_id in newest]
        signals = [s for s in lead.signals if s.capture_id in newest]
        return LeadView(
            id=lead.id,
            number=lead.number,
            grade=Grade(lead.grade),
            score=lead.score,
            kind=MatchKind(lead.kind),
            field=Field(lead.field),
            status=LeadStatus(lead.status),
            department=lead.department,
            site=lead.site,
            title=lead.title,
            url=lead.url,
            seller=lead.seller,
            seller_url=lead.seller_url,
            found_at=lead.found_at,
            patrol_id=lead.patrol_id,
            campaign=self._campaigns.get(lead.campaign_id, "") if lead.campaign_id is not None else "",
            work=self._work(lead.work_id) if lead.work_id else None,
            captures=tuple(captures),
            matches=tuple(self._match(m) for m in sorted(matches, key=lambda m: (-m.probability, m.id))),
            signals=tuple(_signal_view(s, self._sentences) for s in sorted(signals, key=lambda s: (-s.points, s.id))),
            events=tuple(_event_view(e) for e in sorted(lead.events, key=lambda e: (e.at, e.id))),
            links=tuple(self._links.get(lead.id, ())),
        )

    def _match(self, match: Match) -> MatchView:
        capture = self._captures[match.capture_id]
        page, work = capture.text, self._work_texts.get(match.work_id, "")
        return MatchView(
            id=match.id,
            kind=MatchKind(match.kind),
            probability=match.probability,
            index_version=match.index_version,
            work=self._work(match.work_id),
            capture=capture,
            page_text=page,
            work_text=work,
            passages=tuple(
                PassageView(
                    **p,
                    page_text=page[p["page_start"] : p["page_end"]],
                    work_text=work[p["work_start"] : p["work_end"]],
                )
                for p in match.passages
            ),
            renamings=tuple(RenamingView(**r) for r in match.renamings),
            disguises=tuple(DisguiseView(label=self._sentences.disguise(d["kind"]), **d) for d in match.disguises),
            reasons=tuple(
                ReasonView(r["code"], r["weight"], self._sentences.reason(r["code"], r["weight"], r["values"]))
                for r in sorted(match.reasons, key=lambda r: -abs(r["weight"]))
            ),
        )


def _links(session: Session, ids: Sequence[int]) -> dict[int, list[LinkView]]:
    """The leads tied to each of ``ids``, by number."""
    found: dict[int, list[LinkView]] = {}
    for mine, other in ((LeadLink.lead_id, LeadLink.other_id), (LeadLink.other_id, LeadLink.lead_id)):
        for portion in portions(sorted(ids)):
            query = select(mine, LeadLink.kind, Lead).join(Lead, Lead.id == other).where(mine.in_(portion))
            for lead_id, kind, lead in session.execute(query):
                view = LinkView(LinkKind(kind), lead.number, lead.site, lead.title, lead.seller)
                found.setdefault(lead_id, []).append(view)
    return {lead_id: sorted(views, key=lambda v: v.number) for lead_id, views in found.items()}


def _work_view(work: Work) -> WorkView:
    return WorkView(
        id=work.id,
        title=work.title,
        aliases=tuple(work.aliases),
        authors=tuple(work.authors),
        holder=work.holder,
        kind=next((k.label for k in WorkKind if k.value == work.kind), work.kind),
        registration=work.registration,
        list_price=work.list_price,
        published=work.published,
        early_warning=work.early_warning,
    )


def _capture_view(capture: Capture, text: str) -> CaptureView:
    return CaptureView(
        id=capture.id,
        patrol_id=capture.patrol_id,
        site=capture.site,
        page_kind=PageKind(capture.page_kind),
        state=PageState(capture.state),
        title=capture.title,
        url=capture.url,
        http_status=capture.http_status,
        fetched_at=capture.fetched_at,
        ip_address=capture.ip_address,
        rendered=capture.rendered,
        warc_path=capture.warc_path,
        warc_offset=capture.warc_offset,
        warc_length=capture.warc_length,
        record_id=capture.record_id,
        payload_sha256=capture.payload_sha256,
        record_sha256=capture.record_sha256,
        chain_sha256=capture.chain_sha256,
        site_file_sha256=capture.site_file_sha256,
        extracted={name: value for name, value in capture.extracted.items() if name != IMPORTED_KEY},
        text=text,
        imported=_import_view(capture.extracted.get(IMPORTED_KEY)),
        canonical_url=capture.canonical_url,
    )


def _import_view(said: dict[str, Any] | None) -> ImportView | None:
    if said is None:
        return None
    claimed = said.get("claimed_at")
    return ImportView(**{**said, "claimed_at": datetime.fromisoformat(claimed) if claimed else None})


def _signal_view(signal: Signal, sentences: Sentences) -> SignalView:
    return SignalView(
        code=signal.code,
        words=sentences.signal(signal.code, signal.values),
        points=signal.points,
        place=signal.place,
        values=dict(signal.values),
        capture_id=signal.capture_id,
    )


def _event_view(event: LeadEvent) -> EventView:
    return EventView(event.at, event.who, LeadStatus(event.status), event.reason, event.account)


def _rows(session: Session, key: Any, value: Any, ids: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    for portion in portions(sorted(ids)):
        yield from ((row[0], row[1]) for row in session.execute(select(key, value).where(key.in_(portion))))


def _entities(session: Session, entity: Any, key: Any, ids: Iterable[Any]) -> Iterator[Any]:
    for portion in portions(sorted(ids)):
        yield from session.scalars(select(entity).where(key.in_(portion)))
