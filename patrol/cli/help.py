"""Help and usage errors: say in Chinese how a command is written and what is wrong with the way it was.

typer has its own words for both, in English and fixed in its code; here they are put together from what a command declares.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text
from typer._click import Context
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperArgument, TyperGroup, TyperOption

from patrol.cli.console import console, errors

_KINDS = {int: "整数", float: "小数", Path: "路径", str: "文字"}


def usage(ctx: Context) -> str:
    """Write the usage line of a command, e.g. ``用法：patrol leads show [选项] 编号``."""
    arguments = [_placeholder(param) for param in ctx.command.params if isinstance(param, TyperArgument)]
    last = ["命令 …"] if isinstance(ctx.command, TyperGroup) else arguments
    return " ".join([f"用法：{ctx.command_path}", "[选项]", *last])


def write_help(ctx: Context) -> None:
    """Print what a command does, its arguments and options, and a group's commands, on standard output."""
    command = ctx.command
    console.print(usage(ctx), markup=False, style="bold")
    console.print(f"\n{inspect.cleandoc(command.help or '')}", markup=False)
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if isinstance(param, TyperOption)]
    _section("参数", ((_placeholder(param), _about(param)) for param in arguments))
    _section("选项", ((_option(param), _about(param)) for param in options))
    if isinstance(command, TyperGroup):
        summaries = {name: command.get_command(ctx, name) for name in command.list_commands(ctx)}
        _section("命令", ((name, sub.get_short_help_str()) for name, sub in summaries.items() if sub is not None))


def write_usage_error(error: UsageError) -> None:
    """Print what is wrong with a command line on the error stream, with the usage and where to read more."""
    if isinstance(error, NoArgsIsHelpError):
        return  # the help that was asked for stands there already
    if error.ctx is not None:
        errors.print(usage(error.ctx), markup=False)
    errors.print(explain(error), style="red", markup=False)
    if error.ctx is not None:
        errors.print(f"查看说明：{error.ctx.command_path} --help", markup=False)


class WrongCommandLine(UsageError):
    """A command line that cannot be followed; its message is for the officer."""


def explain(error: UsageError) -> str:
    """Say what is wrong with a command line, in one Chinese sentence."""
    match error:
        case WrongCommandLine():
            return error.message
        case MissingParameter():
            return f"还没有写{_name(error.param)}。"
        case NoSuchOption():
            alike = f"是不是 {'、'.join(error.possibilities)}？" if error.possibilities else ""
            return f"没有 {error.option_name} 这个选项。{alike}"
        case BadOptionUsage():
            flag = "does not take" in error.message
            return f"选项 {error.option_name} " + ("后面不写值。" if flag else "后面要写值。")
        case BadParameter():
            return f"{_name(error.param)}写得不对，应为{_kind(error.param)}{_range(error.param)}。"
    return "没有写要用哪个命令。"


def _section(title: str, rows: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(Text(f"  {name}", style="cyan"), Text(said))
    if table.row_count:
        console.print(Text(f"\n{title}", style="bold"))
        console.print(table)


def _placeholder(param: TyperArgument) -> str:
    """An argument as a usage line writes it: ``编号``, ``编号…`` for several, ``[编号]`` where it may be left out."""
    name = param.metavar or param.name
    name += "…" if param.nargs == -1 and not name.endswith("…") else ""
    return name if param.required else f"[{name}]"


def _option(param: TyperOption) -> str:
    value = "" if param.is_flag else f" {param.metavar or _kind(param)}"
    return "、".join(sorted(param.opts, key=len, reverse=True)) + value


def _about(param: TyperArgument | TyperOption) -> str:
    """What a parameter is for, with what it must be and what it is when left out."""
    said = "显示这份说明" if "--help" in param.opts else param.help or ""
    notes = [_range(param).strip("（）")] if _range(param) else []
    if param.required:
        notes.append("必填")
    elif not (isinstance(param, TyperOption) and param.is_flag) and param.default not in (None, "", (), []):
        notes.append(f"不写则为 {param.default}")
    return f"{said}（{'；'.join(notes)}）" if notes else said


def _name(param: Any) -> str:
    """A parameter as a sentence names it."""
    if isinstance(param, TyperOption):
        return f"选项 {max(param.opts, key=len)} "
    return f"“{_placeholder(param).strip('[]')}”" if isinstance(param, TyperArgument) else "参数"


def _kind(param: Any) -> str:
    kind = param.type_descriptor.annotation if param is not None else str
    return _KINDS.get(kind, "文字")


def _range(param: Any) -> str:
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is None and high is None:
        return ""
    if high is None:
        return f"（至少 {low:g}）"
    return f"（至多 {high:g}）" if low is None else f"（{low:g} 至 {high:g}）"
