"""Hash chain of a patrol: adds one line for each thing that was kept, carrying the digest of the line before.

A line is ``<sha256 of the body> <body>``, the body being one JSON object on one line with ``prev``, the digest of the
line before. So anybody can check it without this program: cut the first 65 bytes off a line, hash the rest (without
the newline), compare, and compare ``prev`` with the line before. The file is only ever appended to.

Kinds of lines: ``patrol`` (the first), ``file`` (a new WARC file with its opening record), ``surroundings`` (the check
of the machine, at each start), ``certificates`` (a host's TLS certificates, once), ``capture`` (one page with all its
records), ``image`` (an image of a page that became a lead), ``import`` (a file that was brought, with its records),
``cut`` (a torn write that was cut back), ``finish``, ``prune`` (records taken out of a file by rule; ``prune.py`` says
how). ``layout`` tells where each record stands after all of that. Readers take any other kind as they find it. ``n``
counts the lines and is the order of what happened; ``at`` is only what the machine's clock said.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from patrol import clock
from patrol.errors import BusyError, EvidenceError
from patrol.files import sync_file

CHAIN_NAME = "chain.txt"
GENESIS = "0" * 64
_DIGEST = 64
_FURTHEST = 1 << 53


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """Where one record stands: ``file`` beside the chain, offset and length in bytes, digests of those bytes."""

    type: str
    id: str
    file: str
    offset: int
    length: int
    sha256: str
    sm3: str

    def as_json(self) -> dict[str, str | int]:
        # Not dataclasses.asdict: this runs for every record of every page, and asdict copies deeply.
        return {
            "type": self.type,
            "id": self.id,
            "file": self.file,
            "offset": self.offset,
            "length": self.length,
            "sha256": self.sha256,
            "sm3": self.sm3,
        }

    @classmethod
    def from_json(cls, said: Any) -> RecordEntry:
        """Read an entry back. Raises ValueError for anything but the fields above, with a file name that stays in the
        folder."""
        texts = ("type", "id", "file", "sha256", "sm3")
        if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in texts):
            raise ValueError("a record entry lacks a field")
        offset, length = said.get("offset"), said.get("length")
        if (
            type(offset) is not int
            or type(length) is not int
            or offset < 0
            or length <= 0
            or offset + length > _FURTHEST
        ):
            raise ValueError("a record entry has no place")
        if Path(said["file"]).name != said["file"] or said["file"] in ("", ".", ".."):
            raise ValueError("a record entry names a file outside its folder")
        return cls(said["type"], said["id"], said["file"], offset, length, said["sha256"], said["sm3"])


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as read back. ``body`` is the parsed JSON, ``digest`` its SHA-256."""

    number: int
    digest: str
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def records(self) -> list[RecordEntry]:
        return [RecordEntry.from_json(record) for record in self.body.get("records", ())]


@dataclass(frozen=True, slots=True)
class ChainState:
    """A chain as found on disk: whole lines, and how many bytes of a torn last line follow them."""

    entries: tuple[Entry, ...]
    whole_bytes: int
    torn_bytes: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every record stands now, by id; and what was taken out, by id, with the number of the ``prune`` line that
    says so. ``numbers``: the line that chained each record, for both."""

    present: dict[str, RecordEntry]
    pruned: dict[str, tuple[RecordEntry, int]]
    numbers: dict[str, int]

    def ends(self) -> dict[str, int]:
        """Return how long each file must at least be, in bytes."""
        ends: dict[str, int] = {}
        for record in self.present.values():
            ends[record.file] = max(ends.get(record.file, 0), record.offset + record.length)
        return ends

    def by_file(self) -> dict[str, list[RecordEntry]]:
        """Return the records of each file, in the order in which they stand there."""
        found: dict[str, list[RecordEntry]] = {}
        for record in sorted(self.present.values(), key=lambda record: record.offset):
            found.setdefault(record.file, []).append(record)
        return found


def layout(entries: Iterable[Entry]) -> Layout:
    """Follow the chain from its first line. Offsets of a line are those of the file as it was when the line was added;
    a ``prune`` line moves the records of its file that stay and takes the others out.

    Raises EvidenceError when a prune line speaks of a record that is not there.
    """
    found = Layout({}, {}, {})
    for entry in entries:
        for record in entry.records:
            found.present[record.id] = record
            found.numbers[record.id] = entry.number
        if entry.kind != "prune":
            continue
        try:
            for gone in entry.body["removed"]:
                found.pruned[gone["id"]] = (found.present.pop(gone["id"]), entry.number)
            for kept in entry.body["kept"]:
                found.present[kept["id"]] = replace(found.present[kept["id"]], offset=int(kept["offset"]))
        except (KeyError, TypeError, ValueError) as error:
            raise EvidenceError(f"证据链第 {entry.number} 行（清理）所说的记录与前面各行对不上") from error
    return found


def records_with(folder: Path, record_id: str) -> list[RecordEntry]:
    """Return where the records that were chained together with one (a page's, in order) stand now.

    Raises EvidenceError when the chain does not know it, or does not hold.
    """
    entries = read_chain(folder / CHAIN_NAME).entries
    found = layout(entries)
    if record_id not in found.present:
        raise EvidenceError(f"证据链 {folder / CHAIN_NAME} 里没有记录 {record_id}。请先运行 patrol verify 核验")
    chained = entries[found.numbers[record_id] - 1].records
    return [found.present[record.id] for record in chained if record.id in found.present]


def read_chain(path: Path) -> ChainState:
    """Read and check every line. A last line without its newline is torn (a crash), not an error.

    Raises EvidenceError naming the line when one was changed, is out of order or cannot be read.
    """
    if not path.is_file():
        return ChainState((), 0, 0)
    entries: list[Entry] = []
    whole = 0
    last = GENESIS
    data = path.read_bytes()
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
            break
        entry = _parse(path, number, line)
        if entry.body.get("prev") != last:
            raise EvidenceError(f"{path} 第 {number} 行与上一行接不上，证据链可能被改动")
        entries.append(entry)
        last = entry.digest
        whole += len(line)
    return ChainState(tuple(entries), whole, len(data) - whole)


def _parse(path: Path, number: int, line: bytes) -> Entry:
    digest, body = line[:_DIGEST], line[_DIGEST + 1 : -1]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise EvidenceError(f"{path} 第 {number} 行的摘要不符，证据链可能被改动")
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise EvidenceError(f"{path} 第 {number} 行无法读取") from error
    return Entry(number, digest.decode("ascii"), parsed)


class ChainWriter:
    """Appends lines; ``commit`` makes them last. Lines given to ``add`` stay in memory until then.

    One writer at a time: the file is locked while it is open; a second writer gets a BusyError.
    """

    def __init__(self, path: Path, head: str, number: int) -> None:
        self._file: BinaryIO = path.open("ab", buffering=0)
        if not _lock(self._file, tries=10):
            self._file.close()
            raise BusyError(f"另一个程序正在写证据链 {path}。请等它结束，或先停止它")
        self._pending: list[bytes] = []
        self._number = number
        self._durable_head, self._durable_number = head, number
        self.head = head

    def add(self, kind: str, values: dict[str, Any] | None = None, records: list[RecordEntry] | None = None) -> str:
        """Put one line in order; return its digest."""
        self._number += 1
        body: dict[str, Any] = {
            "n": self._number,
            "prev": self.head,
            "at": clock.now().isoformat(),
            "kind": kind,
            **(values or {}),
        }
        if records:
            body["records"] = [record.as_json() for record in records]
        encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        self.head = hashlib.sha256(encoded).hexdigest()
        self._pending.append(self.head.encode("ascii") + b" " + encoded + b"\n")
        return self.head

    def commit(self) -> None:
        """Write and fsync what was added. On failure nothing of it stays and the OSError goes on."""
        if not self._pending:
            return
        size = os.fstat(self._file.fileno()).st_size
        try:
            write_all(self._file, b"".join(self._pending))
            os.fdatasync(self._file.fileno())
        except OSError:
            self.forget()
            os.ftruncate(self._file.fileno(), size)
            raise
        self._pending.clear()
        self._durable_head, self._durable_number = self.head, self._number

    def forget(self) -> None:
        """Take back what was added since the last commit."""
        self._pending.clear()
        self.head, self._number = self._durable_head, self._durable_number

    def close(self) -> None:
        self._file.close()


def being_written(path: Path) -> bool:
    """Tell whether a patrol is at work on this chain just now."""
    try:
        with path.open("rb") as file:
            return not _lock(file)
    except OSError:
        return False


def _lock(file: BinaryIO, tries: int = 1) -> bool:
    """Whoever asks ``being_written`` holds the lock for a moment, which a writer waits out."""
    for left in reversed(range(tries)):
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if left:
                time.sleep(0.02)
        else:
            return True
    return False


def reopen_chain(path: Path) -> tuple[ChainWriter, tuple[Entry, ...]]:
    """Open a writer at the end of a chain, whose whole lines come with it. A torn last line is cut back, which a
    ``cut`` line notes (to be committed with what the caller adds). The caller holds whatever lock keeps other writers
    away.

    Raises EvidenceError when the chain was changed, OSError when it cannot be written.
    """
    state = read_chain(path)
    cut: dict[str, Any] = {}
    if state.torn_bytes:
        with path.open("r+b") as file:
            file.seek(state.whole_bytes)
            digest = hashlib.sha256(file.read()).hexdigest()
            file.truncate(state.whole_bytes)
            sync_file(file)
        cut = {"file": path.name, "offset": state.whole_bytes, "bytes": state.torn_bytes, "sha256": digest}
    writer = ChainWriter(path, state.entries[-1].digest if state.entries else GENESIS, len(state.entries))
    if cut:
        writer.add("cut", cut)
    return writer, state.entries


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write every byte to an unbuffered file; raises OSError (a full disk writes only a part)."""
    view = memoryview(data)
    while view:
        written = file.write(view)
        view = view[written:]


def iter_captures(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.kind == "capture")
