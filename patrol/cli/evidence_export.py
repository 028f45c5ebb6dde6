"""Evidence commands: run ``patrol evidence review | export | prune | custody``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.custody import CUSTODY_NAME, read_custody, record_act
from patrol.evidence.files import patrol_folder
from patrol.evidence.prune import prune as prune_captures
from patrol.evidence.prune import settle
from patrol.evidence.record_removal import is_unfinished
from patrol.leads.views import LeadView
from patrol.lock import patrol_lock
from patrol.packages.contents import PackageFacts
from patrol.packages.gather import gather, wanted_leads
from patrol.packages.package import Renderers, check_reviewed, file_name, write_package
from patrol.packages.reviews import add_reviews, checked_officers

Officers = Annotated[tuple[str, str] | None, typer.Option(help="两名执法人员，例如 --officers 甲 乙；不写则用设置中的")]
By = Annotated[str, typer.Option("--by", help="经办人姓名，记入证据流转记录；不写则用设置中的执法人员")]
Unmasked = Annotated[bool, typer.Option("--unmasked", help="不遮盖电话、身份证号、银行卡号和门牌；须写明 --reason")]
Reason = Annotated[str, typer.Option(help="原因，记入证据流转记录")]


def review(
    lead: Annotated[str, typer.Argument(metavar="编号", help="线索编号或序号")],
    officers: Officers = None,
    reviewer: Annotated[str, typer.Option(help="审核人；不写则用设置中的")] = "",
    note: Annotated[str, typer.Option(help="审核意见")] = "",
) -> None:
    """登记审核：两名执法人员核对过这条线索的全部取证快照。只追加，不改动以前的登记。

    例：patrol evidence review 案线〔2026〕0001号 --officers 张三 李四 --reviewer 王五
    """
    with _office() as (workspace, database):
        office = workspace.config.office
        people = checked_officers(officers or office.officers)
        with database.session() as session:
            (view,) = wanted_leads(session, [lead])
            marks = add_reviews(session, view, people, reviewer or office.reviewer, note)
            record_act(
                workspace,
                "review",
                officers=people,
                leads=[view.number],
                what=f"线索 {view.number} 的 {len(marks)} 份取证快照",
                why=note,
                reviewer=reviewer or office.reviewer,
                records=[mark.record_sha256 for mark in marks],
            )
    console.print(f"已登记审核：线索 {view.number}，取证快照 {len(marks)} 份，{'、'.join(people)}", markup=False)
    if not marks[0].reviewer:
        console.print("没有写明审核人，文书中将写“未指定”。可加 --reviewer 再登记一次", markup=False)


def export(
    leads: Annotated[list[str], typer.Argument(metavar="编号", help="线索编号或序号，可写多个")],
    out: Annotated[Path | None, typer.Option("--out", help="写到哪个 ZIP 文件；不写则放在工作区的报告目录")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="未经审核也导出，每页标明“草稿（未经审核）”")] = False,
    unmasked: Unmasked = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """导出证据包：原始记录、证据链、时间戳、截图、比对、远程取证记录和审查说明，一个 ZIP，不用本程序即可核验。

    例：patrol evidence export 案线〔2026〕0001号
    """
    with _office() as (workspace, database), database.session() as session:
        people = acting(workspace, by)
        views = wanted_leads(session, leads)
        path = _where(workspace, views, out)
        _settle(workspace, database, {capture.patrol_id for view in views for capture in view.captures})
        selection = gather(session, workspace, views)
        if not draft:
            check_reviewed(selection)
        concerned = [view.number for view in views]
        numbers = "、".join(concerned)
        if unmasked:
            record_unmasking(workspace, by, reason, f"证据包文书，线索 {numbers}", concerned)
        record_act(
            workspace,
            "export",
            officers=people,
            leads=concerned,
            what=f"线索 {numbers}，文件 {path.name}",
            why=reason,
            draft=draft,
        )
        renderers = _renderers(workspace, draft=draft, masked=not unmasked)
        package = write_package(workspace, selection, renderers, path, draft=draft, masked=not unmasked)
        record_act(
            workspace,
            "exported",
            officers=people,
            leads=concerned,
            what=f"文件 {path.name}",
            sha256=package.sha256,
            sm3=package.sm3,
        )
    console.print(f"证据包已写好：{path}", markup=False)
    size = f"{package.size / 2**20:.1f} 兆字节"
    facts = package.facts
    console.print(f"取证快照 {len(selection.captures)} 份，时间戳 {len(facts.stamps)} 个，{size}", markup=False)
    console.print(f"SHA-256 {package.sha256}\nSM3     {package.sm3}", markup=False)
    if draft:
        console.print("这是草稿（未经审核），不得作为证据使用。", style="yellow")
    console.print("包内网页原始记录和截图含有未遮盖的个人信息，请依法保管。")


def prune(
    older_than: Annotated[int, typer.Option("--older-than", min=1, help="清理取证已满多少天的快照")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会清理多少，不动任何东西")] = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """清理没有形成线索的旧快照：网页内容删去，摘要和清理说明留在证据链中。有线索的、审核过的、未比对的都不动。

    例：patrol evidence prune --older-than 180 --dry-run
    """
    before = clock.now() - timedelta(days=older_than)
    with _office() as (workspace, database):
        if dry_run:
            found = prune_captures(workspace, database, before, dry_run=True)
            console.print(
                f"将清理 {found.captures} 份取证快照，腾出 {found.bytes / 2**20:.1f} 兆字节，涉及 {found.files} 个证据文件。未动任何东西。"
            )
            return
        people = acting(workspace, by)
        with patrol_lock(workspace.root):
            planned = prune_captures(workspace, database, before, dry_run=True)
            if not planned.captures:
                console.print("没有可清理的取证快照。")
                return
            record_act(
                workspace,
                "prune",
                officers=people,
                what=f"{planned.captures} 份满 {older_than} 天且没有线索的取证快照",
                why=reason or f"保存期满 {older_than} 天，未形成线索",
                fetched_before=before.isoformat(timespec="seconds"),
            )
            done = prune_captures(workspace, database, before)
            record_act(
                workspace,
                "pruned",
                officers=people,
                what=f"已清理 {done.captures} 份取证快照，{done.files} 个证据文件",
                heads={str(number): head for number, head in done.heads.items()},
            )
    console.print(
        f"已清理 {done.captures} 份取证快照，腾出 {done.bytes / 2**20:.1f} 兆字节。摘要和清理说明留在证据链中，可用 patrol verify 核验。"
    )


def custody() -> None:
    """显示证据流转记录：谁、何时、对证据做了什么、为什么。"""
    workspace = Workspace.find()
    acts = read_custody(workspace.evidence / CUSTODY_NAME)
    if not acts:
        console.print("还没有证据流转记录。")
        return
    table = Table(title=f"证据流转记录 {len(acts)} 条")
    for name in ("序号", "时间", "事项", "内容", "原因", "账户", "人员", "本条摘要"):
        table.add_column(name, overflow="fold")
    for act in acts:
        at = clock.show_second(act.at)
        cells = (str(act.number), at, act.act, act.what, act.why, act.account, "、".join(act.officers), act.digest[:16])
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def acting(workspace: Workspace, by: str) -> Sequence[str]:
    """Return the officers whom the custody names: who was given, else those of the settings. Raises InputError when
    there is nobody."""
    people = [by.strip()] if by.strip() else list(workspace.config.office.officers)
    if not people:
        raise InputError("证据流转记录须写明经办人：请加 --by 姓名，或在 patrol.toml 的 [office] 中填 officers")
    return people


def record_unmasking(workspace: Workspace, by: str, reason: str, what: str, leads: Sequence[str] = ()) -> None:
    """Note that somebody asked for personal data as they are. Raises InputError without a reason or a name."""
    if not reason.strip():
        raise InputError("显示完整个人信息须写明原因：--unmasked --reason 原因（将记入证据流转记录）")
    record_act(workspace, "unmask", officers=acting(workspace, by), leads=leads, what=what, why=reason)


@contextmanager
def _office() -> Iterator[tuple[Workspace, Database]]:
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        yield workspace, database
    finally:
        database.close()


def _where(workspace: Workspace, views: Sequence[LeadView], out: Path | None) -> Path:
    stamp = clock.show_file_stamp(clock.now())
    several = f"等{len(views)}条" if len(views) > 1 else ""
    path = out or workspace.reports / f"证据包_{file_name(views[0].number)}{several}_{stamp}.zip"
    path = path.expanduser().resolve()
    if path.exists():
        raise InputError(f"已有文件 {path}，证据包不覆盖旧文件。请换一个文件名")
    return path


def _settle(workspace: Workspace, database: Database, patrol_ids: set[int]) -> None:
    """End a pruning that was cut off, before its files are read."""
    waiting = [number for number in patrol_ids if is_unfinished(patrol_folder(workspace, number))]
    if waiting:
        with patrol_lock(workspace.root):
            for number in waiting:
                settle(workspace, database, number)


def _renderers(workspace: Workspace, *, draft: bool, masked: bool) -> Renderers:
    from patrol.packages.instruction import DRAFT
    from reports.html import render_lead
    from reports.remote_record import examination, remote_record

    office, own = workspace.config.office, workspace.root / "templates"

    def comparison(lead: LeadView) -> bytes:
        return render_lead(office.name, office.region, lead, masked=masked, draft=DRAFT if draft else "").encode()

    def record(facts: PackageFacts) -> bytes:
        return remote_record(facts, own)

    def report(facts: PackageFacts) -> bytes:
        return examination(facts, own)

    return Renderers(comparison, record, report)
