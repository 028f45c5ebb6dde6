"""Report command: runs ``patrol report``: reports, forms, letters and ledgers, to be read, printed, signed and filed."""

from __future__ import annotations

import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from patrol.cli.console import console, errors
from patrol.cli.evidence_export import By, Reason, Unmasked, record_unmasking
from patrol.cli.leads import chosen
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.custody import record_act
from patrol.leads.views import LeadFilter
from patrol.vocabulary import Field, Grade, LeadStatus, MatchKind


def report(
    kind: Annotated[
        str, typer.Argument(metavar="种类", help="报告种类，见 patrol report --list；不写则出巡查日报")
    ] = "daily",
    form: Annotated[
        str, typer.Option("--form", help="格式：html、pdf、docx、xlsx、csv、jsonl；不写则用该种类的第一种")
    ] = "",
    lead: Annotated[list[str] | None, typer.Option("--lead", help="线索编号或序号，可写多次")] = None,
    complaint: Annotated[
        list[str] | None, typer.Option("--complaint", help="投诉编号或序号，可写多次（答复书）")
    ] = None,
    campaign: Annotated[str, typer.Option(help="专项行动名称；期间不写则用它的起止日期")] = "",
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="起始日期（含）")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截止日期（含）")] = None,
    grade: Annotated[str | None, typer.Option(help="只要这个等级的线索：甲级、乙级、丙级")] = None,
    result: Annotated[str | None, typer.Option(help="只要这种比对结果，例如 洗稿")] = None,
    field: Annotated[str | None, typer.Option(help="只要这个领域，例如 剧本杀")] = None,
    status: Annotated[str | None, typer.Option(help="只要这种办理状态，例如 已确认")] = None,
    site: Annotated[str | None, typer.Option(help="只要这个站点")] = None,
    to: Annotated[str, typer.Option(help="通知、函件发给谁；不写则用站点名称")] = "",
    output: Annotated[
        Path | None, typer.Option(help="写到哪个文件（多份时为文件夹）；不写则放在工作区的报告目录")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="写好后打开")] = False,
    list_them: Annotated[bool, typer.Option("--list", help="列出全部种类和格式")] = False,
    unmasked: Unmasked = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """出报告、登记表、文书和台账；线索很多时，网页日报的正文分页放在旁边的文件夹里。个人信息以“＊”遮盖。文书模板可复制到工作区 templates 文件夹，用 Word 修改。

    例：patrol report --since 2026-11-01 --open（巡查日报，网页）；patrol report dossier --lead 12 --form docx；
    patrol report ledger --grade 甲级；patrol report campaign --campaign 剑网2026 --form pdf
    """
    from reports.data import basis
    from reports.html import Period
    from reports.kinds import form_named, kind_named
    from reports.paged import pages_of
    from reports.writer import Wish, make_files

    if list_them:
        _list()
        return
    if since and until and until < since:
        raise InputError("截止日期早于起始日期，请对调")
    workspace = Workspace.find()
    wanted = kind_named(kind)
    where = LeadFilter(
        grades=chosen(Grade, grade, "--grade"),
        kinds=chosen(MatchKind, result, "--result"),
        fields=chosen(Field, field, "--field"),
        statuses=chosen(LeadStatus, status, "--status"),
        sites=(site,) if site else (),
    )
    period = Period(since.date() if since else None, until.date() if until else None)
    covered = basis(workspace, period, where, campaign=campaign, masked=not unmasked)
    wish = Wish(wanted, form_named(wanted, form, output), covered, tuple(lead or ()), tuple(complaint or ()), to)
    if unmasked:
        record_unmasking(workspace, by, reason, f"{wanted.label}（{wish.form.value}）", wish.leads)
    record_act(workspace, "report", what=f"{wanted.label}（{wish.form.value}）", leads=wish.leads, why=reason)
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            written = make_files(session, workspace, wish, output.expanduser().resolve() if output else None)
    finally:
        database.close()
    for note in written.notes:
        errors.print(note, markup=False, style="yellow")
    paths = written.paths
    where_to = paths[0] if len(paths) == 1 else paths[0].parent
    console.print(
        f"{wanted.label}已写好{f'，共 {len(paths)} 个文件' if len(paths) > 1 else ''}：{where_to}",
        markup=False,
        soft_wrap=True,
    )
    folder = pages_of(paths[0].resolve()) if len(paths) == 1 else None
    if folder is not None:
        console.print(f"线索较多，正文分页放在旁边的文件夹里，拷贝时请一起带上：{folder.name}", markup=False)
    if open_it and not webbrowser.open(where_to.resolve().as_uri()):
        console.print("没有找到可用的浏览器，请双击文件打开", markup=False)


def _list() -> None:
    from reports.kinds import KINDS

    table = Table(title="报告种类")
    for head in ("种类", "名称", "内容", "统计口径", "格式"):
        table.add_column(head, overflow="fold")
    for kind in KINDS:
        table.add_row(kind.name, kind.label, kind.about, kind.needs.label, "、".join(form.value for form in kind.forms))
    console.print(table)
