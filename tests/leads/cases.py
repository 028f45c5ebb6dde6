"""Leads for tests of the work on them: real captures, entered through the real ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from patrol.db.models import Capture, CaptureText, Lead, Patrol, Target, Work
from patrol.db.session import Database
from patrol.judging.assess import lead_keys
from patrol.judging.model import Judgement, LeadDraft, PageFacts, SignalDraft
from patrol.leads.store import Ledger
from patrol.vocabulary import Field, Grade, MatchKind, PageKind, PageState

FOUND = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""When the first page is found: Monday 2 March 2026, nine in the morning in Beijing."""


class Cases:
    """An office's leads. Every page is a capture of its own; ``lead`` opens or joins a lead about it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._ledger = Ledger(database.engine)
        self._count = 0
        with database.session() as session:
            # Their numbers are the database's to give: 1, the first.
            session.add(Patrol(started_at=FOUND))
            session.add(Target(name="甲平台", field="book", site="shop", schedule="weekly", imported_at=FOUND))
            session.add(
                Work(
                    id="w1",
                    title="夜航船",
                    authors=["沈青"],
                    holder="青山出版社",
                    registration="国作登字-2021-A-00000001",
                    imported_at=FOUND,
                )
            )

    def capture(
        self,
        url: str,
        *,
        at: datetime = FOUND,
        state: PageState = PageState.PRESENT,
        site: str = "shop",
        text: str = "",
        kind: PageKind = PageKind.LISTING,
        judged: bool = False,
        **extracted: Any,
    ) -> int:
        """A page as kept. ``extracted``: fields as ``patrol.text.storage.plain_extraction`` writes them."""
        self._count += 1
        row = {
            "id": self._count,
            "patrol_id": 1,
            "target_id": 1,
            "site": site,
            "page_kind": kind.value,
            "state": state.value,
            "url": url,
            "canonical_url": url,
            "http_status": 200 if state is PageState.PRESENT else 404,
            "fetched_at": at,
            "warc_path": "evidence/x.warc.gz",
            "warc_offset": 0,
            "warc_length": 1,
            "record_id": f"<urn:{self._count}>",
            "payload_sha256": "0" * 64,
            "record_sha256": f"{self._count:064x}",
            "chain_sha256": "0" * 64,
            "title": extracted.get("title", ""),
            "extracted": extracted,
            "judged_at": at if judged else None,
        }
        with self.database.session() as session:
            session.execute(insert(Capture).values(row))
            session.execute(insert(CaptureText).values(capture_id=self._count, text=text))
        return self._count

    def lead(
        self,
        url: str = "http://shop.example.cn/1",
        *,
        at: datetime = FOUND,
        kind: MatchKind = MatchKind.SALE,
        site: str = "shop",
        work: str = "w1",
        text: str = "",
        seller: str = "",
        seller_url: str = "",
        page_kind: PageKind = PageKind.LISTING,
        **extracted: Any,
    ) -> str:
        """See a page and open (or join) the lead about it; the lead's number."""
        said = {"seller": seller, "seller_url": seller_url, **extracted}
        capture = self.capture(url, at=at, site=site, text=text, kind=page_kind, **said)
        price = extracted.get("price")
        page = PageFacts(
            capture_id=capture,
            patrol_id=1,
            target_id=1,
            site=site,
            page_kind=page_kind,
            state=PageState.PRESENT,
            url=url,
            canonical_url=url,
            fetched_at=at,
            title=str(extracted.get("title", "")),
            text=text,
            seller=seller,
            seller_url=seller_url,
            price=Decimal(price) if price else None,
        )
        draft = LeadDraft(
            keys=lead_keys(page, work),
            kind=kind,
            field=Field.BOOK,
            work_id=work,
            work_ids=frozenset({work}),
            grade=Grade.B,
            score=50.0,
            department="版权主管部门",
            signals=(SignalDraft("title_in_title", 50.0, "title:0", {"named": "夜航船", "work": "夜航船"}),),
        )
        (entered,) = self._ledger.enter([Judgement(page, (), "index-1", draft)], at)
        assert entered is not None
        with self.database.session() as session:
            return str(session.scalar(select(Lead.number).where(Lead.id == entered[0])))


def days(count: float) -> datetime:
    """So many days after the first page was found."""
    return FOUND + timedelta(days=count)
