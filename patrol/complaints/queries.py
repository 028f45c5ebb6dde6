"""Complaint queries: read complaints with what became of them, thousands in a few queries. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from patrol.complaints.entering import ANSWERED, JOINED, LOOKED_AT, RECEIVED
from patrol.complaints.views import ComplaintFinding, ComplaintView, FilingView, JournalLine, SeenPage
from patrol.db.casework import ComplaintEvent, ComplaintFiling
from patrol.db.models import Capture, Complaint, Lead, Match, Patrol, PatrolTarget, Signal, Target, Work
from patrol.db.portions import id_of, portions
from patrol.errors import InputError
from patrol.judging.assess import passage_characters
from patrol.vocabulary import ComplaintState, Grade, LeadStatus, MatchKind, PageState, RunStatus

WHAT = {RECEIVED: "收到", JOINED: "并入", ANSWERED: "答复", LOOKED_AT: "查看未遮盖的个人信息"}
_ITEMS = (
    ("complainant", "投诉人"),
    ("contact", "联系方式"),
    ("address", "投诉人地址"),
    ("identity", "身份证明"),
    ("filed_on", "投诉日期"),
    ("facts", "主要事实和理由"),
    ("proof", "初步权属证明"),
    ("copies", "侵权复制品或证据"),
)


def complaint_views(
    session: Session,
    *,
    numbers: Sequence[str] = (),
    state: ComplaintState | None = None,
    unanswered: bool = False,
    limit: int | None = None,
) -> list[ComplaintView]:
    """Return the complaints, newest first, of these numbers or ids (all where none is given) and in this state."""
    query = select(Complaint).order_by(Complaint.id.desc())
    if numbers:
        plain = [number for n in numbers if (number := id_of(n)) is not None]
        query = query.where(or_(Complaint.number.in_(numbers), Complaint.id.in_(plain)))
    views: list[ComplaintView] = []
    for portion in portions(session.scalars(query).all()):
        for view in _Views(session, portion).build():
            if (state is None or view.state is state) and not (unanswered and view.answered_at is not None):
                views.append(view)
        if limit is not None and len(views) >= limit:
            break
    return views[:limit]


def complaint_view(session: Session, number: str) -> ComplaintView:
    """Return the complaint of this number or id. Raises InputError when there is none."""
    found = complaint_views(session, numbers=(number,))
    if not found:
        raise InputError(f"没有编号为“{number}”的投诉。可用 patrol complaints list 查看")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Page:
    """``judged``: the capture that was compared, an earlier one where the page was found unchanged."""

    seen: SeenPage
    url: str
    target: int | None
    judged: int


class _Views:
    """What a set of complaints refers to, each kind of thing read once."""

    def __init__(self, session: Session, complaints: Sequence[Complaint]) -> None:
        self._session, self._complaints = session, complaints
        ids = [c.id for c in complaints]
        self._filings = _grouped(session, ComplaintFiling, ComplaintFiling.complaint_id, ids)
        self._events = _grouped(session, ComplaintEvent, ComplaintEvent.complaint_id, ids)
        targets = {c.target_id for c in complaints if c.target_id is not None}
        self._targets = {t.id: t for t in session.scalars(select(Target).where(Target.id.in_(targets)))}
        works = {c.work_id for c in complaints if c.work_id}
        rows = session.execute(select(Work.id, Work.title, Work.text_sha256).where(Work.id.in_(works)))
        self._works = {row.id: row for row in rows}
        self._pages_by_url, self._pages_by_target = self._pages({c.canonical_url for c in complaints})
        self._runs = self._last_runs(targets)
        captures = {page.judged for page in (*self._pages_by_url.values(), *self._pages_by_target.values())}
        self._findings = self._found(captures)

    def build(self) -> Iterator[ComplaintView]:
        for complaint in self._complaints:
            yield self._view(complaint)

    def _pages(self, urls: set[str]) -> tuple[dict[str, _Page], dict[int, _Page]]:
        """The newest capture of each address, and of each single target (whose page may have moved)."""
        single = [t.id for t in self._targets.values() if t.single]
        newest = (
            select(func.max(Capture.id))
            .where(or_(Capture.canonical_url.in_(urls), Capture.target_id.in_(single)))
            .group_by(Capture.canonical_url, Capture.target_id)
        )
        by_url: dict[str, _Page] = {}
        by_target: dict[int, _Page] = {}
        columns = (
            Capture.id, Capture.fetched_at, Capture.state, Capture.title, Capture.payload_sha256, Capture.canonical_url,
            Capture.target_id, Capture.refers_to,
        )  # fmt: skip
        newest_rows = self._session.execute(select(*columns).where(Capture.id.in_(newest)).order_by(Capture.id)).all()
        records = {row.refers_to for row in newest_rows} - {""}
        first = select(Capture.record_id, Capture.id).where(Capture.record_id.in_(records))
        originals = {row.record_id: row.id for row in self._session.execute(first)}
        for row in newest_rows:
            seen = SeenPage(row.id, row.fetched_at, PageState(row.state), row.title, row.payload_sha256)
            page = _Page(seen, row.canonical_url, row.target_id, originals.get(row.refers_to, row.id))
            by_url[page.url] = page
            if page.target is not None and page.target in single:
                by_target[page.target] = page
        return by_url, by_target

    def _last_runs(self, targets: set[int]) -> dict[int, tuple[Any, str, str]]:
        """Of each target the newest patrol that ended with it: when that began, state and reason."""
        ended = (RunStatus.DONE.value, RunStatus.FAILED.value, RunStatus.SKIPPED.value)
        query = (
            select(PatrolTarget.target_id, Patrol.started_at, PatrolTarget.status, PatrolTarget.reason)
            .join(Patrol, Patrol.id == PatrolTarget.patrol_id)
            .where(PatrolTarget.target_id.in_(targets), PatrolTarget.status.in_(ended))
            .order_by(Patrol.id)
        )
        return {target: (at, status, reason) for target, at, status, reason in self._session.execute(query)}

    def _found(self, captures: set[int]) -> dict[int, list[tuple[Lead, dict[str, int]]]]:
        """Capture → its leads, each with the characters matched by work."""
        pairs = select(Signal.capture_id, Signal.lead_id).where(Signal.capture_id.in_(captures)).distinct()
        held = [(row.capture_id, row.lead_id) for row in self._session.execute(pairs)]
        leads = {lead.id: lead for lead in self._session.scalars(select(Lead).where(Lead.id.in_({i for _, i in held})))}
        matched: dict[int, dict[str, int]] = {}
        query = select(Match.capture_id, Match.work_id, Match.passages).where(Match.capture_id.in_(captures))
        for capture, work, passages in self._session.execute(query):
            spans = [(p["page_start"], p["page_end"]) for p in passages]
            matched.setdefault(capture, {})[work] = passage_characters(spans)
        found: dict[int, list[tuple[Lead, dict[str, int]]]] = {}
        for capture, lead in held:
            found.setdefault(capture, []).append((leads[lead], matched.get(capture, {})))
        return found

    def _view(self, c: Complaint) -> ComplaintView:
        page = self._pages_by_url.get(c.canonical_url) or self._pages_by_target.get(c.target_id or 0)
        work = self._works.get(c.work_id) if c.work_id else None
        findings = self._findings_of(c, page)
        state, reason = self._state(c, page, findings)
        target = self._targets.get(c.target_id) if c.target_id is not None else None
        events = self._events.get(c.id, [])
        return ComplaintView(
            id=c.id,
            number=c.number,
            received_at=c.received_at,
            url=c.url,
            site=target.site if target is not None else "",
            work_title=work.title if work is not None else c.work_title,
            work_id=c.work_id,
            has_text=bool(work is not None and work.text_sha256),
            respondent=c.respondent,
            respondent_address=c.respondent_address,
            account=c.account,
            place=c.place,
            filings=tuple(_filing(f, c) for f in self._filings.get(c.id, [])),
            state=state,
            reason=reason,
            seen=page.seen if page is not None else None,
            findings=findings,
            answered_at=max((e.at for e in events if e.what == ANSWERED), default=None),
            journal=tuple(JournalLine(e.at, e.who, WHAT.get(e.what, e.what), e.note) for e in events),
        )

    def _findings_of(self, c: Complaint, page: _Page | None) -> tuple[ComplaintFinding, ...]:
        if page is None:
            return ()
        found = []
        for lead, matched in self._findings.get(page.judged, []):
            mine = c.work_id if c.work_title or c.work_id else lead.work_id
            if mine is None or (lead.work_id != mine and mine not in matched):
                continue
            kind, grade = MatchKind(lead.kind), Grade(lead.grade)
            title = self._works[mine].title if mine in self._works else c.work_title
            found.append(
                ComplaintFinding(lead.number, title, kind, grade, LeadStatus(lead.status), matched.get(mine, 0))
            )
        return tuple(sorted(found, key=lambda f: (f.grade, f.lead)))

    def _state(
        self, c: Complaint, page: _Page | None, findings: tuple[ComplaintFinding, ...]
    ) -> tuple[ComplaintState, str]:
        run = self._runs.get(c.target_id or 0)
        visited = run is not None and run[0] >= c.received_at
        fresh = page is not None and page.seen.fetched_at >= c.received_at
        if findings:
            return ComplaintState.FOUND, ""
        if not visited and not fresh:
            return ComplaintState.WAITING, ""
        if page is not None and page.seen.state is PageState.GONE:
            return ComplaintState.GONE, ""
        if page is None or page.seen.state is not PageState.PRESENT or not (fresh or (run and run[1] == "done")):
            said = run[2] if run is not None else ""
            return ComplaintState.FAILED, said or (page.seen.state.label if page is not None else "没有取到页面")
        if c.work_title and c.work_id is None:
            return ComplaintState.NO_WORK, "作品库里没有这部作品"
        return ComplaintState.CLEAN, ""


def _filing(f: ComplaintFiling, c: Complaint) -> FilingView:
    missing = [label for name, label in _ITEMS if not getattr(f, name)]
    missing += ["被投诉人及其地址"] if not (c.respondent and c.respondent_address) else []
    missing += ["侵权行为实施地"] if not c.place else []
    return FilingView(
        received_at=f.received_at,
        filed_on=f.filed_on,
        complainant=f.complainant,
        contact=f.contact,
        address=f.address,
        identity=f.identity,
        facts=f.facts,
        proof=f.proof,
        copies=f.copies,
        source=f.source,
        missing=tuple(missing),
    )


def _grouped(session: Session, entity: Any, column: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in session.scalars(select(entity).where(column.in_(ids)).order_by(entity.id)):
        found.setdefault(row.complaint_id, []).append(row)
    return found


def counts_by_state(views: Iterable[ComplaintView]) -> dict[ComplaintState, int]:
    found = dict.fromkeys(ComplaintState, 0)
    for view in views:
        found[view.state] += 1
    return {state: count for state, count in found.items() if count}
