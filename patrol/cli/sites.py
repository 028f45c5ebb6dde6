"""Site commands: run ``patrol sites list | check | diff | schema``; ``new``, ``try``, ``keep`` have files of their own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json
from patrol.cli.site_process import folder_of, read_samples, site_folders
from patrol.cli.sites_samples import show_rows
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.directory import SiteFile, SiteProblem, find_sites
from patrol.directory.site_doc import site_schema
from patrol.directory.site_model import EXTRACT_HELP
from patrol.directory.site_samples import sample_folders
from patrol.evidence.custody import record_act
from patrol.evidence.files import file_stem
from patrol.files import replace_file
from reports.side_by_side import lost_field, side_by_side

STALE_DAYS = 90
"""Days after which a site file should be looked at again by a person."""


def list_sites(as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False) -> None:
    """列出已有的站点文件。

    例：patrol sites list
    """
    sites = find_sites(site_folders())
    if as_json:
        print_json([_brief(name, site) for name, site in sites.items()])
        return
    table = Table(title=f"站点 {len(sites)} 个")
    for head in ("站点", "名称", "类型", "领域", "打开方式", "核对日期", "样本", "状态"):
        table.add_column(head, overflow="fold")
    for name, site in sites.items():
        if isinstance(site, SiteProblem):
            table.add_row(Text(name), "", "", "", "", "", "", Text("有误，见 patrol sites check", style="red"))
            continue
        fields = "、".join(field.label for field in site.fields)
        how = "浏览器" if site.render == "browser" else "直接取"
        samples = str(len(sample_folders(folder_of(name))))
        state = "样例，供复制" if site.is_example else "可用"
        table.add_row(
            Text(name), Text(site.name), site.kind.label, fields, how, str(site.verified or "未核对"), samples, state
        )
    console.print(table)


def check(
    site: Annotated[str | None, typer.Argument(metavar="站点", help="站点；不写则检查全部")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出样本的逐项结果")] = False,
) -> None:
    """检查站点文件写得对不对，再用留存的样本核对每个字段；每处错误给出行号和改法。

    例：patrol sites check mysite
    """
    folders = site_folders()
    chosen = {site: find_sites([folder_of(site).parent])[site]} if site is not None else find_sites(folders)
    good = [name for name, found in chosen.items() if isinstance(found, SiteFile)]
    rows = read_samples([folder_of(name) for name in good if sample_folders(folder_of(name))])
    if as_json:
        print_json(rows)
    else:
        _say(chosen, rows)
    if any(isinstance(found, SiteProblem) for found in chosen.values()):
        raise typer.Exit(2)
    if any(row["verdict"] in ("differs", "mended", "problem") for row in rows):
        raise typer.Exit(1)


def _say(chosen: dict[str, SiteFile | SiteProblem], rows: list[dict[str, Any]]) -> None:
    for name, found in chosen.items():
        if isinstance(found, SiteProblem):
            errors.print(str(found), style="red", markup=False)
            continue
        console.print(f"{name}：写法无误（{found.kind.label}，{found.name}）", markup=False)
        if found.is_example:
            console.print("  这是样例，供复制，不会被巡查", style="dim")
        elif note := _stale(found.verified):
            console.print(f"  {note}", style="yellow")
        own = [row for row in rows if row["site"] == name]
        if own:
            show_rows(own)
        elif not found.is_example:
            console.print(
                f"  还没有样本。用 patrol sites keep {name} 网址 留一个，以后改了规则就能核对", style="yellow"
            )
    if not chosen:
        console.print("还没有站点文件。用 patrol sites new 网址 新建一个，写法见 docs/sites.md")


def _stale(verified: date | None) -> str:
    if verified is None:
        return "还没有人核对过这个文件。核对后写上 verified: 日期"
    days = (clock.today() - verified).days
    return f"上次核对是 {verified}，已过去 {days} 天，请用 patrol sites try 再看一遍" if days > STALE_DAYS else ""


def diff(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点")],
    field: Annotated[str, typer.Option(help="字段，例如 price；不写则取读到的比例降得最多的")] = "",
    out: Annotated[Path | None, typer.Option(help="存到哪个文件；不写则存在报告目录里")] = None,
) -> None:
    """把站点改版前后的两页并排对照：最后一次读到某个字段的页面，和现在读不到它的页面。

    例：patrol sites diff mysite --field price
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        pair = lost_field(database, site, field)
        page = side_by_side(workspace, pair)
    finally:
        database.close()
    path = out or workspace.reports / f"diff-{file_stem(site)}-{pair.field}.html"
    record_act(workspace, "view", what=f"站点 {site} 改版前后两页：{pair.good.url}；{pair.bad.url}，存到 {path.name}")
    replace_file(path, page.encode("utf-8", "replace"))
    console.print(f"“{EXTRACT_HELP[pair.field][0]}”读不到了。", markup=False)
    console.print(f"以前：{pair.good.url}", markup=False, soft_wrap=True)
    console.print(f"现在：{pair.bad.url}", markup=False, soft_wrap=True)
    console.print(f"并排对照已存到 {path}", markup=False, soft_wrap=True)


def schema() -> None:
    """输出站点文件的 JSON Schema，编辑器可据此补全和检查。

    例：patrol sites schema > site.schema.json
    """
    print_json(site_schema())


def _brief(name: str, site: SiteFile | SiteProblem) -> dict[str, object]:
    if isinstance(site, SiteProblem):
        return {"site": name, "problem": str(site)}
    return {
        "site": name, "name": site.name, "kind": site.kind.value, "render": site.render, "verified": site.verified,
        "example": site.is_example, "samples": len(sample_folders(folder_of(name))),
    }  # fmt: skip
