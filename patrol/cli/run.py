"""Run command: runs ``patrol run``, with a line that shows how the patrol goes and a table of how it went."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from patrol.cli.arguments import JSON, word_option
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.patrols.records import Wanted
from patrol.patrols.run import PatrolOutcome, Progress, run_patrol
from patrol.vocabulary import Field, RunStatus
from patrol.workspace import open_workspace

_STYLES = {RunStatus.DONE: "green", RunStatus.FAILED: "red", RunStatus.SKIPPED: "yellow"}
_COLUMNS = (
    whole("站点"),
    Column("目标"),
    whole("领域", optional=1),
    whole("结果"),
    figure("取证"),
    figure("线索"),
    Column("说明", 12),
)


def run(
    site: Annotated[str | None, typer.Option("--site", help="只巡查这个站点（不论是否到期）")] = None,
    field: Annotated[Field | None, word_option(Field, "--field", "只巡查这个领域，例如 剧本杀")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多巡查几个目标")] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部目标，不论是否到期")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="不接着上次中断的巡查，重新开始")] = False,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="最多巡查几分钟，到时停下，下次接着做；0 为不限")
    ] = 0,
    all_pages: Annotated[bool, typer.Option("--all-pages", help="没到复查时间的页面也重新打开")] = False,
    json: Annotated[bool, JSON] = False,
) -> None:
    """巡查重点目录里到期的目标；上次中断的会接着做。按 Ctrl-C 可停，已取得的网页都会保存。"""
    wanted = Wanted(site=site, field=field, limit=limit, everything=everything)
    with (
        open_workspace() as here,
        Live(Text("正在准备……"), console=errors, transient=True, refresh_per_second=4) as live,
    ):
        outcome = run_patrol(
            here.workspace,
            here.database,
            wanted,
            watch=lambda progress: live.update(_line(progress)),
            fresh=fresh,
            minutes=minutes,
            all_pages=all_pages,
        )
    print_json(_as_json(outcome)) if json else _show(outcome)
    raise typer.Exit(_exit_code(outcome))


def _exit_code(outcome: PatrolOutcome) -> int:
    if outcome.interrupted_by_user:
        return 130
    if outcome.error:
        return 2
    return 0 if outcome.complete else 1


def _line(progress: Progress) -> Text:
    states = list(progress.states.values())
    running = [name for name, state in progress.states.items() if state is RunStatus.RUNNING]
    ended = len(states) - len(running)
    line = Text("正在停止，正在保存已取得的网页…… " if progress.stopping else "正在巡查 ")
    waiting = "（正在收尾）" if ended else "（正在启动）"
    line.append("、".join(running[:3]) + ("等" if len(running) > 3 else "") or waiting, style="cyan")
    line.append(
        f"  已完成站点 {ended} 个，打开 {progress.total('fetched')} 页，取证 {progress.total('captures')} 页，"
        f"比对 {progress.total('judged')} 页，新线索 {progress.total('leads')} 条"
    )
    return line


def _show(outcome: PatrolOutcome) -> None:
    rows = (
        (
            run_.site,
            run_.name,
            run_.field.label,
            Text(run_.status.label, style=_STYLES.get(run_.status, "")),
            str(run_.counts.get("captures", 0)),
            str(run_.counts.get("leads", 0)),
            run_.reason,
        )
        for run_ in outcome.runs
    )
    show_list(f"第 {outcome.patrol_id} 次巡查" + ("（接着上次）" if outcome.resumed else ""), _COLUMNS, rows)
    done = sum(run_.status is RunStatus.DONE for run_ in outcome.runs)
    console.print(
        f"用时 {outcome.seconds:.0f} 秒；{len(outcome.runs)} 个目标中完成 {done} 个；"
        f"新线索 {outcome.progress.total('leads')} 条，再次发现 {outcome.progress.total('joined')} 次。"
    )
    for seen in outcome.noticed:
        console.print(Text(f"通知复查：{seen.words}"))
    if outcome.progress.total("unchanged"):
        console.print(f"其中 {outcome.progress.total('unchanged')} 页与上次取证相同，只记为复查。")
    waiting = {run_.site: int(run_.counts.get("skipped/not_due", 0)) for run_ in outcome.runs}
    if any(waiting.values()):
        console.print(f"{sum(waiting.values())} 页未到复查时间，没有重新打开（要全部重看，请加 --all-pages）。")
    if outcome.skipped_list is not None:
        console.print(
            f"跳过 {outcome.progress.total('skipped')} 个链接，清单见 {outcome.skipped_list}",
            markup=False,
            soft_wrap=True,
        )
    for site, authority in outcome.progress.authorities.items():
        console.print(f"站点 {site} 没有按 robots.txt 限制访问，依据：{authority}", style="yellow", markup=False)
    if outcome.warnings:
        errors.print("巡查前的环境检查发现（已随证据存档）：", style="yellow")
        for line in outcome.warnings:
            errors.print(Text(f"•{line}", style="yellow"))
    for stamp in outcome.stamps:
        if stamp.error:
            errors.print(Text(f"{stamp.words}。下次巡查或 patrol evidence stamp 会再试。", style="yellow"))
    if outcome.timed_out:
        errors.print("已到时间上限，停在这里。再次运行 patrol run 会接着巡查。", style="yellow")
    elif outcome.interrupted_by_user:
        errors.print("已中断，已保存的内容不受影响。再次运行 patrol run 会接着巡查。", style="yellow")
    elif outcome.error:
        errors.print(Text(outcome.error, style="red"))
    elif outcome.progress.total("leads"):
        console.print("查看线索：patrol leads list；生成报告：patrol report")


def _as_json(outcome: PatrolOutcome) -> dict[str, object]:
    return {
        "patrol": outcome.patrol_id,
        "status": outcome.status.value,
        "resumed": outcome.resumed,
        "interrupted": outcome.interrupted_by_user,
        "timed_out": outcome.timed_out,
        "error": outcome.error,
        "warnings": list(outcome.warnings),
        "seconds": round(outcome.seconds, 1),
        "new_leads": outcome.progress.total("leads"),
        "joined": outcome.progress.total("joined"),
        "stamps": [
            {"evidence": stamp.folder.name, "authority": stamp.authority, "error": stamp.error}
            for stamp in outcome.stamps
        ],
        "unchanged": outcome.progress.total("unchanged"),
        "skipped": outcome.progress.total("skipped"),
        "skipped_list": str(outcome.skipped_list or ""),
        "robots_authorities": dict(outcome.progress.authorities),
        "targets": [
            {
                "target": run_.target_id,
                "name": run_.name,
                "site": run_.site,
                "field": run_.field.value,
                "status": run_.status.value,
                "reason": run_.reason,
                "counts": dict(run_.counts),
            }
            for run_ in outcome.runs
        ],
    }
