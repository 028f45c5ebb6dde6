"""robots.txt: obeyed; what cannot be read is no leave to crawl."""

from __future__ import annotations

import pytest

from patrol import crawl_stats
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

ONE = "start: ZOO/1\ncrawl: direct\n"


@pytest.fixture
def page(zoo: Zoo) -> None:
    zoo.page("/1", "<h1>一</h1><p>文</p>")


@pytest.mark.usefixtures("page")
class TestRobots:
    def test_what_is_disallowed_is_not_fetched(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/robots.txt", "User-agent: *\nDisallow: /1", kind="text/plain")
        assert not crawl(ONE).items
        assert zoo.times("/1") == 0

    def test_rules_with_chinese_comments_in_gbk_hold(self, zoo: Zoo, crawl: Crawl) -> None:
        body = "# 禁止一切机器人访问本站\nUser-agent: *\nDisallow: /".encode("gbk")
        zoo.page("/robots.txt", body, kind="text/plain")
        crawl(ONE)
        assert zoo.times("/1") == 0

    def test_none_at_all_is_leave(self, crawl: Crawl) -> None:
        assert len(crawl(ONE).items) == 1

    @pytest.mark.parametrize("how", ["error", "garbage", "drop"])
    def test_one_that_cannot_be_read_is_unknown_and_shown(self, zoo: Zoo, crawl: Crawl, how: str) -> None:
        if how == "error":
            zoo.page("/robots.txt", "", status=503)
        elif how == "garbage":
            zoo.page("/robots.txt", bytes(range(256)) * 8, kind="text/plain")
        else:
            zoo.drop("/robots.txt")
        done = crawl(ONE)
        assert not done.items
        assert zoo.times("/1") == 0
        assert "robots.txt 读不到" in crawl_stats.ERROR.of(done.stats)

    def test_our_name_is_said_at_every_request(self, zoo: Zoo, crawl: Crawl) -> None:
        crawl(ONE)
        assert zoo.asked == ["/robots.txt", "/1"]
        assert all("PatrolBot" in heads["User-Agent"] for heads in zoo.heads)
