"""Capture rows: make the rows of captures and images from what their metadata records say.

Because a row is made from exactly that, it can be made again from the files alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from patrol.db.models import Capture, CaptureImage, CaptureText
from patrol.evidence.chain import RecordEntry
from patrol.items import HOME, ITEM
from patrol.text.storage import IMPORTED_KEY, compared_text, read_extraction


def capture_row(said: dict[str, Any], response: RecordEntry, warc_path: str, digest: str) -> dict[str, Any]:
    """Make the row of ``capture`` (and ``text`` for ``capture_text``) from what the metadata record says."""
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
    """Make the row of ``capture_image`` (with ``page_record_id`` in the place of ``capture_id``) from what the metadata
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


def _visited(said: dict[str, Any]) -> dict[str, Any]:
    """Home pages, and pages found as they were, are not compared: they count as judged from the start."""
    revisit, role = said.get("revisit"), said.get("role", ITEM)
    compared = role != HOME and (revisit is None or revisit["judge"])
    judged = None if compared else datetime.fromisoformat(said["fetched_at"]).astimezone(UTC)
    return {"role": role, "refers_to": revisit["record"] if revisit else "", "judged_at": judged}


def insert_captures(engine: Engine, rows: list[dict[str, Any]]) -> list[int]:
    """Enter captures and their texts; their ids, in order."""
    if not rows:
        return []
    texts = [row.pop("text") for row in rows]
    with engine.begin() as connection:
        statement = insert(Capture).returning(Capture.id, sort_by_parameter_order=True)
        ids = [int(number) for (number,) in connection.execute(statement, rows)]
        connection.execute(
            insert(CaptureText),
            [{"capture_id": number, "text": text} for number, text in zip(ids, texts, strict=True)],
        )
    return ids


def insert_image(engine: Engine, row: dict[str, Any]) -> int:
    """Enter an image in the place of whatever tries for it failed before."""
    values = dict(row)
    with engine.begin() as connection:
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
