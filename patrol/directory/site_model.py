"""Site file model: types every key with its title and help, from which schema, docs and messages are made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urljoin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.fields import FieldInfo

from patrol.directory.rules import Rule
from patrol.directory.site_values import (
    LANGUAGES,
    Address,
    Day,
    Element,
    Fields,
    Loads,
    Rules,
    Signs,
    Steps,
    Truth,
    Words,
    listed,
)
from patrol.validation import unknown_key
from patrol.vocabulary import PageKind

CrawlMode = Literal["automatic", "full", "navigation", "pagination_only", "direct"]
CRAWL_WORDS = {
    "automatic": "自动：有 items 就按列表走，没有就在本站内找正文页",
    "full": "全站：跟随本站所有链接",
    "navigation": "导航：跟随列表和分类，只取正文页",
    "pagination_only": "翻页：只走起始列表和它的下一页",
    "direct": "直达：起始地址本身就是要取证的页面",
}


_NOBODYS = re.compile(r"https?://(?:[\w-]+\.)*(?:example\.(?:cn|com|org|net)|example)(?=[:/?#]|$)", re.I)


def _reading(value: Any) -> Any:
    """``.price``, a list of rules, or ``{css: .price, required: true}`` as the fields of a Reading."""
    if isinstance(value, (Reading, type(None))):
        return value
    if not isinstance(value, dict) or (len(value) == 1 and next(iter(value)) in LANGUAGES):
        return {"rules": value}
    if "rules" in value:
        return value
    for key in value:
        if key not in (*LANGUAGES, "required"):
            raise ValueError(unknown_key(key, (*LANGUAGES, "required")))
    written = [{key: part} for key in LANGUAGES if key in value for part in listed(value[key])]
    if not written:
        raise ValueError("没有写规则，例如 {css: .price, required: true}")
    return {"rules": written, "required": value.get("required", False)}


def _starts(value: Any) -> Any:
    """The list of starts; a mapping of no known kind is told how to be written."""
    entries = listed(value)
    for entry in entries:
        if isinstance(entry, dict) and entry and not STARTS.keys() & entry.keys():
            key, said = next(iter(entry.items()))
            if isinstance(said, str) and said.startswith("http"):
                raise ValueError(f"起始地址直接写网址，前面不用“{key}:”，改成：- {said}")
    return entries


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


class SitemapStart(_Part):
    """A site map (sitemap.xml): its addresses are items; those changed since the last visit come first."""

    sitemap: Address = Field(
        title="站点地图", description="sitemap.xml 的地址，索引和 .gz 都可以；写 robots.txt 的地址则用其中列出的站点地图",
        examples=["https://a.cn/sitemap.xml"],
    )  # fmt: skip
    match: str = Field("", title="只取地址", description="正则表达式，只取地址里能找到它的", examples=["/item/"])

    @model_validator(mode="after")
    def _is_pattern(self) -> Self:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match 的“{self.match}”不是正确的正则表达式") from error
        return self


class FeedStart(_Part):
    """A feed (RSS, Atom or JSON Feed): its entries are items."""

    feed: Address = Field(
        title="订阅源", description="RSS、Atom 或 JSON Feed 的地址", examples=["https://a.cn/rss.xml"]
    )


Started = SearchStart | SitemapStart | FeedStart
STARTS: dict[str, type[Started]] = {"search": SearchStart, "sitemap": SitemapStart, "feed": FeedStart}
"""The key that tells a start's kind → its model."""


def _start_tag(value: Any) -> str:
    if isinstance(value, Started):
        return type(value).__name__
    if isinstance(value, dict):
        return next((model.__name__ for key, model in STARTS.items() if key in value), SearchStart.__name__)
    return "str"


Start = Annotated[
    Annotated[Address, Tag("str")]
    | Annotated[SearchStart, Tag("SearchStart")]
    | Annotated[SitemapStart, Tag("SitemapStart")]
    | Annotated[FeedStart, Tag("FeedStart")],
    Discriminator(_start_tag),
]


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
        pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$",
        title="时段",
        description="只在这个时段访问",
        examples=["08:00-20:00"],
    )


class States(_Part):
    """What a page may be instead of a normal one: words on the page, ``css: …`` or ``status: 404``."""

    gone: Signs = Field((), title="已下架", description="页面已删除或商品已下架的标志", examples=[["商品已下架"]])
    logged_out: Signs = Field(
        (), title="需登录", description="要求登录的标志；出现就暂停这个站点", examples=[["请先登录"]]
    )
    blocked: Signs = Field(
        (), title="被拦截", description="验证码等标志；出现就停止并报告，不规避", examples=[["验证码"]]
    )


class Reading(_Part):
    """Where one field stands: rules tried in order, and whether a page without it counts as unread."""

    rules: Rules = Field(title="规则", description="依次尝试，先有结果者为准", examples=[[".price"]])
    required: Truth = Field(False, title="必需", description="缺了就记为没读到", examples=["true"])


MaybeReading = Annotated[Reading | None, BeforeValidator(_reading)]


def _field(title: str, said: str, example: str) -> Any:
    return Field(None, title=title, description=said, examples=[example])


class Extract(_Part):
    """Where each field stands. What is left out is looked for in JSON-LD, microdata, OpenGraph and the main text."""

    title: MaybeReading = _field("标题", "页面或商品的名称", "h1.goods-title")
    text: MaybeReading = _field("正文", "要与作品比对的文字", "'#detail'")
    description: MaybeReading = _field("简介", "正文以外的说明文字", ".intro")
    author: MaybeReading = _field("作者", "文章署名", ".writer")
    seller: MaybeReading = _field("卖家或账号", "店铺、账号或发布者的名称", ".shop-name")
    seller_url: MaybeReading = _field("卖家地址", "店铺或账号主页的地址", ".shop-name@href")
    price: MaybeReading = _field("价格", "以元计", ".price | number")
    sales: MaybeReading = _field("销量", "已售件数，1.2万+ 记为至少 12000", ".sold | number")
    views: MaybeReading = _field("播放或浏览量", "次数", ".plays | number")
    published: MaybeReading = _field("发布时间", "“3天前”从取证时间起算", ".time | date")
    tags: MaybeReading = _field("标签", "话题或标签，可有多个", ".tag")
    images: MaybeReading = _field("图片", "图片地址，可有多个", "img@src")
    footer: MaybeReading = _field("页脚", "备案号、许可证号所在处", "footer")

    @cached_property
    def rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules of each field that has any."""
        return {name: reading.rules for name, reading in self._readings()}

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(name for name, reading in self._readings() if reading.required)

    def _readings(self) -> Iterator[tuple[str, Reading]]:
        for name in type(self).model_fields:
            reading = getattr(self, name)
            if reading is not None:
                yield name, reading


class Expect(_Part):
    """What a healthy run of this site looks like; less makes the site yellow (站点可能已改版)."""

    fields: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        title="字段比例",
        description="读到这个字段的页面应占多少（0 到 1），直接写 字段: 比例",
        examples=["price: 0.95"],
    )
    items_per_run: str = Field(
        "",
        pattern=r"^$|^\d+\.\.\d+$",
        title="每次条数",
        description="一次巡查读到的页面数应在什么范围",
        examples=["20..400"],
    )

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or "fields" in raw:
            return raw
        unknown = [key for key in raw if key not in (*Extract.model_fields, "items_per_run")]
        if unknown:
            raise ValueError(unknown_key(unknown[0], (*Extract.model_fields, "items_per_run")))
        fields = {key: value for key, value in raw.items() if key != "items_per_run"}
        return {"fields": fields} | ({"items_per_run": raw["items_per_run"]} if "items_per_run" in raw else {})

    @property
    def items(self) -> tuple[int, int] | None:
        """The least and the most pages of a run."""
        low, dots, high = self.items_per_run.partition("..")
        return (int(low), int(high)) if dots else None


EXTRACT_HELP = {
    name: (str(field.title), str(field.description), str((field.examples or [""])[0]))
    for name, field in Extract.model_fields.items()
}
"""Field → title, help, example."""


class SiteFile(_Part):
    """A site (站点): how to find its pages and how to read them."""

    name: str = Field(min_length=1, title="站点名称", description="执法人员怎么称呼它", examples=["小城书市"])
    kind: Annotated[PageKind, BeforeValidator(lambda v: PageKind.parse(str(v)))] = Field(
        title="页面类型",
        description="listing 商品、video 视频、post 帖子、article 文章、share 网盘分享、collectible 数字藏品",
        examples=["listing"],
    )
    fields: Fields = Field((), title="领域", description="重点目录里的领域，可有多个", examples=[["图书"]])
    home: Address | Literal[""] = Field(
        "", title="主页", description="站点主页，备案号和许可证号从这里读", examples=["https://books.example.cn/"]
    )
    verified: Day = Field(None, title="核对日期", description="最近一次有人核对这个文件的日期", examples=["2026-11-20"])
    start: Annotated[tuple[Start, ...], BeforeValidator(_starts)] = Field(
        title="起始地址",
        description="从哪里开始；{1..5} 展开成一串地址，{1..} 一直数到没有新内容；search 按作品名搜索；sitemap、feed 读站点地图和订阅源",
        examples=[["https://a.cn/list?page={1..5}"]],
    )
    crawl: CrawlMode = Field(
        "automatic", title="走法", description="；".join(CRAWL_WORDS.values()), examples=["pagination_only"]
    )
    items: Rules = Field(
        (), title="条目链接", description="列表页上通往正文页的链接；写几条就都算", examples=[".goods-card a@href"]
    )
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
    steps: Steps = Field(
        (),
        title="条目页操作",
        description="读条目页之前在浏览器里做的操作（需 render: browser）：浏览器“录制器”导出的 JSON 文件名，或几行动作（见下）",
        examples=["recorded/open-details.json"],
    )
    list_steps: Steps = Field(
        (),
        title="列表页操作",
        description="读列表页之前做的操作，写法同 steps（需 render: browser）",
        examples=["[click_if_there: .popup .close, wait_for: .list]"],
    )
    load_more: Element = Field(
        "",
        title="加载更多按钮",
        description="列表页上的“加载更多”按钮，反复点到没有新条目为止；最多点 scroll 次，不写 scroll 则 50 次（需 render: browser）",
        examples=[".load-more"],
    )
    load: Loads = Field(
        (),
        title="另外加载",
        description="浏览器默认不加载 images 图片、fonts 字体、media 音视频；要哪样写哪样（需 render: browser）",
        examples=[["images", "fonts"]],
    )
    pace: Pace = Field(Pace(), title="节奏", description="访问的快慢和时段", examples=[{"delay": 3}])
    states: States = Field(
        States(), title="页面状态", description="下架、要登录、被拦截的标志", examples=[{"gone": ["已下架"]}]
    )
    expect: Expect = Field(
        Expect(),
        title="预期",
        description="正常时各字段读到的比例和每次条数；达不到就提示站点可能已改版",
        examples=["{title: 1.0, price: 0.95, items_per_run: 20..400}"],
    )
    robots_authority: str = Field(
        "",
        pattern=r"^$|.*\S.*[〔\[（(]\s*20\d\d\s*[〕\]）)].*\d+\s*号",
        title="不守 robots.txt 的依据",
        description="一般不写，一律遵守 robots.txt；确需例外，写上批准的文号，它会随每份取证保存并在巡查结果里列出",
        examples=["某版权局〔2026〕12号"],
    )
    allow_private: Words = Field(
        (),
        title="允许的内网地址",
        description="只有演示和测试才需要：允许访问的本机或内网 主机:端口",
        examples=[["127.0.0.1:8801"]],
    )
    sha256: str = Field("", title="文件摘要", description="由程序填写，不要写", examples=[""])

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses that the file names, as written: the home page, then one of each start, whatever its kind.

        Which host, page or login belongs to a site is told by these and by nothing else.
        """
        keys = {model: key for key, model in STARTS.items()}
        starts = (start if isinstance(start, str) else str(getattr(start, keys[type(start)])) for start in self.start)
        return (*filter(None, [self.home]), *starts)

    @property
    def front_page(self) -> str:
        """The home page, else the root of the first address that the file names."""
        return self.home or urljoin(self.addresses[0], "/")

    @property
    def is_example(self) -> bool:
        """Whether this is a sample to copy: all it names are addresses that belong to nobody (``example.cn`` and such)."""
        return all(_NOBODYS.match(address) for address in self.addresses)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.start:
            raise ValueError("start 里至少要有一个起始地址")
        for key in ("scroll", "steps", "list_steps", "load_more", "load"):
            if getattr(self, key) and self.render != "browser":
                raise ValueError(f"用了 {key} 就要写 render: browser")
        if self.crawl == "pagination_only" and not self.items:
            raise ValueError("crawl: pagination_only 需要写 items（列表页上条目的链接）")
        for address in self.start:
            written = address if isinstance(address, str) else ""
            if written.count("..}") > 1:
                raise ValueError(f"“{written}”里只能有一个没有终点的 {{1..}}")
        return self


def written_example(field: FieldInfo | None) -> str:
    """Return the field's example as it stands in a site file; "" when it has none."""
    example = field.examples[0] if field is not None and field.examples else ""
    if isinstance(example, list):
        return f"[{', '.join(map(str, example))}]"
    if isinstance(example, dict):
        return "{" + ", ".join(f"{key}: {part}" for key, part in example.items()) + "}"
    return str(example)
