"""A shop that only JavaScript builds, patrolled with a site file only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from patrol.clock import BEIJING
from patrol.directory import SiteFile
from patrol.vocabulary import PageState
from tests.target_sites.goods import Good
from tests.target_sites.office import Kept, Office
from tests.target_sites.spa.server import listed

pytestmark = pytest.mark.skipif("load_more" not in SiteFile.model_fields, reason="the site file has no steps yet")


def test_routes_by_history_every_item_once_and_every_field_right(spa: str, office: Office) -> None:
    office.add_site("spa", urlsplit(spa).port or 0)
    outcome = office.patrol("spa")
    assert outcome["status"] == "done", outcome
    _check(office.kept("spa"), {f"{spa}/item/{good.number}": good for good in listed("")})


def test_hash_routes_behind_an_overlay_a_button_for_more_and_details_on_a_click(spa: str, office: Office) -> None:
    office.add_site("spa-h5", urlsplit(spa).port or 0)
    outcome = office.patrol("spa-h5")
    assert outcome["status"] == "done", outcome
    _check(office.kept("spa-h5"), {f"{spa}/h5/#!/item/{good.number}": good for good in listed("h5")})


def _check(kept: list[Kept], true: dict[str, Good]) -> None:
    assert len(kept) == len({page.url for page in kept}), "a page was captured twice"
    there = {page.url: page for page in kept if page.state == PageState.PRESENT}
    assert set(there) == {url for url, good in true.items() if not good.gone}
    assert {page.url for page in kept if page.state == PageState.GONE} == {url for url, g in true.items() if g.gone}
    wrong = {url: differs for url, page in there.items() if (differs := _differs(page, true[url]))}
    assert wrong == {}


def _differs(page: Kept, good: Good) -> dict[str, Any]:
    read = page.read
    pairs = {
        "title": (read.title, good.title),
        "price": (read.price, Decimal(good.price)),
        "seller": (read.seller, good.seller),
        "seller_url": (read.seller_url.partition("/shop/")[2], str(good.number % 8)),
        "author": (read.author, good.author),
        "sales": (read.sales, good.sales),
        "at least": (read.sales_at_least, good.sales >= 10000),
        "published": (read.published and read.published.astimezone(BEIJING).date(), good.published),
        "compared": (page.compared.replace("\n", ""), good.description),
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
