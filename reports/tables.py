"""Tables: write leads and figures as Excel, CSV and JSON Lines.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from patrol import clock
from reports.data import moment
from reports.reproducible import frozen_archive

Value = str | int | float | datetime | None

MAX_CHARACTERS = 8_000
"""A cell of Excel holds 32,767; nobody reads that much in a cell."""

MOMENT = "yyyy-mm-dd hh:mm:ss"
"""How Excel shows a moment."""

PAGE_WIDTH = 150
"""Characters of Excel that a page of A4 across holds and a person can still read."""

_LIKE_CODES = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

_RISKY = tuple("=+-@\t\r\n＝＋－＠|%")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a name, heads and rows of plain values. Times are aware; texts are fit to be read. ``formats``: how
    Excel shows the numbers of each column, "" for as they are."""

    name: str
    keys: tuple[str, ...]
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Value, ...], ...]
    formats: tuple[str, ...] = ()


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
            sheet.append([_cell(sheet, value, form) for value, form in zip_longest(row, grid.formats, fillvalue="")])
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


def _cell(sheet: Any, value: Value, form: str = "", *, head: bool = False) -> Any:
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=None)
    if isinstance(value, datetime):
        cell.value = clock.in_beijing(value).replace(tzinfo=None)
        cell.number_format = MOMENT
    elif text:
        # In a workbook _x0041_ is an A: where a page has those very characters, they are kept apart (ECMA-376, ST_Xstring).
        cell.value = _LIKE_CODES.sub("_x005F_", str(value))
        cell.data_type = "s"  # never a formula: openpyxl takes "=…" for one
        cell.number_format = "@"
        cell.quotePrefix = str(value).lstrip(" ").startswith(_RISKY)
    else:
        cell.value = value
        cell.number_format = form or "General"
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
