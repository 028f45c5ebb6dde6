"""Which part of a host one owner has, by the list of public suffixes that comes with the program."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from patrol.net.domains import registrable_domain

OWNERS = {
    "http://www.shop.example.com.cn/a": "example.com.cn",
    "http://shop.hz.zj.cn/": "hz.zj.cn",
    "https://甲店.vercel.app/": "xn--hxt161c.vercel.app",
    "https://one.vercel.app/a": "one.vercel.app",
    "https://two.vercel.app/a": "two.vercel.app",
    "https://a.b.myshopify.com/": "b.myshopify.com",
    "https://someone.github.io/x": "someone.github.io",
    "https://vercel.app/": "vercel.app",
    "https://M.Taobao.com./i": "taobao.com",
    "http://127.0.0.1:8801/": "127.0.0.1:8801",
    "http://[2001:db8::1]:80/": "[2001:db8::1]:80",
    "http://localhost:3/": "localhost:3",
    "http://city.gov.cn/": "city.gov.cn",
    "http://a.b.unheard-of/": "b.unheard-of",
    "http://[broken/": "",
    "not an address": "",
}


@pytest.mark.parametrize("url", OWNERS)
def test_the_owner_s_part_of_a_host(url: str) -> None:
    assert registrable_domain(url) == OWNERS[url]


def test_nothing_is_asked_of_the_network_and_nothing_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TLDEXTRACT_CACHE", str(tmp_path))
    monkeypatch.setattr(socket, "socket", None)
    assert registrable_domain("http://x.y.blogspot.com/") == "y.blogspot.com"
    assert list(tmp_path.iterdir()) == []
