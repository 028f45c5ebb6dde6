"""Saved HTML: reads one page that a browser saved; its address from the browser's comment, else from the page's own links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from patrol import clock
from spiders.reading.encoding import decode_page
from spiders.reading.page import Page
from spiders.reading.values import parse_date
from spiders.saved.saved_page import FILE_TIME, MAX_PAGE, Fault, SavedPage, Source, file_time, read_whole, web_address

MAX_FRAMES = 50
# Chrome, Edge and Internet Explorer; the number is the address's length.
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{4,5}\)\s*(\S+?)\s*-->", re.I)
_SINGLE_FILE = re.compile(r"Page saved with SingleFile\s+url:\s*(\S+)(?:\s+saved date:\s*([^\r\n<]+))?", re.I)
_ZONE_NAME = re.compile(r"\s*\([^)]*\)")


def read_html(source: Source) -> Iterator[SavedPage | Fault]:
    """Read the page, with the documents of its frames that the browser saved beside it."""
    body = read_whole(source, MAX_PAGE)
    text = decode_page(body)[0]
    url, by = address_in(text)
    at, said = _saved_at(text)
    yield SavedPage(
        "整个网页",
        body,
        url,
        by,
        at or file_time(source),
        said or FILE_TIME,
        (("Content-Type", "text/html"),),
        frames=tuple(_frames(source.companions)),
    )


def address_in(html: str) -> tuple[str, str]:
    """Find the address that a saved page carries, and where it stands; ("", "") when it carries none."""
    head = html[:200_000]
    for pattern in (_SAVED_FROM, _SINGLE_FILE):
        if (found := pattern.search(head)) and (url := web_address(found[1])):
            return url, "浏览器保存时的标注"
    page = Page("", html, clock.now())
    for path in (
        '//link[translate(@rel,"CANONICAL","canonical")="canonical"]/@href',
        '//meta[@property="og:url"]/@content',
    ):
        for value in page.nodes(path)[:3]:
            if url := web_address(str(value)):
                return url, "网页自带的规范网址"
    return "", ""


def _saved_at(html: str) -> tuple[datetime | None, str]:
    found = _SINGLE_FILE.search(html[:200_000])
    if not found or not found[2]:
        return None, ""
    # As JavaScript prints it: Tue Nov 24 2026 10:00:00 GMT+0800 (中国标准时间)
    words = _ZONE_NAME.sub("", found[2]).replace("GMT+", "+").replace("GMT-", "-")
    for form in ("%a %b %d %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f%z"):
        try:
            return datetime.strptime(words.strip(), form).astimezone(UTC), "浏览器保存时的标注"
        except ValueError:
            continue
    at = parse_date(words, clock.now())
    return at, "浏览器保存时的标注" if at else ""


def _frames(companions: tuple[Path, ...]) -> Iterator[bytes]:
    count = 0
    for path in companions:
        if path.suffix.lower() in (".html", ".htm", ".xhtml") and count < MAX_FRAMES:
            count += 1
            try:
                if path.stat().st_size <= MAX_PAGE:
                    yield path.read_bytes()
            except OSError:
                continue
