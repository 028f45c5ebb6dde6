"""Pages for tests of the rooms after the spiders: built as a spider would, one line each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from patrol.items import Exchange, Extracted, PageItem
from patrol.vocabulary import PageKind, PageState

AT = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)


def page(url: str = "http://shop.example.cn/item/1", patrol_id: int = 1, **values: Any) -> PageItem:
    """A fetched page. Fields of Extracted may be given by name; ``body`` is the response's bytes."""
    item = {
        name: values.pop(name)
        for name in ("target_id", "site", "state", "canonical_url", "parts", "page_kind", "site_file_sha256")
        if name in values
    }
    wire = {
        name: values.pop(name)
        for name in ("rendered_dom", "screenshot_png", "api_responses", "response_headers", "status", "fetched_at")
        if name in values
    }
    body = values.pop("body", b"<html><body>page</body></html>")
    return PageItem(
        patrol_id=patrol_id,
        url=url,
        exchange=Exchange(
            method="GET",
            url=url,
            request_headers=(("User-Agent", "PatrolBot/0.1"), ("Accept", "*/*")),
            response_body=body,
            ip_address="127.0.0.1",
            **(
                {
                    "status": 200,
                    "response_headers": (("Content-Type", "text/html"), ("Content-Encoding", "gzip")),
                    "fetched_at": AT,
                }
                | wire
            ),
        ),
        extracted=Extracted(**values),
        **(
            {
                "target_id": None,
                "site": "shop",
                "page_kind": PageKind.LISTING,
                "state": PageState.PRESENT,
                "canonical_url": url,
            }
            | item
        ),
    )
