"""Site kind: tells what kind of pages a site has: goods, videos, posts, articles, shares or collectibles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patrol.vocabulary import PageKind
from spiders.reading.page import Page

# (kind, pattern, weight, the most that one page can count). Looked for in what a reader sees.
_WORDS: tuple[tuple[PageKind, str, float, int], ...] = (
    (PageKind.COLLECTIBLE, r"数字藏品|藏品|NFT|铸造|区块链|链上|上链|合约地址|发行方|token\s?id", 3.0, 3),
    (PageKind.SHARE, r"网盘|云盘|提取码|分享者|分享链接|转存|高速下载|文件大小|分享时间", 2.0, 3),
    (PageKind.VIDEO, r"播放|弹幕|视频|UP主|时长|集数|观看次数|清晰度", 1.5, 3),
    (PageKind.POST, r"楼主|回复|回帖|发帖|跟帖|帖子|沙发|论坛|版块|贴吧|话题|关注者|转发", 1.5, 4),
    (
        PageKind.LISTING,
        r"购物车|加入购物|立即购买|立即抢购|店铺|库存|包邮|运费|销量|已售|月销|发货|商品|add to (?:cart|basket)|in stock",
        1.5,
        4,
    ),
    (
        PageKind.ARTICLE,
        r"作者|责任编辑|来源|上一章|下一章|章节|目录|阅读|评论|发布时间|小说|新闻|上一篇|下一篇|连载",
        1.0,
        4,
    ),
)
_MARKUP: tuple[tuple[PageKind, str, float], ...] = (
    (PageKind.VIDEO, r"<video[\s>]|\"VideoObject\"|og:video|class=[\"'][^\"']*\b(?:video-?js|player|dplayer)\b", 3.0),
    (
        PageKind.LISTING,
        r"\"Product\"|schema\.org/Product|product:price|add-to-(?:cart|basket)|og:type\"? content=\"product",
        2.0,
    ),
    (
        PageKind.ARTICLE,
        r"\"(?:News)?Article\"|\"BlogPosting\"|\"Chapter\"|og:type\"? content=\"(?:article|novel)|<article[\s>]",
        1.5,
    ),
    (
        PageKind.POST,
        r"\"DiscussionForumPosting\"|class=[\"'][^\"']*\b(?:reply|replies|thread|post-?body|floor|lou|quote)\b|viewthread",
        2.0,
    ),
)
_MONEY = re.compile(r"[¥￥]\s*\d|\d\s*元(?!素|旦|宝|气)")
MIN_ARTICLE_LENGTH = 400
"""Characters of prose on a page that make it one to read."""


def kind_of(pages: Sequence[Page], prose: float, priced: float) -> tuple[PageKind, str]:
    """Tell the kind and why, in Chinese. ``prose``: usual characters of main text; ``priced``: share of pages with a
    price."""
    marks = dict.fromkeys(PageKind, 0.0)
    seen: dict[PageKind, set[str]] = {kind: set() for kind in PageKind}
    for page in pages:
        for kind, pattern, weight, most in _WORDS:
            words = {found.lower() for found in re.findall(pattern, page.visible[:20_000], re.I)}
            seen[kind] |= words
            marks[kind] += weight * min(len(words), most) / len(pages)
        for kind, pattern, weight in _MARKUP:
            marks[kind] += weight / len(pages) if re.search(pattern, page.html, re.I) else 0.0
    marks[PageKind.LISTING] += 3.0 * priced
    marks[PageKind.ARTICLE] += 2.0 if prose >= MIN_ARTICLE_LENGTH else 0.5
    best = max(PageKind, key=lambda kind: marks[kind])
    because = "、".join(sorted(seen[best], key=len, reverse=True)[:4])
    if best is PageKind.LISTING and priced:
        because = "、".join(filter(None, ["有价格", because]))
    if best is PageKind.ARTICLE and not because:
        because = "大段文字"
    return best, because
