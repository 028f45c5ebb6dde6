"""A django-oscar shop, patrolled with a site file only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from patrol.clock import BEIJING
from patrol.vocabulary import PageState
from spiders.url_expansion import canonical
from tests.target_sites.office import Kept, Office

Shop = tuple[str, list[dict[str, Any]]]


def test_every_product_is_captured_once_and_every_field_is_right(oscar: Shop, office: Office) -> None:
    address, truth = oscar
    office.add_site("oscar", urlsplit(address).port or 0)
    outcome = office.patrol("oscar")
    assert outcome["status"] == "done", outcome
    kept = office.kept("oscar")
    there = {page.url: page for page in kept if page.state == PageState.PRESENT}
    listed = {canonical(row["url"]): row for row in truth}
    assert len(kept) == len({page.url for page in kept}), "a page was captured twice"
    assert {canonical(url) for url in there} == {url for url, row in listed.items() if not row["gone"]}
    assert {canonical(p.url) for p in kept if p.state == PageState.GONE} == {u for u, r in listed.items() if r["gone"]}
    wrong = [(listed[canonical(url)]["code"], _differs(page, listed[canonical(url)])) for url, page in there.items()]
    assert [row for row in wrong if row[1]] == []
    pictures = {page.read.images for page in there.values()}
    assert len(pictures) == sum(row["image"] for row in truth) + 1, "each its own picture; the rest one placeholder"


def _differs(page: Kept, row: dict[str, Any]) -> dict[str, Any]:
    """The fields that the capture has otherwise than the shop: what was read, what is true."""
    read = page.read
    published = datetime.fromisoformat(row["published"]).replace(tzinfo=BEIJING)
    pairs = {
        "title": (read.title, row["title"]),
        "price": (read.price, Decimal(row["price"])),
        "seller": (read.seller, row["seller"]),
        "author": (read.author, row["author"]),
        "sales": (read.sales, row["sales"]),
        "published": (read.published, published),
        "compared": (page.compared.replace("\n", ""), row["description"]),
        "images": (len(read.images), 1),
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
