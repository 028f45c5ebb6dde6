"""The report as an officer's browser shows it: nothing crawled runs, nothing is cut off, the same data the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session

from patrol.browser import find_browser
from patrol.db.models import Capture, CaptureText, Lead, Match, Patrol, Signal, Work, WorkText
from patrol.db.session import Database
from reports.html import Period, plain, write_report

BROWSER = find_browser()
ATTACKS = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "'\"><svg/onload=document.title='owned'>",
    "{{ 7*7 }}{% for x in y %}",
    "javascript:document.title='owned'",
    "</style><script>document.title='owned'</script>",
    "\u202e反过来的字\u202c",
    "]]><!--",
    '=HYPERLINK("http://a")',
    "超长" * 2000,
    "a" * 3000,
    "\ufeff\u200b隐形",
    "&lt;b&gt;&#x41;",
]
STORY = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，没有邮票，也没有落款。" * 5


def _lead(session: Session, number: int, hostile: str) -> None:
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    work = session.get(Work, "w1") or Work(id="w1", title=f"雾信{hostile[:200]}", holder=hostile, imported_at=now)
    if work.text is None:
        work.text = WorkText(text=STORY)
    session.add(work)
    patrol = session.get(Patrol, 1) or Patrol(id=1, started_at=now, status="done")
    session.add(patrol)
    session.flush()
    page = f"{hostile}\n{STORY}"
    capture = Capture(
        patrol_id=1, site="shop", page_kind="listing", url=f"http://a.example.cn/{hostile}", canonical_url=str(number),
        http_status=200, fetched_at=now, warc_path="evidence/a.warc.gz", warc_offset=0, warc_length=1,
        record_id=f"r{number}", payload_sha256="0" * 64, record_sha256="1" * 64, chain_sha256="2" * 64, title=hostile,
        page=CaptureText(text=page), judged_at=now,
    )  # fmt: skip
    lead = Lead(
        number=f"案线〔2026〕{number:04d}号", key=str(number), site="shop", field="book", kind="verbatim", work_id="w1",
        title=hostile, url=f"http://a.example.cn/{hostile}", seller=hostile[:300], grade="A", score=90.0, found_at=now,
        patrol_id=1,
    )  # fmt: skip
    session.add_all([capture, lead])
    session.flush()
    start = len(hostile) + 1
    passage = {"page_start": 0, "page_end": len(page), "work_start": 0, "work_end": len(STORY), "identity": 1.0}
    session.add(
        Match(
            capture_id=capture.id, lead_id=lead.id, work_id="w1", kind="verbatim", probability=0.97,
            passages=[passage | {"page_start": start}, passage],
            renamings=[{"old": hostile[:50], "new": "甲", "support": 3}],
            disguises=[{"kind": "split", "count": 2, "example": hostile[:40], "read_as": "的"}],
            reasons=[{"code": "exact_run", "weight": 1.0, "values": [["longest", 80]]}],
        )
    )  # fmt: skip
    session.add(
        Signal(lead_id=lead.id, capture_id=capture.id, code="phrase", points=5.0, values={"phrase": hostile[:60]})
    )


@pytest.fixture
def report(database: Database, tmp_path: Path) -> Path:
    with database.session() as session:
        for number, attack in enumerate(ATTACKS, 1):
            _lead(session, number, attack)
    with database.session() as session:
        assert write_report(session, "某镇版权工作站", "某县", Period(), tmp_path / "r.html") == len(ATTACKS)
    return tmp_path / "r.html"


@contextmanager
def _page(width: int, scheme: str = "light") -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(BROWSER), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        yield page
        browser.close()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_crawled_runs_or_loads_and_nothing_is_cut_off(report: Path, width: int) -> None:
    asked: list[str] = []
    with _page(width, "dark" if width == 390 else "light") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        assert page.title().startswith("网络版权巡查线索报告")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main script, main img, main svg, main iframe, main style").count() == 0
        assert page.locator("article.lead").count() == len(ATTACKS)
        hrefs = page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href'))")
        assert all(href.startswith("#lead-") for href in hrefs)
    assert asked == [report.as_uri()]


def test_the_text_says_what_an_officer_needs(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    for said in (
        "案线〔2026〕0001号",
        "甲级",
        "原文复制",
        "取证快照",
        "1" * 64,
        "换名对照表",
        "相似内容对照",
        "统计期间：全部记录",
    ):
        assert said in text
    assert "\u202e" not in text
    assert "⟨202E⟩" in text
    assert "{{ 7*7 }}" in text
    assert re.search(r"Content-Security-Policy[^>]*default-src &#39;none&#39;|default-src 'none'", text)


def test_the_same_data_make_the_same_bytes(database: Database, report: Path, tmp_path: Path) -> None:
    with database.session() as session:
        write_report(session, "某镇版权工作站", "某县", Period(), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == report.read_bytes()


def test_a_period_leaves_out_what_was_found_before_it(database: Database, report: Path, tmp_path: Path) -> None:
    with database.session() as session:
        assert write_report(session, "某站", "", Period(date(2026, 11, 25)), tmp_path / "n.html") == 0
        assert write_report(
            session, "某站", "", Period(date(2026, 11, 24), date(2026, 11, 24)), tmp_path / "d.html"
        ) == len(ATTACKS)


def test_hidden_characters_are_shown_by_their_codes() -> None:
    assert plain("甲\u200b乙\u202e丙\n丁") == "甲⟨200B⟩乙⟨202E⟩丙\n丁"
