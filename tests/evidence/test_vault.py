"""The vault: bytes, chain and rows, in that order, whatever happens in between."""

from __future__ import annotations

import hashlib
import json
import os
import random
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, Patrol
from patrol.db.session import Database
from patrol.errors import EvidenceError
from patrol.evidence.chain import read_chain
from patrol.evidence.files import PROGRAM, file_stem, patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare
from patrol.items import PageItem
from patrol.text.storage import read_extraction
from tests.evidence.pages import AT, page


@pytest.fixture
def patrol_id(database: Database) -> int:
    with database.session() as session:
        patrol = Patrol(started_at=datetime.now(UTC))
        session.add(patrol)
        session.flush()
        return patrol.id


def keep(vault: Vault, *pages: PageItem) -> list[int]:
    return vault.keep([prepare(item, program=PROGRAM) for item in pages])


def opened(workspace: Workspace, database: Database, patrol_id: int, **options: int) -> Vault:
    return Vault.open(workspace, database, patrol_id, **options)


def captures(database: Database) -> Sequence[Capture]:
    with database.session() as session:
        return session.scalars(select(Capture).order_by(Capture.id)).all()


def record_at(workspace: Workspace, capture: Capture) -> bytes:
    with (workspace.root / capture.warc_path).open("rb") as file:
        file.seek(capture.warc_offset)
        return file.read(capture.warc_length)


def test_a_kept_page_is_found_again_by_its_row(workspace: Workspace, database: Database, patrol_id: int) -> None:
    vault = opened(workspace, database, patrol_id)
    body = "<html>夜航船</html>".encode("gb18030")
    (number,) = keep(vault, page(patrol_id=patrol_id, body=body, title="夜航船", text="正文", price=Decimal("9.90")))
    vault.close()
    (capture,) = captures(database)
    assert capture.id == number
    data = record_at(workspace, capture)
    assert hashlib.sha256(data).hexdigest() == capture.record_sha256
    assert zlib.decompress(data, zlib.MAX_WBITS + 16).endswith(body + b"\r\n\r\n")
    assert capture.payload_sha256 == hashlib.sha256(body).hexdigest()
    assert read_extraction(capture.extracted).price == Decimal("9.90")
    assert capture.fetched_at == AT
    with database.session() as session:
        assert session.scalar(select(CaptureText.text)) == "正文"


def test_any_warc_reader_reads_the_file_and_finds_every_digest_right(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    parts = (page("http://a.example.cn/2", body=b"two").exchange,)
    keep(
        vault,
        page(
            "http://a.example.cn/1",
            patrol_id=patrol_id,
            parts=parts,
            rendered_dom="<p>画面</p>".encode(),
            screenshot_png=b"\x89PNG",
            api_responses=(("http://a.example.cn/api", b"{}"),),
        ),
    )
    vault.close()
    (file,) = patrol_folder(workspace, patrol_id).glob("*.warc.gz")
    with file.open("rb") as stream:
        kinds = []
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            kinds.append(record.rec_type)
            assert record.rec_headers.protocol == "WARC/1.1"
    assert kinds == ["warcinfo", "response", "request", "response", "request"] + ["resource"] * 3 + ["metadata"]
    checker = Checker(type("Command", (), {"inputs": [str(file)], "verbose": False})())
    checker.process_all()
    assert not checker.exit_value


def test_a_header_from_a_hostile_server_cannot_begin_a_record_of_its_own(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    headers = (("X-Evil", "a\r\n\r\nWARC/1.1\r\nWARC-Type: response"), ("坏\r\n头", "值\x00"))
    keep(vault, page(patrol_id=patrol_id, response_headers=headers, body=b"body"))
    vault.close()
    (file,) = patrol_folder(workspace, patrol_id).glob("*.warc.gz")
    with file.open("rb") as stream:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(stream, check_digests="raise")]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "request", "metadata"]
    assert records[1][1] == b"body"


def test_text_with_nul_and_lone_surrogates_is_kept_clean(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(
        vault,
        page(
            "http://a.example.cn/\x00\ud800",
            patrol_id=patrol_id,
            title="夜\x00航\ud83d船",
            text="一\udfff二",
            seller="\x00店",
            extra=(("键\x00", "值\ud800"),),
        ),
    )
    vault.close()
    (capture,) = captures(database)
    assert (capture.title, capture.extracted["seller"]) == ("夜航船", "店")
    assert capture.extracted["extra"] == [["键", "值"]]
    with database.session() as session:
        assert session.scalar(select(CaptureText.text)) == "一二"


def test_the_chain_can_be_checked_line_by_line_without_this_program(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page("http://a.example.cn/1", patrol_id=patrol_id), page("http://a.example.cn/2", patrol_id=patrol_id))
    head = vault.finish()
    vault.close()
    folder = patrol_folder(workspace, patrol_id)
    last = "0" * 64
    for line in (folder / "chain.txt").read_bytes().splitlines():
        digest, body = line[:64].decode(), line[65:]
        assert hashlib.sha256(body).hexdigest() == digest
        said = json.loads(body)
        assert said["prev"] == last
        last = digest
        for record in said.get("records", []):
            data = (folder / record["file"]).read_bytes()[record["offset"] : record["offset"] + record["length"]]
            assert hashlib.sha256(data).hexdigest() == record["sha256"]
            assert hashlib.new("sm3", data).hexdigest() == record["sm3"]
    assert last == head
    with database.session() as session:
        assert session.scalar(select(Patrol.chain_head)) == head
    assert [c.chain_sha256 for c in captures(database)] == [
        e.digest for e in read_chain(folder / "chain.txt").entries if e.kind == "capture"
    ]


def test_a_torn_write_is_cut_back_to_the_last_whole_capture_and_the_cut_is_noted(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id))
    vault.close()
    folder = patrol_folder(workspace, patrol_id)
    (file,) = folder.glob("*.warc.gz")
    whole = file.read_bytes()
    file.write_bytes(whole + b"\x1f\x8b torn")
    chain = folder / "chain.txt"
    chain.write_bytes(chain.read_bytes() + b"half a line")
    vault = opened(workspace, database, patrol_id)
    assert file.read_bytes() == whole
    assert len(vault.mended) == 2
    keep(vault, page("http://a.example.cn/after", patrol_id=patrol_id))
    vault.close()
    entries = read_chain(chain).entries
    assert [e.kind for e in entries] == ["patrol", "file", "capture", "cut", "cut", "capture"]
    assert entries[4].body["sha256"] == hashlib.sha256(b"\x1f\x8b torn").hexdigest()
    assert len(captures(database)) == 2


def test_a_chained_page_whose_row_was_lost_is_entered_again_from_the_file(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id, title="夜航船", text="正文", price=Decimal("1.5"), tags=("剧本", "盒装")))
    vault.close()
    (before,) = captures(database)
    with database.session() as session:
        session.execute(delete(CaptureText))
        session.execute(delete(Capture))
    vault = opened(workspace, database, patrol_id)
    vault.close()
    (after,) = captures(database)
    columns = [c.name for c in Capture.__table__.columns if c.name != "id"]
    assert [getattr(after, c) for c in columns] == [getattr(before, c) for c in columns]
    with database.session() as session:
        assert session.scalar(select(CaptureText.text)) == "正文"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_byte_a_crash_stops_at_no_chained_page_is_lost_and_no_row_lacks_its_bytes(
    workspace: Workspace, database: Database, patrol_id: int, seed: int
) -> None:
    """Cuts the files as a crash would: the chain's end at random, the WARC after what the chain still names."""
    chance = random.Random(seed)
    vault = opened(workspace, database, patrol_id)
    for number in range(4):
        keep(vault, page(f"http://a.example.cn/{number}", patrol_id=patrol_id, body=os.urandom(500)))
    vault.close()
    folder = patrol_folder(workspace, patrol_id)
    chain = folder / "chain.txt"
    data = chain.read_bytes()
    first = len(data.splitlines(keepends=True)[0])
    chain.write_bytes(data[: chance.randrange(first, len(data))])
    named = [record for entry in read_chain(chain).entries for record in entry.records]
    for file in folder.glob("*.warc.gz"):
        end = max((r.offset + r.length for r in named if r.file == file.name), default=0)
        os.truncate(file, chance.randint(end, file.stat().st_size))
    kept = [e.records[0].id for e in read_chain(chain).entries if e.kind == "capture"]
    with database.session() as session:
        session.execute(delete(CaptureText))
        session.execute(delete(Capture).where(Capture.record_id.not_in(kept) | (Capture.id % 2 == 0)))
        # The head is entered when a vault is closed, which the crash did not wait for.
        session.execute(update(Patrol).values(chain_head=""))
    vault = opened(workspace, database, patrol_id)
    keep(vault, page("http://a.example.cn/next", patrol_id=patrol_id))
    vault.close()
    rows = captures(database)
    assert {c.record_id for c in rows} >= set(kept)
    assert len(rows) == len(kept) + 1
    for capture in rows:
        assert hashlib.sha256(record_at(workspace, capture)).hexdigest() == capture.record_sha256


def test_kept_evidence_that_got_shorter_stops_the_patrol_and_is_named(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id))
    vault.close()
    (file,) = patrol_folder(workspace, patrol_id).glob("*.warc.gz")
    os.truncate(file, file.stat().st_size - 3)
    with pytest.raises(EvidenceError, match=r"短了 3 字节"):
        opened(workspace, database, patrol_id)


def test_a_changed_line_of_the_chain_is_named(workspace: Workspace, database: Database, patrol_id: int) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id))
    vault.close()
    chain = patrol_folder(workspace, patrol_id) / "chain.txt"
    chain.write_bytes(chain.read_bytes().replace(b"shop.example.cn", b"shop.example.org"))
    with pytest.raises(EvidenceError, match=r"第 3 行"):
        opened(workspace, database, patrol_id)


def test_a_folder_that_cannot_be_written_is_a_clear_error(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    workspace.evidence.parent.mkdir(parents=True, exist_ok=True)
    if workspace.evidence.exists():
        workspace.evidence.rmdir()
    workspace.evidence.write_text("not a folder")
    with pytest.raises(EvidenceError, match="证据写不进"):
        opened(workspace, database, patrol_id)


def test_a_full_disk_keeps_what_was_there_and_takes_nothing_half(
    workspace: Workspace, database: Database, patrol_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id))
    (file,) = patrol_folder(workspace, patrol_id).glob("*.warc.gz")
    size = file.stat().st_size

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", no_space)
        with pytest.raises(EvidenceError, match="磁盘空间"):
            keep(vault, page("http://a.example.cn/2", patrol_id=patrol_id))
    assert file.stat().st_size == size
    with pytest.raises(EvidenceError):
        keep(vault, page("http://a.example.cn/3", patrol_id=patrol_id))
    vault.close()
    vault = opened(workspace, database, patrol_id)
    assert vault.mended == []
    keep(vault, page("http://a.example.cn/2", patrol_id=patrol_id))
    vault.close()
    assert len(captures(database)) == 2


def test_files_are_rotated_and_each_site_has_its_own(workspace: Workspace, database: Database, patrol_id: int) -> None:
    vault = opened(workspace, database, patrol_id, rotate_at=3000)
    for number in range(4):
        keep(vault, page(f"http://a.example.cn/{number}", patrol_id=patrol_id, body=os.urandom(2000)))
    keep(vault, page(patrol_id=patrol_id, site="看看短视频"))
    vault.close()
    vault = opened(workspace, database, patrol_id, rotate_at=3000)
    keep(vault, page("http://a.example.cn/last", patrol_id=patrol_id, body=os.urandom(2000)))
    vault.close()
    names = sorted(p.name for p in patrol_folder(workspace, patrol_id).glob("*.warc.gz"))
    assert names[:2] == ["shop-00001.warc.gz", "shop-00002.warc.gz"]
    assert names[-1] == "看看短视频-00001.warc.gz"
    for capture in captures(database):
        assert hashlib.sha256(record_at(workspace, capture)).hexdigest() == capture.record_sha256


def test_the_next_patrol_s_chain_follows_the_last_one_s_head(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    vault = opened(workspace, database, patrol_id)
    keep(vault, page(patrol_id=patrol_id))
    head = vault.finish()
    vault.close()
    with database.session() as session:
        session.add(Patrol(id=patrol_id + 1, started_at=datetime.now(UTC)))
    opened(workspace, database, patrol_id + 1).close()
    entries = read_chain(patrol_folder(workspace, patrol_id + 1) / "chain.txt").entries
    assert entries[0].body["follows"] == head


@pytest.mark.parametrize("site", ["../../etc", "a/b", "a b", "店 铺", ""])
def test_no_site_name_leads_out_of_the_folder(site: str) -> None:
    assert Path(file_stem(site)).name == file_stem(site)
    assert file_stem(site) != file_stem(site + "x")
