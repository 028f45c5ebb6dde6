"""Database tables: hold the nouns of the trade (work, target, patrol, capture, lead, notice, complaint), by SQLAlchemy 2.

Times are timezone-aware UTC. Paths are relative to the workspace. Digests are lower-case hex.
JSON columns hold plain lists and dictionaries whose shape the docstring of the column's owner states.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from patrol import clock

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A UTC time that stays aware on SQLite too, which forgets time zones. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return clock.in_utc(value)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }


class Work(Base):
    """作品: a protected work. ``id`` is the office's own (or the import's) and never reused."""

    __tablename__ = "work"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    title: Mapped[str] = mapped_column(String(500), index=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    authors: Mapped[list[str]] = mapped_column(default=list)
    holder: Mapped[str] = mapped_column(String(500), default="")
    kind: Mapped[str] = mapped_column(String(40), default="other")
    registration: Mapped[str] = mapped_column(String(100), default="")
    list_price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    published: Mapped[str] = mapped_column(String(40), default="")
    early_warning: Mapped[bool] = mapped_column(default=False)
    characters: Mapped[int] = mapped_column(Integer, default=0)
    text_sha256: Mapped[str] = mapped_column(String(64), default="")
    source: Mapped[str] = mapped_column(String(1000), default="")
    imported_at: Mapped[datetime]

    text: Mapped[WorkText | None] = relationship(back_populates="work", cascade="all, delete-orphan", uselist=False)
    authorizations: Mapped[list[Authorization]] = relationship(back_populates="work", cascade="all, delete-orphan")


class WorkText(Base):
    """The text of a work, apart from its metadata so that lists stay quick. Offsets of matches point into it."""

    __tablename__ = "work_text"

    work_id: Mapped[str] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)

    work: Mapped[Work] = relationship(back_populates="text")


class Authorization(Base):
    """授权: who may use a work, where, from when to when. An empty ``site`` or ``account`` means any."""

    __tablename__ = "authorization"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[str] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), index=True)
    licensee: Mapped[str] = mapped_column(String(300))
    site: Mapped[str] = mapped_column(String(200), default="")
    account: Mapped[str] = mapped_column(String(300), default="")
    territory: Mapped[str] = mapped_column(String(200), default="")
    scope: Mapped[str] = mapped_column(String(500), default="")
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(1000), default="")

    work: Mapped[Work] = relationship(back_populates="authorizations")


class Campaign(Base):
    """专项行动: a period with a name and a focus."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    starts: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    focus: Mapped[str] = mapped_column(String(1000), default="")


class Target(Base):
    """目标: one entry of the key directory. ``site`` is the name of a site folder; ``url`` or ``account`` says
    what on that site to watch (both empty: the whole site as its file describes it). ``single``: ``url`` is the very
    page to keep, not a list to begin at."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("site", "url", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    field: Mapped[str] = mapped_column(String(40), index=True)
    site: Mapped[str] = mapped_column(String(100), index=True)
    url: Mapped[str] = mapped_column(String(2000), default="")
    account: Mapped[str] = mapped_column(String(300), default="")
    operator: Mapped[str] = mapped_column(String(300), default="")
    schedule: Mapped[str] = mapped_column(String(20), default="weekly")
    note: Mapped[str] = mapped_column(String(2000), default="")
    active: Mapped[bool] = mapped_column(default=True)
    single: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(1000), default="")
    imported_at: Mapped[datetime]
    last_patrolled_at: Mapped[datetime | None]


class Patrol(Base):
    """巡查: one run over due targets. ``filter`` is what was asked for (site, field, limit)."""

    __tablename__ = "patrol"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(20), default="running", index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    program_version: Mapped[str] = mapped_column(String(100), default="")
    index_version: Mapped[str] = mapped_column(String(100), default="")
    chain_head: Mapped[str] = mapped_column(String(64), default="")

    targets: Mapped[list[PatrolTarget]] = relationship(back_populates="patrol", cascade="all, delete-orphan")


class PatrolTarget(Base):
    """How one target fared in one patrol: the unit that is resumed. ``reason`` is Chinese, for the report."""

    __tablename__ = "patrol_target"

    patrol_id: Mapped[int] = mapped_column(ForeignKey("patrol.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(20), default="pending")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    patrol: Mapped[Patrol] = relationship(back_populates="targets")
    target: Mapped[Target] = relationship()


class Capture(Base):
    """取证快照: one page as kept. ``role``: ``item``, ``home`` (kept for its licence numbers) or ``recheck`` (vanished from
    the lists). ``refers_to``: the ``record_id`` of the capture that a revisit found unchanged, else "". ``warc_path`` (relative), ``warc_offset`` and ``warc_length`` (bytes) find the
    response record; ``chain_sha256`` = SHA-256 over the previous entry's chain digest and this record's."""

    __tablename__ = "capture"
    __table_args__ = (Index("ix_capture_site_canonical_url", "site", "canonical_url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patrol_id: Mapped[int] = mapped_column(ForeignKey("patrol.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="SET NULL"), index=True)
    site: Mapped[str] = mapped_column(String(100))
    page_kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="present")
    url: Mapped[str] = mapped_column(Text)
    canonical_url: Mapped[str] = mapped_column(String(2000))
    http_status: Mapped[int] = mapped_column(Integer)
    fetched_at: Mapped[datetime] = mapped_column(index=True)
    ip_address: Mapped[str] = mapped_column(String(64), default="")
    rendered: Mapped[bool] = mapped_column(default=False)
    warc_path: Mapped[str] = mapped_column(String(500))
    warc_offset: Mapped[int] = mapped_column(BigInteger)
    warc_length: Mapped[int] = mapped_column(BigInteger)
    record_id: Mapped[str] = mapped_column(String(100), unique=True)
    payload_sha256: Mapped[str] = mapped_column(String(64), index=True)
    record_sha256: Mapped[str] = mapped_column(String(64))
    chain_sha256: Mapped[str] = mapped_column(String(64))
    site_file_sha256: Mapped[str] = mapped_column(String(64), default="")
    role: Mapped[str] = mapped_column(String(20), default="item", server_default="item")
    refers_to: Mapped[str] = mapped_column(String(100), default="", server_default="", index=True)
    title: Mapped[str] = mapped_column(Text, default="")
    extracted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    judged_at: Mapped[datetime | None] = mapped_column(index=True)

    page: Mapped[CaptureText | None] = relationship(cascade="all, delete-orphan", uselist=False)


class KnownPage(Base):
    """What is known of one page over all patrols, so that it is visited as often as it changes. ``key``: SHA-256 of the
    canonical address. ``record_id``: its last whole capture. ``content_sha256`` is over what was read off it,
    ``payload_sha256`` over the bytes; ``index_version``: the library it was last compared with. ``off_list_at``: when it
    was visited although no list led to it any more."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("site", "key"), Index("ix_page_site_next_due", "site", "next_due"))

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(64))
    canonical_url: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[str] = mapped_column(String(100), default="")
    etag: Mapped[str] = mapped_column(String(500), default="")
    last_modified: Mapped[str] = mapped_column(String(100), default="")
    content_sha256: Mapped[str] = mapped_column(String(64), default="")
    payload_sha256: Mapped[str] = mapped_column(String(64), default="")
    index_version: Mapped[str] = mapped_column(String(100), default="")
    first_seen: Mapped[datetime]
    last_visited: Mapped[datetime]
    last_changed: Mapped[datetime]
    visits: Mapped[int] = mapped_column(Integer, default=1)
    changes: Mapped[int] = mapped_column(Integer, default=0)
    next_due: Mapped[datetime]
    off_list_at: Mapped[datetime | None]


class SiteRun(Base):
    """How one site fared in one patrol: ``items`` seen (read, unchanged or not yet due), ``read`` of them, ``fields``:
    name → pages on which it was read, ``skipped``: reason → count. ``whole``: ended of itself, so it can be compared."""

    __tablename__ = "site_run"
    __table_args__ = (UniqueConstraint("patrol_id", "site"), Index("ix_site_run_site_ended_at", "site", "ended_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    patrol_id: Mapped[int] = mapped_column(ForeignKey("patrol.id", ondelete="CASCADE"))
    site: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime]
    whole: Mapped[bool] = mapped_column(default=False)
    items: Mapped[int] = mapped_column(Integer, default=0)
    read: Mapped[int] = mapped_column(Integer, default=0)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    skipped: Mapped[dict[str, Any]] = mapped_column(default=dict)
    site_file_sha256: Mapped[str] = mapped_column(String(64), default="")


class CaptureText(Base):
    """The text that was compared. Offsets of matches and signals point into it."""

    __tablename__ = "capture_text"

    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class CaptureImage(Base):
    """A main image of a page that became a lead. ``number``: its place in the page's list of images. ``record_id`` is
    "" while it could not be had: ``error`` says why (Chinese), ``tries`` how often that was tried."""

    __tablename__ = "capture_image"
    __table_args__ = (UniqueConstraint("capture_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    patrol_id: Mapped[int] = mapped_column(ForeignKey("patrol.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    url: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Integer, default=1)
    error: Mapped[str] = mapped_column(String(300), default="")
    http_status: Mapped[int | None] = mapped_column(Integer)
    content_type: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[int] = mapped_column(Integer, default=0)
    fetched_at: Mapped[datetime]
    warc_path: Mapped[str] = mapped_column(String(500), default="")
    warc_offset: Mapped[int] = mapped_column(BigInteger, default=0)
    warc_length: Mapped[int] = mapped_column(BigInteger, default=0)
    record_id: Mapped[str] = mapped_column(String(100), default="")
    payload_sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    record_sha256: Mapped[str] = mapped_column(String(64), default="")
    chain_sha256: Mapped[str] = mapped_column(String(64), default="")


class Lead(Base):
    """线索: what an officer reviews. ``key`` joins what belongs together; ``number`` is the 编号 on forms."""

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    site: Mapped[str] = mapped_column(String(100), index=True)
    field: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    work_id: Mapped[str | None] = mapped_column(String(200), index=True)
    title: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text)
    seller: Mapped[str] = mapped_column(String(300), default="", index=True)
    seller_url: Mapped[str] = mapped_column(Text, default="")
    grade: Mapped[str] = mapped_column(String(1), index=True)
    score: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(20), default="new", index=True)
    department: Mapped[str] = mapped_column(String(100), default="")
    found_at: Mapped[datetime] = mapped_column(index=True)
    patrol_id: Mapped[int | None] = mapped_column(ForeignKey("patrol.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))

    matches: Mapped[list[Match]] = relationship(back_populates="lead", cascade="all, delete-orphan")
    signals: Mapped[list[Signal]] = relationship(back_populates="lead", cascade="all, delete-orphan")
    events: Mapped[list[LeadEvent]] = relationship(back_populates="lead", cascade="all, delete-orphan")


class LeadKey(Base):
    """What leads a new sighting to a lead that is already open: digests over the page's address, or over its
    seller and text. One lead may have many; ``kind`` says of what (``page``, ``text``)."""

    __tablename__ = "lead_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))


class Match(Base):
    """比对结果: one page against one work. JSON lists hold the fields of ``fingerprints``' value types:
    passages ``{page_start, page_end, work_start, work_end, identity}``, renamings ``{old, new, support}``,
    disguises ``{kind, count, example, read_as}``, reasons ``{code, weight, values}``."""

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("capture_id", "work_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id", ondelete="SET NULL"), index=True)
    work_id: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    probability: Mapped[float] = mapped_column(Float)
    index_version: Mapped[str] = mapped_column(String(100), default="")
    passages: Mapped[list[Any]] = mapped_column(default=list)
    renamings: Mapped[list[Any]] = mapped_column(default=list)
    disguises: Mapped[list[Any]] = mapped_column(default=list)
    reasons: Mapped[list[Any]] = mapped_column(default=list)

    lead: Mapped[Lead | None] = relationship(back_populates="matches")
    capture: Mapped[Capture] = relationship()


class Signal(Base):
    """A sign beside the text (title named, piracy phrase, price, authorisation…). ``values`` fills the Chinese
    sentence of ``code``; ``points`` is what it added to the lead's score (negative: it spoke against)."""

    __tablename__ = "signal"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    points: Mapped[float] = mapped_column(Float)
    place: Mapped[str] = mapped_column(String(100), default="")
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)

    lead: Mapped[Lead] = relationship(back_populates="signals")
    capture: Mapped[Capture] = relationship()


class LeadEvent(Base):
    """One line of a lead's journal. Appended, never changed. ``who`` is the officer as named, ``account`` the system
    account that entered it ("" for the program's own lines)."""

    __tablename__ = "lead_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(100))
    account: Mapped[str] = mapped_column(String(200), default="", server_default="")
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")

    lead: Mapped[Lead] = relationship(back_populates="events")


class CaptureReview(Base):
    """审核: two officers stand for a capture that is used as evidence (行政处罚法 41、42), ``reviewer`` has looked it
    over. Appended, never changed: the newest of a capture counts. ``record_sha256`` is what was reviewed."""

    __tablename__ = "capture_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    officers: Mapped[list[str]] = mapped_column(default=list)
    reviewer: Mapped[str] = mapped_column(String(100), default="")
    account: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    record_sha256: Mapped[str] = mapped_column(String(64))


class Notice(Base):
    """通知: a notice drafted or sent for a lead. ``content`` is the letter's data as drafted; ``removed_at``: when the
    pages were first seen gone, None while any is there (again). Its history is in ``notice_event``."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    content: Mapped[dict[str, Any] | None]
    drafted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")


class Complaint(Base):
    """投诉举报: one address said to infringe one work, whoever reported it and how often (``ComplaintFiling``).
    ``key`` is a digest of the canonical address and the work; ``work_id`` is the work in the library, where it is known;
    ``target_id`` the target made of it."""

    __tablename__ = "complaint"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(Text)
    canonical_url: Mapped[str] = mapped_column(String(2000), index=True)
    work_title: Mapped[str] = mapped_column(String(500), default="")
    work_id: Mapped[str | None] = mapped_column(String(200), index=True)
    respondent: Mapped[str] = mapped_column(String(300), default="")
    respondent_address: Mapped[str] = mapped_column(String(500), default="")
    account: Mapped[str] = mapped_column(String(300), default="")
    place: Mapped[str] = mapped_column(String(500), default="")
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="SET NULL"), index=True)
