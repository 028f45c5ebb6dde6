"""References: cite the rules that a paper refers to, from the table ``references`` (an office may have its own)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from patrol.tables.table import Row, Table

CHECK = "以上依据仅供拟稿参考，请核对现行有效文本。"


_Text = Annotated[str, Field(min_length=1)]


class Reference(Row):
    rule: _Text = Field(title="法规", description="法规名称和版本")
    article: _Text = Field(title="条款", description="第几条")
    says: _Text = Field(title="要点", description="条文要点")
    unverified: bool = Field(False, title="待核", description="true：尚未与正式文本核对，文书中标“待核”")

    @property
    def words(self) -> str:
        name, bracket, edition = self.rule.partition("（")
        mark = "（待核）" if self.unverified else ""
        return f"《{name}》{bracket}{edition}{self.article}：{self.says}。{mark}"


_Rows = tuple[Reference, ...]


class ReferenceTable(Row):
    lead: _Rows = Field(title="线索", description="案件线索登记表引用的")
    civil: _Rows = Field(title="民事", description="洗稿、换皮的线索另引")
    notice: _Rows = Field(title="权利人通知", description="权利人通知引用的")
    commerce: _Rows = Field(title="电商平台", description="发给电子商务平台的另引")
    rectify: _Rows = Field(title="责令改正", description="责令改正通知书引用的")
    assist: _Rows = Field(title="协助调查", description="协助调查函引用的")
    referral: _Rows = Field(title="移送", description="移送材料引用的")
    answer: _Rows = Field(title="投诉答复", description="答复投诉人引用的")


REFERENCES: Table[ReferenceTable] = Table(
    "references",
    "文书依据表",
    "文书引用的法规条款和要点。引用只供拟稿参考，签发前请核对现行有效文本。",
    ReferenceTable,
)


def references(topic: str, *more: str, workspace: Path | None) -> list[str]:
    """Cite the rows of ``topic`` (and ``more``) in words, each once. Raises ConfigError naming file, line and key."""
    table = REFERENCES.read(workspace)
    rows: list[Reference] = [row for name in (topic, *more) for row in getattr(table, name)]
    return list(dict.fromkeys(row.words for row in rows))
