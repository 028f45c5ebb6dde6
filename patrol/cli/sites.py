"""``patrol sites list | check | try | schema``: the site files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from patrol.cli import sessions
from patrol.cli.console import console, errors, print_json
from patrol.config import CHECKOUT, Workspace
from patrol.db.session import Database
from patrol.directory import SiteFile, SiteProblem, find_sites
from patrol.directory.site_doc import site_schema
from patrol.directory.site_model import EXTRACT_HELP
from patrol.errors import ConfigError, InputError
from patrol.evidence.vault import file_stem
from patrol.patrols.side_by_side import lost_field, side_by_side

sites_app = typer.Typer(help="站点：查看、检查、试跑站点文件。", no_args_is_help=True)
sessions.add_to(sites_app)


def _folders() -> tuple[Path, ...]:
    try:
        return Workspace.find().site_folders
    except ConfigError:
        return (CHECKOUT / "spiders" / "sites",)


@sites_app.command("list")
def list_sites(as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False) -> None:
    """列出已有的站点文件。

    例：patrol sites list
    """
    sites = find_sites(_folders())
    if as_json:
        print_json([_brief(name, site) for name, site in sites.items()])
        return
    table = Table(title=f"站点 {len(sites)} 个")
    for head in ("站点", "名称", "类型", "领域", "打开方式", "核对日期", "状态"):
        table.add_column(head, overflow="fold")
    for name, site in sites.items():
        if isinstance(site, SiteProblem):
            table.add_row(Text(name), "", "", "", "", "", Text("有误，见 patrol sites check", style="red"))
        else:
            fields = "、".join(field.label for field in site.fields)
            how = "浏览器" if site.render == "browser" else "直接取"
            table.add_row(
                Text(name), Text(site.name), site.kind.label, fields, how, str(site.verified or "未核对"), "可用"
            )
    console.print(table)


@sites_app.command("check")
def check(site: Annotated[str | None, typer.Argument(help="站点；不写则检查全部")] = None) -> None:
    """检查站点文件写得对不对，每处错误给出行号和改法。

    例：patrol sites check mysite
    """
    sites = find_sites(_folders())
    if site is not None and site not in sites:
        raise InputError(f"没有名为“{site}”的站点文件。已有：{'、'.join(sites) or '无'}")
    chosen = {site: sites[site]} if site is not None else sites
    wrong = 0
    for name, found in chosen.items():
        if isinstance(found, SiteProblem):
            wrong += 1
            errors.print(str(found), style="red", markup=False)
        else:
            console.print(f"{name}：写法无误（{found.kind.label}，{found.name}）", markup=False)
    if not chosen:
        console.print("还没有站点文件。写法见 docs/sites.md")
    if wrong:
        raise typer.Exit(2)


@sites_app.command("try")
def try_site(
    site: Annotated[str, typer.Argument(help="站点")],
    url: Annotated[str, typer.Argument(help="只试这一页；不写则从起始地址试几页")] = "",
    pages: Annotated[int, typer.Option(min=1, max=50, help="最多试几页")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """试读几页，列出每个字段读到了什么、是哪条规则读到的。不取证，不比对。

    例：patrol sites try mysite https://books.example.cn/item/1
    """
    known = find_sites(_folders()).get(site)
    if known is None:
        raise InputError(f"没有名为“{site}”的站点文件。可用 patrol sites list 查看")
    if isinstance(known, SiteProblem):
        raise known
    shown, log = _tried(site, known, url, pages)
    if as_json:
        print_json(shown)
    elif shown:
        for page in shown:
            _show(page)
    if not shown:
        errors.print("一页也没有读到。最后的记录：", style="red")
        errors.print("\n".join(log[-8:]), markup=False, style="dim")
        raise typer.Exit(1)


def _tried(site: str, known: SiteFile, url: str, pages: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Start the spider in a process of its own, with a pipeline that only writes down what was read."""
    with tempfile.TemporaryDirectory(prefix="patrol-try-") as folder:
        out = Path(folder) / "pages.jsonl"
        words = [sys.executable, "-m", "scrapy", "crawl", known.kind.value, "-a", f"site={site}"]
        words += ["-a", f"url={url}"] if url else []
        for name, value in (
            ("ITEM_PIPELINES", '{"pipelines.show.ShowPipeline": 1}'),
            ("PATROL_SHOW", str(out)),
            ("CLOSESPIDER_ITEMCOUNT", str(pages)),
            ("LOG_LEVEL", "WARNING"),
        ):
            words += ["-s", f"{name}={value}"]
        done = subprocess.run(words, cwd=CHECKOUT, env=_environment(), capture_output=True, text=True, check=False)
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return [json.loads(line) for line in lines][:pages], done.stderr.splitlines()


def _environment() -> dict[str, str]:
    try:
        return {**os.environ, "PATROL_WORKSPACE": str(Workspace.find().root)}
    except ConfigError:
        return dict(os.environ)


def _show(page: dict[str, Any]) -> None:
    table = Table(title=Text(f"{page['url']}　{page['state']}"), show_lines=True)
    for head in ("字段", "读到", "规则"):
        table.add_column(head, overflow="fold")
    for row in page["fields"]:
        value = row["value"] if len(row["value"]) <= 200 else f"{row['value'][:200]}……（共 {len(row['value'])} 字）"
        table.add_row(row["title"], Text(value), Text(row["rule"]))
    console.print(table)


@sites_app.command("diff")
def diff(
    site: Annotated[str, typer.Argument(help="站点")],
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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8", errors="replace")
    console.print(f"“{EXTRACT_HELP[pair.field][0]}”读不到了。", markup=False)
    console.print(f"以前：{pair.good.url}", markup=False, soft_wrap=True)
    console.print(f"现在：{pair.bad.url}", markup=False, soft_wrap=True)
    console.print(f"并排对照已存到 {path}", markup=False, soft_wrap=True)


@sites_app.command("schema")
def schema() -> None:
    """输出站点文件的 JSON Schema，编辑器可据此补全和检查。

    例：patrol sites schema > site.schema.json
    """
    print_json(site_schema())


def _brief(name: str, site: SiteFile | SiteProblem) -> dict[str, object]:
    if isinstance(site, SiteProblem):
        return {"site": name, "problem": str(site)}
    return {"site": name, "name": site.name, "kind": site.kind.value, "render": site.render, "verified": site.verified}
