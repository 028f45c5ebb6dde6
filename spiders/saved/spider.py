"""Import spider (``patrol import``): reads files instead of a site and yields what any spider does, one item a page.

It has no way to the network: its downloader knows no scheme but its own, which gives an empty answer. Everything that
takes time (reading, unpacking, PDF, main text) runs in threads; pages wait where the pipelines are behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from patrol import clock, crawl_stats
from patrol.config import Workspace
from patrol.directory import SiteBook, SiteFile
from patrol.errors import ConfigError, InputError
from patrol.items import Exchange, ImportedFile, Origin, PageItem
from patrol.patrols.importing import ImportFile, ImportJob, places_done
from patrol.tables.gone import gone_words
from patrol.vocabulary import IMPORTED, PageKind, PageState, RunStatus
from spiders.reading.extract import Extractor
from spiders.reading.page import Page
from spiders.reading.page_state import StateClassifier
from spiders.saved.formats import format_of
from spiders.saved.reading import read_page
from spiders.saved.saved_page import MAX_PAGES, Fault, SavedPage, Source
from spiders.url_expansion import canonical

MAX_SAID = 6
"""Faults of a file that are shown one by one; all stand in the log."""

KEPT_AHEAD = 16
"""Files whose bytes are kept together before the first of them is read: one fsync serves them all."""

_START = "saved://files"
_NO_NETWORK = dict.fromkeys(("http", "https", "file", "ftp", "s3", "data"))


class NothingToDownload(BaseDownloadHandler):
    """Answers the one request of the import spider, with nothing."""

    async def download_request(self, request: Request) -> Response:
        return Response(request.url)


class SavedContext:
    """How pages of one site are read: its rules and the signs of its states; without a site file by the fallbacks."""

    def __init__(self, name: str, site: SiteFile, root: Path) -> None:
        """``root``: the workspace, whose own words for what is gone count as well."""
        self.name = name
        self.site = site
        self.extractor = Extractor(site)
        self.classifier = StateClassifier(site.states, gone_words(site.kind, root))


class ImportSpider(Spider):
    """``scrapy crawl import -a job=JSON`` (see ``patrol.patrols.importing.ImportJob``)."""

    name = "import"
    custom_settings: dict[str, Any] | None = {  # noqa: RUF012 - read by Scrapy, changed by nobody
        "DOWNLOAD_HANDLERS": {**_NO_NETWORK, "saved": "spiders.saved.spider.NothingToDownload"},
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
        },
        "ROBOTSTXT_OBEY": False,
        "AUTOTHROTTLE_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_ITEMS": 24,
        # Images come with the files; what is not there cannot be had without a network.
        "PATROL_LEAD_IMAGES": False,
    }

    def __init__(self, job: str = "", site: str = IMPORTED, **options: Any) -> None:
        super().__init__(**options)
        if not job:
            raise ConfigError("请用 patrol import 文件… 导入")
        self.site = site
        self._job = ImportJob.from_text(job)
        self._kept: dict[str, asyncio.Future[str]] = {}
        self._targets: dict[int, tuple[RunStatus, str]] = {}
        self._places: dict[int, set[str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **options: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **options)
        crawler.signals.connect(spider._file_kept, signals.item_scraped)
        crawler.signals.connect(spider._file_not_kept, signals.item_dropped)
        crawler.signals.connect(spider._file_not_kept, signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        self._stats = self.crawler.stats
        settings = self.crawler.settings
        workspace = Workspace.find(settings.get("PATROL_WORKSPACE") or None)
        self._patrol_id = settings.getint("PATROL_PATROL_ID")
        self._workspace = workspace
        self._book = SiteBook(workspace.site_folders)
        plain = SiteFile(name=IMPORTED, kind=PageKind.ARTICLE, start=("https://import.invalid/",))
        self._unknown = SavedContext(IMPORTED, plain, workspace.root)
        self._known: dict[str, SavedContext] = {}
        self._done = await asyncio.to_thread(self._kept_places)
        yield Request(_START, callback=self.read_files, dont_filter=True)

    async def read_files(self, response: Response) -> AsyncIterator[Any]:
        """Read all files, one after another. What was read when the import is stopped is still kept and judged."""
        files = self._job.files
        for begin in range(0, len(files), KEPT_AHEAD):
            for file in files[begin : begin + KEPT_AHEAD]:
                yield self._to_keep(file)
            for file in files[begin : begin + KEPT_AHEAD]:
                async for item in self._read_file(file):
                    yield item
                if self._stopped:
                    return
                crawl_stats.FILES.add(self._stats)

    def _to_keep(self, file: ImportFile) -> ImportedFile:
        self._kept[file.sha256] = asyncio.get_running_loop().create_future()
        options = self._job.options
        return ImportedFile(
            file.target, file.path, file.name, file.sha256, options.source, options.note, self._job.by, file.companions
        )

    async def _read_file(self, file: ImportFile) -> AsyncIterator[Any]:
        """The pages of a file, once the file itself is kept. Its end stands in the statistics."""
        fault = await self._kept[file.sha256]
        del self._kept[file.sha256]
        if self._stopped:
            return
        if fault:
            self._end(file, 0, [Fault("", fault)], {})
            return
        pages, faults, states = 0, list[Fault](), dict[PageState, int]()
        self._places[file.target] = places = set()
        reading = _Reading(file, dict(self._job.options.columns))
        while (found := await asyncio.to_thread(reading.next)) is not None:
            if self._stopped:
                return
            if isinstance(found, Fault):
                faults.append(found)
                self.logger.warning("%s %s", file.name, found)
                continue
            if pages >= MAX_PAGES:
                faults.append(Fault("", f"超过 {MAX_PAGES} 页，后面的没有导入"))
                break
            pages += 1
            places.add(found.place)
            if (file.target, found.place) in self._done:
                continue
            try:
                item = await self._item(file, found)
            except Exception as error:
                self.logger.exception("%s %s", file.name, found.place)
                faults.append(Fault(found.place, f"读取这一页时出错（{type(error).__name__}）"))
                continue
            if item.state is not PageState.PRESENT:
                states[item.state] = states.get(item.state, 0) + 1
            yield item
        self._end(file, pages, faults, states)

    async def _item(self, file: ImportFile, saved: SavedPage) -> PageItem:
        options, now = self._job.options, clock.now()
        url, address_by = (options.url, "导入时指明") if options.url else (saved.url, saved.address_by)
        way = self._way(url)
        state, extracted = PageState.PRESENT, saved.extracted
        if extracted is None or (saved.status and way.site.extract.rules):
            # What the page calls “3 days ago” counts from when it was saved, as far as anybody says when.
            page = Page.from_bytes(url, saved.dom or saved.body, saved.content_type, saved.claimed_at or now)
            state = way.classifier.classify(page, saved.status or 200)
            extracted = await read_page(way.extractor, page, saved.frames)
        address = url or f"urn:import:{file.sha256}#{saved.place}"
        kind = options.kind or (saved.kind if way is self._unknown else way.site.kind)
        return PageItem(
            patrol_id=self._patrol_id,
            target_id=file.target,
            site=way.name,
            page_kind=kind,
            state=state,
            url=address,
            canonical_url=canonical(address) if url else address,
            exchange=Exchange(
                method="",
                url=address,
                request_headers=(),
                status=saved.status,
                response_headers=saved.headers,
                response_body=saved.body,
                fetched_at=now,
                rendered_dom=saved.dom,
            ),
            extracted=extracted,
            site_file_sha256=way.site.sha256,
            origin=Origin(
                file.name,
                file.sha256,
                saved.place,
                options.source,
                options.note,
                saved.claimed_at,
                saved.claimed_by,
                address_by,
            ),
        )

    def _way(self, url: str) -> SavedContext:
        """The site that was named, else the known site whose own addresses are on the page's host."""
        name = self._job.options.site or self._book.site_of(url)
        if name is None or name not in self._book.files:
            return self._unknown
        if name not in self._known:
            self._known[name] = SavedContext(name, self._book.files[name], self._workspace.root)
        return self._known[name]

    def _end(self, file: ImportFile, pages: int, faults: list[Fault], states: dict[PageState, int]) -> None:
        """How the file fared, for its row in the patrol: without a page, or with a page lost, it has failed."""
        said = [str(fault) for fault in faults[:MAX_SAID]]
        if len(faults) > MAX_SAID:
            said.append(f"另有 {len(faults) - MAX_SAID} 处，见日志")
        said += [f"{count} 页{state.label}" for state, count in states.items()]
        if not pages and not faults:
            said.append("里面没有网页")
        whole = pages and not any(fault.lost for fault in faults)
        self._targets[file.target] = (RunStatus.DONE if whole else RunStatus.FAILED, "；".join(said))
        crawl_stats.TARGETS.put(self._stats, self._targets)

    @property
    def _stopped(self) -> bool:
        assert self._stats is not None
        return not self.crawler.crawling or bool(crawl_stats.STOPPED.of(self._stats.get_stats()))

    def _file_kept(self, item: Any) -> None:
        if isinstance(item, ImportedFile):
            self._kept[item.sha256].set_result("")

    def _file_not_kept(self, item: Any, exception: Exception | None = None, failure: Any = None) -> None:
        if isinstance(item, ImportedFile):
            self._kept[item.sha256].set_result(str(exception or failure.value))

    def _kept_places(self) -> frozenset[tuple[int, str]]:
        return places_done(self._workspace.database_url, self._patrol_id, self._job)

    def closed(self, reason: str) -> None:
        """Mark files of which a page is not among the evidence, whatever kept it out, as not done."""
        kept = self._kept_places() if self._targets else frozenset()
        for target, (_, said) in self._targets.items():
            if lost := sum((target, place) not in kept for place in self._places.get(target, ())):
                words = "；".join(filter(None, (said, f"{lost} 页没有存进证据，详见日志")))
                self._targets[target] = (RunStatus.FAILED, words)


class _Reading:
    """The pages and faults of one file, one at a time; whatever a hostile file does to its reader is a fault."""

    def __init__(self, file: ImportFile, columns: dict[str, str]) -> None:
        companions = tuple(Path(path) for _, path in file.companions)
        self._source = Source(Path(file.path), file.name, columns, companions)
        self._pages: Iterator[SavedPage | Fault] | None = None
        self._ended = False
        self._place = ""

    def next(self) -> SavedPage | Fault | None:
        """The next page or fault; None at the end."""
        if self._ended:
            return None
        try:
            if self._pages is None:
                self._pages = format_of(self._source).read(self._source)
            found = next(self._pages, None)
        except InputError as error:
            self._ended = True
            return Fault("", str(error))
        except Exception as error:  # noqa: BLE001 - a hostile file must not stop the others
            self._ended = True
            after = f"{self._place}之后" if self._place else ""
            return Fault(after, f"读不下去（{type(error).__name__}），文件可能已损坏")
        if found is None:
            self._ended = True
        elif found.place:
            self._place = found.place
        return found
