"""Import command: runs ``patrol import``, which takes in saved pages, archives, PDF and tables without a visit to any site."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from patrol.cli.console import console, errors, print_json
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.directory import SiteProblem, find_sites
from patrol.directory.site_model import EXTRACT_HELP
from patrol.errors import InputError
from patrol.patrols.importing import ImportOptions, ImportOutcome, run_import
from patrol.patrols.run import Progress
from patrol.vocabulary import Field, Labelled, PageKind, RunStatus

LabelledT = TypeVar("LabelledT", bound=Labelled)
_COLUMN_FIELDS = {**{title: name for name, (title, _, _) in EXTRACT_HELP.items()}, "链接": "url", "网址": "url"}
_STYLES = {RunStatus.DONE: "green", RunStatus.FAILED: "red"}


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="文件", help="文件或文件夹（连同里面各层文件夹）")],
    source: Annotated[str, typer.Option("--from", help="来源：材料由谁提供，例如 权利人张三")] = "",
    note: Annotated[str, typer.Option(help="备注，随证据保存")] = "",
    site: Annotated[str, typer.Option(help="按这个站点的规则读；不写则按网址自动找")] = "",
    field: Annotated[str | None, typer.Option(help="领域，例如 剧本杀；不写则随作品")] = None,
    kind: Annotated[str | None, typer.Option(help="页面类型，例如 商品列表、视频、帖子、文章")] = None,
    url: Annotated[str, typer.Option(help="这个网页原来的网址（只能用于单个文件）")] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="列名=字段", help="表格里这一列是什么，可写多次")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="导入过的文件也再导入一次")] = False,
    json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
) -> None:
    """导入手工保存的网页和平台导出的表格，和巡查一样存证、比对、出线索；不访问网络。

    可导入：网页（.html，连同同名资源文件夹）、MHTML、WARC、WACZ、PDF、CSV、XLSX。按 Ctrl-C 可停，用同样的命令再导入会接着做。

    例：patrol import 投诉材料/ 商品导出.xlsx --from 权利人张三 --map 宝贝=标题
    """
    workspace = Workspace.find()
    options = ImportOptions(
        site=_site(workspace, site),
        field=_chosen(Field, field, "--field"),
        kind=_chosen(PageKind, kind, "--kind"),
        url=_address(url),
        source=source.strip()[:300],
        note=note.strip()[:1000],
        columns=tuple(_columns(columns or ())),
    )
    database = Database.ready(workspace.database_url)
    try:
        with Live(Text("正在准备……"), console=errors, transient=True, refresh_per_second=4) as live:
            outcome = run_import(
                workspace,
                database,
                [path.expanduser() for path in files],
                options,
                again=again,
                watch=lambda progress: live.update(_line(progress)),
            )
    finally:
        database.close()
    print_json(_as_json(outcome)) if json else _show(outcome)
    raise typer.Exit(_exit_code(outcome))


def _site(workspace: Workspace, name: str) -> str:
    if not name:
        return ""
    known = find_sites(workspace.site_folders)
    if name not in known:
        raise InputError(f"--site：没有名为“{name}”的站点文件。可用 patrol sites list 查看已有站点")
    site = known[name]
    if isinstance(site, SiteProblem):
        raise InputError(f"--site：站点文件有误：{site}")
    return name


def _chosen(words: type[LabelledT], text: str | None, option: str) -> LabelledT | None:
    if text is None:
        return None
    try:
        return words.parse(text)
    except ValueError as error:
        raise InputError(f"{option}：{error}") from error


def _address(text: str) -> str:
    found = text.strip()
    if found and not found.lower().startswith(("http://", "https://")):
        raise InputError(f"--url：“{found[:80]}”不是完整网址，应以 http:// 或 https:// 开头")
    return found


def _columns(pairs: Iterable[str]) -> Iterable[tuple[str, str]]:
    for pair in pairs:
        head, equals, said = (part.strip() for part in pair.rpartition("="))
        name = _COLUMN_FIELDS.get(said, said if said in (*EXTRACT_HELP, "url") else "")
        if not equals or not head or not name:
            shown = "、".join(dict.fromkeys(_COLUMN_FIELDS))
            raise InputError(f"--map：“{pair[:80]}”应写成 列名=字段，字段可用：{shown}")
        yield head, name


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
    table = Table(title=f"第 {patrol.patrol_id} 次巡查（导入{'，接着上次' if patrol.resumed else ''}）")
    table.add_column("文件", overflow="fold")
    table.add_column("结果")
    for name in ("存证", "线索"):
        table.add_column(name, justify="right")
    table.add_column("说明", overflow="fold")
    for run in patrol.runs:
        table.add_row(
            Text(run.name),
            Text(run.status.label, style=_STYLES.get(run.status, "")),
            str(run.counts.get("captures", 0)),
            str(run.counts.get("leads", 0)),
            Text(run.reason),
        )
    console.print(table)
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
