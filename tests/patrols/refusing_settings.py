"""Scrapy settings of the project, with a first pipeline that lets no page through whose address ends in ``/refused``."""

from typing import Any

from scrapy.exceptions import DropItem

from patrol.items import PageItem
from settings import *  # noqa: F403
from settings import ITEM_PIPELINES as OURS


class Refusing:
    def process_item(self, item: Any) -> Any:
        if isinstance(item, PageItem) and item.url.endswith("/refused"):
            raise DropItem("refused")
        return item


ITEM_PIPELINES = OURS | {"tests.patrols.refusing_settings.Refusing": 50}
