"""Export of evidence: gives leads' evidence to others as a package, and enters in the custody record that it went out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from patrol import clock
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.custody import acting_officers, record_act, record_unmasking
from patrol.evidence.files import patrol_folder
from patrol.evidence.prune import settle
from patrol.evidence.record_removal import is_unfinished
from patrol.leads.views import LeadView
from patrol.lock import patrol_lock
from patrol.packages.gather import gather, wanted_leads
from patrol.packages.package import Package, Renderers, check_reviewed, file_name, write_package


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What an officer asks for. ``leads``: numbers or ids; ``path`` None: a file in the folder of reports; ``draft``:
    though not everything is reviewed; ``masked``: personal data in the documents are covered, else for a ``reason``;
    ``by``: who asks, "" for the officers of the settings."""

    leads: Sequence[str]
    path: Path | None = None
    draft: bool = False
    masked: bool = True
    reason: str = ""
    by: str = ""


def export_evidence(
    workspace: Workspace, database: Database, session: Session, wish: ExportWish, renderers: Renderers
) -> Package:
    """Write the package of some leads. The custody record says so before anything leaves, and again when it is written.

    Raises InputError for what may not go out like this (nobody named, not reviewed, a file that stands there already),
    EvidenceError when evidence is missing or was changed.
    """
    people = acting_officers(workspace, wish.by)
    views = wanted_leads(session, workspace, wish.leads)
    path = _free_path(workspace, views, wish.path)
    _settle(workspace, database, {capture.patrol_id for view in views for capture in view.captures})
    selection = gather(session, workspace, views)
    if not wish.draft:
        check_reviewed(selection)
    concerned = [view.number for view in views]
    numbers = "、".join(concerned)
    if not wish.masked:
        record_unmasking(workspace, wish.by, wish.reason, f"证据包文书，线索 {numbers}", concerned)
    record_act(
        workspace,
        "export",
        officers=people,
        leads=concerned,
        what=f"线索 {numbers}，文件 {path.name}",
        why=wish.reason,
        draft=wish.draft,
    )
    package = write_package(
        workspace, selection, renderers, path, officers=people, draft=wish.draft, masked=wish.masked
    )
    record_act(
        workspace,
        "exported",
        officers=people,
        leads=concerned,
        what=f"文件 {path.name}",
        sha256=package.sha256,
        sm3=package.sm3,
    )
    return package


def _free_path(workspace: Workspace, views: Sequence[LeadView], asked: Path | None) -> Path:
    several = f"等{len(views)}条" if len(views) > 1 else ""
    name = f"证据包_{file_name(views[0].number)}{several}_{clock.show_file_stamp(clock.now())}.zip"
    path = (asked or workspace.reports / name).expanduser().resolve()
    if path.exists():
        raise InputError(f"已有文件 {path}，证据包不覆盖旧文件。请换一个文件名")
    return path


def _settle(workspace: Workspace, database: Database, patrol_ids: set[int]) -> None:
    """End a pruning that was cut off, before its files are read."""
    waiting = [number for number in patrol_ids if is_unfinished(patrol_folder(workspace, number))]
    if waiting:
        with patrol_lock(workspace.root):
            for number in waiting:
                settle(workspace, database, number)
