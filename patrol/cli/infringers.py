"""Infringer commands: run ``patrol infringers list | show | chart``: who is behind several leads, with every tie shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from patrol import clock
from patrol.cases.infringers import InfringerView, choose_notable, find_infringer, infringers
from patrol.cases.ties import Ties
from patrol.cli.arguments import JSON, day_option, period
from patrol.cli.console import console, print_json
from patrol.cli.listing import Cell, Column, figure, show_list, whole
from patrol.workspace import open_workspace
from reports.link_chart import write_chart

_WHO = typer.Argument(metavar="编号或账号", help="其中任一线索的编号或序号，或账号名称")
_COLUMNS = (
    whole("最早线索"),
    Column("名称"),
    figure("账号"),
    Column("站点"),
    figure("线索"),
    figure("已确认", optional=1),
    figure("作品", optional=2),
    Column("反复侵权提示", 20),
)


def list_infringers(
    since: Annotated[date | None, day_option("--since", "只数这天起发现的线索（含）")] = None,
    until: Annotated[date | None, day_option("--until", "只数到这天止发现的线索（含）")] = None,
    repeated: Annotated[bool, typer.Option("--repeated", help="只列有反复侵权迹象的")] = False,
    everyone: Annotated[bool, typer.Option("--all", help="只有一条线索的也列出")] = False,
    json: Annotated[bool, JSON] = False,
) -> None:
    """列出有两条以上线索或两个以上账号的疑似侵权主体，有反复侵权迹象的在前。

    例：patrol infringers list --since 2026-06-01 --repeated
    """
    found = period(since, until)
    with open_workspace() as here:
        views = infringers(here.session, Ties.load(here.workspace.root), found.start, found.end)
    views = choose_notable(views, repeated=repeated, everyone=everyone)
    if json:
        print_json([asdict(view) for view in views])
    elif not views:
        console.print("没有符合条件的侵权主体。")
    else:
        show_list(f"疑似侵权主体 {len(views)} 个（关联由程序提示，须核实）", _COLUMNS, map(_row, views))


def _row(view: InfringerView) -> tuple[Cell, ...]:
    return (
        view.number,
        view.name,
        str(len(view.accounts)),
        "、".join(view.sites),
        str(len(view.leads)),
        str(view.confirmed),
        str(view.works),
        Text(view.why or "—", style="red" if view.repeated else ""),
    )


def show_infringer(
    who: Annotated[str, _WHO],
    json: Annotated[bool, JSON] = False,
) -> None:
    """显示一个侵权主体的账号、关联依据和线索。"""
    with open_workspace() as here:
        view = find_infringer(here.session, Ties.load(here.workspace.root), who)
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
    who: Annotated[str, _WHO],
    file: Annotated[Path, typer.Argument(metavar="文件", help="要写的文件，例如 关联图.html")],
) -> None:
    """画出一个侵权主体的关联图（一个可离线打开的 HTML 文件）。"""
    with open_workspace() as here:
        view = find_infringer(here.session, Ties.load(here.workspace.root), who)
    write_chart(view, file.expanduser())
    console.print(Text(f"已写好：{file}"))
