"""Crawling process (``python -m patrol.patrols``): crawls one patrol, several sites at once.

It is told what to do by one line of JSON on its standard input (``Job``), says how it goes by lines of JSON on its
standard output (``surroundings``, ``progress``, ``site``, ``end``), and stops gently when its input is closed or it gets SIGINT or
SIGTERM: what is being fetched is finished, kept and judged. A process of its own, because Twisted's reactor starts
only once, and so that whatever a page does to it leaves the caller standing.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

# First of all: its deprecated classes look through the whole stack and every module loaded by then (0.4 s, deep in a crawl).
import scrapy.core.downloader.handlers.http11  # noqa: F401
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings
from sqlalchemy.exc import SQLAlchemyError

from patrol import clock, crawl_stats
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.patrols import history, records
from patrol.patrols.job import Job, SiteJob
from patrol.patrols.outcome import SiteOutcome, site_outcome
from patrol.patrols.semaphore import WeightedSemaphore
from patrol.processing import shared
from patrol.processing.session import PatrolSession
from patrol.vocabulary import IMPORTED, RunStatus

logger = logging.getLogger(__name__)

SITES_AT_ONCE = 6
BROWSER_SITES_AT_ONCE = 1
REPORT_EVERY = 0.5


class Crawl:
    """One patrol in this process."""

    def __init__(self, job: Job, process: AsyncCrawlerProcess) -> None:
        self._job = job
        self._process = process
        self._workspace = Workspace.find(job.workspace)
        self._database = Database(self._workspace.database_url)
        self._stopping = asyncio.Event()
        self._crawlers: dict[str, Crawler] = {}
        self._timed_out = False
        self._failure = ""
        self._surveyed: Counter[tuple[str, str]] = Counter()

    async def run(self) -> None:
        """Crawl all sites, then finish the patrol's rows and its chain."""
        reporting = asyncio.ensure_future(self._report())
        if self._job.minutes:
            asyncio.get_running_loop().call_later(self._job.minutes * 60, self._time_out)
        try:
            session = await shared.enter(self._workspace, self._job.patrol_id, self)
            try:
                _say("surroundings", warnings=session.warnings)
                await self._crawl(session)
            finally:
                await shared.leave(self._workspace, self._job.patrol_id, self)
        except PatrolError as error:
            self._failure = str(error)
        except SQLAlchemyError as error:
            self._failure = _database_failure(error)
        finally:
            reporting.cancel()
        status = await asyncio.to_thread(self._finish)
        self._database.close()
        _say("progress", sites=self._figures())
        _say("end", status=status.value, error=self._failure, timed_out=self._timed_out)

    def _time_out(self) -> None:
        self._timed_out = True
        self.stop()

    def _finish(self) -> RunStatus:
        """Enter the patrol's end. Where even that cannot be written, the patrol still counts as unfinished."""
        try:
            left = records.to_do(self._database, self._job.patrol_id)
            status = RunStatus.INTERRUPTED if left or self._failure else RunStatus.DONE
            records.finish(self._database, self._job.patrol_id, status, clock.now())
        except SQLAlchemyError as error:
            self._failure = self._failure or _database_failure(error)
            return RunStatus.INTERRUPTED
        return status

    def stop(self) -> None:
        """Stop gently; safe to call again."""
        if not self._stopping.is_set():
            self._stopping.set()
            _say("stopping")
            self._stop = asyncio.ensure_future(self._process.stop())

    async def _crawl(self, session: PatrolSession) -> None:
        gates = {False: WeightedSemaphore(SITES_AT_ONCE), True: WeightedSemaphore(BROWSER_SITES_AT_ONCE)}
        # Read before the crawl adds to them; judged while it goes on.
        leftovers = asyncio.ensure_future(session.judge_leftovers())
        await asyncio.sleep(0)
        sites = (self._site(site, gates[site.browser]) for site in self._job.sites)
        results = await asyncio.gather(*sites, leftovers, return_exceptions=True)
        # What stopped the writing is the cause of whatever else went wrong after it.
        for error in (session.recorder.failure, *results):
            if isinstance(error, BaseException):
                raise error
        if not self._stopping.is_set():
            for site, opened in await session.audit_sites():
                self._surveyed[site, "leads" if opened else "joined"] += 1
            await session.finish()

    async def _site(self, site: SiteJob, gate: WeightedSemaphore) -> None:
        async with gate.acquire(1.0 if site.browser else site.share):
            if self._stopping.is_set() or self._failure:
                return
            await self._set(site, RunStatus.RUNNING)
            outcome: SiteOutcome | None = None
            stats: Mapping[str, Any] = {}
            try:
                crawler = self._crawlers[site.name] = self._process.create_crawler(site.kind)
                await self._process.crawl(crawler, site=site.name, **dict(site.arguments))
                stats = crawler.stats.get_stats() if crawler.stats is not None else {}
            except Exception as error:
                logger.exception("站点 %s 未能巡查", site.name)
                said = str(error) if isinstance(error, PatrolError) else f"程序出错：{type(error).__name__}: {error}"
                outcome = SiteOutcome(RunStatus.FAILED, said)
            await self._close(site, stats, outcome)

    async def _set(self, site: SiteJob, status: RunStatus) -> None:
        await asyncio.to_thread(records.set_targets, self._database, self._job.patrol_id, site.targets, status)
        _say("site", name=site.name, status=status.value, reason="")

    async def _close(self, site: SiteJob, stats: Mapping[str, Any], outcome: SiteOutcome | None) -> None:
        # Of an import the pages belong to many sites, and each file's end is known by itself.
        own = {} if crawl_stats.STOPPED.of(stats) else crawl_stats.TARGETS.of(stats)
        only = site.name if site.name != IMPORTED else None
        counts = await asyncio.to_thread(records.counts_by_target, self._database, self._job.patrol_id, only)
        if outcome is None:
            outcome = site_outcome(stats, sum(count.captures for count in counts.values()))
            outcome = await asyncio.to_thread(self._against_history, site, stats, outcome)
        if stopped := crawl_stats.STOPPED.of(stats):
            self._failure = stopped
        now = clock.now()
        waiting: set[int | None] = set()
        if "not_due" in crawl_stats.SKIPPED.of(stats):
            waiting = await asyncio.to_thread(records.targets_with_pages, self._database, site.name)
        for target in site.targets:
            status, reason = outcome.status, outcome.reason
            mine = counts.get(target, records.Counts())
            if target in own:
                status, reason = own[target]
            elif status is RunStatus.DONE and not mine.captures and target not in waiting:
                status, reason = (RunStatus.FAILED, "站点有回应，但没有读到属于这个目标的页面，请核对目标地址或账号")
            done = now if status is RunStatus.DONE else None
            await asyncio.to_thread(
                records.close_target,
                self._database,
                self._job.patrol_id,
                target,
                status,
                reason,
                mine.as_json() | _skipped(stats),
                done,
            )
        authority = crawl_stats.AUTHORITY.of(stats)
        _say("site", name=site.name, status=outcome.status.value, reason=outcome.reason, authority=authority)

    def _against_history(self, site: SiteJob, stats: Mapping[str, Any], outcome: SiteOutcome) -> SiteOutcome:
        """The outcome, with what fell under the site's own history."""
        history.record_run(self._database, self._job.patrol_id, site.name, stats, site.digest, clock.now())
        said = history.fallen(self._database, self._job.patrol_id, site.name, site.expected)
        if not said or outcome.status is not RunStatus.DONE:
            return outcome
        return replace(outcome, reason="；".join(filter(None, (outcome.reason, *said))))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            _say("progress", sites=self._figures())

    def _figures(self) -> dict[str, dict[str, int]]:
        figures = {}
        for name, crawler in self._crawlers.items():
            stats = crawler.stats.get_stats() if crawler.stats is not None else {}
            figures[name] = {
                "fetched": int(stats.get("response_received_count", 0)),
                "captures": crawl_stats.CAPTURES.of(stats),
                "judged": crawl_stats.JUDGED.of(stats),
                "leads": crawl_stats.LEADS_NEW.of(stats) + self._surveyed[name, "leads"],
                "joined": crawl_stats.LEADS_JOINED.of(stats) + self._surveyed[name, "joined"],
                "files": crawl_stats.FILES.of(stats),
                "unchanged": crawl_stats.UNCHANGED.of(stats),
                "skipped": sum(crawl_stats.SKIPPED.of(stats).values()),
            }
        return figures


def _database_failure(error: SQLAlchemyError) -> str:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return f"数据库读写失败：{cause}。请检查磁盘空间、目录权限和数据库服务；已保存的内容不受影响，再次运行会接着巡查"


def _skipped(stats: Mapping[str, Any]) -> dict[str, int]:
    return {f"skipped/{why}": count for why, count in crawl_stats.SKIPPED.of(stats).items()}


def _say(kind: str, **values: Any) -> None:
    try:
        sys.stdout.write(json.dumps({"type": kind, **values}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever started us is gone; the closed input stops the crawl gently.
        pass


def _settings(job: Job) -> Settings:
    settings = get_project_settings()
    settings.set("PATROL_WORKSPACE", job.workspace, priority="cmdline")
    settings.set("PATROL_PATROL_ID", job.patrol_id, priority="cmdline")
    settings.set("PATROL_ALL_PAGES", job.all_pages, priority="cmdline")
    settings.set("PATROL_DATABASE_URL", Workspace.find(job.workspace).database_url, priority="cmdline")
    settings.set("LOG_FILE", job.log_file, priority="cmdline")
    return settings


def _spare_the_loop() -> None:
    """Keep the collector of cycles from going over everything that was imported (it held the loop for 140–200 ms at a
    time, a fifth of the run), and let the loop have the interpreter back soon after each look at the network, which
    otherwise costs it up to 5 ms whenever the recorder is at work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
    sys.setswitchinterval(0.000_5)


def main() -> None:
    """Run the job that stands on standard input."""
    job = Job.from_line(sys.stdin.readline())
    settings = _settings(job)
    process = AsyncCrawlerProcess(settings)
    # Scrapy makes a record of what it says at every page and only then finds that nobody wants it.
    logging.getLogger("scrapy").setLevel(settings["LOG_LEVEL"])
    loop = asyncio.get_event_loop()
    crawl = Crawl(job, process)
    _spare_the_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, crawl.stop)

    def follow_input() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(crawl.stop)

    threading.Thread(target=follow_input, daemon=True).start()

    async def whole() -> None:
        from twisted.internet import reactor

        try:
            await crawl.run()
        except Exception as error:
            logger.exception("巡查进程出错")
            _say("end", status=RunStatus.INTERRUPTED.value, error=f"程序出错：{type(error).__name__}: {error}")
        finally:
            loop.call_soon(cast(Any, reactor).stop)

    running = loop.create_task(whole())
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    assert running.done()
