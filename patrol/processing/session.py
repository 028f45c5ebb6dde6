"""Patrol session: keeps, compares, judges and enters the pages of one patrol."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, Target, Work
from patrol.db.session import Database
from patrol.environment.check import examine
from patrol.environment.itinerary import itinerary
from patrol.evidence.vault import Vault
from patrol.items import Extracted, ImageItem, ImportedFile, PageItem
from patrol.judging.assess import JudgingContext, WorkFacts
from patrol.judging.licensing import Grant
from patrol.judging.model import Findings, Judgement, PageFacts
from patrol.judging.scanning import NamedWork, ambiguous_names
from patrol.judging.site_audit import SiteAudit, audit_sites
from patrol.leads.store import Ledger
from patrol.net.geoip import AddressTable
from patrol.processing.pool import ComparePool
from patrol.processing.worker import WorkerSetup
from patrol.processing.writer import Recorder
from patrol.tables.policy import Policy
from patrol.text.storage import compared_text, read_extraction
from patrol.vocabulary import FIELD_OF_WORK, Field, PageKind, PageState
from patrol.works import library

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of one judged page. ``failed``: it could not be compared or entered, and why; it stays unjudged."""

    lead_id: int | None = None
    opened: bool = False
    failed: str = ""


class PatrolSession:
    """Open in a running event loop with ``await PatrolSession.open(...)``; ``await close()`` at the end. ``warnings``: what
    in this machine's surroundings is not clean (Chinese)."""

    def __init__(
        self, database: Database, patrol_id: int, pool: ComparePool, recorder: Recorder, judging: JudgingContext
    ) -> None:
        self.patrol_id = patrol_id
        self.pool = pool
        self.recorder = recorder
        self.judging = judging
        self.warnings: tuple[str, ...] = ()
        self._database = database

    @classmethod
    async def open(cls, workspace: Workspace, database: Database, patrol_id: int) -> PatrolSession:
        """Read works, authorisations and tables; mend and open the vault; check the surroundings.

        Raises PatrolError (ConfigError for a wrong table, EvidenceError for an unusable evidence folder …).
        """
        judging, setup = await asyncio.to_thread(desk_and_setup, workspace, database)
        vault = await asyncio.to_thread(Vault.open, workspace, database, patrol_id)
        for line in vault.mended:
            logger.warning("证据库：%s", line)
        pool = ComparePool(setup, comparing_processes(workspace))
        session = cls(database, patrol_id, pool, Recorder(vault, Ledger(database.engine)), judging)
        try:
            await session._look_around(workspace)
        except BaseException:
            await session.close()
            raise
        return session

    async def _look_around(self, workspace: Workspace) -> None:
        """The check of the surroundings, kept before the first page."""
        where = await asyncio.to_thread(itinerary, workspace, self._database, self.patrol_id)
        found = await asyncio.to_thread(examine, where)
        await self.recorder.keep_surroundings(found)
        self.warnings = found.warnings
        for line in self.warnings:
            logger.warning("环境检查：%s", line)

    async def keep(self, page: PageItem) -> int:
        """Keep a page; returns its capture id once it is durable."""
        return await self.recorder.keep(page)

    async def keep_image(self, image: ImageItem) -> int:
        """Keep an image of a page that became a lead, or that it could not be had; the id of its row."""
        return await self.recorder.keep_image(image)

    async def keep_file(self, brought: ImportedFile) -> str:
        """Keep a file that was brought, before any page in it; "" once it is durable, else why it cannot be kept."""
        return await self.recorder.keep_file(brought)

    async def compare(self, page: PageFacts) -> Findings:
        """Compare a kept page; pages that show no content of their own are not compared."""
        if page.state is not PageState.PRESENT or not (page.text or page.title):
            return Findings()
        return await self.pool.compare(page.words)

    async def enter(self, page: PageFacts, findings: Findings) -> Entered:
        """Judge and enter a compared page."""
        if findings.failed:
            return Entered(failed=findings.failed)
        try:
            judgement: Judgement = self.judging.judge(page, findings)
        except Exception as error:
            logger.exception("快照 %d 评分出错", page.capture_id)
            return Entered(failed=f"{type(error).__name__}: {error}")
        outcome = await self.recorder.enter(judgement)
        return Entered(*outcome) if outcome is not None else Entered()

    async def judge_leftovers(self) -> int:
        """Judge what earlier runs kept but did not come to judge, in any patrol. Returns how many were judged."""
        judged = last = 0
        newest = await asyncio.to_thread(self._newest)
        while pages := await asyncio.to_thread(self._unjudged, last, newest):
            last = pages[-1].capture_id
            results = await asyncio.gather(*(self._judge(page) for page in pages), return_exceptions=True)
            for page, result in zip(pages, results, strict=True):
                failed = str(result) if isinstance(result, BaseException) else result.failed
                judged += not failed
                if failed:
                    logger.error("快照 %d（%s）仍未能比对：%s", page.capture_id, page.url, failed)
        return judged

    async def audit_sites(self) -> list[tuple[str, bool]]:
        """Look at the home pages and shops of this patrol's sites: the site of each licence lead, and whether it is new."""
        try:
            found = await asyncio.to_thread(self._survey)
        except Exception:
            logger.exception("资质核查出错，下次巡查再核")
            return []
        return await self.recorder.enter_survey(found)

    def _survey(self) -> SiteAudit:
        with self._database.session() as session:
            return audit_sites(session, self.patrol_id, self.judging)

    async def finish(self) -> str:
        """End the chain of the patrol, which is complete; returns the chain's head."""
        return await self.recorder.finish()

    async def close(self) -> None:
        """Finish what is in hand, then free everything."""
        await self.pool.close()
        await self.recorder.close()

    async def _judge(self, page: PageFacts) -> Entered:
        return await self.enter(page, await self.compare(page))

    def _newest(self) -> int:
        with self._database.session() as session:
            return session.scalar(select(func.max(Capture.id))) or 0

    def _unjudged(self, after: int, until: int) -> list[PageFacts]:
        query = (
            select(Capture, CaptureText.text)
            .join(CaptureText, CaptureText.capture_id == Capture.id)
            .where(Capture.judged_at.is_(None), Capture.id > after, Capture.id <= until)
            .order_by(Capture.id)
            .limit(200)
        )
        with self._database.session() as session:
            return [facts_of_capture(capture, text) for capture, text in session.execute(query)]


def facts_of_item(page: PageItem) -> PageFacts:
    """Make what judging needs of a page fresh from the spider; its extraction must be storable and its capture known."""
    assert page.capture_id is not None
    return _facts(
        page.extracted,
        capture_id=page.capture_id,
        patrol_id=page.patrol_id,
        target_id=page.target_id,
        site=page.site,
        page_kind=page.page_kind,
        state=page.state,
        url=page.url,
        canonical_url=page.canonical_url,
        fetched_at=page.exchange.fetched_at,
        ip_address=page.exchange.ip_address,
        text=compared_text(page.extracted),
    )


def facts_of_capture(capture: Capture, text: str) -> PageFacts:
    """Make what judging needs of a page from the archive."""
    return _facts(
        read_extraction(capture.extracted),
        capture_id=capture.id,
        patrol_id=capture.patrol_id,
        target_id=capture.target_id,
        site=capture.site,
        page_kind=PageKind(capture.page_kind),
        state=PageState(capture.state),
        url=capture.url,
        canonical_url=capture.canonical_url,
        fetched_at=capture.fetched_at,
        ip_address=capture.ip_address,
        text=text,
    )


def _facts(extracted: Extracted, **values: Any) -> PageFacts:
    # Who wrote an article is not who offers the page; who uploaded a video or wrote a post is.
    account = "" if values["page_kind"] is PageKind.ARTICLE else extracted.author
    return PageFacts(
        **values,
        title=extracted.title,
        tags=extracted.tags,
        seller=extracted.seller or account,
        seller_url=extracted.seller_url,
        price=extracted.price,
        sales=extracted.sales,
        sales_at_least=extracted.sales_at_least,
        views=extracted.views,
    )


def comparing_processes(workspace: Workspace) -> int:
    """Return how many processes compare: as configured, else one core fewer than there are."""
    return workspace.config.matching.workers or max(1, (os.cpu_count() or 2) - 1)


def desk_and_setup(workspace: Workspace, database: Database) -> tuple[JudgingContext, WorkerSetup]:
    """Read what judging and the comparing processes need: works, authorisations, tables, the directory's names.

    Raises ConfigError for a wrong table.
    """
    policy = Policy.load(workspace.root)
    index = library.index_path(workspace)
    with database.session() as session:
        works = list(session.scalars(select(Work).options(selectinload(Work.authorizations))))
        targets = session.scalars(select(Target)).all()
        fields = {target.id: Field(target.field) for target in targets if target.source != FIELD_OF_WORK}
        site_names: dict[str, set[str]] = {}
        for target in targets:
            if not target.account:  # a shop's name is not its platform's
                site_names.setdefault(target.site, set()).update(filter(None, (target.name, target.operator)))
        facts = {work.id: _work_facts(work) for work in works}
        unclear = ambiguous_names(name for work in works for name in (work.title, *work.aliases))
        named = tuple(
            NamedWork(work.id, names, tuple(work.authors), unclear & frozenset(names))
            for work in works
            if (names := tuple(name for name in (work.title, *work.aliases) if name))
        )
    setup = WorkerSetup(index, named, policy.phrases, workspace.config.matching.floor, library.own_model(workspace))
    called = {site: frozenset(found) for site, found in site_names.items()}
    if workspace.address_table is None:
        logger.info("没有配置地址表（patrol.toml [signals] address_table），不看服务器是否在境外")
    addresses = AddressTable.load(workspace.address_table) if workspace.address_table is not None else None
    judging = JudgingContext(policy, facts, fields, called, library.index_version(workspace), addresses)
    return judging, setup


def _work_facts(work: Work) -> WorkFacts:
    grants = tuple(
        Grant(g.licensee, g.site, g.account, g.scope, g.territory, g.valid_from, g.valid_to)
        for g in work.authorizations
    )
    return WorkFacts(work.id, work.title, work.kind, work.list_price, work.early_warning, grants)
