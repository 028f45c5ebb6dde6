"""Directory commands: run ``patrol directory import | list | show`` on the key directory (重点目录)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patrol import clock
from patrol.cli.arguments import JSON, SITE, id_argument, word_option
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import Column, figure, show_list, whole
from patrol.directory.targets import TargetView, import_into, target_view, target_views
from patrol.vocabulary import Field
from patrol.workspace import open_workspace


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
    with open_workspace() as here:
        done = import_into(here.workspace, here.session, file.expanduser())
    if done.ignored_columns:
        errors.print(f"没有用到的列：{'、'.join(done.ignored_columns)}", markup=False, style="yellow")
    console.print(f"重点目录：新增 {done.added}，更新 {done.changed}，未变 {done.unchanged}。")
    if done.unknown_sites:
        said = f"还没有这些站点的文件，暂时不能巡查：{'、'.join(done.unknown_sites)}。写法见 docs/sites.md"
        errors.print(said, markup=False, style="yellow")
        raise typer.Exit(1)


def list_directory(
    field: Annotated[Field | None, word_option(Field, "--field", "领域，例如 剧本杀")] = None,
    site: Annotated[str | None, SITE] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """列出重点目录。

    例：patrol directory list --field 剧本杀
    """
    with open_workspace() as here:
        targets = target_views(here.session, field, site)
    if as_json:
        print_json([_brief(target) for target in targets])
        return
    rows = (
        (
            str(target.id),
            target.name,
            target.field.label,
            target.site,
            target.place,
            target.schedule.label,
            clock.show_minute(target.last_patrolled_at) if target.last_patrolled_at else "从未",
        )
        for target in targets
    )
    show_list(f"重点目录 {len(targets)} 个目标", _COLUMNS, rows)


_COLUMNS = (
    figure("序号"),
    Column("名称"),
    whole("领域"),
    whole("站点"),
    Column("网址或账号", 16),
    whole("频次"),
    whole("上次巡查", optional=1),
)


def show_target(
    number: Annotated[int, id_argument("目标序号，见 patrol directory list")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """显示一个目标的全部内容。

    例：patrol directory show 3
    """
    with open_workspace() as here:
        target = target_view(here.session, number)
    if as_json:
        print_json(_brief(target))
        return
    for name, value in (
        ("名称", target.name),
        ("领域", target.field.label),
        ("站点", target.site),
        ("网址", target.url),
        ("账号", target.account),
        ("经营者", target.operator),
        ("频次", target.schedule.label),
        ("备注", target.note),
        ("来自", target.source),
    ):
        if value:
            console.print(f"{name}：{value}", markup=False)


def _brief(target: TargetView) -> dict[str, object]:
    names = ("id", "name", "field", "site", "url", "account", "operator", "note", "last_patrolled_at")
    return {name: getattr(target, name) for name in names} | {"schedule": target.schedule.value}
