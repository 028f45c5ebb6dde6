"""Work commands: run ``patrol works import | list | show | remove | authorize``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select

from patrol import clock
from patrol.cli.console import console, errors, print_json, progress
from patrol.config import Workspace
from patrol.db.models import Authorization, Capture, Work
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.vocabulary import WorkKind
from patrol.works import library
from patrol.works.authorizing import import_authorizations
from patrol.works.importing import enter_works, read_works
from patrol.works.warnings import import_warnings


def import_works(
    path: Annotated[
        Path, typer.Argument(metavar="文件或文件夹", help="文件夹、CSV/XLSX 目录、JSON Lines，或单个文本文件")
    ],
    early_warning: Annotated[
        bool,
        typer.Option("--early-warning", help="文件是重点作品版权保护预警名单（批次、作品名称、权利人、授权平台）"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """导入受保护的作品。有一处不对就全部不导入；编号相同的作品以新的为准。

    预警名单里的作品加“预警”标记，从严比对；库里已有的只加标记，名单所列平台记为已获授权。

    例：patrol works import ~/作品；patrol works import 预警名单.xlsx --early-warning
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        if early_warning:
            _import_warnings(workspace, database, path.expanduser(), as_json=as_json)
            return
        with progress("读取作品") as advance:
            works, ignored = read_works(path.expanduser(), advance)
        since = clock.today()
        with database.session() as session:
            done = enter_works(session, works)
            archived = session.scalar(select(func.count(Capture.id)).where(Capture.judged_at.is_not(None))) or 0
        with progress("更新比对库"):
            library.refresh(workspace, database)
    finally:
        database.close()
    characters = sum(len(work.text) for work in works)
    if as_json:
        print_json(
            {"added": done.added, "changed": done.changed, "unchanged": len(done.unchanged), "characters": characters}
        )
        return
    if ignored:
        errors.print(f"没有用到的列：{'、'.join(ignored)}", markup=False, style="yellow")
    console.print(
        f"作品 {len(works)} 部，共 {characters / 10000:.1f} 万字："
        f"新增 {len(done.added)}，更新 {len(done.changed)}，未变 {len(done.unchanged)}。"
    )
    if archived and (done.added or done.changed):
        console.print(
            f"以前取证的 {archived} 页网页还没有与新作品比对：运行 patrol rescan --since {clock.show_day(since)}。"
        )


def _import_warnings(workspace: Workspace, database: Database, path: Path, *, as_json: bool) -> None:
    with database.session() as session:
        done = import_warnings(session, path)
    library.refresh(workspace, database)
    if as_json:
        print_json({"added": done.added, "marked": done.marked, "platforms": done.platforms})
        return
    if done.ignored_columns:
        errors.print(f"没有用到的列：{'、'.join(done.ignored_columns)}", markup=False, style="yellow")
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
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            done = import_authorizations(session, file.expanduser())
    finally:
        database.close()
    if done.ignored_columns:
        errors.print(f"没有用到的列：{'、'.join(done.ignored_columns)}", markup=False, style="yellow")
    console.print(f"授权 {done.licences} 条，涉及作品 {done.works} 部。")


def list_works(
    find: Annotated[str | None, typer.Option(help="只列名称、别名或权利人里有这些字的")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """列出受保护的作品。

    例：patrol works list --find 月光
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            works = session.scalars(select(Work).order_by(Work.title, Work.id)).all()
            counted = select(Authorization.work_id, func.count()).group_by(Authorization.work_id)
            licences = dict(session.execute(counted).all())
    finally:
        database.close()
    chosen = [w for w in works if not find or find in " ".join([w.title, w.id, w.holder, *w.aliases])]
    if as_json:
        print_json([_brief(work) for work in chosen])
        return
    table = Table(title=f"受保护作品 {len(chosen)} 部")
    for head in ("编号", "名称", "类型", "权利人", "字数", "授权"):
        table.add_column(head, justify="right" if head in ("字数", "授权") else "left", overflow="fold")
    for work in chosen:
        table.add_row(
            Text(work.id),
            Text(f"{work.title}（预警）" if work.early_warning else work.title),
            _kind(work),
            Text(work.holder),
            str(work.characters),
            str(licences.get(work.id, 0)),
        )
    console.print(table)


def show_work(
    work_id: Annotated[str, typer.Argument(metavar="编号", help="作品编号")],
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一部作品的登记信息、授权和开头文字。

    例：patrol works show n1
    """
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            work = session.get(Work, work_id)
            if work is None:
                raise InputError(f"作品库里没有编号为“{work_id}”的作品。可用 patrol works list 查看")
            licences = list(work.authorizations)
            opening = work.text.text[:200] if work.text else ""
    finally:
        database.close()
    if as_json:
        print_json({**_brief(work), "authorizations": [_licence(licence) for licence in licences], "opening": opening})
        return
    for name, value in (
        ("编号", work.id),
        ("名称", work.title),
        ("别名", "、".join(work.aliases)),
        ("类型", _kind(work)),
        ("作者", "、".join(work.authors)),
        ("权利人", work.holder),
        ("登记号", work.registration),
        ("预警", "在重点作品版权保护预警名单上" if work.early_warning else ""),
        ("定价", f"{work.list_price} 元" if work.list_price is not None else ""),
        ("字数", str(work.characters)),
    ):
        if value:
            console.print(f"{name}：{value}", markup=False)
    for licence in licences:
        console.print(f"授权：{_licence(licence)}", markup=False)
    if opening:
        console.print(f"\n{opening}……", markup=False, style="dim")


def remove_work(work_id: Annotated[str, typer.Argument(metavar="编号", help="作品编号")]) -> None:
    """把一部作品移出作品库。已有的线索和证据不受影响。

    例：patrol works remove n1
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            work = session.get(Work, work_id)
            if work is None:
                raise InputError(f"作品库里没有编号为“{work_id}”的作品。可用 patrol works list 查看")
            title = work.title
            session.delete(work)
        library.refresh(workspace, database)
    finally:
        database.close()
    console.print(f"已移出《{title}》。", markup=False)


def _kind(work: Work) -> str:
    return WorkKind(work.kind).label


def _licence(licence: Authorization) -> str:
    period = f"{licence.valid_from or '不限'} 至 {licence.valid_to or '不限'}"
    return "　".join(
        part for part in (licence.licensee, licence.site, licence.territory, period, licence.scope) if part
    )


def _brief(work: Work) -> dict[str, object]:
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
