"""Tables of casework: hold what officers entered, and what became of notices, complaints and rescans.

Importing this module adds them to ``Base``; the nouns themselves stand in ``models.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Integer, Numeric, String, Text
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


class Rescan(Base):
    """重新比对: works compared with what was captured before. ``works`` maps each work's id to the digest of its text at
    the start; captures up to ``until_capture`` are to be compared, those up to ``last_capture`` have been."""

    __tablename__ = "rescan"

    id: Mapped[int] = mapped_column(primary_key=True)
    works: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20), default="running", index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    index_version: Mapped[str] = mapped_column(String(100), default="")
    until_capture: Mapped[int] = mapped_column(Integer, default=0)
    last_capture: Mapped[int] = mapped_column(Integer, default=0)
    compared: Mapped[int] = mapped_column(Integer, default=0)
    opened: Mapped[int] = mapped_column(Integer, default=0)
    joined: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)


class ComplaintFiling(Base):
    """投诉件: one submission of a complaint: who complains, how to reach them, what they say and bring (the items of the
    guide to administrative copyright complaints). ``key`` is a digest of all of it, so that a file imported twice adds
    nothing; ``source`` names file and row."""

    __tablename__ = "complaint_filing"

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    filed_on: Mapped[date | None] = mapped_column(Date)
    complainant: Mapped[str] = mapped_column(String(300), default="")
    contact: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    identity: Mapped[str] = mapped_column(String(300), default="")
    facts: Mapped[str] = mapped_column(Text, default="")
    proof: Mapped[str] = mapped_column(Text, default="")
    copies: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(1000), default="")


class ComplaintEvent(Base):
    """One line of a complaint's journal: received, joined, answered, looked at unmasked. Appended, never changed."""

    __tablename__ = "complaint_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")


class CampaignEntry(Base):
    """A figure of a campaign that the program cannot count, added by a person: ``value`` is added to what is there, a
    mistake is put right by a further entry with the opposite sign. Appended, never changed."""

    __tablename__ = "campaign_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    item: Mapped[str] = mapped_column(String(40))
    value: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(Text, default="")
