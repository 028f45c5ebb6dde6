"""Complaint commands: run ``patrol complaints import | list | show | answer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json, progress
from patrol.complaints.answers import answer_rows
from patrol.complaints.covering import covered
from patrol.complaints.entering import ANSWERED, LOOKED_AT
from patrol.complaints.intake import FileTaken, take_in
from patrol.complaints.journal import note
from patrol.complaints.queries import complaint_view, complaint_views, counts_by_state
from patrol.complaints.views import ComplaintView, FilingView
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.leads.views import LeadFilter
from patrol.vocabulary import ComplaintState

_SHOWN_PROBLEMS = 20


def import_complaints(
    files: Annotated[
        list[Path], typer.Argument(metavar="文件", help="CSV、XLSX 清单，或电子邮件（.eml，附件里的清单一并读取）")
    ],
    by: Annotated[str, typer.Option(help="经办人姓名")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """批量导入投诉举报：每个网址成为一个巡查目标，下次 patrol run 就会巡查。

    同一网址、同一作品的投诉并为一件，各投诉人都保留。有错的行会指明行和列，其余照常导入。
    必填的只有“网址”；投诉人、作品、主要事实和理由、权属证明等缺了会在 show 里列出。

    例：patrol complaints import 投诉清单.xlsx 来信.eml --by 李警官
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    taken: list[FileTaken] = []
    try:
        with progress("读取投诉", len(files)) as advance:
            for file in files:
                taken.append(take_in(workspace, database, file.expanduser(), by))
                advance()
    finally:
        database.close()
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
    state: Annotated[str | None, typer.Option(help="办理情况：待巡查、发现疑似侵权、未发现……")] = None,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="只列还没答复的")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="最多列出几件")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """列出投诉举报和办理情况，新的在前。个人信息已遮盖。

    例：patrol complaints list --state 待巡查
    """
    chosen = _state(state)
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            views = [
                covered(view) for view in complaint_views(session, state=chosen, unanswered=unanswered, limit=limit)
            ]
    finally:
        database.close()
    if as_json:
        print_json([_brief(view) for view in views])
        return
    if not views:
        console.print("没有符合条件的投诉。")
        return
    counted = "，".join(f"{name.label} {count}" for name, count in counts_by_state(views).items())
    table = Table(title=f"投诉 {len(views)} 件：{counted}")
    for head in ("编号", "收到", "作品", "网址", "投诉人", "办理情况", "线索", "答复"):
        table.add_column(head, overflow="fold", no_wrap=head == "编号")
    for view in views:
        table.add_row(
            Text(view.number),
            clock.show_month_day(view.received_at),
            Text(view.work_title or "—"),
            Text(view.url[:120]),
            Text("、".join(name or "匿名" for name in view.complainants)),
            view.state.label,
            Text("、".join(finding.lead for finding in view.findings)),
            clock.show_month_day(view.answered_at) if view.answered_at else "",
        )
    console.print(table)


def show_complaint(
    number: Annotated[str, typer.Argument(metavar="编号", help="例如 投诉〔2026〕0001号，或其序号")],
    full: Annotated[bool, typer.Option("--full", help="显示未遮盖的个人信息；要写 --by，并会记录在案")] = False,
    by: Annotated[str, typer.Option(help="经办人姓名")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一件投诉：各投诉人所述、缺少的材料、巡查结果和办理记录。

    例：patrol complaints show 投诉〔2026〕0001号
    """
    if full and not by:
        raise InputError("查看未遮盖的个人信息要写明经办人：--full --by 姓名")
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            view = complaint_view(session, number)
            if view is not None and full:
                note(session, [view.id], by, LOOKED_AT, "")
    finally:
        database.close()
    if view is None:
        raise InputError(f"没有编号为“{number}”的投诉。可用 patrol complaints list 查看")
    view = view if full else covered(view)
    if as_json:
        print_json({**_brief(view), "filings": [_filing_json(f) for f in view.filings]})
        return
    _show(view)


def answer(
    out: Annotated[Path, typer.Option(help="放答复的文件夹：一个汇总表（CSV），每个投诉人一封答复（DOCX）")],
    by: Annotated[str, typer.Option(help="经办人姓名，记入办理记录")],
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="编号", help="只答复这几件；不写则为全部已巡查、未答复的")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部投诉，已答复过的和待巡查的也在内")] = False,
) -> None:
    """生成对投诉的答复。没写编号、也没写 --all 时，只答复已经巡查过、还没有答复的。

    例：patrol complaints answer --out 答复 --by 李警官
    """
    from reports.answer import write_answers
    from reports.data import basis
    from reports.html import Period

    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    folder = out.expanduser()
    try:
        with database.session() as session:
            asked = everything or bool(numbers)
            views = complaint_views(session, numbers=tuple(numbers or ()), unanswered=not asked)
            if not asked:
                views = [view for view in views if view.state is not ComplaintState.WAITING]
            if not views:
                raise InputError("还没有可以答复的投诉。请先 patrol run 巡查，或用 --all 答复全部")
            rows = answer_rows(views)
            try:
                written = write_answers(rows, folder, basis(workspace, Period(), LeadFilter()))
            except OSError as error:
                raise InputError(f"答复写不进 {folder}：{error.strerror or error}") from error
            note(session, [view.id for view in views], by, ANSWERED, f"{folder.name}/{written[0].name}")
    finally:
        database.close()
    counted = "，".join(f"{name.label} {count}" for name, count in counts_by_state(views).items())
    console.print(f"答复 {len(views)} 件（{counted}），写在 {folder}：", markup=False)
    console.print(f"  {written[0].name}，答复函 {len(written) - 1} 封。请核对后签发。", markup=False)
    nameless = sum(not row.complainant for row in rows)
    if nameless:
        errors.print(f"其中 {nameless} 件是匿名投诉，只列在汇总表里。", style="yellow")


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
        ("账号或店铺", view.account),
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


def _state(text: str | None) -> ComplaintState | None:
    if text is None:
        return None
    try:
        return ComplaintState.parse(text)
    except ValueError as error:
        raise InputError(f"--state：{error}") from error
