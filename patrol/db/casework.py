"""Tables of the work on leads: what officers entered beside the journal's lines, and what became of notices.

Both are appended to and never changed; the newest row of a key counts. Importing this module adds them to ``Base``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from patrol.db.models import Base


class LeadFact(Base):
    """One thing that an officer entered for a lead (``key``: a ``FactKey``), on the journal's line ``event_id``.
    ``old`` is what stood before, so that the state at any line can be told."""

    __tablename__ = "lead_fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("lead_event.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    old: Mapped[str] = mapped_column(Text, default="")


class NoticeEvent(Base):
    """One line of a notice's history: ``kind`` is a ``NoticeAct``; ``capture_id`` is the evidence where a visit to the
    page showed it."""

    __tablename__ = "notice_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(100))
    account: Mapped[str] = mapped_column(String(200), default="")
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(Text, default="")
