"""Table of words for what is gone: holds the sentences that say so wherever they stand, by kind of page (``gone.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from patrol.tables.table import Row, Table
from patrol.vocabulary import PageKind

_Words = tuple[Annotated[str, Field(min_length=3)], ...]


def _of(kind: PageKind) -> _Words:
    words: _Words = Field((), title=kind.label, description=f"{kind.label}页面上的话")
    return words


class GoneWords(Row):
    all: _Words = Field((), title="所有页面", description="对所有类型有效的话")
    listing: _Words = _of(PageKind.LISTING)
    video: _Words = _of(PageKind.VIDEO)
    post: _Words = _of(PageKind.POST)
    article: _Words = _of(PageKind.ARTICLE)
    share: _Words = _of(PageKind.SHARE)
    collectible: _Words = _of(PageKind.COLLECTIBLE)


GONE: Table[GoneWords] = Table(
    "gone", "下架用语表",
    "页面已删除、已下架时常见的整句话，按页面类型列出，每句至少三个字。只有出现在标题里，或在很短的页面上独占一行时才算；"
    "站点文件 states: gone 里写的标志总是优先。",
    GoneWords,
)  # fmt: skip


def gone_words(kind: PageKind, workspace: Path | None) -> tuple[str, ...]:
    """Return the words for ``kind`` and those for all kinds. Raises ConfigError naming file, line and key."""
    table = GONE.read(workspace)
    own: _Words = getattr(table, kind.value)
    return tuple(dict.fromkeys((*own, *table.all)))
