"""WARC record reader: reads records of the archive back, and checks any bytes for being a record whose digests hold.

``read_record`` and ``read_metadata`` are how the house reads its own evidence: by the chain's entry, the bytes held against
its digest first. ``check_record`` and ``scan_members`` take bytes from anybody. Nothing here knows kinds of records: what a
record says about its block and payload is computed again, whatever it is. Sizes are bounded; a hostile member costs time
for at most ``MAX_BYTES`` unpacked bytes and hardly any memory.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from patrol.errors import EvidenceError
from patrol.evidence.chain import RecordEntry

GZIP_MAGIC = b"\x1f\x8b\x08"
MAX_BYTES = 1 << 31
MAX_BODY = 256 << 20
"""No record is read into memory whose payload has more bytes."""
_HEAD = 1 << 20
_STEP = 1 << 20
# A revisit's payload is the one of the record that it refers to (ISO 28500:2017, 6.7), so it is not in this block.
_PAYLOAD_ELSEWHERE = frozenset({"revisit"})


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """``headers``: WARC header names in lower case. ``http``: status and headers where the block is an HTTP message
    (names in lower case). ``wrong``: which of the record's own digests do not hold (``block``, ``payload``)."""

    headers: Mapping[str, str]
    status: str
    http: Mapping[str, str]
    wrong: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.headers.get("warc-type", "")

    @property
    def id(self) -> str:
        return self.headers.get("warc-record-id", "")

    @property
    def target(self) -> str:
        return self.headers.get("warc-target-uri", "")


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """A record with its payload: the body of an HTTP message, else the whole block."""

    facts: RecordFacts
    body: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """One stretch of a WARC file: a whole gzip member that holds a record, or bytes that are none (``facts`` None)."""

    offset: int
    length: int
    sha256: str
    facts: RecordFacts | None


def read_record(folder: Path, entry: RecordEntry) -> WarcRecord:
    """Read a record of the archive with its payload. Raises EvidenceError when it is not what the chain says."""
    return parse_record(read_member(folder, entry))


def read_metadata(folder: Path, entry: RecordEntry) -> dict[str, Any]:
    """Read what a metadata record says. Raises EvidenceError, also where it is no JSON object."""
    try:
        said = json.loads(read_record(folder, entry).body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise EvidenceError(f"证据文件 {folder / entry.file} 第 {entry.offset} 字节起的说明记录无法读取")
    return said


def read_member(folder: Path, entry: RecordEntry) -> bytes:
    """Read the bytes of a record as they stand. Raises EvidenceError when they are not what the chain says."""
    path = folder / entry.file
    try:
        with path.open("rb") as file:
            return member_of(file, entry)
    except OSError as error:
        raise EvidenceError(f"无法读取证据文件 {path}：{error.strerror or error}。请从备份恢复") from error


def member_of(file: BinaryIO, entry: RecordEntry) -> bytes:
    """Read the bytes of a record out of its open file. Raises EvidenceError when they are not what the chain says, and
    OSError."""
    file.seek(entry.offset)
    data = file.read(entry.length)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise EvidenceError(
            f"证据文件 {file.name} 第 {entry.offset} 字节起的记录与证据链不符。请先运行 patrol verify 核验"
        )
    return data


def parse_record(data: bytes) -> WarcRecord:
    """Parse the one member that ``data`` is, whose bytes are known to be the chain's. Raises EvidenceError when it is no
    whole record, or holds more than ``MAX_BODY``."""
    body = bytearray()
    try:
        facts, _ = _read(memoryview(data), body)
    except _TooLargeError as error:
        raise EvidenceError(f"一条证据记录解开后超过 {MAX_BODY >> 20} 兆字节，没有读取。请联系维护人员") from error
    except ValueError as error:
        raise EvidenceError("一条证据记录无法解开。请先运行 patrol verify 核验") from error
    return WarcRecord(facts, bytes(body))


def check_record(data: bytes | memoryview) -> RecordFacts:
    """Check the one member that ``data`` is, keeping nothing of it. Raises ValueError when it is not exactly one whole
    record."""
    facts, used = _read(memoryview(data))
    if used != len(data):
        raise ValueError("more than one member")
    return facts


def read_headers(data: bytes | memoryview) -> RecordFacts:
    """Read only the headers of a record (``wrong`` is empty); quick for large records. Raises ValueError."""
    try:
        start = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(data, 1 << 17)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    headers, rest = _warc_headers(start)
    status, http, _ = _http(headers, rest)
    return RecordFacts(headers, status, http, ())


def scan_members(path: Path) -> Iterator[Member]:
    """Scan a file from its first byte to its last, whatever state it is in. Raises OSError."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        offset, size = 0, len(held)
        while offset < size:
            facts, length = _member_at(held, offset)
            if facts is None:
                length = _next_member(held, offset + 1) - offset
            digest = hashlib.sha256()
            for start in range(offset, offset + length, _STEP):
                digest.update(held[start : min(start + _STEP, offset + length)])
            yield Member(offset, length, digest.hexdigest(), facts)
            offset += length


def _member_at(held: mmap.mmap, offset: int) -> tuple[RecordFacts | None, int]:
    if held[offset : offset + 3] != GZIP_MAGIC:
        return None, 0
    with memoryview(held) as whole, whole[offset:] as rest:
        try:
            return _read(rest)
        except ValueError:
            return None, 0


def _next_member(held: mmap.mmap, start: int) -> int:
    """Where the next member that holds a WARC record begins; the end of the file when there is none."""
    while (found := held.find(GZIP_MAGIC, start)) >= 0:
        try:
            opening = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(held[found : found + 512], 5)
        except zlib.error:
            opening = b""
        if opening == b"WARC/":
            return found
        start = found + 1
    return len(held)


class _TooLargeError(ValueError):
    """There is more in a record than is read."""


def _read(data: memoryview, body: bytearray | None = None) -> tuple[RecordFacts, int]:
    """The record at the start of ``data`` and how many bytes its member takes. ``body`` takes the payload, if given."""
    unpacked = _Unpacked(data)
    start = b"".join(unpacked.take_until(b"\r\n\r\n", _HEAD))
    headers, rest = _warc_headers(start)
    length = _length(headers)
    http_block = headers.get("content-type", "").lower().startswith("application/http")
    head = bytearray(rest)
    if http_block and b"\r\n\r\n" not in head:
        for piece in unpacked.take_until(b"\r\n\r\n", _HEAD, bytes(rest)):
            head += piece
    status, http, payload_at = _http(headers, bytes(head[:length]))
    block, payload = hashlib.sha256(head[:length]), hashlib.sha256(head[payload_at:length])
    if body is not None:
        if length > MAX_BODY:
            raise _TooLargeError("the record is too large")
        body += head[payload_at:length]
    seen, tail = len(head), bytes(head[length:])
    for piece in unpacked:
        inside = piece[: max(0, length - seen)]
        block.update(inside)
        payload.update(inside)
        if body is not None:
            body += inside
        tail += piece[len(inside) :]
        seen += len(piece)
        if len(tail) > 4:
            break
    if tail != b"\r\n\r\n" or not unpacked.whole:
        raise ValueError("not a whole record")
    wrong = []
    if _differs(headers.get("warc-block-digest"), block.hexdigest()):
        wrong.append("block")
    if headers.get("warc-type") not in _PAYLOAD_ELSEWHERE and _differs(
        headers.get("warc-payload-digest"), payload.hexdigest()
    ):
        wrong.append("payload")
    return RecordFacts(headers, status, http, tuple(wrong)), unpacked.used


def _differs(said: str | None, found: str) -> bool:
    """Only digests of the kind that this program writes are compared; others belong to other programs."""
    return said is not None and said.startswith("sha256:") and said.removeprefix("sha256:").lower() != found


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) > MAX_BYTES:
        raise ValueError("no length")
    return int(text)


def _warc_headers(start: bytes) -> tuple[dict[str, str], bytes]:
    head, found, rest = start.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"WARC/"):
        raise ValueError("no WARC header")
    return _fields(head), rest


def _http(headers: Mapping[str, str], block: bytes) -> tuple[str, dict[str, str], int]:
    """Status, headers and where the payload begins; the whole block is the payload where it is no HTTP message."""
    if not headers.get("content-type", "").lower().startswith("application/http"):
        return "", {}, 0
    end = block.find(b"\r\n\r\n")
    if end < 0:
        return "", {}, len(block)
    words = block.split(b"\r\n", 1)[0].split(b" ")
    status = words[1].decode("latin-1") if len(words) > 1 and words[0].startswith(b"HTTP/") else ""
    return status, _fields(block[:end]), end + 4


def _fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.decode("utf-8", "replace").strip().lower(), value.decode("utf-8", "replace").strip())
    return fields


class _Unpacked:
    """The bytes of the gzip member at the start of ``data``, a step at a time. Raises ValueError."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._packer = zlib.decompressobj(zlib.MAX_WBITS + 16)
        self._fed = 0
        self._total = 0

    def __iter__(self) -> Iterator[bytes]:
        while not self._packer.eof:
            left = self._packer.unconsumed_tail
            if not left:
                with self._data[self._fed : self._fed + _STEP] as step:
                    left = bytes(step)
                if not left:
                    return
                self._fed += len(left)
            try:
                piece = self._packer.decompress(left, _STEP)
            except zlib.error as error:
                raise ValueError("not gzip") from error
            self._total += len(piece)
            if self._total > MAX_BYTES:
                raise _TooLargeError("too large")
            yield piece

    def take_until(self, mark: bytes, most: int, seen: bytes = b"") -> Iterator[bytes]:
        """Pieces until ``mark`` has been seen (in them or across them). Raises ValueError after ``most`` bytes."""
        for piece in self:
            yield piece
            seen += piece
            if mark in seen:
                return
            if len(seen) > most:
                raise ValueError("headers too long")

    @property
    def whole(self) -> bool:
        return self._packer.eof

    @property
    def used(self) -> int:
        return self._fed - len(self._packer.unused_data)
