"""Link chart (关联图): draws one infringer as inline SVG, accounts on the left, what they have in common on the right.

No script, no load: the page opens offline. Line weight says how strong a tie is, so that it reads in black and white too.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from patrol import clock
from patrol.cases.infringers import InfringerView, TieView
from patrol.errors import InputError
from patrol.files import replace_file
from patrol.text.masking import mask
from reports.workbook import cell_text

MAX_ROWS = 40
"""Accounts, and ties, that are drawn; the tables below the chart have all."""

_ROW, _TOP, _BOX, _GAP, _WIDTH = 46, 40, 320, 260, 900


def chart_svg(view: InfringerView) -> str:
    """Draw the chart as one ``<svg>`` element (inline, 900 units wide, scales with the page)."""
    accounts = list(view.accounts[:MAX_ROWS])
    ties = _in_order([tie for tie in view.ties if any(a < MAX_ROWS for a in tie.accounts)][:MAX_ROWS])
    height = _TOP + _ROW * max(len(accounts), len(ties), 1) + 10
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {height}",
            "role": "img",
            "aria-label": f"{_short(view.name, 40)}的关联图：{len(view.accounts)} 个账号，{len(view.ties)} 处相同",
            "font-family": "sans-serif",
            "font-size": "13",
        },
    )
    _text(svg, 4, 22, "账号（站点）", bold=True)
    _text(svg, _BOX + _GAP + 4, 22, "相同之处", bold=True)
    left = _places(len(accounts), height)
    right = _places(len(ties), height)
    for place, tie in zip(right, ties, strict=True):
        for account in tie.accounts:
            if account < len(accounts):
                _line(svg, left[account], place, tie.weight)
    for place, account_view in zip(left, accounts, strict=True):
        _box(svg, 0, place, _short(account_view.label, 22), f"线索 {len(account_view.leads)} 条")
    for place, tie in zip(right, ties, strict=True):
        _box(svg, _BOX + _GAP, place, _short(tie.words, 22), f"力度 {tie.weight:g}")
    return ET.tostring(svg, encoding="unicode")


def write_chart(view: InfringerView, path: Path) -> None:
    """Write the chart as a page to ``path``. Raises InputError when it cannot be written."""
    try:
        replace_file(path, chart_page(view).encode())
    except OSError as error:
        raise InputError(f"写不了 {path}：{error.strerror or error}") from error


def chart_page(view: InfringerView) -> str:
    """Render a whole HTML page: the chart, the ties and the accounts as tables."""
    left_out = len(view.accounts) > MAX_ROWS or len(view.ties) > MAX_ROWS
    accounts = [
        (a.label, a.url, clock.show_day(a.first), clock.show_day(a.last), "、".join(a.leads))
        for a in view.accounts
    ]  # fmt: skip
    ties = [
        (t.kind.label, t.shown, f"{t.weight:g}", "、".join(view.accounts[a].label for a in t.accounts),
         "、".join(map(str, t.captures)) or "—")
        for t in view.ties
    ]  # fmt: skip
    parts = [
        f"<h1>{_html(view.name)} 关联图</h1>",
        f"<p>线索 {len(view.all_leads)} 条，站点 {len(view.sites)} 个。{_html(view.why or '未见反复侵权')}。</p>",
        f"<p><strong>{_html(view.caution)}。</strong></p>" if view.caution else "",
        f"<p>图中只画前 {MAX_ROWS} 个，表中齐全。</p>" if left_out else "",
        f"<figure>{chart_svg(view)}</figure>",
        _table("相同之处", ("种类", "内容（个人信息已遮盖）", "力度", "账号", "取证快照"), ties),
        _table("账号", ("账号", "主页", "最早发现", "最近发现", "线索"), accounts),
    ]
    return _PAGE.format(title=_html(view.name), body="\n".join(part for part in parts if part))


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title} 关联图</title>
<style>
:root{{color-scheme:light}}
body{{font:16px/1.6 sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}}
figure{{margin:1rem 0;overflow-x:auto}} svg{{width:100%;min-width:36rem;height:auto}}
table{{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}} th,td{{border:1px solid #888;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}}
th{{background:#eef2f6}} h1{{font-size:1.4rem}} h2{{font-size:1.1rem}}
@media print{{body{{max-width:none}} tr{{break-inside:avoid}}}}
</style></head><body>
{body}
</body></html>
"""


def _in_order(ties: Sequence[TieView]) -> list[TieView]:
    """Each tie beside the middle of its accounts, so that few lines cross."""
    return sorted(ties, key=lambda tie: sum(tie.accounts) / len(tie.accounts))


def _places(count: int, height: int) -> list[float]:
    step = (height - _TOP - 10) / max(count, 1)
    return [_TOP + step * (number + 0.5) for number in range(count)]


def _line(svg: ET.Element, left: float, right: float, weight: float) -> None:
    middle = _BOX + _GAP / 2
    path = f"M{_BOX} {left:.1f} C{middle} {left:.1f} {middle} {right:.1f} {_BOX + _GAP} {right:.1f}"
    style = {"d": path, "fill": "none", "stroke": "#334e68", "stroke-width": f"{0.8 + 1.8 * min(weight, 1.0):.1f}"}
    if weight < 1.0:
        style["stroke-dasharray"] = "6 4"
    ET.SubElement(svg, "path", style)


def _box(svg: ET.Element, x: float, y: float, first: str, second: str) -> None:
    box = {"x": str(x + 1), "y": f"{y - 19:.1f}", "width": str(_BOX - 2), "height": "38", "rx": "4"}
    ET.SubElement(svg, "rect", {**box, "fill": "#f5f7fa", "stroke": "#334e68"})
    _text(svg, x + 8, y - 2, first)
    _text(svg, x + 8, y + 13, second, size="11")


def _text(svg: ET.Element, x: float, y: float, words: str, *, bold: bool = False, size: str = "13") -> None:
    look = {"x": f"{x:.0f}", "y": f"{y:.1f}", "font-size": size, "fill": "#102a43"}
    ET.SubElement(svg, "text", look | ({"font-weight": "bold"} if bold else {})).text = words


def _short(text: str, most: int) -> str:
    line = " ".join(cell_text(mask(text)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _html(text: str) -> str:
    return escape(cell_text(mask(text)))


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{_html(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
