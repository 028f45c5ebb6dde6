"""An office with a month's work: leads on three platforms in several states, notices, a campaign, complaints."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from patrol.db.casework import CampaignEntry, ComplaintFiling, LeadFact
from patrol.db.models import (
    Campaign,
    Capture,
    CaptureText,
    Complaint,
    Lead,
    LeadEvent,
    Match,
    Notice,
    Patrol,
    PatrolTarget,
    Signal,
    Target,
    Work,
    WorkText,
)

START = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
STORY = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，没有邮票，也没有落款。"
COPIED = STORY.replace("老人", "阿婆").replace("没有邮票", "没有郵票")
NUMBER = "案线〔2026〕{:04d}号"


def furnish(session: Session, count: int = 6, said: str = "") -> None:
    """``count`` leads; ``said`` stands in every text that a stranger wrote."""
    session.add(
        Campaign(id=1, name="剑网2026", starts=date(2026, 11, 1), ends=date(2026, 11, 30), focus=f"剧本杀盗版{said}")
    )
    session.add(Patrol(id=1, started_at=START, status="done", campaign_id=1))
    session.add(
        Target(
            id=1,
            name=f"雾信盗版举报{said}",
            field="script_game",
            site="shop",
            url="http://shop.example.cn/item/1",
            imported_at=START,
        )
    )
    session.add(
        Target(
            id=2,
            name=f"未能打开的店{said}"[:300],
            field="book",
            site="market",
            url="http://market.example.cn/",
            imported_at=START,
        )
    )
    session.add(
        Work(
            id="w1", title=f"雾信{said}"[:500], aliases=["雾里的信"], authors=[f"林渡{said}"], holder=f"某文化有限公司{said}"[:500],
            kind="script_game", registration="国作登字-2025-A-00012345", list_price=Decimal("498"), imported_at=START,
            text=WorkText(text=STORY * 3), early_warning=True,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        CampaignEntry(campaign_id=1, item="copies_seized", value=Decimal(350), at=START, who="张三", note=f"仓库{said}")
    )
    session.add(PatrolTarget(patrol_id=1, target_id=1, status="done"))
    session.add(PatrolTarget(patrol_id=1, target_id=2, status="failed", reason=f"网站没有应答{said}"[:1000]))
    for number in range(1, count + 1):
        _lead(session, number, said)
    _complaint(
        session, 1, "http://market.example.cn/item/1", f"权利人代理人{said}"[:300],
        f"店铺销售《雾信》盗版电子版，联系电话 13800138000。{said}", work_title=f"雾信{said}"[:500], work_id="w1",
    )  # fmt: skip
    _complaint(session, 2, "http://elsewhere.example.cn/", "", "")


def _complaint(session: Session, number: int, url: str, complainant: str, facts: str, **more: str) -> None:
    session.add(
        Complaint(
            id=number, number=f"投诉〔2026〕{number:04d}号", key=f"{number:064x}", received_at=START, url=url, canonical_url=url,
            **more,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        ComplaintFiling(
            complaint_id=number, key=f"{number:064x}", received_at=START, complainant=complainant, facts=facts
        )
    )


def _lead(session: Session, number: int, said: str) -> None:
    at = START + timedelta(days=number, hours=number)
    site = ("shop", "market", "forum")[number % 3]
    url = f"http://{site}.example.cn/item/{number}"
    text = f"联系电话 13800138000，住幸福路 12 号。{said}\n{COPIED * 2}"
    capture = Capture(
        patrol_id=1, target_id=1 if number == 1 else None, site=site, page_kind="listing", url=url, canonical_url=url,
        http_status=200, fetched_at=at, warc_path="evidence/patrol-000001/shop-0001.warc.gz", warc_offset=number * 1000,
        warc_length=900, record_id=f"r{number}", payload_sha256=f"{number:064x}", record_sha256=f"{number + 9:064x}",
        chain_sha256="2" * 64, title=f"雾信 剧本杀 电子版秒发 {number}{said}", page=CaptureText(text=text), judged_at=at,
        extracted={"price": "19.9", "sales": 1000 + number, "sales_at_least": True, "views": 52000},
    )  # fmt: skip
    status = ("new", "confirmed", "removed", "referred", "dismissed", "notified")[number % 6]
    lead = Lead(
        number=NUMBER.format(number), key=f"k{number}", site=site, field="script_game" if number % 2 else "book",
        kind=("verbatim", "reskinned", "washed")[number % 3], work_id="w1", title=capture.title, url=url,
        seller=f"小城剧本铺{said}"[:300], seller_url=f"http://{site}.example.cn/shop/7", grade="ABC"[number % 3],
        score=90.0 - number, found_at=at, patrol_id=1, campaign_id=1, status=status, department="文化和旅游部门",
    )  # fmt: skip
    session.add_all([capture, lead])
    session.flush()
    start = text.index(COPIED[:10])
    passage = {
        "page_start": start, "page_end": start + len(COPIED), "work_start": 0, "work_end": len(STORY), "identity": 0.95,
    }  # fmt: skip
    session.add(
        Match(
            capture_id=capture.id, lead_id=lead.id, work_id="w1", kind=lead.kind, probability=0.972, index_version="idx-7",
            passages=[passage], renamings=[{"old": "老人", "new": "阿婆", "support": 3}],
            disguises=[{"kind": "traditional", "count": 2, "example": "郵票", "read_as": "邮票"}],
            reasons=[{"code": "exact_run", "weight": 1.0, "values": [["longest", 80]]}],
        )
    )  # fmt: skip
    session.add(
        Signal(
            lead_id=lead.id,
            capture_id=capture.id,
            code="phrase",
            points=5.0,
            values={"phrase": f"秒发{said}", "label": "电子版"},
        )
    )
    if number == 2:
        entry = LeadEvent(lead_id=lead.id, at=at, who="张三", status="reviewing", reason="登记")
        home = Capture(
            patrol_id=1, site=site, page_kind="listing", url=f"http://{site}.example.cn/", canonical_url=f"http://{site}.example.cn/",
            http_status=200, fetched_at=at, warc_path="evidence/patrol-000001/shop-0001.warc.gz", warc_offset=1, warc_length=9,
            record_id="home", payload_sha256="0" * 64, record_sha256="0" * 64, chain_sha256="0" * 64, role="home",
            page=CaptureText(text=""), judged_at=at, extracted={"footer": f"浙ICP备10046444号{said}"},
        )  # fmt: skip
        session.add_all([entry, home])
        session.flush()
        interest = f"图书发行统一定价，未经许可印制{said}"
        session.add(LeadFact(lead_id=lead.id, event_id=entry.id, key="public_interest", value=interest))
    steps = {"confirmed": ["confirmed"], "notified": ["confirmed", "notified"], "removed": ["confirmed", "notified", "removed"],
             "referred": ["confirmed", "referred"], "dismissed": ["dismissed"], "new": []}[status]  # fmt: skip
    for day, step in enumerate(steps, 1):
        session.add(
            LeadEvent(
                lead_id=lead.id, at=at + timedelta(days=day), who=f"张三{said}"[:100], status=step, reason=f"核实{said}"
            )
        )
    if "notified" in steps:
        sent = at + timedelta(days=2)
        gone = sent + timedelta(hours=30) if status == "removed" else None
        session.add(Notice(lead_id=lead.id, kind="rectify", recipient="平台", sent_at=sent, removed_at=gone))
