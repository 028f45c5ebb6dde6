"""Papers on screen and on paper: a filled Word file as one offline HTML file, and HTML as PDF by the Chromium at hand.

HTML is made from the filled Word file, not beside it: so the words are the same in all three forms, and what an office
changes in its Word template is in its PDF too. Carried over: text, fonts, sizes, bold, lines, colours, alignment,
indents, spacing, breaks, tables with merged cells, pictures in the line. Not carried over: lists that Word numbers by
itself, text boxes, notes; who needs them prints from Word.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from markupsafe import Markup, escape
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from patrol.errors import ConfigError
from reports.frozen import frozen_pdf

_FONTS = {
    "方正小标宋": '"方正小标宋简体", "FZXiaoBiaoSong-B05S", "华文中宋", "STZhongsong", "Noto Serif CJK SC", serif',
    "仿宋": '"仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "Noto Serif CJK SC", serif',
    "楷体": '"楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "Noto Serif CJK SC", serif',
    "黑体": '"黑体", "SimHei", "Heiti SC", "Noto Sans CJK SC", sans-serif',
    "宋体": '"宋体", "SimSun", "Songti SC", "Noto Serif CJK SC", serif',
}
_HEAVY = {"方正小标宋"}  # its stand-ins are lighter than it
_ALIGN = {
    WD_ALIGN_PARAGRAPH.CENTER: "center",
    WD_ALIGN_PARAGRAPH.RIGHT: "right",
    WD_ALIGN_PARAGRAPH.LEFT: "left",
}
_LINES = {"single": "solid", "double": "double", "dotted": "dotted", "dash": "dashed", "wave": "wavy"}
_PICTURES = {"image/png", "image/jpeg", "image/gif"}
_TWIPS_PER_MM = 1440 / 25.4
_EMU_PER_MM = 36000
PATIENCE = 300_000
"""Milliseconds that a paper may take to be laid out."""


def as_html(paper: bytes, title: str) -> str:
    """One filled Word file as HTML that loads nothing, runs nothing and prints as the Word file does."""
    word = docx.Document(BytesIO(paper))
    head = " ".join(p.text.strip() for p in word.sections[0].header.paragraphs if p.text.strip())
    css = (Path(__file__).with_name("templates") / "paper.css").read_text(encoding="utf-8")
    quoted = "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in head)
    body = "\n".join(_blocks(word))
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<style>{css}@page {{ @top-center {{ content: "{quoted}"; }} }}</style>\n'
        f"</head>\n<body>\n"
        + (f'<p class="draft">{escape(head)}</p>\n' if head else "")
        + f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


Print = Callable[[str, datetime | None], bytes]


@contextmanager
def printer(browser: Path | None) -> Iterator[Print]:
    """Chromium, up once for as many papers as there are: HTML and its moment in, PDF out. Scripts are off and nothing is
    loaded. Raises ConfigError when there is no browser, it does not come up, or it cannot print a paper.
    """
    if browser is None:
        raise ConfigError(
            "没有找到 Chromium 或 Chrome 浏览器，出不了 PDF。请安装后再试，或在 patrol.toml 的 [browser] 中写明，"
            "或改用 --form docx"
        )
    arguments = ["--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start for root
    with tempfile.TemporaryDirectory(prefix="patrol-print-") as folder:
        page_file = Path(folder) / "paper.html"
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=str(browser), args=arguments)
                try:
                    page = chromium.new_context(java_script_enabled=False, offline=True).new_page()

                    def printed(html: str, at: datetime | None) -> bytes:
                        page_file.write_text(html, encoding="utf-8")
                        page.goto(page_file.as_uri(), timeout=PATIENCE)
                        pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
                        return frozen_pdf(pdf, at)

                    yield printed
                finally:
                    chromium.close()
        except BrowserError as error:
            raise ConfigError(f"浏览器 {browser} 没能印出 PDF：{error.message.splitlines()[0]}") from error


# -- Word to HTML ----------------------------------------------------------------------------------------------------


def _blocks(container: Any) -> Iterator[str]:
    for block in container.iter_inner_content():
        yield _table(block) if isinstance(block, Table) else _paragraph(block)


def _paragraph(paragraph: Paragraph) -> str:
    said = "".join(map(str, _runs(paragraph)))
    level = _heading_level(paragraph)
    tag = f"h{level}" if level else "p"
    return f'<{tag} style="{escape(_paragraph_style(paragraph))}">{said or "&nbsp;"}</{tag}>'


def _heading_level(paragraph: Paragraph) -> int:
    """Titles are headings of the first rank, 黑体 lines of the second, 楷体 lines of the third: as screen readers go."""
    names = {_east_asian(run, paragraph) for run in paragraph.runs if run.text.strip()}
    if len(names) != 1:
        return 0
    in_body = paragraph._p.getparent().tag == qn("w:body")
    name = names.pop()
    ranks = (("方正小标宋", 1), ("黑体", 2), ("楷体", 3)) if in_body else ()
    return next((rank for start, rank in ranks if name.startswith(start)), 0)


def _paragraph_style(paragraph: Paragraph) -> str:
    def first(read: Callable[[Any], Any]) -> Any:
        return _first(read(one.paragraph_format) for one in (paragraph, *_styles(paragraph.style)))

    rules = []
    align = first(lambda shape: shape.alignment)
    if align in _ALIGN:
        rules.append(f"text-align:{_ALIGN[align]}")
    for name, read in (
        ("text-indent", lambda shape: shape.first_line_indent),
        ("padding-left", lambda shape: shape.left_indent),
        ("padding-right", lambda shape: shape.right_indent),
        ("margin-top", lambda shape: shape.space_before),
        ("margin-bottom", lambda shape: shape.space_after),
    ):
        length = first(read)
        if length:
            rules.append(f"{name}:{length.pt:g}pt")
    spacing = first(lambda shape: shape.line_spacing)
    if spacing is not None:
        # An exact height would cut tall glyphs of stand-in fonts in print; CSS lets them reach over the line.
        rules.append(f"line-height:{spacing:g}" if isinstance(spacing, float) else f"line-height:{spacing.pt:g}pt")
    if first(lambda shape: shape.page_break_before):
        rules.append("break-before:page")
    if first(lambda shape: shape.keep_with_next):
        rules.append("break-after:avoid")
    rule = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:pBdr')}/{qn('w:bottom')}")
    if rule is not None:
        width = _number(rule.get(qn("w:sz")), 8) / 8
        rules.append(f"border-bottom:{width:g}pt solid {_colour(rule.get(qn('w:color')))}")
    return ";".join(rules)


def _runs(paragraph: Paragraph) -> Iterator[Markup]:
    for run in paragraph.runs:
        inside = Markup("").join(_pieces(run))
        if inside:
            yield Markup('<span style="{}">{}</span>').format(_run_style(run, paragraph), inside)


def _pieces(run: Any) -> Iterator[Markup]:
    for piece in run._r:
        if piece.tag == qn("w:t"):
            yield escape(piece.text or "")
        elif piece.tag in (qn("w:br"), qn("w:cr")):
            new_page = piece.get(qn("w:type")) == "page"
            yield Markup('<br style="break-before:page">') if new_page else Markup("<br>")
        elif piece.tag == qn("w:tab"):
            yield Markup("&emsp;")
        elif piece.tag == qn("w:drawing"):
            yield from _pictures(run, piece)


def _pictures(run: Any, drawing: Any) -> Iterator[Markup]:
    size = next(drawing.iter(qn("wp:extent")), None)
    width = _number(size.get("cx") if size is not None else None, 30 * _EMU_PER_MM) / _EMU_PER_MM
    for blip in drawing.iter(qn("a:blip")):
        part = run.part.related_parts.get(blip.get(qn("r:embed")))
        if part is not None and part.content_type in _PICTURES:
            data = base64.b64encode(part.blob).decode()
            yield Markup('<img alt="" style="width:{}mm" src="data:{};base64,{}">').format(
                f"{width:.1f}", part.content_type, data
            )


def _run_style(run: Any, paragraph: Paragraph) -> str:
    def first(read: Callable[[Any], Any]) -> Any:
        return _first(read(one) for one in (run.font, *(style.font for style in _run_styles(run, paragraph))))

    rules = []
    name = _east_asian(run, paragraph)
    known = next((start for start in _FONTS if name.startswith(start)), None)
    if known or name:
        safe = re.sub(r"[^\w \-]", "", name)
        rules.append(f"font-family:Latin, {_FONTS[known] if known else f'{safe!r}, serif'}")
    if size := first(lambda font: font.size):
        rules.append(f"font-size:{size.pt:g}pt")
    if first(lambda font: font.bold) or known in _HEAVY:
        rules.append("font-weight:700")
    if first(lambda font: font.italic):
        rules.append("font-style:italic")
    mark = run._r.find(f"{qn('w:rPr')}/{qn('w:u')}")
    if mark is not None and mark.get(qn("w:val")) != "none":
        rules.append(
            f"text-decoration:underline {_LINES.get(mark.get(qn('w:val')), 'solid')};text-underline-offset:.2em"
        )
    colour = first(lambda font: font.color.rgb if font.color is not None else None)
    if colour is not None:
        rules.append(f"color:{_colour(str(colour))}")
    return ";".join(rules)


def _east_asian(run: Any, paragraph: Paragraph) -> str:
    """The font that Chinese characters of the run are set in; "" when no style says."""
    for owner in (run._r, *(style.element for style in _run_styles(run, paragraph))):
        fonts = owner.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
        name = fonts.get(qn("w:eastAsia")) if fonts is not None else None
        if name:
            return str(name)
    return ""


def _run_styles(run: Any, paragraph: Paragraph) -> Iterator[Any]:
    yield from _styles(run.style)
    yield from _styles(paragraph.style)


def _styles(style: Any) -> Iterator[Any]:
    while style is not None:
        yield style
        style = style.base_style


def _table(table: Table) -> str:
    widths = [_number(column.get(qn("w:w")), 0) / _TWIPS_PER_MM for column in table._tbl.tblGrid.iter(qn("w:gridCol"))]
    whole = sum(widths) or 1
    columns = "".join(f'<col style="width:{100 * width / whole:.2f}%">' for width in widths)
    grid = [[cell for row_cell in row._tr.tc_lst for cell in [row_cell] * row_cell.grid_span] for row in table.rows]
    rows = []
    for number, row in enumerate(table.rows):
        cells = []
        column = 0
        for cell in row._tr.tc_lst:
            at, column = column, column + cell.grid_span
            if cell.vMerge == "continue":
                continue
            tall = 1
            if cell.vMerge == "restart":
                below = (line[at].vMerge if at < len(line) else None for line in grid[number + 1 :])
                tall += next((n for n, merge in enumerate(below) if merge != "continue"), len(grid) - number - 1)
            spans = "".join(
                f' {name}="{count}"' for name, count in (("colspan", cell.grid_span), ("rowspan", tall)) if count > 1
            )
            cells.append(f"<td{spans}>{''.join(_blocks(_Cell(cell, table)))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><colgroup>{columns}</colgroup>\n" + "\n".join(rows) + "\n</table>"


def _first(values: Iterator[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text is not None else otherwise
    except ValueError:
        return otherwise


def _colour(text: str | None) -> str:
    return f"#{text}" if text and re.fullmatch(r"[0-9A-Fa-f]{6}", text) else "#000"
