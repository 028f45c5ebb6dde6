"""Verification commands: run ``patrol verify`` and ``evidence stamp``: is the evidence as it was kept, and since when?"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json, progress
from patrol.cli.package_check import verify_package
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import ConfigError, EvidenceError
from patrol.evidence.custody import CUSTODY_NAME, record_act
from patrol.evidence.db_claims import Wanted, database_claims, folders_below, wanted_evidence
from patrol.evidence.findings import Fault, FolderReport, VerifyFinding
from patrol.evidence.stamping import Authorities, StampOutcome, read_roots, stamp_folders
from patrol.evidence.verify import Against, repair_folder, verify_custody, verify_folders
from patrol.lock import patrol_lock
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
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """只凭文件重新计算全部证据，指明哪里缺失、改动、次序变动、多出、没写完、没盖时间戳。

    证据目录和证据包可以拷到任何地方核验，不需要数据库和工作区。退出码：0 完好，1 有问题须处理，2 用法不对或读不了。

    例：patrol verify 3；patrol verify --repair；patrol verify /media/usb/patrol-000003
    """
    if what and is_package(package := Path(what).expanduser()):
        raise typer.Exit(verify_package(package, roots, json=json))
    path = (
        Path(what).expanduser().resolve() if what and not what.isdigit() and Path(what).expanduser().is_dir() else None
    )
    workspace = _workspace(required=path is None)
    with ExitStack() as held:
        if path is not None or workspace is None:
            wanted = Wanted(folders_below(path or Path.cwd()))
            known = {}
        else:
            database = Database.ready(workspace.database_url)
            held.callback(database.close)
            wanted = wanted_evidence(workspace, database, what)
            known = database_claims(workspace, database, wanted.folders)
        trusted, due = _trusted(workspace, roots)
        against = Against(trusted, due, known)
        if repair and workspace is not None and any(folder.parent == workspace.evidence for folder in wanted.folders):
            held.enter_context(patrol_lock(workspace.root))
        repaired = {folder: repair_folder(folder, against) for folder in wanted.folders} if repair else {}
        with progress("正在核验", len(wanted.folders)) as advance:
            reports = verify_folders(wanted.folders, against, advance)
        for evidence in dict.fromkeys(folder.parent for folder in wanted.folders):
            custody = verify_custody(evidence)
            reports += [custody] if custody else []
        own = workspace is not None and any(folder.parent == workspace.evidence for folder in wanted.folders)
        unentered = _entered(workspace, wanted, reports, what) if own and workspace is not None else ""
    if json:
        print_json(_as_json(reports, repaired, wanted))
    else:
        for report in reports:
            _show(report, repaired.get(report.folder, []))
        _conclude(reports, wanted)
    if unentered:
        errors.print(Text(unentered, style="yellow"))
    raise typer.Exit(0 if all(report.clean for report in reports) else 1)


def stamp(json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False) -> None:
    """给还没有时间戳的证据链加盖时间戳（patrol.toml 的 [evidence] timestamp_authorities 里的每个服务各一枚）。

    只发送证据链的摘要值。退出码：0 都已盖好，1 有没盖上的（下次巡查或再运行本命令会再试），2 设置不对。
    """
    workspace = Workspace.find()
    authorities = Authorities.of(workspace)
    if not authorities.urls:
        raise ConfigError(
            "没有设置时间戳服务。请在 patrol.toml 的 [evidence] 填 timestamp_authorities（服务地址）"
            "和 timestamp_roots（服务机构公布的根证书文件）"
        )
    folders = sorted(workspace.evidence.glob("patrol-*"))
    with patrol_lock(workspace.root), progress("正在加盖时间戳"):
        outcomes = stamp_folders(folders, authorities)
    failed = [outcome for outcome in outcomes if outcome.error]
    if json:
        print_json([_stamped(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            console.print(Text(stamp_line(outcome), style="yellow" if outcome.error else ""))
        if not outcomes:
            console.print("没有需要加盖的：每次巡查的链头都已有时间戳。" if folders else "还没有证据。")
    raise typer.Exit(1 if failed else 0)


def stamp_line(outcome: StampOutcome) -> str:
    """Return one asking for a stamp in words."""
    if outcome.stamp is None:
        return f"{outcome.folder.name} 没有盖上时间戳：{outcome.error}"
    return f"{outcome.folder.name} 已加盖时间戳：{clock.show_second(outcome.stamp.at)}，{outcome.stamp.signer}"


def _workspace(*, required: bool) -> Workspace | None:
    try:
        return Workspace.find()
    except ConfigError:
        if required:
            raise
        return None


def _entered(workspace: Workspace, wanted: Wanted, reports: list[FolderReport], what: str | None) -> str:
    """Enter the verification in the custody. Why that failed, in Chinese: what was found has to be shown all the same."""
    whole = "完好" if all(report.sound for report in reports) else "有与取证时不一致之处"
    about = (
        f"线索 {wanted.lead}" if wanted.lead else f"第 {what} 次巡查" if what and what.isdigit() else what or "全部证据"
    )
    try:
        record_act(workspace, "verify", leads=[wanted.lead] if wanted.lead else (), what=f"{about}：{whole}")
    except EvidenceError as error:
        return f"这次核验没有登记：{error}"
    return ""


def _trusted(workspace: Workspace | None, roots: Path | None) -> tuple[Any, bool]:
    """Root certificates to use (None: those in the folders), and whether stamps are due."""
    if roots is not None:
        return read_roots(roots.expanduser()), False
    if workspace is None or not workspace.config.evidence.timestamp_authorities:
        return None, False
    return Authorities.of(workspace).roots, True


def _show(report: FolderReport, repaired: list[str]) -> None:
    if not report.sound:
        verdict, style = "与取证时不一致", "bold red"
    elif not report.clean:
        verdict, style = "证据未变，另有事项须处理", "yellow"
    else:
        verdict, style = "完好", "green"
    size = f"{report.captures} 个网页，{report.records} 条记录，{report.bytes / 1_000_000:.1f} MB"
    if report.folder.name == CUSTODY_NAME:
        size = f"证据流转记录 {report.lines} 条"
    line = Text(f"{report.folder.name}：{size}，")
    console.print(line.append(verdict, style=style))
    for done in repaired:
        console.print(Text(f"  【已修复】{done}", style="green"))
    for stamp_ in report.stamps:
        says = f"  时间戳：{clock.show_second(stamp_.at)} 起第 1 至 {stamp_.line} 行未变（{stamp_.authority}）"
        console.print(Text(_printable(says)))
    for finding in report.findings:
        console.print(Text(_printable(f"  {finding}"), style=_style(finding)), soft_wrap=True)


def _printable(text: str) -> str:
    """A stranger's file speaks here: nothing that a terminal would obey, and nothing that turns the reading round."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _style(finding: VerifyFinding) -> str:
    return "red" if finding.fault.damage else _STYLES.get(finding.fault, "dim")


def _conclude(reports: list[FolderReport], wanted: Wanted) -> None:
    if not reports:
        console.print("没有可核验的证据。")
        return
    if wanted.lead:
        broken = {(report.folder, record) for report in reports for record in report.broken_records}
        good = sum((folder, record) not in broken for folder, record in wanted.records)
        sound = all(report.sound for report in reports)
        says = "均与取证时一致" if sound else f"其中 {good} 个的网页记录与取证时一致；所在证据链有问题，见上"
        console.print(f"线索 {wanted.lead} 的取证快照 {len(wanted.records)} 个，{says}。")
    damaged = sum(not report.sound for report in reports)
    if damaged:
        errors.print(f"{damaged} 处证据与取证时不一致，请保护现场，查明原因，或从备份恢复。", style="red")
    elif not all(report.clean for report in reports):
        console.print(
            "没写完的残余、索引和清单可用 patrol verify --repair 处理；缺时间戳可用 patrol evidence stamp 补盖。"
        )


def _as_json(reports: list[FolderReport], repaired: dict[Path, list[str]], wanted: Wanted) -> dict[str, Any]:
    return {
        "sound": all(report.sound for report in reports),
        "clean": all(report.clean for report in reports),
        "lead": wanted.lead or None,
        "folders": [report.as_json() | {"repaired": repaired.get(report.folder, [])} for report in reports],
    }


def _stamped(outcome: StampOutcome) -> dict[str, Any]:
    stamp_ = outcome.stamp
    return {
        "folder": str(outcome.folder),
        "authority": outcome.authority,
        "at": stamp_.at.isoformat() if stamp_ else None,
        "signer": stamp_.signer if stamp_ else None,
        "error": outcome.error,
    }
