"""WARC writer: appends the records of one patrol to files, one a site, rotated, and cuts them back when a write fails."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from patrol import __version__
from patrol.config import Workspace
from patrol.evidence.chain import RecordEntry, write_all
from patrol.evidence.warc import Record
from patrol.files import sync_folder

ROTATE_AT = 512 * 1024 * 1024
PROGRAM = f"Patrol {__version__}"
PATROL_FILE = "_patrol"
"""Stem of the file for what belongs to the whole patrol and to no site."""


@dataclass(slots=True)
class OpenFile:
    """A WARC file being written: ``relative`` is its path from the workspace, ``size`` is what is durable, ``end`` includes what the current group wrote."""

    path: Path
    relative: str
    file: BinaryIO
    size: int
    end: int


class WarcFiles:
    """``folder``: of the patrol; ``root``: of the workspace, from which ``relative`` paths count."""

    def __init__(self, folder: Path, root: Path, rotate_at: int = ROTATE_AT) -> None:
        self._folder, self._root, self._rotate_at = folder, root, rotate_at
        self._open: dict[str, OpenFile] = {}

    def reopen(self, site: str, name: str, end: int) -> None:
        """Go on with a site's newest file, whole up to ``end`` bytes."""
        path = self._folder / name
        self._open[site] = OpenFile(path, self.relative(path), path.open("ab", buffering=0), end, end)

    def current(self, site: str) -> OpenFile | None:
        """Return the file that the site's next record goes to; None when a new one has to be begun."""
        held = self._open.get(site)
        return held if held is not None and held.end < self._rotate_at else None

    def begin(self, site: str) -> OpenFile:
        """Begin a new file for the site, empty; the one before it, if any, is made durable and closed."""
        number, held = 1, self._open.get(site)
        if held is not None:
            os.fdatasync(held.file.fileno())
            held.file.close()
            number = _file_number(held.path) + 1
        path = self._folder / f"{file_stem(site)}-{number:05d}.warc.gz"
        opened = path.open("ab", buffering=0)
        sync_folder(self._folder)
        self._open[site] = held = OpenFile(path, self.relative(path), opened, 0, 0)
        return held

    def append(self, held: OpenFile, records: Iterable[Record]) -> list[RecordEntry]:
        """Write records, one after another; where each stands. Raises OSError."""
        entries = []
        for record in records:
            size = len(record.data)
            entry = RecordEntry(
                record.type, record.record_id, held.path.name, held.end, size, record.sha256, record.sm3
            )
            write_all(held.file, record.data)
            held.end += size
            entries.append(entry)
        return entries

    def sync(self) -> None:
        """Make durable what was written."""
        for held in self._open.values():
            if held.end > held.size:
                os.fdatasync(held.file.fileno())
                held.size = held.end

    def cut(self) -> None:
        """Take back what was written since the last ``sync``."""
        for held in self._open.values():
            self.cut_to(held, held.size)

    def cut_to(self, held: OpenFile, end: int) -> None:
        os.ftruncate(held.file.fileno(), end)
        held.end = end

    def close(self) -> None:
        for held in self._open.values():
            held.file.close()
        self._open.clear()

    def relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._root)).as_posix()


def patrol_folder(workspace: Workspace, patrol_id: int) -> Path:
    """Return where the evidence of one patrol stands."""
    return workspace.evidence / f"patrol-{patrol_id:06d}"


def file_stem(site: str) -> str:
    """Return the site's name as a file name: letters (Chinese too), digits, ``-`` and ``_`` stay, a short digest tells
    apart names that would fall together."""
    plain = re.sub(r"[^\w-]", "_", site)[:60]
    return plain if plain == site else f"{plain}-{hashlib.sha256(site.encode()).hexdigest()[:8]}"


def _file_number(path: Path) -> int:
    return int(path.name.removesuffix(".warc.gz").rsplit("-", 1)[1])
