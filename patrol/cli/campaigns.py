"""Campaign commands: run ``patrol campaigns add | list | show | enter``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.leads.campaigns import add_campaign, campaign_named, enter_figure
from patrol.leads.statistics import TALLY_COLUMNS, CampaignFigures, Tally, campaign_figures, figures_by_campaign
from patrol.vocabulary import CampaignItem

_ITEMS = "、".join(item.label for item in CampaignItem)


def add(
    name: Annotated[str, typer.Argument(metavar="名称", help="例如 剑网2026")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日期")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日期（含）")],
    focus: Annotated[str, typer.Option(help="行动重点，例如 剧本杀、短视频")] = "",
) -> None:
    """新设一个专项行动。期间内的巡查和线索都归入它，已有的也在内。

    例：patrol campaigns add 剑网2026 --from 2026-06-01 --to 2026-11-30 --focus 剧本杀、数字藏品
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            patrols, leads, touching = add_campaign(session, name, since.date(), until.date(), focus)
    finally:
        database.close()
    console.print(f"已设专项行动“{name}”，归入已有巡查 {patrols} 次、线索 {leads} 条。", markup=False)
    if touching:
        said = f"期间与“{'”“'.join(touching)}”有重叠：重叠期间的数字在各自的总结里都会统计。"
        errors.print(said, markup=False, style="yellow")


def list_campaigns(as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False) -> None:
    """列出各专项行动和主要数字。

    例：patrol campaigns list
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            found = figures_by_campaign(session)
    finally:
        database.close()
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    if not found:
        console.print("还没有专项行动。可用 patrol campaigns add 新设。")
        return
    table = Table(title=f"专项行动 {len(found)} 个")
    for head in ("名称", "期间", "重点"):
        table.add_column(head, overflow="fold")
    shown = (CampaignItem.SITES, CampaignItem.LINKS_REMOVED, CampaignItem.CASES)
    for head in ("线索", *(f"{item.label}（{item.unit}）" for item in shown)):
        table.add_column(head, justify="right")
    for one in found:
        totals = {figure.item: figure.total for figure in one.columns}
        figures = (str(one.figures.total.leads), *(_number(totals[item]) for item in shown))
        table.add_row(Text(one.name), _period(one), Text(one.focus), *figures)
    console.print(table)


def show(
    name: Annotated[str, typer.Argument(metavar="名称", help="专项行动的名称，可只写一部分")],
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一个专项行动的总结数字，并按领域、平台、部门、月份分列。

    例：patrol campaigns show 剑网2026
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            found = campaign_figures(session, campaign_named(session, name))
    finally:
        database.close()
    if as_json:
        print_json(_as_json(found))
        return
    console.print(f"{found.name}　{_period(found)}", markup=False, style="bold")
    if found.focus:
        console.print(f"重点：{found.focus}", markup=False)
    table = Table()
    for head in ("项目", "合计", "程序统计", "填报", "单位"):
        table.add_column(head, justify="left" if head in ("项目", "单位") else "right")
    for figure in found.columns:
        counted = str(figure.counted) if figure.counted is not None else "—"
        entered = _number(figure.entered) if figure.entries else "—"
        table.add_row(figure.item.label, _number(figure.total), counted, entered, figure.item.unit)
    console.print(table)
    for head, rows in found.figures.divided:
        if rows:
            console.print(_table(head, rows))
    for figure in found.columns:
        for entry in figure.entries:
            said = f"{figure.item.label} {_number(entry.value)} {figure.item.unit}　{entry.note}"
            console.print(f"填报 {clock.show_day(entry.at)}　{entry.who}　{said}", markup=False, style="dim")


def enter(
    name: Annotated[str, typer.Argument(metavar="名称", help="专项行动的名称")],
    item: Annotated[str, typer.Argument(metavar="项目", help=_ITEMS)],
    value: Annotated[str, typer.Argument(metavar="数值", help="在原有数字上增加多少；更正时填负数并写明原因")],
    by: Annotated[str, typer.Option(help="经办人姓名")],
    note: Annotated[str, typer.Option(help="说明，例如案号")] = "",
) -> None:
    """填报程序统计不到的数字，例如收缴制品、查办案件、约谈平台。每次填报都留有记录，不会覆盖。

    例：patrol campaigns enter 剑网2026 收缴制品 350 --by 李警官 --note 某书店仓库
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            campaign = campaign_named(session, name)
            entry = enter_figure(session, campaign, item, value, by, note)
            chosen = CampaignItem(entry.item)
            after = next(f for f in campaign_figures(session, campaign).columns if f.item is chosen)
    finally:
        database.close()
    console.print(
        f"{campaign.name}：{chosen.label} {_number(entry.value)} {chosen.unit}已记入，合计 {_number(after.total)} {chosen.unit}。",
        markup=False,
    )


def _table(title: str, rows: Sequence[Tally]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(title.removeprefix("按"), overflow="fold")
    shown = [column for column in TALLY_COLUMNS if column.read(rows[0]) is not None]
    for column in shown:
        table.add_column(column.label, justify="right")
    for row in rows:
        table.add_row(Text(row.name), *(str(column.read(row)) for column in shown))
    return table


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
