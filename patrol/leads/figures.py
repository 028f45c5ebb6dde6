"""The figures of a period or a campaign: one way of counting for the command line and every report.

What is counted: pages by the day they were captured (a site's pages of one patrol by the first of them), leads by the day
they were found, and what became of leads by the day they *first* reached that state, whenever they were found. Months
and days are the office's own. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.db.casework import CampaignEntry
from patrol.db.models import Campaign, Capture, Lead, LeadEvent, Notice, Target, Work
from patrol.leads.campaigns import period
from patrol.nouns import CampaignItem, Field, Grade, LeadStatus

REACHED = (
    LeadStatus.CONFIRMED,
    LeadStatus.DISMISSED,
    LeadStatus.NOTIFIED,
    LeadStatus.REMOVED,
    LeadStatus.NOT_REMOVED,
    LeadStatus.REFERRED,
    LeadStatus.CLOSED,
)
"""States of a lead that are counted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of a table of figures. ``visits``: 家次, sites times patrols; ``reached``: leads by state first reached."""

    name: str
    visits: int = 0
    pages: int = 0
    leads: int = 0
    by_grade: Mapping[Grade, int] = field(default_factory=dict)
    reached: Mapping[LeadStatus, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryView:
    """A figure that a person added."""

    at: datetime
    who: str
    value: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a campaign's summary. ``counted`` is the program's own count, None where it cannot know."""

    item: CampaignItem
    counted: int | None
    entries: tuple[EntryView, ...] = ()

    @property
    def entered(self) -> Decimal:
        return sum((entry.value for entry in self.entries), Decimal(0))

    @property
    def total(self) -> Decimal:
        return Decimal(self.counted or 0) + self.entered


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a period, whole and by each way of dividing them (rows with nothing left out)."""

    since: datetime | None
    until: datetime | None
    total: Tally
    by_field: tuple[Tally, ...]
    by_platform: tuple[Tally, ...]
    by_department: tuple[Tally, ...]
    by_month: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign's summary: its columns (``domain.md``: 巡查网站家次 … 预警作品部) and its tables."""

    name: str
    starts: date | None
    ends: date | None
    focus: str
    columns: tuple[Figure, ...]
    figures: Figures


def figures(session: Session, since: datetime | None = None, until: datetime | None = None) -> Figures:
    """The figures of ``since <= t < until``."""
    seen, found, reached = _seen(session, since, until), _found(session, since, until), _reached(session, since, until)
    names = {name.value: name.label for name in Field}

    def by(of_page: Callable[[_Seen], str], of_lead: Callable[[_Case], str]) -> tuple[Tally, ...]:
        return _tallies(seen, found, reached, of_page, of_lead)

    return Figures(
        since=since,
        until=until,
        total=next(iter(by(lambda _: "合计", lambda _: "合计")), Tally("合计")),
        by_field=by(lambda page: names.get(page.field, "未分领域"), lambda lead: names.get(lead.field, lead.field)),
        by_platform=by(lambda page: page.site, lambda lead: lead.site),
        by_department=by(lambda page: "", lambda lead: lead.department or "未分送"),
        by_month=by(lambda page: _month(page.at), lambda lead: _month(lead.at)),
    )


def campaign_figures(session: Session, campaign: Campaign) -> CampaignFigures:
    """Everything that falls into the campaign's period, and what was entered for it."""
    since, until = period(campaign)
    counted = figures(session, since, until)
    known: dict[CampaignItem, int] = {
        CampaignItem.SITES: counted.total.visits,
        CampaignItem.LINKS_REMOVED: _removed(session, since, until),
        CampaignItem.WORKS_WARNED: _warned(session, since, until),
    }
    entries: dict[str, list[EntryView]] = {}
    query = select(CampaignEntry).where(CampaignEntry.campaign_id == campaign.id).order_by(CampaignEntry.id)
    for row in session.scalars(query):
        entries.setdefault(row.item, []).append(EntryView(row.at, row.who, row.value, row.note))
    return CampaignFigures(
        name=campaign.name,
        starts=campaign.starts,
        ends=campaign.ends,
        focus=campaign.focus,
        columns=tuple(Figure(item, known.get(item), tuple(entries.get(item.value, ()))) for item in CampaignItem),
        figures=counted,
    )


def figures_by_campaign(session: Session) -> tuple[CampaignFigures, ...]:
    """Every campaign's summary, the newest first."""
    campaigns = session.scalars(select(Campaign).order_by(Campaign.starts.desc(), Campaign.id.desc())).all()
    return tuple(campaign_figures(session, campaign) for campaign in campaigns)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A site's pages of one field in one patrol."""

    patrol: int
    site: str
    field: str
    at: datetime
    pages: int


@dataclass(frozen=True, slots=True)
class _Case:
    """A lead at the moment that is counted: found, or in a state for the first time."""

    id: int
    site: str
    field: str
    department: str
    grade: str
    at: datetime
    status: str = ""


def _between(query: Any, column: Any, since: datetime | None, until: datetime | None) -> Any:
    if since is not None:
        query = query.where(column >= since)
    return query.where(column < until) if until is not None else query


def _seen(session: Session, since: datetime | None, until: datetime | None) -> list[_Seen]:
    query = (
        select(Capture.patrol_id, Capture.site, Target.field, func.min(Capture.fetched_at), func.count(Capture.id))
        .outerjoin(Target, Target.id == Capture.target_id)
        .group_by(Capture.patrol_id, Capture.site, Target.field)
    )
    rows = session.execute(_between(query, Capture.fetched_at, since, until))
    return [_Seen(patrol, site, name or "", at, count) for patrol, site, name, at, count in rows]


_LEAD = (Lead.id, Lead.site, Lead.field, Lead.department, Lead.grade)


def _found(session: Session, since: datetime | None, until: datetime | None) -> list[_Case]:
    return [
        _Case(*row) for row in session.execute(_between(select(*_LEAD, Lead.found_at), Lead.found_at, since, until))
    ]


def _reached(session: Session, since: datetime | None, until: datetime | None) -> list[_Case]:
    wanted = [status.value for status in REACHED]
    first = (
        select(LeadEvent.lead_id, LeadEvent.status, func.min(LeadEvent.at).label("at"))
        .where(LeadEvent.status.in_(wanted))
        .group_by(LeadEvent.lead_id, LeadEvent.status)
        .subquery()
    )
    query = select(*_LEAD, first.c.at, first.c.status).join(first, first.c.lead_id == Lead.id)
    return [_Case(*row) for row in session.execute(_between(query, first.c.at, since, until))]


def _tallies(
    seen: Iterable[_Seen],
    found: Iterable[_Case],
    reached: Iterable[_Case],
    of_page: Callable[[_Seen], str],
    of_lead: Callable[[_Case], str],
) -> tuple[Tally, ...]:
    visits: dict[str, set[tuple[int, str]]] = {}
    pages: dict[str, int] = {}
    grades: dict[str, dict[Grade, int]] = {}
    states: dict[str, dict[LeadStatus, int]] = {}
    for page in seen:
        if name := of_page(page):
            visits.setdefault(name, set()).add((page.patrol, page.site))
            pages[name] = pages.get(name, 0) + page.pages
    for lead in found:
        row = grades.setdefault(of_lead(lead), dict.fromkeys(Grade, 0))
        row[Grade(lead.grade)] += 1
    for lead in reached:
        counts = states.setdefault(of_lead(lead), dict.fromkeys(REACHED, 0))
        counts[LeadStatus(lead.status)] += 1
    return tuple(
        Tally(
            name=name,
            visits=len(visits.get(name, ())),
            pages=pages.get(name, 0),
            leads=sum(grades.get(name, {}).values()),
            by_grade=grades.get(name, dict.fromkeys(Grade, 0)),
            reached=states.get(name, dict.fromkeys(REACHED, 0)),
        )
        for name in sorted({*visits, *grades, *states})
    )


def _month(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m}"


def _removed(session: Session, since: datetime | None, until: datetime | None) -> int:
    """Leads whose page was taken down in the period: as the journal has it, or a notice."""
    ids = {lead.id for lead in _reached(session, since, until) if lead.status == LeadStatus.REMOVED.value}
    noticed = select(Notice.lead_id).where(Notice.removed_at.is_not(None))
    return len(ids | set(session.scalars(_between(noticed, Notice.removed_at, since, until))))


def _warned(session: Session, since: datetime | None, until: datetime | None) -> int:
    query = select(func.count(Work.id)).where(Work.early_warning.is_(True))
    return session.scalar(_between(query, Work.imported_at, since, until)) or 0
