"""Compare pool: hands pages in batches to a few comparing processes and takes their results.

Batches grow by themselves: while every process is busy, pages gather, and the next free one takes what is there.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from patrol.judging.model import Findings
from patrol.judging.scanning import PageText
from patrol.processing import worker
from patrol.processing.worker import WorkerSetup

BATCH_PAGES = 16
BATCH_CHARACTERS = 100_000
WAITING_PAGES = 512
TIMEOUT = 180.0


@dataclass(slots=True)
class _Job:
    page: PageText
    done: asyncio.Future[Findings]
    alone: bool = False


class ComparePool:
    """``await compare(page)``; belongs to the event loop it is first used in. Processes start with the first page."""

    def __init__(self, setup: WorkerSetup, workers: int, timeout: float = TIMEOUT) -> None:
        self._setup = setup
        self._workers = max(1, workers)
        self._timeout = timeout
        self._executor: ProcessPoolExecutor | None = None
        self._opening = asyncio.Lock()
        self._waiting: deque[_Job] = deque()
        self._slots = asyncio.Semaphore(WAITING_PAGES)
        self._batches: set[asyncio.Task[None]] = set()

    async def compare(self, page: PageText) -> Findings:
        """Compare one page. Never raises for the page's sake: see ``Findings.failed``."""
        async with self._slots:
            job = _Job(page, asyncio.get_running_loop().create_future())
            self._waiting.append(job)
            self._hand_out()
            return await job.done

    async def close(self) -> None:
        """Let running batches end, then end the processes."""
        while self._batches:
            await asyncio.gather(*self._batches, return_exceptions=True)
        if self._executor is not None:
            executor, self._executor = self._executor, None
            await asyncio.to_thread(executor.shutdown)

    async def _open(self) -> ProcessPoolExecutor:
        async with self._opening:
            if self._executor is None:
                self._executor = await asyncio.to_thread(self._start)
            return self._executor

    def _start(self) -> ProcessPoolExecutor:
        """Start all processes. In a thread: each is handed the works' names, and takes them only once it runs."""
        executor = ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=worker.begin,
            initargs=(self._setup,),
        )
        for _ in range(self._workers):
            executor.submit(worker.compare, [])
        return executor

    def _hand_out(self) -> None:
        # One batch more than there are processes, so that none waits for the loop between two batches.
        while self._waiting and len(self._batches) <= self._workers:
            task = asyncio.create_task(self._run(self._take()))
            self._batches.add(task)
            task.add_done_callback(self._returned)

    def _returned(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._hand_out()

    def _take(self) -> list[_Job]:
        jobs: list[_Job] = []
        characters = 0
        while self._waiting and len(jobs) < BATCH_PAGES and characters < BATCH_CHARACTERS:
            if jobs and (jobs[0].alone or self._waiting[0].alone):
                break
            job = self._waiting.popleft()
            jobs.append(job)
            characters += len(job.page.text)
        return jobs

    async def _run(self, jobs: list[_Job]) -> None:
        executor = await self._open()
        try:
            running = asyncio.wrap_future(executor.submit(worker.compare, [job.page for job in jobs]))
            findings = await asyncio.wait_for(running, self._timeout)
        except (BrokenProcessPool, TimeoutError) as error:
            self._discard(executor)
            self._try_again(jobs, error)
            return
        for job, found in zip(jobs, findings, strict=True):
            if not job.done.done():
                job.done.set_result(found)

    def _discard(self, executor: ProcessPoolExecutor) -> None:
        """Give up a broken or hanging set of processes; the next batch gets a new one."""
        if self._executor is executor:
            self._executor = None
            for process in list((getattr(executor, "_processes", None) or {}).values()):
                process.kill()
            executor.shutdown(wait=False, cancel_futures=True)

    def _try_again(self, jobs: list[_Job], error: Exception) -> None:
        """A batch that brought its process down is tried page by page; a page that does so alone has failed."""
        if len(jobs) == 1 and jobs[0].alone:
            what = "比对超时" if isinstance(error, TimeoutError) else "比对进程意外退出"
            if not jobs[0].done.done():
                jobs[0].done.set_result(Findings(failed=what))
            return
        for job in reversed(jobs):
            job.alone = True
            self._waiting.appendleft(job)
