"""Work commands: run ``patrol works import | list | show | remove | authorize``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from patrol import clock
from patrol.cli.arguments import JSON
from patrol.cli.console import console, errors, print_json, progress
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.works import catalogue
from patrol.works.authorizing import import_authorizations
from patrol.works.catalogue import WorkEntry
from patrol.workspace import open_workspace

_WORK = typer.Argument(metavar="编号", help="作品编号，见 patrol works list")


def import_works(
    path: Annotated[
        Path, typer.Argument(metavar="文件或文件夹", help="文件夹、CSV/XLSX 目录、JSON Lines，或单个文本文件")
    ],
    early_warning: Annotated[
        bool,
        typer.Option("--early-warning", help="文件是重点作品版权保护预警名单（批次、作品名称、权利人、授权平台）"),
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """导入受保护的作品。有一处不对就全部不导入；编号相同的作品以新的为准。

    预警名单里的作品加“预警”标记，从严比对；库里已有的只加标记，名单所列平台记为已获授权。

    例：patrol works import ~/作品；patrol works import 预警名单.xlsx --early-warning
    """
    if early_warning:
        _import_warnings(path.expanduser(), as_json=as_json)
        return
    with open_workspace() as here, progress("导入作品") as advance:
        entered = catalogue.import_works(here.workspace, here.database, path.expanduser(), advance)
    done = entered.done
    if as_json:
        print_json(
            {
                "added": done.added,
                "changed": done.changed,
                "unchanged": len(done.unchanged),
                "characters": entered.characters,
            }
        )
        return
    _show_ignored(entered.ignored_columns)
    console.print(
        f"作品 {entered.works} 部，共 {entered.characters / 10000:.1f} 万字："
        f"新增 {len(done.added)}，更新 {len(done.changed)}，未变 {len(done.unchanged)}。"
    )
    if entered.archived:
        day = clock.show_day(entered.day)
        console.print(f"以前取证的 {entered.archived} 页网页还没有与新作品比对：运行 patrol rescan --since {day}。")


def _import_warnings(path: Path, *, as_json: bool) -> None:
    with open_workspace() as here:
        done = catalogue.import_warning_list(here.workspace, here.database, path)
    if as_json:
        print_json({"added": done.added, "marked": done.marked, "platforms": done.platforms})
        return
    _show_ignored(done.ignored_columns)
    console.print(
        f"预警作品 {done.added + done.marked} 部：新增 {done.added}，给已有作品加标记 {done.marked}；"
        f"登记已获授权的平台 {done.platforms} 条。"
    )


def authorize(
    file: Annotated[Path, typer.Argument(metavar="文件", help="CSV 或 XLSX：作品、被授权方、站点、起始日期、截止日期")],
) -> None:
    """导入授权：谁可以在哪里、什么时候使用哪部作品。表中作品的旧授权会被替换。

    写了站点的授权只对被授权方自己的店铺或账号有效；平台整体获得授权的，在“账号”一栏写“全站”。

    例：patrol works authorize 授权.xlsx
    """
    with open_workspace() as here:
        done = import_authorizations(here.session, file.expanduser())
    _show_ignored(done.ignored_columns)
    console.print(f"授权 {done.licences} 条，涉及作品 {done.works} 部。")


def _show_ignored(columns: Sequence[str]) -> None:
    if columns:
        errors.print(f"没有用到的列：{'、'.join(columns)}", markup=False, style="yellow")


def list_works(
    find: Annotated[str, typer.Option(help="只列名称、别名或权利人里有这些字的")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """列出受保护的作品。

    例：patrol works list --find 月光
    """
    with open_workspace() as here:
        works = catalogue.list_works(here.session, find)
    if as_json:
        print_json([_brief(work) for work in works])
        return
    rows = (
        (
            work.id,
            f"{work.title}（预警）" if work.early_warning else work.title,
            work.kind.label,
            work.holder,
            str(work.characters),
            str(work.licences),
        )
        for work in works
    )
    show_list(f"受保护作品 {len(works)} 部", _COLUMNS, rows)


_COLUMNS = (
    Column("编号"),
    Column("名称", 16),
    whole("类型", optional=2),
    Column("权利人"),
    figure("字数", optional=1),
    figure("授权", optional=3),
)


def show_work(
    work_id: Annotated[str, _WORK],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """显示一部作品的登记信息、授权和开头文字。

    例：patrol works show n1
    """
    with open_workspace() as here:
        found = catalogue.show_work(here.session, work_id)
    work = found.entry
    if as_json:
        licences = [licence.words for licence in found.licences]
        print_json({**_brief(work), "authorizations": licences, "opening": found.opening})
        return
    for name, value in (
        ("编号", work.id),
        ("名称", work.title),
        ("别名", "、".join(work.aliases)),
        ("类型", work.kind.label),
        ("作者", "、".join(work.authors)),
        ("权利人", work.holder),
        ("登记号", work.registration),
        ("预警", "在重点作品版权保护预警名单上" if work.early_warning else ""),
        ("定价", f"{work.list_price} 元" if work.list_price is not None else ""),
        ("字数", str(work.characters)),
    ):
        if value:
            console.print(f"{name}：{value}", markup=False)
    for licence in found.licences:
        console.print(f"授权：{licence.words}", markup=False)
    if found.opening:
        console.print(f"\n{found.opening}……", markup=False, style="dim")


def remove_work(work_id: Annotated[str, _WORK]) -> None:
    """把一部作品移出作品库。已有的线索和证据不受影响。

    例：patrol works remove n1
    """
    with open_workspace() as here:
        title = catalogue.remove_work(here.workspace, here.database, work_id)
    console.print(f"已移出《{title}》。", markup=False)


def _brief(work: WorkEntry) -> dict[str, object]:
    return {
        "id": work.id,
        "title": work.title,
        "aliases": work.aliases,
        "authors": work.authors,
        "holder": work.holder,
        "kind": work.kind,
        "registration": work.registration,
        "list_price": work.list_price,
        "early_warning": work.early_warning,
        "characters": work.characters,
    }
