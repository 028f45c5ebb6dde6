"""letters as drafted hold all that their papers say: structured values, moments, proofs with their places

Revision: 0009, after: 0008, made: 2026-11-28
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BLANK = "——"
_BEIJING = timezone(timedelta(hours=8))
_TOPICS = {"holder": ["notice"], "rectify": ["rectify"], "assist": ["assist"]}
_NOTICE = sa.table(
    "notice",
    sa.column("id", sa.Integer),
    sa.column("lead_id", sa.Integer),
    sa.column("content", sa.JSON(none_as_null=True)),
    sa.column("drafted_at", sa.DateTime(timezone=True)),
)
_LEAD = sa.table(
    "lead",
    sa.column("id", sa.Integer),
    sa.column("found_at", sa.DateTime(timezone=True)),
    sa.column("seller", sa.String),
    sa.column("seller_url", sa.Text),
)
_CAPTURE = sa.table(
    "capture",
    sa.column("id", sa.Integer),
    sa.column("title", sa.Text),
    sa.column("state", sa.String),
    sa.column("warc_path", sa.String),
    sa.column("warc_offset", sa.BigInteger),
    sa.column("warc_length", sa.BigInteger),
    sa.column("payload_sha256", sa.String),
)


def upgrade() -> None:
    connection = op.get_bind()
    for notice in connection.execute(sa.select(_NOTICE).where(_NOTICE.c.content.is_not(None))).all():
        if not notice.content:
            continue
        lead = connection.execute(sa.select(_LEAD).where(_LEAD.c.id == notice.lead_id)).one()
        wanted = [proof["capture_id"] for proof in notice.content["proofs"]]
        rows = connection.execute(sa.select(_CAPTURE).where(_CAPTURE.c.id.in_(wanted))).all()
        content = _whole(notice.content, notice.drafted_at, lead, {row.id: row for row in rows})
        connection.execute(sa.update(_NOTICE).where(_NOTICE.c.id == notice.id).values(content=content))


def downgrade() -> None:
    connection = op.get_bind()
    for notice in connection.execute(sa.select(_NOTICE).where(_NOTICE.c.content.is_not(None))).all():
        if notice.content:
            content = _as_before(notice.content)
            connection.execute(sa.update(_NOTICE).where(_NOTICE.c.id == notice.id).values(content=content))


def _whole(
    old: Mapping[str, Any], drafted_at: datetime | None, lead: Any, captures: Mapping[int, Any]
) -> dict[str, Any]:
    """The letter in the new shape; what it did not hold is taken from where its paper took it."""
    contact, address = _contact(old)
    account = old["pages"][0]["account"] if old["pages"] else lead.seller
    return {
        **{name: old[name] for name in ("kind", "signer", "by_office", "recipient", "office", "region")},
        "leads": [
            {
                "number": old["lead"],
                "work": "" if old["work"] == _BLANK else old["work"][1:-1],
                "registration": old["registration"],
                "account": account,
                "account_url": lead.seller_url,
                "finding": old["finding"],
                "found_at": _iso(lead.found_at),
                "pages": [
                    page | {"first_seen": _moment(page["first_seen"]), "last_seen": _moment(page["last_seen"])}
                    for page in old["pages"]
                ],
            }
        ],
        "holder": _told(old["holder"]),
        "holder_contact": contact,
        "holder_address": address,
        "proofs": [_proof(proof, captures.get(proof["capture_id"])) for proof in old["proofs"]],
        **{name: old[name] for name in ("basis", "demand", "officers", "cautions")},
        "public_interest": "",
        "legal_notes": [],
        "topics": _TOPICS[old["kind"]],
        "indexes": [],
        "as_of": _iso(drafted_at or lead.found_at),
    }


def _contact(old: Mapping[str, Any]) -> tuple[str, str]:
    """The right holder's contact and address out of “holder；contact；address”; the holder is known, and of what is left
    the address stood last."""
    said = old["items"][0]["value"].removeprefix(f"{old['holder']}；")
    contact, _, address = said.rpartition("；")
    return _told(contact), _told(address)


def _proof(proof: Mapping[str, Any], capture: Any) -> dict[str, Any]:
    return {
        "id": proof["capture_id"],
        "title": capture.title if capture is not None else "",
        "url": proof["url"],
        "fetched_at": _moment(proof["at"]),
        "state": capture.state if capture is not None else "present",
        "warc_path": capture.warc_path if capture is not None else "",
        "warc_offset": capture.warc_offset if capture is not None else 0,
        "warc_length": capture.warc_length if capture is not None else 0,
        "payload_sha256": capture.payload_sha256 if capture is not None else "",
        "record_sha256": proof["sha256"],
        "imported": None,
    }


def _as_before(new: Mapping[str, Any]) -> dict[str, Any]:
    """The letter as the release before reads it: it knew one lead, and times in words."""
    lead = new["leads"][0]
    work, holder = f"《{lead['work']}》" if lead["work"] else _BLANK, new["holder"] or _BLANK
    pages = [page for one in new["leads"] for page in one["pages"]]
    right = f"作品登记 {lead['registration']}" if lead["registration"] else f"署名页或登记证书（{_BLANK}）"
    return {
        **{name: new[name] for name in ("kind", "signer", "by_office", "recipient", "office", "region")},
        "lead": lead["number"],
        "finding": lead["finding"],
        "work": work,
        "authors": "",
        "holder": holder,
        "registration": lead["registration"],
        "items": [
            {
                "label": "权利人姓名（名称）、联系方式和地址",
                "value": "；".join((holder, new["holder_contact"] or _BLANK, new["holder_address"] or _BLANK)),
            },
            {
                "label": "要求删除的作品名称和网络地址",
                "value": f"{work}：{'、'.join(page['url'] for page in pages) or _BLANK}",
            },
            {
                "label": "构成侵权的初步证明材料",
                "value": f"{right}；比对情况：{lead['finding']}；取证快照 {len(new['proofs'])} 份，见清单",
            },
        ],
        "pages": [
            page | {"first_seen": _words(page["first_seen"]), "last_seen": _words(page["last_seen"])} for page in pages
        ],
        "proofs": [
            {
                "capture_id": one["id"],
                "at": _words(one["fetched_at"]),
                "url": one["url"],
                "sha256": one["record_sha256"],
            }
            for one in new["proofs"]
        ],
        **{name: new[name] for name in ("basis", "demand", "officers", "cautions")},
    }


def _told(text: str) -> str:
    return "" if text == _BLANK else text


def _moment(words: str) -> str:
    """“2026-03-02 09:00:00” in Beijing, as ISO 8601."""
    return datetime.fromisoformat(words).replace(tzinfo=_BEIJING).isoformat()


def _words(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"


def _iso(at: datetime) -> str:
    """SQLite gives moments without their zone, which is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
