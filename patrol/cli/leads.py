"""Lead commands: run ``patrol leads list | show``, the leads to look at first on top."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.arguments import JSON, LEAD, SITE, day_option, period, word_option
from patrol.cli.console import console, print_json
from patrol.cli.listing import Cell, Column, figure, show_list, whole
from patrol.leads import viewing
from patrol.leads.views import ImportView, LeadFilter, LeadView
from patrol.tables.words import confidence
from patrol.vocabulary import Field, Grade, LeadColumn, LeadStatus, MatchKind
from patrol.workspace import open_workspace

_GRADE_STYLE = {Grade.A: "bold red", Grade.B: "yellow", Grade.C: "dim"}
_SHOWN_PASSAGES = 3
_SHOWN_CHARACTERS = 80
_MAX_TITLE = 60


_COLUMNS = (
    figure("序号"),
    whole(LeadColumn.NUMBER.label),
    whole(LeadColumn.GRADE.label),
    whole(LeadColumn.KIND.label),
    Column(LeadColumn.TITLE.label, 16),
    Column(LeadColumn.SELLER.label),
    whole(LeadColumn.STATUS.label, optional=1),
    Column(LeadColumn.WORK.label, 12, optional=2),
    figure(LeadColumn.SCORE.label, optional=3),
    whole("站点", optional=4),
    whole(LeadColumn.FIELD.label, optional=5),
)
_SHOWN_LEADS = 50


def list_leads(
    grade: Annotated[Grade | None, word_option(Grade, "--grade", "等级：A、B、C 或 甲级、乙级、丙级")] = None,
    kind: Annotated[
        MatchKind | None, word_option(MatchKind, "--kind", "比对结果，例如 原文复制、洗稿、售卖线索")
    ] = None,
    field: Annotated[Field | None, word_option(Field, "--field", "领域，例如 剧本杀")] = None,
    status: Annotated[LeadStatus | None, word_option(LeadStatus, "--status", "办理状态，例如 待核查")] = None,
    site: Annotated[str | None, SITE] = None,
    work: Annotated[str | None, typer.Option(help="作品编号")] = None,
    since: Annotated[date | None, day_option("--since", "发现日期，从这天起（含）")] = None,
    until: Annotated[date | None, day_option("--until", "发现日期，到这天止（含）")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"最多列出几条；不写则列 {_SHOWN_LEADS} 条，以 JSON 输出时列全部")
    ] = None,
    json: Annotated[bool, JSON] = False,
) -> None:
    """列出线索，最该先看的在前。

    例：patrol leads list --grade 甲级 --since 2026-11-01
    """
    where = LeadFilter.of(
        grade=grade,
        kind=kind,
        field=field,
        status=status,
        site=site,
        work=work,
        found=period(since, until),
        limit=limit or (None if json else _SHOWN_LEADS),
    )
    with open_workspace() as here:
        found = viewing.list_leads(here.session, here.workspace, where)
    if json:
        print_json([_brief(view) for view in found.views])
    elif not found.views:
        console.print("没有符合条件的线索。")
    else:
        show_list(f"线索 {found.total} 条", _COLUMNS, map(_row, found.views))
        if found.total > len(found.views):
            console.print(f"列出了最该先看的 {len(found.views)} 条；要看更多，请写 --limit {found.total}", style="dim")


def _row(view: LeadView) -> tuple[Cell, ...]:
    return (
        str(view.id),
        view.number,
        Text(view.grade.label, style=_GRADE_STYLE[view.grade]),
        view.kind.label,
        view.title if len(view.title) <= _MAX_TITLE else f"{view.title[:_MAX_TITLE]}……",
        view.seller,
        view.status.label,
        view.work.title if view.work else "",
        f"{view.score:g}",
        view.site,
        view.field.label,
    )


def show_lead(
    number: Annotated[str, LEAD],
    json: Annotated[bool, JSON] = False,
) -> None:
    """显示一条线索的全部依据、比对段落、证据和办理记录。

    例：patrol leads show 15
    """
    with open_workspace() as here:
        view = viewing.view_lead(here.session, here.workspace, number)
    if json:
        print_json(_whole(view))
    else:
        _show(view)


def _show(view: LeadView) -> None:
    head = Text()
    for column, value in (
        (LeadColumn.GRADE, f"{view.grade.label}（{view.score:g} 分）"),
        (LeadColumn.KIND, view.kind.label),
        (LeadColumn.FIELD, view.field.label),
        (LeadColumn.STATUS, view.status.label),
        (LeadColumn.DEPARTMENT, view.department or "—"),
        (LeadColumn.WORK, f"{view.work.title}（{view.work.holder or '权利人未登记'}）" if view.work else "—"),
        (LeadColumn.TITLE, view.title),
        (LeadColumn.URL, view.url),
        (LeadColumn.SELLER, " ".join(filter(None, (view.seller, view.seller_url))) or "—"),
        (LeadColumn.FOUND_AT, clock.show_minute(view.found_at)),
    ):
        head.append(f"{column.label}：", style="bold").append(f"{value}\n")
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
        origin = "证据（导入，非本单位访问取得）" if capture.imported else "证据"
        console.print(Text(f"{origin}：{at} {capture.url}\n  {capture.warc_path} SHA-256 {capture.record_sha256}"))
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
