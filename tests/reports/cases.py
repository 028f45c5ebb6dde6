"""An office's database as reports read it: leads of every kind, written by hand, texts of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from patrol.db.models import (
    Capture,
    CaptureText,
    Lead,
    Match,
    Patrol,
    PatrolTarget,
    Signal,
    Target,
    Work,
    WorkText,
)

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

NOVEL = (
    "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，没有邮票，也没有落款。\n"
    "陈默很快地拆开信封，看见里面只有一张发黄的船票。他问老人：“这是谁的？”老人摇头不语，只把灯芯又拨亮了一些。\n"
    "雾从江面上一层一层地漫过来，先吞掉了对岸的烟囱，又吞掉了泊在港口里的三条货船。陈默把船票收进怀里，沿着石阶往下走。"
    "石阶上长满青苔，每一步都要踩稳了才敢换脚。走到第七级，他听见水里有人喊他的名字。\n"
    "那声音他认得。三年前的冬天，苏晚就是在这里上的船，临走时说了一句话，被汽笛盖过去了。陈默等了三年，想了三年，"
    "始终没有想明白她那一句到底说的是什么。如今雾里又传来汽笛，他忽然觉得，那句话大概就要听见了。\n"
    "老人在背后叹了口气。“年轻人，”他说，“雾里来的船，从来不载回程的客。你要想清楚。”陈默回过头，看见马灯的火苗跳了两下，"
    "终于在潮湿的风里灭了。\n"
)
COPY = NOVEL.replace("马灯", "馬燈").replace("三条货船", "三条*货*船").replace("港口", "港囗").replace("汽笛", "氣笛")
RESKIN = (
    NOVEL.replace("陈默", "林深").replace("苏晚", "江眠").replace("老人", "掌柜").replace("很快地", "急忙")
    .replace("码头", "渡口").replace("叹了口气", "长叹一声")
)  # fmt: skip
WASHED = (
    "入夜以后江水落了下去，码头一带只有一盏马灯还亮着。看灯的老头讲，信是雾里送来的，既没贴邮票，也没写落款。\n"
    "陈默三两下撕开信封，里头仅有一张泛黄的船票。他向老头打听：“谁的？”老头摇摇头不说话，把灯芯挑得更亮。\n"
    "雾气从江上层层漫来，对岸的烟囱先不见了，接着港里的三条货船也没了踪影。陈默揣好船票，顺着石阶下去。\n"
)
SCRIPT = (
    "人物介绍\n沈青\n顾言\n老周\n阿桂\n第一幕 归来\n众人在晚上八点到达老宅。沈青说，当晚八点半听见钟响。\n第二幕 搜证\n时间线\n"
    "20:00 众人入席\n20:30 停电\n21:15 发现尸体\n22:00 众人对质\n线索卡一\n书房抽屉里有一封没有署名的信，信纸带着檀香。\n"
    "线索卡二\n老周的鞋底沾着后院的红泥。\n第三幕 复盘\n案件真相\n沈青趁停电时从暗门进入书房，用檀香掩盖药味，再由后院返回。\n"
)
SCRIPT_COPY = (
    SCRIPT.replace("沈青", "白露").replace("顾言", "陆川").replace("老周", "管家").replace("阿桂", "小满")
    .replace("老宅", "古堡").replace("檀香", "玫瑰")
)  # fmt: skip
INDEX = "4-9c1f2ab07d33"


def fill(session: Session) -> int:
    """Fill an empty database; the number of leads in it."""
    session.add_all(
        [
            Work(id="w1", title="雾信", authors=["南汀"], holder="某某文化传播有限公司", kind="literature",
                 registration="国作登字-2024-A-00012345", imported_at=NOON, text=WorkText(text=NOVEL)),
            Work(id="w2", title="老宅停电夜", authors=["青灯工作室"], holder="青灯工作室", kind="script_game",
                 imported_at=NOON, text=WorkText(text=SCRIPT)),
            Patrol(id=1, started_at=NOON, status="done", index_version=INDEX),
            Target(id=1, name="小城书市", field="book", site="books", imported_at=NOON),
            Target(id=2, name="夜读论坛", field="literature", site="forum", imported_at=NOON),
        ]
    )  # fmt: skip
    session.flush()
    session.add(PatrolTarget(patrol_id=1, target_id=1, status="done"))
    session.add(
        PatrolTarget(patrol_id=1, target_id=2, status="failed", reason="连不上：域名解析不到。请核对网址，或明天再试")
    )
    add_lead(session, 1, "A", "verbatim", "【精校全本】雾信 全文在线阅读", NOVEL, NOVEL, field="literature", seller="夜读小站",
             signals=[("text_verbatim", 60.0, {"work": "雾信", "characters": 430, "probability": 0.99}),
                      ("title_in_title", 15.0, {"named": "雾信", "work": "雾信"}),
                      ("early_warning", 8.0, {"work": "雾信"})], probability=0.992)  # fmt: skip
    add_lead(session, 2, "A", "reskinned", "渡口旧事（原创首发）", RESKIN, NOVEL, field="literature", seller="江边夜话", days=1,
             renamings=[("陈默", "林深", 5), ("苏晚", "江眠", 1), ("老人", "掌柜", 4)], probability=0.94,
             signals=[("text_reskinned", 55.0, {"work": "雾信", "characters": 410, "probability": 0.94})])  # fmt: skip
    add_lead(session, 3, "A", "reskinned", "古堡停电夜 六人本 1:1复刻 盒装", SCRIPT_COPY, SCRIPT, work="w2", field="script_game",
             seller="桌游批发部", days=1, renamings=[("沈青", "白露", 3), ("老周", "管家", 2), ("老宅", "古堡", 1)],
             reasons=[{"code": "script_structure", "weight": 0.0, "values": [["roles_work", 4], ["roles_page", 4]]}],
             signals=[("phrase", 20.0, {"phrase": "1:1复刻", "label": "复刻"}),
                      ("price_low", 18.0, {"price": "39", "work": "老宅停电夜", "list_price": "498", "limit": 0.2, "ratio": 0.08})],
             probability=0.91)  # fmt: skip
    add_lead(session, 4, "B", "disguised", "雾信.txt", COPY, NOVEL, field="netdisk", seller="资源君 微信13800138000", days=3,
             disguises=[("traditional", 3, "馬燈", "马灯"), ("inserted_mark", 2, "*货*船", "货船"), ("look_alike", 1, "囗", "口")],
             signals=[("text_disguised", 42.0, {"work": "雾信", "characters": 400, "probability": 0.97})], probability=0.97)  # fmt: skip
    add_lead(session, 5, "C", "washed", "江边的一盏灯", WASHED, NOVEL[:180], field="literature", seller="拾光文摘", days=5,
             signals=[("text_washed", 25.0, {"work": "雾信", "characters": 120, "probability": 0.71})], probability=0.71)  # fmt: skip
    return 5


def add_lead(
    session: Session,
    number: int,
    grade: str,
    kind: str,
    title: str,
    page: str,
    against: str,
    *,
    work: str = "w1",
    field: str = "book",
    seller: str = "",
    days: int = 0,
    probability: float = 0.9,
    signals: list[tuple[str, float, dict[str, Any]]] | None = None,
    renamings: list[tuple[str, str, int]] | None = None,
    disguises: list[tuple[str, int, str, str]] | None = None,
    reasons: list[dict[str, Any]] | None = None,
) -> None:
    """A lead whose page is ``page`` with a line before and after it; the passage is the whole of ``page``."""
    found = NOON - timedelta(days=days)
    before = f"{title}\n"
    capture = Capture(
        patrol_id=1, target_id=1, site="books", page_kind="article", url=f"https://books.example.cn/read/{number}",
        canonical_url=f"https://books.example.cn/read/{number}", http_status=200, fetched_at=found,
        warc_path=f"evidence/2026/11/24/books-{number:05}.warc.gz", warc_offset=0, warc_length=1, record_id=f"r{number}",
        payload_sha256="0" * 64, record_sha256=f"{number:02x}" * 32, chain_sha256="2" * 64, title=title,
        page=CaptureText(text=f"{before}{page}（完）"), judged_at=found,
    )  # fmt: skip
    lead = Lead(
        number=f"案线〔2026〕{number:04d}号", key=str(number), site="books", field=field, kind=kind, work_id=work,
        title=title, url=capture.url, seller=seller, grade=grade, score=100.0 - number % 97, found_at=found, patrol_id=1,
        department="文化和旅游部门" if grade == "A" else "",
    )  # fmt: skip
    session.add_all([capture, lead])
    session.flush()
    session.add(
        Match(
            capture_id=capture.id, lead_id=lead.id, work_id=work, kind=kind, probability=probability, index_version=INDEX,
            passages=[{"page_start": len(before), "page_end": len(before) + len(page), "work_start": 0,
                       "work_end": len(against), "identity": 0.9}],
            renamings=[{"old": old, "new": new, "support": support} for old, new, support in renamings or []],
            disguises=[{"kind": k, "count": n, "example": e, "read_as": r} for k, n, e, r in disguises or []],
            reasons=[{"code": "exact_run", "weight": 1.4, "values": [["longest", 83]]},
                     {"code": "order_cover", "weight": 0.8, "values": [["span", 420], ["agreements", 400]]}, *(reasons or [])],
        )
    )  # fmt: skip
    for code, points, values in signals or []:
        session.add(Signal(lead_id=lead.id, capture_id=capture.id, code=code, points=points, values=values))
