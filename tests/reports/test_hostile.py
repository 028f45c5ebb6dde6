"""Whatever strangers write, in every form of a report: nothing runs, nothing is asked for, nothing breaks the page.

A new form is one line in ``FORMS``: how it is written, and how what was written is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.orm import Session

from patrol.db.session import Database
from patrol.leads.queries import lead_views, period_figures
from reports import paged
from reports.html import Period, render, render_lead, write_report
from tests.reports.browsing import BROWSER, browsing, opened
from tests.reports.hostile import ATTACKS, plant


class Form(NamedTuple):
    name: str
    write: Callable[[Session, Path], Any]
    """Writes the report to the path."""
    look: Callable[[Path], None]
    """Raises where the file at the path is not as it must be."""


def _write_html(session: Session, path: Path) -> None:
    assert write_report(session, '某站"</style>', "<b>某县", Period(), path, masked=False) == len(ATTACKS)


def _look_at_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not set("\u202e\u202b\u2066\u200b\u00ad\x00\x1b\u2028\ufeff") & set(text)
    with browsing() as browser:
        for width, scheme in ((1280, "light"), (390, "dark")):
            with opened(browser, path, width, scheme) as page:
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.evaluate("window.owned") is None
                assert page.said == []  # type: ignore[attr-defined]
                strange = "main :is(script, img, iframe, style, object, embed, form, video, base, meta, link, math)"
                assert page.locator(strange).count() == 0
                assert page.locator("script").count() == page.locator("#find").count()
                hrefs = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
                assert all(href.startswith(path.parent.as_uri()) for href in hrefs)
                outside = "e => [...e.attributes].map(a => a.name).filter(n => n.startsWith('on')).length"
                assert sum(page.eval_on_selector_all("*", f"all => all.map({outside})")) == 0


FORMS = (Form("html", _write_html, _look_at_html),)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_nothing_a_stranger_wrote_runs_or_breaks_the_page(form: Form, database: Database, tmp_path: Path) -> None:
    assert len(ATTACKS) >= 60
    with database.session() as session:
        plant(session)
    with database.session() as session:
        form.write(session, tmp_path / f"报告.{form.name}")
    form.look(tmp_path / f"报告.{form.name}")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_nothing_a_stranger_wrote_runs_in_a_report_of_many_pages(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.html.ONE_FILE", 10)
    monkeypatch.setattr(paged, "A_PAGE", 60)
    with database.session() as session:
        plant(session)
    with database.session() as session:
        _write_html(session, tmp_path / "报告.html")
    _look_at_html(tmp_path / "报告.html")
    first, *_ = sorted(tmp_path.glob("报告_分页-*/*.html"))
    text = first.read_text(encoding="utf-8")
    assert "<script" not in text and "script-src 'none'" in text


def test_what_cannot_be_stored_is_shown_by_its_code_all_the_same(database: Database) -> None:
    with database.session() as session:
        plant(session)
    with database.session() as session:
        leads = lead_views(session)
        figures = period_figures(session)
    text = render_lead("某站", "", type(leads[0])(**{**_fields(leads[0]), "title": "前\x00后\ud83d\u202e"}))
    assert "前⟨0000⟩后⟨D83D⟩⟨202E⟩" in text
    text.encode("utf-8")
    assert render("某站", "", Period(), leads[:1], figures).count("<html") == 1


def _fields(view: Any) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__dataclass_fields__}


def test_a_page_that_writes_the_digests_place_does_not_get_it(database: Database, tmp_path: Path) -> None:
    with database.session() as session:
        plant(session)
    with database.session() as session:
        _write_html(session, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "@@DIGEST@@" in text[: text.index("<footer>")]
    digest = text[text.rindex('<span class="digest">') + 21 :][:64]
    from reports.layout import digest_of

    assert digest_of("@@DIGEST@@".join(text.rsplit(digest, 1))) == digest
