"""How the report looks: pictures on screen and on paper, and what a machine can measure of its looks.

The pictures go to the folder that ``PATROL_PICTURES`` names, else to the test's own, for a person to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from patrol.db.session import Database
from reports.html import Period, write_report
from tests.reports.browsing import BROWSER, browsing, opened
from tests.reports.cases import fill

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")

SCREENS = [
    (1280, "light"),
    (390, "dark"),
    *(pytest.param(*s, marks=pytest.mark.slow) for s in ((1280, "dark"), (390, "light"))),
]
A4 = (595, 842)
"""Points."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("PATROL_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same leads as one file, as a divided report's list, and as a page of it."""
    folder = tmp_path_factory.mktemp("reports")
    held = Database.ready(f"sqlite:///{folder / 'patrol.db'}")
    with held.session() as session:
        fill(session)
    with held.session() as session, pytest.MonkeyPatch.context() as patch:
        write_report(session, None, "某镇版权工作站", "某县", Period(), folder / "report.html")
        patch.setattr("reports.html.ONE_FILE", 1)
        patch.setattr("reports.paged.A_PAGE", 3)
        write_report(session, None, "某镇版权工作站", "某县", Period(), folder / "list.html")
    held.close()
    first, _ = sorted(folder.glob("list_分页-*/*.html"))
    return {"report": folder / "report.html", "list": folder / "list.html", "page": first}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


@pytest.mark.parametrize("name", ["report", "list", pytest.param("page", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_it_is_read_with_ease_on_every_screen(
    name: str, width: int, scheme: str, reports: dict[str, Path], pictures: Path, browser: Browser
) -> None:
    with opened(browser, reports[name], width, scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.said == []  # type: ignore[attr-defined]
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF) == []
        found = Axe().run(page, options={"resultTypes": ["violations", "passes"]}).response
        assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found["violations"]] == []
        assert {"color-contrast", "heading-order", "document-title"} <= {rule["id"] for rule in found["passes"]}


CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || e.closest('svg') || style.clipPath != 'none' || e.closest('thead')) return false;
    return box.right > innerWidth + 1 || box.left < -1 || (style.overflow != 'visible' && e.scrollWidth > e.clientWidth + 1);
}).map(e => e.outerHTML.slice(0, 120))"""


def test_on_paper_every_page_has_its_head_and_nothing_folded_is_missing(
    reports: dict[str, Path], pictures: Path, browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, reports["report"], 1280, "dark") as page:
        folded = page.eval_on_selector_all("details .strips td", "cells => cells.map(cell => cell.innerText)")
        page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    with pypdfium2.PdfDocument(tmp_path / "report.pdf") as document:
        texts = []
        for number in range(len(document)):
            sheet = document[number]
            assert tuple(round(side) for side in sheet.get_size()) == A4
            text = sheet.get_textpage()
            texts.append(text.get_text_bounded())
            picture = sheet.render(scale=1.5)
            picture.to_pil().save(pictures / f"paper-{number + 1:02}.png")
            assert picture.to_numpy()[0, 0].min() == 255, "paper stays white though the screen is dark"
            text.close()
            sheet.close()
    assert all("网络版权巡查线索报告" in text and "某镇版权工作站" in text for text in texts)
    assert [f"共 {len(texts)} 页" in text for text in texts] == [True] * len(texts)
    said = "".join("".join(texts).split())
    assert "林深回过头" in said and "终于在潮湿的风里灭了" in said
    assert folded


def test_the_four_marks_are_told_apart_without_colour(reports: dict[str, Path], browser: Browser) -> None:
    looks = """mark => { const s = getComputedStyle(mark);
        return [s.textDecorationLine, s.textDecorationStyle, s.borderTopStyle, s.fontWeight].join(' ') }"""
    with opened(browser, reports["report"]) as page:
        page.emulate_media(media="print")
        seen = {
            kind: page.locator(f".legend mark.{kind}").first.evaluate(looks)
            for kind in ("same", "replaced", "renamed", "disguised")
        }
        unmarked = page.locator(".strips td bdi").first.evaluate(looks)
    assert len({*seen.values(), unmarked}) == 5


def test_a_sentence_that_is_pointed_to_lights_up_on_both_sides(reports: dict[str, Path], browser: Browser) -> None:
    with opened(browser, reports["report"]) as page:
        row = page.locator(".strips tbody tr").nth(1)
        before = row.evaluate("row => getComputedStyle(row).outlineStyle")
        row.locator("a").click()
        assert page.url.endswith("#" + (row.get_attribute("id") or "?"))
        assert before == "none" and row.evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
        assert row.locator("td").count() == 2
        ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
        assert len(ids) == len(set(ids))
