"""The writing thread: groups, order, and what happens when it cannot go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError

from patrol.config import Workspace
from patrol.db.models import Capture, Patrol
from patrol.db.session import Database
from patrol.errors import EvidenceError
from patrol.evidence.vault import Vault
from patrol.items import PageItem
from patrol.judging.model import Judgement
from patrol.leads.store import Ledger
from patrol.processing.session import facts_of_item
from patrol.processing.writer import Recorder
from patrol.text.storage import storable_extraction
from tests.evidence.pages import page


@pytest.fixture
def vault(workspace: Workspace, database: Database) -> Vault:
    with database.session() as session:
        session.add(Patrol(id=1, started_at=datetime.now(UTC)))
    return Vault.open(workspace, database, 1)


def run(vault: Vault, ledger: Ledger, use: Callable[[Recorder], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        recorder = Recorder(vault, ledger)
        try:
            await use(recorder)
        finally:
            await recorder.close()

    asyncio.run(whole())


def judged(item: PageItem, capture_id: int) -> Judgement:
    facts = facts_of_item(replace(item, capture_id=capture_id, extracted=storable_extraction(item.extracted)))
    return Judgement(facts, (), "index-1", None)


def pages(number: int) -> list[PageItem]:
    return [page(f"http://a.example.cn/{n}", text=f"正文{n}") for n in range(number)]


def test_pages_given_at_once_are_kept_in_groups_and_each_gets_its_own_number(
    vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    keep = vault.keep

    def counted(group: Any) -> list[int]:
        groups.append(len(group))
        return keep(group)

    monkeypatch.setattr(vault, "keep", counted)

    async def use(recorder: Recorder) -> None:
        items = pages(100)
        numbers = await asyncio.gather(*(recorder.keep(item) for item in items))
        with database.session() as session:
            kept = {row.id: row.url for row in session.execute(select(Capture.id, Capture.url))}
        assert [kept[number] for number in numbers] == [item.url for item in items]
        await asyncio.gather(*(recorder.enter(judged(i, n)) for i, n in zip(items, numbers, strict=True)))

    run(vault, Ledger(database.engine), use)
    assert sum(groups) == 100
    assert len(groups) < 100
    with database.session() as session:
        assert session.scalars(select(Capture.id).where(Capture.judged_at.is_(None))).all() == []


def test_the_event_loop_is_never_held_by_the_disk(vault: Vault, database: Database) -> None:
    """A disk that takes half a second for each group: the loop goes on turning all the while."""
    keep = vault.keep
    slow = threading.Event()

    def waiting(group: Any) -> list[int]:
        slow.wait(0.5)
        return keep(group)

    vault.keep = waiting  # type: ignore[method-assign]

    async def use(recorder: Recorder) -> None:
        task = asyncio.ensure_future(recorder.keep(pages(1)[0]))
        longest = 0.0
        loop = asyncio.get_running_loop()
        while not task.done():
            before = loop.time()
            await asyncio.sleep(0.005)
            longest = max(longest, loop.time() - before)
        assert longest < 0.25, "the loop waited for the disk"
        assert await task > 0

    run(vault, Ledger(database.engine), use)


def test_when_evidence_cannot_be_written_everything_after_it_is_refused(vault: Vault, database: Database) -> None:
    def full(_group: Any) -> list[int]:
        raise EvidenceError("证据写不进：磁盘已满")

    async def use(recorder: Recorder) -> None:
        item = pages(1)[0]
        number = await recorder.keep(item)
        vault.keep = full  # type: ignore[method-assign]
        with pytest.raises(EvidenceError, match="磁盘已满"):
            await recorder.keep(item)
        with pytest.raises(EvidenceError, match="磁盘已满"):
            await recorder.enter(judged(item, number))
        assert recorder.failure is not None

    run(vault, Ledger(database.engine), use)


def test_a_judgement_that_the_database_refuses_fails_alone(
    vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(database.engine)
    enter = ledger.enter

    def refusing(group: list[Judgement]) -> Any:
        if any(j.page.url.endswith("/3") for j in group):
            raise DataError("INSERT", {}, ValueError("value too long"))
        return enter(group)

    monkeypatch.setattr(ledger, "enter", refusing)

    async def use(recorder: Recorder) -> None:
        items = pages(6)
        numbers = await asyncio.gather(*(recorder.keep(item) for item in items))
        outcomes = await asyncio.gather(
            *(recorder.enter(judged(i, n)) for i, n in zip(items, numbers, strict=True)), return_exceptions=True
        )
        assert [isinstance(outcome, DataError) for outcome in outcomes] == [n == 3 for n in range(6)]
        assert recorder.failure is None

    run(vault, ledger, use)
    with database.session() as session:
        left = session.scalars(select(Capture.url).where(Capture.judged_at.is_(None))).all()
    assert left == ["http://a.example.cn/3"]
