"""Feedback commands: run ``patrol feedback export | calibrate``: how right is a comparison when it says how sure it is?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from fingerprints.calibration import Band
from patrol.cli.arguments import JSON
from patrol.cli.console import console, errors, print_json
from patrol.cli.listing import figure, show_list
from patrol.leads.feedback import (
    Feedback,
    calibrate_workspace,
    export_feedback,
    use_calibration,
)
from patrol.workspace import open_workspace


def export(file: Annotated[Path, typer.Argument(metavar="文件", help="写到哪个文件（JSON Lines，一行一条）")]) -> None:
    """导出已确认和已排除的线索：只有比对特征和结论，没有网址、姓名和文字。

    例：patrol feedback export 反馈.jsonl
    """
    with open_workspace() as here:
        found = export_feedback(here.workspace, here.database, file.expanduser())
    console.print(_said(found))


def calibrate_command(
    write: Annotated[bool, typer.Option("--write", help="写成工作区的 model.toml，以后的比对就用它")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """检验“把握”说得准不准，并用本单位的结论校准；只看不改，除非写 --write。

    “校准后”一栏用留出的作品检验：判断某部作品的线索时，没有用过它的任何结论。

    例：patrol feedback calibrate
    """
    with open_workspace() as here:
        report = calibrate_workspace(here.workspace, here.database)
    found, done = report.feedback, report.calibration
    if as_json:
        right, wrong = found.counts
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
        _show_bands("校准前", done.before)
        _show_bands("校准后（留出检验）", done.after)
        console.print(f"对数损失（越小越准）：{done.loss_before:.4f} → {done.loss_after:.4f}")
    if not write:
        return
    path = use_calibration(here.workspace, report)
    if path is None:
        errors.print("校准后并没有更准，没有写入。", style="yellow")
        raise typer.Exit(1)
    errors.print(f"已写入 {path.name}，以后的比对用新系数；删去它就恢复原样。已有的线索不变。", markup=False)


def _said(found: Feedback) -> str:
    right, wrong = found.counts
    said = f"已确认 {right} 条，已排除 {wrong} 条"
    said += f"；另有 {found.lawful} 条因使用合法而排除，不计入" if found.lawful else ""
    return said + (f"；{found.lost} 条的作品或网页文字已不在，不计入" if found.lost else "") + "。"


def _show_bands(title: str, bands: Sequence[Band]) -> None:
    show_list(
        title,
        (figure("所说的把握"), figure("条数"), figure("平均把握"), figure("实际属实")),
        (
            (f"{band.low:.0%}–{band.high:.0%}", str(band.count), f"{band.stated:.1%}", f"{band.right:.1%}")
            for band in bands
        ),
    )


def _band(band: Band) -> dict[str, float]:
    return {"from": band.low, "to": band.high, "count": band.count, "stated": band.stated, "right": band.right}
