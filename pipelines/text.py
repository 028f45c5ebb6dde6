"""Step 2, text: makes what was read off the page fit to store, so that every later offset is into kept text."""

from __future__ import annotations

from dataclasses import replace

from patrol.items import PageItem
from patrol.processing.session import facts_of_item
from patrol.text.storage import storable_extraction


class TextPipeline:
    """Takes a kept PageItem, gives the PageFacts that are compared and judged; pages that are only kept pass by."""

    def process_item(self, item: object) -> object:
        if not isinstance(item, PageItem) or not item.is_compared:
            return item
        return facts_of_item(replace(item, extracted=storable_extraction(item.extracted)))
