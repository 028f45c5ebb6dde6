"""Word to HTML: turns a filled Word file's body over: paragraphs, runs, tables, pictures, each with its look as CSS.

HTML is made from the filled Word file, not beside it: so the words are the same in all forms, and what an office changes
in its Word template is on its pages and in its PDF too. Carried over: text, fonts, sizes, bold, lines, colours, alignment,
indents, spacing, breaks, tables with merged cells, pictures. Not carried over: lists that Word numbers by itself, text
boxes, notes; who needs them prints from Word. Names of elements: ECMA-376, part 1, chapter 17.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docx.oxml.ns import qn
from markupsafe import Markup, escape

Css = dict[str, str]

_FONTS = {
    "方正小标宋": '"方正小标宋简体", "FZXiaoBiaoSong-B05S", "华文中宋", "STZhongsong", "Noto Serif CJK SC", serif',
    "仿宋": '"仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "Noto Serif CJK SC", serif',
    "楷体": '"楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "Noto Serif CJK SC", serif',
    "黑体": '"黑体", "SimHei", "Heiti SC", "Noto Sans CJK SC", sans-serif',
    "宋体": '"宋体", "SimSun", "Songti SC", "Noto Serif CJK SC", serif',
}
_RANKS = (("方正小标宋", "h1"), ("黑体", "h2"), ("楷体", "h3"))
_HEAVY = "方正小标宋"  # its stand-ins are lighter than it
_ALIGN = {"center": "center", "right": "right", "end": "right", "left": "left", "start": "left", "both": "justify"}
_LINES = {"single": "solid", "double": "double", "dotted": "dotted", "dash": "dashed", "wave": "wavy"}
_PICTURES = {"image/png", "image/jpeg", "image/gif"}
_OFF = {"0", "false", "off", "none"}
_EMU_PER_MM = 36000

SHORT_TABLE = 7
"""A table of so many rows is not divided by a page's end if it can be helped,"""
MAX_WHOLE = 600
"""nor is a row of so many characters; a longer one would leave the page before it empty."""

_ADDRESS = re.compile(r"[!-~]{24,}")
_JOINT = re.compile(r"(?<=[/?&=_.])")


class WordBody:
    """The body of one Word file (``docx.Document``). ``charts`` by the end of the heading that they stand below; those
    whose heading an office has taken out of its template come last, so that none is lost."""

    def __init__(self, word: Any, charts: Mapping[str, Markup] | None = None) -> None:
        self._word = word
        self._charts = dict(charts or {})
        styles = word.styles.element
        self._styles = {style.get(qn("w:styleId")): style for style in styles.iter(qn("w:style"))}
        self._usual = next(
            (
                key
                for key, style in self._styles.items()
                if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true")
            ),
            None,
        )
        self._looks: dict[str | None, tuple[Css, Css]] = {}

    def html(self) -> str:
        blocks = list(self._blocks(self._word.element.body, inside=False))
        return "\n".join([*blocks, *map(str, self._charts.values())])

    def _blocks(self, container: Any, *, inside: bool) -> Iterator[str]:
        for block in container:
            if block.tag == qn("w:p"):
                yield self._paragraph(block, inside=inside)
                if self._charts and not inside:
                    yield from self._charts_of(block)
            elif block.tag == qn("w:tbl"):
                yield self._table(block)
            elif block.tag == qn("w:sdt"):
                for content in block.iterchildren(qn("w:sdtContent")):
                    yield from self._blocks(content, inside=inside)

    def _charts_of(self, heading: Any) -> Iterator[str]:
        said = "".join(text.text or "" for text in heading.iter(qn("w:t"))).strip()
        for title in [title for title in self._charts if said.endswith(title)]:
            yield str(self._charts.pop(title))

    def _paragraph(self, paragraph: Any, *, inside: bool) -> str:
        properties = paragraph.find(qn("w:pPr"))
        shape, face = self._look(_value(properties, "w:pStyle") or self._usual)
        shape = shape | _shape(properties)
        runs, fonts = [], set()
        for run in paragraph.iter(qn("w:r")):
            said = Markup("").join(self._pieces(run))
            if not said:
                continue
            own = run.find(qn("w:rPr"))
            css = face | self._look(_value(own, "w:rStyle"))[1] | _face(own)
            runs.append(Markup('<span style="{}">{}</span>').format(_written(css), said))
            if said.strip():
                fonts.add(css.get("font", ""))
        tag = "p"
        if not inside and len(fonts) == 1:
            name = fonts.pop()
            # Titles, 黑体 and 楷体 lines are headings of three ranks: as readers of screens go by them.
            tag = next((rank for start, rank in _RANKS if name.startswith(start)), "p")
        return f'<{tag} style="{escape(_written(shape))}">{Markup("").join(runs) or "&nbsp;"}</{tag}>'

    def _look(self, style: str | None, depth: int = 0) -> tuple[Css, Css]:
        """Paragraph and run properties of a style, with all that it is based on."""
        if style not in self._looks:
            element = self._styles.get(style)
            if element is None or depth > 20:
                return {}, {}
            shape, face = self._look(_value(element, "w:basedOn"), depth + 1)
            self._looks[style] = (
                shape | _shape(element.find(qn("w:pPr"))),
                face | _face(element.find(qn("w:rPr"))),
            )
        return self._looks[style]

    def _pieces(self, run: Any) -> Iterator[Markup]:
        for piece in run:
            if piece.tag == qn("w:t"):
                yield _with_joints(piece.text or "")
            elif piece.tag in (qn("w:br"), qn("w:cr")):
                new_page = piece.get(qn("w:type")) == "page"
                yield Markup('<br style="break-before:page">') if new_page else Markup("<br>")
            elif piece.tag == qn("w:tab"):
                yield Markup("&emsp;")
            elif piece.tag == qn("w:drawing"):
                yield from self._drawn(piece)

    def _drawn(self, drawing: Any) -> Iterator[Markup]:
        size = next(drawing.iter(qn("wp:extent")), None)
        width = _number(size.get("cx") if size is not None else None, 30 * _EMU_PER_MM) / _EMU_PER_MM
        for blip in drawing.iter(qn("a:blip")):
            part = self._word.part.related_parts.get(blip.get(qn("r:embed")))
            if part is not None and part.content_type in _PICTURES:
                data = base64.b64encode(part.blob).decode()
                yield Markup('<img alt="" style="width:{}mm" src="data:{};base64,{}">').format(
                    f"{width:.1f}", part.content_type, data
                )

    def _table(self, table: Any) -> str:
        widths = [
            _number(column.get(qn("w:w")), 0) for column in table.iterfind(f"{qn('w:tblGrid')}/{qn('w:gridCol')}")
        ]
        whole = sum(widths) or 1
        columns = "".join(f'<col style="width:{100 * width / whole:.2f}%">' for width in widths)
        lines = list(table.iterchildren(qn("w:tr")))
        grid = [[cell for cell in row.iterchildren(qn("w:tc")) for _ in range(_span(cell))] for row in lines]
        # A first row that is kept with the next is a row of heads: it comes again on each page.
        heads = bool(lines) and lines[0].find(f".//{qn('w:pPr')}/{qn('w:keepNext')}") is not None
        rows = []
        for number, row in enumerate(lines):
            cells, at = [], 0
            for cell in row.iterchildren(qn("w:tc")):
                place, at = at, at + _span(cell)
                if _merge(cell) == "continue":
                    continue
                tall = 1
                if _merge(cell) == "restart":
                    below = [_merge(line[place]) if place < len(line) else "" for line in grid[number + 1 :]]
                    tall += next((n for n, merge in enumerate(below) if merge != "continue"), len(below))
                spans = f' colspan="{_span(cell)}"' * (_span(cell) > 1) + f' rowspan="{tall}"' * (tall > 1)
                tag = "th" if heads and number == 0 else "td"
                cells.append(f"<{tag}{spans}>{''.join(self._blocks(cell, inside=True))}</{tag}>")
            long = ' class="long"' if _length(row) > MAX_WHOLE else ""
            rows.append(f"<tr{long}>{''.join(cells)}</tr>")
        if heads:
            rows[0] = f"<thead>{rows[0]}</thead>"
        short = ' class="short"' if len(rows) <= SHORT_TABLE and _length(table) <= MAX_WHOLE else ""
        return f"<table{short}><colgroup>{columns}</colgroup>\n" + "\n".join(rows) + "\n</table>"


def _with_joints(text: str) -> Markup:
    """Where an address may be divided at a line's end, so that the line before it is not drawn apart."""
    said, at = Markup(""), 0
    for address in _ADDRESS.finditer(text):
        said += escape(text[at : address.start()])
        said += Markup("<wbr>").join(_JOINT.split(address[0]))
        at = address.end()
    return said + escape(text[at:])


def _length(part: Any) -> int:
    return sum(len(text.text or "") for text in part.iter(qn("w:t")))


def _shape(properties: Any) -> Css:
    """Of a paragraph: alignment, indents, spacing, breaks, the line below."""
    css: Css = {}
    if properties is None:
        return css
    if (align := _value(properties, "w:jc")) in _ALIGN:
        css["text-align"] = _ALIGN[align]
    indent = properties.find(qn("w:ind"))
    if indent is not None:
        for name, keys in (
            ("text-indent", ("firstLine",)),
            ("padding-left", ("left", "start")),
            ("padding-right", ("right", "end")),
        ):
            for key in keys:
                if (twips := indent.get(qn(f"w:{key}"))) is not None:
                    css[name] = f"{_number(twips, 0) / 20:g}pt"
        if (hanging := indent.get(qn("w:hanging"))) is not None:
            css["text-indent"] = f"{-_number(hanging, 0) / 20:g}pt"
    spacing = properties.find(qn("w:spacing"))
    if spacing is not None:
        for name, key in (("margin-top", "before"), ("margin-bottom", "after")):
            if (twips := spacing.get(qn(f"w:{key}"))) is not None:
                css[name] = f"{_number(twips, 0) / 20:g}pt"
        if (line := spacing.get(qn("w:line"))) is not None:
            exact = spacing.get(qn("w:lineRule")) in ("exact", "atLeast")
            css["line-height"] = f"{_number(line, 560) / 20:g}pt" if exact else f"{_number(line, 240) / 240:g}"
    for name, key, value in (("break-before", "w:pageBreakBefore", "page"), ("break-after", "w:keepNext", "avoid")):
        if (on := _switch(properties, key)) is not None:
            css[name] = value if on else "auto"
    rule = properties.find(f"{qn('w:pBdr')}/{qn('w:bottom')}")
    if rule is not None:
        css["border-bottom"] = f"{_number(rule.get(qn('w:sz')), 8) / 8:g}pt solid {_colour(rule.get(qn('w:color')))}"
    return css


def _face(properties: Any) -> Css:
    """Of a run: font of Chinese characters (also by its name, as ``font``), size, weight, slant, line, colour."""
    css: Css = {}
    if properties is None:
        return css
    fonts = properties.find(qn("w:rFonts"))
    if fonts is not None and (name := fonts.get(qn("w:eastAsia"))):
        safe = re.sub(r"[^\w \-]", "", name)
        known = next((start for start in _FONTS if safe.startswith(start)), None)
        css |= {"font": safe, "font-family": f"Latin, {_FONTS[known] if known else f'{safe!r}, serif'}"}
        css["font-weight"] = "700" if known == _HEAVY else "400"
    if (size := _value(properties, "w:sz")) is not None:
        css["font-size"] = f"{_number(size, 32) / 2:g}pt"
    if (bold := _switch(properties, "w:b")) is not None:
        css["font-weight"] = "700" if bold else "400"
    if (italic := _switch(properties, "w:i")) is not None:
        css["font-style"] = "italic" if italic else "normal"
    if (line := _value(properties, "w:u")) is not None:
        css["text-decoration"] = "none" if line in _OFF else f"underline {_LINES.get(line, 'solid')}"
    if (colour := _value(properties, "w:color")) is not None:
        css["color"] = _colour(colour)
    return css


def _written(css: Mapping[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in css.items() if name != "font")


def _value(parent: Any, name: str) -> str | None:
    child = parent.find(qn(name)) if parent is not None else None
    return child.get(qn("w:val")) if child is not None else None


def _switch(parent: Any, name: str) -> bool | None:
    child = parent.find(qn(name))
    return None if child is None else child.get(qn("w:val")) not in _OFF


def _span(cell: Any) -> int:
    span = _value(cell.find(qn("w:tcPr")), "w:gridSpan")
    return min(max(1, int(_number(span, 1))), 100)


def _merge(cell: Any) -> str:
    properties = cell.find(qn("w:tcPr"))
    merge = properties.find(qn("w:vMerge")) if properties is not None else None
    return "" if merge is None else merge.get(qn("w:val")) or "continue"


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text is not None else otherwise
    except ValueError:
        return otherwise


def _colour(text: str | None) -> str:
    return f"#{text}" if text and re.fullmatch(r"[0-9A-Fa-f]{6}", text) else "#000"
