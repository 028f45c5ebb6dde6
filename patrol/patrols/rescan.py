"""Rescan: compares everything captured before with newly protected works, without a crawl.

Pages go through the same comparing processes, the same desk and the same ledger as in a patrol, so that leads come out
the same; the whole library judges, because a verdict knows the other works too, and what it says of works that were not
asked for is left aside. How far a rescan has come stands in the table ``rescan``; after a stop of any kind it goes
on from there, and what was entered just before the stop is not entered twice (``patrol.leads.dedupe``).
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from patrol import clock
from patrol.config import Workspace
from patrol.db.casework import Rescan
from patrol.db.models import Capture, CaptureText, Work
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.items import HOME
from patrol.judging.model import Findings, Judgement, PageFacts
from patrol.leads.store import Ledger
from patrol.lock import patrol_lock
from patrol.processing.pool import WAITING_PAGES, ComparePool
from patrol.processing.session import comparing_processes, desk_and_setup, facts_of_capture
from patrol.processing.writer import enter_apart
from patrol.vocabulary import PageState, RunStatus
from patrol.works import library

logger = logging.getLogger(__name__)

_OPEN = (RunStatus.RUNNING.value, RunStatus.INTERRUPTED.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which works: by id, by the time they came into the library, or all of them. Nothing said: go on with the
    newest rescan that was interrupted."""

    works: tuple[str, ...] = ()
    since: datetime | None = None
    everything: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.works or self.since or self.everything)


@dataclass(frozen=True, slots=True)
class RescanProgress:
    """Captures: how many are to be compared in all, how many have been; leads newly opened and joined; ``failed`` could
    not be compared. Counts include what was done before an interruption."""

    total: int
    compared: int = 0
    opened: int = 0
    joined: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class RescanOutcome:
    rescan_id: int
    works: tuple[str, ...]
    resumed: bool
    interrupted: bool
    progress: RescanProgress
    seconds: float


def run_rescan(
    workspace: Workspace,
    database: Database,
    asked: Asked,
    *,
    watch: Callable[[RescanProgress], None] = lambda _: None,
    fresh: bool = False,
) -> RescanOutcome:
    """Compare the works with everything judged so far (or go on with an interrupted rescan of the same works).

    SIGINT finishes the group in hand and stops; the outcome says so. Raises PatrolError: InputError for an unknown
    work or an empty library, BusyError when a patrol runs in the workspace …
    """
    started = clock.now()
    with patrol_lock(workspace.root):
        library.refresh(workspace, database)
        works = _chosen(database, asked)
        row, resumed = _begin(workspace, database, works, fresh)
        interrupted, progress = asyncio.run(_Run(workspace, database, row, watch).through())
    seconds = (clock.now() - started).total_seconds()
    return RescanOutcome(row.id, tuple(works), resumed, interrupted, progress, seconds)


def _chosen(database: Database, asked: Asked) -> dict[str, str]:
    """Id and text digest of every work asked for."""
    with database.session() as session:
        if asked.nothing:
            query = select(Rescan.works).where(Rescan.status.in_(_OPEN)).order_by(Rescan.id.desc()).limit(1)
            open_works = session.scalar(query)
            if open_works is None:
                raise InputError(
                    "没有中断的重新比对可接着做。请用 --work 作品编号、--since 日期 或 --all 指明比对哪些作品"
                )
            asked = Asked(works=tuple(open_works))
        select_works = select(Work.id, Work.text_sha256).order_by(Work.id)
        if asked.since is not None:
            select_works = select_works.where(Work.imported_at >= asked.since)
        known = {row.id: row.text_sha256 for row in session.execute(select_works)}
    if not known:
        where = f"{clock.show_day(asked.since)} 以后没有导入作品" if asked.since else "作品库是空的"
        raise InputError(f"{where}。可用 patrol works list 查看")
    if not asked.works:
        return known
    missing = [work for work in asked.works if work not in known]
    if missing:
        raise InputError(f"作品库里没有编号为“{'”“'.join(missing[:5])}”的作品。可用 patrol works list 查看")
    return {work: known[work] for work in sorted(set(asked.works))}


def _begin(workspace: Workspace, database: Database, works: Mapping[str, str], fresh: bool) -> tuple[Rescan, bool]:
    """The row of an interrupted rescan of the same works and texts, or a new one."""
    with database.session() as session:
        query = select(Rescan).where(Rescan.status.in_(_OPEN)).order_by(Rescan.id.desc())
        held = next((row for row in session.scalars(query) if row.works == dict(works)), None)
        if held is not None and not fresh:
            held.status = RunStatus.RUNNING.value
            return held, True
        row = Rescan(
            works=dict(works),
            status=RunStatus.RUNNING.value,
            started_at=clock.now(),
            index_version=library.index_version(workspace),
            until_capture=session.scalar(select(func.max(Capture.id))) or 0,
            last_capture=0,
            compared=0,
            opened=0,
            joined=0,
            failed=0,
        )
        session.add(row)
        session.flush()
        return row, False


class _Run:
    """One rescan in this process."""

    def __init__(
        self, workspace: Workspace, database: Database, row: Rescan, watch: Callable[[RescanProgress], None]
    ) -> None:
        self._workspace, self._database, self._row, self._watch = workspace, database, row, watch
        self._works = frozenset(row.works)
        self._last = row.last_capture
        done = {"compared": row.compared, "opened": row.opened, "joined": row.joined, "failed": row.failed}
        self._progress = RescanProgress(total=self._count() + row.compared + row.failed, **done)

    async def through(self) -> tuple[bool, RescanProgress]:
        """Compare group after group until the end or a signal; (interrupted, how far it came)."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        with suppress(ValueError, RuntimeError, NotImplementedError):  # only the main thread gets signals
            loop.add_signal_handler(signal.SIGINT, stop.set)
        desk, setup = await asyncio.to_thread(desk_and_setup, self._workspace, self._database)
        self._desk, self._ledger = desk, Ledger(self._database.engine)
        self._pool = ComparePool(setup, comparing_processes(self._workspace))
        finished = False
        reading = asyncio.create_task(asyncio.to_thread(self._read, self._last))
        try:
            self._watch(self._progress)
            while not stop.is_set():
                pages = await reading
                if not pages:
                    finished = True
                    break
                reading = asyncio.create_task(asyncio.to_thread(self._read, pages[-1].capture_id))
                await self._group(pages)
                self._watch(self._progress)
        finally:
            await asyncio.gather(reading, return_exceptions=True)
            await self._pool.close()
            status = RunStatus.DONE if finished else RunStatus.INTERRUPTED
            await asyncio.to_thread(self._note, status)
        return not finished, self._progress

    async def _group(self, pages: Sequence[PageFacts]) -> None:
        found = await asyncio.gather(*(self._pool.compare(page.words) for page in pages))
        judgements: list[Judgement] = []
        failed = 0
        for page, findings in zip(pages, found, strict=True):
            try:
                judgement = self._judge(page, findings)
            except Exception as error:
                logger.exception("快照 %d 评分出错", page.capture_id)
                findings = Findings(failed=f"{type(error).__name__}: {error}")
                judgement = None
            if findings.failed:
                failed += 1
                logger.error("快照 %d（%s）未能比对：%s", page.capture_id, page.url, findings.failed)
            if judgement is not None:
                judgements.append(judgement)
        entered = await asyncio.to_thread(enter_apart, self._ledger, judgements) if judgements else []
        refused = [outcome for outcome in entered if isinstance(outcome, BaseException)]
        for refusal in refused:
            logger.error("比对结果写不进数据库：%s", refusal)
        opened = [outcome[1] for outcome in entered if isinstance(outcome, tuple)]
        failed += len(refused)
        before = self._progress
        self._progress = replace(
            before,
            compared=before.compared + len(pages) - failed,
            opened=before.opened + sum(opened),
            joined=before.joined + len(opened) - sum(opened),
            failed=before.failed + failed,
        )
        self._last = pages[-1].capture_id
        await asyncio.to_thread(self._note, RunStatus.RUNNING)

    def _judge(self, page: PageFacts, findings: Findings) -> Judgement | None:
        """What the page says of the works asked for; None: nothing."""
        mine = findings_of(findings, self._works)
        if not mine.verdicts and not mine.sightings.mentions:
            return None
        judgement = replace(self._desk.judge(page, mine), again=True)
        return judgement if judgement.verdicts or judgement.lead is not None else None

    def _scope(self, query: Any) -> Any:
        """Judged captures with content of their own that are still to be compared. What was never judged is left to the
        next patrol, which compares it with every work; what a later visit found unchanged is compared once."""
        return query.join(CaptureText, CaptureText.capture_id == Capture.id).where(
            Capture.judged_at.is_not(None),
            Capture.state == PageState.PRESENT.value,
            Capture.role != HOME,
            Capture.refers_to == "",
            Capture.id <= self._row.until_capture,
        )

    def _count(self) -> int:
        with self._database.session() as session:
            return session.scalar(self._scope(select(func.count(Capture.id))).where(Capture.id > self._last)) or 0

    def _read(self, after: int) -> list[PageFacts]:
        query = self._scope(select(Capture, CaptureText.text)).where(Capture.id > after)
        with self._database.session() as session:
            rows = session.execute(query.order_by(Capture.id).limit(WAITING_PAGES))
            return [facts_of_capture(capture, text) for capture, text in rows]

    def _note(self, status: RunStatus) -> None:
        done = self._progress
        values: dict[str, Any] = {
            "status": status.value,
            "last_capture": self._last,
            "compared": done.compared,
            "opened": done.opened,
            "joined": done.joined,
            "failed": done.failed,
        }
        if status is RunStatus.DONE:
            values["finished_at"] = clock.now()
        with self._database.session() as session:
            session.execute(update(Rescan).where(Rescan.id == self._row.id).values(values))


def findings_of(findings: Findings, works: frozenset[str]) -> Findings:
    """Return what was found about these works only; the signs beside them stay."""
    said = findings.sightings
    return replace(
        findings,
        verdicts=tuple(verdict for verdict in findings.verdicts if verdict.work_id in works),
        sightings=replace(
            said,
            mentions=tuple(mention for mention in said.mentions if mention.work_id in works),
            authors=tuple(pair for pair in said.authors if pair[0] in works),
        ),
    )
