"""Table of phrases: holds what on a page speaks for piracy, and what against it (``phrases.yaml``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from patrol.tables.table import Row, Table, distinct, member
from patrol.vocabulary import Field as TradeField


class SignGroup(Row):
    """疑似用语: phrases that speak for piracy in some fields (none named: in all)."""

    code: str = Field(title="代号", description="英文，不可重复")
    label: str = Field(title="名称", description="印在线索里")
    fields: tuple[Annotated[TradeField, member(TradeField)], ...] = Field(
        (), title="适用领域", description="留空表示所有领域"
    )
    points: float = Field(title="加分", description="命中后加的分（同一组只加一次）")
    strong: bool = Field(title="单独成立", description="true：可与作品名一起单独构成售卖线索；false：只能作旁证")
    needs_scope: tuple[str, ...] = Field(
        (), title="授权须写明", description="获授权者这样做时，授权范围里须写有其中一词，否则算超出授权"
    )
    phrases: tuple[str, ...] = Field(
        min_length=1, title="用语", description="繁体、全角、夹符号等写法程序会自动还原，不必逐一列出"
    )


class InnocentGroup(Row):
    """开脱用语: words around a sign, or on the page, that speak against piracy."""

    code: str = Field(title="代号", description="英文，不可重复")
    scope: Literal["clause", "title", "page"] = Field(
        title="看哪里", description="clause：用语前后同一小句；title：页面标题；page：整页"
    )
    effect: Literal["void", "points", "no_price"] = Field(
        title="作用", description="void：该处用语不算数；points：给整页加减分；no_price：低价不算数"
    )
    points: float = Field(0, title="加减分", description="effect 为 points 时加（负数为减）的分")
    before: tuple[str, ...] = Field((), title="前面的词", description="用语之前同一小句里有其中一词就算")
    after: tuple[str, ...] = Field((), title="后面的词", description="用语之后同一小句里有其中一词就算")
    phrases: tuple[str, ...] = Field((), title="用语", description="所看之处有其中一句就算")


class Phrases(Row):
    signs: Annotated[tuple[SignGroup, ...], distinct("code")] = Field(
        title="疑似用语", description="一组一组写；页面上有其中一句，就是侵权的迹象"
    )
    innocent: Annotated[tuple[InnocentGroup, ...], distinct("code")] = Field(
        (), title="开脱用语", description="一组一组写；说明页面并非侵权的话"
    )


PHRASES: Table[Phrases] = Table("phrases", "疑似侵权用语表", "页面上哪些话是侵权的迹象，哪些话说明并非侵权。", Phrases)
