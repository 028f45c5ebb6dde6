"""Tables of leads: write leads and figures as Excel, CSV and JSON Lines, by one list of columns for all.

No cell is ever a formula: what was crawled may begin with = + - @ (also full-width), and a spreadsheet would run it.
In Excel such a cell is text with a quote prefix; in CSV it gets an apostrophe before it (as OWASP advises). JSON Lines
keep every character as it is.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from patrol import clock
from patrol.leads.views import LeadView
from reports.data import Basis, moment
from reports.html import plain
from reports.reproducible import frozen_archive

Value = str | int | float | datetime | None

MAX_CHARACTERS = 8_000
"""A cell of Excel holds 32,767; nobody reads that much in a cell."""

PAGE_WIDTH = 150
"""Characters of Excel that a page of A4 across holds and a person can still read."""

_LIKE_CODES = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

_RISKY = tuple("=+-@\t\r\n＝＋－＠|%")


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` in JSON Lines, ``head`` above the column; ``width`` in characters of Excel."""

    key: str
    head: str
    width: float
    read: Callable[[LeadView, Basis], Value]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a name, heads and rows of plain values. Times are aware; texts are fit to be read."""

    name: str
    keys: tuple[str, ...]
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Value, ...], ...]


def _extracted(name: str) -> Callable[[LeadView, Basis], Value]:
    def read(lead: LeadView, basis: Basis) -> Value:
        value = lead.captures[-1].extracted.get(name) if lead.captures else None
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            return basis.said(value)
        return int(number) if number.is_integer() else number

    return read


def _work(name: str) -> Callable[[LeadView, Basis], Value]:
    return lambda lead, basis: basis.said(getattr(lead.work, name)) if lead.work else None


LEDGER: tuple[Column, ...] = (
    Column("number", "编号", 20, lambda lead, basis: lead.number),
    Column("grade", "等级", 8, lambda lead, basis: lead.grade.label),
    Column("score", "得分", 8, lambda lead, basis: round(lead.score, 2)),
    Column("status", "办理状态", 10, lambda lead, basis: lead.status.label),
    Column("field", "领域", 12, lambda lead, basis: lead.field.label),
    Column("kind", "比对结果", 12, lambda lead, basis: lead.kind.label),
    Column("work", "涉嫌侵权作品", 24, lambda lead, basis: basis.work(lead.work.title, MAX_CHARACTERS) if lead.work else None),
    Column("holder", "权利人", 20, _work("holder")),
    Column("registration", "登记号", 24, _work("registration")),
    Column("title", "页面标题", 40, lambda lead, basis: basis.title(lead.title, MAX_CHARACTERS)),
    Column("url", "网址", 44, lambda lead, basis: "" if lead.url.startswith("urn:import:") else plain(lead.url)),
    Column("platform", "平台", 16, lambda lead, basis: basis.said(basis.platform(lead.site))),
    Column("seller", "店铺或账号", 20, lambda lead, basis: basis.said(lead.seller)),
    Column("seller_url", "店铺或账号主页", 36, lambda lead, basis: plain(lead.seller_url)),
    Column("price", "标价（元）", 11, _extracted("price")),
    Column("sales", "页面所示销量", 13, _extracted("sales")),
    Column("views", "页面所示浏览量", 14, _extracted("views")),
    Column("probability", "比对把握", 10, lambda lead, basis: _best(lead)),
    Column("reasons", "主要依据", 60, lambda lead, basis: basis.said("；".join(s.words for s in lead.signals[:5]))),
    Column("found_at", "发现时间", 20, lambda lead, basis: lead.found_at),
    Column("captured_at", "最近取证时间", 20, lambda lead, basis: lead.captures[-1].fetched_at if lead.captures else None),
    Column("captures", "取证份数", 10, lambda lead, basis: len(lead.captures)),
    Column("sha256", "最近取证记录 SHA-256", 68, lambda lead, basis: lead.captures[-1].record_sha256 if lead.captures else ""),
    Column("department", "建议承办部门", 18, lambda lead, basis: lead.department),
    Column("campaign", "专项行动", 20, lambda lead, basis: basis.said(lead.campaign)),
    Column("last_event", "最近办理", 40, lambda lead, basis: _last_event(lead, basis)),
)  # fmt: skip


def _best(lead: LeadView) -> float | None:
    return round(max(match.probability for match in lead.matches), 4) if lead.matches else None


def _last_event(lead: LeadView, basis: Basis) -> str:
    if not lead.events:
        return ""
    event = lead.events[-1]
    return basis.said(f"{moment(event.at)} {event.who} {event.status.label} {event.reason}".strip())


def ledger(leads: Sequence[LeadView], basis: Basis) -> Grid:
    """Make the ledger of leads (线索台账): one row a lead, in the order given."""
    return Grid(
        name="线索台账",
        keys=tuple(column.key for column in LEDGER),
        heads=tuple(column.head for column in LEDGER),
        widths=tuple(column.width for column in LEDGER),
        rows=tuple(tuple(_cut(column.read(lead, basis)) for column in LEDGER) for lead in leads),
    )


def _cut(value: Value) -> Value:
    """Whole numbers without a point, so that they read the same in each form; texts without characters that hide or that
    no workbook takes, endless ones cut, and said so."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    value = plain(value) if isinstance(value, str) else value
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return value[:MAX_CHARACTERS] + f"……（共 {len(value)} 字）"
    return value


# -- Excel -----------------------------------------------------------------------------------------------------------

_INK, _LINE = "1D1F23", Side(style="thin", color="C9CAC4")
_HEAD_FONT = Font(name="黑体", size=11, bold=True, color=_INK)
_BODY_FONT = Font(name="仿宋", size=11, color=_INK)
_HEAD_FILL = PatternFill("solid", fgColor="EFEDE4")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD_PLACE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TEXT_PLACE = Alignment(vertical="top", wrap_text=True)
_NUMBER_PLACE = Alignment(vertical="top", horizontal="right")


def xlsx(grids: Sequence[Grid], origin: Sequence[tuple[str, str]], *, at: datetime | None = None) -> bytes:
    """Write a workbook: each grid a sheet (heads stay in view, filters on, prints on A4 across), then what it was made
    from."""
    book = Workbook(write_only=True)
    for grid in grids:
        sheet = book.create_sheet(grid.name)
        sheet.freeze_panes = "B2" if len(grid.heads) > 6 else "A2"
        for number, width in enumerate(grid.widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(grid.heads))}{len(grid.rows) + 1}"
        _print_setup(sheet, grid.widths)
        sheet.append([_cell(sheet, head, head=True) for head in grid.heads])
        for row in grid.rows:
            sheet.append([_cell(sheet, value) for value in row])
    about = book.create_sheet("说明")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 22, 90
    _print_setup(about, (22, 90))
    for row in origin:
        about.append([_cell(about, row[0], head=True), _cell(about, row[1])])
    out = io.BytesIO()
    book.save(out)
    return frozen_archive(out.getvalue(), at)


def _print_setup(sheet: Any, widths: Sequence[float]) -> None:
    """On A4 across, as many pages side by side as the columns want; the heads and the first column come again."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth = max(1, math.ceil(sum(widths) / PAGE_WIDTH))
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _cell(sheet: Any, value: Value, *, head: bool = False) -> Any:
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=None)
    if isinstance(value, datetime):
        cell.value = clock.in_beijing(value).replace(tzinfo=None)
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
    elif text:
        # In a workbook _x0041_ is an A: where a page has those very characters, they are kept apart (ECMA-376, ST_Xstring).
        cell.value = _LIKE_CODES.sub("_x005F_", str(value))
        cell.data_type = "s"  # never a formula: openpyxl takes "=…" for one
        cell.number_format = "@"
        cell.quotePrefix = str(value).lstrip(" ").startswith(_RISKY)
    else:
        cell.value = value
    cell.font, cell.border = (_HEAD_FONT if head else _BODY_FONT), _BORDER
    cell.alignment = _HEAD_PLACE if head else _TEXT_PLACE if text else _NUMBER_PLACE
    if head:
        cell.fill = _HEAD_FILL
    return cell


# -- CSV and JSON Lines ----------------------------------------------------------------------------------------------


def csv_bytes(grid: Grid) -> bytes:
    """Write CSV as UTF-8 with a mark, so that Excel reads Chinese; lines end as Excel writes them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(grid.heads)
    writer.writerows([_csv_value(value) for value in row] for row in grid.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_value(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, str):
        return "'" + value if value.lstrip(" ").startswith(_RISKY) else value
    return f"{value}"


def jsonl_bytes(grids: Sequence[Grid], origin: Sequence[tuple[str, str]]) -> bytes:
    """Write one object a line: first what it was made from (``"record": "report"``), then each row of each grid."""
    return "".join(line + "\n" for line in _json_lines(grids, origin)).encode()


def _json_lines(grids: Iterable[Grid], origin: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield _json({"record": "report"} | dict(origin))
    for grid in grids:
        for row in grid.rows:
            yield _json({"record": grid.name} | dict(zip(grid.keys, row, strict=True)))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda at: clock.in_beijing(at).isoformat())
