"""Viewing of complaints: reads what an officer asks for with personal data covered, and notes who saw them whole."""

from __future__ import annotations

from sqlalchemy.orm import Session

from patrol.complaints.covering import covered
from patrol.complaints.entering import LOOKED_AT
from patrol.complaints.journal import note
from patrol.complaints.queries import complaint_view, complaint_views
from patrol.complaints.views import ComplaintView
from patrol.errors import InputError
from patrol.vocabulary import ComplaintState


def list_complaints(
    session: Session, state: ComplaintState | None = None, *, unanswered: bool = False, limit: int | None = None
) -> list[ComplaintView]:
    """Return complaints, newest first, with personal data covered."""
    return [covered(view) for view in complaint_views(session, state=state, unanswered=unanswered, limit=limit)]


def view_complaint(session: Session, number: str, *, full: bool = False, by: str = "") -> ComplaintView:
    """Return one complaint by number or id: covered, or ``full`` for the officer ``by``, which its journal then says.

    Raises InputError when there is none, and when it is to be full for nobody.
    """
    if full and not by:
        raise InputError("查看未遮盖的个人信息要写明经办人：--full --by 姓名")
    view = complaint_view(session, number)
    if not full:
        return covered(view)
    note(session, [view.id], by, LOOKED_AT, "")
    return view
