"""Arguments of commands: reads closed words, days and moments as officers write them, the same in every command.

Every date is written 2026-11-28, 2026/11/28 or 2026年11月28日 and is Beijing's; every word of a closed list by its Chinese
name or its value. A wrong one ends the command with a sentence that names the option.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import typer

from patrol import clock
from patrol.clock import Period
from patrol.db.portions import MAX_ID
from patrol.errors import InputError
from patrol.vocabulary import Labelled

LabelledT = TypeVar("LabelledT", bound=Labelled)
ValueT = TypeVar("ValueT")


def word_option(words: type[LabelledT], name: str, help_: str) -> Any:
    """Make an option for one word of ``words``."""
    return typer.Option(name, parser=_named(words.parse, name), metavar="词", help=help_)


def word_argument(words: type[LabelledT], metavar: str, help_: str) -> Any:
    """Make an argument that is one word of ``words``."""
    return typer.Argument(parser=_named(words.parse, metavar), metavar=metavar, help=help_)


def id_argument(help_: str) -> Any:
    """Make an argument that is the short number (序号) of a row, an ``int``."""
    return typer.Argument(metavar="序号", min=1, max=MAX_ID, help=help_)


def day_option(name: str, help_: str) -> Any:
    """Make an option for a day, a ``date``. Whether the day itself counts, the help has to say: it does, everywhere."""
    return typer.Option(name, parser=_named(_day, name), metavar="日期", help=help_)


def moment_option(name: str, help_: str) -> Any:
    """Make an option for a moment, aware; a day alone is its beginning."""
    return typer.Option(name, parser=_named(_moment, name), metavar="时间", help=help_)


def period(since: date | None, until: date | None) -> Period:
    """Make the period of the days from ``since`` to ``until``, both within it. Raises InputError when they are the wrong way round."""
    if since and until and until < since:
        raise InputError("截止日期早于起始日期，请对调")
    return Period(since, until)


def _day(text: str) -> date:
    day = clock.parse_day(text)
    if day is None:
        raise ValueError("没有写日期，请写成 2026-11-28 这样")
    return day


def _moment(text: str) -> datetime:
    try:
        return clock.parse_moment(text)
    except ValueError:
        return clock.begin_day(_day(text))


def _named(parse: Callable[[str], ValueT], name: str) -> Callable[[str], ValueT]:
    """``parse`` whose complaint begins with the option that it is about."""

    def read(text: str) -> ValueT:
        try:
            return parse(text)
        except ValueError as error:
            raise InputError(f"{name}：{error}") from error

    return read


SITE = typer.Option("--site", help="站点")
JSON = typer.Option("--json", help="以 JSON 输出")
LEAD = typer.Argument(metavar="编号", help="线索编号，例如 案线〔2026〕0001号，或其序号")
BY = typer.Option("--by", help="经办人姓名")
BY_OR_SETTINGS = typer.Option("--by", help="经办人姓名，记入证据流转记录；不写则用设置中的执法人员")
REASON = typer.Option("--reason", help="原因，记入证据流转记录")
OUTPUT = typer.Option("--output", help="写到哪个文件；不写则放在工作区的报告目录")
UNMASKED = typer.Option("--unmasked", help="不遮盖电话、身份证号、银行卡号和门牌；须写明 --reason")
