"""What a capture's metadata says of its origin, certificates kept once, logins never, images of leads in the chain."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from warcio.checker import Checker

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureImage, Lead, Patrol, Signal
from patrol.db.session import Database
from patrol.evidence.chain import CHAIN_NAME, Entry, read_chain
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.lead_pictures import MAX_PER_LEAD, MAX_TRIES, wanted_images
from patrol.evidence.record_reader import read_metadata
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare, prepare_image
from patrol.items import ImageItem, PageItem
from patrol.net.connection import Certificate, Connection, DnsAnswer, Tls, pem_sha256
from tests.evidence.pages import AT, page

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
LEAF = Certificate("ab" * 32, "CN=shop", "CN=ca", AT, AT, ("shop.example.cn",))
CONNECTION = Connection(
    host="shop.example.cn",
    port=443,
    address="203.0.113.7",
    dns=(DnsAnswer("system", ("203.0.113.7",), AT), DnsAnswer("192.0.2.53", (), AT, "没有这个域名")),
    tls=Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", LEAF.sha256, (LEAF,), pem_sha256(PEM), AT, True, "", PEM),
)


@pytest.fixture
def patrol_id(database: Database) -> int:
    with database.session() as session:
        patrol = Patrol(started_at=datetime.now(UTC))
        session.add(patrol)
        session.flush()
        return patrol.id


def over(connection: Connection | None, item: PageItem, **wire: Any) -> PageItem:
    return replace(item, exchange=replace(item.exchange, connection=connection, **wire))


def entries(workspace: Workspace, patrol_id: int, kind: str) -> list[Entry]:
    chain = read_chain(patrol_folder(workspace, patrol_id) / CHAIN_NAME)
    return [entry for entry in chain.entries if entry.kind == kind]


def keep(workspace: Workspace, database: Database, patrol_id: int, *items: PageItem) -> list[int]:
    vault = Vault.open(workspace, database, patrol_id)
    ids = vault.keep([prepare(item, program=PROGRAM) for item in items])
    vault.close()
    return ids


def said(folder: Path, entry: Entry) -> dict[str, Any]:
    return read_metadata(folder, entry.records[-1])


def test_a_capture_says_its_connection_and_by_what_authority_robots_was_passed(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    item = replace(
        over(CONNECTION, page(patrol_id=patrol_id)), authority="某版权办〔2026〕3 号", site_file_sha256="ef" * 32
    )
    keep(workspace, database, patrol_id, item)
    (entry,) = entries(workspace, patrol_id, "capture")
    found = said(patrol_folder(workspace, patrol_id), entry)
    assert (found["authority"], found["site_file_sha256"], found["patrol"]) == (
        "某版权办〔2026〕3 号",
        "ef" * 32,
        patrol_id,
    )
    assert Connection.from_json(found["connection"]) == replace(CONNECTION, tls=replace(CONNECTION.tls, chain_pem=b""))  # type: ignore[type-var]
    assert "BEGIN" not in str(found)


def test_a_host_s_certificates_are_kept_once_a_patrol_before_the_first_page(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    pages = [over(CONNECTION, page(f"https://shop.example.cn/{n}", patrol_id=patrol_id)) for n in range(3)]
    keep(workspace, database, patrol_id, *pages[:2])
    keep(workspace, database, patrol_id, pages[2])  # after a resume
    (entry,) = entries(workspace, patrol_id, "certificates")
    first = entries(workspace, patrol_id, "capture")[0]
    assert entry.number < first.number
    assert entry.body["sha256"] == pem_sha256(PEM)
    (record,) = entry.records
    file = patrol_folder(workspace, patrol_id) / record.file
    kept = gzip.decompress(file.read_bytes()[record.offset : record.offset + record.length])
    assert PEM in kept
    assert b"urn:certificates:shop.example.cn:443" in kept
    Checker(_Arguments([str(file)])).process_one(str(file))


class _Arguments:
    def __init__(self, inputs: list[str]) -> None:
        self.inputs, self.verbose = inputs, False


def test_another_chain_of_the_same_host_is_kept_too(workspace: Workspace, database: Database, patrol_id: int) -> None:
    assert CONNECTION.tls is not None
    other = replace(CONNECTION, tls=replace(CONNECTION.tls, chain_pem=PEM * 2, chain_sha256=pem_sha256(PEM * 2)))
    keep(workspace, database, patrol_id, over(CONNECTION, page()), over(other, page()))
    assert len(entries(workspace, patrol_id, "certificates")) == 2


SECRETS = (("Cookie", "sid=geheim-1"), ("AUTHORIZATION", "Bearer geheim-2"), ("proxy-authorization", "Basic geheim-3"))


def test_a_login_is_never_in_evidence(workspace: Workspace, database: Database, patrol_id: int) -> None:
    answered = (("Content-Type", "text/html"), ("Set-Cookie", "sid=geheim-4; HttpOnly"), ("set-cookie", "t=geheim-5"))
    item = over(None, page(), request_headers=SECRETS, response_headers=answered, private_headers=True)
    keep(workspace, database, patrol_id, item)
    (entry,) = entries(workspace, patrol_id, "capture")
    data = (patrol_folder(workspace, patrol_id) / entry.records[0].file).read_bytes()
    kept = b"".join(gzip.decompress(data[r.offset : r.offset + r.length]) for r in entry.records)
    assert b"geheim" not in kept
    digest = hashlib.sha256(b"sid=geheim-1").hexdigest().encode()
    assert digest in kept
    assert kept.count(b"SHA-256%20") + kept.count(b"SHA-256 ") == 5
    assert said(patrol_folder(workspace, patrol_id), entry)["session"] is True


def test_without_a_login_headers_are_kept_as_they_were(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    keep(workspace, database, patrol_id, over(None, page(), request_headers=(("Cookie", "visitor=7"),)))
    (entry,) = entries(workspace, patrol_id, "capture")
    data = (patrol_folder(workspace, patrol_id) / entry.records[0].file).read_bytes()
    assert b"visitor=7" in b"".join(gzip.decompress(data[r.offset : r.offset + r.length]) for r in entry.records)


# -- images of leads ---------------------------------------------------------------------------------------------------


def lead_on(database: Database, *capture_ids: int, key: str = "k") -> None:
    with database.session() as session:
        lead = Lead(
            number=key, key=key, site="shop", field="book", kind="sale", url="u", grade="A", score=1.0, found_at=AT
        )
        session.add(lead)
        session.flush()
        for number in capture_ids:
            session.execute(insert(Signal).values(lead_id=lead.id, capture_id=number, code="c", points=1.0))


def images(*names: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"images": tuple(f"http://img.example.cn/{name}" for name in names), "fetched_at": now}


def image_of(database: Database, wanted: Any, patrol_id: int, **values: Any) -> ImageItem:
    return ImageItem(
        wanted.capture_id, wanted.page_record_id, wanted.page_url, "shop", wanted.number, wanted.url,
        patrol_id=patrol_id, **values,
    )  # fmt: skip


def rows(database: Database) -> list[CaptureImage]:
    with database.session() as session:
        return list(session.scalars(select(CaptureImage).order_by(CaptureImage.number)))


def test_only_images_of_leads_are_wanted_and_a_few_a_lead(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    pages = [
        page("http://s/1", **images(*"abcd")),
        page("http://s/2", **images(*"cdefghij")),
        page("http://s/3", **images("x")),
    ]
    first, second, _ = keep(workspace, database, patrol_id, *pages)
    lead_on(database, first, second)
    url = database.engine.url.render_as_string(hide_password=False)
    found = wanted_images(url, "shop")
    assert [(w.capture_id, w.url[-1]) for w in found] == [
        (first, "a"), (first, "b"), (first, "c"), (first, "d"), (second, "e"), (second, "f"),
    ]  # fmt: skip
    assert len(found) == MAX_PER_LEAD
    assert wanted_images(url, "other") == []


def test_an_image_is_kept_in_the_chain_and_asked_for_no_more(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    (capture,) = keep(workspace, database, patrol_id, page(**images("a", "b")))
    lead_on(database, capture)
    url = database.engine.url.render_as_string(hide_password=False)
    wanted = wanted_images(url, "shop")
    body = b"\xff\xd8\xff\xe0 a picture"
    exchange = replace(
        page(wanted[0].url).exchange, response_body=body, response_headers=(("Content-Type", "image/jpeg"),)
    )
    vault = Vault.open(workspace, database, patrol_id)
    vault.keep_image(prepare_image(image_of(database, wanted[0], patrol_id, exchange=exchange), program=PROGRAM))
    vault.close()
    (row,) = rows(database)
    (entry,) = entries(workspace, patrol_id, "image")
    assert (row.content_type, row.size, row.error, row.tries) == ("image/jpeg", len(body), "", 1)
    assert row.payload_sha256 == hashlib.sha256(body).hexdigest()
    assert (row.record_id, row.chain_sha256) == (entry.records[0].id, entry.digest)
    assert [r.type for r in entry.records] == ["response", "request", "metadata"]
    with database.session() as session:
        assert entry.body["of"] == session.get_one(Capture, capture).record_id
    assert [w.url[-1] for w in wanted_images(url, "shop")] == ["b"]


def test_an_image_whose_row_was_lost_is_entered_again_from_the_file(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    (capture,) = keep(workspace, database, patrol_id, page(**images("a")))
    lead_on(database, capture)
    url = database.engine.url.render_as_string(hide_password=False)
    (wanted,) = wanted_images(url, "shop")
    vault = Vault.open(workspace, database, patrol_id)
    exchange = page(wanted.url).exchange
    vault.keep_image(prepare_image(image_of(database, wanted, patrol_id, exchange=exchange), program=PROGRAM))
    vault.close()
    (before,) = rows(database)
    with database.session() as session:
        session.execute(delete(CaptureImage))
    vault = Vault.open(workspace, database, patrol_id)
    vault.close()
    assert vault.mended == ["1 张已取证图片的登记缺失，已按证据文件补登"]
    (after,) = rows(database)
    named = ("capture_id", "number", "url", "record_id", "chain_sha256", "warc_path", "warc_offset", "payload_sha256")
    assert [getattr(after, name) for name in named] == [getattr(before, name) for name in named]


def test_an_image_that_cannot_be_had_is_tried_a_few_times_then_given_up(
    workspace: Workspace, database: Database, patrol_id: int
) -> None:
    (capture,) = keep(workspace, database, patrol_id, page(**images("a")))
    lead_on(database, capture)
    url = database.engine.url.render_as_string(hide_password=False)
    vault = Vault.open(workspace, database, patrol_id)
    for tries in range(1, MAX_TRIES + 1):
        (wanted,) = wanted_images(url, "shop")
        vault.note_missed(image_of(database, wanted, patrol_id, error="超时没有回应"))
        (row,) = rows(database)
        assert (row.tries, row.error, row.record_id) == (tries, "超时没有回应", "")
    vault.close()
    assert wanted_images(url, "shop") == []
