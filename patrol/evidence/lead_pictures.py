"""Pictures of leads: tell which images of pages that became leads are still to be fetched.

They are asked for after a site's pages are judged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.models import Capture, CaptureImage, Match, Signal
from patrol.db.session import Database
from patrol.vocabulary import PageState

MAX_PER_LEAD = 6
MAX_TRIES = 3
LOOK_BACK = timedelta(days=30)
"""What an interrupted patrol left undone is made up for within this time."""


@dataclass(frozen=True, slots=True)
class WantedImage:
    """An image to fetch: ``number`` is its place in the list of images of the page that was kept as ``page_record_id``."""

    capture_id: int
    page_record_id: str
    page_url: str
    number: int
    url: str


def wanted_images(database_url: str, site: str, now: datetime | None = None) -> list[WantedImage]:
    """Return the images of this site's leads that are not kept yet, at most ``MAX_PER_LEAD`` a lead with those that
    are; one that failed ``MAX_TRIES`` times is given up."""
    database = Database(database_url)
    try:
        with database.session() as session:
            return _wanted(session, site, (now or clock.now()) - LOOK_BACK)
    finally:
        database.close()


def _wanted(session: Session, site: str, since: datetime) -> list[WantedImage]:
    of_leads = union(
        select(Match.lead_id, Match.capture_id).where(Match.lead_id.is_not(None)),
        select(Signal.lead_id, Signal.capture_id),
    ).subquery()
    pages = (
        select(of_leads.c.lead_id, Capture.id, Capture.record_id, Capture.url, Capture.extracted)
        .join(Capture, Capture.id == of_leads.c.capture_id)
        .where(Capture.site == site, Capture.state == PageState.PRESENT.value, Capture.fetched_at >= since)
        .order_by(of_leads.c.lead_id, Capture.id)
    )
    tried = (
        select(of_leads.c.lead_id, CaptureImage.capture_id, CaptureImage.number, CaptureImage.url)
        .join(CaptureImage, CaptureImage.capture_id == of_leads.c.capture_id)
        .join(Capture, Capture.id == CaptureImage.capture_id)
        .where(Capture.site == site, (CaptureImage.record_id != "") | (CaptureImage.tries >= MAX_TRIES))
    )
    settled: dict[int, set[str]] = defaultdict(set)
    for lead_id, _, _, url in session.execute(tried):
        settled[lead_id].add(url)
    wanted: dict[tuple[int, int], WantedImage] = {}
    for lead_id, capture_id, record_id, page_url, extracted in session.execute(pages):
        for number, url in enumerate(extracted.get("images", ())):
            if len(settled[lead_id]) >= MAX_PER_LEAD:
                break
            if url not in settled[lead_id] and url.startswith(("http://", "https://")):
                settled[lead_id].add(url)
                wanted[capture_id, number] = WantedImage(capture_id, record_id, page_url, number, url)
    return list(wanted.values())
