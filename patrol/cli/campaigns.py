"""Campaign commands: run ``patrol campaigns add | list | show | enter``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from patrol import clock
from patrol.cli.arguments import BY, JSON, day_option
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import Cell, Column, figure, show_list, whole
from patrol.leads.campaigns import add_campaign, campaign_named, enter_named
from patrol.leads.statistics import TALLY_COLUMNS, CampaignFigures, Tally, campaign_figures, figures_by_campaign
from patrol.vocabulary import CampaignItem
from patrol.workspace import open_workspace

_NAME = typer.Argument(metavar="名称", help="专项行动的名称，可只写一部分")
_ITEMS = "、".join(item.label for item in CampaignItem)
_SHOWN = (CampaignItem.SITES, CampaignItem.LINKS_REMOVED, CampaignItem.CASES)


def add(
    name: Annotated[str, typer.Argument(metavar="名称", help="例如 剑网2026")],
    since: Annotated[date, day_option("--since", "起始日期（含）")],
    until: Annotated[date, day_option("--until", "截止日期（含）")],
    focus: Annotated[str, typer.Option(help="行动重点，例如 剧本杀、短视频")] = "",
) -> None:
    """新设一个专项行动。期间内的巡查和线索都归入它，已有的也在内。

    例：patrol campaigns add 剑网2026 --since 2026-06-01 --until 2026-11-30 --focus 剧本杀、数字藏品
    """
    with open_workspace() as here:
        patrols, leads, touching = add_campaign(here.session, name, since, until, focus)
    console.print(f"已设专项行动“{name}”，归入已有巡查 {patrols} 次、线索 {leads} 条。", markup=False)
    if touching:
        said = f"期间与“{'”“'.join(touching)}”有重叠：重叠期间的数字在各自的总结里都会统计。"
        errors.print(said, markup=False, style="yellow")


def list_campaigns(as_json: Annotated[bool, JSON] = False) -> None:
    """列出各专项行动和主要数字。

    例：patrol campaigns list
    """
    with open_workspace() as here:
        found = figures_by_campaign(here.session)
    if as_json:
        print_json([_as_json(one) for one in found])
    elif not found:
        console.print("还没有专项行动。可用 patrol campaigns add 新设。")
    else:
        counted = (figure(f"{item.label}（{item.unit}）", place) for place, item in enumerate(_SHOWN, 1))
        columns = (Column("名称"), Column("期间"), Column("重点", optional=4), figure("线索"), *counted)
        show_list(f"专项行动 {len(found)} 个", columns, map(_row, found))


def _row(one: CampaignFigures) -> tuple[Cell, ...]:
    totals = {column.item: column.total for column in one.columns}
    return (
        one.name,
        _period(one),
        one.focus,
        str(one.figures.total.leads),
        *(_number(totals[item]) for item in _SHOWN),
    )


def show(
    name: Annotated[str, _NAME],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """显示一个专项行动的总结数字，并按领域、平台、部门、月份分列。

    例：patrol campaigns show 剑网2026
    """
    with open_workspace() as here:
        found = campaign_figures(here.session, campaign_named(here.session, name))
    if as_json:
        print_json(_as_json(found))
        return
    console.print(f"{found.name}　{_period(found)}", markup=False, style="bold")
    if found.focus:
        console.print(f"重点：{found.focus}", markup=False)
    show_list(
        "",
        (whole("项目"), figure("合计"), figure("程序统计"), figure("填报"), whole("单位")),
        (
            (
                column.item.label,
                _number(column.total),
                str(column.counted) if column.counted is not None else "—",
                _number(column.entered) if column.entries else "—",
                column.item.unit,
            )
            for column in found.columns
        ),
    )
    for title, rows in found.figures.divided:
        if rows:
            _show_tallies(title, rows)
    for column in found.columns:
        for entry in column.entries:
            said = f"{column.item.label} {_number(entry.value)} {column.item.unit}　{entry.note}"
            console.print(f"填报 {clock.show_day(entry.at)}　{entry.who}　{said}", markup=False, style="dim")


def _show_tallies(title: str, rows: Sequence[Tally]) -> None:
    shown = [column for column in TALLY_COLUMNS if column.read(rows[0]) is not None]
    heads = (figure(column.label, max(0, place - 2)) for place, column in enumerate(shown))
    show_list(
        title,
        (Column(title.removeprefix("按")), *heads),
        ((row.name, *(str(column.read(row)) for column in shown)) for row in rows),
    )


def enter(
    name: Annotated[str, _NAME],
    item: Annotated[str, typer.Argument(metavar="项目", help=_ITEMS)],
    value: Annotated[str, typer.Argument(metavar="数值", help="在原有数字上增加多少；更正时填负数并写明原因")],
    by: Annotated[str, BY],
    note: Annotated[str, typer.Option(help="说明，例如案号")] = "",
) -> None:
    """填报程序统计不到的数字，例如收缴制品、查办案件、约谈平台。每次填报都留有记录，不会覆盖。

    例：patrol campaigns enter 剑网2026 收缴制品 350 --by 李警官 --note 某书店仓库
    """
    with open_workspace() as here:
        done = enter_named(here.session, name, item, value, by, note)
    unit = done.item.unit
    said = f"{_number(done.value)} {unit}已记入，合计 {_number(done.total)} {unit}。"
    console.print(f"{done.campaign}：{done.item.label} {said}", markup=False)


def _period(one: CampaignFigures) -> str:
    return f"{one.starts or '不限'} 至 {one.ends or '不限'}"


def _number(value: Decimal) -> str:
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def _as_json(one: CampaignFigures) -> dict[str, object]:
    return {
        "name": one.name,
        "from": one.starts,
        "to": one.ends,
        "focus": one.focus,
        "columns": {
            figure.item.value: {"counted": figure.counted, "entered": figure.entered, "total": figure.total}
            for figure in one.columns
        },
        "total": _tally(one.figures.total),
        "by_field": [_tally(row) for row in one.figures.by_field],
        "by_platform": [_tally(row) for row in one.figures.by_platform],
        "by_department": [_tally(row) for row in one.figures.by_department],
        "by_month": [_tally(row) for row in one.figures.by_month],
    }


def _tally(row: Tally) -> dict[str, object]:
    return {
        "name": row.name,
        "visits": row.visits,
        "pages": row.pages,
        "leads": row.leads,
        "by_grade": {grade.value: count for grade, count in row.by_grade.items()},
        "reached": {status.value: count for status, count in row.reached.items()},
    }
