"""Directory commands: run ``patrol directory import | list | show`` on the key directory (重点目录)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json
from patrol.config import Workspace
from patrol.db.models import Target
from patrol.db.session import Database
from patrol.directory import find_sites
from patrol.directory.schedule import Schedule
from patrol.directory.targets import import_directory, list_targets
from patrol.errors import InputError
from patrol.vocabulary import Field


def import_targets(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="文件",
            help="CSV 或 XLSX：名称、领域、站点、网址、账号、经营者、频次（每日、每周、每两天、每季度……）、备注",
        ),
    ],
) -> None:
    """导入重点目录。有一处不对就全部不导入；站点、网址、账号都相同的算同一个目标。

    例：patrol directory import 重点目录.csv
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            done = import_directory(session, file.expanduser())
    finally:
        database.close()
    if done.ignored_columns:
        errors.print(f"没有用到的列：{'、'.join(done.ignored_columns)}", markup=False, style="yellow")
    console.print(f"重点目录：新增 {done.added}，更新 {done.changed}，未变 {done.unchanged}。")
    unknown = sorted(set(done.sites) - set(find_sites(workspace.site_folders)))
    if unknown:
        errors.print(
            f"还没有这些站点的文件，暂时不能巡查：{'、'.join(unknown)}。写法见 docs/sites.md",
            markup=False,
            style="yellow",
        )
        raise typer.Exit(1)


def list_directory(
    field: Annotated[str | None, typer.Option(help="领域，例如 剧本杀")] = None,
    site: Annotated[str | None, typer.Option(help="站点")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """列出重点目录。

    例：patrol directory list --field 剧本杀
    """
    try:
        wanted = Field.parse(field) if field else None
    except ValueError as error:
        raise InputError(f"--field：{error}") from error
    targets = _read(wanted, site)
    if as_json:
        print_json([_brief(target) for target in targets])
        return
    table = Table(title=f"重点目录 {len(targets)} 个目标")
    for head in ("序号", "名称", "领域", "站点", "网址或账号", "频次", "上次巡查"):
        table.add_column(head, overflow="fold")
    for target in targets:
        last = clock.show_minute(target.last_patrolled_at) if target.last_patrolled_at else "从未"
        where = " ".join(filter(None, (target.url, target.account))) or "整站"
        table.add_row(
            str(target.id),
            Text(target.name),
            Field(target.field).label,
            Text(target.site),
            Text(where),
            Schedule.of(target.schedule).label,
            last,
        )
    console.print(table)


def show_target(
    number: Annotated[int, typer.Argument(metavar="序号", help="目标序号，见 patrol directory list")],
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示一个目标的全部内容。

    例：patrol directory show 3
    """
    target = next((t for t in _read(None, None) if t.id == number), None)
    if target is None:
        raise InputError(f"重点目录里没有序号为 {number} 的目标。可用 patrol directory list 查看")
    if as_json:
        print_json(_brief(target))
        return
    for name, value in (
        ("名称", target.name),
        ("领域", Field(target.field).label),
        ("站点", target.site),
        ("网址", target.url),
        ("账号", target.account),
        ("经营者", target.operator),
        ("频次", Schedule.of(target.schedule).label),
        ("备注", target.note),
        ("来自", target.source),
    ):
        if value:
            console.print(f"{name}：{value}", markup=False)


def _read(field: Field | None, site: str | None) -> list[Target]:
    database = Database.ready(Workspace.find().database_url)
    try:
        with database.session() as session:
            return list_targets(session, field, site)
    finally:
        database.close()


def _brief(target: Target) -> dict[str, object]:
    names = ("id", "name", "field", "site", "url", "account", "operator", "schedule", "note", "last_patrolled_at")
    return {name: getattr(target, name) for name in names}
