"""Tables of grouping: hold what shops offer, how pages of leads read, and which leads are tied.

All of it is derived from captures and can be made again from them. Importing this module adds the tables to ``Base``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from patrol.db.models import Base


class Offer(Base):
    """One listing of goods whose sale needs a permit or whose number tells (``goods``: a code of ``goods.yaml``), as last
    seen. ``key``: SHA-256 of the canonical address; ``licence``: a publication licence number that stood in the
    listing's own text."""

    __tablename__ = "offer"
    __table_args__ = (UniqueConstraint("site", "key"), Index("ix_offer_site_seller", "site", "seller"))

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(64))
    goods: Mapped[str] = mapped_column(String(40))
    seller: Mapped[str] = mapped_column(String(300), default="")
    seller_url: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    publisher: Mapped[str] = mapped_column(String(100), default="")
    isbn: Mapped[str] = mapped_column(String(13), default="")
    licence: Mapped[str] = mapped_column(String(100), default="")
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[datetime]


class LeadPrint(Base):
    """How a page of a lead reads: the simhash of its text (16 hex digits), one row for each of its bands
    (``NUMBER:VALUE``), so that near duplicates are found by an index. ``seller``: digest of the seller's name, or ""."""

    __tablename__ = "lead_print"
    __table_args__ = (Index("ix_lead_print_work_id_band", "work_id", "band"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    work_id: Mapped[str] = mapped_column(String(200))
    seller: Mapped[str] = mapped_column(String(64), default="")
    simhash: Mapped[str] = mapped_column(String(16))
    band: Mapped[str] = mapped_column(String(8))


class LeadLink(Base):
    """Two leads that belong together without being one (the same text at another seller's); ``lead_id < other_id``.
    ``kind``: a ``LinkKind``."""

    __tablename__ = "lead_link"

    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
    distance: Mapped[int] = mapped_column(Integer, default=0)
