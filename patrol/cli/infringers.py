"""Infringer commands: run ``patrol infringers list | show | chart``: who is behind several leads, with every tie shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cases.infringers import InfringerView, infringers
from patrol.cases.ties import Ties
from patrol.cli.casework import open_session
from patrol.cli.console import console, print_json
from patrol.config import Workspace
from patrol.errors import InputError
from reports.link_chart import chart_page


def list_infringers(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="只数这天起发现的线索")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="只数这天前发现的线索")] = None,
    repeated: Annotated[bool, typer.Option("--repeated", help="只列有反复侵权迹象的")] = False,
    everyone: Annotated[bool, typer.Option("--all", help="只有一条线索的也列出")] = False,
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """列出有两条以上线索或两个以上账号的疑似侵权主体，有反复侵权迹象的在前。"""
    with open_session() as session:
        found = infringers(session, Ties.load(Workspace.find().root), _local(since), _local(until))
    found = [view for view in found if view.repeated or not repeated]
    if not everyone:
        found = [view for view in found if len(view.leads) > 1 or len(view.accounts) > 1]
    if json:
        print_json([asdict(view) for view in found])
        return
    if not found:
        console.print("没有符合条件的侵权主体。")
        return
    table = Table(title=f"疑似侵权主体 {len(found)} 个（关联由程序提示，须核实）")
    for name in ("最早线索", "名称", "账号", "站点", "线索", "已确认", "作品", "反复侵权提示"):
        table.add_column(name, overflow="fold")
    for view in found:
        table.add_row(
            Text(view.number),
            Text(view.name),
            str(len(view.accounts)),
            Text("、".join(view.sites)),
            str(len(view.leads)),
            str(view.confirmed),
            str(view.works),
            Text(view.why or "—", style="red" if view.repeated else ""),
        )
    console.print(table)


def show_infringer(
    who: Annotated[str, typer.Argument(metavar="编号或账号", help="其中任一线索的编号，或账号名称")],
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一个侵权主体的账号、关联依据和线索。"""
    view = _the_infringer(who)
    if json:
        print_json(asdict(view))
        return
    console.print(Text(f"{view.name}（以最早线索 {view.number} 称呼）", style="bold"))
    console.print(Text(f"线索 {len(view.leads)} 条，其中已确认 {view.confirmed} 条；{view.why or '未见反复侵权'}"))
    if view.caution:
        console.print(Text(view.caution, style="yellow"))
    for account in view.accounts:
        seen = f"{clock.show_day(account.first)} 至 {clock.show_day(account.last)}"
        console.print(Text(f"账号 {account.label} {account.url} {seen} 线索 {'、'.join(account.leads)}"))
    for tie in view.ties:
        shared = "、".join(view.accounts[number].label for number in tie.accounts)
        shown = f"（取证快照 {'、'.join(map(str, tie.captures))}）" if tie.captures else ""
        console.print(Text(f"关联 {tie.words}，力度 {tie.weight:g}：{shared}{shown}"))
    months = "，".join(f"{month} {count} 条" for month, count in view.by_month.items())
    console.print(Text(f"按月：{months}"))
    if view.after_notice:
        console.print(Text(f"收到通知后新发现：{'、'.join(view.after_notice)}", style="red"))


def draw_chart(
    who: Annotated[str, typer.Argument(metavar="编号或账号", help="其中任一线索的编号，或账号名称")],
    out: Annotated[Path, typer.Argument(metavar="文件", help="要写的文件，例如 关联图.html")],
) -> None:
    """画出一个侵权主体的关联图（一个可离线打开的 HTML 文件）。"""
    view = _the_infringer(who)
    try:
        out.write_text(chart_page(view), encoding="utf-8")
    except OSError as error:
        raise InputError(f"写不了 {out}：{error.strerror or error}") from error
    console.print(Text(f"已写入 {out}"))


def _the_infringer(who: str) -> InfringerView:
    with open_session() as session:
        found = infringers(session, Ties.load(Workspace.find().root))
    for view in found:
        if who in view.all_leads or any(who == account.name for account in view.accounts):
            return view
    raise InputError(f"没有线索编号或账号名称是“{who}”的侵权主体。可用 patrol infringers list 查看")


def _local(day: datetime | None) -> datetime | None:
    return clock.begin_day(day.date()) if day is not None else None
