"""``patrol report``: the lead report as one HTML file."""

from __future__ import annotations

import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from patrol.cli.console import console
from patrol.cli.evidence_export import By, Reason, Unmasked, record_unmasking
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.custody import record_act


def report(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="起始日期（含）")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截止日期（含）")] = None,
    output: Annotated[Path | None, typer.Option(help="写到哪个文件；不写则放在工作区的报告目录")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="写好后用浏览器打开")] = False,
    unmasked: Unmasked = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """生成线索报告：一个 HTML 文件，可离线打开、打印、签字。个人信息以“＊”遮盖。

    例：patrol report --since 2026-11-01 --open
    """
    from reports.html import Period, write_report

    if since and until and until < since:
        raise InputError("截止日期早于起始日期，请对调")
    workspace = Workspace.find()
    period = Period(since.date() if since else None, until.date() if until else None)
    path = output or workspace.reports / f"线索报告_{_stamp(period)}.html"
    office = workspace.config.office
    if unmasked:
        record_unmasking(workspace, by, reason, f"线索报告 {path.name}")
    record_act(workspace, "report", what=f"线索报告 {path.name}", why=reason)
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            count = write_report(
                session, office.name, office.region, period, path.expanduser().resolve(), masked=not unmasked
            )
    finally:
        database.close()
    console.print(f"报告已写好，共 {count} 条线索：{path}", markup=False)
    if open_it:
        webbrowser.open(path.expanduser().resolve().as_uri())


def _stamp(period: object) -> str:
    since, until = getattr(period, "since", None), getattr(period, "until", None)
    if not since and not until:
        return "全部"
    return f"{since or '开始'}至{until or '目前'}"
