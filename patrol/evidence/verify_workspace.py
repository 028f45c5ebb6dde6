"""Verification as an officer asks for it: finds the evidence that is meant, verifies and mends it, and enters that it was done.

A folder of evidence is verified wherever it was copied to, without workspace or database; within a workspace what the
database remembers and the settings' stamp authorities are used too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.config import Workspace
from patrol.errors import EvidenceError
from patrol.evidence.custody import record_act
from patrol.evidence.db_claims import Wanted, database_claims, folders_below, wanted_evidence
from patrol.evidence.findings import FolderReport
from patrol.evidence.stamping import Authorities, read_roots
from patrol.evidence.verify import Against, repair_folder, verify_custody, verify_folders
from patrol.lock import patrol_lock
from patrol.workspace import open_workspace


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, a report a folder and one for the custody record. ``repaired``: what was mended, in words;
    ``unentered``: why the custody record could not say that this was done, "" when it does."""

    wanted: Wanted
    reports: tuple[FolderReport, ...]
    repaired: Mapping[Path, list[str]]
    unentered: str = ""

    @property
    def sound(self) -> bool:
        """Whether everything is as it was kept."""
        return all(report.sound for report in self.reports)

    @property
    def clean(self) -> bool:
        """Whether there is also nothing to do."""
        return all(report.clean for report in self.reports)

    @property
    def good_records(self) -> int:
        """How many of the lead's own records are as they were kept."""
        broken = {(report.folder, record) for report in self.reports for record in report.broken_records}
        return sum(record not in broken for record in self.wanted.records)

    def as_json(self) -> dict[str, Any]:
        return {
            "sound": self.sound,
            "clean": self.clean,
            "lead": self.wanted.lead or None,
            "folders": [r.as_json() | {"repaired": self.repaired.get(r.folder, [])} for r in self.reports],
        }


def verify_evidence(
    what: str | None,
    *,
    repair: bool = False,
    roots: Path | None = None,
    watch: Callable[[int, int], object] = lambda done, total: None,
) -> Verification:
    """Verify a folder, a patrol (its number), a lead (编号) or, for None, everything. ``repair``: mend first what a power
    cut left; ``roots``: certificates (PEM) instead of those of the settings; ``watch`` is told how many of how many
    folders are done.

    Raises ConfigError without a workspace where one is needed, InputError when there is no such evidence, EvidenceError
    when it cannot be read, BusyError when it is to be mended while a patrol runs.
    """
    folder = _folder(what)
    workspace = Workspace.find_or_none() if folder is not None else Workspace.find()
    with ExitStack() as held:
        known = {}
        if folder is not None or workspace is None:
            wanted = Wanted(folders_below(folder or Path.cwd()))
        else:
            here = held.enter_context(open_workspace())
            wanted = wanted_evidence(workspace, here.database, what)
            known = database_claims(workspace, here.database, wanted.folders)
        own = workspace if workspace is not None and _among(workspace, wanted.folders) else None
        against = _against(workspace, roots, known)
        if repair and own is not None:
            held.enter_context(patrol_lock(own.root))
        repaired = {one: repair_folder(one, against) for one in wanted.folders} if repair else {}
        reports = _reports(wanted.folders, against, watch)
        found = Verification(wanted, tuple(reports), repaired)
        return found if own is None else Verification(wanted, found.reports, repaired, _enter(own, found, what))


def _folder(what: str | None) -> Path | None:
    """The folder that ``what`` names; a number is a patrol's, whatever lies in the current folder."""
    path = Path(what).expanduser() if what and not what.isdigit() else None
    return path.resolve() if path is not None and path.is_dir() else None


def _among(workspace: Workspace, folders: Iterable[Path]) -> bool:
    return any(folder.parent == workspace.evidence for folder in folders)


def _against(workspace: Workspace | None, roots: Path | None, known: Mapping[Path, Any]) -> Against:
    if roots is not None:
        return Against(read_roots(roots.expanduser()), False, known)
    if workspace is None or not workspace.config.evidence.timestamp_authorities:
        return Against(None, False, known)
    return Against(Authorities.of(workspace).roots, True, known)


def _reports(folders: tuple[Path, ...], against: Against, watch: Callable[[int, int], object]) -> list[FolderReport]:
    done = iter(range(1, len(folders) + 1))
    reports = verify_folders(folders, against, lambda: watch(next(done), len(folders)))
    for evidence in dict.fromkeys(folder.parent for folder in folders):
        custody = verify_custody(evidence)
        reports += [custody] if custody else []
    return reports


def _enter(workspace: Workspace, found: Verification, what: str | None) -> str:
    """Enter the verification in the custody. Why that failed, in Chinese: what was found has to be shown all the same."""
    lead = found.wanted.lead
    about = f"线索 {lead}" if lead else f"第 {what} 次巡查" if what and what.isdigit() else what or "全部证据"
    whole = "完好" if found.sound else "有与取证时不一致之处"
    try:
        record_act(workspace, "verify", leads=[lead] if lead else (), what=f"{about}：{whole}")
    except EvidenceError as error:
        return f"这次核验没有登记：{error}"
    return ""
