"""Counts drawn: the drawing says what the table says, in words that a screen reader has too."""

from __future__ import annotations

import io
import re
from datetime import date

import docx
from lxml import etree
from markupsafe import Markup
from openpyxl import load_workbook

from reports.charts import MAX_DAYS, SVG, Chart, bars, by_day, columns
from reports.kinds import Form
from reports.printing import as_html

HEAD = ("领域", "线索（条）")


def _said(chart: Chart) -> list[str]:
    return [text.text for text in etree.fromstring(chart.svg).iter(f"{SVG}text") if text.text]


def _sizes(chart: Chart, along: str, size: str) -> list[float]:
    drawn = sorted(etree.fromstring(chart.svg).iter(f"{SVG}rect"), key=lambda bar: float(bar.get(along)))
    return [float(bar.get(size)) for bar in drawn]


def test_bars_stand_in_the_order_and_the_length_of_their_rows() -> None:
    chart = bars("按领域", HEAD, [("网络文学", 40), ("图书", 20), ("剧本杀", 0)])
    long, half, none = _sizes(chart, "y", "width")
    assert none == 0 and abs(long - 2 * half) < 0.2
    assert {"网络文学", "图书", "剧本杀", "40", "20", "0"} <= set(_said(chart))
    assert 'aria-label="按领域：网络文学 40，图书 20"' in chart.svg


def test_columns_of_days_fill_the_days_without_any() -> None:
    chart = by_day("按日", "线索（条）", {date(2026, 11, 20): 3, date(2026, 11, 23): 6})
    assert chart is not None
    assert chart.rows == (("11月20日", 3), ("11月21日", 0), ("11月22日", 0), ("11月23日", 6))
    first, _, _, last = _sizes(chart, "x", "height")
    assert abs(last - 2 * first) < 0.2


def test_a_long_period_is_drawn_by_month_across_the_years_end() -> None:
    chart = by_day("按月", "线索（条）", {date(2025, 11, 20): 3, date(2026, 1, 3): 6, date(2026, 1, 9): 1})
    assert chart is not None and MAX_DAYS < 50
    assert chart.rows == (("2025年11月", 3), ("2025年12月", 0), ("2026年1月", 7))
    assert by_day("无", "线索（条）", {}) is None


def test_many_columns_write_few_labels_and_one_alone_is_drawn() -> None:
    many = columns("按日", HEAD, [(f"{day}日", day) for day in range(1, 41)])
    assert len(_said(many)) <= 8 and len(_sizes(many, "x", "height")) == 40
    assert _said(columns("一日", HEAD, [("1日", 2)])) == ["1日", "2"]


def test_a_drawing_has_no_script_no_link_no_colour_and_is_the_same_again() -> None:
    rows = [('<script>"x"</script>&', 2), ("乙", 1)]
    chart = bars("按<领域>", HEAD, rows)
    assert chart.svg == bars("按<领域>", HEAD, rows).svg
    tags = {part.tag.removeprefix(SVG) for part in etree.fromstring(chart.svg).iter()}
    assert tags == {"svg", "g", "rect", "line", "text"}
    assert not {"fill", "stroke", "style", "href", "id"} & {
        name for part in etree.fromstring(chart.svg).iter() for name in part.attrib
    }
    assert '<script>"x"</script>&' in _said(chart)


def test_a_campaign_s_charts_stand_by_their_tables_and_say_the_same(office) -> None:
    _, maker = office
    page = maker("campaign", Form.HTML, campaign="剑网2026")[0].data.decode()
    drawings = re.findall(
        r'<h3[^>]*>(?:(?!</h3>).)*按(\w+)</span></h3>\s*<div class="chart">(<svg.*?</svg>)</div>\s*<table', page
    )
    book = load_workbook(io.BytesIO(maker("campaign", Form.XLSX, campaign="剑网2026")[0].data))
    assert [name for name, _ in drawings] == ["领域", "平台"], "of one department and one month nothing is drawn"
    for name, drawing in drawings:
        said = re.search(r'aria-label="([^"]*)"', drawing)
        heads, *rows = book[f"按{name}"].iter_rows(values_only=True)
        leads = heads.index("线索")
        drawn = sorted((row for row in rows if row[leads] and row[0] != "合计"), key=lambda row: -row[leads])
        assert said is not None
        assert said[1] == f"线索按{name}：" + "，".join(f"{row[0]} {row[leads]}" for row in drawn)
        assert re.findall(r'class="value"[^>]*>(\d+)<', drawing) == [str(row[leads]) for row in drawn]


def test_a_chart_whose_heading_an_office_took_out_comes_last() -> None:
    paper = docx.Document()
    paper.add_paragraph("一、总体情况")
    out = io.BytesIO()
    paper.save(out)
    page = as_html(out.getvalue(), "总结", {"按领域": Markup("<svg></svg>")})
    assert page.index("总体情况") < page.index('<div class="chart"><svg></svg></div>') < page.index("</main>")
