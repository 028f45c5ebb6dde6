"""Saved-page reader: reads a saved page as a spider reads a fetched one, with the documents that it showed in frames."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from patrol.items import Extracted
from spiders.reading import maintext
from spiders.reading.extract import Extractor
from spiders.reading.page import Page

MAX_FRAME_TEXT = 200_000


async def read_page(extractor: Extractor, page: Page, frames: tuple[bytes, ...]) -> Extracted:
    """Read all fields of the page; the text of its frames (shops show a product's details in one) is put below its own."""
    extracted = await extractor.read(page)
    if not frames:
        return extracted
    texts = await asyncio.to_thread(_texts, page, frames)
    more = [text for text in dict.fromkeys(texts) if text not in extracted.text]
    if not more:
        return extracted
    return replace(extracted, text="\n".join(filter(None, (extracted.text, *more))))


def _texts(page: Page, frames: tuple[bytes, ...]) -> list[str]:
    texts = []
    left = MAX_FRAME_TEXT
    for body in frames:
        text = Page.from_bytes(page.url, body, "", page.captured_at).visible
        if len(text) >= maintext.MIN_TEXT and left > 0:
            texts.append(text[:left])
            left -= len(text)
    return texts
