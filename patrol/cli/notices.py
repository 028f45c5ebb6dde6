"""Notice commands: run ``patrol notices``: drafting, sending, what became of it, and how platforms answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer
from rich.text import Text

from patrol import clock
from patrol.actor import Officer
from patrol.cli.arguments import (
    BY,
    JSON,
    LEAD,
    day_option,
    id_argument,
    moment_option,
    period,
    word_argument,
    word_option,
)
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.notices.content import BLANK, NoticeAct, NoticeKind, Sender
from patrol.notices.follow_up import enter_sent, observe, unscheduled
from patrol.notices.platforms import platforms
from patrol.notices.register import NoticeView, draft, enter_act, notice_view, notice_views
from patrol.notices.safe_harbour import safe_harbour
from patrol.workspace import open_workspace
from reports.kinds import kind_of_notice

_ID = id_argument("通知的序号，见 patrol notices list")
_ON = moment_option("--on", "日期或时间（北京时间），不写就是现在")


def draft_notice(
    number: Annotated[str, LEAD],
    kind: Annotated[NoticeKind, word_option(NoticeKind, "--kind", "权利人通知、责令改正 或 协助调查函")],
    by: Annotated[str, BY],
    to: Annotated[str, typer.Option(help="收件平台；不写则用重点目录里的运营单位")] = "",
    officers: Annotated[list[str] | None, typer.Option(help="两名执法人员，例如 --officers 张三,李四")] = None,
    holder_contact: Annotated[str, typer.Option(help="权利人联系方式")] = "",
    holder_address: Annotated[str, typer.Option(help="权利人地址")] = "",
    json: Annotated[bool, JSON] = False,
) -> None:
    """为已确认的线索起草通知或函件，并指出还缺什么、由谁签署。"""
    with open_workspace() as here:
        office = here.workspace.config.office
        sender = Sender.of(
            office, to=to, officers=officers or [], holder_contact=holder_contact, holder_address=holder_address
        )
        view = draft(here.session, number, kind, sender, Officer.acting(by), workspace=here.workspace.root)
    if json:
        print_json(asdict(view))
        return
    _show(view)
    paper = kind_of_notice(view.kind).name
    console.print(Text(f"打印文书：patrol report {paper} --lead {view.lead}（也可加 --form pdf）"))


def sent(
    notice: Annotated[int, _ID],
    by: Annotated[str, BY],
    on: Annotated[datetime | None, _ON] = None,
    note: Annotated[str, typer.Option(help="备注，例如 邮寄单号、平台受理号")] = "",
) -> None:
    """登记通知已发出；页面从此每天复查。"""
    with open_workspace() as here:
        done = enter_sent(here.session, notice, on, Officer.acting(by), note)
    view = done.view
    console.print(Text(f"{view.number} 已登记发出，线索 {view.lead} 现为“{view.lead_status.label}”。"))
    if view.letter is not None and view.letter.blanks:
        errors.print(Text(f"登记时仍有缺项：{'、'.join(view.letter.blanks)}，请核对发出的文书"), style="yellow")
    if not done.scheduled:
        errors.print(Text(f"{view.lead} 的页面不属于重点目录里的任何目标，不会自动复查，请加入目录。"), style="yellow")


def event(
    notice: Annotated[int, _ID],
    act: Annotated[NoticeAct, word_argument(NoticeAct, "事项", "发生了什么；写错会列出可以登记的事项")],
    by: Annotated[str, BY],
    on: Annotated[datetime | None, _ON] = None,
    note: Annotated[str, typer.Option(help="备注")] = "",
) -> None:
    """登记平台答复、收到反通知、依反通知恢复、平台公示等。"""
    with open_workspace() as here:
        view = enter_act(here.session, notice, act, on, Officer.acting(by), note)
    console.print(Text(f"{view.number}：{act.label}，线索 {view.lead} 现为“{view.lead_status.label}”。"))


def list_notices(json: Annotated[bool, JSON] = False) -> None:
    """列出全部通知和处理情况。"""
    with open_workspace() as here:
        views = notice_views(here.session)
    if json:
        print_json([asdict(view) for view in views])
        return
    if not views:
        console.print("还没有通知。可用 patrol notices draft 起草")
        return
    now = clock.now()
    rows = (
        (
            str(view.id),
            view.number,
            view.kind.label,
            view.lead,
            view.recipient,
            clock.show_day(view.sent_at) if view.sent_at else "未发",
            view.state,
            view.taken(now) or "—",
        )
        for view in views
    )
    show_list(f"通知 {len(views)} 份", _NOTICES, rows)


_NOTICES = (
    figure("序号"),
    whole("文号"),
    whole("种类"),
    whole("线索"),
    Column("收件平台"),
    whole("发出", optional=2),
    Column("现状"),
    whole("用时", optional=1),
)


def show_notice(notice: Annotated[int, _ID], json: Annotated[bool, JSON] = False) -> None:
    """显示一份通知的内容、缺项和经过。"""
    with open_workspace() as here:
        view = notice_view(here.session, notice)
    print_json(asdict(view)) if json else _show(view)


def check() -> None:
    """按已有的取证快照复核通知：下架、到期仍在、再次出现（每次巡查后也会自动做）。"""
    with open_workspace() as here:
        seen = observe(here.session, here.workspace.root)
        alone = unscheduled(here.session)
    for found in seen:
        console.print(Text(found.words))
    console.print(f"新情况 {len(seen)} 项。" if seen else "没有新情况。")
    if alone:
        errors.print(Text(f"不会自动复查（不属于任何目标）：{'、'.join(alone)}"), style="yellow")


def list_platforms(
    since: Annotated[date | None, day_option("--since", "通知发出日期，从这天起（含）")] = None,
    until: Annotated[date | None, day_option("--until", "通知发出日期，到这天止（含）")] = None,
    json: Annotated[bool, JSON] = False,
) -> None:
    """各平台收到的通知、下架、用时中位数、再次出现，以及需要关注之处。"""
    sent = period(since, until)
    with open_workspace() as here:
        views = platforms(here.session, clock.now(), here.workspace.root, sent.start, sent.end)
    if json:
        print_json([asdict(view) for view in views])
        return
    rows = (
        (
            view.site,
            str(view.notices),
            str(view.removals),
            f"{view.median_hours:.0f} 小时" if view.median_hours is not None else "—",
            str(view.overdue),
            str(view.relapses),
            str(view.counter_notices),
            Text("；".join(view.flags) or "—", style="red" if view.flags else ""),
        )
        for view in views
    )
    show_list("平台处理通知情况（用时以首次看到下架为准，实际可能更短）", _PLATFORMS, rows)


_PLATFORMS = (
    whole("站点"),
    figure("通知"),
    figure("下架"),
    figure("中位用时"),
    figure("逾期未下架", optional=1),
    figure("再次出现", optional=2),
    figure("反通知", optional=3),
    Column("需要关注", 16),
)


def show_safe_harbour(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点名称")], json: Annotated[bool, JSON] = False
) -> None:
    """一个平台的避风港核对表，每项列出证据；是否应知、明知由人判断。"""
    with open_workspace() as here:
        rows = safe_harbour(here.session, site, clock.now(), here.workspace.root)
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
