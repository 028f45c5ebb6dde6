"""Record removal: takes records out of a WARC file so that no crash can lose one that stays.

Order: the kept gzip members are copied, byte for byte and each against its digest, into ``FILE.tmp``, which is
fsynced; a ``prune`` line in the chain names what goes and where the rest will stand (this is the moment from which
the change holds); ``FILE.tmp`` takes the name of ``FILE`` at one stroke; the rows follow. Whoever opens the folder
next calls ``finish_replacements`` and ``agree_rows``, which end what was begun after the line and drop what was begun
before it. Both may be called any number of times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update

from patrol.db.models import Base
from patrol.errors import EvidenceError
from patrol.evidence.chain import CHAIN_NAME, Entry, Layout, RecordEntry, read_chain
from patrol.evidence.record_reader import member_of
from patrol.files import UNFINISHED, Digests, sync_file, sync_folder

NEW = UNFINISHED

# Every table that says where a record stands.
_TABLES = [
    table
    for table in Base.metadata.sorted_tables
    if {"id", "patrol_id", "record_id", "warc_offset"} <= set(table.columns.keys())
]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A ``FILE.tmp`` that is ready. ``line`` is the body of its ``prune`` line, but for the reason."""

    file: str
    line: dict[str, Any]


def write_new(folder: Path, file: str, records: Sequence[RecordEntry], removed: Set[str]) -> Rewritten:
    """Write ``file``'s records (in any order; all of them) but the removed ones (ids) beside it.

    Raises EvidenceError when a record does not agree with its digest: a damaged file is not made smaller.
    """
    ordered = sorted(records, key=lambda record: record.offset)
    old, new = Digests(), Digests()
    kept: list[dict[str, Any]] = []
    with (folder / file).open("rb") as source, (folder / (file + NEW)).open("wb") as target:
        for record in ordered:
            if record.offset != old.size:
                raise EvidenceError(
                    f"证据文件 {folder / file} 第 {old.size} 字节处与证据链不符，不能清理。请先运行核验"
                )
            data = member_of(source, record)
            old.add(data)
            if record.id not in removed:
                kept.append({"id": record.id, "offset": new.size})
                target.write(data)
                new.add(data)
        if source.read(1):
            raise EvidenceError(f"证据文件 {folder / file} 末尾有证据链之外的内容，不能清理。请先运行核验")
        sync_file(target)
    sync_folder(folder)
    gone = [{"id": record.id, "sha256": record.sha256, "sm3": record.sm3} for record in ordered if record.id in removed]
    return Rewritten(file, {"file": file, "was": _said(old), "now": _said(new), "removed": gone, "kept": kept})


def is_unfinished(folder: Path) -> bool:
    """Tell whether a replacement is at work in this folder, or was cut off."""
    return any(folder.glob(f"*.warc.gz{NEW}"))


def finish_replacements(folder: Path) -> None:
    """End the replacements that the chain speaks of, and drop those that it does not."""
    if not is_unfinished(folder):
        return
    agreed = agreed_replacements(folder, read_chain(folder / CHAIN_NAME).entries)
    for path in sorted(folder.glob(f"*.warc.gz{NEW}")):
        name = path.name.removesuffix(NEW)
        if agreed.get(name) == path.name:
            path.replace(folder / name)
        else:
            path.unlink()
    sync_folder(folder)


def agreed_replacements(folder: Path, entries: Iterable[Entry]) -> dict[str, str]:
    """Return the files whose new bytes the chain speaks of but that still stand under the other name: name to other
    name."""
    agreed = _agreed(entries)
    found = {}
    for path in folder.glob(f"*.warc.gz{NEW}"):
        name = path.name.removesuffix(NEW)
        with path.open("rb") as file:
            if agreed.get(name) == hashlib.file_digest(file, "sha256").hexdigest():
                found[name] = path.name
    return found


def agree_rows(connection: Connection, patrol_id: int, found: Layout) -> None:
    """Bring the rows in step with the chain: offsets that moved follow, rows of what was taken out go."""
    for table in _TABLES:
        rows = select(table.c.id, table.c.record_id, table.c.warc_offset).where(table.c.patrol_id == patrol_id)
        for number, record_id, offset in connection.execute(rows).all():
            here = found.present.get(record_id)
            if here is not None and here.offset != offset:
                connection.execute(update(table).where(table.c.id == number).values(warc_offset=here.offset))
            elif record_id in found.pruned:
                connection.execute(delete(table).where(table.c.id == number))


def _agreed(entries: Iterable[Entry]) -> dict[str, str]:
    """What each file's last pruning made of it, by name: its SHA-256. Lines without are a stranger's."""
    said = {}
    for entry in entries:
        now = entry.body.get("now")
        if entry.kind == "prune" and isinstance(now, dict):
            said[str(entry.body.get("file"))] = str(now.get("sha256"))
    return said


def _said(digests: Digests) -> dict[str, Any]:
    return {"bytes": digests.size, "sha256": digests.sha256, "sm3": digests.sm3}
