"""The spider of ``patrol sites new``: opens a page and a handful that it leads to, and yields one ``Draft``.

It asks by the same door as every patrol (guard, robots.txt, pace). What a page is, it tells by comparing pages: what
several of them share is the site's frame; a page whose own part is a list of links of another shape is a list.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response

from patrol.directory import Rule, SiteFile
from patrol.directory.site_draft import Draft, DraftField
from patrol.items import Extracted
from patrol.nouns import PageKind
from spiders import browser
from spiders.addresses import canonical
from spiders.extract import CompiledRule, Extractor
from spiders.page import Page
from spiders.site_spider import SiteSpider
from spiders.survey import fields, kinds, paging
from spiders.survey.selectors import selectors
from spiders.survey.shapes import FEWEST, Group, common, fits, groups

MOST_OPENED = 30
MOST_GROUPS = 6
MOST_LISTS = 40
SAMPLES = 6
THIN = 60
"""Visible characters under which a page is taken to be built by scripts."""


@dataclass
class _Found:
    """What is known of the site so far. ``lists``: list pages looked at; ``starts``: addresses to begin from."""

    group: Group | None = None
    items: list[Page] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lists: list[Page] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)


class SurveySpider(SiteSpider):
    """``scrapy crawl survey -a url=ADDRESS [-a render=browser] [-a allow=HOST:PORT]``."""

    name = "survey"
    kind: ClassVar[PageKind] = PageKind.ARTICLE

    def __init__(self, url: str = "", render: str = "http", allow: str = "", **options: Any) -> None:
        self._url = url
        self._render = render
        self._allow = tuple(filter(None, allow.split(",")))
        self._opened: list[str] = []
        self._refused_why: list[str] = []
        super().__init__(site="new", **options)

    def _load_file(self) -> SiteFile:
        pace = {"delay": 0, "at_once": 4} if self._allow else {"delay": 1}
        return SiteFile.model_validate(
            {"name": "new", "kind": "article", "start": self._url, "render": self._render, "pace": pace}
            | ({"allow_private": self._allow} if self._allow else {})
        )

    async def start(self) -> AsyncIterator[Any]:
        if self.file.render == "browser" and self._browser is None:
            raise CloseSpider("no_browser")
        yield Request(
            self._url, callback=self.look, errback=self.unreachable, dont_filter=True,
            meta={"handle_httpstatus_all": True, **(browser.request_meta() if self._browser else {})},
        )  # fmt: skip

    def unreachable(self, failure: Any) -> list[Draft]:
        browser.abandon(getattr(failure, "request", None))
        if isinstance(failure.value, IgnoreRequest):
            said = str(failure.value)
            why = "网站的 robots.txt 不允许访问" if "robots" in said.lower() else "这个地址在本机或内网，不能访问" if "private" in said else said
        else:
            why = f"没有连上网站（{type(failure.value).__name__}）"
        return [Draft(url=self._url, problem=why)]

    async def look(self, response: Response) -> AsyncIterator[Any]:
        page = await self._page_of(response)
        if page is None:
            yield Draft(url=self._url, problem="这个地址不是网页")
            return
        if response.status >= 400:
            yield Draft(url=self._url, problem=f"网站返回错误 {response.status}")
            return
        if self._browser is None and len(page.visible) < THIN and not groups(page):
            yield Draft(url=self._url, thin=True, problem="页面几乎是空的，可能要用浏览器打开")
            return
        found = await self._search(page)
        yield await self._draft(page, found)

    # -- finding the items --------------------------------------------------------------------------------------------

    async def _search(self, page: Page) -> _Found:
        """The items: linked from this page, or from the lists that this page links to."""
        found = _Found()
        lists: list[tuple[Group, list[Page]]] = []
        tried: list[Group] = []
        for group in groups(page):
            if len(tried) >= MOST_GROUPS or any(_is_same(group, other) for other in tried):
                continue
            tried.append(group)
            probes = await self._probe(group, 2)
            if not probes:
                continue
            if _are_lists(probes, group, page):
                lists.append((group, probes))
            elif found.group is None and _are_items(probes, group):
                found.group, found.items, found.words = group, *_named(probes, group)
                found.lists, found.starts = [page], [page.url]
            if found.group is not None and (paging.next_ways(page) or lists or group.score < 0.35 * tried[0].score):
                break
        if found.group is None or not paging.next_ways(page):
            for group, probes in lists:
                await self._search_below(page, group, probes, found)
                if found.group is not None and len(found.starts) > 1:
                    break
        return found

    async def _search_below(self, page: Page, lists: Group, probes: list[Page], found: _Found) -> None:
        """Items on the lists of a group: begin from all of those lists."""
        frame = {canonical(link) for link in _urls(page)}
        for below in probes:
            for group in groups(below)[:MOST_GROUPS]:
                if _is_same(group, lists) or len(group.urls - frame) < FEWEST:
                    continue
                if found.group is not None and group.shape != found.group.shape:
                    continue
                seen = await self._probe(group, 2)
                if seen and not _are_lists(seen, group, below) and _are_items(seen, group):
                    if found.group is None:
                        found.items, found.words = _named(seen, group)
                    found.group = group
                    found.lists = [below, *(other for other in probes if other is not below), *found.lists]
                    # A page that shows only some of the items is left out: each of its lists shows all of its own.
                    found.starts = [link.url for link in lists.links[:MOST_LISTS]]
                    return

    async def _probe(self, group: Group, count: int) -> list[Page]:
        """Some of a group's pages, spread over it; those that lead elsewhere are left out."""
        links = group.links
        chosen = dict.fromkeys(links[round((len(links) - 1) * (n + 1) / (count + 1))].url for n in range(count))
        pages = [await self._open(url) for url in chosen]
        return [page for page in pages if page is not None and fits(page.url, group.shape)]

    # -- putting it together ------------------------------------------------------------------------------------------

    async def _draft(self, page: Page, found: _Found) -> Draft:
        host = urlsplit(page.url)
        base: dict[str, Any] = {
            "url": self._url, "render": self._render, "allow_private": self._allow,
            "home": f"{host.scheme}://{host.netloc}/", "name": _site_name(page, found.items),
        }  # fmt: skip
        notes: list[str] = []
        if found.group is None:
            if len(page.visible) < THIN and self._browser is None:
                return Draft(url=self._url, thin=True, problem="页面几乎是空的，可能要用浏览器打开")
            if len(page.visible) < THIN:
                return Draft(url=self._url, problem="用浏览器打开，页面还是几乎空的，可能要先登录或点开才有内容；请换成列表页的网址")
            notes.append("没有在这一页找到成批的条目，只把它当作一个正文页；要巡查一批，请换成列表页的地址再试")
            about = await self._about([page], [""], [])
            return Draft(**base, **about, start=(page.url,), crawl="direct", notes=tuple(notes), opened=tuple(self._opened))
        first = found.lists[0]
        following, ranged, second = await self._paging(first, found)
        lists = [*found.lists, *([second] if second else [])]
        items = _items_rule(found.group, lists)
        scroll = await self._scroll(first, items) if not following and not ranged else 0
        await self._more_items(found, first)
        starts = ranged or list(found.starts)
        if not items:
            notes.append("没有找到能只选中条目的规则，请自己写 items")
        if not following and not ranged and not scroll:
            notes.append("没有找到下一页。如果列表不止一页，请自己写 next，或在 start 里写 {1..5} 这样的页码")
        if len(found.starts) >= MOST_LISTS:
            notes.append(f"分类很多，只写了前 {MOST_LISTS} 个")
        about = await self._about(found.items, found.words, found.lists)
        return Draft(
            **base, **about, start=tuple(_folded(starts)), crawl="pagination_only" if items else "automatic",
            items=items, links=len(found.group.links), next=following, scroll=scroll, notes=tuple(notes),
            opened=tuple(self._opened),
        )  # fmt: skip

    async def _paging(self, first: Page, found: _Found) -> tuple[str, list[str], Page | None]:
        """The rule for the next page, or start addresses with a range of numbers, and the second page seen."""
        for listed in [first, *found.lists[1:3]]:
            ways = paging.next_ways(listed)
            if not ways:
                continue
            second = await self._open(ways[0].url)
            if second is None:
                continue
            same = [way for way in ways if canonical(way.url) == canonical(ways[0].url)]
            if way := paging.confirmed(same, second, listed):
                return f"{way.rule}", [], second
            ranged = paging.numbered_range(listed, ways[0].url)
            if ranged and len(found.starts) == 1:
                return "", [ranged], second
        return "", [], None

    async def _scroll(self, first: Page, items: str) -> int:
        """Whether scrolling a browser's list brings more items."""
        if self._browser is None or not items:
            return 0
        run = CompiledRule(Rule.parse(items))
        further = await self._open(first.url, [run], 2, again=True)
        return 50 if further is not None and len(run(further)) > len(run(first)) else 0

    async def _more_items(self, found: _Found, first: Page) -> None:
        """Further items, so that a rule is not made from two pages."""
        assert found.group is not None
        known = {canonical(page.url) for page in found.items}
        links = found.group.links
        step = max(1, len(links) // SAMPLES)
        for link in (*links[::step], *links):
            if len(found.items) >= SAMPLES or len(self._opened) >= MOST_OPENED:
                return
            if canonical(link.url) in known:
                continue
            known.add(canonical(link.url))
            page = await self._open(link.url)
            if page is not None and fits(page.url, found.group.shape):
                found.items.append(page)
                found.words.append(link.words)

    async def _about(self, items: list[Page], words: list[str], lists: list[Page]) -> dict[str, Any]:
        """Kind, rules for fields, and the rule for a text's next page."""
        plain = Extractor(SiteFile.model_validate({"name": "x", "kind": "article", "start": self._url}))
        read = [await plain.read(page) for page in items]
        price = None if _given(read, "price") else fields.price(items)
        priced = 1.0 if price else sum(1 for one in read if one.price is not None) / len(read)
        prose = median(len(one.text) for one in read)
        kind, because = kinds.kind_of([*items, *lists[:1]], prose, priced)
        proposed = _proposals(items, words, read, kind)
        if price is not None and kind in (PageKind.LISTING, PageKind.COLLECTIBLE, PageKind.POST):
            proposed["price"] = DraftField(rule=price.rule, shown=price.shown)
        part = next((way for page in items if (way := paging.next_part(page))), None) if kind is PageKind.ARTICLE else None
        return {"kind": kind, "because": because, "fields": proposed, "next_part": part.rule if part else ""}

    # -- fetching -----------------------------------------------------------------------------------------------------

    async def _open(
        self, url: str, awaited: list[CompiledRule] | None = None, scrolls: int = 0, *, again: bool = False
    ) -> Page | None:
        """One page by the crawler's own door; None when it cannot be had, is no page, or enough were opened."""
        if len(self._opened) >= MOST_OPENED or (url in self._opened and not again):
            return None
        meta = browser.request_meta() if self._browser is not None else {}
        request = Request(url, dont_filter=True, meta=meta)
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever a site does, the survey goes on with the pages it has
            self.logger.info("没有取到 %s：%r", url, error)
            browser.abandon(request)
            return None
        if response.status >= 400:
            browser.abandon(request)
            return None
        return await self._page_of(response, awaited or [], scrolls)

    async def _page_of(self, response: Response, awaited: Sequence[CompiledRule] = (), scrolls: int = 0) -> Page | None:
        read = await self._read(response, list(awaited), scrolls)
        if read is None:
            return None
        self._opened.append(response.request.url if response.request else response.url)
        return read[1]


# -- judging ----------------------------------------------------------------------------------------------------------


def _urls(page: Page) -> set[str]:
    return {page.absolute(node.get("href") or "") for node in page.root.iter("a")}


def _is_same(one: Group, other: Group) -> bool:
    return one.shape == other.shape or len(one.urls & other.urls) > len(one.urls) // 2


def _are_lists(probes: list[Page], group: Group, before: Page) -> bool:
    """Whether the pages' own part is mostly links of another shape than their own: lists, or books of chapters."""
    marks = 0
    for page in probes:
        others = [other for other in (*probes, before) if other is not page]
        frame = {canonical(url) for other in others for url in _urls(other)}
        shared = common([page, *others])
        own = sum(len(line) for line in page.visible.split("\n") if line not in shared)
        best = 0
        for inner in groups(page)[:MOST_GROUPS]:
            fresh = [link for link in inner.links if canonical(link.url) not in frame]
            if not fits(fresh[0].url, group.shape) if fresh else False:
                linked = sum(len(link.words) for link in fresh)
                if len(fresh) >= FEWEST and linked / len(fresh) >= 3 and inner.score > 1.0:
                    best = max(best, linked)
        marks += best > 0.3 * own
    return marks * 2 > len(probes) or (len(probes) == 2 and marks == 1 and len(group.links) <= MOST_LISTS and _wordy(group) < 5)


def _wordy(group: Group) -> float:
    return float(median(len(link.words) for link in group.links))


def _are_items(probes: list[Page], group: Group) -> bool:
    """Whether the pages have something of their own: a title of the words that led there, or some text."""
    named = dict((canonical(link.url), link.words) for link in group.links)
    for page in probes:
        words = re.sub(r"\s+", "", named.get(canonical(page.url), ""))[:12].rstrip(".…")
        heads = "".join("".join(node.itertext()) for tag in ("title", "h1", "h2") for node in page.root.iter(tag))
        shared = common(probes) if len(probes) > 1 else set()
        own = sum(len(line) for line in page.visible.split("\n") if line not in shared)
        if (words and words in re.sub(r"\s+", "", heads)) or own >= 80:
            return True
    return False


def _named(pages: list[Page], group: Group) -> tuple[list[Page], list[str]]:
    words = {canonical(link.url): link.words for link in group.links}
    return pages, [words.get(canonical(page.url), "") for page in pages]


def _site_name(page: Page, items: list[Page]) -> str:
    """What the site calls itself: the part of the title that its pages share, else the host."""
    said = next((str(value) for value in page.nodes('//meta[@property="og:site_name"]/@content')), "").strip()
    titles = ["".join(node.itertext()).strip() for one in (page, *items) for node in list(one.root.iter("title"))[:1]]
    parts = [set(filter(None, (part.strip() for part in re.split(r"\s*[-_|–—·|｜]\s*|\s+", title)))) for title in titles]
    shared = [part for part in (parts[0] if parts else ()) if sum(1 for other in parts[1:] if part in other) >= max(1, len(parts) // 2)]
    name = said or max(shared, key=len, default="") or (titles[0] if titles else "") or urlsplit(page.url).netloc
    return " ".join(name.split())[:30]


def _items_rule(group: Group, lists: list[Page]) -> str:
    """The shortest rule that gives a list's items and nothing of another shape, on every list seen."""
    wanted: list[tuple[Page, frozenset[str]]] = []
    for page in lists:
        same = [one for one in groups(page) if one.shape == group.shape or one.signature == group.signature]
        if same:
            like = next((one for one in same if one.signature == group.signature), same[0])
            wanted.append((page, like.urls))
    best: tuple[float, str] | None = None
    for number, rule in enumerate(_candidates(group)):
        try:
            run = CompiledRule(Rule.parse(rule))
        except ValueError:
            continue
        recall = precision = 0.0
        for page, urls in wanted:
            given = {canonical(page.absolute(text)) for text in run(page)}
            good = {url for url in given if url in urls or ("w" not in group.shape.split("/") and fits(url, group.shape))}
            recall += len(urls & given) / len(urls) / len(wanted)
            precision += (len(good) / len(given) if given else 0.0) / len(wanted)
        mark = recall + 1.5 * precision - fields.cost(rule) - 0.0005 * number
        if recall >= 0.9 and precision >= 0.95 and (best is None or mark > best[0]):
            best = mark, rule
    return best[1] if best else ""


def _candidates(group: Group) -> list[str]:
    found: dict[str, None] = {}
    for link in (group.links[0], group.links[len(group.links) // 2], group.links[-1]):
        found |= dict.fromkeys(f"{selector}@href" for selector in selectors(link.node) if ":nth" not in selector)
    tests = _address_tests(group)
    if tests:
        whole = f"a{''.join(tests)}"
        found |= dict.fromkeys((f"{whole}@href", f"main {whole}@href"))
        found |= dict.fromkeys(f"{rule.removesuffix('@href')}{''.join(tests)}@href" for rule in list(found)[:30] if rule.endswith("a@href"))
    return list(found)


def _address_tests(group: Group) -> list[str]:
    """What all the group's addresses, as they are written, have and others may not: ``[href*="/item/"]``."""
    hrefs = [link.node.get("href") or "" for link in group.links]
    path, _, query = group.shape.partition("?")
    runs = [run for run in re.split(r"(?<=/)w(?=[/.]|$)|0", path) if len(run) >= 3]
    pieces = [piece for run in sorted(runs, key=len, reverse=True) for piece in (run, run.lstrip("/"))]
    pairs = [pair if re.fullmatch(r"\w+=[a-z]+", pair) else pair.partition("=")[0] + "=" for pair in query.split("&") if pair]
    kept = [piece for piece in pieces if len(piece) >= 3 and all(piece in href for href in hrefs)][:1]
    kept += [pair for pair in pairs if all(pair in href for href in hrefs)][:2]
    return [f'[href*="{piece}"]' for piece in kept if '"' not in piece]


def _given(read: list[Extracted], name: str) -> bool:
    """Whether the fallbacks give a field on most pages."""
    return sum(1 for one in read if getattr(one, name)) >= 0.8 * len(read)


def _proposals(items: list[Page], words: list[str], read: list[Extracted], kind: PageKind) -> dict[str, DraftField]:
    made: dict[str, DraftField] = {}
    for name in ("title", "text", "author", "seller", "seller_url", "price", "sales", "views", "published"):
        sources = [dict(one.rules).get(name, "") for one in read]
        if _given(read, name):
            shown = next(str(getattr(one, name)) for one in read if getattr(one, name))
            made[name] = DraftField(shown=shown, source=max(sources, key=sources.count))

    def propose(name: str, proposal: fields.Proposal | None) -> None:
        if proposal is not None:
            made[name] = DraftField(rule=proposal.rule, shown=proposal.shown)

    if not _titles_right(read, words):
        propose("title", fields.title(items, words))
    machine = made.get("text", DraftField()).source
    if not machine.startswith(("JSON-LD", "微数据")):
        propose("text", fields.text(items, [one.text for one in read], kind))
    if kind in (PageKind.LISTING, PageKind.POST, PageKind.VIDEO, PageKind.SHARE, PageKind.COLLECTIBLE):
        if "seller" not in made or made["seller"].source.endswith("brand.name"):
            proposal = fields.person(items, "seller")
            if proposal is None and kind in (PageKind.POST, PageKind.VIDEO, PageKind.SHARE) and "author" not in made:
                proposal = fields.person(items, "author")
            propose("seller", proposal)
        if made.get("seller") and made["seller"].rule and "seller_url" not in made:
            if address := fields.link_of(made["seller"].rule, items):
                made["seller_url"] = DraftField(rule=address)
    if kind in (PageKind.ARTICLE, PageKind.LISTING) and "author" not in made:
        propose("author", fields.person(items, "author", hints=kind is PageKind.ARTICLE))
    if kind is PageKind.LISTING:
        propose("sales", fields.count(items, "sales"))
    if kind in (PageKind.VIDEO, PageKind.POST, PageKind.ARTICLE) and "views" not in made:
        propose("views", fields.count(items, "views"))
    if "published" not in made:
        propose("published", fields.published(items, labelled=kind is PageKind.LISTING))
    return made


def _titles_right(read: list[Extracted], words: list[str]) -> bool:
    """Whether the titles that the fallbacks give are those of the links, on most pages where a link had any."""
    pairs = [(re.sub(r"\s+", "", one.title), re.sub(r"\s+", "", said).rstrip(".…")) for one, said in zip(read, words, strict=True)]
    right = sum(1 for title, said in pairs if title and (not said or title == said or title.startswith(said[:40]) and len(said) > 12))
    return right >= 0.6 * len(pairs) and len({title for title, _ in pairs}) > len(pairs) // 2


def _folded(starts: Sequence[str]) -> list[str]:
    """Addresses that differ by a running number only, as one with a range."""
    if len(starts) < 3 or any("{" in start for start in starts):
        return list(starts)
    split = [re.fullmatch(r"(.*?)(\d+)(\D*)", start) for start in starts]
    if all(split):
        heads = {(part[1], part[3]) for part in split if part}
        numbers = [int(part[2]) for part in split if part]
        if len(heads) == 1 and sorted(numbers) == list(range(min(numbers), max(numbers) + 1)):
            head, tail = heads.pop()
            return [f"{head}{{{min(numbers)}..{max(numbers)}}}{tail}"]
    return list(starts)
