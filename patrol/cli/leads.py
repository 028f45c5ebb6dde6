"""Lead commands: run ``patrol leads list | show``, the leads to look at first on top."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, print_json
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.custody import record_act
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.views import ImportView, LeadFilter, LeadView
from patrol.tables.words import confidence
from patrol.vocabulary import Field, Grade, Labelled, LeadStatus, MatchKind

LabelledT = TypeVar("LabelledT", bound=Labelled)

_GRADE_STYLE = {Grade.A: "bold red", Grade.B: "yellow", Grade.C: "dim"}
_SHOWN_PASSAGES = 3
_SHOWN_CHARACTERS = 80


def list_leads(
    grade: Annotated[str | None, typer.Option(help="等级：A、B、C 或 甲级、乙级、丙级")] = None,
    kind: Annotated[str | None, typer.Option(help="比对结果，例如 原文复制、洗稿、售卖线索")] = None,
    field: Annotated[str | None, typer.Option(help="领域，例如 剧本杀")] = None,
    status: Annotated[str | None, typer.Option(help="办理状态，例如 待核查")] = None,
    site: Annotated[str | None, typer.Option(help="站点")] = None,
    work: Annotated[str | None, typer.Option(help="作品编号")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="发现日期，从这天起")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="发现日期，到这天前")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多列出几条")] = None,
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """列出线索，最该先看的在前。"""
    where = LeadFilter(
        since=_local(since),
        until=_local(until),
        grades=chosen(Grade, grade, "--grade"),
        kinds=chosen(MatchKind, kind, "--kind"),
        fields=chosen(Field, field, "--field"),
        statuses=chosen(LeadStatus, status, "--status"),
        sites=(site,) if site else (),
        works=(work,) if work else (),
        limit=limit,
    )
    views = _read(where)
    if json:
        print_json([_brief(view) for view in views])
        return
    if not views:
        console.print("没有符合条件的线索。")
        return
    table = Table(title=f"线索 {len(views)} 条")
    for name in ("编号", "等级", "得分", "类别", "领域", "作品", "页面标题", "卖家或账号", "站点", "状态"):
        table.add_column(name, overflow="fold", justify="right" if name == "得分" else "left")
    for view in views:
        table.add_row(
            Text(view.number),
            Text(view.grade.label, style=_GRADE_STYLE[view.grade]),
            f"{view.score:g}",
            view.kind.label,
            view.field.label,
            Text(view.work.title if view.work else "—"),
            Text(view.title[:60]),
            Text(view.seller),
            Text(view.site),
            view.status.label,
        )
    console.print(table)


def show_lead(
    number: Annotated[str, typer.Argument(metavar="编号", help="线索编号，例如 案线〔2026〕0001号，或其序号")],
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一条线索的全部依据、比对段落、证据和办理记录。"""
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            view = lead_view(session, number)
    finally:
        database.close()
    if view is None:
        raise InputError(f"没有编号为“{number}”的线索。可用 patrol leads list 查看")
    record_act(workspace, "view", leads=[view.number], what=f"线索 {view.number}")
    if json:
        print_json(_whole(view))
    else:
        _show(view)


def _read(where: LeadFilter) -> list[LeadView]:
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            return lead_views(session, where=where, texts=False)
    finally:
        database.close()


def _local(day: datetime | None) -> datetime | None:
    """The beginning of a day as the office's clock counts it."""
    return clock.begin_day(day.date()) if day is not None else None


def chosen(words: type[LabelledT], text: str | None, option: str) -> tuple[LabelledT, ...]:
    """Return the one value of ``words`` that an option's ``text`` names; () for none. Raises InputError, with the
    choices."""
    if text is None:
        return ()
    try:
        return (words.parse(text),)
    except ValueError as error:
        raise InputError(f"{option}：{error}") from error


def _show(view: LeadView) -> None:
    head = Text()
    for name, value in (
        ("等级", f"{view.grade.label}（{view.score:g} 分）"),
        ("类别", view.kind.label),
        ("领域", view.field.label),
        ("状态", view.status.label),
        ("建议承办", view.department or "—"),
        ("作品", f"{view.work.title}（{view.work.holder or '权利人未登记'}）" if view.work else "—"),
        ("标题", view.title),
        ("网址", view.url),
        ("卖家或账号", " ".join(filter(None, (view.seller, view.seller_url))) or "—"),
        ("发现时间", clock.show_minute(view.found_at)),
    ):
        head.append(f"{name}：", style="bold").append(f"{value}\n")
    console.print(Panel(head, title=view.number))
    signs = Table(title="依据", show_header=False)
    signs.add_column(justify="right")
    signs.add_column(overflow="fold")
    for signal in view.signals:
        signs.add_row(f"{signal.points:+g}", Text(signal.words))
    console.print(signs)
    for match in view.matches:
        console.print(
            Text(
                f"与《{match.work.title}》比对：{match.kind.label}，把握 {confidence(match.probability)}", style="bold"
            )
        )
        for reason in match.reasons:
            console.print(Text(f"  · {reason.words}"))
        for renaming in match.renamings[:10]:
            console.print(Text(f"  · 人名地名：{renaming.old} → {renaming.new}（{renaming.support} 处）"))
        for disguise in match.disguises:
            said = f"  · {disguise.label} {disguise.count} 处，如“{disguise.example}”读作“{disguise.read_as}”"
            console.print(Text(said))
        for passage in match.passages[:_SHOWN_PASSAGES]:
            console.print(Text(f"  页面：{_short(passage.page_text)}", style="red"))
            console.print(Text(f"  作品：{_short(passage.work_text)}", style="green"))
        if len(match.passages) > _SHOWN_PASSAGES:
            console.print(f"  ……另有 {len(match.passages) - _SHOWN_PASSAGES} 段")
    for capture in view.captures:
        at = clock.show_second(capture.fetched_at)
        name = "证据（导入，非本单位访问取得）" if capture.imported else "证据"
        console.print(Text(f"{name}：{at} {capture.url}\n  {capture.warc_path} SHA-256 {capture.record_sha256}"))
        if capture.imported:
            console.print(Text(f"  {_imported(capture.imported)}"))
    for link in view.links:
        console.print(Text(f"关联线索：{link.number}（{link.kind.label}）{link.site} {link.seller} “{link.title}”"))
    for event in view.events:
        console.print(Text(f"{clock.show_minute(event.at)} {event.who} {event.status.label} {event.reason}"))


def _imported(origin: ImportView) -> str:
    said = [f"出自文件“{origin.file}”{origin.place}"]
    said += [f"来源：{origin.source}"] if origin.source else []
    if origin.claimed_at:
        said.append(f"自称时间：{clock.show_second(origin.claimed_at)}（据{origin.claimed_by}，未经核实）")
    return "；".join(said)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}……（共 {len(text)} 字）"


def _brief(view: LeadView) -> dict[str, Any]:
    return {
        "number": view.number,
        "grade": view.grade.value,
        "score": view.score,
        "kind": view.kind.value,
        "field": view.field.value,
        "status": view.status.value,
        "department": view.department,
        "work": view.work.id if view.work else None,
        "work_title": view.work.title if view.work else None,
        "title": view.title,
        "url": view.url,
        "seller": view.seller,
        "site": view.site,
        "found_at": view.found_at.isoformat(),
        "reasons": [signal.words for signal in view.signals],
    }


def _whole(view: LeadView) -> dict[str, Any]:
    """The lead as JSON takes it. Whole texts stay out (passages have their own); a match names its capture by id."""
    raw = asdict(view)
    for match in raw["matches"]:
        match["capture"] = match["capture"]["id"]
        del match["page_text"], match["work_text"]
    for capture in raw["captures"]:
        del capture["text"]
    plain: dict[str, Any] = json_module.loads(json_module.dumps(raw, default=_as_text))
    return plain


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
