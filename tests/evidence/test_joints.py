"""One folder with every kind of line there is: visited again, brought, pictured, over TLS, cut back, pruned."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage, Patrol
from patrol.db.session import Database
from patrol.evidence import warc
from patrol.evidence.chain import CHAIN_NAME, layout, read_chain
from patrol.evidence.db_claims import database_claims, wanted_evidence
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.findings import Fault, FolderReport
from patrol.evidence.prune import prune
from patrol.evidence.vault import Vault
from patrol.evidence.verify import Against, verify_folders
from patrol.evidence.warc import prepare, prepare_image
from patrol.items import ImageItem, ImportedFile, Origin, PageItem, Revisit
from patrol.vocabulary import IMPORTED
from tests.evidence.cases import add_lead, keep_patrol, seller_page
from tests.evidence.pages import AT
from tests.evidence.test_capture_facts import CONNECTION, over
from tests.evidence.test_prune import LATER, chain_agrees, rows_agree
from tests.packages.opening import bare_shell, exported, words_of

FILE = bytes(range(256)) * 3


def again(number: int, patrol_id: int, of: Capture) -> PageItem:
    """Item ``number`` found unchanged, to be compared with a newer library."""
    found = Revisit(of.record_id, of.url, of.fetched_at, of.payload_sha256, not_modified=False, judge=True)
    return replace(seller_page(number, patrol_id, fetched_at=AT), revisit=found)


@pytest.fixture
def everything(
    workspace: Workspace, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, list[int]]:
    """Patrol 1 with three pages, patrol 2 with all that there is; the ids of patrol 2's captures: one visited again, one
    brought, one that nobody wants. The brought file is of four segments; a crash left half a record in between."""
    monkeypatch.setattr(warc, "SEGMENT", 200)
    first, ids = keep_patrol(workspace, database, 3)
    with database.session() as session:
        of = session.get_one(Capture, ids[0])
        session.expunge(of)
        session.add(Patrol(id=first + 1, started_at=AT))
    second = first + 1
    vault = Vault.open(workspace, database, second)
    vault.keep_surroundings(AT, '{"at": "2026-11-24T08:00:00+00:00", "findings": []}')
    kept = vault.keep([prepare(over(CONNECTION, again(1, second, of)), program=PROGRAM)])
    brought = tmp_path / "保存.mhtml"
    brought.write_bytes(FILE)
    digest = warc.hashlib.sha256(FILE).hexdigest()
    file = ImportedFile(None, str(brought), brought.name, digest, source="权利人", by="clerk")
    assert vault.keep_files([file]) == [""]
    origin = Origin(brought.name, digest, place="第1条记录", source="权利人")
    page = replace(seller_page(8, second, site=IMPORTED, fetched_at=AT), origin=origin)
    kept += vault.keep(
        [prepare(page, program=PROGRAM), prepare(seller_page(9, second, fetched_at=AT), program=PROGRAM)]
    )
    # The image of a page of the first patrol, which that patrol did not come to fetch.
    exchange = replace(seller_page(1, second).exchange, url="http://shop.example.cn/1.jpg", response_body=b"JPEG")
    image = ImageItem(of.id, of.record_id, of.url, "shop", 0, exchange.url, exchange, patrol_id=second)
    assert vault.keep_image(prepare_image(image, program=PROGRAM))
    vault.close()
    with (patrol_folder(workspace, second) / "shop-00001.warc.gz").open("ab") as torn:
        torn.write(b"\x1f\x8b half a record")
    vault = Vault.open(workspace, database, second)
    vault.finish()
    vault.close()
    with database.session() as session:
        session.execute(update(Capture).values(judged_at=AT))
    return first, second, kept


def checked(workspace: Workspace, database: Database) -> list[FolderReport]:
    folders = sorted(workspace.evidence.glob("patrol-*"))
    return verify_folders(folders, Against(known=database_claims(workspace, database, folders)))


def test_every_kind_of_record_verifies_and_each_that_is_changed_is_named(everything, workspace, database) -> None:
    _first, second, kept = everything
    add_lead(database, second, kept[:2])
    prune(workspace, database, LATER)
    assert all(report.clean for report in checked(workspace, database)), checked(workspace, database)
    folder = patrol_folder(workspace, second)
    entries = read_chain(folder / CHAIN_NAME).entries
    kinds = {entry.kind for entry in entries}
    assert kinds == {
        "patrol", "file", "surroundings", "certificates", "capture", "import", "image", "cut", "finish", "prune",
    }  # fmt: skip
    present = layout(entries).present
    tried = {}
    for record in present.values():
        tried.setdefault((record.type, record.file), record)
    assert {kind for kind, _ in tried} == {
        "warcinfo", "metadata", "resource", "revisit", "request", "response", "continuation",
    }  # fmt: skip
    for record in tried.values():
        path = folder / record.file
        whole = path.read_bytes()
        data = bytearray(whole)
        data[record.offset + record.length // 2] ^= 1
        path.write_bytes(data)
        named = {f.record for f in checked(workspace, database)[-1].findings if f.fault is Fault.CHANGED}
        assert record.id in named, record
        path.write_bytes(whole)


def test_a_page_that_a_later_visit_refers_to_stays_and_what_was_brought_goes_with_its_pages(
    everything, workspace, database
) -> None:
    first, second, kept = everything
    add_lead(database, second, kept[:1])
    done = prune(workspace, database, LATER)
    assert done.captures == 4, "two of the first patrol, the brought page and the one that nobody wanted"
    assert rows_agree(workspace, database) == 2
    for patrol_id in (first, second):
        chain_agrees(patrol_folder(workspace, patrol_id))
    present = layout(read_chain(patrol_folder(workspace, second) / CHAIN_NAME).entries).present
    assert not any(record.type == "continuation" for record in present.values()), "nobody keeps it without a lead"
    with database.session() as session:
        assert session.scalars(select(CaptureImage.record_id)).all()[0] in present
    assert all(report.clean for report in checked(workspace, database))


def test_the_database_s_memory_of_images_counts_and_a_lead_s_folders_are_all_that_it_rests_on(
    everything, workspace, database
) -> None:
    first, second, kept = everything
    number = add_lead(database, second, kept[:1])
    folders = wanted_evidence(workspace, database, number).folders
    assert folders == (patrol_folder(workspace, first), patrol_folder(workspace, second))
    with database.session() as session:
        session.execute(update(CaptureImage).values(record_sha256="0" * 64))
    (said,) = [f.says for f in checked(workspace, database)[1].findings if f.fault is Fault.CHANGED]
    assert "与数据库登记的不同" in said


def test_a_package_holds_what_a_revisit_refers_to_and_images_of_other_patrols_and_the_brought_file(
    everything, run, workspace, database
) -> None:
    first, second, kept = everything
    with database.session() as session:
        of = session.scalars(select(Capture).order_by(Capture.id)).first()
        session.expunge(of)
    package = exported(run, workspace, add_lead(database, first, [of.id]))
    assert bare_shell(package, "sh verify.sh").returncode == 0
    alone = exported(run, workspace, add_lead(database, second, kept[:2], 2))
    assert bare_shell(alone, "sh verify.sh").returncode == 0
    rows = {}
    for folder in (alone / "evidence").glob("*/records.tsv"):
        for row in folder.read_text(encoding="utf-8").splitlines():
            rows[row.split("\t")[-1]] = row.split("\t")[-2]
    assert rows[of.record_id] == "response", "the bytes of the page that was found unchanged"
    kinds = list(rows.values())
    assert kinds.count("revisit") == 1
    assert kinds.count("continuation") == 3
    with zipfile.ZipFile(alone / "archive.wacz") as wacz:
        index = [json.loads(line.split(b" ", 2)[2]) for line in wacz.read("indexes/index.cdx").splitlines()]
    found = [line for line in index if line["url"] == of.url]
    assert {line["mime"] for line in found} == {"warc/revisit", "text/html"}
    assert len({line["digest"] for line in found}) == 1, "by which replay finds the bytes"
    said = words_of(alone / "远程取证记录.docx")
    assert f"第 {first} 次巡查证据链第" in said
    assert "导入文件“保存.mhtml”第1条记录中的网页" in said
    assert "非本单位访问取得" in said
    assert "请求 http://shop.example.cn/item/8" not in said, "we never asked for a page that was brought"
    assert "取得网页中的图片 http://shop.example.cn/1.jpg" in words_of(package / "远程取证记录.docx")
