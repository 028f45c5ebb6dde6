"""Letters that an older program drafted are read by this one, and nothing they said is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, Table, insert, text

from patrol.db.migration import alembic_config
from patrol.db.session import Database, open_engine
from patrol.notices.content import Letter
from patrol.notices.register import notice_views
from patrol.vocabulary import PageState

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CONTACT = "王编辑；电话 010-62345678"
OLD: dict[str, Any] = {
    "kind": "holder", "signer": "权利人签名", "by_office": False, "recipient": "甲平台公司", "office": "某站", "region": "某省",
    "lead": "案线〔2026〕0007号", "finding": "售卖线索；标价 3 元", "work": "《夜航船》", "authors": "沈青", "holder": "青山；出版社",
    "registration": "国作登字-1",
    "items": [
        {"label": "权利人姓名（名称）、联系方式和地址", "value": f"青山；出版社；{CONTACT}；某市某路"},
        {"label": "要求删除的作品名称和网络地址", "value": "《夜航船》：http://shop.example.cn/1"},
        {"label": "构成侵权的初步证明材料", "value": "作品登记 国作登字-1；比对情况：售卖线索；标价 3 元；取证快照 2 份，见清单"},
    ],
    "pages": [{"url": "http://shop.example.cn/1", "title": "夜航船 电子版", "account": "甲店",
               "first_seen": "2026-03-02 09:00:00", "last_seen": "2026-03-03 09:00:00"}],
    "proofs": [{"capture_id": 5, "at": "2026-03-02 09:00:00", "url": "http://shop.example.cn/1", "sha256": "ab" * 32},
               {"capture_id": 6, "at": "2026-03-03 09:00:00", "url": "http://shop.example.cn/1", "sha256": "cd" * 32}],
    "basis": ["第十四条"], "demand": ["立即删除"], "officers": [], "cautions": ["由权利人签署"],
}  # fmt: skip


@pytest.fixture
def old(database_url: str) -> Iterator[Engine]:
    """A database as the release before left it, with drafted notices."""
    engine = open_engine(database_url)
    command.downgrade(alembic_config(engine), "0008")
    schema = MetaData()
    schema.reflect(engine)

    def enter(table: str, **values: Any) -> None:
        with engine.begin() as connection:
            connection.execute(insert(schema.tables[table]).values(_filled(schema.tables[table]) | values))

    enter("patrol", id=1, started_at=AT)
    enter(
        "lead",
        id=7,
        number=OLD["lead"],
        status="notified",
        seller="甲店",
        seller_url="http://shop.example.cn/me",
        found_at=AT,
    )
    enter(
        "capture", id=5, patrol_id=1, state="present", title="夜航船 电子版", url="http://shop.example.cn/1", fetched_at=AT,
        warc_path="evidence/a.warc.gz", payload_sha256="ee", record_sha256="ab" * 32,
    )  # fmt: skip
    blank = OLD | {"work": "——", "holder": "——", "registration": "", "pages": [], "proofs": [], "kind": "assist",
                   "items": [{"label": "权利人", "value": "——；——；——"}, *OLD["items"][1:]]}  # fmt: skip
    enter("notice", id=1, lead_id=7, kind="holder", content=OLD, drafted_at=AT)
    enter("notice", id=2, lead_id=7, kind="assist", content=blank, drafted_at=AT)
    enter("notice", id=3, lead_id=7, kind="holder", content=None)
    yield engine
    engine.dispose()


def _filled(table: Table) -> dict[str, Any]:
    """Something in every column that must not be empty."""
    plain: dict[type, Any] = {str: "", int: 0, float: 0.0, bool: False, datetime: AT, dict: {}, object: {}}
    return {
        column.name: plain[column.type.python_type]
        for column in table.columns
        if not column.nullable and not column.primary_key
    }


def letters(url: str) -> list[Letter | None]:
    database = Database.ready(url)
    try:
        with database.session() as session:
            return [view.letter for view in notice_views(session)]
    finally:
        database.close()


def test_an_old_letter_says_what_it_said(old: Engine, database_url: str) -> None:
    letter, blank, none = letters(database_url)
    assert letter is not None and blank is not None and none is None
    assert (letter.holder, letter.holder_contact, letter.holder_address) == ("青山；出版社", CONTACT, "某市某路")
    assert letter.items[0].value == OLD["items"][0]["value"]
    assert letter.items[1].value == OLD["items"][1]["value"]
    (lead,) = letter.leads
    assert (lead.number, lead.work, lead.registration) == ("案线〔2026〕0007号", "夜航船", "国作登字-1")
    assert (lead.finding, lead.account, lead.account_url) == (
        "售卖线索；标价 3 元",
        "甲店",
        "http://shop.example.cn/me",
    )
    (page,) = letter.pages
    assert (page.url, page.title, page.account) == ("http://shop.example.cn/1", "夜航船 电子版", "甲店")
    assert page.first_seen == datetime(2026, 3, 2, 1, tzinfo=UTC)
    kept, pruned = letter.proofs
    assert (kept.title, kept.warc_path, kept.payload_sha256, kept.state) == (
        "夜航船 电子版",
        "evidence/a.warc.gz",
        "ee",
        PageState.PRESENT,
    )
    assert (pruned.id, pruned.record_sha256, pruned.warc_path) == (6, "cd" * 32, ""), "its capture is no longer there"
    assert letter.demand == ("立即删除",) and letter.cautions == ("由权利人签署",) and letter.basis == ("第十四条",)
    assert (blank.holder, blank.holder_contact, blank.works) == ("", "", "——")


def test_the_release_before_can_read_its_letters_again(old: Engine, database_url: str) -> None:
    letters(database_url)
    command.downgrade(alembic_config(old), "0008")
    with old.connect() as connection:
        content = connection.execute(text("SELECT content FROM notice WHERE id = 1")).scalar_one()
    content = content if isinstance(content, dict) else json.loads(content)
    assert set(content) == set(OLD)
    assert content["items"] == OLD["items"]
    assert content["pages"] == OLD["pages"]
    assert content["proofs"] == OLD["proofs"]
    assert {key: content[key] for key in ("lead", "finding", "work", "holder")} == {
        key: OLD[key] for key in ("lead", "finding", "work", "holder")
    }
