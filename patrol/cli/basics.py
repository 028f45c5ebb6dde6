"""Basic commands: run ``patrol init``, ``doctor`` and ``match``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fingerprints import Verdict
from patrol.cli.console import console, print_json
from patrol.config import Workspace
from patrol.db.models import Work
from patrol.db.session import Database
from patrol.environment.doctor import DoctorLine, examine
from patrol.errors import ConfigError, InputError
from patrol.tables.words import Sentences, confidence
from patrol.text.encodings import decode
from patrol.vocabulary import MatchKind
from patrol.works.library import open_library
from patrol.works.texts import READERS, read_document
from patrol.workspace import make_workspace


def init(folder: Annotated[Path, typer.Argument(metavar="文件夹", help="工作区文件夹，不存在则新建")]) -> None:
    """建一个工作区：设置、数据库，以及放证据、比对库、报告和站点文件的文件夹。

    例：patrol init ~/巡查
    """
    workspace = make_workspace(folder.expanduser())
    console.print(f"工作区已建好：{workspace.root}", markup=False)
    console.print("接下来：在 patrol.toml 里填上单位名称，然后用 patrol works import 导入作品。")


def doctor(as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False) -> None:
    """检查运行环境是否齐备，缺什么就说怎么补。

    例：patrol doctor
    """
    try:
        workspace = Workspace.find()
    except ConfigError:
        workspace = None
    findings = list(examine(workspace))
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
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """拿一段文字与作品库比对，马上看结果。

    例：patrol match 可疑文本.txt
    """
    text = _text(file)
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        library = open_library(workspace, database)
        if library is None:
            raise InputError("作品库里还没有带文本的作品。请先运行 patrol works import")
        verdicts = library.judge(text, floor=floor)
        with database.session() as session:
            titles = {v.work_id: work.title for v in verdicts if (work := session.get(Work, v.work_id))}
    finally:
        database.close()
    if as_json:
        print_json([{**asdict(v), "title": titles.get(v.work_id, "")} for v in verdicts])
    elif not verdicts:
        console.print("没有比对出受保护的作品。")
    else:
        _show_verdicts(verdicts, titles, text, Sentences.load(workspace.root))
    if verdicts:
        raise typer.Exit(1)


def _text(file: str) -> str:
    if file == "-":
        return decode(sys.stdin.buffer.read(), "标准输入")
    path = Path(file)
    if not path.is_file():
        raise InputError(f"没有这个文件：{file}")
    if path.suffix.lower() in READERS:
        return read_document(path)[1]
    return decode(path.read_bytes(), path.name)


def _show_verdicts(verdicts: list[Verdict], titles: dict[str, str], text: str, sentences: Sentences) -> None:
    for verdict in verdicts:
        kind = MatchKind(verdict.kind.value).label
        console.print(
            f"《{titles.get(verdict.work_id, verdict.work_id)}》　{kind}，把握 {confidence(verdict.probability)}",
            style="bold",
            markup=False,
        )
        for reason in verdict.reasons:
            if said := sentences.reason(reason.code, reason.weight, reason.values):
                console.print(f"  · {said}", markup=False)
        for renaming in verdict.renamings:
            console.print(f"  · 换名：{renaming.old} → {renaming.new}（{renaming.support} 次）", markup=False)
        for passage in verdict.passages[:5]:
            piece = text[passage.page_start : passage.page_end].replace("\n", " ")
            shown = piece if len(piece) <= 80 else f"{piece[:40]}……{piece[-30:]}"
            console.print(f"  第 {passage.page_start + 1}—{passage.page_end} 字：{shown}", markup=False, style="dim")
