"""Tables of casework beside the nouns of ``models.py``: what is done with what was found, and how figures are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from patrol.db.models import Base


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
