"""Statistics: counts a period or a campaign, in one way for the command line and every report.

What is counted: pages by the day they were captured (a site's pages of one patrol by the first of them), targets by the
day their patrol began, leads by the day they were found, and what became of leads by the day they *first* reached that
state, whenever they were found. A filter holds for leads; what was patrolled is the period's. Months and days are
Beijing's. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from patrol import clock
from patrol.clock import Period
from patrol.db.casework import CampaignEntry
from patrol.db.models import Campaign, Capture, Lead, LeadEvent, Notice, Patrol, Target, Work
from patrol.leads.queries import between, chosen_leads, target_runs
from patrol.leads.views import LeadFilter, TargetRunView
from patrol.vocabulary import CampaignItem, Field, Grade, LeadStatus, MatchKind, RunStatus

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
TOTAL = "合计"
BY_FIELD, BY_PLATFORM, BY_DEPARTMENT, BY_MONTH = "按领域", "按平台", "按承办部门", "按月份"


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of a table of figures. ``visits``: 家次, sites times patrols (pages that were brought in a file are no
    visit), and ``pages``: None where pages cannot be divided so; ``reached``: leads by state first reached."""

    name: str
    visits: int | None
    pages: int | None
    leads: int
    by_grade: Mapping[Grade, int]
    reached: Mapping[LeadStatus, int]


@dataclass(frozen=True, slots=True)
class TallyColumn:
    """What a table of figures says in one column: ``key`` in JSON, ``label`` for people."""

    key: str
    label: str
    read: Callable[[Tally], int | None]


def _of_grade(grade: Grade) -> TallyColumn:
    return TallyColumn(f"grade_{grade.value.lower()}", grade.label, lambda row: row.by_grade[grade])


def _of_state(status: LeadStatus) -> TallyColumn:
    return TallyColumn(status.value, status.label, lambda row: row.reached[status])


TALLY_COLUMNS: tuple[TallyColumn, ...] = (
    TallyColumn("visits", "巡查家次", lambda row: row.visits),
    TallyColumn("pages", "取证页面", lambda row: row.pages),
    TallyColumn("leads", "线索", lambda row: row.leads),
    *map(_of_grade, Grade),
    *map(_of_state, REACHED),
)
"""The columns of every table of figures, on the screen and on paper, in their order."""


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
    """All figures of a period, whole and by each way of dividing them (rows with nothing left out).

    ``patrols`` and ``targets`` (visited or tried) of the period, imports apart; ``sites``: how many were patrolled;
    ``imported``: of the pages, those brought in a file; ``works`` in the library as it is now; ``by_day``: leads, days
    without any left out.
    """

    since: datetime | None
    until: datetime | None
    total: Tally
    by_field: tuple[Tally, ...]
    by_platform: tuple[Tally, ...]
    by_department: tuple[Tally, ...]
    by_month: tuple[Tally, ...]
    by_kind: tuple[Tally, ...]
    by_day: Mapping[date, int]
    patrols: int
    targets: int
    sites: int
    imported: int
    works: int
    not_patrolled: tuple[TargetRunView, ...]

    @property
    def divided(self) -> tuple[tuple[str, tuple[Tally, ...]], ...]:
        """The tables of a summary with their titles."""
        return (
            (BY_FIELD, self.by_field),
            (BY_PLATFORM, self.by_platform),
            (BY_DEPARTMENT, self.by_department),
            (BY_MONTH, self.by_month),
        )


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign's summary: its columns (巡查网站家次 … 预警作品部) and its tables."""

    name: str
    starts: date | None
    ends: date | None
    focus: str
    columns: tuple[Figure, ...]
    figures: Figures


_NOTHING = Tally(TOTAL, 0, 0, 0, dict.fromkeys(Grade, 0), dict.fromkeys(REACHED, 0))


def figures(
    session: Session, since: datetime | None = None, until: datetime | None = None, where: LeadFilter | None = None
) -> Figures:
    """Count ``since <= t < until``, of the leads of ``where``. Tables have the most leads first, months in order."""
    chosen = where or LeadFilter()
    imports = {number for number, asked in session.execute(select(Patrol.id, Patrol.filter)) if "import" in asked}
    begun = set(session.scalars(between(select(Patrol.id), Patrol.started_at, since, until)))
    runs = target_runs(session, between(select(Patrol.id), Patrol.started_at, since, until))
    seen = _seen(session, since, until, imports)
    found, reached = _found(session, since, until, chosen), _reached(session, since, until, chosen)
    fields = {name.value: name.label for name in Field}

    def by(of_page: Callable[[_Seen], str] | None, of_lead: Callable[[_CountedLead], str]) -> tuple[Tally, ...]:
        rows = _tallies(seen, found, reached, of_page, of_lead)
        return tuple(sorted(rows, key=lambda row: (-row.leads, row.name)))

    def by_month() -> tuple[Tally, ...]:
        rows = by(lambda page: clock.show_month(page.at), lambda lead: clock.show_month(lead.at))
        return tuple(sorted(rows, key=lambda row: row.name))

    return Figures(
        since=since,
        until=until,
        total=next(iter(by(lambda _: TOTAL, lambda _: TOTAL)), _NOTHING),
        by_field=by(lambda page: fields.get(page.field, "未分领域"), lambda lead: fields.get(lead.field, lead.field)),
        by_platform=by(lambda page: page.site, lambda lead: lead.site),
        by_department=by(None, lambda lead: lead.department or "未分送"),
        by_month=by_month(),
        by_kind=by(None, lambda lead: MatchKind(lead.kind).label),
        by_day=_by_day(found),
        patrols=len(begun - imports),
        targets=len(
            {run.target_id for run in runs if run.patrol_id not in imports and run.status is not RunStatus.SKIPPED}
        ),
        sites=len({page.site for page in seen if not page.imported}),
        imported=sum(page.pages for page in seen if page.imported),
        works=session.scalar(select(func.count(Work.id))) or 0,
        not_patrolled=tuple(run for run in runs if run.status in (RunStatus.SKIPPED, RunStatus.FAILED)),
    )


def count_leads(session: Session, where: LeadFilter) -> int:
    """Return how many leads there are of ``where``, its limit aside."""
    return session.scalar(chosen_leads(select(func.count(Lead.id)), where, where.since, where.until)) or 0


def campaign_figures(session: Session, campaign: Campaign) -> CampaignFigures:
    """Count everything that falls into the campaign's period, and take in what was entered for it."""
    days = Period(campaign.starts, campaign.ends)
    counted = figures(session, days.start, days.end)
    return CampaignFigures(
        name=campaign.name,
        starts=campaign.starts,
        ends=campaign.ends,
        focus=campaign.focus,
        columns=summary_columns(session, counted, campaign),
        figures=counted,
    )


def summary_columns(session: Session, counted: Figures, campaign: Campaign | None) -> tuple[Figure, ...]:
    """Return the columns asked for upward: what ``counted`` says, and what people entered for the campaign: all of it
    for the campaign's own period (the last figures come in after its end), else what was entered in the period."""
    since, until = counted.since, counted.until
    known: dict[CampaignItem, int | None] = {
        CampaignItem.SITES: counted.total.visits,
        CampaignItem.LINKS_REMOVED: counted.total.reached[LeadStatus.REMOVED],
        CampaignItem.WORKS_WARNED: _warned(session, since, until),
    }
    entries: dict[str, list[EntryView]] = {}
    if campaign is not None:
        query = select(CampaignEntry).where(CampaignEntry.campaign_id == campaign.id).order_by(CampaignEntry.id)
        own = Period(campaign.starts, campaign.ends)
        if (since, until) != (own.start, own.end):
            query = between(query, CampaignEntry.at, since, until)
        for row in session.scalars(query):
            entries.setdefault(row.item, []).append(EntryView(row.at, row.who, row.value, row.note))
    return tuple(Figure(item, known.get(item), tuple(entries.get(item.value, ()))) for item in CampaignItem)


def figures_by_campaign(session: Session) -> tuple[CampaignFigures, ...]:
    """Count every campaign's summary, the newest first."""
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
    imported: bool


@dataclass(frozen=True, slots=True)
class _CountedLead:
    """A lead at the moment that is counted: found, or in a state for the first time."""

    id: int
    site: str
    field: str
    department: str
    grade: str
    kind: str
    at: datetime
    status: str = ""


def _seen(session: Session, since: datetime | None, until: datetime | None, imports: Set[int]) -> list[_Seen]:
    """What was captured. A page of no target (a site's home page) is of the field that most of the site's pages of that
    patrol have, else of the one that most of the site's targets have: so that a visit counts once where it can."""
    query = (
        select(Capture.patrol_id, Capture.site, Target.field, func.min(Capture.fetched_at), func.count(Capture.id))
        .outerjoin(Target, Target.id == Capture.target_id)
        .group_by(Capture.patrol_id, Capture.site, Target.field)
    )
    visits: dict[tuple[int, str], dict[str, int]] = {}
    first: dict[tuple[int, str], datetime] = {}
    for patrol, site, name, at, count in session.execute(between(query, Capture.fetched_at, since, until)):
        visits.setdefault((patrol, site), {})[name or ""] = count
        first[patrol, site] = min(at, first.get((patrol, site), at))
    usual = _usual_fields(session)
    rows = []
    for (patrol, site), pages in visits.items():
        stray = pages.pop("", 0)
        if stray:
            home = max(pages, key=lambda name: (pages[name], name), default=usual.get(site, ""))
            pages[home] = pages.get(home, 0) + stray
        rows += [
            _Seen(patrol, site, name, first[patrol, site], count, patrol in imports) for name, count in pages.items()
        ]
    return rows


def _usual_fields(session: Session) -> dict[str, str]:
    """The field of each site that most of its targets have."""
    query = select(Target.site, Target.field, func.count(Target.id).label("targets")).group_by(
        Target.site, Target.field
    )
    rows = session.execute(query.order_by("targets", Target.field))
    return {site: name for site, name, _ in rows}


_LEAD = (Lead.id, Lead.site, Lead.field, Lead.department, Lead.grade, Lead.kind)


def _found(session: Session, since: datetime | None, until: datetime | None, where: LeadFilter) -> list[_CountedLead]:
    query = chosen_leads(select(*_LEAD, Lead.found_at), where, since, until)
    return [_CountedLead(*row) for row in session.execute(query)]


def _reached(session: Session, since: datetime | None, until: datetime | None, where: LeadFilter) -> list[_CountedLead]:
    """Leads by the first time they reached a state, as the journal has it; a page is also gone when a notice says so."""
    wanted = [status.value for status in REACHED]
    journal = select(LeadEvent.lead_id, LeadEvent.status, LeadEvent.at).where(LeadEvent.status.in_(wanted))
    noticed = select(Notice.lead_id, literal(LeadStatus.REMOVED.value), Notice.removed_at)
    every = union_all(journal, noticed.where(Notice.removed_at.is_not(None))).subquery()
    lead_id, status, at = every.c
    first = select(lead_id, status, func.min(at).label("at")).group_by(lead_id, status).subquery()
    query = chosen_leads(select(*_LEAD, first.c.at, first.c.status), where, None, None)
    query = query.join(first, first.c.lead_id == Lead.id)
    return [_CountedLead(*row) for row in session.execute(between(query, first.c.at, since, until))]


def _tallies(
    seen: Iterable[_Seen],
    found: Iterable[_CountedLead],
    reached: Iterable[_CountedLead],
    of_page: Callable[[_Seen], str] | None,
    of_lead: Callable[[_CountedLead], str],
) -> tuple[Tally, ...]:
    visits: dict[str, set[tuple[int, str]]] = {}
    pages: dict[str, int] = {}
    grades: dict[str, dict[Grade, int]] = {}
    states: dict[str, dict[LeadStatus, int]] = {}
    if of_page is not None:
        for page in seen:
            name = of_page(page)
            if not page.imported:
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
            visits=len(visits.get(name, ())) if of_page is not None else None,
            pages=pages.get(name, 0) if of_page is not None else None,
            leads=sum(grades.get(name, {}).values()),
            by_grade=grades.get(name, dict.fromkeys(Grade, 0)),
            reached=states.get(name, dict.fromkeys(REACHED, 0)),
        )
        for name in {*pages, *grades, *states}
    )


def _by_day(found: Iterable[_CountedLead]) -> dict[date, int]:
    counted: dict[date, int] = {}
    for day in sorted(clock.day_of(lead.at) for lead in found):
        counted[day] = counted.get(day, 0) + 1
    return counted


def _warned(session: Session, since: datetime | None, until: datetime | None) -> int:
    query = select(func.count(Work.id)).where(Work.early_warning.is_(True))
    return session.scalar(between(query, Work.imported_at, since, until)) or 0
