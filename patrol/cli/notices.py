"""Notice commands: run ``patrol notices``: drafting, sending, what became of it, and how platforms answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.actor import Officer
from patrol.cli.casework import BY, open_session
from patrol.cli.console import console, errors, print_json
from patrol.config import Workspace
from patrol.errors import InputError
from patrol.notices.content import BLANK, NoticeAct, NoticeKind, Sender, joined
from patrol.notices.follow_up import observe, unscheduled
from patrol.notices.platforms import platforms
from patrol.notices.register import NoticeView, draft, enter_act, mark_sent, notice_views
from patrol.notices.safe_harbour import safe_harbour

_ON = typer.Option("--on", formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], help="日期或时间（北京时间），不写就是现在")
_JSON = typer.Option("--json", help="以 JSON 输出")
_ID = typer.Argument(metavar="序号", help="通知的序号，见 patrol notices list")


def draft_notice(
    number: Annotated[str, typer.Argument(metavar="编号", help="线索编号")],
    kind: Annotated[str, typer.Option(help="权利人通知、责令改正 或 协助调查函")],
    by: Annotated[str, BY],
    to: Annotated[str, typer.Option(help="收件平台；不写则用重点目录里的运营单位")] = "",
    officers: Annotated[list[str] | None, typer.Option(help="两名执法人员，例如 --officers 张三,李四")] = None,
    holder_contact: Annotated[str, typer.Option(help="权利人联系方式")] = "",
    holder_address: Annotated[str, typer.Option(help="权利人地址")] = "",
    json: Annotated[bool, _JSON] = False,
) -> None:
    """为已确认的线索起草通知或函件，并指出还缺什么、由谁签署。"""
    workspace = Workspace.find()
    office = workspace.config.office
    sender = Sender(office.name, office.region, to, joined(officers or []), holder_contact, holder_address)
    try:
        chosen = NoticeKind.parse(kind)
    except ValueError as error:
        raise InputError(f"--kind：{error}") from error
    with open_session() as session:
        view = draft(session, number, chosen, sender, Officer.acting(by), workspace=workspace.root)
    if json:
        print_json(asdict(view))
        return
    _show(view)
    console.print(Text(f"打印文书：patrol report {_PAPER[view.kind]} --lead {view.lead}（也可加 --form pdf）"))


_PAPER = {NoticeKind.HOLDER: "notice", NoticeKind.RECTIFY: "rectify", NoticeKind.ASSIST: "assist"}
"""The report that makes each kind's paper."""


def sent(
    notice: Annotated[int, _ID],
    by: Annotated[str, BY],
    on: Annotated[datetime | None, _ON] = None,
    note: Annotated[str, typer.Option(help="备注，例如 邮寄单号、平台受理号")] = "",
) -> None:
    """登记通知已发出；页面从此每天复查。"""
    now = clock.now()
    with open_session() as session:
        view = mark_sent(session, notice, _moment(on, now), Officer.acting(by), note, now)
        alone = view.lead in unscheduled(session)
    console.print(Text(f"{view.number} 已登记发出，线索 {view.lead} 现为“{view.lead_status.label}”。"))
    if view.letter is not None and view.letter.blanks:
        errors.print(Text(f"登记时仍有缺项：{'、'.join(view.letter.blanks)}，请核对发出的文书"), style="yellow")
    if alone:
        errors.print(Text(f"{view.lead} 的页面不属于重点目录里的任何目标，不会自动复查，请加入目录。"), style="yellow")


def event(
    notice: Annotated[int, _ID],
    what: Annotated[str, typer.Argument(metavar="事项", help="发生了什么；写错会列出可以登记的事项")],
    by: Annotated[str, BY],
    on: Annotated[datetime | None, _ON] = None,
    note: Annotated[str, typer.Option(help="备注")] = "",
) -> None:
    """登记平台答复、收到反通知、依反通知恢复、平台公示等。"""
    short = {"反通知": NoticeAct.COUNTER, "不侵权声明": NoticeAct.COUNTER, "恢复": NoticeAct.RESTORED, "答复": NoticeAct.ANSWERED, "公示": NoticeAct.PUBLISHED, "下架": NoticeAct.REMOVED}  # fmt: skip
    try:
        act = short.get(what) or NoticeAct.parse(what)
    except ValueError as error:
        raise InputError(f"{error}。也可简写为：{'、'.join(short)}") from error
    now = clock.now()
    with open_session() as session:
        view = enter_act(session, notice, act, _moment(on, now), Officer.acting(by), note, now)
    console.print(Text(f"{view.number}：{act.label}，线索 {view.lead} 现为“{view.lead_status.label}”。"))


def list_notices(json: Annotated[bool, _JSON] = False) -> None:
    """列出全部通知和处理情况。"""
    with open_session() as session:
        views = notice_views(session)
    if json:
        print_json([asdict(view) for view in views])
        return
    if not views:
        console.print("还没有通知。可用 patrol notices draft 起草")
        return
    table = Table(title=f"通知 {len(views)} 份")
    for name in ("序号", "文号", "种类", "线索", "收件平台", "发出", "现状", "用时"):
        table.add_column(name, overflow="fold")
    for view in views:
        out = clock.show_day(view.sent_at) if view.sent_at else "未发"
        table.add_row(
            str(view.id), Text(view.number), view.kind.label, Text(view.lead), Text(view.recipient), out, view.state, _took(view)
        )  # fmt: skip
    console.print(table)


def show_notice(notice: Annotated[int, _ID], json: Annotated[bool, _JSON] = False) -> None:
    """显示一份通知的内容、缺项和经过。"""
    with open_session() as session:
        views = notice_views(session, ids=[notice])
    if not views:
        raise InputError(f"没有序号为 {notice} 的通知。可用 patrol notices list 查看")
    print_json(asdict(views[0])) if json else _show(views[0])


def check() -> None:
    """按已有的取证快照复核通知：下架、到期仍在、再次出现（每次巡查后也会自动做）。"""
    with open_session() as session:
        seen = observe(session, Workspace.find().root)
        alone = unscheduled(session)
    for found in seen:
        console.print(Text(found.words))
    console.print(f"新情况 {len(seen)} 项。" if seen else "没有新情况。")
    if alone:
        errors.print(Text(f"不会自动复查（不属于任何目标）：{'、'.join(alone)}"), style="yellow")


def list_platforms(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="通知发出日期，从这天起")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="通知发出日期，到这天前")] = None,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """各平台收到的通知、下架、用时中位数、再次出现，以及需要关注之处。"""
    with open_session() as session:
        now = clock.now()
        found = platforms(
            session,
            now,
            Workspace.find().root,
            since and clock.assume_beijing(since),
            until and clock.assume_beijing(until),
        )
    if json:
        print_json([asdict(view) for view in found])
        return
    table = Table(title="平台处理通知情况（用时以首次看到下架为准，实际可能更短）")
    for name in ("平台", "通知", "下架", "中位用时", "逾期未下架", "再次出现", "反通知", "需要关注"):
        table.add_column(name, overflow="fold")
    for view in found:
        hours = f"{view.median_hours:.0f} 小时" if view.median_hours is not None else "—"
        table.add_row(
            Text(view.site), str(view.notices), str(view.removals), hours, str(view.overdue), str(view.relapses),
            str(view.counter_notices), Text("；".join(view.flags) or "—", style="red" if view.flags else ""),
        )  # fmt: skip
    console.print(table)


def show_safe_harbour(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点名称")], json: Annotated[bool, _JSON] = False
) -> None:
    """一个平台的避风港核对表，每项列出证据；是否应知、明知由人判断。"""
    with open_session() as session:
        rows = safe_harbour(session, site, clock.now(), Workspace.find().root)
    if not rows:
        raise InputError(f"站点“{site}”没有未排除的线索。可用 patrol leads list 查看")
    if json:
        print_json([asdict(row) for row in rows])
        return
    console.print(Text(f"{site} 避风港核对表（请核对现行有效文本）", style="bold"))
    for row in rows:
        style = "red" if row.finding == "有不利迹象" else ""
        console.print(Text(f"{row.question}（{row.rule}）：{row.finding}", style=style))
        for line in row.evidence:
            shown = f"（取证快照 {line.capture_id}）" if line.capture_id is not None else ""
            console.print(Text(f"　・{line.words}{shown}"))


def _show(view: NoticeView) -> None:
    console.print(
        Text(f"{view.number} {view.kind.label}（序号 {view.id}，线索 {view.lead}）：{view.state}", style="bold")
    )
    letter = view.letter
    if letter is not None:
        console.print(
            Text(
                f"致：{letter.recipient}\n签署：{letter.signer}\n作品：{letter.works}  权利人：{letter.holder or BLANK}"
            )
        )
        for number, item in zip("一二三", letter.items, strict=True):
            console.print(Text(f"（{number}）{item.label}：{item.value}"))
        for line in letter.demand:
            console.print(Text(f"要求：{line}"))
        console.print(Text(f"依据：{'；'.join(letter.basis)}"))
        for page in letter.pages:
            console.print(
                Text(
                    f"网址：{page.url}（{page.account}，{clock.show_minute(page.first_seen)} 至 {clock.show_minute(page.last_seen)}）"
                )
            )
        for caution in letter.cautions:
            console.print(Text(f"注意：{caution}", style="yellow"))
        if letter.blanks:
            console.print(Text(f"还缺：{'、'.join(letter.blanks)}", style="red"))
    for act in view.history:
        shown = f"（取证快照 {act.capture_id}）" if act.capture_id is not None else ""
        console.print(Text(f"{clock.show_minute(act.at)} {act.who} {act.act.label}{shown} {act.note}"))


def _took(view: NoticeView) -> str:
    if view.hours is not None:
        return f"{view.hours:.0f} 小时下架"
    return f"已 {(clock.now() - view.sent_at).days} 天" if view.sent_at else "—"


def _moment(on: datetime | None, now: datetime) -> datetime:
    return clock.assume_beijing(on) if on is not None else now
