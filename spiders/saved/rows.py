"""Export reader: reads each row of a platform's table as one page, by column heads in Chinese or English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from patrol.errors import InputError
from patrol.items import Extracted
from patrol.text.sheets import check_archive, read_rows
from patrol.vocabulary import PageKind
from spiders.reading.extract import typed
from spiders.reading.page import Page
from spiders.saved.saved_page import FILE_TIME, MAX_PAGES, Fault, SavedPage, Source, file_time, web_address

HEADS: dict[str, tuple[str, ...]] = {
    "title": (
        "标题", "商品名称", "商品标题", "宝贝标题", "宝贝名称", "名称", "品名", "商品名", "视频标题", "作品标题", "作品名称",
        "帖子标题", "文章标题", "书名", "笔记标题", "name", "product name", "product title", "item name", "subject",
    ),
    "text": (
        "正文", "内容", "文本", "全文", "帖子内容", "文章内容", "笔记内容", "字幕", "评论内容", "content", "body", "caption",
    ),
    "description": (
        "描述", "详情", "简介", "商品描述", "商品详情", "宝贝描述", "宝贝详情", "视频简介", "视频描述", "说明", "desc", "detail",
        "details", "summary",
    ),
    "price": (
        "价格", "售价", "单价", "现价", "商品价格", "销售价", "券后价", "到手价", "成交价", "一口价", "sale price", "unit price",
    ),
    "seller": (
        "店铺", "卖家", "店铺名称", "店铺名", "店名", "商家", "商家名称", "掌柜", "卖家昵称", "卖家名称", "账号", "账号名称",
        "发布者", "发布人", "博主", "up主", "主播", "昵称", "用户名", "用户昵称", "卖家或账号", "shop", "shop name", "store",
        "store name", "vendor", "account", "user", "username", "nickname",
    ),
    "seller_url": (
        "店铺链接", "店铺地址", "店铺网址", "卖家链接", "卖家地址", "主页", "主页链接", "账号主页", "用户主页", "shop url", "store url",
    ),
    "author": ("作者", "署名", "作者名称", "writer"),
    "url": (
        "链接", "网址", "地址", "商品链接", "商品网址", "商品地址", "宝贝链接", "宝贝地址", "视频链接", "帖子链接", "文章链接",
        "笔记链接", "详情链接", "作品链接", "网页地址", "link", "href", "item url", "product url", "product link",
    ),
    "sales": (
        "销量", "已售", "月销量", "月销", "总销量", "销售量", "成交量", "付款人数", "售出", "已售数量", "sold", "sales volume",
        "orders",
    ),
    "views": ("播放量", "播放数", "浏览量", "浏览数", "阅读量", "阅读数", "点击量", "点击数", "播放", "浏览", "plays", "view count", "reads"),
    "published": (
        "发布时间", "发布日期", "上架时间", "上架日期", "发表时间", "创建时间", "日期", "时间", "publish time", "published at", "date",
        "created at", "publish date",
    ),
    "tags": ("标签", "话题", "关键词", "关键字", "类目", "分类", "tag", "keywords", "hashtags"),
    "images": ("图片", "主图", "图片链接", "主图链接", "封面", "封面链接", "image", "image url", "cover", "picture"),
}  # fmt: skip
"""Field (``url`` is the page's address) → how people head its column, besides the field's own name."""

_SEARCHED = 20
"""Rows within which the heads must stand: platforms put a title and the period above them."""


def _plain(head: str) -> str:
    return re.sub(r"[\s_\-*：:]", "", head).casefold()


_BY = {_plain(head): field for field, heads in HEADS.items() for head in (field, *heads)}
_SPLIT = re.compile(r"[,，、;；|\n\t]+|\s#|(?:^|\s)(?=https?://)")
_BARE = re.compile(r"(?://)?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:[:/?]|$))", re.I)
"""An address written without its scheme: ``item.example.cn/1``, ``//item.example.cn/1``."""

_UNIT = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")


def field_of(head: str, said: Mapping[str, str]) -> str:
    """Name the field that a column of this head fills; "" for none. What the person said (``--map``) comes first; a
    unit in brackets does not count: 价格（元）."""
    if head in said:
        return said[head]
    for form in (head, _UNIT.sub("", head)):
        if found := _BY.get(_plain(form)):
            return found
    return ""


def read_table(source: Source) -> Iterator[SavedPage | Fault]:
    """Read one page a row. Raises InputError when no row can be read as heads."""
    try:
        if source.path.suffix.lower() in (".xlsx", ".xlsm"):
            check_archive(source.path)
        rows = read_rows(source.path, MAX_PAGES + _SEARCHED + 1)
    except InputError as error:
        raise InputError(str(error).removeprefix(f"{source.path.name}：")) from error
    first, fields = _heads(rows, source.columns)
    heads = rows[first][1]
    at = file_time(source)
    for number, cells in rows[first + 1 :][:MAX_PAGES]:
        place = f"第{number}行"
        values = {head or f"第{n}列": cell for n, (head, cell) in enumerate(zip(heads, cells, strict=False), 1) if cell}
        extracted, url = _read(heads, fields, cells, at)
        if not (extracted.title or extracted.text or extracted.description or url):
            yield Fault(place, "标题、正文、描述、链接都没有，未导入这一行", lost=False)
            continue
        body = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")
        yield SavedPage(
            place, body, url, "表格里的链接" if url else "", at, FILE_TIME,
            (("Content-Type", "application/json; charset=utf-8"),), extracted=extracted, kind=PageKind.LISTING,
        )  # fmt: skip
    if len(rows) - first - 1 > MAX_PAGES:
        yield Fault("", f"超过 {MAX_PAGES} 行，后面的没有导入，请拆成几个文件")


def _heads(rows: list[tuple[int, list[str]]], said: Mapping[str, str]) -> tuple[int, list[str]]:
    """Which row holds the heads, and the field of each of its columns: the first of the most telling among the top rows."""
    best, fields = -1, [""]
    for index, (_, cells) in enumerate(rows[:_SEARCHED]):
        here: list[str] = []
        for cell in cells:
            found = field_of(cell, said) if len(cell) <= 40 else ""
            here.append("" if found in here else found)
        if sum(map(bool, here)) > sum(map(bool, fields)):
            best, fields = index, here
    missing = [head for head in said if best < 0 or head not in rows[best][1]]
    if missing:
        raise InputError(f"表头里没有“{'、'.join(missing)}”这一列，请核对 --map")
    if best < 0 or not {"title", "text", "description", "url"} & set(fields):
        shown = "、".join(cell[:20] for cell in rows[0][1][:8] if cell)
        raise InputError(f"认不出表头（第一行是：{shown}）。请用 --map 指明，例如 --map 商品=标题")
    return best, fields


def _read(heads: list[str], fields: list[str], cells: list[str], at: datetime) -> tuple[Extracted, str]:
    page = Page("", "", at)
    values: dict[str, object] = {}
    rules: list[tuple[str, str]] = []
    extra: list[tuple[str, str]] = []
    url = ""
    for head, field, cell in zip(heads, [*fields, *[""] * len(heads)], cells, strict=False):
        if not cell:
            continue
        if field == "url":
            bare = _BARE.match(cell)
            url = web_address(f"https://{cell[bare.end() :]}" if bare else cell)
            if not url:
                extra.append((head, cell[:2000]))
            continue
        parts = [part.strip(" #") for part in _SPLIT.split(cell)] if field in ("tags", "images") else [cell]
        value = typed(field, parts, None, page) if field else {}
        if value:
            values |= value
            rules.append((field, f"表格“{head}”列"))
        else:
            extra.append((head or "无表头", cell[:2000]))
    return Extracted(**values, extra=tuple(extra[:100]), rules=tuple(rules)), url  # type: ignore[arg-type]
