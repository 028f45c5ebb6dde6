"""Command tree: makes groups and commands from the command table, importing what a command needs when it is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer._click import Command, Context, HelpFormatter
from typer._click.exceptions import UsageError
from typer.core import TyperCommand, TyperGroup

from patrol.cli.commands import COMMANDS, Entry, GroupEntry
from patrol.cli.console import errors
from patrol.cli.help import WrongCommandLine, write_help, write_usage_error

_PACKAGE = "patrol.cli"


class CommandLine(TyperCommand):
    """One command, with Chinese help."""

    allow_extra_args = True

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        write_help(ctx)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise WrongCommandLine(f"多写了“{' '.join(rest)}”。", ctx)
        return rest


class CommandGroup(TyperGroup):
    """The commands of ``entries``, each made when it is named."""

    def __init__(self, *, entries: Mapping[str, Entry] = COMMANDS, **settings: Any) -> None:
        super().__init__(**settings)
        self._entries = entries

    def list_commands(self, ctx: Context) -> list[str]:
        return list(self._entries)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Give a command's name and summary; ``resolve_command`` makes the command itself."""
        entry = self._entries.get(cmd_name)
        return TyperCommand(cmd_name, short_help=entry.summary) if entry is not None else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Make the command that ``args`` begin with. Raises WrongCommandLine when there is none of that name."""
        name, *rest = args
        if name not in self._entries:
            alike = get_close_matches(name, self._entries)
            raise WrongCommandLine(f"没有“{name}”这个命令。" + (f"是不是 {'、'.join(alike)}？" if alike else ""), ctx)
        return name, make_command(name, self._entries[name]), rest

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        write_help(ctx)

    def main(self, *words: Any, **settings: Any) -> Any:
        """Run the command line and exit; a wrong one is explained, with exit status 2."""
        if settings.get("standalone_mode") is False:
            return super().main(*words, **settings)
        settings["standalone_mode"] = False
        try:
            status = super().main(*words, **settings)
        except UsageError as error:
            write_usage_error(error)
            sys.exit(error.exit_code)
        except typer.Abort:
            errors.print("已取消。")
            sys.exit(1)
        sys.exit(status if isinstance(status, int) else 0)


def make_command(name: str, entry: Entry) -> Command:
    """Make the command of an entry of the table: imports the module that does it, or makes a group that imports none."""
    if isinstance(entry, GroupEntry):
        return CommandGroup(name=name, entries=entry.entries, help=f"{entry.summary}。", no_args_is_help=True)
    module, _, function = entry.function.partition(":")
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    settings = {"ignore_unknown_options": True} if entry.negative_numbers else {}
    single.command(name, cls=CommandLine, context_settings=settings)(
        getattr(import_module(f"{_PACKAGE}.{module}"), function)
    )
    return typer.main.get_command(single)
