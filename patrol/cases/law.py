"""Table of law: holds ``tables/law.yaml`` as typed rows. Every figure has its dates and its source; nothing judges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from patrol.leads.facts import FactKey
from patrol.tables.policy import read_table
from patrol.vocabulary import Labelled, MatchKind


class Measure(Labelled):
    """情节: what thresholds count."""

    TURNOVER = "turnover", "违法经营额"
    SALES = "sales", "销售金额"
    GAINS = "gains", "违法所得"
    COPIES = "copies", "复制品数量"
    WORKS = "works", "网络传播作品数"
    CLICKS = "clicks", "实际被点击数"
    DOWNLOADS = "downloads", "下载次数"
    MEMBERS = "members", "会员数"

    @property
    def unit(self) -> str:
        return {"turnover": "元", "sales": "元", "gains": "元", "works": "部", "copies": "件", "members": "人"}.get(
            self.value, "次"
        )


def _kind(value: object) -> object:
    return MatchKind.parse(str(value))


def _no_key(value: object) -> object:
    return None if value == "none" else value


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(_Row):
    """Which wrong a kind of match may be: ``civil`` under art. 52, ``administrative`` under art. 53."""

    kinds: tuple[Annotated[MatchKind, BeforeValidator(_kind)], ...]
    civil: str = ""
    administrative: str = ""
    note: str


class ProfitSign(_Row):
    label: str
    phrases: tuple[str, ...] = Field(min_length=1)


class Rule(_Row):
    when: Literal["all", "text", "sale", "listing"]
    rule: str
    article: str
    says: str
    check: bool = False


class Threshold(_Row):
    """One figure. In force from ``valid_from`` to ``valid_to``, both included; ``half``: may be added up with another
    measure, each at half; ``after_penalty``: only after an administrative penalty within two years."""

    article: str
    measure: Measure
    figure: Decimal = Field(gt=0)
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(None, alias="to")
    half: bool
    after_penalty: bool = False
    effect: str = ""
    source: str
    check: bool = False

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def holds_within(self, first: date, last: date) -> bool:
        return self.valid_from <= last and (self.valid_to is None or self.valid_to >= first)


class Clock(_Row):
    code: str
    label: str
    starts: FactKey
    ends: Annotated[FactKey | None, BeforeValidator(_no_key)]
    length: int = Field(gt=0)
    unit: Literal["years", "days", "workdays", "hours"]
    only: Literal["all", "listing"] = "all"
    rule: str
    says: str
    check: bool = False

    @property
    def length_words(self) -> str:
        return f"{self.length} {({'years': '年', 'days': '日', 'workdays': '个工作日', 'hours': '小时'})[self.unit]}"


class Law(_Row):
    """The whole table of one office."""

    notice: str
    acts: tuple[Act, ...]
    public_interest: tuple[str, ...]
    profit: tuple[ProfitSign, ...]
    rules: tuple[Rule, ...]
    thresholds: tuple[Threshold, ...]
    clocks: tuple[Clock, ...]

    @classmethod
    def load(cls, workspace: Path | None = None) -> Law:
        """Read the workspace's own table, else the one shipped. Raises ConfigError naming file and key."""
        law: Law = read_table("law", cls, workspace)
        return law

    def act(self, kind: MatchKind) -> Act | None:
        return next((act for act in self.acts if kind in act.kinds), None)
