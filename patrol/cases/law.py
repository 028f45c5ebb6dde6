"""Table of law: holds ``tables/law.yaml`` as typed rows. Every figure has its dates and its source; nothing judges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from patrol.leads.facts import FactKey
from patrol.tables.table import Row, Table, distinct, member
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


def _no_key(value: object) -> object:
    return None if value == "none" else value


_CHECK = Field(False, title="待核", description="true：出自一般资料，尚未对照法规原文")


class Act(Row):
    """Which wrong a kind of match may be: ``civil`` under art. 52, ``administrative`` under art. 53."""

    kinds: tuple[Annotated[MatchKind, member(MatchKind)], ...] = Field(title="比对结果", description="哪些比对结果")
    civil: str = Field("", title="民事", description="著作权法第五十二条的哪一项（民事责任）")
    administrative: str = Field(
        "", title="行政", description="著作权法第五十三条的哪一项（损害公共利益的，可行政处罚）"
    )
    note: str = Field(title="说明", description="印在线索后，提醒办案人员")


class ProfitSign(Row):
    label: str = Field(title="名称", description="迹象的名称")
    phrases: tuple[str, ...] = Field(min_length=1, title="用语", description="页面上有其中一句就算")


class Rule(Row):
    when: Literal["all", "text", "sale", "listing"] = Field(
        title="何时引用", description="all 全部线索；text 文字比对；sale 售卖；listing 电商页面"
    )
    rule: str = Field(title="法规", description="法规名称和版本")
    article: str = Field(title="条款", description="第几条")
    says: str = Field(title="要点", description="条文要点")
    check: bool = _CHECK


class Threshold(Row):
    """One figure. In force from ``valid_from`` to ``valid_to``, both included; ``half``: may be added up with another
    measure, each at half; ``after_penalty``: only after an administrative penalty within two years."""

    article: str = Field(title="条款", description="哪一部法的第几条")
    measure: Measure = Field(
        title="计什么", description="、".join(f"{measure.value} {measure.label}" for measure in Measure)
    )
    figure: Decimal = Field(gt=0, title="数额", description="标准是多少")
    valid_from: date = Field(alias="from", title="起", description="从哪天起适用（含当日）")
    valid_to: date | None = Field(None, alias="to", title="止", description="到哪天为止（含当日）；不写表示现行")
    half: bool = Field(title="可合并", description="true：可以与另一项各达一半而合并计算")
    after_penalty: bool = Field(False, title="受过处罚", description="true：两年内受过行政处罚的才适用")
    effect: str = Field("", title="后果", description="达到时印出的话")
    source: str = Field(title="出处", description="规定的出处")
    check: bool = _CHECK

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def holds_within(self, first: date, last: date) -> bool:
        return self.valid_from <= last and (self.valid_to is None or self.valid_to >= first)


class Clock(Row):
    code: str = Field(title="代号", description="英文，不可重复")
    label: str = Field(title="名称", description="期限的名称")
    starts: FactKey = Field(
        title="起算", description="从哪一登记事项起算（act_ended 没有登记时，以看到页面下架之日计）"
    )
    ends: Annotated[FactKey | None, BeforeValidator(_no_key)] = Field(
        title="停止", description="办了哪一事项就停；none 表示不停"
    )
    length: int = Field(gt=0, title="多长", description="期限的长度")
    unit: Literal["years", "days", "workdays", "hours"] = Field(
        title="单位", description="years 年、days 日、workdays 工作日、hours 小时；日从次日起算，到最后一日 24 时止"
    )
    only: Literal["all", "listing"] = Field("all", title="哪些线索", description="all 全部；listing 只看电商页面")
    rule: str = Field(title="法规", description="法规名称和条款")
    says: str = Field(title="要点", description="条文要点")
    check: bool = _CHECK

    @property
    def length_words(self) -> str:
        return f"{self.length} {({'years': '年', 'days': '日', 'workdays': '个工作日', 'hours': '小时'})[self.unit]}"


class Law(Row):
    """The whole table of one office."""

    notice: str = Field(title="声明", description="印在每份法律意见后的声明")
    acts: tuple[Act, ...] = Field(title="可能涉及的行为", description="比对结果对应哪些条款")
    public_interest: tuple[str, ...] = Field(
        title="公共利益", description="填写“公共利益损害情形”时可参考的方面（程序不代填）"
    )
    profit: tuple[ProfitSign, ...] = Field(title="营利迹象", description="页面上表明营利目的的用语")
    rules: tuple[Rule, ...] = Field(title="依据", description="显示在每条线索后的依据")
    thresholds: tuple[Threshold, ...] = Field(title="数额标准", description="每个数字一行：规定、起止日期、数额、出处")
    clocks: Annotated[tuple[Clock, ...], distinct("code")] = Field(title="期限", description="每个期限一行")

    @classmethod
    def load(cls, workspace: Path | None) -> Law:
        """Read the workspace's own table, else the one shipped. Raises ConfigError naming file, line and key."""
        return LAW.read(workspace)

    def act(self, kind: MatchKind) -> Act | None:
        return next((act for act in self.acts if kind in act.kinds), None)


LAW: Table[Law] = Table(
    "law",
    "法律依据表",
    "供办案参考，不是判断：可能涉及的条款、数额标准、期限。使用前请核对现行有效文本。",
    Law,
)
