"""Sample commands: run ``patrol sites keep`` and ``confirm``: pages kept as samples, and a person's word for them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from patrol.cli.console import console, errors
from patrol.cli.site_process import folder_of, good_site, read_samples, see
from patrol.directory.site_samples import (
    EXPECTED,
    confirmed,
    load_sample,
    next_folder,
    sample_folders,
    state_named,
    write_expected,
)
from patrol.errors import InputError
from patrol.vocabulary import PageState

_VERDICTS = {
    "same": ("相符", ""),
    "differs": ("不符", "red"),
    "unconfirmed": ("未确认", "yellow"),
    "known": ("不符（已知）", "dim"),
    "mended": ("已相符，请删去 xfail", "red"),
    "problem": ("有误", "red"),
}


def keep(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点")],
    url: Annotated[
        str, typer.Argument(metavar="网址", help="要留作样本的网页：正文页、列表页，或已下架、要登录的页面")
    ],
    as_list: Annotated[bool, typer.Option("--list", help="这是列表页（起始地址会自动认出）")] = False,
) -> None:
    """把一个网页留作样本，写下程序读到的内容，等人核对。以后改规则、网站改版，用 check 就能看出差别。

    例：patrol sites keep mysite https://books.example.cn/item/1
    """
    good_site(site)
    home = folder_of(site)
    arguments = {"site": site, "url": url, "pages": "1"} | ({"as_list": "1"} if as_list else {})
    with tempfile.TemporaryDirectory(prefix="patrol-keep-") as scratch:
        seen = see("preview", arguments, Path(scratch), {"PATROL_KEEP": f"{scratch}/page"})
        kept = Path(scratch) / "page"
        if not (kept / "page.html").is_file():
            errors.print("这个网页没有取到，没有留样本。" + ("最后的记录：" if seen.log else ""), style="red")
            errors.print("\n".join(seen.log[-8:]), markup=False, style="dim")
            raise typer.Exit(1)
        shown = next(line for line in seen.lines if line["type"] in ("list", "page"))
        state = state_named(shown["state"])
        word = state if state != PageState.PRESENT else "list" if shown["type"] == "list" else "item"
        folder = next_folder(home, word)
        folder.parent.mkdir(exist_ok=True)
        shutil.copytree(kept, folder)
    rows = [row for row in read_samples([home]) if row["sample"] == folder.name]
    sample = load_sample(folder)
    read = {row["field"]: row["got"] for row in rows if row["field"] != "state" or row["got"] != PageState.PRESENT}
    write_expected(type(sample)(folder, sample.facts, {}, read, {}))
    _show_read([row for row in rows if row["field"] in read])
    console.print(f"已留样本：{folder}", markup=False, soft_wrap=True)
    console.print(f"请对照网页看一遍。有不对的，改 {folder / EXPECTED}；都对了就运行：", markup=False, soft_wrap=True)
    console.print(f"  patrol sites confirm {site} {folder.name}", markup=False)


def confirm(
    site: Annotated[str, typer.Argument(metavar="站点", help="站点")],
    sample: Annotated[str, typer.Argument(metavar="样本", help="样本，例如 1-item 或 1；不写则确认全部样本")] = "",
    fields: Annotated[str, typer.Option("--only", help="只确认这些字段，逗号隔开，例如 title,price")] = "",
) -> None:
    """确认样本里写的内容是对的：从此 check 会逐项核对，读得不一样就报告。

    例：patrol sites confirm mysite 1-item
    """
    places = sample_folders(folder_of(site))
    chosen = [place for place in places if not sample or sample in (place.name, place.name.partition("-")[0])]
    if not chosen:
        known = "、".join(place.name for place in places) or f"无，用 patrol sites keep {site} 网址 留一个"
        raise InputError(f"站点“{site}”没有样本“{sample}”。已有：{known}")
    names = [name.strip() for name in fields.replace("，", ",").split(",") if name.strip()]
    for place in chosen:
        before = load_sample(place)
        after = confirmed(before, names)
        write_expected(after)
        count = len(after.expected) - len(before.expected)
        console.print(f"{place.name}：新确认 {count} 项，共 {len(after.expected)} 项", markup=False)


def _show_read(rows: list[dict[str, Any]]) -> None:
    table = Table(title=Text("程序读到的"), title_justify="left")
    for head in ("字段", "读到", "规则"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(row["title"], Text(_line(row["got"])), Text(row["rule"]))
    console.print(table)


def show_rows(rows: list[dict[str, Any]]) -> None:
    """Print the fields of samples, a table a sample: what is expected, what was read, by which rule."""
    for sample in dict.fromkeys(row["sample"] for row in rows):
        own = [row for row in rows if row["sample"] == sample and row["verdict"] != "unlisted"]
        for row in (row for row in own if row["verdict"] == "problem"):
            errors.print(row["reason"], style="red", markup=False)
        lines = [row for row in own if row["verdict"] != "problem"]
        if not lines:
            continue
        table = Table(title=Text(f"样本 {sample}"), title_justify="left")
        for head in ("字段", "期望", "得到", "规则", "结果"):
            table.add_column(head, overflow="fold")
        for row in lines:
            word, style = _VERDICTS[row["verdict"]]
            said = f"{word}：{row['reason']}" if row["verdict"] == "known" else word
            if row["verdict"] == "unconfirmed" and row["differs"]:
                said = "未确认，且与保存时不同"
            table.add_row(
                row["title"],
                Text(_line(row["expected"])),
                Text(_line(row["got"])),
                Text(row["rule"]),
                Text(said, style),
            )
        console.print(table)


def _line(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value) or "—"
