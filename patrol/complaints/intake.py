"""Intake: keeps each file of complaints as it came, then reads and enters its rows, file by file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from patrol import clock
from patrol.actor import Officer, system_account
from patrol.complaints.entering import EnteredComplaints, enter_complaints
from patrol.complaints.reading import Read, read_complaints
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.directory.default_site import SiteBook
from patrol.errors import InputError
from patrol.files import replace_file
from patrol.text.sheets import read_bytes

FOLDER = "complaints"


@dataclass(frozen=True, slots=True)
class FileTaken:
    """What became of one file. ``refused``: nothing of it could be used, and why."""

    name: str
    read: Read
    entered: EnteredComplaints | None
    refused: str = ""


def take_all(
    workspace: Workspace,
    database: Database,
    paths: Sequence[Path],
    who: str,
    advance: Callable[[int], None] = lambda _: None,
) -> list[FileTaken]:
    """Take in the files one after the other; a faulty one does not keep out the next. ``advance`` is told of each."""
    taken = []
    for path in paths:
        taken.append(take_in(workspace, database, path, who))
        advance(1)
    return taken


def take_in(workspace: Workspace, database: Database, path: Path, who: str) -> FileTaken:
    """Keep the file, read it, enter what can be taken; one transaction. ``who``: the officer; "" for the account."""
    by = Officer.acting(who).name if who.strip() else system_account()
    book = SiteBook(workspace.site_folders)
    try:
        read = read_complaints(path, private=lambda url: book.site_of(url) is not None)
        if read.filings:
            keep_original(workspace, path)
        with database.session() as session:
            entered = enter_complaints(session, read.filings, book, clock.now(), by)
    except InputError as error:
        return FileTaken(path.name, Read(()), None, str(error))
    return FileTaken(path.name, read, entered)


def keep_original(workspace: Workspace, path: Path) -> Path:
    """Copy the file to its place under its digest, so that what a complaint was made from can always be looked up."""
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    folder = workspace.root / FOLDER
    name = re.sub(r"[^\w.-]", "_", path.name)[-80:]
    kept = folder / f"{digest[:16]}-{name}"
    try:
        if not kept.exists():
            replace_file(kept, data)
    except OSError as error:
        raise InputError(f"原件存不进 {folder}：{error.strerror or error}。请检查磁盘空间和目录权限") from error
    return kept
