"""Leads counted: by field, platform, department and month; who comes back; how quickly platforms answer.

Counts are made from the same views that are listed, so that a table and its sum never disagree. What only the database
knows (visits, notices, complaints) is read here too. Nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.db.models import Campaign, Capture, Notice, Patrol
from patrol.leads.views import LeadView
from patrol.nouns import Grade, LeadStatus

BEIJING = timezone(timedelta(hours=8), "北京时间")
_OUTCOMES = (LeadStatus.REMOVED, LeadStatus.NOT_REMOVED, LeadStatus.COUNTER_NOTICE)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """How many leads, and how far they have come. ``confirmed``, ``dismissed``, ``notified``, ``referred`` and ``closed``
    count leads that ever came so far; ``removed`` those whose page is gone as last seen."""

    name: str
    leads: int
    by_grade: tuple[int, ...]
    confirmed: int
    dismissed: int
    notified: int
    removed: int
    referred: int
    closed: int


@dataclass(frozen=True, slots=True)
class Repeater:
    """A seller or account of one platform with two or more leads (反复侵权), the most first."""

    site: str
    seller: str
    leads: int
    works: int
    first: datetime
    last: datetime
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformResponse:
    """What a platform did with notices. ``median_hours``: from sending to removal; None where nothing was removed.
    ``relapses``: leads whose page was gone and came back."""

    site: str
    notices: int
    removed: int
    median_hours: float | None
    relapses: int


@dataclass(frozen=True, slots=True)
class CampaignView:
    name: str
    starts: date | None
    ends: date | None
    focus: str


def tally(name: str, leads: Sequence[LeadView]) -> Tally:
    reached: Counter[LeadStatus] = Counter()
    removed = 0
    for lead in leads:
        reached.update(statuses := _reached(lead))
        last = next((status for status in reversed(_history(lead)) if status in _OUTCOMES), None)
        removed += LeadStatus.REMOVED in statuses and last is LeadStatus.REMOVED
    grades = Counter(lead.grade for lead in leads)
    return Tally(
        name=name,
        leads=len(leads),
        by_grade=tuple(grades[grade] for grade in Grade),
        confirmed=reached[LeadStatus.CONFIRMED],
        dismissed=reached[LeadStatus.DISMISSED],
        notified=reached[LeadStatus.NOTIFIED],
        removed=removed,
        referred=reached[LeadStatus.REFERRED],
        closed=reached[LeadStatus.CLOSED],
    )


def tallies(leads: Sequence[LeadView], key: Callable[[LeadView], str], *, by_name: bool = False) -> tuple[Tally, ...]:
    """One tally for each value of ``key``, the most leads first, or ``by_name`` (months)."""
    groups: dict[str, list[LeadView]] = {}
    for lead in leads:
        groups.setdefault(key(lead), []).append(lead)
    counted = [tally(name, group) for name, group in groups.items()]
    return tuple(sorted(counted, key=lambda t: ("" if by_name else -t.leads, t.name)))


def month_of(lead: LeadView) -> str:
    """The month in which a lead was found, as the office's clock counts it."""
    return f"{lead.found_at.astimezone(BEIJING):%Y年%m月}"


def repeaters(leads: Iterable[LeadView]) -> tuple[Repeater, ...]:
    groups: dict[tuple[str, str], list[LeadView]] = {}
    for lead in leads:
        if lead.seller.strip() and LeadStatus.DISMISSED is not lead.status:
            groups.setdefault((lead.site, lead.seller.strip()), []).append(lead)
    found = [
        Repeater(
            site=site,
            seller=seller,
            leads=len(group),
            works=len({lead.work.id for lead in group if lead.work}),
            first=min(lead.found_at for lead in group),
            last=max(lead.found_at for lead in group),
            numbers=tuple(sorted(lead.number for lead in group)),
        )
        for (site, seller), group in groups.items()
        if len(group) > 1
    ]
    return tuple(sorted(found, key=lambda r: (-r.leads, r.site, r.seller)))


def responses(session: Session, leads: Sequence[LeadView]) -> tuple[PlatformResponse, ...]:
    """What came of the notices that were sent for ``leads``, by platform."""
    site_of = {lead.id: lead.site for lead in leads}
    counts: Counter[str] = Counter()
    hours: dict[str, list[float]] = {}
    for notice in _chunked(session, list(site_of)):
        if notice.sent_at is None:
            continue
        counts[site_of[notice.lead_id]] += 1
        if notice.removed_at is not None and notice.removed_at >= notice.sent_at:
            hours.setdefault(site_of[notice.lead_id], []).append(
                (notice.removed_at - notice.sent_at).total_seconds() / 3600
            )
    relapses = Counter(lead.site for lead in leads if _relapsed(lead))
    return tuple(
        PlatformResponse(
            site=site,
            notices=counts[site],
            removed=len(hours.get(site, ())),
            median_hours=median(hours[site]) if site in hours else None,
            relapses=relapses[site],
        )
        for site in sorted(counts, key=lambda s: (-counts[s], s))
    )


def site_visits(session: Session, since: datetime | None = None, until: datetime | None = None) -> int:
    """巡查网站家次: how many times a site was visited, once per patrol."""
    # A file that was brought is no visit.
    imports = [number for number, asked in session.execute(select(Patrol.id, Patrol.filter)) if "import" in asked]
    query = select(Capture.patrol_id, Capture.site).where(Capture.patrol_id.not_in(imports)).distinct()
    if since is not None:
        query = query.where(Capture.fetched_at >= since)
    if until is not None:
        query = query.where(Capture.fetched_at < until)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def campaign_view(session: Session, name: str) -> CampaignView | None:
    found = session.scalars(select(Campaign).where(Campaign.name == name)).first()
    return CampaignView(found.name, found.starts, found.ends, found.focus) if found else None


def campaign_names(session: Session) -> tuple[str, ...]:
    return tuple(session.scalars(select(Campaign.name).order_by(Campaign.name)))


def _history(lead: LeadView) -> list[LeadStatus]:
    return [event.status for event in lead.events] + [lead.status]


def _reached(lead: LeadView) -> set[LeadStatus]:
    return set(_history(lead))


def _relapsed(lead: LeadView) -> bool:
    gone = False
    for status in _history(lead):
        if gone and status is LeadStatus.NOT_REMOVED:
            return True
        gone = gone or status is LeadStatus.REMOVED
    return False


def _chunked(session: Session, ids: list[int]) -> Iterable[Notice]:
    for start in range(0, len(ids), _CHUNK):
        yield from session.scalars(
            select(Notice).where(Notice.lead_id.in_(ids[start : start + _CHUNK])).order_by(Notice.id)
        )
