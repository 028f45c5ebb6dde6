"""The house reads its evidence back in one way: by the chain, every byte held against its digest first."""

from __future__ import annotations

import ast
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from patrol.config import CHECKOUT, Workspace
from patrol.db.models import Patrol
from patrol.db.session import Database
from patrol.errors import EvidenceError
from patrol.evidence import record_reader
from patrol.evidence.chain import CHAIN_NAME, RecordEntry, layout, read_chain, records_with
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.record_reader import read_metadata, read_record
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare
from tests.evidence.pages import AT, page
from tests.test_rooms import sources

DOM = "<p>画面上的正文</p>".encode()


@pytest.fixture
def folder(workspace: Workspace, database: Database) -> Path:
    """The evidence of a patrol: a page of a browser with its tree and picture, and a plain one."""
    with database.session() as session:
        session.add(Patrol(id=1, started_at=AT))
    vault = Vault.open(workspace, database, 1)
    rendered = page("http://a.example.cn/1", rendered_dom=DOM, screenshot_png=b"\x89PNG", body=b"<p>...</p>")
    vault.keep([prepare(item, program=PROGRAM) for item in (rendered, page("http://a.example.cn/2", body=b"\xff\x00"))])
    vault.finish()
    vault.close()
    return patrol_folder(workspace, 1)


def entries(folder: Path) -> list[RecordEntry]:
    return list(layout(read_chain(folder / CHAIN_NAME).entries).present.values())


def test_every_record_is_read_as_another_program_reads_it(folder: Path) -> None:
    ours = {entry.id: read_record(folder, entry) for entry in entries(folder)}
    theirs = {}
    for file in folder.glob("*.warc.gz"):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                head, status = record.rec_headers, record.http_headers and record.http_headers.get_statuscode()
                body = record.content_stream().read()
                theirs[head.get_header("WARC-Record-ID")] = (
                    record.rec_type,
                    body,
                    head.get_header("WARC-Target-URI"),
                    status,
                )
    assert len(ours) > 6
    assert {i: (r.facts.type, r.body, r.facts.target or None, r.facts.status or None) for i, r in ours.items()} == {
        i: (kind, body, target, None if kind == "request" else status) for i, (kind, body, target, status) in theirs.items()
    }  # fmt: skip


def test_a_page_is_read_with_all_that_was_chained_with_it(folder: Path) -> None:
    first = next(entry for entry in entries(folder) if entry.type == "response")
    found = [(entry.type, read_record(folder, entry).facts.target) for entry in records_with(folder, first.id)]
    assert found == [
        ("response", "http://a.example.cn/1"),
        ("request", "http://a.example.cn/1"),
        ("resource", "urn:dom:http://a.example.cn/1"),
        ("resource", "urn:view:http://a.example.cn/1"),
        ("metadata", "http://a.example.cn/1"),
    ]
    said = read_metadata(folder, records_with(folder, first.id)[-1])
    assert (said["url"], said["patrol"]) == ("http://a.example.cn/1", 1)


def test_what_is_not_the_chain_s_is_not_read(folder: Path) -> None:
    entry = next(entry for entry in entries(folder) if entry.type == "response")
    with pytest.raises(EvidenceError, match=rf"{entry.file} 第 {entry.offset} 字节起的记录与证据链不符"):
        read_record(folder, replace(entry, sha256="0" * 64))
    with pytest.raises(EvidenceError, match=r"无法读取证据文件.*请从备份恢复"):
        read_record(folder, replace(entry, file="gone-00001.warc.gz"))
    with pytest.raises(EvidenceError, match="说明记录无法读取"):
        read_metadata(folder, entry)
    with pytest.raises(EvidenceError, match="没有记录 <urn:x>"):
        records_with(folder, "<urn:x>")


@pytest.mark.parametrize("data", [b"", b"no gzip", zlib.compress(b"WARC/1.1\r\n\r\n", wbits=31)])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="无法解开"):
        record_reader.parse_record(data)


def test_a_record_larger_than_can_be_held_is_refused_before_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_reader, "MAX_BODY", 10)
    with pytest.raises(EvidenceError, match="没有读取"):
        read_record(folder, next(entry for entry in entries(folder) if entry.type == "response"))


def test_nothing_else_unpacks_records() -> None:
    """The writer packs; WARC files that strangers wrote are read by the import; packages have a verifier that trusts nobody's
    reading, ours included. The text engine keeps no records."""
    found = {
        str(path.relative_to(CHECKOUT))
        for path in sources()
        if path.relative_to(CHECKOUT).parts[0] != "fingerprints"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and {"zlib", "gzip", "warcio"} & {n.partition(".")[0] for n in [getattr(node, "module", "") or "", *(a.name for a in node.names)]}
    }  # fmt: skip
    assert found == {
        "patrol/evidence/record_reader.py",
        "patrol/evidence/warc.py",
        "patrol/packages/opened.py",
        "spiders/saved/webarchive.py",
    }
