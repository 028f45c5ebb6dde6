"""Comparing in other processes: results in order, one bad page does no harm, dead processes are replaced."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fingerprints import Index
from patrol.judging.scanning import NamedWork, PageText
from patrol.processing import worker
from patrol.processing.pool import ComparePool
from patrol.processing.worker import WorkerSetup
from patrol.tables.policy import Policy
from tests.patrols.tiny import COPY
from tests.waiting import wait_until

PLAIN = "本店经营文具，支持自提，欢迎到店选购。" * 10


@dataclass(frozen=True)
class Work:
    id: str
    title: str
    kind: str
    text: str


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> WorkerSetup:
    path = tmp_path_factory.mktemp("index") / "works.fp"
    Index.build([Work("w1", "雾港来信", "script_game", COPY)], path)
    return WorkerSetup(path, (NamedWork("w1", ("雾港来信",), ()),), Policy.load(None).phrases, 0.5)


def run(setup: WorkerSetup, use: Callable[[ComparePool], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def whole() -> None:
        pool = ComparePool(setup, 1, **options)
        try:
            await use(pool)
        finally:
            await pool.close()

    asyncio.run(whole())


def worker_pids(pool: ComparePool) -> list[int]:
    executor = pool._executor
    return list(executor._processes or ()) if executor is not None else []


def test_each_page_gets_its_own_findings_however_they_are_batched(setup: WorkerSetup) -> None:
    async def use(pool: ComparePool) -> None:
        pages = [PageText(f"页 {n}", COPY if n % 3 == 0 else PLAIN) for n in range(60)]
        found = await asyncio.gather(*(pool.compare(page) for page in pages))
        assert [bool(f.verdicts) for f in found] == [n % 3 == 0 for n in range(60)]

    run(setup, use)


def test_a_process_that_dies_is_replaced_and_no_page_is_lost(setup: WorkerSetup) -> None:
    async def use(pool: ComparePool) -> None:
        assert (await pool.compare(PageText("", COPY))).verdicts
        waiting = [asyncio.ensure_future(pool.compare(PageText("雾港来信", COPY * 5))) for _ in range(40)]
        await asyncio.sleep(0)
        for pid in worker_pids(pool):
            os.kill(pid, signal.SIGKILL)
        found = await asyncio.gather(*waiting)
        assert all(f.verdicts and not f.failed for f in found)

    run(setup, use)


def test_a_page_that_hangs_its_process_fails_alone(setup: WorkerSetup) -> None:
    """Too short a patience stands for a page that never ends: it fails with words, and nothing else waits."""

    async def use(pool: ComparePool) -> None:
        found = await pool.compare(PageText("", COPY))
        assert found.failed == "比对超时"

    run(setup, use, timeout=0.001)


def test_a_page_that_cannot_be_compared_does_not_take_its_batch_with_it(
    setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the worker itself, where the batch is one call."""
    monkeypatch.setattr(worker, "_bench", worker._WorkerState(setup))
    bad: Any = PageText("", None)  # type: ignore[arg-type]
    found = worker.compare([PageText("", COPY), bad, PageText("", COPY)])
    assert [bool(f.verdicts) for f in found] == [True, False, True]
    assert found[1].failed


def test_processes_end_with_their_parent(setup: WorkerSetup, tmp_path: Path) -> None:
    """A killed patrol leaves no comparing process behind."""
    script = tmp_path / "orphan.py"
    script.write_text(
        "import asyncio, sys, pickle\n"
        "from patrol.processing.pool import ComparePool\n"
        "from patrol.judging.scanning import PageText\n"
        "async def main():\n"
        "    pool = ComparePool(pickle.load(open(sys.argv[1], 'rb')), 1)\n"
        "    await pool.compare(PageText('', 'x'))\n"
        "    print(*pool._executor._processes, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n",
        encoding="utf-8",
    )
    (tmp_path / "setup").write_bytes(pickle.dumps(setup))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "setup")], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        (pid,) = map(int, parent.stdout.readline().split())
        parent.kill()

    def gone() -> bool:
        try:
            return "Z" in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]
        except FileNotFoundError:
            return True

    wait_until(gone)
