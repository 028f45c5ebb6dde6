"""Nothing leaves for loopback, private or metadata addresses, by whatever way a page asks for it."""

from __future__ import annotations

import pytest

from spiders.guard import Guard, host_and_port, is_private
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "::1",
     "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_an_address_of_this_machine_or_network_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111"])
def test_an_address_of_the_public_net_is_not(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://LOCALHOST:8080/", "http://127.1/", "http://2130706433/",
        "http://0x7f000001/", "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://0/",
        "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://printer.local/",
        "http://a.localhost/", "file:///etc/passwd", "ftp://a.cn/", "data:text/html,x", "http:///", "gopher://a.cn/",
        "http://127.0.0.1.:80/", "http://localhost.:80/",
    ],
)  # fmt: skip
def test_a_private_or_strange_address_is_refused_however_it_is_written(url: str) -> None:
    assert Guard().refusal(url)


@pytest.mark.parametrize("url", ["https://books.example.cn/", "http://93.184.216.34:8080/x", "http://10.example.cn/"])
def test_a_public_address_is_not_refused(url: str) -> None:
    assert not Guard().refusal(url)


def test_what_the_site_file_allows_is_allowed_on_that_port_only() -> None:
    guard = Guard(["127.0.0.1:8801"])
    assert not guard.refusal("http://127.0.0.1:8801/x")
    assert guard.refusal("http://127.0.0.1:8802/x")
    assert host_and_port("http://A.cn/") == ("a.cn", "a.cn:80")


def test_a_redirect_to_a_private_address_is_not_followed(zoo: Zoo, other_zoo: Zoo, crawl: Crawl) -> None:
    other_zoo.page("/secret", "<h1>密</h1>")
    zoo.redirect("/1", f"{other_zoo.url}/secret")
    done = crawl("start: ZOO/1\ncrawl: direct\n")
    assert not done.items
    assert other_zoo.asked == []
    assert done.skipped()["private_address"] == 1


def test_a_refresh_in_the_page_to_a_private_address_is_not_followed(zoo: Zoo, other_zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", f'<meta http-equiv="refresh" content="0; url={other_zoo.url}/secret"><h1>跳</h1>')
    crawl("start: ZOO/1\ncrawl: direct\n")
    assert other_zoo.asked == []


def test_links_to_a_private_address_or_another_scheme_are_not_followed(zoo: Zoo, other_zoo: Zoo, crawl: Crawl) -> None:
    links = f'<a href="{other_zoo.url}/1">x</a><a href="file:///etc/passwd">x</a><a href="javascript:void(0)">x</a>'
    zoo.page("/", links)
    done = crawl("start: ZOO/\nitems: a@href\n")
    assert not done.items
    assert other_zoo.asked == []


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", "<h1>一</h1>")
    done = crawl(f"start: http://shop.example:{zoo.port}/1\ncrawl: direct\n", names={"shop.example": ["127.0.0.1"]})
    assert not done.items
    assert zoo.asked == []


def test_a_name_that_turns_private_between_check_and_use_is_not_connected_to(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", "<h1>一</h1>")
    names = {"shop.example": ["93.184.216.34", "127.0.0.1"]}
    done = crawl(
        f"start: http://shop.example:{zoo.port}/1\ncrawl: direct\n",
        names=names,
        settings={"DNSCACHE_ENABLED": False, "DOWNLOAD_TIMEOUT": 3},
    )
    assert not done.items
    assert zoo.asked == []


def test_a_name_that_one_site_may_reach_is_closed_to_the_others(zoo: Zoo, other_zoo: Zoo, crawl: Crawl) -> None:
    names = {"inside.example": ["127.0.0.1"]}
    zoo.page("/1", "<h1>一</h1>")
    allowed = (
        f"start: http://inside.example:{zoo.port}/1\ncrawl: direct\nallow_private: ['inside.example:{zoo.port}']\n"
    )
    assert len(crawl(allowed, names=names).items) == 1
    zoo.redirect("/2", f"http://inside.example:{other_zoo.port}/secret")
    assert not crawl("start: ZOO/2\ncrawl: direct\n", names=names).items
    assert other_zoo.asked == []
