"""Feedback commands: run ``patrol feedback export | calibrate``: how right is a comparison when it says how sure it is?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fingerprints.calibration import Band
from fingerprints.coefficients import default_model
from patrol.cli.console import console, errors, print_json
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.files import replace_file
from patrol.leads.feedback import MIN_DECISIONS, Feedback, calibrate, gather, written
from patrol.works import library


def export(file: Annotated[Path, typer.Argument(metavar="文件", help="写到哪个文件（JSON Lines，一行一条）")]) -> None:
    """导出已确认和已排除的线索：只有比对特征和结论，没有网址、姓名和文字。

    例：patrol feedback export 反馈.jsonl
    """
    found = _gathered(Workspace.find())
    try:
        with file.expanduser().open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row.as_json(), ensure_ascii=False) + "\n" for row in found.rows)
    except OSError as error:
        raise InputError(f"写不进 {file}：{error.strerror or error}") from error
    console.print(_said(found))


def calibrate_command(
    write: Annotated[bool, typer.Option("--write", help="写成工作区的 model.toml，以后的比对就用它")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """检验“把握”说得准不准，并用本单位的结论校准；只看不改，除非写 --write。

    “校准后”一栏用留出的作品检验：判断某部作品的线索时，没有用过它的任何结论。

    例：patrol feedback calibrate
    """
    workspace = Workspace.find()
    found = _gathered(workspace)
    right, wrong = found.counts
    if min(right, wrong) < MIN_DECISIONS:
        raise InputError(
            f"结论还太少：已确认 {right} 条，已排除 {wrong} 条（各至少要 {MIN_DECISIONS} 条有文本比对的线索）。"
            "先用着程序自带的系数，多核查一些线索再来校准"
        )
    done = calibrate(found.rows, library.own_model(workspace) or default_model())
    if as_json:
        print_json(
            {
                "confirmed": right,
                "dismissed": wrong,
                "lawful": found.lawful,
                "lost": found.lost,
                "loss_before": done.loss_before,
                "loss_after": done.loss_after,
                "before": [_band(band) for band in done.before],
                "after": [_band(band) for band in done.after],
            }
        )
    else:
        console.print(_said(found))
        console.print(_table("校准前", done.before))
        console.print(_table("校准后（留出检验）", done.after))
        console.print(f"对数损失（越小越准）：{done.loss_before:.4f} → {done.loss_after:.4f}")
    if not write:
        return
    if not done.better:
        errors.print("校准后并没有更准，没有写入。", style="yellow")
        raise typer.Exit(1)
    path = library.model_file(workspace)
    replace_file(path, written(done, found).encode())
    errors.print(f"已写入 {path.name}，以后的比对用新系数；删去它就恢复原样。已有的线索不变。", markup=False)


def _gathered(workspace: Workspace) -> Feedback:
    database = Database.ready(workspace.database_url)
    try:
        index = library.open_library(workspace, database)
        with database.session() as session:
            return gather(session, index, workspace.root)
    finally:
        database.close()


def _said(found: Feedback) -> str:
    right, wrong = found.counts
    said = f"已确认 {right} 条，已排除 {wrong} 条"
    said += f"；另有 {found.lawful} 条因使用合法而排除，不计入" if found.lawful else ""
    return said + (f"；{found.lost} 条的作品或网页文字已不在，不计入" if found.lost else "") + "。"


def _table(title: str, bands: Sequence[Band]) -> Table:
    table = Table(title=title, title_justify="left")
    for head in ("所说的把握", "条数", "平均把握", "实际属实"):
        table.add_column(head, justify="right")
    for band in bands:
        said = f"{band.low:.0%}–{band.high:.0%}"
        table.add_row(said, str(band.count), f"{band.stated:.1%}", f"{band.right:.1%}")
    return table


def _band(band: Band) -> dict[str, float]:
    return {"from": band.low, "to": band.high, "count": band.count, "stated": band.stated, "right": band.right}
