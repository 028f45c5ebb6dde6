"""The table of spiders names every spider that there is, and loads the one that is asked for."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from spiders.loader import SPIDERS, SpiderTable


def test_the_table_has_every_spider() -> None:
    found = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders"]}))
    assert sorted(SpiderTable().list()) == sorted(found.list())
    for name in SPIDERS:
        assert SpiderTable().load(name) is found.load(name)


def test_a_name_that_is_no_spider_is_refused() -> None:
    with pytest.raises(KeyError):
        SpiderTable().load("nobody")
