"""Summaries: fill what is told upward and outward: the daily report, the campaign's summary, the publicity summary.

Every number comes from ``patrol.leads.statistics``, as on the command line, so a table's rows add up to its total. What the
program cannot know (goods seized, amounts of cases, platforms called in) is what people entered, else a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from patrol.cases.infringers import InfringerView
from patrol.leads.statistics import BY_MONTH, BY_PLATFORM, TALLY_COLUMNS, Figure, Tally
from patrol.leads.views import LeadView
from patrol.vocabulary import CampaignItem, Grade, LeadStatus
from reports.cases import common, facts, signed
from reports.charts import bars
from reports.charts import columns as columns_along
from reports.data import UNKNOWN, Gathered, day, indexes, origin
from reports.html import Period
from reports.ledger import ledger
from reports.tables import Grid, Value

MAX_LISTED = 200
MAX_REPEATERS = 50
MAX_CASES = 5
MAX_DRAWN = 12
"""Bars of a chart; the table below it has all rows."""
MAX_LABEL = 10
_OUTCOMES = {LeadStatus.REMOVED: "页面已下架", LeadStatus.CLOSED: "案件已办结"}
"""What may be told in public: who was only referred to the police, or only confirmed, has not been heard."""


def daily(gathered: Gathered) -> dict[str, Any]:
    """Fill 巡查日报: figures, the leads to look at first, and what could not be patrolled."""
    basis, leads, figures = gathered.basis, gathered.leads, gathered.figures
    whole = figures.total
    rows = [facts(lead, basis) | {"index": number} for number, lead in enumerate(leads[:MAX_LISTED], 1)]
    context = common(basis) | {
        "period": basis.period.words,
        "filter": basis.filter_words,
        "sites": figures.sites,
        "visits": whole.visits,
        "targets": figures.targets,
        "captures": whole.pages,
        "works": figures.works,
        "count": whole.leads,
        "by_grade": _grades(whole),
        "by_kind": _tallied([row for row in figures.by_kind if row.leads]),
        "by_field": _tallied([row for row in figures.by_field if row.leads]),
        "leads": rows,
        "left_out": whole.leads - len(rows),
        "not_patrolled": [
            {"name": basis.short(run.name), "site": basis.said(basis.platform(run.site)), "reason": basis.lines(run.reason, 200)}
            for run in figures.not_patrolled
        ],
    }  # fmt: skip
    return signed(context, basis, indexes(leads))


def campaign(gathered: Gathered) -> dict[str, Any]:
    """Fill 专项行动总结: the columns that are asked for upward, then progress by field, platform, department and month."""
    basis, leads = gathered.basis, gathered.leads
    whole, view = gathered.figures.total, gathered.campaign
    done = whole.reached
    confirmed = [person for person in gathered.repeaters if person.confirmed]
    context = common(basis) | {
        "name": basis.short(view.name) if view else "网络版权巡查",
        "focus": (basis.lines(view.focus) if view else "") or UNKNOWN,
        "period": basis.period.words,
        "filter": basis.filter_words,
        "columns": [
            {"name": name, "value": _written(value), "source": source} for name, value, source in columns(gathered)
        ],
        "overview": (
            f"共巡查网站 {whole.visits} 家次，固定网页证据 {whole.pages} 份，发现线索 {whole.leads} 条"
            f"（{_grades(gathered.figures.total)}）。期间内确认 {done[LeadStatus.CONFIRMED]} 条，通知 {done[LeadStatus.NOTIFIED]} 条，"
            f"下架 {done[LeadStatus.REMOVED]} 条，移送 {done[LeadStatus.REFERRED]} 条，办结 {done[LeadStatus.CLOSED]} 条，"
            f"排除 {done[LeadStatus.DISMISSED]} 条。"
        ),
        "tables": [
            {"title": name, "rows": _tallied(_summed(rows, whole))} for name, rows in dimensions(gathered)
        ],
        "repeaters": [
            {
                "number": number,
                "seller": basis.short(r.name, 60) + (f"\n（{r.caution}）" if r.caution else ""),
                "platform": _platforms(r, gathered),
                "leads": len(r.leads),
                "works": r.works,
                "span": f"{day(r.first)} 至 {day(r.last)}" + (f"\n{r.why}" if r.why else ""),
            }
            for number, r in enumerate(confirmed[:MAX_REPEATERS], 1)
        ],
        "repeaters_left_out": len(gathered.repeaters) - len(confirmed[:MAX_REPEATERS]),
        "responses": [
            {
                "platform": basis.said(basis.platform(r.site)),
                "notices": r.notices,
                "removed": r.removals,
                "hours": f"{r.median_hours:.1f}" if r.median_hours is not None else UNKNOWN,
                "relapses": r.relapses,
                "flags": basis.lines("；".join(r.flags)),
            }
            for r in gathered.responses
        ],
    }  # fmt: skip
    return signed(context, basis, indexes(leads))


def columns(gathered: Gathered) -> list[tuple[str, Value, str]]:
    """Return the columns of a campaign's summary as asked for upward: name, value (a number, or a blank), where the
    value comes from."""
    referred = gathered.figures.total.reached[LeadStatus.REFERRED]
    rows = []
    for figure in gathered.columns:
        source = _source(figure)
        if figure.item is CampaignItem.CRIMINAL_CASES:
            source += f"；已移送线索 {referred} 条"
        rows.append((f"{figure.item.label}（{figure.item.unit}）", _value(figure), source))
    return rows


def _value(figure: Figure) -> Value:
    if figure.counted is None and not figure.entries:
        return UNKNOWN
    return float(figure.total) if figure.item is CampaignItem.AMOUNT else int(figure.total)


def _written(value: Value) -> str:
    """A number as a sentence has it: 12,000.50, 350."""
    return f"{value:,.2f}" if isinstance(value, float) else f"{value}"


def _source(figure: Figure) -> str:
    parts = [f"程序统计 {figure.counted}"] if figure.counted is not None else []
    if figure.entries:
        parts.append(f"填报 {figure.entered:,f}（{len(figure.entries)} 笔）".replace(".00", ""))
    return "，".join(parts) or "由承办人填写"


def _platforms(person: InfringerView, gathered: Gathered) -> str:
    basis = gathered.basis
    return "、".join(basis.said(basis.platform(site)) for site in person.sites)


def dimensions(gathered: Gathered) -> list[tuple[str, tuple[Tally, ...]]]:
    basis = gathered.basis

    def named(title: str, name: str) -> str:
        return basis.said(basis.platform(name) if title == BY_PLATFORM else name)

    return [
        (title, tuple(replace(row, name=named(title, row.name)) for row in rows))
        for title, rows in gathered.figures.divided
    ]


def _summed(rows: Sequence[Tally], whole: Tally) -> tuple[Tally, ...]:
    """The rows of a table with their total; of what cannot be divided so there is none."""
    if not rows:
        return ()
    return (*rows, replace(whole, visits=None, pages=None) if rows[0].visits is None else whole)


def campaign_charts(gathered: Gathered) -> dict[str, Markup]:
    """Draw the leads of the summary's tables, by the heading that each table stands below; none of a single bar.

    They are in the page and the PDF. In Word the tables stand alone: Word wants a bitmap beside an SVG, which only a browser
    would make, and a Word file has to come out without one.
    """
    drawn = {}
    for title, rows in dimensions(gathered):
        counts = [(gathered.basis.short(row.name, MAX_LABEL), row.leads) for row in rows if row.leads]
        if len(counts) < 2:
            continue
        head = (title.removeprefix("按"), "线索（条）")
        if title == BY_MONTH:
            drawn[title] = columns_along(f"线索{title}", head, counts[-MAX_DRAWN:]).svg
        else:
            counts.sort(key=lambda row: -row[1])
            rest = sum(count for _, count in counts[MAX_DRAWN:])
            shown = counts[:MAX_DRAWN] + ([(f"其余 {len(counts) - MAX_DRAWN} 项", rest)] if rest else [])
            drawn[title] = bars(f"线索{title}", head, shown).svg
    return drawn


def campaign_grids(gathered: Gathered) -> list[Grid]:
    """Return the summary's tables, for Excel, CSV and JSON Lines; the ledger of leads comes last."""
    basis = gathered.basis
    asked = Grid(
        "上报数据", ("name", "value", "source"), ("项目", "数值", "来源"), (26, 14, 40), tuple(columns(gathered))
    )
    tables = [_divided(title, _summed(rows, gathered.figures.total)) for title, rows in dimensions(gathered)]
    repeaters = Grid(
        "多条线索的店铺、账号",
        ("seller", "platform", "leads", "confirmed", "works", "first", "last", "why", "ties", "caution", "numbers"),
        ("店铺或账号", "平台", "线索", "已确认", "作品", "首次发现", "最近发现", "提示", "关联依据", "须核实", "线索编号"),
        (28, 18, 8, 8, 8, 20, 20, 30, 40, 30, 60),
        tuple(
            (
                basis.said(r.name), _platforms(r, gathered), len(r.leads), r.confirmed, r.works, r.first, r.last, r.why,
                basis.said("；".join(tie.words for tie in r.ties)), r.caution, "、".join(r.leads[:100]),
            )
            for r in gathered.repeaters
        ),
    )  # fmt: skip
    answers = Grid(
        "平台处理",
        ("platform", "notices", "removed", "median_hours", "relapses", "counter_notices", "flags"),
        ("平台", "通知", "下架", "处理时间中位数（小时）", "再次上架", "反通知", "提示"),
        (18, 8, 8, 24, 10, 10, 40),
        tuple(
            (
                basis.said(basis.platform(r.site)),
                r.notices,
                r.removals,
                r.median_hours,
                r.relapses,
                r.counter_notices,
                basis.said("；".join(r.flags)),
            )
            for r in gathered.responses
        ),
    )
    return [asked, *tables, repeaters, answers, ledger(gathered.leads, basis)]


def _divided(title: str, rows: Sequence[Tally]) -> Grid:
    """A table of figures, without the columns that cannot be divided so."""
    shown = [column for column in TALLY_COLUMNS if rows and column.read(rows[0]) is not None]
    return Grid(
        title,
        ("name", *(column.key for column in shown)),
        (title.removeprefix("按"), *(column.label for column in shown)),
        (24, *[9] * len(shown)),
        tuple((row.name, *(column.read(row) for column in shown)) for row in rows),
    )


def publicity(gathered: Gathered) -> dict[str, Any]:
    """Fill 宣传材料: figures and typical cases, without the name or address of anybody who has not been found guilty."""
    basis = gathered.basis
    cases = [lead for lead in gathered.leads if lead.status in _OUTCOMES][:MAX_CASES]
    figures = gathered.figures
    whole = figures.total
    period = f"{basis.period.words}，" if basis.period != Period() else ""
    context = common(basis) | {
        "period": basis.period.words,
        "overview": (
            f"{period}{basis.said(basis.place)}{basis.said(basis.office)}巡查网站 {whole.visits} 家次，"
            f"发现线索 {whole.leads} 条，经核实确认 {whole.reached[LeadStatus.CONFIRMED]} 条，"
            f"推动下架侵权链接 {whole.reached[LeadStatus.REMOVED]} 条，移送公安机关 {whole.reached[LeadStatus.REFERRED]} 条。"
        ),
        "by_field": _tallied([row for row in figures.by_field if row.leads or any(row.reached.values())]),
        "cases": [_told(number, lead) for number, lead in enumerate(cases, 1)],
    }
    return signed(context, basis, indexes(gathered.leads))


def _told(number: int, lead: LeadView) -> dict[str, Any]:
    """A typical case: kind, field and outcome only. Names of shops, accounts, works and addresses are left out, because
    together they would name a person."""
    work = lead.work.kind if lead.work and lead.work.kind else "作品"
    return {
        "index": number,
        "title": f"某{lead.field.label}平台账号涉嫌侵犯{work}著作权",
        "words": f"{day(lead.found_at)}，巡查发现某平台一账号涉嫌以{lead.kind.label}的方式传播他人{work}。{_OUTCOMES[lead.status]}。",
    }


def _grades(whole: Tally) -> str:
    return "、".join(f"{grade.label} {whole.by_grade[grade]} 条" for grade in Grade)


def _tallied(rows: Sequence[Tally]) -> list[dict[str, Value]]:
    """Rows for a template: by the columns' keys, a blank where a figure cannot be divided so."""
    return [{"name": row.name, **{column.key: _or_blank(column.read(row)) for column in TALLY_COLUMNS}} for row in rows]


def _or_blank(figure: int | None) -> Value:
    return UNKNOWN if figure is None else figure


def about(gathered: Gathered, grids: Sequence[Grid]) -> tuple[tuple[str, str], ...]:
    """Say what a workbook or a file of lines says about itself."""
    return origin(gathered.basis, indexes(gathered.leads), [(grid.heads, grid.rows) for grid in grids])
