"""Table of ties: says how much each common mark counts towards taking two accounts for one (``tables/ties.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from patrol.cases.marks import Mark, MarkKind
from patrol.tables.table import Row, Table, member


class NameWeight(Row):
    characters: int = Field(title="字数", description="名称去掉通用词后还剩几个字")
    weight: float = Field(title="力度", description="算多大力度")


class SiteWide(Row):
    accounts: int = Field(title="账号数", description="同一站点至少有这么多账号都有")
    share: float = Field(title="比例", description="且占该站点账号的这个比例（0 到 1）")


class Repeat(Row):
    leads: int = Field(title="线索数", description="几条线索算反复（已排除的不算）")
    within_days: int = Field(title="天数", description="多少天以内")


class Ties(Row):
    """The table of ties of one office."""

    threshold: float = Field(title="合计", description="各处力度合计达到多少，才视为疑似同一主体")
    weights: Mapping[Annotated[MarkKind, member(MarkKind)], float] = Field(
        title="力度", description="每一种相同之处算多大的力度"
    )
    names: tuple[NameWeight, ...] = Field(
        title="名称", description="名称相同算多大力度（字数从多到少，取第一个够得上的；剩下的太短就不算）"
    )
    common_words: tuple[str, ...] = Field(title="通用词", description="名称里不说明身份的词，比较之前去掉")
    shared_by_at_most: int = Field(
        title="最多几个账号", description="一处相同之处若有更多账号都有，多半是平台自己的（客服电话等），不作为关联"
    )
    site_wide: SiteWide = Field(title="全站都有", description="同一站点的账号大多都有的，也视为平台自己的")
    many_accounts: int = Field(title="账号过多", description="一个主体超过这么多账号时，提示可能误连")
    text_characters: int = Field(title="相同文字", description="相同文字至少多少字才算")
    repeat: Repeat = Field(title="反复侵权", description="怎样算反复；收到通知后又出现新线索的，总是提示")

    @classmethod
    def load(cls, workspace: Path | None) -> Ties:
        """Read the workspace's own table, else the one shipped. Raises ConfigError naming file, line and key."""
        return TIES.read(workspace)

    def weight(self, mark: Mark) -> float:
        """Return what a common mark counts; a name by what is left of it."""
        if mark.kind is MarkKind.NAME:
            return next((row.weight for row in self.names if len(mark.value) >= row.characters), 0.0)
        return self.weights.get(mark.kind, 0.0)


TIES: Table[Ties] = Table(
    "ties",
    "主体关联表",
    "两个账号有哪些相同之处、各算多大的力度，合计够了才视为疑似同一主体。程序只提示关联并列出依据，由办案人员核实。",
    Ties,
)
