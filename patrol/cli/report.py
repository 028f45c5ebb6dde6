"""Report command: runs ``patrol report``: reports, forms, letters and ledgers, to be read, printed, signed and filed."""

from __future__ import annotations

import webbrowser
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from patrol.cli.arguments import BY_OR_SETTINGS, REASON, SITE, UNMASKED, day_option, period, word_option
from patrol.cli.console import console, errors
from patrol.cli.listing import Column, show_list, whole
from patrol.leads.views import LeadFilter
from patrol.vocabulary import Field, Grade, LeadStatus, MatchKind
from patrol.workspace import open_workspace


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
    since: Annotated[date | None, day_option("--since", "起始日期（含）")] = None,
    until: Annotated[date | None, day_option("--until", "截止日期（含）")] = None,
    grade: Annotated[Grade | None, word_option(Grade, "--grade", "只要这个等级的线索：甲级、乙级、丙级")] = None,
    matched: Annotated[MatchKind | None, word_option(MatchKind, "--kind", "只要这种比对结果，例如 洗稿")] = None,
    field: Annotated[Field | None, word_option(Field, "--field", "只要这个领域，例如 剧本杀")] = None,
    status: Annotated[LeadStatus | None, word_option(LeadStatus, "--status", "只要这种办理状态，例如 已确认")] = None,
    site: Annotated[str | None, SITE] = None,
    to: Annotated[str, typer.Option(help="通知、函件发给谁；不写则用站点名称")] = "",
    output: Annotated[
        Path | None, typer.Option(help="写到哪个文件（多份时为文件夹）；不写则放在工作区的报告目录")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="写好后打开")] = False,
    list_them: Annotated[bool, typer.Option("--list", help="列出全部种类和格式")] = False,
    unmasked: Annotated[bool, UNMASKED] = False,
    reason: Annotated[str, REASON] = "",
    by: Annotated[str, BY_OR_SETTINGS] = "",
) -> None:
    """出报告、登记表、文书和台账；线索很多时，网页日报的正文分页放在旁边的文件夹里。个人信息以“＊”遮盖。文书模板可复制到工作区 templates 文件夹，用 Word 修改。

    例：patrol report --since 2026-11-01 --open（巡查日报，网页）；patrol report dossier --lead 12 --form docx；
    patrol report ledger --grade 甲级；patrol report campaign --campaign 剑网2026 --form pdf
    """
    from reports.data import basis
    from reports.kinds import form_named, kind_named
    from reports.writer import Wish, issue

    if list_them:
        _list()
        return
    wanted = kind_named(kind)
    where = LeadFilter.of(grade=grade, kind=matched, field=field, status=status, site=site)
    with open_workspace() as here:
        covered = basis(here.workspace, period(since, until), where, campaign=campaign, masked=not unmasked)
        wish = Wish(wanted, form_named(wanted, form, output), covered, tuple(lead or ()), tuple(complaint or ()), to)
        written = issue(here.session, here.workspace, wish, output, by=by, reason=reason)
    for note in written.notes:
        errors.print(note, markup=False, style="yellow")
    several = f"，共 {len(written.paths)} 个文件" if len(written.paths) > 1 else ""
    console.print(f"{wanted.label}已写好{several}：{written.place}", markup=False, soft_wrap=True)
    if written.pages is not None:
        console.print(f"线索较多，正文分页放在旁边的文件夹里，拷贝时请一起带上：{written.pages.name}", markup=False)
    if open_it and not webbrowser.open(written.place.resolve().as_uri()):
        console.print("没有找到可用的浏览器，请双击文件打开", markup=False)


def _list() -> None:
    from reports.kinds import KINDS

    show_list(
        "报告种类",
        (whole("种类"), Column("名称"), Column("内容", 16, optional=1), whole("统计口径"), Column("格式")),
        (
            (kind.name, kind.label, kind.about, kind.needs.label, "、".join(form.value for form in kind.forms))
            for kind in KINDS
        ),
    )
