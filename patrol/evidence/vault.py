"""Evidence vault: keeps the pages of one patrol in WARC files, chains their digests, and makes their rows.

Order within one ``keep``: records to the files and fsync, lines to the chain and fsync, rows to the database and
commit, and only then are the pages acknowledged. So whatever the moment of a crash: an acknowledged page is in all
three; a line in the chain has its bytes; a row has its line. ``Vault.open`` mends the rest: bytes after the last
chained record are cut back (``repair.py``), chained pages without a row get one from their record. When the patrol
has finished, ``close`` adds what is derived: an index beside each WARC file and the manifest.
One thread at a time may use a vault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from patrol import clock
from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage, Patrol
from patrol.db.session import Database
from patrol.errors import DatabaseError, EvidenceError, InputError
from patrol.evidence.capture_rows import capture_row, image_row, insert_captures, insert_image
from patrol.evidence.chain import (
    CHAIN_NAME,
    GENESIS,
    ChainWriter,
    Entry,
    Layout,
    iter_captures,
    layout,
    read_chain,
)
from patrol.evidence.custody import custody_head
from patrol.evidence.files import PATROL_FILE, PROGRAM, ROTATE_AT, OpenFile, WarcFiles, patrol_folder
from patrol.evidence.finalize import seal
from patrol.evidence.manifest import remove_manifest
from patrol.evidence.record_reader import read_metadata
from patrol.evidence.record_removal import agree_rows, finish_replacements
from patrol.evidence.repair import check_present, cut_back, note_cuts, torn_tails
from patrol.evidence.warc import (
    Prepared,
    certificates_record,
    file_records,
    surroundings_record,
    warcinfo_record,
)
from patrol.files import sync_folder
from patrol.items import ImageItem, ImportedFile
from patrol.text.storage import storable
from patrol.vocabulary import IMPORTED

W = TypeVar("W")
R = TypeVar("R")


class Vault:
    """Open with ``Vault.open``; ``keep`` groups of pages; ``close``."""

    def __init__(self, workspace: Workspace, database: Database, patrol_id: int, rotate_at: int = ROTATE_AT) -> None:
        self.folder = patrol_folder(workspace, patrol_id)
        self.mended: list[str] = []
        self._workspace = workspace
        self._database = database
        self._patrol_id = patrol_id
        self._files = WarcFiles(self.folder, workspace.root, rotate_at)
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
        return self._as_one(lambda: [self._write_page(page) for page in pages], self._enter)

    def keep_image(self, image: Prepared) -> int:
        """Keep one image of a page that became a lead (``warc.prepare_image``); returns the id of its row, 0 where the
        page itself is not in the database. Raises as ``keep``."""
        return self._as_one(lambda: self._write_image(image), self._enter_image)

    def note_missed(self, image: ImageItem) -> int:
        """Enter that an image could not be had, and why, unless an earlier try had it. Raises DatabaseError."""
        row = {
            "page_record_id": image.page_record_id,
            "patrol_id": self._patrol_id,
            "number": image.number,
            "url": storable(image.url),
            "error": storable(image.error)[:300],
            "fetched_at": clock.now(),
        }
        return self._as_one(lambda: row, self._enter_image)

    def keep_surroundings(self, at: datetime, said: str) -> str:
        """Keep the check of the surroundings (JSON); returns the digest of its chain line. Raises as ``keep``."""
        return self._as_one(lambda: self._write_surroundings(at, said), lambda digest: digest)

    def _as_one(self, write: Callable[[], W], enter: Callable[[W], R]) -> R:
        """Write records and lines, make them durable, then enter their rows."""
        if self._failed:
            raise EvidenceError("证据库此前写入失败，须重新打开后再用")
        try:
            written = write()
            self._files.sync()
            self._chain.commit()
            return enter(written)
        except OSError as error:
            self._failed = True
            self._files.cut()
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
        begin = held.end
        try:
            entries = self._files.append(held, file_records(brought, PROGRAM))
        except InputError as error:
            self._files.cut_to(held, begin)
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
        self._files.close()
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
        entries = self._files.append(held, page.records)
        digest = self._chain.add("capture", {"site": site, "url": url[:2000]}, entries)
        return capture_row(page.said, entries[0], held.relative, digest)

    def _write_image(self, image: Prepared) -> dict[str, Any]:
        site, url = image.said["site"], image.said["url"]
        held = self._file_for(site)
        self._write_certificates(held, image)
        entries = self._files.append(held, image.records)
        of = image.said["page_record_id"]
        digest = self._chain.add("image", {"site": site, "url": url[:2000], "of": of}, entries)
        return image_row(image.said, entries[0], held.relative, digest)

    def _write_certificates(self, held: OpenFile, page: Prepared) -> None:
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
        self._chain.add("certificates", values, self._files.append(held, [record]))
        self._certificates.add(digest)

    def _write_surroundings(self, at: datetime, said: str) -> str:
        record = surroundings_record(at, said, f"patrol-{self._patrol_id:06d}")
        return self._chain.add("surroundings", {}, self._files.append(self._file_for(PATROL_FILE), [record]))

    def _file_for(self, site: str) -> OpenFile:
        if held := self._files.current(site):
            return held
        held = self._files.begin(site)
        fields = {"software": PROGRAM, "format": "WARC File Format 1.1", "isPartOf": f"patrol-{self._patrol_id:06d}"}
        fields |= {"operator": self._workspace.config.office.name, "description": f"site {site}"}
        entries = self._files.append(held, [warcinfo_record(held.path.name, fields)])
        self._chain.add("file", {"site": site}, entries)
        return held

    def _enter(self, rows: list[dict[str, Any]]) -> list[int]:
        return insert_captures(self._database.engine, rows)

    def _enter_image(self, row: dict[str, Any]) -> int:
        return insert_image(self._database.engine, row)

    def _store_head(self) -> str:
        with self._database.engine.begin() as connection:
            connection.execute(update(Patrol).where(Patrol.id == self._patrol_id).values(chain_head=self._chain.head))
        return self._chain.head

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
                opening = {"patrol": self._patrol_id, "program": PROGRAM} | self._previous()
                self._chain.add("patrol", opening | {"custody": custody_head(self._workspace.evidence)})
                sync_folder(self.folder)
            self.mended += note_cuts(self.folder, state.entries, self._chain)
            self._chain.commit()
            for site, name in _newest_files(state.entries).items():
                self._files.reopen(site, name, ends[name])
            self._certificates = {str(e.body["sha256"]) for e in state.entries if e.kind == "certificates"}
            present = layout(state.entries).present
            held = (e for e in state.entries if e.kind == "import" and e.records[0].id in present)
            self._imports = {str(e.body["sha256"]) for e in held}
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
            self._enter(rows)
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
            said = read_metadata(self.folder, records[-1])
            restored += self._enter_image(image_row(said, records[0], self._files.relative(path), entry.digest)) > 0
        if restored:
            self.mended.append(f"{restored} 张已取证图片的登记缺失，已按证据文件补登")

    def _row_from_file(self, entry: Entry, found: Layout) -> dict[str, Any]:
        records = [found.present[record.id] for record in entry.records]
        path = self.folder / records[-1].file
        said = read_metadata(self.folder, records[-1])
        return capture_row(said, records[0], self._files.relative(path), entry.digest)

    def _previous(self) -> dict[str, Any]:
        """Which patrol's chain this one follows, and its head."""
        query = select(Patrol.id, Patrol.chain_head).where(Patrol.id < self._patrol_id, Patrol.chain_head != "")
        with self._database.engine.connect() as connection:
            row = connection.execute(query.order_by(Patrol.id.desc()).limit(1)).first()
        return {"follows": row.chain_head, "follows_patrol": row.id} if row else {"follows": "", "follows_patrol": None}


def _newest_files(entries: tuple[Entry, ...]) -> dict[str, str]:
    """Each site's newest WARC file."""
    return {str(e.body["site"]): e.records[0].file for e in entries if e.kind == "file"}


def _cannot_write(folder: Path, error: OSError) -> EvidenceError:
    return EvidenceError(
        f"证据写不进 {folder}：{error.strerror or error}。请检查磁盘空间和目录权限；已保存的内容不受影响"
    )
