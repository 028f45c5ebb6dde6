"""Answers to complaints: one table of all (CSV) and one letter a complainant (DOCX)."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from patrol.complaints.answers import AnswerLetter, AnswerRow, answer_letters
from patrol.sheets import plain_cell

TABLE = "投诉答复.csv"
_HEADS = (
    "投诉编号", "投诉日期", "投诉人", "作品", "网址", "办理情况", "说明", "线索编号", "取证时间", "取证摘要（SHA-256）", "待补材料",
)  # fmt: skip
_WIDTHS = (29, 27, 45, 55)
"""Of the letter's columns, in mm: together the 156 mm that the margins leave."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_answers(rows: Sequence[AnswerRow], folder: Path, office: str, today: date) -> list[Path]:
    """Write the table and the letters into ``folder``; their paths. Files of an earlier answer are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / TABLE
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADS)
        writer.writerows([plain_cell(cell) for cell in _cells(row)] for row in rows)
    written = [table]
    for number, letter in enumerate(answer_letters(rows), 1):
        path = folder / f"答复-{number:03d}-{_file_name(letter.complainant)}.docx"
        _letter(letter, office, today).save(str(path))
        written.append(path)
    return written


def _cells(row: AnswerRow) -> list[str]:
    return [
        row.number, row.filed.isoformat(), row.complainant, row.work, row.url, row.state.label, row.said,
        "、".join(row.leads), row.seen, row.sha256, "、".join(row.missing),
    ]  # fmt: skip


def _letter(letter: AnswerLetter, office: str, today: date) -> Any:
    """A letter in the layout of official documents (GB/T 9704-2012): title 22 pt, body 16 pt, A4 with its margins."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _paragraph(document, "关于投诉举报办理情况的答复", 22, "方正小标宋简体", centred=True)
    _paragraph(document, f"{letter.complainant}：", 16, first_line=False)
    counted = "，".join(f"{state.label} {count} 件" for state, count in letter.counts.items())
    _paragraph(document, f"你（单位）提交的投诉举报共 {len(letter.rows)} 件，办理情况为：{counted}。具体情况如下：", 16)
    table = document.add_table(rows=1, cols=4, style="Table Grid")
    for cell, head in zip(table.rows[0].cells, ("投诉编号", "作品", "网址", "办理情况"), strict=True):
        _fill(cell, head)
    for row in letter.rows:
        cells = table.add_row().cells
        leads = f"（{'、'.join(row.leads)}）" if row.leads else ""
        for cell, text in zip(cells, (row.number, row.work, row.url, f"{row.said}{leads}"), strict=True):
            _fill(cell, text)
    table.autofit = False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    missing = tuple(dict.fromkeys(item for row in letter.rows for item in row.missing))
    if missing:
        _paragraph(document, f"为便于办理，请补充：{'、'.join(missing)}。", 16)
    said = "以上为网络巡查和自动比对的结果，供核查参考，不构成侵权认定；是否侵权由执法人员依法核实后认定。"
    _paragraph(document, said, 16)
    for text in (office, f"{today.year}年{today.month}月{today.day}日"):
        _paragraph(document, text, 16, right=True)
    return document


def _paragraph(
    document: Any,
    text: str,
    size: int,
    font: str = "仿宋_GB2312",
    *,
    centred: bool = False,
    right: bool = False,
    first_line: bool = True,
) -> None:
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.line_spacing = Pt(28)
    layout.space_after = Pt(0)
    if centred or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT
    elif first_line:
        layout.first_line_indent = Pt(2 * size)
    _run(paragraph, text, size, font)


def _fill(cell: Any, text: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    _run(paragraph, text, 10.5, "仿宋_GB2312")


def _run(paragraph: Any, text: str, size: float, font: str) -> None:
    run = paragraph.add_run(_CONTROL.sub("", text))
    run.font.size = Pt(size)
    run.font.name = font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]", "_", name)[:40] or "投诉人"
