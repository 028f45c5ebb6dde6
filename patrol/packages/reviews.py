"""Review marks (审核): record that two officers and, where there is one, a reviewer stand for the captures of a lead.

行政处罚法 2021: at least two officers (art. 42); electronic records that were not reviewed are no evidence (art. 41).
A mark says exactly which record was looked at (its digest); a capture that came later wants a mark of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import system_account
from patrol.config import Workspace
from patrol.db.models import CaptureReview
from patrol.db.portions import portions
from patrol.errors import InputError
from patrol.evidence.custody import record_act
from patrol.leads.queries import lead_view
from patrol.leads.views import LeadView

MAX_NAME = 50


@dataclass(frozen=True, slots=True)
class Review:
    """The mark of one capture, as the newest says. ``reviewer`` is "" when none was named."""

    capture_id: int
    at: datetime
    officers: tuple[str, str]
    reviewer: str
    account: str
    note: str
    record_sha256: str


def checked_officers(names: Sequence[str]) -> tuple[str, str]:
    """Check that these are two names of two people, and return them. Raises InputError, with the remedy."""
    clean = [" ".join(name.split()) for name in names]
    remedy = "请写 --officers 甲 乙，或在 patrol.toml 的 [office] 中填 officers"
    if len(clean) != 2 or not all(clean):
        raise InputError(f"取证须有两名执法人员（行政处罚法第四十二条）。{remedy}")
    if clean[0] == clean[1]:
        raise InputError(f"两名执法人员不能是同一人：{clean[0]}。{remedy}")
    for name in clean:
        if len(name) > MAX_NAME or not name.isprintable():
            raise InputError(f"姓名“{name[:MAX_NAME]}”过长或含有看不见的字符，请改正")
    return clean[0], clean[1]


@dataclass(frozen=True, slots=True)
class LeadReview:
    """The marks of one lead's captures, as they were just set."""

    lead: str
    officers: tuple[str, str]
    marks: tuple[Review, ...]


def review_lead(
    session: Session, workspace: Workspace, number: str, officers: Sequence[str] | None, reviewer: str, note: str
) -> LeadReview:
    """Mark every capture of a lead (number or id) and enter that in the custody record. Names that are not given are
    those of the settings.

    Raises InputError for a lead that is not there or has no captures, and for names that cannot stand for it.
    """
    office = workspace.config.office
    people, reviewer = checked_officers(officers or office.officers), reviewer or office.reviewer
    view = lead_view(session, workspace.root, number, texts=False)
    marks = add_reviews(session, view, people, reviewer, note)
    record_act(
        workspace,
        "review",
        officers=people,
        leads=[view.number],
        what=f"线索 {view.number} 的 {len(marks)} 份取证快照",
        why=note,
        reviewer=reviewer,
        records=[mark.record_sha256 for mark in marks],
    )
    return LeadReview(view.number, people, marks)


def add_reviews(
    session: Session, lead: LeadView, officers: tuple[str, str], reviewer: str, note: str
) -> tuple[Review, ...]:
    """Mark every capture of ``lead``; earlier marks stay as they are. Raises InputError without captures."""
    if not lead.captures:
        raise InputError(f"线索 {lead.number} 没有取证快照，无从审核")
    if reviewer and reviewer in officers:
        raise InputError(f"审核人 {reviewer} 不能是取证的两名执法人员之一，请另行指定 --reviewer")
    now = clock.now()
    for capture in lead.captures:
        session.add(
            CaptureReview(
                capture_id=capture.id,
                lead_id=lead.id,
                at=now,
                officers=list(officers),
                reviewer=reviewer,
                account=system_account(),
                note=note,
                record_sha256=capture.record_sha256,
            )
        )
    session.flush()
    return tuple(reviews_of(session, [capture.id for capture in lead.captures]).values())


def reviews_of(session: Session, capture_ids: Iterable[int]) -> dict[int, Review]:
    """Return the newest mark of each capture that has one."""
    found: dict[int, Review] = {}
    for portion in portions(capture_ids):
        query = select(CaptureReview).where(CaptureReview.capture_id.in_(portion)).order_by(CaptureReview.id)
        found.update((row.capture_id, _review(row)) for row in session.scalars(query))
    return found


def _review(row: CaptureReview) -> Review:
    first, second = row.officers
    return Review(row.capture_id, row.at, (first, second), row.reviewer, row.account, row.note, row.record_sha256)
