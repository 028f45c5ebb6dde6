"""Database claims: tell which evidence somebody means, and what the database remembers of it, for ``verify`` to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage, Lead, Match, Patrol, Signal
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.chain import CHAIN_NAME
from patrol.evidence.files import patrol_folder
from patrol.evidence.verify import DatabaseClaims


@dataclass(frozen=True, slots=True)
class Wanted:
    """Folders of patrols; for a lead also its number and the records (ids) of its pages, by folder. Among the folders are
    those that hold its images and what its pages were found unchanged against."""

    folders: tuple[Path, ...]
    lead: str = ""
    records: tuple[tuple[Path, str], ...] = ()


def folders_below(path: Path) -> tuple[Path, ...]:
    """Return the folders of patrols at or below a folder that somebody copied. Raises InputError when there are none."""
    if (path / CHAIN_NAME).exists() or path.name.startswith("patrol-"):
        return (path,)
    found = tuple(sorted(folder for folder in path.glob("patrol-*") if folder.is_dir()))
    if not found:
        raise InputError(
            f"{path} 里没有证据链 {CHAIN_NAME}，也没有 patrol- 开头的证据目录。请指明一次巡查的证据目录；"
            "导出的证据包请按包内说明核验"
        )
    return found


def wanted_evidence(workspace: Workspace, database: Database, what: str | None) -> Wanted:
    """Find the evidence that is meant: all (None), a patrol's (its number), or a lead's (its number 编号). Raises
    InputError."""
    with database.session() as session:
        patrols = {row.id: row.chain_head for row in session.execute(select(Patrol.id, Patrol.chain_head))}
        if what is None:
            there = set(workspace.evidence.glob("patrol-*")) | {
                patrol_folder(workspace, number) for number, head in patrols.items() if head
            }
            return Wanted(tuple(sorted(there)))
        if what.isascii() and what.isdigit() and len(what) < 10:
            folder = patrol_folder(workspace, int(what))
            if int(what) not in patrols and not folder.is_dir():
                raise InputError(f"没有第 {what} 次巡查。核验线索请写线索编号（见 patrol leads list）")
            return Wanted((folder,))
        lead = session.scalar(select(Lead.id).where(Lead.number == what))
        if lead is None:
            raise InputError(f"没有编号为“{what}”的线索，也没有这个目录。线索编号见 patrol leads list")
        pages = select(Capture.patrol_id, Capture.record_id).where(
            or_(
                Capture.id.in_(select(Match.capture_id).where(Match.lead_id == lead)),
                Capture.id.in_(select(Signal.capture_id).where(Signal.lead_id == lead)),
            )
        )
        rows = session.execute(pages.order_by(Capture.id)).all()
        used = pages.with_only_columns(Capture.id)
        whole = select(Capture.refers_to).where(Capture.id.in_(used), Capture.refers_to != "")
        beside = {*session.scalars(select(Capture.patrol_id).where(Capture.record_id.in_(whole)))}
        images = select(CaptureImage.patrol_id).where(CaptureImage.capture_id.in_(used), CaptureImage.record_id != "")
        beside |= {*session.scalars(images)}
    records = tuple((patrol_folder(workspace, number), record) for number, record in rows)
    folders = {folder for folder, _ in records} | {patrol_folder(workspace, number) for number in beside}
    return Wanted(tuple(sorted(folders)), what, records)


def database_claims(workspace: Workspace, database: Database, folders: Sequence[Path]) -> dict[Path, DatabaseClaims]:
    """Return what the database remembers of these folders' patrols."""
    with database.session() as session:
        heads = {patrol_folder(workspace, n): (n, h) for n, h in session.execute(select(Patrol.id, Patrol.chain_head))}
        known = {}
        for folder in folders:
            if folder not in heads:
                continue
            number, head = heads[folder]
            query = select(Capture.record_id, Capture.chain_sha256, Capture.record_sha256)
            rows = [*session.execute(query.where(Capture.patrol_id == number))]
            images = select(CaptureImage.record_id, CaptureImage.chain_sha256, CaptureImage.record_sha256)
            rows += session.execute(images.where(CaptureImage.patrol_id == number, CaptureImage.record_id != ""))
            known[folder] = DatabaseClaims(head, {record: (line, digest) for record, line, digest in rows})
        return known
