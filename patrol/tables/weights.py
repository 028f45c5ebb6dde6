"""Table of weights: holds every number that turns signs into a grade (``weights.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from patrol.tables.table import Row, Table, member
from patrol.vocabulary import Grade, MatchKind, WorkKind

_Kind = Annotated[MatchKind, member(MatchKind)]
_Grade = Annotated[Grade, member(Grade)]
_WorkKind = Annotated[WorkKind, member(WorkKind)]


class Extent(Row):
    characters: int = Field(title="字数", description="相同文字达到多少字")
    points: float = Field(title="加分", description="达到时加的分")


class AtLeast(Row):
    at_least: int = Field(title="达到", description="达到多少件（次）")
    points: float = Field(title="加分", description="达到时加的分")


class Quotation(Row):
    characters: int = Field(title="字数", description="相同文字不超过多少字")
    share_of_page: float = Field(title="占比", description="占页面文字不超过几成（0 到 1）")


class SignalPoints(Row):
    """Points of the signals that are not phrases; the names are the signals' codes."""

    title_in_title: float = Field(title="标题写明作品名", description="页面标题里写着作品名")
    title_in_text: float = Field(title="正文提到作品名", description="正文里写着作品名")
    price_low: float = Field(title="低价", description="售价远低于定价")
    early_warning: float = Field(title="预警名单", description="作品在预警名单上")
    selling: float = Field(title="有售价", description="页面有售价（与文本比对一并出现时）")
    fair_quotation: float = Field(title="正当引用", description="短且注明出处的引用，写负数")
    expired: float = Field(title="授权过期", description="授权已过期")
    exceeded: float = Field(title="超出授权", description="超出授权范围")
    server_abroad: float = Field(
        title="服务器在境外", description="须在 patrol.toml 里给出地址表；只在已有其他依据时加分"
    )


class CredentialPoints(Row):
    """Points of the signals about a site's or shop's papers; the names are the signals' codes."""

    no_icp: float = Field(title="三无", description="主页、内页都没有 ICP 备案号或许可证号")
    icp_inside_only: float = Field(title="只在内页", description="主页没有备案号，内页有")
    number_malformed: float = Field(title="号码不合规范", description="位数、校验位、模板假号")
    number_place: float = Field(title="省份不符", description="号码自带的行政区划与所写省份不符，疑似冒用")
    number_shared: float = Field(title="号码共用", description="同一号码也在别的网站主页上，疑似冒用")
    places_differ: float = Field(title="省份不一致", description="各号码的省份互不一致")
    no_publication_licence: float = Field(
        title="无出版物许可", description="网站自营出版物，主页没有出版物经营许可证号"
    )
    publication_licence_unnumbered: float = Field(
        title="许可无号码", description="主页写了“出版物经营许可证”，却没有号码"
    )
    shop_without_licence: float = Field(title="店铺无许可", description="平台内店铺卖出版物，所见页面没有许可证号")
    many_scripts: float = Field(title="成批剧本", description="店铺成批出售剧本杀剧本（与品种数一并出现时）")
    no_blockchain: float = Field(title="无区块链备案", description="数字藏品平台主页没有区块链信息服务备案号")
    copyright_leads: float = Field(title="另有侵权线索", description="同一店铺另有疑似侵权线索")


class Breadth(Row):
    """So many titles of so many publishers in one shop."""

    titles: int = Field(title="品种", description="达到多少种出版物")
    publishers: int = Field(title="出版单位", description="出自多少家出版、出品单位")
    points: float = Field(title="加分", description="两项都达到时加的分")


class Weights(Row):
    """评分表: every number that turns signs into a grade."""

    text: Mapping[_Kind, float] = Field(
        title="文本比对", description="把握为 100% 时的得分，按比对结果类别；实际得分 = 满分 × 把握"
    )
    extent: tuple[Extent, ...] = Field(
        title="相同文字多", description="相同文字多时另加（字数从多到少，取第一个够得上的）"
    )
    signals: SignalPoints = Field(title="其他依据", description="文本比对以外的依据各加多少分")
    sales: tuple[AtLeast, ...] = Field(title="销量", description="从多到少，取第一个够得上的；只在已有其他依据时加分")
    views: tuple[AtLeast, ...] = Field(
        title="播放、浏览量", description="从多到少，取第一个够得上的；只在已有其他依据时加分"
    )
    phrases_at_most: float = Field(title="用语加分上限", description="用语加分合计的上限")
    price_ratio: Mapping[_WorkKind, float] = Field(
        title="低价的界限", description="售价不高于定价的几分之几算“远低于”，按作品类型；未列出的用“其他”"
    )
    quotation: Quotation = Field(title="正当引用", description="怎样算短，须同时注明作者或作品名")
    nearness: int = Field(
        title="相距字数", description="正文提到的作品名与疑似用语相距多少字以内才算一回事（页面标题提到的不限）"
    )
    credentials: CredentialPoints = Field(
        title="资质线索", description="网站或店铺缺少、错写、冒用证照备案号，各加多少分"
    )
    publications_at_least: int = Field(
        title="出版物种数", description="一家店铺卖出多少种出版物起，才看它有没有许可证（个人处理旧书不算经营）"
    )
    breadth: tuple[Breadth, ...] = Field(
        title="品种异常之多", description="从多到少，取第一个够得上的；品种数和出版、出品单位数都要够"
    )
    grades: Mapping[_Grade, float] = Field(title="等级", description="得分达到多少为甲、乙、丙；低于丙级不作为线索")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = [grade.label for grade in Grade if grade not in self.grades]
        missing += [kind.label for kind in MatchKind if kind.of_text and kind not in self.text]
        missing += [] if WorkKind.OTHER in self.price_ratio else [WorkKind.OTHER.label]
        if missing:
            raise ValueError(f"缺少：{'、'.join(missing)}。请补上")
        return self

    def grade(self, score: float) -> Grade | None:
        """Return the best grade whose bar ``score`` reaches; None: not a lead."""
        reached = [grade for grade in Grade if score >= self.grades[grade]]
        return reached[0] if reached else None


WEIGHTS: Table[Weights] = Table("weights", "线索评分表", "每一种依据加多少分，多少分算甲级、乙级、丙级。", Weights)
