"""What is told upward and outward: the daily report, the campaign's summary, the publicity summary.

Every number is counted from the leads of the report (``patrol.leads.tallies``), so a table's rows add up to its total.
What the program cannot know (goods seized, amounts of cases, platforms called in) stands as a blank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from patrol.leads.tallies import CampaignView, Tally, month_of, tallies, tally
from patrol.leads.views import LeadView
from patrol.nouns import Grade, LeadStatus
from reports.cases import common, facts, signed
from reports.data import UNKNOWN, Gathered, day, origin
from reports.html import Period
from reports.tables import Grid, Value, ledger

MOST_LISTED = 200
MOST_REPEATERS = 50
MOST_CASES = 5
_OUTCOMES = {LeadStatus.REMOVED: "页面已下架", LeadStatus.CLOSED: "案件已办结"}
"""What may be told in public: who was only referred to the police, or only confirmed, has not been heard."""

_TALLY_HEADS = ("线索", "甲级", "乙级", "丙级", "已确认", "已排除", "已通知", "已下架", "已移送", "已办结")
_TALLY_KEYS = (
    "leads", "grade_a", "grade_b", "grade_c", "confirmed", "dismissed", "notified", "removed", "referred", "closed",
)  # fmt: skip


def daily(gathered: Gathered) -> dict[str, Any]:
    """巡查日报: figures, the leads to look at first, and what could not be patrolled."""
    basis, leads, figures = gathered.basis, gathered.leads, gathered.figures
    rows = [facts(lead, basis) | {"index": number} for number, lead in enumerate(leads[:MOST_LISTED], 1)]
    context = common(basis) | {
        "period": basis.period.words,
        "filter": basis.filter_words,
        "sites": figures.sites,
        "visits": gathered.site_visits,
        "targets": figures.targets,
        "captures": figures.captures,
        "works": figures.works,
        "count": len(leads),
        "by_grade": _grades(leads),
        "by_kind": _tallied(tallies(leads, lambda lead: lead.kind.label)),
        "by_field": _tallied(tallies(leads, lambda lead: lead.field.label)),
        "leads": rows,
        "left_out": len(leads) - len(rows),
        "not_patrolled": [
            {"name": basis.short(run.name), "site": basis.said(basis.platform(run.site)), "reason": basis.lines(run.reason, 200)}
            for run in figures.not_patrolled
        ],
    }  # fmt: skip
    return signed(context, basis, leads)


def campaign(gathered: Gathered, view: CampaignView | None) -> dict[str, Any]:
    """专项行动总结: the columns that are asked for upward, then progress by field, platform, department and month."""
    basis, leads = gathered.basis, gathered.leads
    whole = tally("合计", leads)
    context = common(basis) | {
        "name": basis.short(view.name) if view else "网络版权巡查",
        "focus": (basis.lines(view.focus) if view else "") or UNKNOWN,
        "period": basis.period.words,
        "filter": basis.filter_words,
        "columns": [{"name": name, "value": value, "source": source} for name, value, source in columns(gathered)],
        "overview": (
            f"共巡查网站 {gathered.site_visits} 家次，固定网页证据 {gathered.figures.captures} 份，发现线索 {len(leads)} 条"
            f"（{_grades(leads)}）。其中已确认 {whole.confirmed} 条，已通知 {whole.notified} 条，已下架 {whole.removed} 条，"
            f"已移送 {whole.referred} 条，已办结 {whole.closed} 条，已排除 {whole.dismissed} 条。"
        ),
        "tables": [
            {"title": name, "rows": _tallied((*rows, whole) if rows else ())} for name, rows in dimensions(gathered)
        ],
        "repeaters": [
            {
                "number": number,
                "seller": basis.short(r.seller, 60),
                "platform": basis.said(basis.platform(r.site)),
                "leads": r.leads,
                "works": r.works,
                "span": f"{day(r.first)} 至 {day(r.last)}",
            }
            for number, r in enumerate(gathered.repeaters[:MOST_REPEATERS], 1)
        ],
        "repeaters_left_out": max(0, len(gathered.repeaters) - MOST_REPEATERS),
        "responses": [
            {
                "platform": basis.said(basis.platform(r.site)),
                "notices": r.notices,
                "removed": r.removed,
                "hours": f"{r.median_hours:.1f}" if r.median_hours is not None else UNKNOWN,
                "relapses": r.relapses,
            }
            for r in gathered.responses
        ],
    }  # fmt: skip
    return signed(context, basis, leads)


def columns(gathered: Gathered) -> list[tuple[str, str, str]]:
    """The columns of a campaign's summary as asked for upward: name, value, where the value comes from."""
    whole = tally("合计", gathered.leads)
    program, hand = "程序统计", "由承办人填写"
    warned = len({lead.work.id for lead in gathered.leads if lead.work and lead.work.early_warning})
    return [
        ("巡查网站（家次）", str(gathered.site_visits), program),
        ("删除侵权链接（条）", str(whole.removed), program),
        ("关闭网站、APP（个）", UNKNOWN, hand),
        ("收缴侵权制品（件）", UNKNOWN, hand),
        ("查办案件（件）", UNKNOWN, hand),
        ("其中：刑事案件（件）", UNKNOWN, f"{hand}；已移送线索 {whole.referred} 条"),
        ("涉案金额（元）", UNKNOWN, hand),
        ("约谈平台（家次）", UNKNOWN, hand),
        ("封禁账号（个）", UNKNOWN, hand),
        ("涉及预警作品（部）", str(warned), program),
    ]


def dimensions(gathered: Gathered) -> list[tuple[str, tuple[Tally, ...]]]:
    basis, leads = gathered.basis, gathered.leads
    return [
        ("按领域", tallies(leads, lambda lead: lead.field.label)),
        ("按平台", tallies(leads, lambda lead: basis.said(basis.platform(lead.site)))),
        ("按承办部门", tallies(leads, lambda lead: basis.said(lead.department) or "未定")),
        ("按月份", tallies(leads, month_of, by_name=True)),
    ]


def campaign_grids(gathered: Gathered) -> list[Grid]:
    """The summary's tables, for Excel, CSV and JSON Lines; the ledger of leads comes last."""
    basis = gathered.basis
    asked = Grid(
        "上报数据", ("name", "value", "source"), ("项目", "数值", "来源"), (26, 14, 40), tuple(columns(gathered))
    )
    tables = [
        Grid(
            title,
            ("name", *_TALLY_KEYS),
            (title.removeprefix("按"), *_TALLY_HEADS),
            (24, *[9] * len(_TALLY_HEADS)),
            tuple(_numbers(row) for row in rows),
        )
        for title, rows in dimensions(gathered)
    ]
    repeaters = Grid(
        "反复侵权",
        ("seller", "platform", "leads", "works", "first", "last", "numbers"),
        ("店铺或账号", "平台", "线索", "作品", "首次发现", "最近发现", "线索编号"),
        (28, 18, 8, 8, 20, 20, 60),
        tuple(
            (basis.said(r.seller), basis.said(basis.platform(r.site)), r.leads, r.works, r.first, r.last, "、".join(r.numbers[:100]))
            for r in gathered.repeaters
        ),
    )  # fmt: skip
    answers = Grid(
        "平台处理",
        ("platform", "notices", "removed", "median_hours", "relapses"),
        ("平台", "通知", "下架", "处理时间中位数（小时）", "再次上架"),
        (18, 8, 8, 24, 10),
        tuple(
            (basis.said(basis.platform(r.site)), r.notices, r.removed, r.median_hours, r.relapses)
            for r in gathered.responses
        ),
    )
    return [asked, *tables, repeaters, answers, ledger(gathered.leads, basis)]


def publicity(gathered: Gathered) -> dict[str, Any]:
    """宣传材料: figures and typical cases, without the name or address of anybody who has not been found guilty."""
    basis = gathered.basis
    cases = [lead for lead in gathered.leads if lead.status in _OUTCOMES][:MOST_CASES]
    whole = tally("合计", gathered.leads)
    period = f"{basis.period.words}，" if basis.period != Period() else ""
    context = common(basis) | {
        "period": basis.period.words,
        "overview": (
            f"{period}{basis.said(basis.region)}{basis.said(basis.office)}巡查网站 {gathered.site_visits} 家次，"
            f"发现线索 {whole.leads} 条，经核实确认 {whole.confirmed} 条，推动下架侵权链接 {whole.removed} 条，"
            f"移送公安机关 {whole.referred} 条。"
        ),
        "by_field": _tallied(tallies(gathered.leads, lambda lead: lead.field.label)),
        "cases": [_told(number, lead) for number, lead in enumerate(cases, 1)],
    }
    return signed(context, basis, gathered.leads)


def _told(number: int, lead: LeadView) -> dict[str, Any]:
    """A typical case: kind, field and outcome only. Names of shops, accounts, works and addresses are left out, because
    together they would name a person."""
    work = lead.work.kind if lead.work and lead.work.kind else "作品"
    return {
        "index": number,
        "title": f"某{lead.field.label}平台账号涉嫌侵犯{work}著作权",
        "words": f"{day(lead.found_at)}，巡查发现某平台一账号涉嫌以{lead.kind.label}的方式传播他人{work}。{_OUTCOMES[lead.status]}。",
    }


def _grades(leads: Sequence[LeadView]) -> str:
    counted = Counter(lead.grade for lead in leads)
    return "、".join(f"{grade.label} {counted[grade]} 条" for grade in Grade)


def _numbers(row: Tally) -> tuple[Value, ...]:
    return (
        row.name, row.leads, *row.by_grade, row.confirmed, row.dismissed, row.notified, row.removed, row.referred, row.closed,
    )  # fmt: skip


def _tallied(rows: Sequence[Tally]) -> list[dict[str, Value]]:
    return [dict(zip(("name", *_TALLY_KEYS), _numbers(row), strict=True)) for row in rows]


def about(gathered: Gathered, grids: Sequence[Grid]) -> tuple[tuple[str, str], ...]:
    """What a workbook or a file of lines says about itself."""
    return origin(gathered.basis, gathered.leads, [(grid.heads, grid.rows) for grid in grids])
