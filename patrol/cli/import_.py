"""Import command: runs ``patrol import``, which takes in saved pages, archives, PDF and tables without a visit to any site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.text import Text

from patrol.cli.arguments import JSON, word_option
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.patrols.import_options import read_options
from patrol.patrols.importing import ImportOutcome, run_import
from patrol.patrols.run import Progress
from patrol.vocabulary import Field, PageKind, RunStatus
from patrol.workspace import open_workspace

_STYLES = {RunStatus.DONE: "green", RunStatus.FAILED: "red"}
_COLUMNS = (Column("文件", 16), whole("结果"), figure("存证"), figure("线索"), Column("说明"))


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="文件", help="文件或文件夹（连同里面各层文件夹）")],
    source: Annotated[str, typer.Option("--source", help="来源：材料由谁提供，例如 权利人张三")] = "",
    note: Annotated[str, typer.Option(help="备注，随证据保存")] = "",
    site: Annotated[str, typer.Option(help="按这个站点的规则读；不写则按网址自动找")] = "",
    field: Annotated[Field | None, word_option(Field, "--field", "领域，例如 剧本杀；不写则随作品")] = None,
    kind: Annotated[
        PageKind | None, word_option(PageKind, "--kind", "页面类型，例如 商品列表、视频、帖子、文章")
    ] = None,
    url: Annotated[str, typer.Option(help="这个网页原来的网址（只能用于单个文件）")] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="列名=字段", help="表格里这一列是什么，可写多次")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="导入过的文件也再导入一次")] = False,
    json: Annotated[bool, JSON] = False,
) -> None:
    """导入手工保存的网页和平台导出的表格，和巡查一样存证、比对、出线索；不访问网络。

    可导入：网页（.html，连同同名资源文件夹）、MHTML、WARC、WACZ、PDF、CSV、XLSX。按 Ctrl-C 可停，用同样的命令再导入会接着做。

    例：patrol import 投诉材料/ 商品导出.xlsx --source 权利人张三 --map 宝贝=标题
    """
    with open_workspace() as here:
        options = read_options(
            here.workspace, site=site, field=field, kind=kind, url=url, source=source, note=note, columns=columns or ()
        )
        with Live(Text("正在准备……"), console=errors, transient=True, refresh_per_second=4) as live:
            outcome = run_import(
                here.workspace,
                here.database,
                [path.expanduser() for path in files],
                options,
                again=again,
                watch=lambda progress: live.update(_line(progress)),
            )
    print_json(_as_json(outcome)) if json else _show(outcome)
    raise typer.Exit(_exit_code(outcome))


def _exit_code(outcome: ImportOutcome) -> int:
    if outcome.patrol is None:
        return 0
    if outcome.patrol.interrupted_by_user:
        return 130
    if outcome.patrol.error:
        return 2
    return 0 if outcome.patrol.complete else 1


def _line(progress: Progress) -> Text:
    line = Text("正在停止，正在保存已读出的网页…… " if progress.stopping else "正在导入 ")
    line.append(
        f" 已读完文件 {progress.total('files')} 个，存证 {progress.total('captures')} 页，"
        f"比对 {progress.total('judged')} 页，新线索 {progress.total('leads')} 条"
    )
    return line


def _show(outcome: ImportOutcome) -> None:
    for known in outcome.known:
        said = f"{known.name}：已在第 {known.patrol_id} 次巡查中导入过（{known.captures} 页），这次没有重复导入。要再导入请加 --again"
        errors.print(Text(said, style="yellow"))
    for name, twin in outcome.twins:
        errors.print(Text(f"{name}：与 {twin} 的内容完全相同，只导入一次", style="yellow"))
    patrol = outcome.patrol
    if patrol is None:
        console.print("没有新的文件可导入。")
        return
    rows = (
        (
            run.name,
            Text(run.status.label, style=_STYLES.get(run.status, "")),
            str(run.counts.get("captures", 0)),
            str(run.counts.get("leads", 0)),
            run.reason,
        )
        for run in patrol.runs
    )
    show_list(f"第 {patrol.patrol_id} 次巡查（导入{'，接着上次' if patrol.resumed else ''}）", _COLUMNS, rows)
    done = sum(run.status is RunStatus.DONE for run in patrol.runs)
    console.print(
        f"用时 {patrol.seconds:.0f} 秒；{len(patrol.runs)} 个文件中完成 {done} 个；"
        f"新线索 {patrol.progress.total('leads')} 条，再次发现 {patrol.progress.total('joined')} 次。"
    )
    if outcome.passed:
        console.print(f"文件夹里另有 {outcome.passed} 个文件不是可导入的类型，未理会。")
    if patrol.interrupted_by_user:
        errors.print("已中断，已保存的内容不受影响。用同样的命令再导入会接着做。", style="yellow")
    elif patrol.error:
        errors.print(Text(patrol.error, style="red"))
    elif patrol.progress.total("leads"):
        console.print("查看线索：patrol leads list；生成报告：patrol report")


def _as_json(outcome: ImportOutcome) -> dict[str, Any]:
    said: dict[str, Any] = {
        "known": [{"file": one.name, "patrol": one.patrol_id, "captures": one.captures} for one in outcome.known],
        "twins": [{"file": name, "same_as": twin} for name, twin in outcome.twins],
        "passed": outcome.passed,
    }
    patrol = outcome.patrol
    if patrol is None:
        return {"patrol": None, "files": []} | said
    return {
        "patrol": patrol.patrol_id,
        "status": patrol.status.value,
        "resumed": patrol.resumed,
        "interrupted": patrol.interrupted_by_user,
        "error": patrol.error,
        "seconds": round(patrol.seconds, 1),
        "new_leads": patrol.progress.total("leads"),
        "joined": patrol.progress.total("joined"),
        "files": [
            {
                "file": run.name,
                "target": run.target_id,
                "status": run.status.value,
                "reason": run.reason,
                "counts": dict(run.counts),
            }
            for run in patrol.runs
        ],
    } | said
