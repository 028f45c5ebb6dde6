"""Viewing of leads: reads what an officer asks for, and enters in the custody record whose evidence was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from patrol.config import Workspace
from patrol.evidence.custody import record_act
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.statistics import count_leads
from patrol.leads.views import LeadFilter, LeadView


@dataclass(frozen=True, slots=True)
class LeadList:
    """The first leads of a filter, best first, without their texts; ``total``: how many there are of it."""

    views: Sequence[LeadView]
    total: int


def list_leads(session: Session, workspace: Workspace, where: LeadFilter) -> LeadList:
    """Read the leads of ``where``, up to its limit."""
    views = lead_views(session, workspace.root, where=where, texts=False)
    return LeadList(views, count_leads(session, where) if where.limit is not None else len(views))


def view_lead(session: Session, workspace: Workspace, number: str) -> LeadView:
    """Read one lead whole, by number or id; that it was looked at is entered in the custody record.

    Raises InputError when there is no such lead.
    """
    view = lead_view(session, workspace.root, number)
    record_act(workspace, "view", leads=[view.number], what=f"线索 {view.number}")
    return view
