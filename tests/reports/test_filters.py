"""One filter for all forms of a report: the same leads and the same numbers, and a head that says what was left out."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import docx
import pypdfium2
import pytest
from openpyxl import load_workbook

from patrol.leads.views import LeadFilter
from patrol.vocabulary import Field, Grade, LeadStatus, MatchKind
from reports.html import Period
from reports.kinds import Form
from tests.reports.browsing import BROWSER

NUMBER = re.compile(r"案线〔2026〕\d{4}号")

FILTERS = {
    "等级 甲级": (LeadFilter(grades=(Grade.A,)), 2),
    "领域 剧本杀": (LeadFilter(fields=(Field.SCRIPT_GAME,)), 3),
    "状态 已移送": (LeadFilter(statuses=(LeadStatus.REFERRED,)), 1),
    "平台 shop": (LeadFilter(sites=("shop",)), 2),
    "比对结果 洗稿": (LeadFilter(kinds=(MatchKind.WASHED,)), 2),
    "等级 甲级；状态 已移送": (LeadFilter(grades=(Grade.A,), statuses=(LeadStatus.REFERRED,)), 1),
}


def _ledger(data: bytes) -> list[str]:
    return [row["编号"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))]


@pytest.mark.parametrize("said", FILTERS)
def test_all_forms_of_the_daily_report_have_the_same_leads_of_a_filter(office, said: str) -> None:
    _, maker = office
    where, count = FILTERS[said]
    numbers = _ledger(maker("daily", Form.CSV, where=where)[0].data)
    assert len(numbers) == count
    (made,) = maker("daily", Form.HTML, where=where)
    assert "线索报告_全部_" in made.name, "it does not take the place of the whole report"
    page = made.data.decode()
    assert f"收录范围：该期间发现、符合以下条件的线索（{said}）" in page
    assert f"<dt>疑似线索（条）</dt><dd>{count}</dd>" in page
    assert list(dict.fromkeys(NUMBER.findall(page))) == numbers
    assert _drawn(page, "线索按比对结果") == count
    (paper,) = maker("daily", Form.DOCX, where=where)
    text = "\n".join("".join(p.itertext()) for p in docx.Document(io.BytesIO(paper.data)).element.body)
    assert f"发现疑似线索 {count} 条" in text
    assert f"筛选条件：{said}" in text
    (book,) = maker("daily", Form.XLSX, where=where)
    assert [
        row[0] for row in load_workbook(io.BytesIO(book.data))["线索台账"].iter_rows(min_row=2, values_only=True)
    ] == numbers
    lines = [json.loads(line) for line in maker("daily", Form.JSONL, where=where)[0].data.decode().splitlines()]
    assert [line["number"] for line in lines if line["record"] == "线索台账"] == numbers
    assert lines[0]["筛选条件"] == said


def _drawn(page: str, title: str) -> int:
    table = re.search(f"<figcaption>{title}</figcaption>.*?</table>", page, re.S)
    assert table is not None
    return sum(int(count) for count in re.findall(r'<td class="number">(\d+)</td>', table[0]))


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_filter_holds_in_print(office) -> None:
    _, maker = office
    where, _ = FILTERS["等级 甲级"]
    (made,) = maker("daily", Form.PDF, where=where)
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made.data))
    assert "等级 甲级" in text
    assert set(NUMBER.findall(text)) == set(_ledger(maker("daily", Form.CSV, where=where)[0].data))


def test_a_filter_that_nothing_meets_says_so_rather_than_that_nothing_was_found(office) -> None:
    _, maker = office
    page = maker("daily", Form.HTML, where=LeadFilter(sites=("nowhere",)))[0].data.decode()
    assert "本期间没有符合条件的疑似线索" in page
    assert not NUMBER.search(page)


def test_a_campaign_s_daily_page_has_the_campaign_s_days(office) -> None:
    _, maker = office
    page = maker("daily", Form.HTML, campaign="剑网2026")[0].data.decode()
    assert "统计期间：2026年11月1日至2026年11月30日" in page
    assert "专项行动 剑网2026" in page
    numbers = _ledger(maker("daily", Form.CSV, campaign="剑网2026")[0].data)
    assert list(dict.fromkeys(NUMBER.findall(page))) == numbers
    early = Period(date(2026, 11, 1), date(2026, 11, 4))
    some = maker("daily", Form.HTML, campaign="剑网2026", period=early)[0].data.decode()
    assert "统计期间：2026年11月1日至2026年11月4日" in some, "days that were given go first"
    assert len(set(NUMBER.findall(some))) < len(numbers)
