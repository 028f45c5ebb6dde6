"""Pruning: takes out captures that became no lead after a time (个人信息保护法: no more and no longer than needed).

What goes: pages fetched before the day named, judged, that no match of a lead, no signal of a lead, no review and no
line of a notice's history (a page seen gone) refers to; with the last
page of a brought file the file itself. Their WARC records leave the files (``record_removal.py`` says how a crash is survived), their rows and texts leave
the database. Their digests stay in the chain: in the lines that chained them, and in the ``prune`` line that says when
and why they went. The next stamp of the chain's head covers that line too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from patrol import clock
from patrol.config import Workspace
from patrol.db.casework import NoticeEvent
from patrol.db.models import Capture, CaptureReview, Match, Patrol, Signal
from patrol.db.session import Database
from patrol.errors import EvidenceError
from patrol.evidence.chain import CHAIN_NAME, Layout, iter_captures, layout, read_chain, reopen_chain
from patrol.evidence.custody import acting_officers, record_act
from patrol.evidence.files import patrol_folder
from patrol.evidence.finalize import seal
from patrol.evidence.manifest import remove_manifest
from patrol.evidence.record_removal import agree_rows, finish_replacements, write_new
from patrol.evidence.repair import mend
from patrol.lock import patrol_lock
from patrol.text.storage import IMPORTED_KEY


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went (or, in a dry run, would go). ``heads``: each patrol's chain head after it. Bytes are of WARC files."""

    captures: int
    bytes: int
    files: int
    heads: Mapping[int, str]


def prune(workspace: Workspace, database: Database, before: datetime, *, dry_run: bool = False) -> Pruned:
    """Take out what became no lead and was fetched before ``before``. The caller holds the workspace's patrol lock.

    Each patrol is done whole before the next. Raises EvidenceError when evidence does not agree with its chain (that
    patrol is then left as it was) or cannot be written.
    """
    captures = size = files = 0
    heads: dict[int, str] = {}
    for patrol_id, record_ids in _removable(database, before).items():
        folder = patrol_folder(workspace, patrol_id)
        try:
            if not dry_run:
                settle(workspace, database, patrol_id)
            found, doomed = _doomed(folder, record_ids, _brought(database, patrol_id, record_ids))
            captures += len(record_ids & found.present.keys())
            size += sum(found.present[number].length for number in doomed)
            files += len({found.present[number].file for number in doomed})
            if not dry_run and doomed:
                heads[patrol_id] = _take_out(folder, found, doomed, before)
                settle(workspace, database, patrol_id)
                seal(folder)
        except OSError as error:
            cause = error.strerror or str(error)
            raise EvidenceError(f"{folder} 未能清理：{cause}。请检查磁盘空间和目录权限；保留的证据不受影响") from error
    return Pruned(captures, size, files, heads)


def prune_older(
    workspace: Workspace, database: Database, days: int, *, dry_run: bool = False, reason: str = "", by: str = ""
) -> Pruned:
    """Take out what became no lead within ``days``, under the patrol lock, and enter that in the custody record.

    Raises InputError when nobody stands for it, BusyError while a patrol runs, and as ``prune``.
    """
    before = clock.now() - timedelta(days=days)
    if dry_run:
        return prune(workspace, database, before, dry_run=True)
    people = acting_officers(workspace, by)
    with patrol_lock(workspace.root):
        planned = prune(workspace, database, before, dry_run=True)
        if not planned.captures:
            return planned
        record_act(
            workspace,
            "prune",
            officers=people,
            what=f"{planned.captures} 份满 {days} 天且没有线索的取证快照",
            why=reason or f"保存期满 {days} 天，未形成线索",
            fetched_before=before.isoformat(timespec="seconds"),
        )
        done = prune(workspace, database, before)
        record_act(
            workspace,
            "pruned",
            officers=people,
            what=f"已清理 {done.captures} 份取证快照，{done.files} 个证据文件",
            heads={str(number): head for number, head in done.heads.items()},
        )
    return done


def settle(workspace: Workspace, database: Database, patrol_id: int) -> None:
    """End what an interrupted pruning left: files first, then rows and the stored head."""
    folder = patrol_folder(workspace, patrol_id)
    finish_replacements(folder)
    entries = read_chain(folder / CHAIN_NAME).entries
    if not any(entry.kind == "prune" for entry in entries):
        return
    with database.engine.begin() as connection:
        agree_rows(connection, patrol_id, layout(entries))
        connection.execute(update(Patrol).where(Patrol.id == patrol_id).values(chain_head=entries[-1].digest))


def _removable(database: Database, before: datetime) -> dict[int, set[str]]:
    """Response records' ids of what may go, by patrol. A page that a later visit found unchanged stays as long as that
    visit does: its bytes are the visit's."""
    query = select(Capture.patrol_id, Capture.record_id).where(
        Capture.fetched_at < before,
        Capture.judged_at.is_not(None),
        Capture.id.not_in(select(Match.capture_id).where(Match.lead_id.is_not(None))),
        Capture.id.not_in(select(Signal.capture_id)),
        Capture.id.not_in(select(CaptureReview.capture_id)),
        Capture.id.not_in(select(NoticeEvent.capture_id).where(NoticeEvent.capture_id.is_not(None))),
    )
    found: dict[int, set[str]] = defaultdict(set)
    with database.session() as session:
        rows = session.execute(query.order_by(Capture.patrol_id)).all()
        going = {record_id for _, record_id in rows}
        visits = session.execute(select(Capture.record_id, Capture.refers_to).where(Capture.refers_to != ""))
        needed = {of for visit, of in visits if visit not in going}
    for patrol_id, record_id in rows:
        if record_id not in needed:
            found[patrol_id].add(record_id)
    return found


def _brought(database: Database, patrol_id: int, record_ids: set[str]) -> set[str]:
    """Brought files (their digests) that go, because every page read from them does."""
    query = select(Capture.record_id, Capture.extracted).where(Capture.patrol_id == patrol_id)
    going: set[str] = set()
    staying: set[str] = set()
    with database.session() as session:
        for record_id, extracted in session.execute(query):
            if origin := extracted.get(IMPORTED_KEY):
                (going if record_id in record_ids else staying).add(origin["file_sha256"])
    return going - staying


def _doomed(folder: Path, record_ids: set[str], brought: set[str]) -> tuple[Layout, set[str]]:
    """All records of those captures: request, parts, screenshot and what else stands in their lines, images that
    were fetched for them, and ``brought`` files."""
    entries = read_chain(folder / CHAIN_NAME).entries
    found = layout(entries)
    lines = [entry for entry in iter_captures(entries) if entry.records[0].id in record_ids]
    lines += [entry for entry in entries if entry.kind == "image" and entry.body.get("of") in record_ids]
    lines += [entry for entry in entries if entry.kind == "import" and entry.body.get("sha256") in brought]
    return found, {record.id for entry in lines for record in entry.records if record.id in found.present}


def _take_out(folder: Path, found: Layout, doomed: set[str], before: datetime) -> str:
    """Write the new files, then their lines; return the chain's head. The replacement itself is ``settle``'s."""
    rewritten = []
    try:
        for file in sorted({found.present[number].file for number in doomed}):
            records = [record for record in found.present.values() if record.file == file]
            rewritten.append(write_new(folder, file, records, doomed))
        mend(folder, read_chain(folder / CHAIN_NAME))
        chain, _entries = reopen_chain(folder / CHAIN_NAME)
        try:
            for new in rewritten:
                why = {"rule": "no lead", "fetched_before": before.isoformat(timespec="seconds")}
                chain.add("prune", {**why, **new.line})
            chain.commit()
            remove_manifest(folder)
            return chain.head
        finally:
            chain.close()
    except BaseException:
        finish_replacements(folder)
        raise
