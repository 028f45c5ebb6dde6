"""The site file as a typed model: every key with its title and help, from which schema, docs and messages are made."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from patrol.directory.rules import Rule, RuleError
from patrol.nouns import Field as DirectoryField
from patrol.nouns import PageKind

CrawlMode = Literal["automatic", "full", "navigation", "pagination_only", "direct"]
CRAWL_WORDS = {
    "automatic": "自动：有 items 就按列表走，没有就在本站内找正文页",
    "full": "全站：跟随本站所有链接",
    "navigation": "导航：跟随列表和分类，只取正文页",
    "pagination_only": "翻页：只走起始列表和它的下一页",
    "direct": "直达：起始地址本身就是要取证的页面",
}


def _listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _rules(value: Any) -> tuple[Rule, ...]:
    if isinstance(value, dict):
        value = value.get("css") or value.get("xpath") or value.get("json") or value.get("re")
    if value is None:
        raise ValueError("没有写规则")
    if isinstance(value, tuple) and all(isinstance(part, Rule) for part in value):
        return value
    try:
        return tuple(Rule.parse(str(part)) for part in _listed(value))
    except RuleError as error:
        raise ValueError(str(error)) from error


def _required(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("required", "")).casefold() in ("true", "yes", "是")


Rules = Annotated[tuple[Rule, ...], BeforeValidator(_rules)]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SearchStart(_Part):
    """A search address that is opened once for every protected title and alias."""

    search: str = Field(
        title="搜索地址", description="{work} 处依次换成每部作品的名称和别名", examples=["https://a.cn/s?q={work}"]
    )
    also: Words = Field(
        (), title="附加词", description="与作品名连用的词，每个词各搜一次", examples=[["电子版", "1:1复刻"]]
    )
    encoding: Annotated[Literal["utf-8", "gbk", "big5"], BeforeValidator(lambda v: str(v).lower())] = Field(
        "utf-8", title="搜索词编码", description="老网站的搜索地址用 gbk 或 big5", examples=["gbk"]
    )

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if "{work}" not in self.search:
            raise ValueError("搜索地址里要有 {work}")
        return self


def _start(value: Any) -> Any:
    return [SearchStart(**v) if isinstance(v, dict) else v for v in _listed(value)]


class Limit(_Part):
    """Bounds of one run."""

    pages: int = Field(500, ge=1, title="页数上限", description="一次巡查最多打开的页面数", examples=[200])
    depth: int = Field(20, ge=1, title="层数上限", description="从起始地址起最多跟多少层链接或翻多少页", examples=[20])
    per_work: int = Field(50, ge=1, title="每部作品上限", description="每个搜索词最多取证的页面数", examples=[20])


class Pace(_Part):
    """How politely the site is visited."""

    delay: float = Field(3.0, ge=0, le=600, title="间隔秒数", description="两次访问之间至少隔多少秒", examples=[3])
    at_once: int = Field(1, ge=1, le=16, title="同时访问数", description="同时打开几个页面", examples=[1])
    hours: str = Field(
        "",
        pattern=r"^$|^\d{2}:\d{2}-\d{2}:\d{2}$",
        title="时段",
        description="只在这个时段访问",
        examples=["08:00-20:00"],
    )


class States(_Part):
    """What a page may be instead of a normal one: words on the page, ``css: …`` or ``status: 404``."""

    gone: Words = Field((), title="已下架", description="页面已删除或商品已下架的标志", examples=[["商品已下架"]])
    logged_out: Words = Field(
        (), title="需登录", description="要求登录的标志；出现就暂停这个站点", examples=[["请先登录"]]
    )
    blocked: Words = Field(
        (), title="被拦截", description="验证码等标志；出现就停止并报告，不规避", examples=[["验证码"]]
    )


EXTRACT_HELP = {
    "title": ("标题", "页面或商品的名称", "h1.goods-title"),
    "text": ("正文", "要与作品比对的文字", "'#detail'"),
    "description": ("简介", "正文以外的说明文字", ".intro"),
    "author": ("作者", "文章署名", ".writer"),
    "seller": ("卖家或账号", "店铺、账号或发布者的名称", ".shop-name"),
    "seller_url": ("卖家地址", "店铺或账号主页的地址", ".shop-name@href"),
    "price": ("价格", "以元计", ".price | number"),
    "sales": ("销量", "已售件数，1.2万+ 记为至少 12000", ".sold | number"),
    "views": ("播放或浏览量", "次数", ".plays | number"),
    "published": ("发布时间", "“3天前”从取证时间起算", ".time | date"),
    "tags": ("标签", "话题或标签，可有多个", ".tag"),
    "images": ("图片", "图片地址，可有多个", "img@src"),
    "footer": ("页脚", "备案号、许可证号所在处", "footer"),
}


class Extract(_Part):
    """Where each field stands. What is left out is looked for in JSON-LD, OpenGraph, microdata and the main text."""

    rules: dict[str, Rules] = Field(default_factory=dict, title="规则", description="字段名到规则", examples=[{}])
    required: frozenset[str] = Field(frozenset(), title="必需", description="缺了就算没读到的字段", examples=[[]])

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise ValueError("应当是“字段: 规则”的行")
        if set(raw) <= {"rules", "required"} and isinstance(raw.get("rules"), dict):
            return raw
        rules = {}
        for key, value in raw.items():
            if key not in EXTRACT_HELP:
                raise ValueError(unknown_key(key, EXTRACT_HELP))
            try:
                rules[key] = _rules(value)
            except ValueError as error:
                raise ValueError(f"{key}：{error}") from error
        return {"rules": rules, "required": frozenset(key for key, value in raw.items() if _required(value))}


class SiteFile(_Part):
    """A site (站点): how to find its pages and how to read them."""

    name: str = Field(min_length=1, title="站点名称", description="执法人员怎么称呼它", examples=["小城书市"])
    kind: Annotated[PageKind, BeforeValidator(lambda v: PageKind.parse(str(v)))] = Field(
        title="页面类型",
        description="listing 商品、video 视频、post 帖子、article 文章、share 网盘分享、collectible 数字藏品",
        examples=["listing"],
    )
    fields: Annotated[
        tuple[DirectoryField, ...], BeforeValidator(lambda v: tuple(DirectoryField.parse(str(f)) for f in _listed(v)))
    ] = Field((), title="领域", description="重点目录里的领域，可有多个", examples=[["图书"]])
    home: str = Field(
        "", title="主页", description="站点主页，备案号和许可证号从这里读", examples=["https://books.example.cn/"]
    )
    verified: Annotated[date | None, BeforeValidator(lambda v: v and str(v)[:10])] = Field(
        None, title="核对日期", description="最近一次有人核对这个文件的日期", examples=["2026-11-20"]
    )
    start: Annotated[tuple[str | SearchStart, ...], BeforeValidator(_start)] = Field(
        title="起始地址",
        description="从哪里开始；{1..5} 展开成一串地址；search 按作品名搜索",
        examples=[["https://a.cn/list?page={1..5}"]],
    )
    crawl: CrawlMode = Field(
        "automatic", title="走法", description="；".join(CRAWL_WORDS.values()), examples=["pagination_only"]
    )
    items: Rules = Field((), title="条目链接", description="列表页上通往正文页的链接", examples=[".goods-card a@href"])
    next: Rules = Field((), title="下一页", description="列表页上通往下一页的链接", examples=["a.next@href"])
    next_part: Rules = Field(
        (), title="正文下一页", description="一篇正文分成几页时，通往后一页的链接", examples=["a.next-part@href"]
    )
    scroll: int = Field(
        0,
        ge=0,
        le=200,
        title="滚动次数",
        description="列表要往下滚动才出现时，最多滚几次（需 render: browser）",
        examples=[30],
    )
    limit: Limit = Field(Limit(), title="上限", description="一次巡查的各种上限", examples=[{"pages": 200}])
    extract: Extract = Field(
        Extract(), title="字段", description="各字段在页面的什么地方；不写的自动寻找", examples=[{"title": "h1"}]
    )
    render: Literal["http", "browser"] = Field(
        "http", title="打开方式", description="http 直接取；browser 用浏览器打开", examples=["browser"]
    )
    pace: Pace = Field(Pace(), title="节奏", description="访问的快慢和时段", examples=[{"delay": 3}])
    states: States = Field(
        States(), title="页面状态", description="下架、要登录、被拦截的标志", examples=[{"gone": ["已下架"]}]
    )
    allow_private: Words = Field(
        (),
        title="允许的内网地址",
        description="只有演示和测试才需要：允许访问的本机或内网 主机:端口",
        examples=[["127.0.0.1:8801"]],
    )
    sha256: str = Field("", title="文件摘要", description="由程序填写，不要写", examples=[""])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.start:
            raise ValueError("start 里至少要有一个起始地址")
        for address in self.start:
            if isinstance(address, str) and not re.match(r"https?://", address):
                raise ValueError(f"起始地址“{address}”应以 http:// 或 https:// 开头")
        if self.scroll and self.render != "browser":
            raise ValueError("用了 scroll 就要写 render: browser")
        if self.crawl == "pagination_only" and not self.items:
            raise ValueError("crawl: pagination_only 需要写 items（列表页上条目的链接）")
        return self


def unknown_key(key: str, known: Any) -> str:
    """Names the nearest known key, in Chinese."""
    from difflib import get_close_matches

    near = get_close_matches(str(key), list(known), n=1, cutoff=0.5)
    return f"没有“{key}”这一项" + (f"，你是不是想写 {near[0]}？" if near else f"。可用：{'、'.join(known)}")
