"""Rescan command: runs ``patrol rescan``, newly protected works against everything captured before."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from patrol.cli.arguments import JSON, day_option
from patrol.cli.console import console, errors, print_json
from patrol.clock import Period
from patrol.patrols.rescan import Asked, RescanOutcome, RescanProgress, run_rescan
from patrol.workspace import open_workspace


def rescan(
    work: Annotated[list[str] | None, typer.Option(help="作品编号，可写多次")] = None,
    since: Annotated[date | None, day_option("--since", "从这天起（含）导入或更新的作品")] = None,
    everything: Annotated[bool, typer.Option("--all", help="作品库里的全部作品")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="不接着上次中断的比对，重新开始")] = False,
    json: Annotated[bool, JSON] = False,
) -> None:
    """把新受保护的作品与以前取证的全部网页比对，不重新访问网站。按 Ctrl-C 可停，再次运行会接着比对。

    例：patrol rescan --work n1
    """
    asked = Asked(tuple(work or ()), Period(since).start, everything)
    columns = (
        TextColumn("与存档比对"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("还需"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with open_workspace() as here, Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=None)

        def watch(progress: RescanProgress) -> None:
            said = f"新线索 {progress.opened} 条"
            bar.update(task, total=progress.total, completed=progress.compared + progress.failed, description=said)

        outcome = run_rescan(here.workspace, here.database, asked, watch=watch, fresh=fresh)
    print_json(_as_json(outcome)) if json else _show(outcome)
    if outcome.interrupted:
        raise typer.Exit(130)
    raise typer.Exit(1 if outcome.progress.failed else 0)


def _show(outcome: RescanOutcome) -> None:
    done = outcome.progress
    again = "（接着上次）" if outcome.resumed else ""
    console.print(
        f"作品 {len(outcome.works)} 部与存档网页 {done.compared} 页比对完毕{again}，用时 {outcome.seconds:.0f} 秒："
        f"新线索 {done.opened} 条，并入已有线索 {done.joined} 次。"
        if not outcome.interrupted
        else f"已停在第 {done.compared + done.failed} 页（共 {done.total} 页），已比对的都已保存。"
        "再次运行 patrol rescan 会接着比对。"
    )
    if done.failed:
        errors.print(f"有 {done.failed} 页没能比对，原因见日志；可用 --fresh 再试一次。", style="yellow")
    if done.opened and not outcome.interrupted:
        console.print("查看线索：patrol leads list")


def _as_json(outcome: RescanOutcome) -> dict[str, object]:
    done = outcome.progress
    return {
        "rescan": outcome.rescan_id,
        "works": list(outcome.works),
        "resumed": outcome.resumed,
        "interrupted": outcome.interrupted,
        "total": done.total,
        "compared": done.compared,
        "failed": done.failed,
        "new_leads": done.opened,
        "joined": done.joined,
        "seconds": round(outcome.seconds, 1),
    }
