"""Command line: reads arguments, calls one room and shows in Chinese what came of it.

Never here: decisions about pages, works or leads.
Start reading at ``commands.py``, which names every command and the function that does it.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from patrol import __version__
from patrol.cli.console import console, errors
from patrol.cli.tree import CommandGroup
from patrol.errors import PatrolError
from patrol.packages.working_folder import clear_leftovers_from

app = typer.Typer(
    cls=CommandGroup,
    help="网络版权巡查：按重点目录巡查网站，固定证据，比对作品，给出线索报告。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"patrol {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", help="工作区所在的文件夹；不写则在当前目录及上级目录里找")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本")] = False,
) -> None:
    if workspace is not None:
        os.environ["PATROL_WORKSPACE"] = str(workspace)
    for folder in clear_leftovers_from(Path.cwd()):
        errors.print(
            f"上次导出证据包时程序被强行终止，留下了含未遮盖个人信息的临时文件夹，现已清除：{folder}",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


def main() -> None:
    """Run a command; exit 0 (done), 1 (done, with something to look at), 2 (wrong use or input), 130 (interrupted)."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app(prog_name="patrol")
    except PatrolError as error:
        errors.print(str(error), style="red", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        errors.print("已中断，已保存的内容不受影响。")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a person must get a sentence, a developer the trace
        errors.print(f"程序出错：{type(error).__name__}: {error}", style="red", markup=False)
        errors.print("这是程序的毛病，不是您的操作有误。请把下面的内容发给维护人员：")
        errors.print(traceback.format_exc(), markup=False, style="dim")
        sys.exit(2)
