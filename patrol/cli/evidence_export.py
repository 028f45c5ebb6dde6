"""Evidence commands: run ``patrol evidence review | export | prune | custody``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patrol import clock
from patrol.cli.arguments import BY_OR_SETTINGS, LEAD, OUTPUT, REASON, UNMASKED
from patrol.cli.console import console
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.config import Workspace
from patrol.evidence.custody import custody_of
from patrol.evidence.prune import prune_older
from patrol.packages.export import ExportWish, export_evidence
from patrol.packages.reviews import review_lead
from patrol.workspace import open_workspace
from reports.package_papers import package_papers


def review(
    lead: Annotated[str, LEAD],
    officers: Annotated[
        tuple[str, str] | None, typer.Option(help="两名执法人员，例如 --officers 甲 乙；不写则用设置中的")
    ] = None,
    reviewer: Annotated[str, typer.Option(help="审核人；不写则用设置中的")] = "",
    note: Annotated[str, typer.Option(help="审核意见")] = "",
) -> None:
    """登记审核：两名执法人员核对过这条线索的全部取证快照。只追加，不改动以前的登记。

    例：patrol evidence review 案线〔2026〕0001号 --officers 张三 李四 --reviewer 王五
    """
    with open_workspace() as here:
        done = review_lead(here.session, here.workspace, lead, officers, reviewer, note)
    people = "、".join(done.officers)
    console.print(f"已登记审核：线索 {done.lead}，取证快照 {len(done.marks)} 份，{people}", markup=False)
    if not done.marks[0].reviewer:
        console.print("没有写明审核人，文书中将写“未指定”。可加 --reviewer 再登记一次", markup=False)


def export(
    leads: Annotated[list[str], typer.Argument(metavar="编号", help="线索编号或序号，可写多个")],
    output: Annotated[Path | None, OUTPUT] = None,
    draft: Annotated[bool, typer.Option("--draft", help="未经审核也导出，每页标明“草稿（未经审核）”")] = False,
    unmasked: Annotated[bool, UNMASKED] = False,
    reason: Annotated[str, REASON] = "",
    by: Annotated[str, BY_OR_SETTINGS] = "",
) -> None:
    """导出证据包：原始记录、证据链、时间戳、截图、比对、远程取证记录和审查说明，一个 ZIP，不用本程序即可核验。

    例：patrol evidence export 案线〔2026〕0001号
    """
    wish = ExportWish(leads, output, draft, not unmasked, reason, by)
    with open_workspace() as here:
        papers = package_papers(here.workspace, draft=draft, masked=not unmasked)
        package = export_evidence(here.workspace, here.database, here.session, wish, papers)
    facts = package.facts
    console.print(f"证据包已写好：{package.path}", markup=False, soft_wrap=True)
    size = f"{package.size / 2**20:.1f} 兆字节"
    console.print(f"取证快照 {len(facts.selection.captures)} 份，时间戳 {len(facts.stamps)} 个，{size}", markup=False)
    console.print(f"SHA-256 {package.sha256}\nSM3     {package.sm3}", markup=False, soft_wrap=True)
    if draft:
        console.print("这是草稿（未经审核），不得作为证据使用。", style="yellow")
    console.print("包内网页原始记录和截图含有未遮盖的个人信息，请依法保管。")


def prune(
    older_than: Annotated[int, typer.Option("--older-than", min=1, help="清理取证已满多少天的快照")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会清理多少，不动任何东西")] = False,
    reason: Annotated[str, REASON] = "",
    by: Annotated[str, BY_OR_SETTINGS] = "",
) -> None:
    """清理没有形成线索的旧快照：网页内容删去，摘要和清理说明留在证据链中。有线索的、审核过的、未比对的都不动。

    例：patrol evidence prune --older-than 180 --dry-run
    """
    with open_workspace() as here:
        done = prune_older(here.workspace, here.database, older_than, dry_run=dry_run, reason=reason, by=by)
    freed = f"{done.captures} 份取证快照，腾出 {done.bytes / 2**20:.1f} 兆字节"
    if dry_run:
        console.print(f"将清理 {freed}，涉及 {done.files} 个证据文件。未动任何东西。")
    elif not done.captures:
        console.print("没有可清理的取证快照。")
    else:
        console.print(f"已清理 {freed}。摘要和清理说明留在证据链中，可用 patrol verify 核验。")


def custody() -> None:
    """显示证据流转记录：谁、何时、对证据做了什么、为什么。

    例：patrol evidence custody
    """
    acts = custody_of(Workspace.find())
    if not acts:
        console.print("还没有证据流转记录。")
        return
    rows = (
        (
            str(act.number),
            clock.show_second(act.at),
            act.act,
            act.what,
            act.why,
            "、".join(act.officers),
            act.account,
            act.digest[:16],
        )
        for act in acts
    )
    show_list(f"证据流转记录 {len(acts)} 条", _CUSTODY, rows)


_CUSTODY = (
    figure("序号"),
    whole("时间"),
    Column("事项"),
    Column("内容", 16),
    Column("原因", 8, optional=1),
    Column("经办人", 8, optional=2),
    whole("系统账号", optional=3),
    whole("本条摘要", optional=4),
)
