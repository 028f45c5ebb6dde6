"""A patrol with evidence and leads, for tests of what happens to evidence afterwards."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from patrol.config import Workspace
from patrol.db.models import Capture, Lead, Match, Patrol, Signal, Work, WorkText
from patrol.db.session import Database
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare
from patrol.items import PageItem
from tests.evidence.pages import AT, page

STORY = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，没有邮票，也没有落款。" * 3
PHONE, CARD = "13800138000", "6222021234567890128"


def picture() -> bytes:
    """A PNG of two by two pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\xff\x00\x00" * 2) * 2
    packed = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + packed + chunk(b"IEND", b"")


def seller_page(number: int, patrol_id: int, **values: object) -> PageItem:
    said = f"正版代售，电话{PHONE}，卡号{CARD}\n{STORY}"
    return page(
        f"http://shop.example.cn/item/{number}",
        patrol_id=patrol_id,
        title=f"雾信 全本 {number}",
        text=said,
        seller="雾港书屋",
        body=f"<html><body>{said}</body></html>".encode(),
        site_file_sha256="5" * 64,
        **values,
    )


def keep_patrol(
    workspace: Workspace, database: Database, pages: int = 4, *, at: datetime = AT
) -> tuple[int, list[int]]:
    """A finished patrol of ``pages`` pages, all judged, without leads; its id and its captures' ids."""
    with database.session() as session:
        patrol = Patrol(started_at=at, status="done")
        session.add(patrol)
        session.flush()
        patrol_id = patrol.id
    vault = Vault.open(workspace, database, patrol_id)
    made = [
        seller_page(n, patrol_id, fetched_at=at, **({"screenshot_png": picture()} if n == 1 else {}))
        for n in range(1, pages + 1)
    ]
    ids = vault.keep([prepare(item, program=PROGRAM) for item in made])
    vault.finish()
    vault.close()
    with database.session() as session:
        session.execute(update(Capture).values(judged_at=datetime.now(UTC)))
    return patrol_id, ids


def add_lead(database: Database, patrol_id: int, captures: list[int], number: int = 1, hostile: str = "") -> str:
    """A lead on these captures; its number."""
    name = f"案线〔2026〕{number:04d}号"
    with database.session() as session:
        if session.get(Work, "w1") is None:
            session.add(Work(id="w1", title="雾信", holder="雾港文化", imported_at=AT, text=WorkText(text=STORY)))
        lead = Lead(
            number=name, key=f"k{number}", site="shop", field="book", kind="verbatim", work_id="w1", score=90.0,
            title=f"雾信{hostile}", url=f"http://shop.example.cn/item/{number}{hostile}", seller=f"雾港书屋{hostile}"[:300],
            grade="A", found_at=AT, patrol_id=patrol_id,
        )  # fmt: skip
        session.add(lead)
        session.flush()
        for capture_id in captures:
            start = len(f"正版代售，电话{PHONE}，卡号{CARD}\n")
            passage = {"page_start": 0, "page_end": start + len(STORY), "work_start": 0, "work_end": len(STORY)}
            session.add(
                Match(
                    capture_id=capture_id, lead_id=lead.id, work_id="w1", kind="verbatim", probability=0.98,
                    passages=[passage | {"identity": 0.9}],
                    reasons=[{"code": "exact_run", "weight": 1.0, "values": [["longest", 80]]}],
                )
            )  # fmt: skip
            session.add(
                Signal(lead_id=lead.id, capture_id=capture_id, code="phrase", points=5.0, values={"phrase": "代售"})
            )
    return name


def warc_files(workspace: Workspace, patrol_id: int) -> list[Path]:
    return sorted(patrol_folder(workspace, patrol_id).glob("*.warc.gz"))
