"""Basic commands: run ``patrol init``, ``doctor`` and ``match``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from patrol.cli.arguments import JSON
from patrol.cli.console import console, print_json
from patrol.config import Workspace
from patrol.environment.doctor import DoctorLine, examine
from patrol.tables.words import confidence
from patrol.text.encodings import decode
from patrol.vocabulary import MatchKind
from patrol.works.matching import WorkMatch, match_text
from patrol.works.texts import read_text
from patrol.workspace import make_workspace, open_workspace


def init(folder: Annotated[Path, typer.Argument(metavar="文件夹", help="工作区文件夹，不存在则新建")]) -> None:
    """建一个工作区：设置、数据库，以及放证据、比对库、报告和站点文件的文件夹。

    例：patrol init ~/巡查
    """
    workspace = make_workspace(folder.expanduser())
    console.print(f"工作区已建好：{workspace.root}", markup=False)
    console.print("接下来：在 patrol.toml 里填上单位名称，然后用 patrol works import 导入作品。")


def doctor(as_json: Annotated[bool, JSON] = False) -> None:
    """检查运行环境是否齐备，缺什么就说怎么补。

    例：patrol doctor
    """
    findings = list(examine(Workspace.find_or_none()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _show_findings(findings)
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(2)
    if any(finding.state == "warn" for finding in findings):
        raise typer.Exit(1)


def _show_findings(findings: list[DoctorLine]) -> None:
    signs = {"ok": "[green]正常[/green]", "warn": "[yellow]注意[/yellow]", "fail": "[red]未通过[/red]"}
    table = Table(show_header=False, box=None)
    for finding in findings:
        table.add_row(
            signs[finding.state], finding.matter, finding.said + (f"\n→ {finding.remedy}" if finding.remedy else "")
        )
    console.print(table)


def match(
    file: Annotated[
        str, typer.Argument(metavar="文件", help="文本文件（TXT、Markdown、Word、PDF、EPUB），或 - 从标准输入读")
    ],
    floor: Annotated[float, typer.Option(min=0.0, max=1.0, help="最低把握，低于它的不列出")] = 0.5,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """拿一段文字与作品库比对，马上看结果。

    例：patrol match 可疑文本.txt
    """
    text = decode(sys.stdin.buffer.read(), "标准输入") if file == "-" else read_text(Path(file).expanduser())
    with open_workspace() as here:
        found = match_text(here.workspace, here.database, text, floor)
    if as_json:
        print_json([{**asdict(one.verdict), "title": one.title} for one in found])
    elif not found:
        console.print("没有比对出受保护的作品。")
    for one in found if not as_json else ():
        _show_match(one, text)
    if found:
        raise typer.Exit(1)


def _show_match(match: WorkMatch, text: str) -> None:
    verdict = match.verdict
    kind = MatchKind(verdict.kind.value).label
    console.print(
        f"《{match.title or verdict.work_id}》　{kind}，把握 {confidence(verdict.probability)}",
        style="bold",
        markup=False,
    )
    for reason in match.reasons:
        console.print(f"  · {reason}", markup=False)
    for renaming in verdict.renamings:
        console.print(f"  · 换名：{renaming.old} → {renaming.new}（{renaming.support} 次）", markup=False)
    for passage in verdict.passages[:5]:
        piece = text[passage.page_start : passage.page_end].replace("\n", " ")
        shown = piece if len(piece) <= 80 else f"{piece[:40]}……{piece[-30:]}"
        console.print(f"  第 {passage.page_start + 1}—{passage.page_end} 字：{shown}", markup=False, style="dim")
