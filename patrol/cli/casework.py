"""Casework commands: run ``patrol leads set | note | fact | journal | export-ledger | import-ledger``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from patrol import clock
from patrol.actor import Officer
from patrol.cli.arguments import BY, JSON, LEAD, SITE, word_argument, word_option
from patrol.cli.console import console, print_json
from patrol.cli.listing import Column, show_list, whole
from patrol.errors import InputError
from patrol.leads import journal
from patrol.leads.facts import FactKey
from patrol.leads.queries import lead_view
from patrol.leads.views import LeadFilter
from patrol.vocabulary import LeadStatus
from patrol.workspace import open_workspace
from reports import workbook
from reports.workbook_in import read_ledger

WHY = typer.Option("--reason", help="理由，记入办理记录")


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
    with open_workspace() as here:
        changed = journal.set_status(here.session, numbers, status, Officer.acting(by), reason)
    console.print(f"{changed} 条线索的状态改为“{status.label}”。")


def enter_fact(
    number: Annotated[str, LEAD],
    key: Annotated[FactKey, word_argument(FactKey, "事项", "例如 公共利益损害情形；写错会列出全部可选事项")],
    value: Annotated[str, typer.Argument(metavar="内容", help="内容；写成空的引号表示撤销")],
    by: Annotated[str, BY],
    reason: Annotated[str, WHY] = "",
) -> None:
    """登记一项由人填写的情况：公共利益损害情形、合理嫌疑、核实的违法经营额、立案之日等。"""
    with open_workspace() as here:
        changed = journal.enter_fact(here.session, number, key, value, Officer.acting(by), reason)
    console.print(f"已登记{key.label}。" if changed else f"{key.label}本来就是这样，没有改动。")


def add_note(
    numbers: Annotated[list[str], typer.Argument(metavar="编号", help="线索编号")],
    reason: Annotated[str, WHY],
    by: Annotated[str, BY],
) -> None:
    """在办理记录里记一笔，不改状态。"""
    with open_workspace() as here:
        changed = journal.add_note(here.session, numbers, reason, Officer.acting(by))
    console.print(f"已记入 {changed} 条线索的办理记录。")


def show_journal(
    number: Annotated[str, LEAD],
    json: Annotated[bool, JSON] = False,
) -> None:
    """显示一条线索从发现到现在的全部办理记录。"""
    with open_workspace() as here:
        view = lead_view(here.session, here.workspace.root, number, texts=False)
    if json:
        print_json([
            {"at": e.at.isoformat(), "who": e.who, "account": e.account, "status": e.status.value, "reason": e.reason}
            for e in view.events
        ])  # fmt: skip
        return
    rows = (
        (clock.show_second(event.at), event.who, event.account or "—", event.status.label, event.reason)
        for event in view.events
    )
    show_list(f"{view.number} 办理记录（只增不改）", _JOURNAL, rows)


_JOURNAL = (whole("时间"), whole("经办人"), whole("系统账号", optional=1), whole("办理状态"), Column("理由", 16))


def export_ledger(
    file: Annotated[Path, typer.Argument(metavar="文件", help="要写的文件，例如 台账.xlsx")],
    status: Annotated[LeadStatus | None, word_option(LeadStatus, "--status", "只要这个办理状态的，例如 待核查")] = None,
    site: Annotated[str | None, SITE] = None,
    force: Annotated[bool, typer.Option("--force", help="文件已存在也覆盖")] = False,
) -> None:
    """导出台账（Excel）：黄色的列可以改，改好后用 patrol leads import-ledger 导入。"""
    with open_workspace() as here:
        where = LeadFilter.of(status=status, site=site)
        written = workbook.export_ledger(here.session, here.workspace, where, file.expanduser(), overwrite=force)
    console.print(Text(f"已导出 {written.leads} 条线索到 {file}。"))


def import_ledger(
    file: Annotated[Path, typer.Argument(metavar="文件", help="改好的台账")],
    by: Annotated[str, BY],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不保存")] = False,
) -> None:
    """导入改好的台账；有一处不对就一条也不导入，并指出是哪一格。"""
    with open_workspace() as here:
        edits = read_ledger(here.session, file.expanduser(), Officer.acting(by), dry_run=dry_run)
    for edit in edits[:50]:
        console.print(Text(str(edit)))
    if len(edits) > 50:
        console.print(f"……另有 {len(edits) - 50} 条")
    console.print(
        f"检查无误，可以导入 {len(edits)} 条改动（没有保存）。" if dry_run else f"已导入 {len(edits)} 条改动。"
    )
