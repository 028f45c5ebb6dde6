"""One lead with all that belongs to its case, read from the database: for the command line and reports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.db.models import Notice
from patrol.leads.facts import facts_of
from patrol.leads.infringers import infringer_of
from patrol.leads.law import Law
from patrol.leads.legal import LegalView, assess
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.ties import Ties
from patrol.leads.views import LeadFilter

MOST_TOGETHER = 500
"""Leads of one infringer over which figures are summed."""


def legal_view(session: Session, number: str, now: datetime, workspace: Path | None = None) -> LegalView | None:
    """What the law asks of the lead with this number or id, summed over its infringer; None when there is none.
    ``workspace``: its root, whose own tables go before those shipped."""
    view = lead_view(session, number)
    if view is None:
        return None
    person = infringer_of(session, Ties.load(workspace), view.number)
    numbers = person.all_leads[:MOST_TOGETHER] if person is not None else ()
    others = lead_views(session, where=LeadFilter(numbers=numbers), texts=False) if len(numbers) > 1 else []
    facts = facts_of(session, [view.id, *(other.id for other in others)])
    ended = session.scalar(select(func.max(Notice.removed_at)).where(Notice.lead_id == view.id))
    return assess(
        view,
        facts,
        Law.load(workspace),
        now,
        same_infringer=others,
        infringer=person.name if person is not None else "",
        caution=person.caution if person is not None else "",
        ended=ended,
    )
