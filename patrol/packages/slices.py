"""Record slicer: cuts records out of the archive's files, whole gzip members, each held against its digest on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from patrol.evidence.chain import RecordEntry
from patrol.evidence.record_reader import RecordFacts, check_record, read_member, read_record
from patrol.packages.contents import PatrolChain, Screenshot, Selection, SlicedRecord, UsedCapture

RECORDS_NAME = "records.tsv"
EVIDENCE = "evidence"
SCREENSHOTS = "screenshots"


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
        facts = check_record(data)
        yield SlicedRecord(
            patrol_id=chain.patrol_id,
            record=record,
            line=chain.layout.numbers[record.id],
            file=f"{EVIDENCE}/{chain.name}/{record.file}",
            offset=offset,
            url=facts.target,
            at=facts.headers.get("warc-date", ""),
            mime=_mime(facts),
            status=int(facts.status) if re.fullmatch(r"[0-9]{3}", facts.status) else None,
            payload_digest=facts.headers.get("warc-payload-digest", ""),
        )


def _mime(facts: RecordFacts) -> str:
    value = (facts.http or facts.headers).get("content-type", "")
    kind = value.split(";", 1)[0].strip().lower()
    return kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "unk"


def _row(sliced: SlicedRecord) -> str:
    name = sliced.file.rsplit("/", 1)[1]
    record = sliced.record
    fields = (record.sha256, record.sm3, name, sliced.offset, record.length, sliced.line, record.type)
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
            if read.facts.target.startswith("urn:view:"):
                return read.body
    return None
