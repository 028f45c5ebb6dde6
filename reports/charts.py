"""Charts: draw counts as inline SVG when a report is made, each with the table of its numbers.

leather works out the drawing: shapes and words, no script, no date, so that the same counts give the same bytes. Its
colours and fonts are taken off: the report's style sheet gives them, in light, dark and print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import leather
from lxml import etree
from markupsafe import Markup

SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 440
"""Of the drawing, in its own units; the style sheet scales it."""
MAX_DAYS = 45
"""Longer periods are drawn by month."""
_MAX_LABELS = 7
"""Labels under columns, at most; of more every second, third … is written."""
_MAX_VALUES = 16
"""Columns with their number on top, at most; the table has them all."""
_LOOKS = {"fill", "stroke", "stroke-width", "font-family", "font-size", "version"}

# Labels are Chinese: as wide as they are high.
leather.theme.tick_font_char_width = 14
leather.theme.margin = 0.03


@dataclass(frozen=True, slots=True)
class Chart:
    """``rows`` are what is drawn and what the table says; ``head`` names the table's two columns."""

    title: str
    head: tuple[str, str]
    rows: tuple[tuple[str, int], ...]
    svg: Markup
    wide: bool = False
    """Along time: wants the width of the page."""


def bars(title: str, head: tuple[str, str], rows: Sequence[tuple[str, int]]) -> Chart:
    """Draw kinds of things compared: one lying bar a row, in the order given (greatest first reads best)."""
    chart = leather.Chart()
    chart.add_bars([(count, label) for label, count in rows])
    # A seventh more, so that the number beside the longest bar has room.
    chart.add_x_scale(0, max((count for _, count in rows), default=0) * 8 / 7 or 1)
    chart.add_x_axis(ticks=[0], tick_formatter=lambda *_: "")
    root = _shapes(chart.to_svg(width=WIDTH, height=32 * len(rows) + 40), title, rows, below=28)
    for bar, (_, count) in zip(_drawn(root, "y"), rows, strict=True):
        _write(bar, float(bar.get("width")) + 6, float(bar.get("y")) + float(bar.get("height")) / 2, "0.35em", count)
    return Chart(title, head, tuple(rows), _finished(root))


def columns(title: str, head: tuple[str, str], rows: Sequence[tuple[str, int]]) -> Chart:
    """Draw counts along time: one standing column a row."""
    step = -(-len(rows) // _MAX_LABELS) or 1
    chart = leather.Chart()
    chart.add_columns([(label, count) for label, count in rows])
    chart.add_y_scale(0, max((count for _, count in rows), default=0) * 8 / 7 or 1)
    chart.add_y_axis(ticks=[0], tick_formatter=lambda *_: "")
    chart.add_x_axis(ticks=[label for label, _ in rows[::step]])
    root = _shapes(chart.to_svg(width=WIDTH, height=190), title, rows)
    if len(rows) <= _MAX_VALUES:
        for column, (_, count) in zip(_drawn(root, "x"), rows, strict=True):
            _write(
                column, float(column.get("x")) + float(column.get("width")) / 2, float(column.get("y")) - 6, "0", count
            )
    return Chart(title, head, tuple(rows), _finished(root), wide=True)


def by_day(title: str, measure: str, counts: Mapping[date, int]) -> Chart | None:
    """Draw counts along the days from the first to the last counted, days without any among them; by month where the
    days are many. None where there is nothing to draw."""
    if not counts:
        return None
    first, last = min(counts), max(counts)
    if (last - first).days < MAX_DAYS:
        days = [first + timedelta(days) for days in range((last - first).days + 1)]
        return columns(title, ("日期", measure), [(f"{d.month}月{d.day}日", counts.get(d, 0)) for d in days])
    months: dict[tuple[int, int], int] = {
        (month // 12, month % 12 + 1): 0
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    }
    for day, count in counts.items():
        months[day.year, day.month] += count
    return columns(title, ("月份", measure), [(f"{y}年{m}月", count) for (y, m), count in months.items()])


def _shapes(drawing: str, title: str, rows: Sequence[tuple[str, int]], below: int = 0) -> etree._Element:
    """The drawing without looks of its own and without ``below`` units of its lower end, with its whole content said for
    those who cannot see it."""
    root = etree.fromstring(drawing)
    background = root.find(f".//{SVG}rect")
    background.getparent().remove(background)
    for part in root.iter():
        for name in _LOOKS & set(part.attrib):
            del part.attrib[name]
    root.set("viewBox", f"0 0 {root.attrib.pop('width')} {int(root.attrib.pop('height')) - below}")
    root.set("role", "img")
    root.set("aria-label", f"{title}：" + "，".join(f"{label} {count}" for label, count in rows if count))
    return root


def _drawn(root: etree._Element, along: str) -> list[etree._Element]:
    """The bars in the order of their rows."""
    return sorted(root.iter(f"{SVG}rect"), key=lambda bar: float(bar.get(along)))


def _write(bar: etree._Element, x: float, y: float, dy: str, count: int) -> None:
    etree.SubElement(bar.getparent(), f"{SVG}text", {"class": "value", "x": str(x), "y": str(y), "dy": dy}).text = str(
        count
    )


def _finished(root: etree._Element) -> Markup:
    for part in root.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height"):
            if name in part.attrib:
                part.set(name, f"{float(part.get(name)):.1f}")
    return Markup(etree.tostring(root, encoding="unicode"))
