"""Over which connection a page came is taken down, whatever the other side shows or refuses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from scrapy import Request
from scrapy.http import HtmlResponse

from patrol.net.connection import Connection, pem_sha256
from spiders.connection_facts import Connections, probe
from spiders.guard import Guard
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo
from tests.tls import Authority, HttpsServer, authority, https_server

SITE = """
allow_private: ['127.0.0.1']
start: ["URL/"]
items: a@href
extract: {title: h1, text: p}
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


def shop(path: str) -> str:
    if path == "/":
        return "".join(f"<a href='/item/{n}'>{n}</a>" for n in range(4))
    return f"<h1>商品 {path[-1]}</h1><p>盒装同款</p>" if path.startswith("/item/") else ""


@pytest.fixture
def server(held: Authority) -> Iterator[HttpsServer]:
    with https_server(held, shop) as running:
        yield running


def sha256(certificate: object) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()  # type: ignore[attr-defined]


def test_the_whole_chain_is_taken_down_leaf_first(held: Authority, server: HttpsServer) -> None:
    tls = probe("127.0.0.1", server.port, "127.0.0.1")
    assert [c.sha256 for c in tls.chain] == [sha256(held.leaf), sha256(held.between)]
    leaf, between = tls.chain
    assert (leaf.subject, leaf.issuer) == ("CN=shop.example.cn", "CN=测试中间证书")
    assert leaf.names == ("shop.example.cn", "127.0.0.1")
    assert (between.issuer, between.names) == ("CN=测试根证书", ())
    assert (leaf.not_before, leaf.not_after) == (held.leaf.not_valid_before_utc, held.leaf.not_valid_after_utc)
    assert tls.protocol == "TLSv1.3"
    assert "AES" in tls.cipher or "CHACHA" in tls.cipher
    assert tls.chain_pem == held.chain.read_bytes()
    assert tls.chain_sha256 == pem_sha256(tls.chain_pem)


def test_a_chain_that_this_machine_does_not_trust_is_taken_down_and_said_to_be_so(server: HttpsServer) -> None:
    tls = probe("127.0.0.1", server.port, "127.0.0.1")
    assert len(tls.chain) == 2
    assert tls.trusted is False
    assert "找不到签发者" in tls.problem or "签名无法验证" in tls.problem


def test_a_chain_that_leads_to_a_trusted_authority_is_trusted(
    held: Authority, server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(held.root))
    assert probe("127.0.0.1", server.port, "127.0.0.1").trusted is True
    tls = probe("other.example.cn", server.port, "127.0.0.1")
    assert (tls.trusted, tls.problem) == (False, "证书不是签发给这个域名的")


def test_an_expired_certificate_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = authority(tmp_path, days=-5)
    monkeypatch.setenv("SSL_CERT_FILE", str(old.root))
    with https_server(old, shop) as running:
        tls = probe("127.0.0.1", running.port, "127.0.0.1")
    assert (tls.trusted, tls.problem) == (False, "第 1 张证书：已过期")


@contextmanager
def listener(say: bytes | None) -> Iterator[int]:
    """A server that answers every connection with ``say`` and hangs up, or (None) never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_ones = []

        def serve() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                open_ones.append(link)
                if say is not None:
                    link.sendall(say)
                    link.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for link in open_ones:
            link.close()


def test_a_server_that_never_shakes_hands_is_given_up() -> None:
    with listener(None) as port:
        tls = probe("127.0.0.1", port, "127.0.0.1", seconds=0.3)
    assert (tls.chain, tls.trusted) == ((), None)
    assert "没有完成加密握手" in tls.problem


@pytest.mark.parametrize("say", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x16\x03\x03\xff\xff" + b"\0" * 50])
def test_a_server_that_speaks_something_else_is_named(say: bytes) -> None:
    with listener(say) as port:
        tls = probe("127.0.0.1", port, "127.0.0.1", seconds=5)
    assert tls.chain == ()
    assert tls.problem.startswith("取不到证书链")


def test_a_closed_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert probe("127.0.0.1", port, "127.0.0.1").problem == "取不到证书链：连接被拒绝"


def looked_up(guard: Guard, url: str, answered: str | None) -> Connection | None:
    request = Request(url)
    response = HtmlResponse(url, request=request, ip_address=ip_address(answered) if answered else None)

    async def look() -> Connection | None:
        connections = Connections(guard)
        try:
            return await connections.of(request, response)
        finally:
            connections.close()

    return asyncio.run(look())


@pytest.mark.parametrize("answered", ["127.0.0.1", None])
def test_no_chain_is_asked_for_from_an_address_that_no_page_may_come_from(
    server: HttpsServer, answered: str | None
) -> None:
    found = looked_up(Guard(), server.url, answered)
    assert found is not None
    assert found.tls is not None
    assert (found.tls.chain, server.connections) == ((), 0)
    assert "内网" in found.tls.problem or "公网" in found.tls.problem
    allowed = looked_up(Guard([f"127.0.0.1:{server.port}"]), server.url, answered)
    assert allowed is not None
    assert allowed.tls is not None
    assert len(allowed.tls.chain) == 2


def test_a_name_that_leads_inside_is_not_connected_to(server: HttpsServer) -> None:
    found = looked_up(Guard(), f"https://localhost:{server.port}/", None)
    assert found is not None
    assert [(a.resolver, a.error) for a in found.dns] == [("system", "")]
    assert "127.0.0.1" in found.dns[0].addresses
    assert server.connections == 0


def test_every_page_says_its_connection_and_a_host_is_asked_once(
    crawl: Crawl, held: Authority, server: HttpsServer
) -> None:
    crawled = crawl(SITE.replace("URL", server.url), kind="listing")
    assert len(crawled.items) == 4, crawled
    pages = [path for path in server.asked if path != "/robots.txt"]
    assert len(pages) == 5
    for item in crawled.items:
        connection = item.exchange.connection
        assert connection is not None
        assert (connection.host, connection.port, connection.address) == ("127.0.0.1", server.port, "127.0.0.1")
        assert connection.tls is not None
        assert connection.tls.leaf_sha256 == sha256(held.leaf)
        assert connection.tls.is_same_leaf
        assert Connection.from_json(connection.as_json()).tls.chain == connection.tls.chain  # type: ignore[union-attr]
    assert len({item.exchange.connection.tls.probed_at for item in crawled.items}) == 1  # type: ignore[union-attr]


def test_plain_http_says_its_address_and_no_certificates(crawl: Crawl, zoo: Zoo) -> None:
    zoo.page("/", "<h1>一页</h1><p>正文</p>")
    (item,) = crawl("start: [ZOO/]\ncrawl: direct\nextract: {title: h1, text: p}\n").items
    connection = item.exchange.connection
    assert connection == Connection("127.0.0.1", zoo.port, "127.0.0.1")


def test_a_login_is_known_to_the_exchange(crawl: Crawl, zoo: Zoo) -> None:
    zoo.page("/", "<h1>一页</h1><p>正文</p>")
    site = "start: [ZOO/]\ncrawl: direct\nextract: {title: h1, text: p}\n"
    (without,) = crawl(site).items
    (with_login,) = crawl(site, settings={"PATROL_SESSION": True}).items
    assert (without.exchange.private_headers, with_login.exchange.private_headers) == (False, True)


def test_a_page_of_endless_height_has_a_bounded_picture(crawl: Crawl, zoo: Zoo) -> None:
    zoo.page("/", "<h1>长页</h1><p>正文</p><div style='height:90000px;width:9000px'></div>")
    (item,) = crawl("start: [ZOO/]\ncrawl: direct\nrender: browser\nextract: {title: h1, text: p}\n").items
    assert item.extracted.title == "长页"
    picture = item.exchange.screenshot_png
    assert picture is not None
    assert picture[:4] == b"\x89PNG"
    width, height = (int.from_bytes(picture[i : i + 4]) for i in (16, 20))
    assert (width, height) == (4000, 16000)
    assert item.exchange.connection is not None
    assert item.exchange.connection.address == "127.0.0.1"


def test_a_page_that_cannot_be_pictured_is_kept_all_the_same(crawl: Crawl, zoo: Zoo) -> None:
    """Its scripts make the measuring fail; what it shows is read and kept."""
    zoo.page(
        "/", "<h1>怪页</h1><p>正文</p><script>document.__proto__.__defineGetter__('documentElement',()=>null)</script>"
    )
    (item,) = crawl("start: [ZOO/]\ncrawl: direct\nrender: browser\nextract: {title: h1, text: p}\n").items
    assert item.extracted.title == "怪页"
    assert item.exchange.screenshot_png is None
