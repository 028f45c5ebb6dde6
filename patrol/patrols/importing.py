"""Import of saved pages: plans a patrol of its own kind, whose targets are files instead of sites.

Each file is a target (inactive, so that no other patrol takes it up) known by its digest: so a file is imported once,
each file's end stands in the patrol like any target's, and an import that was stopped goes on with what is not done.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import insert, select, update

from patrol import __version__, clock
from patrol.actor import system_account
from patrol.config import Workspace
from patrol.db.models import Capture, Patrol, PatrolTarget, Target
from patrol.db.portions import portions
from patrol.db.session import Database
from patrol.directory.schedule import MANUAL
from patrol.errors import InputError
from patrol.lock import patrol_lock
from patrol.patrols import records
from patrol.patrols.job import SiteJob
from patrol.patrols.run import PatrolOutcome, Progress, crawl_through
from patrol.text.storage import IMPORTED_KEY, storable
from patrol.vocabulary import FIELD_OF_WORK, IMPORTED, Field, PageKind, RunStatus
from patrol.works import library

SPIDER = "import"
MAX_BYTES = 4 * 1024 * 1024 * 1024
MAX_FILES = 10_000
MAX_COMPANIONS = 500
MAX_COMPANION_BYTES = 256 * 1024 * 1024
IMPORTABLE = frozenset(
    (
        ".html",
        ".htm",
        ".xhtml",
        ".shtml",
        ".mhtml",
        ".mht",
        ".warc",
        ".gz",
        ".wacz",
        ".pdf",
        ".csv",
        ".tsv",
        ".xlsx",
        ".xlsm",
    )
)
"""What is picked up from a folder by its name; a file that is named itself is always tried."""

_FOLDER_TAILS = ("_files", ".files", "_文件", "-Dateien")
"""How browsers name the folder beside a saved page."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person said of the files. ``columns``: (column head, field of ``Extracted``) of tables; ``source``: who
    brought them (来源); ``field`` and ``kind`` None: as the site file or the work says."""

    site: str = ""
    field: Field | None = None
    kind: PageKind | None = None
    url: str = ""
    source: str = ""
    note: str = ""
    columns: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what stands in ``patrol.filter`` and so marks the patrol as an import."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {"import": said | ({"columns": [list(pair) for pair in self.columns]} if self.columns else {})}


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One file to read: the target it is in the patrol, where it stands now, and the resources saved beside it."""

    path: str
    name: str
    sha256: str
    target: int = 0
    companions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportJob:
    """All that the spider is told, as its one argument. ``again``: pages that earlier imports kept are kept once more."""

    files: tuple[ImportFile, ...]
    options: ImportOptions = field(default_factory=ImportOptions)
    by: str = ""
    again: bool = False

    def to_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str) -> ImportJob:
        raw = json.loads(text)
        files = tuple(
            ImportFile(**{**one, "companions": tuple((name, path) for name, path in one["companions"])})
            for one in raw["files"]
        )
        said = raw["options"]
        said["field"] = Field(said["field"]) if said["field"] else None
        said["kind"] = PageKind(said["kind"]) if said["kind"] else None
        said["columns"] = tuple((head, name) for head, name in said["columns"])
        return cls(files, ImportOptions(**said), raw["by"], raw["again"])


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """A file that an earlier import has taken in already."""

    name: str
    target: int
    patrol_id: int
    captures: int


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """``patrol`` is None when every file had been imported before (``known``); ``twins``: (name, name of the file in
    this import with the very same bytes); ``passed``: files in folders that are of no kind to import."""

    patrol: PatrolOutcome | None
    known: tuple[KnownFiles, ...] = ()
    twins: tuple[tuple[str, str], ...] = ()
    passed: int = 0


def run_import(
    workspace: Workspace,
    database: Database,
    paths: Sequence[Path],
    options: ImportOptions,
    *,
    again: bool = False,
    watch: Callable[[Progress], None] = lambda _: None,
) -> ImportOutcome:
    """Import files and all importable files of folders; go on with an import of them that was stopped.

    Raises PatrolError: InputError when a path is missing, unreadable or too large, BusyError, ConfigError …
    """
    started = clock.now()
    found, passed = gather(paths)
    files, twins = _digested(found)
    if options.url and len(files) != 1:
        raise InputError("--url 只能用于单个文件")
    with patrol_lock(workspace.root) as lock:
        files = _entered(database, files, options, started)
        known = () if again else _known(database, files)
        taken = {one.target for one in known}
        files = [file for file in files if file.target not in taken]
        if not files:
            return ImportOutcome(None, tuple(known), twins, passed)
        library.refresh(workspace, database)
        patrol_id = None if again else _interrupted(database, options, [file.target for file in files])
        resumed = patrol_id is not None
        if patrol_id is None:
            patrol_id = _begin(database, options, started, library.index_version(workspace))
        else:
            records.resume(database, patrol_id)
        to_do = _assigned(database, patrol_id, files)
        job = ImportJob(tuple(file for file in files if file.target in to_do), options, system_account(), again)
        site = SiteJob(IMPORTED, SPIDER, False, tuple(f.target for f in job.files), arguments=(("job", job.to_text()),))
        outcome = crawl_through(workspace, database, patrol_id, (site,), lock, watch, started, resumed)
    return ImportOutcome(outcome, tuple(known), twins, passed)


def places_done(database_url: str, patrol_id: int, job: ImportJob) -> frozenset[tuple[int, str]]:
    """Return ``(target, place in its file)`` of every page of the job's files that is kept already: by this import, and by earlier
    ones that were told the same, so that a file with a page lost is completed and not doubled."""
    targets = [file.target for file in job.files]
    database = Database(database_url)
    try:
        with database.session() as session:
            patrols = {patrol_id}
            if not job.again:
                told = select(Patrol.id, Patrol.filter).join(PatrolTarget).where(PatrolTarget.target_id.in_(targets))
                patrols |= {number for number, asked in session.execute(told) if asked == job.options.as_json()}
            query = select(Capture.target_id, Capture.extracted).where(
                Capture.patrol_id.in_(patrols), Capture.target_id.in_(targets)
            )
            return frozenset(
                (target, str(extracted.get(IMPORTED_KEY, {}).get("place", "")))
                for target, extracted in session.execute(query)
                if target is not None
            )
    finally:
        database.close()


# -- which files ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to import, what it is called to the person (within the folder that was named), and what lies beside it."""

    path: Path
    name: str
    companions: tuple[tuple[str, str], ...] = ()


def gather(paths: Sequence[Path]) -> tuple[list[FoundFile], int]:
    """Find the files named and those in the folders named, in order, without the resource folders that belong to a
    saved page; and how many files of folders were passed over. Links in folders are not followed.

    Raises InputError when a path is missing, when there are too many files, or none.
    """
    found: list[FoundFile] = []
    passed = 0
    for path in paths:
        if path.is_dir():
            inside, left = _walk(path)
            found += inside
            passed += left
        elif path.is_file():
            found.append(FoundFile(path, path.name, _companions(path)))
        else:
            raise InputError(f"没有这个文件或文件夹：{path}")
        if len(found) > MAX_FILES:
            raise InputError(f"超过 {MAX_FILES} 个文件，请分几次导入")
    found = _told_apart(list({one.path.resolve(): one for one in found}.values()))
    if not found:
        raise InputError("没有可导入的文件。可导入：网页（.html）、MHTML、WARC、WACZ、PDF、CSV、XLSX")
    return found, passed


def _told_apart(found: list[FoundFile]) -> list[FoundFile]:
    """The same files; those of one name are called by as many of their folders as tells them apart."""
    while repeated := {name for name, times in Counter(one.name for one in found).items() if times > 1}:
        longer = []
        for one in found:
            parts = one.path.resolve().parts
            shown = len(PurePosixPath(one.name).parts) + (one.name in repeated)
            longer.append(replace(one, name="/".join(parts[-shown:])) if one.name in repeated else one)
        found = longer
    return found


def _walk(root: Path) -> tuple[list[FoundFile], int]:
    found: list[FoundFile] = []
    passed = 0
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if not name.startswith((".", "__MACOSX")) and not _belongs(here, name, names)
        )
        for name in sorted(names):
            path = here / name
            if name.startswith((".", "~$")) or path.is_symlink() or not path.is_file():
                continue
            if path.suffix.lower() not in IMPORTABLE:
                passed += 1
                continue
            found.append(FoundFile(path, path.relative_to(root.parent).as_posix(), _companions(path)))
            if len(found) > MAX_FILES:
                raise InputError(f"{root}：里面超过 {MAX_FILES} 个文件，请分几次导入")
    return found, passed


def _belongs(folder: Path, name: str, names: Iterable[str]) -> bool:
    """Whether a folder holds the resources of a page saved beside it."""
    stem = next((name.removesuffix(tail) for tail in _FOLDER_TAILS if name.endswith(tail)), "")
    return bool(stem) and any(f"{stem}{tail}" in names for tail in (".html", ".htm", ".xhtml", ".shtml"))


def _companions(page: Path) -> tuple[tuple[str, str], ...]:
    """The resources that a browser saved with a page, within bounds, by their path from the page's folder."""
    if page.suffix.lower() not in (".html", ".htm", ".xhtml", ".shtml"):
        return ()
    held: list[tuple[str, str]] = []
    left = MAX_COMPANION_BYTES
    for tail in _FOLDER_TAILS:
        for path in sorted((page.parent / f"{page.stem}{tail}").rglob("*")):
            if path.is_symlink() or not path.is_file() or len(held) >= MAX_COMPANIONS:
                continue
            left -= path.stat().st_size
            if left < 0:
                return tuple(held)
            held.append((path.relative_to(page.parent).as_posix(), str(path.resolve())))
    return tuple(held)


def _digested(found: Sequence[FoundFile]) -> tuple[list[ImportFile], tuple[tuple[str, str], ...]]:
    """Each file once, with its digest; files with the same bytes as one before are its twins."""
    files: dict[str, ImportFile] = {}
    twins = []
    for one in found:
        try:
            if one.path.stat().st_size > MAX_BYTES:
                raise InputError(f"{one.path}：超过 {MAX_BYTES // 1024**3} GB，请拆分后再导入")
            with one.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"{one.path}：无法读取这个文件（{error.strerror or error}）") from error
        if digest in files:
            twins.append((one.name, files[digest].name))
        else:
            files[digest] = ImportFile(str(one.path.resolve()), storable(one.name), digest, 0, one.companions)
    return list(files.values()), tuple(twins)


# -- rows -------------------------------------------------------------------------------------------------------------


def _entered(
    database: Database, files: Sequence[ImportFile], options: ImportOptions, now: datetime
) -> list[ImportFile]:
    """Each file with the target that stands for it."""
    place = (options.field or Field.LITERATURE).value
    entered = []
    with database.session() as session:
        for file in files:
            address = f"urn:sha256:{file.sha256}"
            query = select(Target).where(Target.site == IMPORTED, Target.url == address, Target.account == "")
            target = session.scalar(query)
            if target is None:
                target = Target(site=IMPORTED, url=address, schedule=MANUAL.value, active=False, imported_at=now)
                session.add(target)
            target.name, target.field, target.note = file.name[:300], place, options.source[:2000]
            target.source = IMPORTED if options.field else FIELD_OF_WORK
            session.flush()
            entered.append(ImportFile(file.path, file.name, file.sha256, target.id, file.companions))
    return entered


def _known(database: Database, files: Sequence[ImportFile]) -> tuple[KnownFiles, ...]:
    names = {file.target: file.name for file in files}
    query = (
        select(PatrolTarget.target_id, PatrolTarget.patrol_id, PatrolTarget.counts)
        .join(Target, Target.id == PatrolTarget.target_id)
        .where(Target.site == IMPORTED, PatrolTarget.status == RunStatus.DONE.value)
        .order_by(PatrolTarget.patrol_id)
    )
    with database.session() as session:
        rows: Mapping[int, tuple[int, dict[str, Any]]] = {
            target: (patrol, counts) for target, patrol, counts in session.execute(query) if target in names
        }
    return tuple(
        KnownFiles(name, target, rows[target][0], int(rows[target][1].get("captures", 0)))
        for target, name in names.items()
        if target in rows
    )


def _interrupted(database: Database, options: ImportOptions, targets: Sequence[int]) -> int | None:
    """The newest unfinished import that was told the same and has one of these files still to do."""
    wanted = set(targets)
    query = (
        select(Patrol.id, Patrol.filter)
        .where(Patrol.status.in_((RunStatus.RUNNING.value, RunStatus.INTERRUPTED.value)))
        .order_by(Patrol.id.desc())
    )
    with database.session() as session:
        rows = session.execute(query).all()
    for number, asked in rows:
        if asked == options.as_json() and wanted & {one.id for one in records.to_do(database, number)}:
            return int(number)
    return None


def _begin(database: Database, options: ImportOptions, now: datetime, index_version: str) -> int:
    with database.session() as session:
        patrol = Patrol(
            started_at=now,
            status=RunStatus.RUNNING.value,
            filter=options.as_json(),
            program_version=__version__,
            index_version=index_version,
        )
        session.add(patrol)
        session.flush()
        return patrol.id


def _assigned(database: Database, patrol_id: int, files: Sequence[ImportFile]) -> frozenset[int]:
    """Put the files into the patrol where they are not yet; the targets among them that are still to do there."""
    with database.session() as session:
        there = set(session.scalars(select(PatrolTarget.target_id).where(PatrolTarget.patrol_id == patrol_id)))
        rows = [{"patrol_id": patrol_id, "target_id": f.target} for f in files if f.target not in there]
        if rows:
            session.execute(insert(PatrolTarget), rows)
        # One that failed in the interrupted import is tried again.
        for portion in portions(f.target for f in files):
            session.execute(
                update(PatrolTarget)
                .where(PatrolTarget.patrol_id == patrol_id, PatrolTarget.target_id.in_(portion))
                .where(PatrolTarget.status == RunStatus.FAILED.value)
                .values(status=RunStatus.PENDING.value, reason="")
            )
    return frozenset(one.id for one in records.to_do(database, patrol_id))
