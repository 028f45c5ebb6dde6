"""Record slicer: cuts records out of the archive's files, whole gzip members, each held against its digest on the way."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from patrol.errors import EvidenceError
from patrol.evidence.chain import RecordEntry
from patrol.packages.contents import PatrolChain, Screenshot, Selection, SlicedRecord, UsedCapture

RECORDS_NAME = "records.tsv"
EVIDENCE = "evidence"
SCREENSHOTS = "screenshots"
MAX_RECORD = 256 * 1024 * 1024
"""No record is unpacked beyond this many bytes."""

_STATUS = re.compile(rb"HTTP/[\d.]+ (\d{3})")


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record unpacked: its WARC headers (names in lower case), its HTTP head if it has one, and its body."""

    headers: dict[str, str]
    http: bytes
    body: bytes


def read_member(folder: Path, record: RecordEntry) -> bytes:
    """Read the bytes of a record as they stand. Raises EvidenceError when they are not what the chain says."""
    path = folder / record.file
    try:
        with path.open("rb") as file:
            file.seek(record.offset)
            data = file.read(record.length)
    except OSError as error:
        raise EvidenceError(f"无法读取证据文件 {path}：{error.strerror}。请从备份恢复") from error
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise EvidenceError(f"证据文件 {path} 第 {record.offset} 字节起的记录与证据链不符。请先运行 patrol verify 核验")
    return data


def read_record(folder: Path, record: RecordEntry) -> ReadRecord:
    """Read a record of the archive, unpacked. Raises EvidenceError."""
    return unpacked(read_member(folder, record))


def unpacked(data: bytes) -> ReadRecord:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16)
    whole = unpacker.decompress(data, MAX_RECORD)
    if unpacker.unconsumed_tail:
        raise EvidenceError(f"一条证据记录解开后超过 {MAX_RECORD // 2**20} 兆字节，无法导出。请联系维护人员")
    head, _, block = whole.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")[1:]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = block[: int(headers.get("content-length", len(block)))]
    http = b""
    if headers.get("content-type", "").startswith("application/http"):
        http, _, body = body.partition(b"\r\n\r\n")
    return ReadRecord(headers, http, body)


def write_slices(selection: Selection, root: Path) -> list[SlicedRecord]:
    """Write under ``root/evidence/patrol-N`` the chain up to its head, the slices, and ``records.tsv`` that says which
    bytes of which slice are which record of which line. Returns what was written, in order."""
    written: list[SlicedRecord] = []
    for chain in selection.chains:
        target = root / EVIDENCE / chain.name
        target.mkdir(parents=True)
        with (chain.folder / "chain.txt").open("rb") as file:
            (target / "chain.txt").write_bytes(file.read(chain.size))
        here = list(_slice(chain, _wanted(selection, chain.patrol_id), target))
        (target / RECORDS_NAME).write_text("".join(map(_row, here)), encoding="utf-8")
        written.extend(here)
    return written


def _wanted(selection: Selection, patrol_id: int) -> list[RecordEntry]:
    """Every record once, in the archive's order (so a file's opening record is first)."""
    records = {record.id: record for record in selection.extra[patrol_id]}
    for capture in selection.captures:
        if capture.view.patrol_id == patrol_id:
            records |= {record.id: record for record in capture.records}
    return sorted(records.values(), key=lambda record: (record.file, record.offset))


def _slice(chain: PatrolChain, records: list[RecordEntry], target: Path) -> Iterator[SlicedRecord]:
    for record in records:
        data = read_member(chain.folder, record)
        path = target / record.file
        offset = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file:
            file.write(data)
        read = unpacked(data)
        status = _STATUS.match(read.http)
        yield SlicedRecord(
            patrol_id=chain.patrol_id,
            record=record,
            line=chain.layout.numbers[record.id],
            file=f"{EVIDENCE}/{chain.name}/{record.file}",
            offset=offset,
            url=read.headers.get("warc-target-uri", ""),
            at=read.headers.get("warc-date", ""),
            mime=_mime(read),
            status=int(status.group(1)) if status else None,
            payload_digest=read.headers.get("warc-payload-digest", ""),
        )


def _mime(read: ReadRecord) -> str:
    value = read.headers.get("content-type", "")
    if read.http:
        heads = [line for line in read.http.split(b"\r\n") if line.lower().startswith(b"content-type:")]
        value = heads[0].split(b":", 1)[1].decode("latin-1").strip() if heads else ""
    kind = value.split(";", 1)[0].strip().lower()
    return kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "unk"


def _row(sliced: SlicedRecord) -> str:
    name = sliced.file.rsplit("/", 1)[1]
    record = sliced.record
    fields = (record.sha256, record.sm3, name, sliced.offset, record.length, sliced.line, record.offset, record.type)
    return "\t".join(map(str, (*fields, record.id))) + "\n"


def write_screenshots(selection: Selection, root: Path) -> list[Screenshot]:
    """Write each capture's picture as a PNG file of its own, for people who have no reader of archives."""
    written = []
    for number, capture in enumerate(selection.captures, start=1):
        picture = _picture(selection, capture)
        if picture is not None:
            name = f"{SCREENSHOTS}/{number:03d}.png"
            (root / SCREENSHOTS).mkdir(exist_ok=True)
            (root / name).write_bytes(picture)
            written.append(Screenshot(capture.view.id, name))
    return written


def _picture(selection: Selection, capture: UsedCapture) -> bytes | None:
    folder = selection.chain(capture.view.patrol_id).folder
    for record in capture.records:
        if record.type == "resource":
            read = read_record(folder, record)
            if read.headers.get("warc-target-uri", "").startswith("urn:view:"):
                return read.body
    return None
