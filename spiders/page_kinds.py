"""Page kinds: name one spider a kind of page, so that ``scrapy list`` shows them and a site file can choose."""

from __future__ import annotations

from typing import ClassVar

from patrol.vocabulary import PageKind
from spiders.site_spider import SiteSpider


class ListingSpider(SiteSpider):
    """Goods on shop sites."""

    name = "listing"
    kind: ClassVar[PageKind] = PageKind.LISTING


class VideoSpider(SiteSpider):
    """Videos: title, description, tags, subtitles."""

    name = "video"
    kind: ClassVar[PageKind] = PageKind.VIDEO


class PostSpider(SiteSpider):
    """Posts in forums and on social platforms."""

    name = "post"
    kind: ClassVar[PageKind] = PageKind.POST


class ArticleSpider(SiteSpider):
    """Articles and chapters."""

    name = "article"
    kind: ClassVar[PageKind] = PageKind.ARTICLE


class ShareSpider(SiteSpider):
    """Netdisk share pages."""

    name = "share"
    kind: ClassVar[PageKind] = PageKind.SHARE


class CollectibleSpider(SiteSpider):
    """Digital collectibles."""

    name = "collectible"
    kind: ClassVar[PageKind] = PageKind.COLLECTIBLE
