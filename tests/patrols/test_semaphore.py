"""Sites share the semaphore of one patrol: slow ones take little of it, and who came first goes first."""

from __future__ import annotations

import asyncio

from patrol.patrols.semaphore import MIN_SHARE, WeightedSemaphore, share_of


async def _hold(semaphore: WeightedSemaphore, name: str, share: float, started: list[str], go: asyncio.Event) -> None:
    async with semaphore.acquire(share):
        started.append(name)
        await go.wait()


def test_patient_sites_do_not_keep_the_others_waiting() -> None:
    async def scene() -> list[str]:
        semaphore, started, go = WeightedSemaphore(2), list[str](), asyncio.Event()
        shares = [share_of(60, 1)] * 8 + [share_of(0, 1), share_of(0, 1)]
        tasks = [asyncio.create_task(_hold(semaphore, str(n), share, started, go)) for n, share in enumerate(shares)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = list(started)
        go.set()
        await asyncio.gather(*tasks)
        assert len(started) == 10
        return before

    assert asyncio.run(scene()) == [str(n) for n in range(9)]
    assert share_of(60, 1) == MIN_SHARE


def test_who_came_first_goes_first_and_a_cancelled_one_frees_its_place() -> None:
    async def scene() -> list[str]:
        semaphore, started = WeightedSemaphore(1), list[str]()
        first, later = asyncio.Event(), asyncio.Event()
        later.set()
        one = asyncio.create_task(_hold(semaphore, "one", 1.0, started, first))
        await asyncio.sleep(0)
        large = asyncio.create_task(_hold(semaphore, "large", 1.0, started, later))
        gone = asyncio.create_task(_hold(semaphore, "gone", 1.0, started, later))
        small = asyncio.create_task(_hold(semaphore, "small", 0.1, started, later))
        await asyncio.sleep(0)
        gone.cancel()
        first.set()
        await asyncio.gather(one, large, small)
        return started

    assert asyncio.run(scene()) == ["one", "large", "small"]
