"""A report of very many leads: a list that is searched, pages that are walked, and nothing half done."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from patrol.db.session import Database
from patrol.leads.queries import each_lead_view, lead_views
from reports.html import Period, write_report
from tests.reports.browsing import BROWSER, browsing, opened
from tests.reports.cases import NOON, NOVEL, add_lead, fill

MANY = 23


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.ONE_FILE", 10)
    monkeypatch.setattr("reports.paged.A_PAGE", 8)
    monkeypatch.setattr("patrol.leads.queries._BATCH_SIZE", 5)


@pytest.fixture
def many(database: Database) -> Database:
    with database.session() as session:
        fill(session)
        for number in range(6, MANY + 1):
            add_lead(
                session, number, "ABC"[number % 3], "verbatim", f"第{number}篇", NOVEL, NOVEL, seller=f"店{number % 4}"
            )
    return database


def _write(database: Database, path: Path, period: Period | None = None) -> int:
    with database.session() as session:
        return write_report(session, None, "某站", "某县", period or Period(), path)


def _pages(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}_分页-*/*.html"))


def test_every_lead_stands_once_in_the_list_and_once_in_the_pages_in_the_same_order(
    many: Database, tmp_path: Path
) -> None:
    path = tmp_path / "线索报告.html"
    assert _write(many, path) == MANY
    with many.session() as session:
        wanted = [lead.id for lead in lead_views(session, None, texts=False)]
    links = re.findall(r'href="([^"]+)/(\d+\.html)#lead-(\d+)"', path.read_text(encoding="utf-8"))
    assert [int(lead) for _, _, lead in links] == wanted
    pages = _pages(path)
    assert [page.name for page in pages] == ["0001.html", "0002.html", "0003.html"]
    shown = [
        (page.name, lead)
        for page in pages
        for lead in re.findall(r'<article class="lead" id="lead-(\d+)"', page.read_text())
    ]
    assert shown == [(name, lead) for _, name, lead in links]


def test_views_taken_a_few_at_a_time_are_the_same_views(many: Database) -> None:
    with many.session() as session:
        at_once = lead_views(session, None)
    with many.session() as session:
        assert list(each_lead_view(session, None)) == at_once
        assert list(each_lead_view(session, None, since=NOON, texts=False)) == lead_views(
            session, None, since=NOON, texts=False
        )


def test_the_list_names_each_pages_digest_and_the_same_data_give_the_same_bytes(many: Database, tmp_path: Path) -> None:
    first, again = tmp_path / "甲" / "r.html", tmp_path / "乙" / "r.html"
    _write(many, first)
    _write(many, again)
    listed = first.read_text(encoding="utf-8")
    for page, other in zip(_pages(first), _pages(again), strict=True):
        assert hashlib.sha256(page.read_bytes()).hexdigest() in listed
        assert page.read_bytes() == other.read_bytes()
    assert first.read_bytes() == again.read_bytes()


def test_a_new_report_takes_the_old_ones_pages_away_and_nothing_else(many: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    kept = tmp_path / "r_分页-我的笔记"
    kept.mkdir()
    _write(many, path)
    before = {page.parent for page in _pages(path)}
    with many.session() as session:
        add_lead(session, 90, "A", "verbatim", "新的一条", NOVEL, NOVEL)
    _write(many, path)
    after = {page.parent for page in _pages(path)}
    assert len(before) == len(after) == 1 and before != after
    _write(many, path, Period(NOON.date(), NOON.date()))
    one = _write(many, path, Period(until=NOON.date().replace(year=2020)))
    assert one == 0 and _pages(path) == [] and kept.exists()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("r")) == ["r.html", "r_分页-我的笔记"]


def test_work_cut_short_leaves_the_old_report_whole(
    many: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.html"
    _write(many, path)
    before = {file: file.read_bytes() for file in [path, *_pages(path)]}

    def torn(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with many.session() as session:
        add_lead(session, 91, "A", "verbatim", "新的一条", NOVEL, NOVEL)
    monkeypatch.setattr("reports.paged.replace_report", torn)
    with pytest.raises(KeyboardInterrupt):
        _write(many, path)
    assert {file: file.read_bytes() for file in before} == before
    monkeypatch.undo()
    assert _write(many, path) == MANY + 1
    assert len({page.parent for page in _pages(path)}) <= 1


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_an_officer_searches_the_list_and_walks_the_pages(many: Database, tmp_path: Path) -> None:
    path = tmp_path / "线索 报告#1.html"
    _write(many, path)
    with browsing() as browser, opened(browser, path) as page:
        rows = page.locator("#list tbody tr")
        seen = page.locator("#list tbody tr:visible")
        assert rows.count() == seen.count() == MANY
        page.fill("#words", "店3 第7篇")
        page.locator("#count", has_text="找到 1 条").wait_for()
        assert "第7篇" in seen.first.inner_text()
        page.fill("#words", "")
        page.select_option("#grade", "乙级")
        page.locator("#count", has_text="找到").wait_for()
        assert all("乙级" in text for text in seen.all_inner_texts())
        page.select_option("#kind", "变形规避")
        assert seen.count() == 1
        seen.locator("a").click()
        page.wait_for_load_state()
        assert page.locator("article:target").count() == 1
        page.locator("nav a[rel=prev], nav a[rel=next]").first.click()
        page.wait_for_load_state()
        assert page.locator("article.lead").count() > 0
        page.locator("nav a", has_text="线索目录").first.click()
        page.wait_for_load_state()
        assert page.locator("#list").count() == 1
        assert [said for said in page.said if not said.startswith("asked file:")] == []  # type: ignore[attr-defined]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_without_script_the_list_is_whole(many: Database, tmp_path: Path) -> None:
    _write(many, tmp_path / "r.html")
    with browsing() as browser:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto((tmp_path / "r.html").as_uri())
        assert page.locator("#list tbody tr").count() == MANY
        assert not page.locator("#find").is_visible()
        context.close()
