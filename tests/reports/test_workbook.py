"""The ledger goes out as a workbook, is edited in Excel, and comes back: whole, or with every faulty cell named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from patrol.actor import Officer
from patrol.errors import InputError, InputProblems
from patrol.leads.facts import FactKey
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.statistics import figures
from patrol.vocabulary import LeadColumn, LeadStatus
from reports.data import Basis
from reports.html import Period, render
from reports.ledger import LEDGER, LEDGER_NAME
from reports.workbook import COLUMNS, EDITABLE, VERSION, write_ledger
from reports.workbook_in import Edit, read_ledger
from tests.leads.cases import Cases, days

pytestmark = pytest.mark.dates

LI = Officer("李四", "li")
OFFICE = Basis("某镇版权工作站", "", masked=False, platforms={"shop": "甲平台"})


@pytest.fixture
def book(cases: Cases, tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        cases.lead(f"http://shop.example.cn/{number}", title=f"夜航船 {number}")
    return export(cases, tmp_path / "台账.xlsx")


def export(cases: Cases, path: Path) -> Path:
    with cases.database.session() as session:
        write_ledger(session, lead_views(session, None, texts=False), path, OFFICE, ["版权主管部门", "公安机关"])
    return path


def edit(path: Path, row: int, **cells: Any) -> None:
    book = load_workbook(path)
    for head, value in cells.items():
        book[LEDGER_NAME].cell(row, COLUMNS.index(head) + 1).value = value
    book.save(path)


def take(cases: Cases, path: Path, **options: Any) -> list[Edit]:
    with cases.database.session() as session:
        return read_ledger(session, path, LI, now=days(2), **options)


def statuses(cases: Cases) -> list[LeadStatus]:
    with cases.database.session() as session:
        return [view.status for view in sorted(lead_views(session, None), key=lambda v: v.id)]


def test_an_edited_row_changes_its_lead_and_others_stay(cases: Cases, book: Path) -> None:
    edit(book, 3, 办理状态="已确认", 变更理由="与样书一致", 公共利益损害情形="面向不特定公众低价大量销售")
    (done,) = take(cases, book)
    assert str(done) == (
        "案线〔2026〕0002号  办理状态：待核查 → 已确认；"
        "公共利益损害情形：（空） → 面向不特定公众低价大量销售；变更理由：与样书一致"
    )
    assert statuses(cases) == [LeadStatus.NEW, LeadStatus.CONFIRMED, LeadStatus.NEW]
    with cases.database.session() as session:
        view = lead_view(session, None, "2")
    assert view is not None
    assert (view.events[-1].who, view.events[-1].account) == ("李四", "li")
    assert view.events[-1].reason == "与样书一致；公共利益损害情形：面向不特定公众低价大量销售"


def test_importing_the_same_file_again_changes_nothing(cases: Cases, book: Path) -> None:
    edit(book, 2, 办理状态="已确认", 变更理由="一致", 备注="先办")
    assert len(take(cases, book)) == 1
    edit(book, 2, 变更理由=None)
    assert take(cases, book) == []


def test_a_dry_run_says_what_it_would_do_and_does_nothing(cases: Cases, book: Path) -> None:
    edit(book, 2, 办理状态="核查中")
    assert len(take(cases, book, dry_run=True)) == 1
    assert statuses(cases)[0] is LeadStatus.NEW


def test_a_cell_that_somebody_else_changed_meanwhile_is_a_conflict_named_by_cell(cases: Cases, book: Path) -> None:
    with cases.database.session() as session:
        change_leads(
            session,
            find_leads(session, ["1"]),
            Change(LeadStatus.DISMISSED, reason="已获授权"),
            Officer("王五"),
            days(1),
        )
    edit(book, 2, 办理状态="已确认", 变更理由="一致")
    with pytest.raises(
        InputProblems, match=r"台账\.xlsx L2：导出之后，王五于 2026-03-03 09:00 已把“办理状态”改为“已排除”"
    ):
        take(cases, book)
    assert statuses(cases)[0] is LeadStatus.DISMISSED


def test_different_cells_of_one_lead_may_be_edited_by_two_people(cases: Cases, book: Path) -> None:
    with cases.database.session() as session:
        change = Change(LeadStatus.REVIEWING, {FactKey.DEPARTMENT: "公安机关"})
        change_leads(session, find_leads(session, ["1"]), change, Officer("王五"), days(1))
    edit(book, 2, 备注="与案线0002号并案")
    assert len(take(cases, book)) == 1
    with cases.database.session() as session:
        view = lead_view(session, None, "1")
    assert view is not None
    assert (view.status, view.department) == (LeadStatus.REVIEWING, "公安机关")


def test_a_new_sighting_by_the_program_is_no_conflict(cases: Cases, book: Path) -> None:
    cases.lead("http://shop.example.cn/1", at=days(1))
    edit(book, 2, 办理状态="核查中")
    assert len(take(cases, book)) == 1


def test_every_wrong_cell_is_named_and_nothing_is_taken_over(cases: Cases, book: Path) -> None:
    edit(book, 2, 办理状态="搞定")
    edit(book, 3, 办理状态="已排除")
    edit(book, 4, 备注="=1+1", 办理状态="核查中")
    with pytest.raises(InputProblems) as raised:
        take(cases, book)
    said = str(raised.value)
    assert "3 处要改，一条也没有导入" in said
    assert "L2：“搞定”不在可选范围内" in said
    assert "M3：改为“已排除”要写明理由" in said
    assert "S4：这一格是公式" in said
    assert statuses(cases) == [LeadStatus.NEW] * 3


def test_steps_that_are_not_allowed_are_named_with_what_is(cases: Cases, book: Path) -> None:
    edit(book, 2, 办理状态="已移送", 变更理由="数额大")
    with pytest.raises(InputProblems, match="L2：“待核查”的线索不能直接改为“已移送”。下一步可以是：核查中"):
        take(cases, book)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"编号": "案线〔2026〕0009号"}, "A2：没有编号为"),
        ({"编号": "案线〔2026〕0002号"}, "重复|版本列被改动过"),
        ({"版本": "999"}, "版本列被改动过"),
        ({"版本": "2"}, "版本列被改动过"),
        ({"版本": None}, "版本列被改动过"),
    ],
)
def test_rows_that_were_mixed_up_are_refused(cases: Cases, book: Path, cells: dict[str, Any], said: str) -> None:
    edit(book, 2, **cells)
    with pytest.raises(InputProblems, match=said):
        take(cases, book)


def test_rows_may_be_left_out_and_stand_in_any_order(cases: Cases, book: Path) -> None:
    sheet = load_workbook(book)
    sheet[LEDGER_NAME].delete_rows(2)
    sheet.save(book)
    edit(book, 3, 办理状态="核查中")
    take(cases, book)
    assert statuses(cases) == [LeadStatus.NEW, LeadStatus.NEW, LeadStatus.REVIEWING]


def test_nothing_that_a_page_wrote_becomes_a_formula_or_hides(cases: Cases, tmp_path: Path) -> None:
    attacks = ('=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "正\u202e反", "零\x01", "长" * 40_000)
    for number, words in enumerate(attacks):
        cases.lead(f"http://shop.example.cn/{number}", title=words, seller=words[:50])
    sheet = load_workbook(export(cases, tmp_path / "台账.xlsx"))[LEDGER_NAME]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert all(cell.data_type != "f" and not cell.hyperlink for cell in cells)
    assert all(cell.quotePrefix for cell in cells if isinstance(cell.value, str))
    shown = "".join(str(cell.value) for cell in cells)
    assert "正⟨202E⟩反" in shown
    assert take(cases, tmp_path / "台账.xlsx") == []


def test_both_ledgers_and_every_page_have_one_word_for_one_thing(cases: Cases, book: Path) -> None:
    assert [one.of for one in LEDGER] == list(LeadColumn), "each once, in the order of the list"
    told = {one.label for one in LeadColumn}
    assert set(COLUMNS) - set(EDITABLE) - {VERSION} < told
    assert {head for head in EDITABLE if head in told} == {"办理状态", "承办部门"}
    sheet = load_workbook(book)[LEDGER_NAME]
    row = dict(zip(COLUMNS, (cell.value for cell in sheet[2]), strict=True))
    assert (row["作品"], row["比对结果"], row["平台"]) == ("夜航船", "售卖线索", "甲平台"), "not the site's folder"
    assert row["发现时间"] == datetime(2026, 3, 2, 9, 0), "a moment that Excel can sort"
    with cases.database.session() as session:
        leads = lead_views(session, None)
        page = render("某站", "", Period(), leads, figures(session))
    heads = re.findall(r'<th scope="col">([^<]*)</th>', page[page.index('<table class="index">') :])[:6]
    assert heads == ["编号", "等级", "页面标题", "作品", "比对结果", "店铺或账号"]
    assert set(heads) < told
    assert not re.search("类别|卖家或账号|发布者|涉嫌作品", page)


def test_only_what_may_be_edited_is_open_and_only_allowed_steps_are_offered(book: Path) -> None:
    sheet = load_workbook(book)[LEDGER_NAME]
    assert sheet.protection.sheet
    assert [COLUMNS[c.column - 1] for c in sheet[2] if not c.protection.locked] == list(EDITABLE)
    assert sheet.column_dimensions["T"].hidden
    first = sheet.data_validations.dataValidation[0]
    assert first.formula1 == '"待核查,核查中,已确认,已排除"'
    assert "L2:L4" in str(first.sqref)


@pytest.mark.parametrize("make", [lambda p: p.write_bytes(b"PK\x03\x04 not a workbook"), lambda p: p.write_text("x")])
def test_a_broken_file_is_refused_in_words(cases: Cases, tmp_path: Path, make: Callable[[Path], Any]) -> None:
    path = tmp_path / "坏.xlsx"
    make(path)
    with pytest.raises(InputError, match="已损坏"):
        take(cases, path)


def test_a_workbook_of_another_kind_is_told_apart(cases: Cases, book: Path) -> None:
    edit(book, 1, 编号="序号")
    with pytest.raises(InputError, match="第 1 行：缺少“编号”列"):
        take(cases, book)
