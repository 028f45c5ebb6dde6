"""Whole files: puts a file or a folder in its place whole and to stay, or not at all, and reads large ones in portions.

Whoever looks under the name finds what was there before or all of what is there now, at every moment and after a power
cut: what is new is written beside it, made durable, and takes the name at one stroke (POSIX ``rename``). What only grows
(WARC files, chains) has rules of its own in ``patrol/evidence``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

UNFINISHED = ".tmp"
"""What a name ends with while its file or folder is being written."""
PORTION = 1 << 20


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of ``path`` when the block ends; on any error nothing of it stays.

    ``mode``: who may read it (less what the umask forbids). Folders above are made. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, so that two at once do not write into one file; short, since the file's may be as long as names may be.
    writing = path.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")
    try:
        with os.fdopen(os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            yield file
            sync_file(file)
        writing.replace(path)
    except BaseException:
        writing.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Put ``data`` in the place of ``path``. ``mode`` and errors as of ``replacing``."""
    with replacing(path, mode) as file:
        file.write(data)


@contextmanager
def making_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path`` for what ``place_folder`` puts in its place; gone at the end if it did not.

    One maker at a time: what another left there (a crash) is taken away. Raises OSError.
    """
    making = path.with_name(f".{path.name}{UNFINISHED}")
    _remove_folder(making)
    making.mkdir(parents=True)
    try:
        yield making
    finally:
        _remove_folder(making)


def place_folder(made: Path, path: Path) -> None:
    """Put a folder, all of it durable, in the place of ``path``. A folder that stood there is taken away; should that be
    cut off, the old one stands beside the new until ``path`` is made again. Raises OSError."""
    for folder, _, names in os.walk(made):
        for name in names:
            with Path(folder, name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(folder))
    former = path.with_name(f".{path.name}.former{UNFINISHED}")
    _remove_folder(former)
    if path.exists():
        path.rename(former)
    made.rename(path)
    sync_folder(path.parent)
    _remove_folder(former)


def _remove_folder(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def sync_file(file: BinaryIO) -> None:
    """Make what was written to a file last. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, where its file system can. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # shares on a network that know no such thing
            raise
    finally:
        os.close(handle)


# -- reading in portions -----------------------------------------------------------------------------------------------


def read_portions(file: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of an open file, at most ``PORTION`` bytes at a time. Raises OSError."""
    while data := file.read(PORTION):
        yield data


class Digests:
    """Size, SHA-256 and SM3 (GB/T 32905) of bytes as they go by."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256, self._sm3 = hashlib.sha256(), hashlib.new("sm3")

    @classmethod
    def of(cls, path: Path) -> Digests:
        """Digest a file, read once. Raises OSError."""
        found = cls()
        with path.open("rb") as file:
            for data in read_portions(file):
                found.add(data)
        return found

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self._sha256.update(data)
        self._sm3.update(data)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def sm3(self) -> str:
        return self._sm3.hexdigest()
