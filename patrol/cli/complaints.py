"""Complaint commands: run ``patrol complaints import | list | show | answer``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from patrol import clock
from patrol.cli.arguments import BY, JSON, word_option
from patrol.cli.console import console, errors, print_json, progress
from patrol.cli.listing import Cell, Column, figure, show_list, whole
from patrol.complaints import viewing
from patrol.complaints.intake import FileTaken, take_all
from patrol.complaints.queries import counts_by_state
from patrol.complaints.views import ComplaintView, FilingView
from patrol.vocabulary import ComplaintState
from patrol.workspace import open_workspace

_SHOWN_PROBLEMS = 20


def import_complaints(
    files: Annotated[
        list[Path], typer.Argument(metavar="文件", help="CSV、XLSX 清单，或电子邮件（.eml，附件里的清单一并读取）")
    ],
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """批量导入投诉举报：每个网址成为一个巡查目标，下次 patrol run 就会巡查。

    同一网址、同一作品的投诉并为一件，各投诉人都保留。有错的行会指明行和列，其余照常导入。
    必填的只有“网址”；投诉人、作品、主要事实和理由、权属证明等缺了会在 show 里列出。

    例：patrol complaints import 投诉清单.xlsx 来信.eml --by 李警官
    """
    with open_workspace() as here, progress("读取投诉", len(files)) as advance:
        taken = take_all(here.workspace, here.database, [file.expanduser() for file in files], by, advance)
    print_json([_taken_json(one) for one in taken]) if as_json else _show_taken(taken)
    if all(one.refused for one in taken):
        raise typer.Exit(2)
    raise typer.Exit(1 if any(one.refused or one.read.problems for one in taken) else 0)


def _show_taken(taken: list[FileTaken]) -> None:
    for one in taken:
        if one.entered is None:
            errors.print(f"没有导入：{one.refused}", markup=False, style="red")
            continue
        done = one.entered
        said = f"{one.name}：新增投诉 {done.added} 件，并入已有投诉 {done.joined} 件"
        said += f"，以前导入过 {done.known} 件" if done.known else ""
        console.print(f"{said}；新增巡查目标 {done.targets} 个。", markup=False)
        if done.unknown_works:
            names = "、".join(f"《{title.strip('《》')}》" for title in done.unknown_works[:10])
            more = f"等 {len(done.unknown_works)} 部" if len(done.unknown_works) > 10 else ""
            errors.print(
                f"作品库里没有：{names}{more}。导入作品后才能比对：patrol works import", markup=False, style="yellow"
            )
        if done.strangers:
            errors.print(
                f"{len(done.strangers)} 个网站没有站点文件，按单个网页取证：{'、'.join(done.strangers[:5])}",
                markup=False,
                style="dim",
            )
        if one.read.ignored:
            errors.print(f"没有用到的列：{'、'.join(one.read.ignored)}", markup=False, style="yellow")
        if one.read.problems:
            errors.print(f"{len(one.read.problems)} 处有误，这些行没有导入：", style="red")
            for problem in one.read.problems[:_SHOWN_PROBLEMS]:
                errors.print(f"  {problem}", markup=False)
            if len(one.read.problems) > _SHOWN_PROBLEMS:
                errors.print(f"  ……另有 {len(one.read.problems) - _SHOWN_PROBLEMS} 处（--json 可看全部）")
    if any(one.entered is not None and one.entered.targets for one in taken):
        console.print("接下来：patrol run 巡查，patrol complaints answer 生成答复。")


def _taken_json(one: FileTaken) -> dict[str, object]:
    done = one.entered
    return {
        "file": one.name,
        "refused": one.refused,
        "added": done.added if done else 0,
        "joined": done.joined if done else 0,
        "known": done.known if done else 0,
        "targets": done.targets if done else 0,
        "unknown_works": list(done.unknown_works) if done else [],
        "single_hosts": list(done.strangers) if done else [],
        "ignored_columns": list(one.read.ignored),
        "problems": [str(problem) for problem in one.read.problems],
    }


def list_complaints(
    state: Annotated[
        ComplaintState | None, word_option(ComplaintState, "--state", "办理情况：待巡查、发现疑似侵权、未发现……")
    ] = None,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="只列还没答复的")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="最多列出几件")] = 200,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """列出投诉举报和办理情况，新的在前。个人信息已遮盖。

    例：patrol complaints list --state 待巡查
    """
    with open_workspace() as here:
        views = viewing.list_complaints(here.session, state, unanswered=unanswered, limit=limit)
    if as_json:
        print_json([_brief(view) for view in views])
    elif not views:
        console.print("没有符合条件的投诉。")
    else:
        counted = _counted(counts_by_state(views))
        show_list(f"投诉 {len(views)} 件：{counted}", _COLUMNS, map(_row, views))


_COLUMNS = (
    figure("序号"),
    whole("编号"),
    whole("收到", optional=2),
    Column("作品"),
    Column("网址", 16),
    Column("投诉人", optional=3),
    whole("办理情况"),
    Column("线索", 18, optional=1),
    whole("答复", optional=4),
)


def _row(view: ComplaintView) -> tuple[Cell, ...]:
    return (
        str(view.id),
        view.number,
        clock.show_month_day(view.received_at),
        view.work_title or "—",
        view.url[:120],
        "、".join(name or "匿名" for name in view.complainants),
        view.state.label,
        "、".join(finding.lead for finding in view.findings),
        clock.show_month_day(view.answered_at) if view.answered_at else "",
    )


def _counted(states: Mapping[ComplaintState, int]) -> str:
    return "，".join(f"{state.label} {count}" for state, count in states.items())


def show_complaint(
    number: Annotated[str, typer.Argument(metavar="编号", help="例如 投诉〔2026〕0001号，或其序号")],
    full: Annotated[bool, typer.Option("--full", help="显示未遮盖的个人信息；要写 --by，并会记录在案")] = False,
    by: Annotated[str, BY] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """显示一件投诉：各投诉人所述、缺少的材料、巡查结果和办理记录。

    例：patrol complaints show 投诉〔2026〕0001号
    """
    with open_workspace() as here:
        view = viewing.view_complaint(here.session, number, full=full, by=by)
    if as_json:
        print_json({**_brief(view), "filings": [_filing_json(f) for f in view.filings]})
    else:
        _show(view)


def answer(
    output: Annotated[
        Path, typer.Option("--output", help="放答复的文件夹：一个汇总表（CSV），每个投诉人一封答复（DOCX）")
    ],
    by: Annotated[str, BY],
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="编号", help="只答复这几件；不写则为全部已巡查、未答复的")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部投诉，已答复过的和待巡查的也在内")] = False,
) -> None:
    """生成对投诉的答复。没写编号、也没写 --all 时，只答复已经巡查过、还没有答复的。

    例：patrol complaints answer --output 答复 --by 李警官
    """
    from reports.answer import answer_complaints

    folder = output.expanduser()
    with open_workspace() as here:
        done = answer_complaints(here.session, here.workspace, folder, by, numbers=numbers or (), everything=everything)
    console.print(f"答复 {done.complaints} 件（{_counted(done.states)}），写在 {folder}：", markup=False)
    console.print(f"  {done.paths[0].name}，答复函 {len(done.paths) - 1} 封。请核对后签发。", markup=False)
    if done.nameless:
        errors.print(f"其中 {done.nameless} 件是匿名投诉，只列在汇总表里。", style="yellow")


def _show(view: ComplaintView) -> None:
    for name, value in (
        ("编号", view.number),
        ("网址", view.url),
        ("站点", view.site),
        (
            "作品",
            f"{view.work_title}（{'作品库编号 ' + view.work_id if view.work_id else '作品库里没有'}）"
            if view.work_title
            else "",
        ),
        ("被投诉人", view.respondent),
        ("被投诉人地址", view.respondent_address),
        ("店铺或账号", view.account),
        ("行为地", view.place),
        ("办理情况", view.state.label + (f"：{view.reason}" if view.reason else "")),
        (
            "取证",
            f"{clock.show_minute(view.seen.fetched_at)}　SHA-256 {view.seen.payload_sha256}" if view.seen else "",
        ),
    ):
        if value:
            console.print(f"{name}：{value}", markup=False)
    for finding in view.findings:
        console.print(f"线索：{finding.lead}　{finding.kind.label}　{finding.status.label}", markup=False)
    for filing in view.filings:
        console.print(f"\n投诉人 {filing.complainant}", markup=False, style="bold")
        for name, value in _said(filing):
            if value:
                console.print(f"  {name}：{value}", markup=False)
        if filing.missing:
            console.print(f"  缺少：{'、'.join(filing.missing)}", markup=False, style="yellow")
    console.print("\n办理记录", style="bold")
    for line in view.journal:
        console.print(f"  {clock.show_minute(line.at)}　{line.who}　{line.what}　{line.note}", markup=False)


def _said(filing: FilingView) -> list[tuple[str, str]]:
    return [
        ("投诉日期", str(filing.filed_on or "")),
        ("联系方式", filing.contact),
        ("地址", filing.address),
        ("身份证明", filing.identity),
        ("主要事实和理由", filing.facts),
        ("权属证明", filing.proof),
        ("复制品或证据", filing.copies),
        ("来源", filing.source),
    ]


def _filing_json(filing: FilingView) -> dict[str, object]:
    return {"complainant": filing.complainant} | dict(_said(filing)) | {"missing": list(filing.missing)}


def _brief(view: ComplaintView) -> dict[str, object]:
    return {
        "id": view.id,
        "number": view.number,
        "received_at": view.received_at,
        "url": view.url,
        "site": view.site,
        "work": view.work_title,
        "work_id": view.work_id,
        "complainants": list(view.complainants),
        "state": view.state.value,
        "reason": view.reason,
        "leads": [finding.lead for finding in view.findings],
        "answered_at": view.answered_at,
    }
