"""Writer thread: writes evidence and ledger, whatever has gathered as one group.

The event loop never waits for a disk: it awaits futures that the thread resolves a group at a time. Packing and
digests are made in the same thread (zlib and OpenSSL let go of the interpreter meanwhile), so that a page costs one
hand-over to it and one back.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError

from patrol.directory.revisit_schedule import note_visits
from patrol.environment.model import Surroundings
from patrol.errors import EvidenceError, PatrolError
from patrol.evidence.files import PROGRAM
from patrol.evidence.vault import Vault
from patrol.evidence.warc import Prepared, prepare, prepare_image
from patrol.items import ImageItem, ImportedFile, PageItem
from patrol.judging.model import Judgement
from patrol.judging.site_audit import SiteAudit
from patrol.leads.store import Ledger

logger = logging.getLogger(__name__)

GROUP = 64

LINGER = 0.02
"""Seconds that the first of a group waits for others: two fsyncs and two transactions then serve them all."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One thing to write. ``work`` is a brought file or a page to keep, a Judgement, or a call to run by itself."""

    work: ImportedFile | PageItem | Judgement | Callable[[], Any]
    done: asyncio.Future[Any]


class Recorder:
    """Start it in a running event loop; every method is awaited there. After an error that stopped the writing
    every further call raises the same error."""

    def __init__(self, vault: Vault, ledger: Ledger) -> None:
        self._vault = vault
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._failure: PatrolError | None = None
        self._thread = threading.Thread(target=self._write, name="patrol-recorder", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> PatrolError | None:
        """What stopped the writing, if anything did."""
        return self._failure

    async def keep(self, page: PageItem) -> int:
        """Keep a page as evidence; its capture id, once bytes, chain and row are durable."""
        number: int = await self._submit(page)
        return number

    async def keep_image(self, image: ImageItem) -> int:
        """Keep an image of a lead, or enter that it could not be had; the id of its row (0: there is none)."""
        number: int = await self._submit(lambda: self._image(image))
        return number

    async def keep_surroundings(self, surroundings: Surroundings) -> str:
        """Keep the check of the surroundings; the digest of its line in the chain."""
        said = surroundings.model_dump_json()
        digest: str = await self._submit(lambda: self._vault.keep_surroundings(surroundings.at, said))
        return digest

    async def keep_file(self, brought: ImportedFile) -> str:
        """Keep a file that was brought; "" once it is durable, else why it cannot be kept (Chinese)."""
        said: str = await self._submit(brought)
        return said

    async def enter(self, judgement: Judgement) -> tuple[int, bool] | None:
        """Enter a judgement in the ledger: (lead id, newly opened), or None where there is no lead."""
        entered: tuple[int, bool] | None = await self._submit(judgement)
        return entered

    async def enter_survey(self, found: SiteAudit) -> list[tuple[str, bool]]:
        """Enter the licence leads of a survey: the site of each, and whether it is new."""
        entered: list[tuple[str, bool]] = await self._submit(lambda: self._survey(found))
        return entered

    async def finish(self) -> str:
        """End the chain of a finished patrol, in its turn; the chain's head."""
        head: str = await self._submit(self._vault.finish)
        return head

    async def close(self) -> None:
        """Write what is waiting, then end the thread and close the vault."""
        self._tasks.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._vault.close)

    async def _submit(self, work: ImportedFile | PageItem | Judgement | Callable[[], Any]) -> Any:
        if self._failure is not None:
            raise self._failure
        task = _Task(work, self._loop.create_future())
        self._tasks.put(task)
        return await task.done

    # -- the thread ------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            group = self._gather()
            if group is None:
                return
            results: list[tuple[asyncio.Future[Any], Any]] = []
            brought = [(t.done, t.work) for t in group if isinstance(t.work, ImportedFile)]
            self._group(results, brought, self._vault.keep_files)
            keeping = [(t.done, t.work) for t in group if isinstance(t.work, PageItem)]
            self._keep(results, keeping)
            entering = [(t.done, t.work) for t in group if isinstance(t.work, Judgement)]
            self._group(results, entering, self._enter)
            for task in group:
                if callable(task.work):
                    self._group(results, [(task.done, task.work)], lambda calls: [call() for call in calls])
            self._loop.call_soon_threadsafe(_resolve, results)

    def _gather(self) -> list[_Task] | None:
        """Wait for one task and take what else is there, up to a group; None when it is time to end."""
        first = self._tasks.get()
        if first is None:
            return None
        group = [first]
        time.sleep(LINGER)
        while len(group) < GROUP:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                break
            if task is None:
                self._tasks.put(None)
                break
            group.append(task)
        return group

    def _group(
        self,
        results: list[tuple[asyncio.Future[Any], Any]],
        tasks: Sequence[tuple[asyncio.Future[Any], Any]],
        write: Callable[[list[Any]], Sequence[Any]],
    ) -> None:
        if not tasks:
            return
        outcome: Sequence[Any]
        try:
            if self._failure is not None:
                raise self._failure
            outcome = write([work for _, work in tasks])
        except PatrolError as error:
            self._failure = error
            outcome = [error] * len(tasks)
        except Exception as error:  # noqa: BLE001 - whatever it is must end the writing, not the thread
            self._failure = EvidenceError(f"写入证据或登记线索时出错：{error}")
            self._failure.__cause__ = error
            outcome = [self._failure] * len(tasks)
        results.extend((done, result) for (done, _), result in zip(tasks, outcome, strict=True))

    def _keep(
        self, results: list[tuple[asyncio.Future[Any], Any]], pages: Sequence[tuple[asyncio.Future[Any], PageItem]]
    ) -> None:
        """Keep a group of pages. One that cannot be made into records fails by itself."""
        packed = []
        for done, page in pages:
            try:
                packed.append((done, prepare(page, program=PROGRAM)))
            except Exception as error:  # noqa: BLE001 - a hostile page must not stop the others
                results.append((done, error))
        self._group(results, packed, self._kept)

    def _kept(self, pages: list[Prepared]) -> Sequence[int]:
        """Keep a group, then remember its pages. A crash between the two costs a visit that was not needed."""
        numbers = self._vault.keep(pages)
        note_visits(self._vault.engine, [(page.said, page.records[0].record_id) for page in pages])
        return numbers

    def _image(self, image: ImageItem) -> int:
        if image.exchange is None:
            return self._vault.note_missed(image)
        return self._vault.keep_image(prepare_image(image, program=PROGRAM))

    def _survey(self, found: SiteAudit) -> list[tuple[str, bool]]:
        """Enter a survey; one that the database refuses is left out, and done again by the next patrol."""
        try:
            return self._ledger.enter_survey(found)
        except (DataError, IntegrityError, StatementError) as error:
            if isinstance(error, OperationalError):
                raise
            logger.error("资质线索未能登记，下次巡查再核：%s", error)
            return []

    def _enter(self, judgements: list[Judgement]) -> Sequence[Any]:
        return enter_apart(self._ledger, judgements)


def enter_apart(ledger: Ledger, judgements: list[Judgement]) -> list[Any]:
    """Enter a group; when the database refuses a value in it, one by one, so that only that page's judgement fails
    (its error is the result; the capture stays as it was)."""
    try:
        return list(ledger.enter(judgements))
    except (DataError, IntegrityError, StatementError) as error:
        if isinstance(error, OperationalError):
            raise
        if len(judgements) == 1:
            return [error]
    return [enter_apart(ledger, [judgement])[0] for judgement in judgements]


def _resolve(results: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for done, result in results:
        if done.done():
            continue
        if isinstance(result, BaseException):
            done.set_exception(result)
        else:
            done.set_result(result)
