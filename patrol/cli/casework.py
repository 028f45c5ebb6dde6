"""Casework commands: run ``patrol leads set | note | fact | journal | export-ledger | import-ledger``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.cli.console import console, print_json
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.leads.facts import FactKey, check, numbers_in
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.views import LeadFilter, LeadView
from patrol.tables.policy import Policy
from patrol.vocabulary import LeadStatus
from reports.workbook import write_ledger
from reports.workbook_in import read_ledger

BY = typer.Option("--by", help="经办人姓名")
WHY = typer.Option("--reason", help="理由，记入办理记录")


@contextmanager
def open_session() -> Iterator[Session]:
    """Open a session on the workspace's database; what it changed is kept when all went well."""
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            yield session
    finally:
        database.close()


def the_lead(session: Session, number: str, *, texts: bool = False) -> LeadView:
    view = lead_view(session, number, texts=texts)
    if view is None:
        raise InputError(f"没有编号为“{number}”的线索。可用 patrol leads list 查看")
    return view


def set_status(
    words: Annotated[list[str], typer.Argument(metavar="编号… 状态", help="一个或多个线索编号，最后写要改成的状态")],
    by: Annotated[str, BY],
    reason: Annotated[str, WHY] = "",
) -> None:
    """改办理状态：patrol leads set 案线〔2026〕0001号 已确认 --by 张三 --reason 理由。"""
    if len(words) < 2:
        raise InputError("请先写线索编号，最后写要改成的状态，例如 patrol leads set 1 2 已确认 --by 张三 --reason …")
    *numbers, wanted = words
    try:
        status = LeadStatus.parse(wanted)
    except ValueError as error:
        raise InputError(f"状态{error}") from error
    with open_session() as session:
        leads = find_leads(session, numbers)
        changed = change_leads(session, leads, Change(status, reason=reason), Officer.acting(by))
    console.print(f"{changed} 条线索的状态改为“{status.label}”。")


def enter_fact(
    number: Annotated[str, typer.Argument(metavar="编号", help="线索编号")],
    key: Annotated[str, typer.Argument(metavar="事项", help="登记事项，例如 公共利益损害情形；写错会列出全部可选事项")],
    value: Annotated[str, typer.Argument(metavar="内容", help="内容；写成空的引号表示撤销")],
    by: Annotated[str, BY],
    reason: Annotated[str, WHY] = "",
) -> None:
    """登记一项由人填写的情况：公共利益损害情形、合理嫌疑、核实的违法经营额、立案之日等。"""
    try:
        chosen = FactKey.parse(key)
        plain = check(chosen, value)
    except ValueError as error:
        raise InputError(str(error)) from error
    with open_session() as session:
        if chosen is FactKey.NOT_SAME:
            plain = "、".join(lead.number for lead in find_leads(session, numbers_in(plain)))
        changed = change_leads(
            session, find_leads(session, [number]), Change(None, {chosen: plain}, reason), Officer.acting(by)
        )
    console.print(f"已登记{chosen.label}。" if changed else f"{chosen.label}本来就是这样，没有改动。")


def add_note(
    numbers: Annotated[list[str], typer.Argument(metavar="编号", help="线索编号")],
    reason: Annotated[str, WHY],
    by: Annotated[str, BY],
) -> None:
    """在办理记录里记一笔，不改状态。"""
    if not reason.strip():
        raise InputError("请用 --reason 写明要记的内容")
    with open_session() as session:
        changed = change_leads(session, find_leads(session, numbers), Change(reason=reason), Officer.acting(by))
    console.print(f"已记入 {changed} 条线索的办理记录。")


def show_journal(
    number: Annotated[str, typer.Argument(metavar="编号", help="线索编号")],
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一条线索从发现到现在的全部办理记录。"""
    with open_session() as session:
        view = the_lead(session, number)
    if json:
        print_json([
            {"at": e.at.isoformat(), "who": e.who, "account": e.account, "status": e.status.value, "reason": e.reason}
            for e in view.events
        ])  # fmt: skip
        return
    table = Table(title=f"{view.number} 办理记录（只增不改）")
    for name in ("时间", "经办人", "系统账号", "状态", "事由"):
        table.add_column(name, overflow="fold")
    for event in view.events:
        at = clock.show_second(event.at)
        table.add_row(at, Text(event.who), Text(event.account or "—"), event.status.label, Text(event.reason))
    console.print(table)


def export_ledger(
    file: Annotated[Path, typer.Argument(metavar="文件", help="要写的文件，例如 台账.xlsx")],
    status: Annotated[str | None, typer.Option(help="只要这个办理状态的，例如 待核查")] = None,
    site: Annotated[str | None, typer.Option(help="只要这个站点的")] = None,
    force: Annotated[bool, typer.Option("--force", help="文件已存在也覆盖")] = False,
) -> None:
    """导出台账（Excel）：黄色的列可以改，改好后用 patrol leads import-ledger 导入。"""
    if file.exists() and not force:
        raise InputError(f"{file} 已存在，里面可能有还没导入的改动。要覆盖请加 --force")
    try:
        statuses = (LeadStatus.parse(status),) if status else ()
    except ValueError as error:
        raise InputError(f"--status：{error}") from error
    departments = [row.department for row in Policy.load(Workspace.find().root).departments]
    with open_session() as session:
        where = LeadFilter(statuses=statuses, sites=(site,) if site else ())
        written = write_ledger(session, lead_views(session, where=where, texts=False), file, departments)
    console.print(Text(f"已导出 {written.leads} 条线索到 {file}。"))


def import_ledger(
    file: Annotated[Path, typer.Argument(metavar="文件", help="改好的台账")],
    by: Annotated[str, BY],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
) -> None:
    """导入改好的台账；有一处不对就一条也不导入，并指出是哪一格。"""
    with open_session() as session:
        edits = read_ledger(session, file, Officer.acting(by), dry_run=dry_run)
    for edit in edits[:50]:
        console.print(Text(str(edit)))
    if len(edits) > 50:
        console.print(f"……另有 {len(edits) - 50} 条")
    console.print(
        f"检查无误，可以导入 {len(edits)} 条改动（没有保存）。" if dry_run else f"已导入 {len(edits)} 条改动。"
    )
