"""A Word file on the page and in print: long rows go over a page's end, addresses over a line's."""

from __future__ import annotations

import io

import docx
import pypdfium2
import pytest

from reports.printing import as_html, printer
from tests.reports.browsing import BROWSER

ADDRESS = "http://127.0.0.1:8801/item/30266.html?from=list&pos=2&shop=%E5%AD%A6"


def _page(*cells: str, before: str = "") -> str:
    word = docx.Document()
    word.add_paragraph(before)
    row = word.add_table(1, len(cells)).rows[0]
    for cell, text in zip(row.cells, cells, strict=True):
        cell.text = text
    out = io.BytesIO()
    word.save(out)
    return as_html(out.getvalue(), "登记表")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_comparison_longer_than_a_page_does_not_leave_the_page_before_it_empty() -> None:
    with printer(BROWSER) as pdf:
        long = pypdfium2.PdfDocument(pdf(_page("潮水" * 900, "马灯" * 900, before="相似段落"), None).data)
    first = long[0].get_textpage().get_text_range()
    assert "相似段落" in first
    assert first.count("潮水") > 100


def test_a_short_row_stays_in_one_piece_and_a_long_one_need_not() -> None:
    assert '<tr class="long">' not in _page("潮水", "马灯")
    assert '<table class="short">' in _page("潮水", "马灯")
    assert '<tr class="long">' in _page("潮水" * 400, "马灯")
    assert '<table class="short">' not in _page("潮水" * 400, "马灯")


def test_an_address_may_go_over_a_line_s_end_and_stays_what_it_is() -> None:
    page = _page(f"网址 {ADDRESS}。<b> a.b/c", before="")
    assert "8801/<wbr>item/<wbr>" in page
    assert ADDRESS.replace("&", "&amp;") in page.replace("<wbr>", "")
    assert "&lt;b&gt; a.b/c" in page, "what is short is left as it is"
