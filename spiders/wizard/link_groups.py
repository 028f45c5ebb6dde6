"""Link groups: tell whether the pages behind a group of links are lists, items, or neither, by comparing them."""

from __future__ import annotations

import re
from statistics import median
from urllib.parse import urlsplit

from spiders.reading.page import Page
from spiders.url_expansion import canonical
from spiders.wizard.shapes import MIN_LINKS, Group, common, fits, groups

MAX_GROUPS = 6
"""Groups of a page that are looked at."""

MAX_LISTS = 40
"""Lists of a group that a site file names one by one."""


def urls(page: Page) -> set[str]:
    return {page.absolute(node.get("href") or "") for node in page.root.iter("a")}


def is_same(one: Group, other: Group) -> bool:
    return one.shape == other.shape or len(one.urls & other.urls) > len(one.urls) // 2


def are_lists(probes: list[Page], group: Group, before: Page) -> bool:
    """Tell whether the pages' own part is mostly links of another shape than their own: lists, or books of chapters."""
    marks = 0
    for page in probes:
        others = [other for other in (*probes, before) if other is not page]
        frame = {canonical(url) for other in others for url in urls(other)}
        shared = common([page, *others])
        own = sum(len(line) for line in page.visible.split("\n") if line not in shared)
        best = 0
        for inner in groups(page)[:MAX_GROUPS]:
            fresh = [link for link in inner.links if canonical(link.url) not in frame]
            if not fits(fresh[0].url, group.shape) if fresh else False:
                linked = sum(len(link.words) for link in fresh)
                if len(fresh) >= MIN_LINKS and linked / len(fresh) >= 3 and inner.score > 1.0:
                    best = max(best, linked)
        marks += best > 0.3 * own
    return marks * 2 > len(probes) or (
        len(probes) == 2 and marks == 1 and len(group.links) <= MAX_LISTS and _wordy(group) < 5
    )


def _wordy(group: Group) -> float:
    return float(median(len(link.words) for link in group.links))


def are_items(probes: list[Page], group: Group) -> bool:
    """Tell whether the pages have something of their own: a title of the words that led there, or some text."""
    named = {canonical(link.url): link.words for link in group.links}
    for page in probes:
        words = re.sub(r"\s+", "", named.get(canonical(page.url), ""))[:12].rstrip(".…")
        heads = "".join("".join(node.itertext()) for tag in ("title", "h1", "h2") for node in page.root.iter(tag))
        shared = common(probes) if len(probes) > 1 else set()
        own = sum(len(line) for line in page.visible.split("\n") if line not in shared)
        if (words and words in re.sub(r"\s+", "", heads)) or own >= 80:
            return True
    return False


def named(pages: list[Page], group: Group) -> tuple[list[Page], list[str]]:
    words = {canonical(link.url): link.words for link in group.links}
    return pages, [words.get(canonical(page.url), "") for page in pages]


def site_name(page: Page, items: list[Page]) -> str:
    """Find what the site calls itself: the part of the title that its pages share, else the host."""
    said = next((str(value) for value in page.nodes('//meta[@property="og:site_name"]/@content')), "").strip()
    titles = ["".join(node.itertext()).strip() for one in (page, *items) for node in list(one.root.iter("title"))[:1]]
    parts = [
        set(filter(None, (part.strip() for part in re.split(r"\s*[-_|–—·|｜]\s*|\s+", title)))) for title in titles
    ]
    shared = [
        part
        for part in (parts[0] if parts else ())
        if sum(1 for other in parts[1:] if part in other) >= max(1, len(parts) // 2)
        and part.lower() not in ("powered", "by", "the", "home", "首页", "列表")
    ]
    name = (
        said
        or max(shared, key=lambda part: len(part.encode()), default="")
        or (titles[0] if titles else "")
        or urlsplit(page.url).netloc
    )
    return " ".join(name.split())[:30]
