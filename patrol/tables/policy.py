"""Policy: reads the officers' tables that judging goes by, once per patrol; departments and goods are held here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from patrol.tables.phrases import PHRASES, Phrases
from patrol.tables.table import REMARK, Row, Table, distinct, member
from patrol.tables.weights import WEIGHTS, Weights
from patrol.tables.words import signal_codes
from patrol.validation import unknown_key
from patrol.vocabulary import Field as TradeField
from patrol.vocabulary import MatchKind

_Field = Annotated[TradeField, member(TradeField)]
_Kind = Annotated[MatchKind, member(MatchKind)]


class GoodsRow(Row):
    """货品: words of a title that tell what is sold; ``licensed``: selling it needs a publication licence."""

    code: str = Field(title="代号", description="英文，不可重复")
    label: str = Field(title="名称", description="印在线索里")
    licensed: bool = Field(title="须有许可", description="出售它是否须有出版物经营许可证（出版管理条例第 35、36 条）")
    words: tuple[str, ...] = Field(min_length=1, title="算的词", description="标题里有其中一词就算")
    unless: tuple[str, ...] = Field((), title="不算的词", description="标题里有其中一词就不算")

    def is_excluded(self, title: str) -> bool:
        return any(word.casefold() in title for word in self.unless)

    def fits(self, title: str) -> bool:
        """Tell whether the title names such goods. ``title``: in NFKC and casefolded."""
        return any(word.casefold() in title for word in self.words) and not self.is_excluded(title)


class DepartmentRow(Row):
    department: str = Field(title="部门", description="承办部门的名称")
    fields: tuple[_Field, ...] = Field((), title="领域", description="哪些领域的线索；留空表示不限")
    kinds: tuple[_Kind, ...] = Field((), title="比对结果", description="哪些比对结果；留空表示不限")
    signals: tuple[str, ...] = Field((), title="依据", description="有其中一个依据（代号）；留空表示不限")
    note: str = Field("", title="备注", description=REMARK)

    def fits(self, field: TradeField, kind: MatchKind, signals: frozenset[str]) -> bool:
        return (
            (not self.fields or field in self.fields)
            and (not self.kinds or kind in self.kinds)
            and (not self.signals or not signals.isdisjoint(self.signals))
        )


DEPARTMENTS: Table[tuple[DepartmentRow, ...]] = Table(
    "departments", "承办部门表", "一条线索建议由哪个部门承办：自上而下，取第一条符合的。", tuple[DepartmentRow, ...]
)
GOODS: Table[tuple[GoodsRow, ...]] = Table(
    "goods", "货品识别表", "一个商品页卖的是什么，出售它要不要出版物经营许可证。",
    Annotated[tuple[GoodsRow, ...], distinct("code")],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """What judging goes by, of one workspace."""

    phrases: Phrases
    weights: Weights
    departments: tuple[DepartmentRow, ...]
    goods: tuple[GoodsRow, ...]

    @classmethod
    def load(cls, workspace: Path | None) -> Policy:
        """Read the tables, the workspace's own before those shipped. Raises ConfigError naming file, line and key."""
        policy = cls(
            phrases=PHRASES.read(workspace),
            weights=WEIGHTS.read(workspace),
            departments=DEPARTMENTS.read(workspace),
            goods=GOODS.read(workspace),
        )
        known = signal_codes(workspace)
        for number, row in enumerate(policy.departments):
            for place, code in enumerate(row.signals):
                if code not in known:
                    raise DEPARTMENTS.fault(workspace, (number, "signals", place), unknown_key(code, known))
        return policy

    def department(self, field: TradeField, kind: MatchKind, signals: frozenset[str]) -> str:
        """Return the first department of the table that fits; empty when none does."""
        return next((row.department for row in self.departments if row.fits(field, kind, signals)), "")
