"""Ledger workbook (台账): writes what officers edit and give back, one row a lead, what may be edited in yellow.

Cells are never formulas, whatever a page or a person wrote; the other cells are locked against slips (no password: it is
no safe). The hidden last column is the line of the journal that the row shows, so that ``workbook_in`` can tell what was
edited here from what somebody else changed meanwhile.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.clock import Period
from patrol.config import Workspace
from patrol.db.models import LeadEvent
from patrol.db.portions import portions
from patrol.errors import InputError
from patrol.files import replacing
from patrol.leads.facts import FactKey, Facts, facts_of
from patrol.leads.queries import lead_views
from patrol.leads.views import LeadFilter, LeadView
from patrol.leads.workflow import TRANSITIONS
from patrol.tables.policy import Policy
from patrol.vocabulary import LeadColumn, LeadStatus
from reports.data import Basis, basis
from reports.ledger import LEDGER_NAME, column
from reports.tables import MOMENT, Value

NUMBER, STATUS = LeadColumn.NUMBER.label, LeadColumn.STATUS.label
REASON, VERSION = "变更理由", "版本"
FACT_COLUMNS: Mapping[str, FactKey] = {
    key.label: key
    for key in (
        FactKey.DEPARTMENT,
        FactKey.HANDLER,
        FactKey.PUBLIC_INTEREST,
        FactKey.PROFIT,
        FactKey.SUSPICION,
        FactKey.NOTE,
    )
}
EDITABLE = (STATUS, REASON, *FACT_COLUMNS)
_SHOWN = tuple(
    map(
        column,
        (
            LeadColumn.NUMBER,
            LeadColumn.GRADE,
            LeadColumn.KIND,
            LeadColumn.FIELD,
            LeadColumn.WORK,
            LeadColumn.HOLDER,
            LeadColumn.TITLE,
            LeadColumn.URL,
            LeadColumn.SELLER,
            LeadColumn.PLATFORM,
            LeadColumn.FOUND_AT,
        ),
    )
)
COLUMNS = (*(one.of.label for one in _SHOWN), *EDITABLE, VERSION)
_WIDTHS = {one.of.label: one.width for one in _SHOWN} | {REASON: 30} | dict.fromkeys(FACT_COLUMNS, 24)
_MAX_CELL = 32_000
_BREAKING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_EDIT_FILL = PatternFill("solid", fgColor="FFF8DC")
_HEAD_FILL = PatternFill("solid", fgColor="D9E2EC")
_HEAD_EDIT_FILL = PatternFill("solid", fgColor="FFE08A")
_WRAP = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: where, and how many leads."""

    path: Path
    leads: int


def export_ledger(
    session: Session, workspace: Workspace, where: LeadFilter, path: Path, *, overwrite: bool = False
) -> Written:
    """Write the leads of ``where`` to ``path``, with the office's own departments to choose from.

    Raises InputError when the file stands there already (it may hold edits) or cannot be written.
    """
    if path.exists() and not overwrite:
        raise InputError(f"{path} 已存在，里面可能有还没导入的改动。要覆盖请加 --force")
    departments = [row.department for row in Policy.load(workspace.root).departments]
    return write_ledger(
        session,
        lead_views(session, workspace.root, where=where, texts=False),
        path,
        basis(workspace, Period(), where, masked=False),
        departments,
    )


def write_ledger(
    session: Session, views: Sequence[LeadView], path: Path, shown: Basis, departments: Sequence[str] = ()
) -> Written:
    """Write the leads to ``path`` (.xlsx), whole or not at all, as ``shown`` has them. ``departments``: offered in that
    column's list.

    Raises InputError when the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name}：台账只能存为 .xlsx 文件")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = LEDGER_NAME
    _head(sheet)
    ids = [view.id for view in views]
    facts, versions = facts_of(session, ids), versions_of(session, ids)
    for row, view in enumerate(views, 2):
        values = {one.of.label: one.read(view, shown) for one in _SHOWN}
        _row(sheet, row, values | _edited(view, facts[view.id], versions.get(view.id, 0)))
    _lists(sheet, views, departments)
    _look(sheet, len(views) + 1)
    _explain(book)
    try:
        with replacing(path) as file:
            book.save(file)
    except OSError as error:
        raise InputError(f"写不了 {path}：{error.strerror or error}。文件若在 Excel 里开着，请先关掉") from error
    return Written(path, len(views))


def versions_of(session: Session, lead_ids: Sequence[int]) -> dict[int, int]:
    """Return the newest line of each lead's journal."""
    found: dict[int, int] = {}
    for portion in portions(lead_ids):
        query = select(LeadEvent.lead_id, func.max(LeadEvent.id)).where(LeadEvent.lead_id.in_(portion))
        found.update((lead, newest) for lead, newest in session.execute(query.group_by(LeadEvent.lead_id)))
    return found


def cell_text(text: object) -> str:
    """Return what a cell shows of ``text``: control and direction-changing characters as codes, cut at Excel's limit."""
    shown = "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _BREAKING else f"⟨{ord(c):04X}⟩" for c in str(text)
    )
    return shown if len(shown) <= _MAX_CELL else shown[:_MAX_CELL] + "……（已截断）"


def _edited(view: LeadView, facts: Facts, version: int) -> dict[str, Value]:
    """What stands in the columns that may be edited, and in the hidden one."""
    return {
        STATUS: view.status.label,
        REASON: "",
        **{head: facts.text(key) for head, key in FACT_COLUMNS.items()},
        FactKey.DEPARTMENT.label: view.department,
        VERSION: str(version),
    }


def _head(sheet: Worksheet) -> None:
    for number, name in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, number, name)
        cell.font = Font(bold=True)
        cell.fill = _HEAD_EDIT_FILL if name in EDITABLE else _HEAD_FILL
        cell.alignment = _WRAP


def _row(sheet: Worksheet, row: int, values: Mapping[str, Value]) -> None:
    for number, name in enumerate(COLUMNS, 1):
        cell = sheet.cell(row, number)
        assert isinstance(cell, Cell)
        _write(cell, values[name])
        cell.alignment = _TOP if name == LeadColumn.URL.label else _WRAP
        if name in EDITABLE:
            cell.fill = _EDIT_FILL
            cell.protection = _UNLOCKED


_UNLOCKED = Protection(locked=False)


def _write(cell: Cell, value: Value) -> None:
    """A moment as Excel has it; else text and nothing else: a value that begins with = + - or @ stays words in Excel and
    in what is saved from it."""
    if isinstance(value, datetime):
        cell.value = clock.in_beijing(value).replace(tzinfo=None)
        cell.number_format = MOMENT
        return
    cell.value = cell_text("" if value is None else value) or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = True
    cell.number_format = "@"


def _lists(sheet: Worksheet, views: Sequence[LeadView], departments: Sequence[str]) -> None:
    """Only the steps that a lead may take are offered, so one list for each status."""
    letter = get_column_letter(COLUMNS.index(STATUS) + 1)
    for status in LeadStatus:
        rows = [row for row, view in enumerate(views, 2) if view.status is status]
        if not rows:
            continue
        words = ",".join(s.label for s in (status, *TRANSITIONS[status]))
        check = DataValidation("list", formula1=f'"{words}"', allow_blank=False, showErrorMessage=True)
        check.errorTitle, check.error = "办理状态", f"从“{status.label}”可以改为：{words.replace(',', '、')}"
        for first, last in _runs(rows):
            check.add(f"{letter}{first}:{letter}{last}")
        sheet.add_data_validation(check)
    named = ",".join(dict.fromkeys(name for name in departments if name and "," not in name))
    if named and views and len(named) < 250:
        letter = get_column_letter(COLUMNS.index(FactKey.DEPARTMENT.label) + 1)
        offered = DataValidation("list", formula1=f'"{named}"', allow_blank=True, showErrorMessage=False)
        offered.add(f"{letter}2:{letter}{len(views) + 1}")
        sheet.add_data_validation(offered)


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _look(sheet: Worksheet, last: int) -> None:
    for number, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 11)
    sheet.column_dimensions[get_column_letter(len(COLUMNS))].hidden = True
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS) - 1)}{last}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    guard = sheet.protection
    guard.sheet = True
    guard.formatColumns = guard.formatRows = guard.autoFilter = guard.sort = False


def _explain(book: Workbook) -> None:
    sheet = book.create_sheet("填写说明")
    lines = (
        "1. 只改黄色的列；其余列已锁定，改了也不会导入。",
        "2. “办理状态”从下拉列表里选；列表里只有这条线索此时可以改成的状态。",
        f"3. 改为已确认、已排除、未下架、已收反通知、已移送、已办结，或重新核查，要在“{REASON}”里写明理由。",
        f"4. 只想在办理记录里记一笔而不改状态，也写在“{REASON}”里。",
        "5. 可以删去不用改的行，也可以排序、筛选；隐藏的“版本”列请勿改动。",
        "6. 改好存盘后运行：patrol leads import-ledger 文件名 --by 姓名（加 --dry-run 只检查不保存）。",
        "7. 导出之后若有别人改了同一格，导入时会指出是哪一格，谁在什么时候改的；有一处不对，就一条也不导入。",
    )
    for row, line in enumerate(lines, 1):
        sheet.cell(row, 1, line)
    sheet.column_dimensions["A"].width = 100
