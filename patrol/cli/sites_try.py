"""Trial command: runs ``patrol sites try``, a few pages read for show, with the rule that gave each field."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from patrol.cli.console import console, errors, print_json
from patrol.cli.site_process import ShownPages, good_site, see, workspace_or_none
from patrol.patrols.outcome import said_ended, said_skipped


def try_site(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点")],
    url: Annotated[str, typer.Argument(metavar="网址", help="只试这一页；不写则从起始地址试几页")] = "",
    pages: Annotated[int, typer.Option(min=1, max=50, help="最多试几个正文页")] = 3,
    as_list: Annotated[bool, typer.Option("--list", help="把网址当作列表页来试")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """试读几页，列出每个字段读到了什么、是哪条规则读到的，列表页有多少条目、下一页在哪里。不取证，不比对。

    例：patrol sites try mysite https://books.example.cn/item/1
    """
    good_site(site)
    arguments = (
        {"site": site, "pages": str(pages)} | ({"url": url} if url else {}) | ({"as_list": "1"} if as_list else {})
    )
    with tempfile.TemporaryDirectory(prefix="patrol-try-") as scratch:
        seen = see("preview", arguments, Path(scratch))
        pictures = _saved(seen.of("page"), Path(scratch), site)
    if as_json:
        print_json([*seen.of("list"), *seen.of("page"), seen.end])
    else:
        for line in seen.of("list"):
            _show_list(line)
        for line in seen.of("page"):
            _show_page(line)
            if picture := pictures.get(line.get("picture", "")):
                console.print(f"截图：{picture}", markup=False, soft_wrap=True)
        _show_end(seen)
    if not seen.of("page") and not (seen.of("list") and as_list):
        errors.print("一页也没有读到。" + ("最后的记录：" if seen.log else ""), style="red")
        errors.print("\n".join(seen.log[-8:]), markup=False, style="dim")
        raise typer.Exit(1)


def _saved(lines: list[dict[str, Any]], scratch: Path, site: str) -> dict[str, Path]:
    """Pictures moved to where they stay: the workspace's reports, or the system's folder for passing files."""
    workspace = workspace_or_none()
    folder = (workspace.reports if workspace else Path(tempfile.gettempdir())) / "try"
    kept: dict[str, Path] = {}
    for name in (line["picture"] for line in lines if "picture" in line):
        folder.mkdir(parents=True, exist_ok=True)
        kept[name] = folder / f"{site}-{name}"
        shutil.move(scratch / name, kept[name])
    for line in lines:
        if "picture" in line:
            line["picture_file"] = str(kept[line["picture"]])
    return kept


def _show_list(line: dict[str, Any]) -> None:
    console.print(f"列表 {line['url']}　{line['state']}", markup=False, style="bold")
    console.print(f"  条目 {line['links']} 个" + (f"，例如 {line['first'][0]}" if line["first"] else ""), markup=False)
    console.print(f"  下一页 {line['next'] or '没有'}", markup=False)


def _show_page(line: dict[str, Any]) -> None:
    parts = f"　共 {line['parts'] + 1} 页合并" if line["parts"] else ""
    table = Table(title=Text(f"{line['url']}　{line['state']}{parts}"), show_lines=True)
    for head in ("字段", "读到", "规则"):
        table.add_column(head, overflow="fold")
    missing = [row["title"] for row in line["fields"] if row["value"] == "—"]
    for row in (row for row in line["fields"] if row["value"] != "—"):
        value = row["value"] if len(row["value"]) <= 200 else f"{row['value'][:200]}……（共 {len(row['value'])} 字）"
        table.add_row(row["title"], Text(value), Text(row["rule"]))
    console.print(table)
    if missing:
        console.print(f"没有读到：{'、'.join(missing)}", style="dim", markup=False)


def _show_end(seen: ShownPages) -> None:
    end = seen.end
    skipped = said_skipped(end["skipped"])
    if skipped:
        console.print(f"没有打开的：{skipped}", markup=False)
    if ended := said_ended(end["reason"]):
        console.print(ended, style="yellow", markup=False)
