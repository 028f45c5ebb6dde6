"""Manifest: lists a folder's files with their digests, in forms that programs on any machine can check.

``SHA256SUMS``: ``sha256sum -c SHA256SUMS``. ``SM3SUMS``: the lines that ``openssl dgst -sm3 -r FILE…`` prints, so that
its output can be compared as it is. ``manifest.json``: the same with sizes, and the head of the chain.
All are made anew as a whole and replaced at once; a crash leaves the old ones or the new ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.evidence.chain import Entry
from patrol.files import UNFINISHED, Digests, replace_file

MANIFEST_NAME = "manifest.json"
SHA256_NAME = "SHA256SUMS"
SM3_NAME = "SM3SUMS"
NAMES = (MANIFEST_NAME, SHA256_NAME, SM3_NAME)
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file: ``name`` is its path from the folder with ``/``; size in bytes; digests in lower-case hex."""

    name: str
    size: int
    sha256: str
    sm3: str

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "size": self.size, "sha256": self.sha256, "sm3": self.sm3}


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.json`` as read back."""

    chain_head: str
    lines: int
    files: tuple[FileDigest, ...]


def file_digest(folder: Path, name: str) -> FileDigest:
    """Compute size and digests of one file, read once. Raises OSError."""
    found = Digests.of(folder / name)
    return FileDigest(name, found.size, found.sha256, found.sm3)


def files_in(folder: Path) -> list[str]:
    """Return every regular file below ``folder``, but for the lists themselves and files being written."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = (path.relative_to(folder).as_posix() for path in found)
    return sorted(name for name in names if name not in NAMES and not name.endswith(UNFINISHED))


def write_manifest(folder: Path, entries: Iterable[Entry], known: Iterable[FileDigest] = ()) -> Manifest:
    """Write all three lists. ``known``: digests just computed, which are not computed again. Raises OSError."""
    have = {digest.name: digest for digest in known}
    files = tuple(have.get(name) or file_digest(folder, name) for name in files_in(folder))
    lines = tuple(entries)
    made = Manifest(lines[-1].digest if lines else "", len(lines), files)
    said = {"chain_head": made.chain_head, "lines": made.lines, "files": [file.as_json() for file in files]}
    replace_file(folder / MANIFEST_NAME, json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n")
    write_sums(folder, (*files, file_digest(folder, MANIFEST_NAME)))
    return made


def add_to_manifest(folder: Path, entries: Iterable[Entry]) -> None:
    """List files that came after the manifest (stamps), keeping the digests of those that it has."""
    made = read_manifest(folder)
    if made is not None:
        write_manifest(folder, entries, made.files)


def write_sums(folder: Path, files: Iterable[FileDigest]) -> None:
    """Write ``SHA256SUMS`` and ``SM3SUMS`` for these files. Raises OSError."""
    listed = list(files)
    replace_file(folder / SHA256_NAME, "".join(f"{file.sha256} *{file.name}\n" for file in listed).encode())
    replace_file(folder / SM3_NAME, "".join(f"{file.sm3} *{file.name}\n" for file in listed).encode())


def read_manifest(folder: Path) -> Manifest | None:
    """Read ``manifest.json``; None when there is none. Raises ValueError when it cannot be read as one."""
    path = folder / MANIFEST_NAME
    if not path.is_file():
        return None
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("the manifest is too large")
    said = json.loads(path.read_bytes())
    try:
        files = tuple(
            FileDigest(str(f["name"]), int(f["size"]), str(f["sha256"]), str(f["sm3"])) for f in said["files"]
        )
        return Manifest(str(said["chain_head"]), int(said["lines"]), files)
    except (KeyError, TypeError) as error:
        raise ValueError("the manifest lacks a field") from error


def read_sums(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (digest, name) of every line of a list of digests. Raises ValueError naming the line."""
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("过大")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        digest, _, name = line.partition(" ")
        if len(digest) != 64 or name[:1] not in ("*", " ") or not name[1:]:
            raise ValueError(f"第 {number} 行")
        yield digest, name[1:]


def remove_manifest(folder: Path) -> None:
    """Take the lists away before their folder changes."""
    for name in NAMES:
        (folder / name).unlink(missing_ok=True)
