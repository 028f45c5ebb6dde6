"""Case file: reads one lead with all that belongs to its case, for the command line and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.cases.assessment import LegalView, assess
from patrol.cases.infringers import InfringerView, infringer_of
from patrol.cases.law import Law
from patrol.cases.ties import Ties
from patrol.db.models import Capture, Notice
from patrol.items import HOME
from patrol.leads.facts import Facts, facts_of
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.views import LeadFilter, LeadView
from patrol.text.licences import Licence, read_numbers

MAX_TOGETHER = 500
"""Leads of one infringer over which figures are summed."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A lead as its case's papers need it. ``facts``: what officers entered; ``infringer``: who is presumed to be behind
    it, None for a dismissed lead; ``numbers``: filings and permits on the site's newest home page, seen at ``home_at``
    (None: no home page was captured)."""

    lead: LeadView
    legal: LegalView
    facts: Facts
    infringer: InfringerView | None
    numbers: tuple[Licence, ...]
    home_at: datetime | None


def case_view(session: Session, number: str, now: datetime, workspace: Path | None) -> CaseView:
    """Return the lead with this number or id with all of its case. ``workspace``: its root, whose own tables go before
    those shipped. Raises InputError when there is no such lead."""
    view = lead_view(session, workspace, number)
    person = infringer_of(session, Ties.load(workspace), view.number)
    numbers = person.all_leads[:MAX_TOGETHER] if person is not None else ()
    others = lead_views(session, workspace, where=LeadFilter(numbers=numbers), texts=False) if len(numbers) > 1 else []
    facts = facts_of(session, [view.id, *(other.id for other in others)])
    ended = session.scalar(select(func.max(Notice.removed_at)).where(Notice.lead_id == view.id))
    legal = assess(
        view,
        facts,
        Law.load(workspace),
        now,
        same_infringer=others,
        infringer=person.name if person is not None else "",
        caution=person.caution if person is not None else "",
        ended=ended,
    )
    home = session.execute(
        select(Capture.fetched_at, Capture.extracted)
        .where(Capture.site == view.site, Capture.role == HOME)
        .order_by(Capture.fetched_at.desc())
        .limit(1)
    ).first()
    return CaseView(
        lead=view,
        legal=legal,
        facts=facts[view.id],
        infringer=person,
        numbers=read_numbers(str(home.extracted.get("footer") or "")) if home is not None else (),
        home_at=home.fetched_at if home is not None else None,
    )


def legal_view(session: Session, number: str, now: datetime, workspace: Path | None) -> LegalView:
    """Return what the law asks of the lead with this number or id, summed over its infringer.

    Raises InputError when there is no such lead.
    """
    return case_view(session, number, now, workspace).legal
