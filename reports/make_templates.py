"""Makes the Word templates of the evidence package: ``python -m reports.make_templates``.

The templates are ordinary Word files with Jinja tags (docxtpl): an office opens one in Word, changes words, fonts and
order, and saves its copy as ``templates/NAME`` in its workspace. They are made here so that what is in them can be read
and reviewed; the layout is that of official documents (GB/T 9704-2012): A4, margins 37/35/28/26 mm, titles in
小标宋 of 22 pt, text in 仿宋 of 16 pt on lines of 28 pt, headings in 黑体 and 楷体, page numbers — n — outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TEMPLATES = Path(__file__).with_name("templates")
FANGSONG, HEITI, KAITI, SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
TITLE = "方正小标宋简体"


def main() -> None:
    remote_record().save(str(TEMPLATES / "远程取证记录.docx"))
    examination().save(str(TEMPLATES / "电子数据审查说明.docx"))


def remote_record() -> Document:
    """远程取证记录: what was done, by whom, when, with what, step by step, and what came of it."""
    page = _page()
    _title(page, "远程取证记录")
    _text(page, "{{ region }}{{ office }}", align="center", indent=False)
    _rows(
        page,
        (
            ("线索编号", "{{ numbers }}"),
            ("案由", "{{ matter }}"),
            ("取证时间", "{{ began }} 至 {{ ended }}（北京时间）"),
            ("取证地点", "{{ place }}"),
            ("取证人员", "{{ officers }}"),
            ("审核人", "{{ reviewers }}"),
            ("审核情况", "{{ review_words }}"),
            ("取证对象", "{{ subjects }}"),
        ),
    )
    _heading(page, "一、取证环境")
    _loop(page, "s", "surroundings")
    _subheading(page, "（{{ loop.index|chinese }}）{{ s.title }}")
    _listed(page, "row", "s.rows", ("项目", "情况"), ("{{ row.name }}", "{{ row.value }}"), (38, 118))
    _text(page, "{{ s.said }}")
    _end(page)
    _heading(page, "二、取证方法")
    _text(page, "{{ method }}")
    _heading(page, "三、取证步骤")
    _text(page, "以下按时间先后逐项列明，时间为北京时间。")
    _loop(page, "step", "steps")
    _text(page, "{{ step.number }}．{{ step.words }}", size=14, line=24)
    _end(page)
    _heading(page, "四、取得的网页")
    _listed(
        page,
        "c",
        "captures",
        ("序号", "网页与取证情况", "SHA-256 摘要"),
        ("{{ c.number }}", "{{ c.words }}", "{{ c.digests }}"),
        (16, 72, 68),
    )
    _heading(page, "五、提取的电子数据")
    _text(page, "下列文件随本记录一并封存。本记录本身的摘要见封存文件夹中的摘要清单。")
    _listed(
        page,
        "f",
        "files",
        ("文件", "说明", "摘要"),
        ("{{ f.name }}", "{{ f.about }}", "SHA-256 {{ f.sha256 }}\nSM3 {{ f.sm3 }}"),
        (46, 30, 80),
    )
    _heading(page, "六、时间戳")
    _text(page, "{{ stamp_words }}")
    _loop(page, "line", "stamps")
    _text(page, "{{ line }}", size=14, line=24)
    _end(page)
    _heading(page, "七、本记录能证明和不能证明的事项")
    _loop(page, "line", "proofs")
    _text(page, "{{ line }}")
    _end(page)
    _signatures(page, (("取证人员（签名）", 2), ("审核人（签名）", 1), ("见证人（签名）", 1)))
    return page


def examination() -> Document:
    """电子数据审查说明: the six questions of 法释〔2018〕16号 art. 11, with our facts under each; and the custody."""
    page = _page()
    _title(page, "电子数据审查说明")
    _text(page, "{{ region }}{{ office }}", align="center", indent=False)
    _text(
        page,
        "依据《最高人民法院关于互联网法院审理案件若干问题的规定》（法释〔2018〕16号）第十一条所列审查事项，"
        "就线索 {{ numbers }} 的电子数据说明如下（条文请核对现行有效文本）。本说明只陈述事实，真实性由办案机关和人民法院审查认定。",
    )
    _loop(page, "q", "questions")
    _heading(page, "{{ loop.index|chinese }}、{{ q.title }}")
    _loop(page, "fact", "q.facts")
    _text(page, "{{ fact }}")
    _end(page)
    _end(page)
    _heading(page, "七、本证据能证明和不能证明的事项")
    _loop(page, "line", "proofs")
    _text(page, "{{ line }}")
    _end(page)
    _heading(page, "附：证据流转记录")
    _text(
        page,
        "每次查看、审核、导出、清理和显示完整个人信息，均在事前登记，核验在得出结果后登记，逐条相接，改动即可发现。下列为与本案有关的各条，完整记录见 evidence/custody.txt。",
    )
    _listed(
        page,
        "c",
        "custody",
        ("序号", "时间", "事项与原因", "经办", "本条摘要"),
        ("{{ c.number }}", "{{ c.at }}", "{{ c.words }}", "{{ c.who }}", "{{ c.digest }}"),
        (16, 26, 46, 30, 38),
    )
    _signatures(page, (("经办人（签名）", 2), ("审核人（签名）", 1)))
    return page


# -- layout --------------------------------------------------------------------------------------------------------------


def _page() -> Document:
    page = docx.Document()
    properties = page.core_properties
    properties.author, properties.title, properties.comments = "", "", ""
    properties.created = properties.modified = datetime(2026, 11, 25)
    section = page.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(20), Mm(25)
    style = page.styles["Normal"]
    _font(style, FANGSONG, 16)
    style.paragraph_format.space_after = Pt(0)
    settings: Any = page.settings
    settings.odd_and_even_pages_header_footer = True
    for header in (section.header, section.even_page_header):
        mark = header.paragraphs[0]
        mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(mark, "{{ draft }}", HEITI, 16).font.color.rgb = RGBColor(0xB3, 0x26, 0x1E)
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        line = footer.paragraphs[0]
        line.alignment = side
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
        _run(line, "— ", SONG, 14)
        _field(_run(line, "", SONG, 14), "PAGE")
        _run(line, " —", SONG, 14)
    return page


def _font(owner: Any, name: str, size: float) -> None:
    owner.font.size = Pt(size)
    owner.font.name = "Times New Roman"
    owner.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _run(paragraph: Any, text: str, font: str = FANGSONG, size: float = 16) -> Any:
    run = paragraph.add_run(text)
    _font(run, font, size)
    return run


def _field(run: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _lines(paragraph: Any, points: float) -> None:
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
    shape.space_before = shape.space_after = Pt(0)


def _title(page: Document, text: str) -> None:
    paragraph = page.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _lines(paragraph, 36)
    paragraph.paragraph_format.space_after = Pt(14)
    _run(paragraph, text, TITLE, 22)


def _heading(page: Document, text: str) -> None:
    paragraph = page.add_paragraph()
    _lines(paragraph, 28)
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.paragraph_format.keep_with_next = True
    _run(paragraph, text, HEITI)


def _subheading(page: Document, text: str) -> None:
    paragraph = page.add_paragraph()
    _lines(paragraph, 28)
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.paragraph_format.keep_with_next = True
    _run(paragraph, text, KAITI)


def _text(
    page: Document, text: str, *, align: str = "", indent: bool = True, size: float = 16, line: float = 28
) -> None:
    paragraph = page.add_paragraph()
    _lines(paragraph, line)
    if align == "center":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    _run(paragraph, text, FANGSONG, size)


def _loop(page: Document, name: str, of: str) -> None:
    page.add_paragraph(f"{{%p for {name} in {of} %}}")


def _end(page: Document) -> None:
    page.add_paragraph("{%p endfor %}")


def _rows(page: Document, rows: Sequence[tuple[str, str]]) -> None:
    table = _table(page, (34, 122))
    for name, value in rows:
        cells = table.add_row().cells
        _cell(cells[0], name, HEITI)
        _cell(cells[1], value)
    _widths(table, (34, 122))


def _listed(page: Document, name: str, of: str, head: Sequence[str], row: Sequence[str], widths: Sequence[int]) -> None:
    """A table with a head and one row per member of ``of``.

    A row is never divided by a page's end, so that a digest can be read off. The head does not come again on each page:
    LibreOffice 7.4 loses rows where both are asked for.
    """
    table = _table(page, widths)
    first = table.add_row()
    for cell, text in zip(first.cells, head, strict=True):
        _cell(cell, text, HEITI)
    _cell(table.add_row().cells[0], f"{{%tr for {name} in {of} %}}")
    cells = table.add_row()
    for cell, text in zip(cells.cells, row, strict=True):
        _cell(cell, text, size=9 if "digest" in text or "sha256" in text else 11)
    cells._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    _cell(table.add_row().cells[0], "{%tr endfor %}")
    _widths(table, widths)


def _table(page: Document, widths: Sequence[int]) -> Any:
    table = page.add_table(rows=0, cols=len(widths))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    return table


def _widths(table: Any, widths: Sequence[int]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _cell(cell: Any, text: str, font: str = FANGSONG, size: float = 11) -> None:
    paragraph = cell.paragraphs[0]
    _lines(paragraph, 17)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    _run(paragraph, text, font, 12 if font == HEITI else size)


def _signatures(page: Document, people: Sequence[tuple[str, int]]) -> None:
    _text(page, "", indent=False)
    for who, count in people:
        for _ in range(count):
            paragraph = page.add_paragraph()
            _lines(paragraph, 34)
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.first_line_indent = Pt(32)
            _run(paragraph, f"{who}：＿＿＿＿＿＿　　年　　月　　日")


if __name__ == "__main__":
    main()
