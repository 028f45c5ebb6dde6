"""Spider loader: names every spider for Scrapy and imports the one that is asked for.

Scrapy's own imports all of ``spiders`` to find them, browser and PDF reader included, for a patrol that needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.utils.spider import iter_spider_classes

SPIDERS = {
    "article": "spiders.page_kinds",
    "collectible": "spiders.page_kinds",
    "listing": "spiders.page_kinds",
    "post": "spiders.page_kinds",
    "share": "spiders.page_kinds",
    "video": "spiders.page_kinds",
    "import": "spiders.saved.spider",
    "preview": "spiders.preview",
    "wizard": "spiders.wizard.visit",
}
"""Modules by name of spider."""


class SpiderTable:
    """The spiders of the table (``SPIDER_LOADER_CLASS``)."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        return cls()

    def load(self, spider_name: str) -> type[Spider]:
        """Import a spider. Raises KeyError for a name that is not in the table."""
        classes = iter_spider_classes(import_module(SPIDERS[spider_name]))
        return next(spider for spider in classes if spider.name == spider_name)

    def find_by_request(self, request: Request) -> Sequence[str]:
        """List no spider: which one reads a page is for the site file to say."""
        return ()

    def list(self) -> Sequence[str]:
        """List the names of all spiders."""
        return tuple(SPIDERS)
