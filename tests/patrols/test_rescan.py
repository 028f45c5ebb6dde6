"""A newly protected work meets the archive: the same leads as in a patrol, nothing doubled, and it can be stopped."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from patrol.config import Workspace
from patrol.db.casework import Rescan
from patrol.db.models import Capture, CaptureText, Lead, LeadEvent, Match, Patrol, Signal, Work, WorkText
from patrol.db.session import Database
from patrol.errors import BusyError, InputError
from patrol.lock import patrol_lock
from patrol.patrols import rescan
from patrol.patrols.rescan import Asked, RescanOutcome, RescanProgress, run_rescan
from patrol.processing.session import PatrolSession

NOW = datetime.now(UTC)
LETTER = (
    "潮水退去的夜里，守灯人把一封没有落款的信压在马灯底下，信封上只写着一个日期。他等了三十年，没有等到来取信的人。" * 5
)
NIGHT = "夜航船离岸的时候，船老大数了数舱里的灯，一共七盏，少了最要紧的那一盏。他没有声张，只把舵往北偏了半分。" * 5


def protect(database: Database, work: str, title: str, text: str = "", **values: Any) -> None:
    digest = hashlib.sha256(text.encode()).hexdigest() if text else ""
    with database.session() as session:
        plain = {"id": work, "title": title, "kind": "script_game", "imported_at": NOW, "text_sha256": digest}
        session.execute(insert(Work).values(plain | values))
        if text:
            session.execute(insert(WorkText).values(work_id=work, text=text))


def archive(database: Database, *texts: str, site: str = "shop", judged: bool = True, **extracted: Any) -> list[int]:
    """Captures as an earlier patrol left them, one a text."""
    with database.session() as session:
        if session.get(Patrol, 1) is None:
            session.add(Patrol(id=1, started_at=NOW - timedelta(days=9), status="done"))
            session.flush()
        first = (session.scalar(select(func.max(Capture.id))) or 0) + 1
        for number, text in enumerate(texts, first):
            url = f"http://{site}.example.cn/{number}"
            row = {
                "id": number, "patrol_id": 1, "site": site, "page_kind": "listing", "url": url, "canonical_url": url,
                "http_status": 200, "fetched_at": NOW - timedelta(days=9), "warc_path": "x", "warc_offset": 0,
                "warc_length": 1, "record_id": f"<urn:{number}>", "payload_sha256": "0" * 64,
                "record_sha256": "0" * 64, "chain_sha256": "0" * 64, "title": extracted.get("title", ""),
                "extracted": extracted, "judged_at": NOW - timedelta(days=9) if judged else None,
            }  # fmt: skip
            session.execute(insert(Capture).values(row))
            session.execute(insert(CaptureText).values(capture_id=number, text=text))
    return list(range(first, first + len(texts)))


def through(workspace: Workspace, database: Database, *works: str, **more: Any) -> RescanOutcome:
    return run_rescan(workspace, database, Asked(works=works), **more)


def counts(database: Database) -> dict[str, int]:
    with database.session() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Lead, Match, Signal, LeadEvent)
        }


def signals_of(database: Database, capture: int) -> list[tuple[str, float, str]]:
    with database.session() as session:
        query = select(Signal.code, Signal.points, Signal.place).where(Signal.capture_id == capture)
        return sorted((code, points, place) for code, points, place in session.execute(query))


def test_a_new_work_is_found_in_the_archive_just_as_a_patrol_would_have_found_it(
    workspace: Workspace, database: Database
) -> None:
    sold = {"title": "雾港来信 1:1复刻", "price": "19", "seller": "甲店"}
    (old, listed) = archive(database, LETTER, "雾港来信，1:1复刻，盒装同款", site="old", **sold)
    archive(database, "毫不相干的一页文字，说的是天气和收成。" * 10, site="old")
    (home, again_seen) = archive(database, LETTER, LETTER, site="old")
    with database.session() as session:
        session.execute(update(Capture).where(Capture.id == home).values(role="home"))
        session.execute(update(Capture).where(Capture.id == again_seen).values(refers_to=f"<urn:{old}>"))
    (now,) = archive(database, LETTER, site="now", judged=False, **sold)
    protect(database, "w1", "雾港来信", LETTER, list_price=500)
    outcome = through(workspace, database, "w1")
    assert (outcome.progress.compared, outcome.progress.opened, outcome.interrupted) == (3, 2, False)
    with database.session() as session:
        leads = session.scalars(select(Lead).order_by(Lead.id)).all()
        assert [(lead.kind, lead.work_id) for lead in leads] == [("verbatim", "w1"), ("sale", "w1")]
        assert leads[0].found_at > NOW, "found now, though captured long ago"
        event = session.scalar(select(LeadEvent.reason).order_by(LeadEvent.id).limit(1))
        assert event == "与以前的取证快照比对发现，定为甲级"
        assert session.scalar(select(Capture.judged_at).where(Capture.id == now)) is None, "left to the next patrol"

    with database.session() as session:
        session.add(Patrol(id=2, started_at=NOW))

    async def patrolled() -> int:
        room = await PatrolSession.open(workspace, database, 2)
        try:
            return await room.judge_leftovers()
        finally:
            await room.close()

    assert asyncio.run(patrolled()) == 1
    assert signals_of(database, old) == signals_of(database, now)
    assert signals_of(database, listed)
    before = counts(database)
    again = through(workspace, database, "w1", fresh=True)
    assert (again.progress.opened, again.progress.joined) == (0, 0)
    assert counts(database) == before, "nothing is entered twice"


def test_a_page_that_is_a_lead_already_gets_the_new_work_s_match_and_keeps_what_it_had(
    workspace: Workspace, database: Database
) -> None:
    protect(database, "w1", "雾港来信", LETTER)
    (page,) = archive(database, f"{LETTER}\n\n{NIGHT}", title="合集", price="9")
    through(workspace, database, "w1")
    first = counts(database)
    with database.session() as session:
        session.execute(update(Lead).values(status="dismissed"))
    protect(database, "w2", "夜航船上", NIGHT)
    outcome = through(workspace, database, "w2")
    assert (outcome.progress.opened, outcome.progress.joined) == (0, 1)
    with database.session() as session:
        matches = session.execute(select(Match.capture_id, Match.work_id, Match.lead_id).order_by(Match.id)).all()
        assert [tuple(row) for row in matches] == [(page, "w1", 1), (page, "w2", 1)]
        assert session.scalar(select(Lead.status)) == "dismissed", "what an officer decided stays"
        last = session.scalar(select(LeadEvent.reason).order_by(LeadEvent.id.desc()).limit(1))
        assert last is not None
        assert last.startswith("与后来受保护的作品比对，再次发现")
        codes = list(session.scalars(select(Signal.code)))
    assert codes.count("selling") == 1, "a price is one fact, whichever work is looked for"
    assert counts(database)["lead_event"] == first["lead_event"] + 1


def test_a_stopped_rescan_goes_on_where_it_stopped(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescan, "WAITING_PAGES", 2)
    protect(database, "w1", "雾港来信", LETTER)
    archive(database, *[f"第{n}页。{LETTER}" for n in range(7)])

    def stop(progress: RescanProgress) -> None:
        if progress.compared == 2:
            signal.raise_signal(signal.SIGINT)

    outcome = through(workspace, database, "w1", watch=stop)
    assert outcome.interrupted
    assert 2 <= outcome.progress.compared < 7
    assert outcome.progress.total == 7
    done = counts(database)["match"]
    assert done == outcome.progress.compared
    # As if it had been killed after entering a group and before noting it.
    with database.session() as session:
        session.execute(update(Rescan).values(last_capture=0, compared=0, status="running"))
    on = run_rescan(workspace, database, Asked())
    assert (on.resumed, on.interrupted, on.progress.compared) == (True, False, 7)
    assert counts(database)["match"] == 7
    assert on.progress.opened == 7, "counted over both runs"
    with pytest.raises(InputError, match="没有中断的重新比对"):
        run_rescan(workspace, database, Asked())


def test_what_cannot_be_rescanned_is_said(workspace: Workspace, database: Database) -> None:
    with pytest.raises(InputError, match="作品库是空的"):
        run_rescan(workspace, database, Asked(everything=True))
    protect(database, "w1", "雾港来信", LETTER)
    with pytest.raises(InputError, match="没有编号为“w9”"):
        through(workspace, database, "w9")
    with pytest.raises(InputError, match="以后没有导入作品"):
        run_rescan(workspace, database, Asked(since=NOW + timedelta(days=1)))
    with patrol_lock(workspace.root), pytest.raises(BusyError):
        through(workspace, database, "w1")
