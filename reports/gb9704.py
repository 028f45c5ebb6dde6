"""Official layout (公文, GB/T 9704): lays out Word templates, one class, one method a kind of line.

After GB/T 9704-2012 (党政机关公文格式): A4, margins 37 mm above, 35 below, 28 left, 26 right; titles in 小标宋 of 二号
(22 pt); text in 仿宋 of 三号 (16 pt) on lines of 28 pt; headings in 黑体 and 楷体 of 三号; page numbers in 宋体 of 四号
(14 pt) between dashes, outside: right on odd pages, left on even ones. What is written may hold Jinja tags (docxtpl).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from patrol.files import replace_file
from reports.reproducible import frozen_archive

FANGSONG, HEITI, KAITI, SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
TITLE = "方正小标宋简体"
RED = RGBColor(0xB3, 0x26, 0x1E)
GREY = RGBColor(0x59, 0x59, 0x59)
BLANK = "＿＿＿＿＿＿"
YEARS = "〔　　〕　　号"
_ALIGNMENTS = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT, "left": WD_ALIGN_PARAGRAPH.LEFT}


class Paper:
    """A Word document in the making. ``{{ draft }}`` stands in the head of every page and is mostly empty."""

    def __init__(self) -> None:
        self._word = docx.Document()
        properties = self._word.core_properties
        properties.author, properties.title, properties.comments = "", "", ""
        section = self._word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.header_distance, section.footer_distance = Mm(20), Mm(25)
        style = self._word.styles["Normal"]
        _font(style, FANGSONG, 16)
        style.paragraph_format.space_after = Pt(0)
        settings: Any = self._word.settings
        settings.odd_and_even_pages_header_footer = True
        for header in (section.header, section.even_page_header):
            mark = header.paragraphs[0]
            mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _run(mark, "{{ draft }}", HEITI, 16).font.color.rgb = RED
        for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
            line = footer.paragraphs[0]
            line.alignment = _ALIGNMENTS[side]
            line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
            _run(line, "— ", SONG, 14)
            _field(_run(line, "", SONG, 14), "PAGE")
            _run(line, " —", SONG, 14)

    def save(self, path: Path) -> None:
        """Write the template; the same words make the same bytes."""
        whole = io.BytesIO()
        self._word.save(whole)
        replace_file(path, frozen_archive(whole.getvalue()))

    # -- lines -------------------------------------------------------------------------------------------------------

    def title(self, text: str, *, new_page: bool = False) -> None:
        paragraph = self._paragraph(36, align="center")
        paragraph.paragraph_format.space_after = Pt(14)
        if new_page:
            paragraph.paragraph_format.page_break_before = True
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, TITLE, 22)

    def letterhead(self, office: str, name: str, number: str) -> None:
        """Set the office, the document's name, its number on the right, and the rule of red under them."""
        paragraph = self._paragraph(40, align="center")
        run = _run(paragraph, office, TITLE, 26)
        run.font.color.rgb = RED
        self.title(name)
        line = self._paragraph(28, align="right")
        line.paragraph_format.space_after = Pt(12)
        _run(line, number)
        _rule_below(line)

    def heading(self, text: str, *, new_page: bool = False) -> None:
        paragraph = self._paragraph(28, indent=32)
        if new_page:
            paragraph.paragraph_format.page_break_before = True
        paragraph.paragraph_format.space_before = Pt(10)
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, HEITI)

    def subheading(self, text: str) -> None:
        paragraph = self._paragraph(28, indent=32)
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, KAITI)

    def text(
        self, text: str, *, align: str = "", indent: bool = True, size: float = 16, line: float = 28, keep: bool = False
    ) -> None:
        """Set a paragraph; ``keep``: it introduces what follows and stays on its page."""
        paragraph = self._paragraph(line, align=align, indent=2 * size if indent else 0)
        if keep:
            paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, FANGSONG, size)

    def note(self, text: str) -> None:
        """Set small print: what a form says about itself."""
        self.text(text, size=12, line=20)

    def colophon(self, text: str = "{{ colophon }}") -> None:
        """Set what the paper was made from, in the smallest print, at the very end."""
        self._word.paragraphs[-1].paragraph_format.keep_with_next = True  # never alone on a page
        paragraph = self._paragraph(14, align="left")
        paragraph.paragraph_format.space_before = Pt(16)
        _run(paragraph, text, SONG, 9).font.color.rgb = GREY

    def signatures(self, people: Sequence[tuple[str, int]]) -> None:
        self.text("", indent=False)
        for who, count in people:
            for _ in range(count):
                paragraph = self._paragraph(34, indent=32)
                paragraph.paragraph_format.keep_with_next = True
                _run(paragraph, f"{who}：{BLANK}　　年　　月　　日")

    def seal(self, office: str, *, word: str = "（印章）") -> None:
        """Set who issues the paper, and the day, which is written in by hand: both stand to the right, kept together."""
        self.text("", indent=False)
        for text, keep in ((office, True), (word, True), ("　　年　　月　　日", False)):
            paragraph = self._paragraph(28, align="right")
            paragraph.paragraph_format.right_indent = Pt(64)
            paragraph.paragraph_format.keep_with_next = keep
            _run(paragraph, text)

    # -- tags --------------------------------------------------------------------------------------------------------

    def loop(self, name: str, of: str) -> None:
        self._tag(f"for {name} in {of}")

    def end(self) -> None:
        self._tag("endfor")

    def when(self, condition: str) -> None:
        self._tag(f"if {condition}")

    def end_when(self) -> None:
        self._tag("endif")

    def _tag(self, words: str) -> None:
        self._word.add_paragraph(f"{{%p {words} %}}")

    # -- tables ------------------------------------------------------------------------------------------------------

    def rows(self, rows: Sequence[tuple[str, str]], *, widths: tuple[int, int] = (34, 122)) -> None:
        """Set a form: names on the left, what is filled in on the right."""
        table = self._table(widths)
        for name, value in rows:
            cells = table.add_row().cells
            _cell(cells[0], name, HEITI, size=12)
            _cell(cells[1], value)
        _widths(table, widths)

    def listed(self, name: str, of: str, head: Sequence[str], row: Sequence[str], widths: Sequence[int]) -> None:
        """Set a table with a head and one row per member of ``of``.

        A row is never divided by a page's end, so that a digest can be read off. The head does not come again on each
        page: LibreOffice 7.4 loses rows where both are asked for.
        """
        table = self._table(widths)
        _head(table, head)
        _cell(table.add_row().cells[0], f"{{%tr for {name} in {of} %}}")
        cells = table.add_row()
        for cell, text in zip(cells.cells, row, strict=True):
            _cell(cell, text, size=9 if "digest" in text or "sha256" in text else 11)
        cells._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _cell(table.add_row().cells[0], "{%tr endfor %}")
        _widths(table, widths)

    def fixed_rows(self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        """Set a table that is the same in every paper, or is filled in by hand."""
        table = self._table(widths)
        _head(table, head)
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                _cell(cell, text)
        _widths(table, widths)

    def _table(self, widths: Sequence[int]) -> Any:
        table = self._word.add_table(rows=0, cols=len(widths))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        return table

    def _paragraph(self, line: float, *, align: str = "", indent: float = 0) -> Any:
        paragraph = self._word.add_paragraph()
        _lines(paragraph, line)
        if align:
            paragraph.alignment = _ALIGNMENTS[align]
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(indent)
        return paragraph


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


def _rule_below(paragraph: Any) -> None:
    borders, rule = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", str(RED))):
        rule.set(qn(f"w:{key}"), value)
    borders.append(rule)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _lines(paragraph: Any, points: float) -> None:
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
    shape.space_before = shape.space_after = Pt(0)


def _widths(table: Any, widths: Sequence[int]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _head(table: Any, head: Sequence[str]) -> None:
    """The first row: names of columns, kept with the row after it."""
    for cell, text in zip(table.add_row().cells, head, strict=True):
        _cell(cell, text, HEITI, size=11)
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _cell(cell: Any, text: str, font: str = FANGSONG, size: float = 11) -> None:
    """Each line of ``text`` is a paragraph of its own."""
    for number, line in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        _lines(paragraph, 17)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        _run(paragraph, line, font, size)
