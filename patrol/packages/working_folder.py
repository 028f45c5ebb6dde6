"""Working folder of an export: known to the workspace while it is there, so that what a kill leaves is cleared away.

It stands beside the ZIP that is made from it (a file gets its name at one stroke only on its own disk) and holds records
whose personal data are not covered. The workspace keeps a note of where it is, locked as long as its process lives.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".patrol-export-"
NOTES = ".exports"


@contextmanager
def working_folder(root: Path, parent: Path) -> Iterator[Path]:
    """Make a folder in ``parent``, gone afterwards; ``root`` is of the workspace. Raises OSError."""
    folder = parent / f"{PREFIX}{secrets.token_hex(8)}"
    notes = root / NOTES
    notes.mkdir(exist_ok=True)
    note = notes / folder.name
    handle = os.open(note, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.write(handle, os.fsencode(folder))
        os.fsync(handle)
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            note.unlink(missing_ok=True)
        os.close(handle)


def clear_leftovers(root: Path) -> list[Path]:
    """Remove the working folders that ended exports left, and those that releases without notes left in a folder of the
    workspace; return them. One on a disk that is not there stays noted."""
    left: list[Path] = []
    at_work: set[str] = set()
    for note in sorted((root / NOTES).glob(f"{PREFIX}*")):
        with note.open("rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                at_work.add(note.name)
                continue
            folder = Path(os.fsdecode(held.read(4096)))
        if folder.name != note.name:
            continue  # ended before it had made its folder, or is about to
        left += _remove(folder)
        if folder.parent.is_dir() and not folder.exists():
            note.unlink(missing_ok=True)
    for folder in sorted(root.glob(f"*/{PREFIX}*")):
        if folder.name not in at_work and folder.parent.name != NOTES:
            left += _remove(folder)
    return left


def clear_leftovers_from(start: Path) -> list[Path]:
    """Do so in the workspace that a command works in (its settings are not read: they may be what is wrong with it)."""
    named = os.environ.get("PATROL_WORKSPACE")
    here = Path(named).expanduser() if named else start
    for root in (here,) if named else (here, *here.parents):
        if (root / "patrol.toml").is_file():
            return clear_leftovers(root)
    return []


def _remove(folder: Path) -> list[Path]:
    if not folder.is_dir() or folder.is_symlink():
        return []
    shutil.rmtree(folder, ignore_errors=True)
    return [] if folder.exists() else [folder]
