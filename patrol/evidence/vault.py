"""The vault of one patrol: keeps pages in WARC files, chains their digests, and makes their rows.

Order within one ``keep``: records to the files and fsync, lines to the chain and fsync, rows to the database and
commit, and only then are the pages acknowledged. So whatever the moment of a crash: an acknowledged page is in all
three; a line in the chain has its bytes; a row has its line. ``Vault.open`` mends the rest: bytes after the last
chained record are cut back (``mending.py``), chained pages without a row get one from their record. When the patrol
has finished, ``close`` adds what is derived: an index beside each WARC file and the manifest.
One thread at a time may use a vault.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from patrol import __version__
from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage, CaptureText, Patrol
from patrol.db.session import Database
from patrol.errors import DatabaseError, EvidenceError, InputError
from patrol.evidence.chain import (
    CHAIN_NAME,
    GENESIS,
    ChainWriter,
    Entry,
    Layout,
    RecordEntry,
    iter_captures,
    layout,
    read_chain,
    sync_folder,
    write_all,
)
from patrol.evidence.manifest import remove_manifest
from patrol.evidence.mending import check_present, cut_back, note_cuts, torn_tails
from patrol.evidence.rewrite import agree_rows, finish_replacements
from patrol.evidence.sealing import seal
from patrol.evidence.warc import (
    Prepared,
    Record,
    certificates_record,
    file_records,
    surroundings_record,
    warcinfo_record,
)
from patrol.items import HOME, ITEM, ImageItem, ImportedFile
from patrol.nouns import IMPORTED
from patrol.storable import IMPORTED_KEY, compared_text, read_extraction, storable

W = TypeVar("W")
R = TypeVar("R")

ROTATE_AT = 512 * 1024 * 1024
PROGRAM = f"Patrol {__version__}"
PATROL_FILE = "_patrol"
"""Stem of the file for what belongs to the whole patrol and to no site."""


@dataclass(slots=True)
class _OpenFile:
    """A WARC file being written: ``relative`` is its path from the workspace, ``size`` is what is durable, ``end`` includes what the current group wrote."""

    path: Path
    relative: str
    file: BinaryIO
    size: int
    end: int


class Vault:
    """Open with ``Vault.open``; ``keep`` groups of pages; ``close``."""

    def __init__(self, workspace: Workspace, database: Database, patrol_id: int, rotate_at: int = ROTATE_AT) -> None:
        self.folder = patrol_folder(workspace, patrol_id)
        self.mended: list[str] = []
        self._workspace = workspace
        self._database = database
        self._patrol_id = patrol_id
        self._rotate_at = rotate_at
        self._files: dict[str, _OpenFile] = {}
        self._certificates: set[str] = set()
        self._failed = False
        self._imports: set[str] = set()
        self._finished = False

    @classmethod
    def open(cls, workspace: Workspace, database: Database, patrol_id: int, rotate_at: int = ROTATE_AT) -> Vault:
        """Open the vault of a patrol, mending what a crash left. ``mended`` says in Chinese what was done.

        Raises EvidenceError when the folder cannot be written or kept evidence is missing or changed.
        """
        vault = cls(workspace, database, patrol_id, rotate_at)
        try:
            vault.folder.mkdir(parents=True, exist_ok=True)
            vault._reopen()
        except OSError as error:
            raise _cannot_write(vault.folder, error) from error
        return vault

    @property
    def engine(self) -> Engine:
        """The database that the rows go to."""
        return self._database.engine

    def keep(self, pages: Sequence[Prepared]) -> list[int]:
        """Keep pages (made by ``warc.prepare``) as one group; return their capture ids, in order, once all is durable.

        Raises EvidenceError (disk full, read-only …) or DatabaseError; the vault must then be opened anew.
        """
        return self._as_one(lambda: [self._write_page(page) for page in pages], self._insert)

    def keep_image(self, image: Prepared) -> int:
        """Keep one image of a page that became a lead (``warc.prepare_image``); returns the id of its row, 0 where the
        page itself is not in the database. Raises as ``keep``."""
        return self._as_one(lambda: self._write_image(image), self._insert_image)

    def note_missed(self, image: ImageItem) -> int:
        """Enter that an image could not be had, and why, unless an earlier try had it. Raises DatabaseError."""
        row = {
            "page_record_id": image.page_record_id,
            "patrol_id": self._patrol_id,
            "number": image.number,
            "url": storable(image.url),
            "error": storable(image.error)[:300],
            "fetched_at": datetime.now(UTC),
        }
        return self._as_one(lambda: row, self._insert_image)

    def keep_surroundings(self, at: datetime, said: str) -> str:
        """Keep the check of the surroundings (JSON); returns the digest of its chain line. Raises as ``keep``."""
        return self._as_one(lambda: self._write_surroundings(at, said), lambda digest: digest)

    def _as_one(self, write: Callable[[], W], enter: Callable[[W], R]) -> R:
        """Write records and lines, make them durable, then enter their rows."""
        if self._failed:
            raise EvidenceError("证据库此前写入失败，须重新打开后再用")
        try:
            written = write()
            self._sync_files()
            self._chain.commit()
            return enter(written)
        except OSError as error:
            self._failed = True
            self._cut_files()
            self._chain.forget()
            raise _cannot_write(self.folder, error) from error
        except SQLAlchemyError as error:
            self._failed = True
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise DatabaseError(f"取证快照写不进数据库：{cause}。已取得的网页仍在证据目录中，下次运行会补登") from error

    def keep_files(self, brought: Sequence[ImportedFile]) -> list[str]:
        """Keep files that were brought, byte by byte, with who brought them, as one group; a file that this patrol has is
        not kept again. For each, in order: why it cannot be kept (Chinese; nothing of it stays), "" when it is.
        Raises EvidenceError as ``keep`` does."""
        return self._as_one(lambda: [self._write_file(one) for one in brought], lambda faults: faults)

    def _write_file(self, brought: ImportedFile) -> str:
        if brought.sha256 in self._imports:
            return ""
        held = self._file_for(IMPORTED)
        begin, entries = held.end, list[RecordEntry]()
        try:
            entries.extend(self._append(held, record) for record in file_records(brought, PROGRAM))
        except InputError as error:
            os.ftruncate(held.file.fileno(), begin)
            held.end = begin
            return str(error)
        self._chain.add("import", {"site": IMPORTED, "name": brought.name, "sha256": brought.sha256}, entries)
        self._imports.add(brought.sha256)
        return ""

    def finish(self) -> str:
        """Close the chain of a finished patrol with a line of its own and store its head."""
        self._chain.add("finish")
        try:
            self._chain.commit()
        except OSError as error:
            raise _cannot_write(self.folder, error) from error
        self._finished = True
        return self._store_head()

    def close(self) -> None:
        """Close the files; after ``finish`` also write the indexes and the manifest.

        Raises EvidenceError when those cannot be written: the evidence itself is whole then.
        """
        for held in self._files.values():
            held.file.close()
        self._files.clear()
        try:
            if not self._failed:
                self._store_head()
                if self._finished:
                    seal(self.folder)
        except OSError as error:
            raise _cannot_write(self.folder, error) from error
        finally:
            self._chain.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    def _write_page(self, page: Prepared) -> dict[str, Any]:
        site, url = page.said["site"], page.said["url"]
        held = self._file_for(site)
        self._write_certificates(held, page)
        entries = [self._append(held, record) for record in page.records]
        digest = self._chain.add("capture", {"site": site, "url": url[:2000]}, entries)
        return capture_row(page.said, entries[0], held.relative, digest)

    def _write_image(self, image: Prepared) -> dict[str, Any]:
        site, url = image.said["site"], image.said["url"]
        held = self._file_for(site)
        self._write_certificates(held, image)
        entries = [self._append(held, record) for record in image.records]
        of = image.said["page_record_id"]
        digest = self._chain.add("image", {"site": site, "url": url[:2000], "of": of}, entries)
        return image_row(image.said, entries[0], held.relative, digest)

    def _write_certificates(self, held: _OpenFile, page: Prepared) -> None:
        """A host's certificates, before the first page that came under them."""
        if not page.chain_pem:
            return
        connection = page.said["connection"]
        digest = connection["tls"]["chain_sha256"]
        if digest in self._certificates:
            return
        at = datetime.fromisoformat(page.said["fetched_at"])
        record = certificates_record(connection["host"], connection["port"], at, page.chain_pem)
        values = {"site": page.said["site"], "host": connection["host"], "sha256": digest}
        self._chain.add("certificates", values, [self._append(held, record)])
        self._certificates.add(digest)

    def _write_surroundings(self, at: datetime, said: str) -> str:
        record = surroundings_record(at, said, f"patrol-{self._patrol_id:06d}")
        return self._chain.add("surroundings", {}, [self._append(self._file_for(PATROL_FILE), record)])

    def _append(self, held: _OpenFile, record: Record) -> RecordEntry:
        entry = RecordEntry(
            record.type, record.record_id, held.path.name, held.end, len(record.data), record.sha256, record.sm3
        )
        write_all(held.file, record.data)
        held.end += len(record.data)
        return entry

    def _file_for(self, site: str) -> _OpenFile:
        held = self._files.get(site)
        if held is not None and held.end < self._rotate_at:
            return held
        number = 1
        if held is not None:
            os.fdatasync(held.file.fileno())
            held.file.close()
            number = _file_number(held.path) + 1
        path = self.folder / f"{file_stem(site)}-{number:05d}.warc.gz"
        opened = path.open("ab", buffering=0)
        sync_folder(self.folder)
        self._files[site] = held = _OpenFile(path, self._relative(path), opened, 0, 0)
        fields = {"software": PROGRAM, "format": "WARC File Format 1.1", "isPartOf": f"patrol-{self._patrol_id:06d}"}
        fields |= {"operator": self._workspace.config.office.name, "description": f"site {site}"}
        entry = self._append(held, warcinfo_record(path.name, fields))
        self._chain.add("file", {"site": site}, [entry])
        return held

    def _sync_files(self) -> None:
        for held in self._files.values():
            if held.end > held.size:
                os.fdatasync(held.file.fileno())
                held.size = held.end

    def _cut_files(self) -> None:
        for held in self._files.values():
            os.ftruncate(held.file.fileno(), held.size)
            held.end = held.size

    def _insert(self, rows: list[dict[str, Any]]) -> list[int]:
        if not rows:
            return []
        texts = [row.pop("text") for row in rows]
        with self._database.engine.begin() as connection:
            statement = insert(Capture).returning(Capture.id, sort_by_parameter_order=True)
            ids = [int(number) for (number,) in connection.execute(statement, rows)]
            connection.execute(
                insert(CaptureText),
                [{"capture_id": number, "text": text} for number, text in zip(ids, texts, strict=True)],
            )
        return ids

    def _insert_image(self, row: dict[str, Any]) -> int:
        """Enter an image in the place of whatever tries for it failed before."""
        values = dict(row)
        with self._database.engine.begin() as connection:
            page = select(Capture.id).where(Capture.record_id == values.pop("page_record_id"))
            capture_id = connection.scalar(page)
            if capture_id is None:
                return 0
            same = (CaptureImage.capture_id == capture_id, CaptureImage.number == values["number"])
            before = connection.execute(select(CaptureImage).where(*same)).first()
            if before is not None and before.record_id and "record_id" not in values:
                return int(before.id)
            tries = before.tries if before is not None else 0
            connection.execute(delete(CaptureImage).where(*same))
            added = insert(CaptureImage).values(**values, capture_id=capture_id, tries=tries + 1)
            return int(connection.execute(added.returning(CaptureImage.id)).scalar_one())

    def _store_head(self) -> str:
        with self._database.engine.begin() as connection:
            connection.execute(update(Patrol).where(Patrol.id == self._patrol_id).values(chain_head=self._chain.head))
        return self._chain.head

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._workspace.root)).as_posix()

    # -- opening ---------------------------------------------------------------------------------------------------

    def _reopen(self) -> None:
        path = self.folder / CHAIN_NAME
        finish_replacements(self.folder)
        state = read_chain(path)
        ends = layout(state.entries).ends()
        check_present(self.folder, ends)
        self._check_registered(state.entries)
        head = state.entries[-1].digest if state.entries else GENESIS
        self._chain = ChainWriter(path, head, len(state.entries))
        try:
            cut_back(self.folder, torn_tails(self.folder, state, ends))
            remove_manifest(self.folder)
            if not state.entries:
                self._chain.add("patrol", {"patrol": self._patrol_id, "program": PROGRAM} | self._previous())
                sync_folder(self.folder)
            self.mended += note_cuts(self.folder, state.entries, self._chain)
            self._chain.commit()
            for site, name in _newest_files(state.entries).items():
                file = self.folder / name
                opened = file.open("ab", buffering=0)
                self._files[site] = _OpenFile(file, self._relative(file), opened, ends[name], ends[name])
            self._certificates = {str(e.body["sha256"]) for e in state.entries if e.kind == "certificates"}
            self._imports = {str(e.body["sha256"]) for e in state.entries if e.kind == "import"}
            self._restore_rows(state.entries)
            self._restore_images(state.entries)
        except BaseException:
            self._chain.close()
            raise

    def _check_registered(self, entries: tuple[Entry, ...]) -> None:
        """The database remembers the chain's head and each page's line: a chain that lacks them was shortened or
        made anew, which no crash does."""
        lines = {entry.digest for entry in entries}
        with self._database.engine.connect() as connection:
            head = connection.scalar(select(Patrol.chain_head).where(Patrol.id == self._patrol_id))
            query = select(Capture.chain_sha256).where(Capture.patrol_id == self._patrol_id)
            lost = sum(digest not in lines for digest in connection.scalars(query))
        if lost or (head and head not in lines):
            what = f"{lost} 个已登记网页不在证据链中" if lost else "证据链里没有上次登记的链头"
            raise EvidenceError(
                f"{self.folder / CHAIN_NAME}：{what}，证据链可能被截短或重新生成。请勿继续，先查明原因或从备份恢复"
            )

    def _restore_rows(self, entries: tuple[Entry, ...]) -> None:
        found = layout(entries)
        with self._database.engine.begin() as connection:
            agree_rows(connection, self._patrol_id, found)
            query = select(Capture.record_id).where(Capture.patrol_id == self._patrol_id)
            known = set(connection.scalars(query))
        chained = {e.records[0].id: e for e in iter_captures(entries) if e.records[0].id in found.present}
        rows = [self._row_from_file(e, found) for record_id, e in chained.items() if record_id not in known]
        if rows:
            self._insert(rows)
            self.mended.append(f"{len(rows)} 个已取证网页的登记缺失，已按证据文件补登")

    def _restore_images(self, entries: tuple[Entry, ...]) -> None:
        present = layout(entries).present
        chained = {e.records[0].id: e for e in entries if e.kind == "image" and e.records[0].id in present}
        if not chained:
            return
        with self._database.engine.connect() as connection:
            known = set(
                connection.scalars(select(CaptureImage.record_id).where(CaptureImage.patrol_id == self._patrol_id))
            )
        restored = 0
        for entry in (entry for record_id, entry in chained.items() if record_id not in known):
            records = [present[record.id] for record in entry.records]
            path = self.folder / records[-1].file
            said = read_metadata(path, records[-1])
            restored += self._insert_image(image_row(said, records[0], self._relative(path), entry.digest)) > 0
        if restored:
            self.mended.append(f"{restored} 张已取证图片的登记缺失，已按证据文件补登")

    def _row_from_file(self, entry: Entry, found: Layout) -> dict[str, Any]:
        records = [found.present[record.id] for record in entry.records]
        path = self.folder / records[-1].file
        said = read_metadata(path, records[-1])
        return capture_row(said, records[0], self._relative(path), entry.digest)

    def _previous(self) -> dict[str, Any]:
        """Which patrol's chain this one follows, and its head."""
        query = select(Patrol.id, Patrol.chain_head).where(Patrol.id < self._patrol_id, Patrol.chain_head != "")
        with self._database.engine.connect() as connection:
            row = connection.execute(query.order_by(Patrol.id.desc()).limit(1)).first()
        return {"follows": row.chain_head, "follows_patrol": row.id} if row else {"follows": "", "follows_patrol": None}


def patrol_folder(workspace: Workspace, patrol_id: int) -> Path:
    """Where the evidence of one patrol stands."""
    return workspace.evidence / f"patrol-{patrol_id:06d}"


def file_stem(site: str) -> str:
    """The site's name as a file name: letters (Chinese too), digits, ``-`` and ``_`` stay, a short digest tells
    apart names that would fall together."""
    plain = re.sub(r"[^\w-]", "_", site)[:60]
    return plain if plain == site else f"{plain}-{hashlib.sha256(site.encode()).hexdigest()[:8]}"


def read_metadata(path: Path, record: RecordEntry) -> dict[str, Any]:
    """The JSON of a metadata record, its bytes checked against their digest. Raises EvidenceError."""
    with path.open("rb") as file:
        file.seek(record.offset)
        data = file.read(record.length)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise EvidenceError(f"证据文件 {path} 第 {record.offset} 字节起的记录与证据链不符")
    body = zlib.decompress(data, zlib.MAX_WBITS + 16).split(b"\r\n\r\n", 1)[1]
    said: dict[str, Any] = json.loads(body)
    return said


def capture_row(said: dict[str, Any], response: RecordEntry, warc_path: str, digest: str) -> dict[str, Any]:
    """The row of ``capture`` (and ``text`` for ``capture_text``) from what the metadata record says."""
    extracted = {name: value for name, value in said["extracted"].items() if name != "text"}
    if said.get("imported"):
        extracted[IMPORTED_KEY] = said["imported"]
    return {
        "patrol_id": said["patrol"],
        "target_id": said["target"],
        "site": said["site"],
        "page_kind": said["page_kind"],
        "state": said["state"],
        "url": said["url"],
        "canonical_url": said["canonical_url"][:2000],
        "http_status": said["http_status"],
        "fetched_at": datetime.fromisoformat(said["fetched_at"]).astimezone(UTC),
        "ip_address": said["ip_address"][:64],
        "rendered": said["rendered"],
        "warc_path": warc_path,
        "warc_offset": response.offset,
        "warc_length": response.length,
        "record_id": response.id,
        "payload_sha256": said["payload_sha256"],
        "record_sha256": response.sha256,
        "chain_sha256": digest,
        "site_file_sha256": said["site_file_sha256"],
        "title": extracted.get("title", ""),
        "extracted": extracted,
        **_visited(said),
        "text": compared_text(read_extraction(said["extracted"])),
    }


def image_row(said: dict[str, Any], response: RecordEntry, warc_path: str, digest: str) -> dict[str, Any]:
    """The row of ``capture_image`` (with ``page_record_id`` in the place of ``capture_id``) from what the metadata
    record says."""
    return {
        "page_record_id": said["page_record_id"],
        "patrol_id": said["patrol"],
        "number": said["number"],
        "url": said["url"],
        "http_status": said["http_status"],
        "content_type": said["content_type"][:200],
        "size": said["bytes"],
        "fetched_at": datetime.fromisoformat(said["fetched_at"]).astimezone(UTC),
        "warc_path": warc_path,
        "warc_offset": response.offset,
        "warc_length": response.length,
        "record_id": response.id,
        "payload_sha256": said["payload_sha256"],
        "record_sha256": response.sha256,
        "chain_sha256": digest,
    }


def _newest_files(entries: tuple[Entry, ...]) -> dict[str, str]:
    """Each site's newest WARC file."""
    return {str(e.body["site"]): e.records[0].file for e in entries if e.kind == "file"}


def _visited(said: dict[str, Any]) -> dict[str, Any]:
    """Home pages, and pages found as they were, are not compared: they count as judged from the start."""
    revisit, role = said.get("revisit"), said.get("role", ITEM)
    compared = role != HOME and (revisit is None or revisit["judge"])
    judged = None if compared else datetime.fromisoformat(said["fetched_at"]).astimezone(UTC)
    return {"role": role, "refers_to": revisit["record"] if revisit else "", "judged_at": judged}


def _file_number(path: Path) -> int:
    return int(path.name.removesuffix(".warc.gz").rsplit("-", 1)[1])


def _cannot_write(folder: Path, error: OSError) -> EvidenceError:
    return EvidenceError(
        f"证据写不进 {folder}：{error.strerror or error}。请检查磁盘空间和目录权限；已保存的内容不受影响"
    )
