"""Verification commands: run ``patrol verify`` and ``evidence stamp``: is the evidence as it was kept, and since when?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from patrol import clock
from patrol.cli.arguments import JSON
from patrol.cli.console import console, errors, print_json, progress
from patrol.cli.listing import readable
from patrol.cli.package_check import verify_package
from patrol.config import Workspace
from patrol.evidence.custody import CUSTODY_NAME
from patrol.evidence.findings import Fault, FolderReport, VerifyFinding
from patrol.evidence.stamping import StampOutcome, stamp_workspace
from patrol.evidence.verify_workspace import Verification, verify_evidence
from patrol.packages.opened import is_package

_STYLES = {Fault.TORN: "yellow", Fault.STALE: "yellow", Fault.UNSTAMPED: "yellow", Fault.UNPROVEN: "cyan"}


def verify(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="范围", help="线索编号、第几次巡查（数字）、证据目录或证据包；不写则核验工作区的全部证据"
        ),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="截去断电时没写完的残余，重建索引和清单；从不改动完整的记录")
    ] = False,
    roots: Annotated[Path | None, typer.Option(help="时间戳服务机构的根证书（PEM）；不写则用设置里的")] = None,
    json: Annotated[bool, JSON] = False,
) -> None:
    """只凭文件重新计算全部证据，指明哪里缺失、改动、次序变动、多出、没写完、没盖时间戳。

    证据目录和证据包可以拷到任何地方核验，不需要数据库和工作区。退出码：0 完好，1 有问题须处理，2 用法不对或读不了。

    例：patrol verify 3；patrol verify --repair；patrol verify /media/usb/patrol-000003
    """
    if what and is_package(package := Path(what).expanduser()):
        raise typer.Exit(verify_package(package, roots, json=json))
    with progress("正在核验") as advance:
        found = verify_evidence(what, repair=repair, roots=roots, watch=lambda _, total: advance(1, total))
    if json:
        print_json(found.as_json())
    else:
        for report in found.reports:
            _show(report, found.repaired.get(report.folder, []))
        _conclude(found)
    if found.unentered:
        errors.print(Text(found.unentered, style="yellow"))
    raise typer.Exit(0 if found.clean else 1)


def stamp(json: Annotated[bool, JSON] = False) -> None:
    """给还没有时间戳的证据链加盖时间戳（patrol.toml 的 [evidence] timestamp_authorities 里的每个服务各一枚）。

    只发送证据链的摘要值。退出码：0 都已盖好，1 有没盖上的（下次巡查或再运行本命令会再试），2 设置不对。
    """
    with progress("正在加盖时间戳"):
        outcomes = stamp_workspace(Workspace.find())
    if json:
        print_json([_stamped(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            console.print(Text(outcome.words, style="yellow" if outcome.error else ""))
        if not outcomes:
            console.print("没有需要加盖的：已有的证据都已有时间戳。")
    raise typer.Exit(1 if any(outcome.error for outcome in outcomes) else 0)


def _show(report: FolderReport, repaired: list[str]) -> None:
    style = "bold red" if not report.sound else "green" if report.clean else "yellow"
    size = f"{report.captures} 个网页，{report.records} 条记录，{report.bytes / 1_000_000:.1f} MB"
    if report.folder.name == CUSTODY_NAME:
        size = f"证据流转记录 {report.lines} 条"
    line = Text(f"{report.folder.name}：{size}，")
    console.print(line.append(report.verdict, style=style))
    for done in repaired:
        console.print(Text(f"  【已修复】{done}", style="green"))
    for stamp_ in report.stamps:
        says = f"  时间戳：{clock.show_second(stamp_.at)} 起第 1 至 {stamp_.line} 行未变（{stamp_.authority}）"
        console.print(readable(says))
    for finding in report.findings:
        console.print(readable(Text(f"  {finding}", style=_style(finding))), soft_wrap=True)


def _style(finding: VerifyFinding) -> str:
    return "red" if finding.fault.damage else _STYLES.get(finding.fault, "dim")


def _conclude(found: Verification) -> None:
    if not found.reports:
        console.print("没有可核验的证据。")
        return
    lead, pages = found.wanted.lead, len(found.wanted.records)
    if lead:
        some = f"其中 {found.good_records} 个的网页记录与取证时一致；所在证据链有问题，见上"
        console.print(f"线索 {lead} 的取证快照 {pages} 个，{'均与取证时一致' if found.sound else some}。")
    damaged = sum(not report.sound for report in found.reports)
    if damaged:
        errors.print(f"{damaged} 处证据与取证时不一致，请保护现场，查明原因，或从备份恢复。", style="red")
    elif not found.clean:
        console.print(
            "没写完的残余、索引和清单可用 patrol verify --repair 处理；缺时间戳可用 patrol evidence stamp 补盖。"
        )


def _stamped(outcome: StampOutcome) -> dict[str, Any]:
    stamp_ = outcome.stamp
    return {
        "folder": str(outcome.folder),
        "authority": outcome.authority,
        "at": stamp_.at.isoformat() if stamp_ else None,
        "signer": stamp_.signer if stamp_ else None,
        "error": outcome.error,
    }
