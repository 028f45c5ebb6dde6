"""Revisits: ask for pages seen before on condition that they have changed, and tell when they have not."""

from __future__ import annotations

import hashlib

from patrol.directory import LastVisit, SiteFile
from patrol.items import Exchange, Revisit
from spiders.url_expansion import canonical


class Revisits:
    """For one site. Pages that a browser builds, and texts split over pages, are always read whole: their first
    document says little about the rest."""

    def __init__(self, site: SiteFile, *, rendered: bool) -> None:
        self._site = site
        self._whole = rendered or bool(site.next_part)

    def headers(self, last: LastVisit | None) -> dict[str, str]:
        """Return the conditional headers (RFC 9110, 13.1). None where the page is to be read anew whatever its bytes:
        the site file or the library has changed since."""
        if last is None or self._whole or not last.same_library or last.site_file_sha256 != self._site.sha256:
            return {}
        headers = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
        return {name: value for name, value in headers.items() if value}

    def found(self, last: LastVisit | None, exchange: Exchange, asked: str) -> Revisit | None:
        """Return how the page is the same as at the last visit; None when it is not, or cannot be told."""
        if last is None or self._whole or last.site_file_sha256 != self._site.sha256:
            return None
        if canonical(exchange.url) != canonical(asked):
            return None
        modified = exchange.status != 304
        if modified and hashlib.sha256(exchange.response_body).hexdigest() != last.payload_sha256:
            return None
        return Revisit(
            record_id=last.record_id,
            url=last.url,
            fetched_at=last.fetched_at,
            payload_sha256=last.payload_sha256,
            not_modified=not modified,
            judge=modified and not last.same_library,
        )
