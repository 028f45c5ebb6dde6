"""Demo command: runs ``patrol demo``, the whole way on the demo town, by the very commands that an office uses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import func, select

from patrol.cli.console import console, errors
from patrol.config import CHECKOUT, Workspace
from patrol.db.models import Capture
from patrol.db.session import Database
from patrol.demo.office import furnish
from patrol.demo.score import DemoScore, Planted, found_pages, ranked_leads, read_truth, score
from patrol.demo.server import town_process
from patrol.demo.town import build_town
from patrol.errors import PatrolError
from patrol.vocabulary import MatchKind

DEMO_FOLDER = CHECKOUT / "demo-town"


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="只开演示站点，不巡查；按 Ctrl-C 结束")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="结果以 JSON 输出，供程序读取")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="演示工作区的位置")] = DEMO_FOLDER,
) -> None:
    """在本机演示全过程：开六个演示站点，导入作品，巡查，出报告，并核对埋设与查出的结果。

    例：patrol demo
    """
    with town_process() as ports:
        if serve:
            for site, port in ports.items():
                console.print(f"{site:8} http://127.0.0.1:{port}/")
            console.print("演示站点已打开，按 Ctrl-C 结束。")
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                return
        _make_office(folder, ports, quiet=as_json)
        began = time.monotonic()
        _patrol(folder, "run", "--all", quiet=as_json)
        seconds = time.monotonic() - began
    report = folder / "reports" / "demo.html"
    _patrol(folder, "report", "--output", str(report), quiet=as_json)
    result = _account(folder)
    if as_json:
        figures = {"first_precision": result.first_precision, "seconds": seconds, "report": str(report)}
        console.print_json(json.dumps({**asdict(result), **figures}))
    else:
        _show(result, seconds, report)
    if result.false_alarms or result.missed:
        raise typer.Exit(1)


def _make_office(folder: Path, ports: dict[str, int], *, quiet: bool) -> None:
    if folder.exists():
        if not (folder / "patrol.toml").is_file():
            raise PatrolError(f"“{folder}”已存在且不是演示工作区，请换一个位置（--dir）")
        shutil.rmtree(folder)
    _patrol(None, "init", str(folder), quiet=quiet)
    furnish(folder, ports)
    _patrol(folder, "works", "import", str(folder / "works"), quiet=quiet)
    _patrol(folder, "works", "import", "--early-warning", str(folder / "early-warning.csv"), quiet=quiet)
    _patrol(folder, "works", "authorize", str(folder / "authorizations.csv"), quiet=quiet)
    _patrol(folder, "directory", "import", str(folder / "directory.csv"), quiet=quiet)


def _patrol(workspace: Path | None, *words: str, quiet: bool) -> None:
    """Run one command as a user would, shown before it runs; its output goes where ours does."""
    if not quiet:
        console.print(f"\n[bold]▶ patrol {' '.join(words)}[/bold]")
    environment = {**os.environ, **({"PATROL_WORKSPACE": str(workspace)} if workspace else {})}
    done = subprocess.run(
        [sys.executable, "-m", "patrol", *words],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL if quiet else None,
        check=False,
    )
    if done.returncode not in (0, 1):
        errors.print(f"演示中断：patrol {words[0]} 没有成功（退出码 {done.returncode}）")
        raise typer.Exit(done.returncode if done.returncode > 0 else 2)


def _account(folder: Path) -> DemoScore:
    database = Database(Workspace.find(folder).database_url)
    try:
        with database.session() as session:
            visited = session.scalar(select(func.count(Capture.id))) or 0
            return score(read_truth(), found_pages(session), visited, ranked_leads(session))
    finally:
        database.close()


def _show(result: DemoScore, seconds: float, report: Path) -> None:
    table = Table(title="埋设与查出")
    for head in ("类型", "埋设", "查出", "漏查", "类型判对", "查全率"):
        table.add_column(head, justify="left" if head == "类型" else "right")
    for kind in result.kinds:
        table.add_row(
            MatchKind(kind.kind).label,
            str(kind.planted),
            str(kind.found),
            str(kind.planted - kind.found),
            str(kind.named_rightly),
            f"{kind.recall:.1%}",
        )
    console.print()
    console.print(table)
    console.print(
        f"无辜页面 {result.innocent} 个，误报 {len(result.false_alarms)} 个；"
        f"查准率 {result.precision:.1%}，查全率 {result.recall:.1%}；"
        f"取证 {result.visited} 页，用时 {seconds:.0f} 秒"
    )
    console.print(f"排在最前的 {result.first} 条线索中，{result.first_right} 条属实（{result.first_precision:.1%}）")
    names = {(page.site, page.path): page.title for page in build_town().pages}
    for said, pages in (("误报", result.false_alarms), ("漏查", result.missed)):
        for page in pages:
            console.print(f"  {said}：{_named(page, names)}", markup=False)
    console.print(f"\n报告：{report}", markup=False)


def _named(page: Planted, names: dict[tuple[str, str], str]) -> str:
    return f"{page.site} {page.path} “{names.get((page.site, page.path), '')}”（{page.label}）"
