"""Network guard: stops requests to loopback, private, link-local or metadata addresses that the site file does not allow.

Checked three times: the address in the URL before a request, the resolved name when Scrapy connects, and the
address that answered. A browser gets out through a proxy that asks the same questions (``spiders.browser.proxy``).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from patrol import crawl_stats

ALLOW_SETTING = "PATROL_ALLOW_PRIVATE"
ADDRESS_OF = "patrol_address_of"
"""In a browser request's meta: the function from a URL to the address that answered the proxy for it."""

_PORTS = {"http": 80, "https": 443}


def is_private(address: str | IPv4Address | IPv6Address) -> bool:
    """Tell whether an IP address belongs to this machine, a local network, or nobody (all that is not global).

    An IPv6 address that wraps an IPv4 one (mapped, 6to4, NAT64) is judged by that one.
    """
    ip = ip_address(address) if isinstance(address, str) else address
    if isinstance(ip, IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if wrapped is None and ip in _NAT64:
            wrapped = IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_private(wrapped)
    return not ip.is_global or ip.is_multicast


_NAT64 = ip_network("64:ff9b::/96")


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that ``host`` spells, in any of the forms that system calls accept (``127.1``,
    ``0x7f000001``)."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return ip_address(bare)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(bare)) if bare[:1].isdigit() else None
    except OSError:
        return None


def host_and_port(url: str) -> tuple[str, str]:
    """Split a URL into ``(host, host:port)``, lower-case, the port filled in. ("", "") when the URL has none or is
    broken."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", ""
    return host, f"{host}:{port}"


class Guard:
    """What one site may reach. ``allowed``: ``host:port`` (or a host for all its ports) that may be private."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(entry.lower() for entry in allowed)

    def permits(self, url: str) -> bool:
        return not self._allowed.isdisjoint(host_and_port(url))

    def refusal(self, url: str) -> str:
        """Return why ``url`` must not be requested, as a stat name; "" when it may (its name is yet to be resolved)."""
        scheme = url.partition(":")[0].lower()
        host, _ = host_and_port(url)
        if scheme not in _PORTS or not host:
            return "scheme"
        if self.permits(url):
            return ""
        literal = literal_address(host)
        if host in GuardedResolver.allowed_names:
            # Some other site of this process may reach this name inside; for this one it stays closed.
            return "private_address"
        if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
            return "private_address"
        return "private_address" if literal is not None and is_private(literal) else ""


class GuardMiddleware:
    """Drops what the guard refuses, before the request and again by the address that answered."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._guard = Guard(crawler.settings.getlist(ALLOW_SETTING))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        refusal = self._guard.refusal(request.url)
        if refusal:
            self._drop(refusal, request.url)

    def process_response(self, request: Request, response: Response) -> Response:
        if address_of := request.meta.get(ADDRESS_OF):
            # What the browser was connected to is our own proxy, which has judged the address behind it.
            answered = address_of(response.url)
            return response.replace(ip_address=ip_address(answered) if answered else None)
        address = response.ip_address
        if address is not None and is_private(str(address)) and not self._guard.permits(request.url):
            self._drop("private_address", request.url)
        return response

    def _drop(self, why: str, url: str) -> None:
        crawl_stats.SKIPPED.add(self._crawler.stats, why)
        raise IgnoreRequest(f"{why}: {url}")


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing names that lead to private addresses; that closes the gap that a name which
    changes between check and use (DNS rebinding) would leave. Names that some site file allows pass."""

    allowed_names: ClassVar[set[str]] = set()

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        found: Deferred[str] = super().getHostByName(name, timeout)
        return found.addCallback(lambda address: self._checked(name, address))

    def _checked(self, name: str, address: str) -> str:
        if is_private(address) and name.lower() not in self.allowed_names:
            raise DNSLookupError(f"{name} leads to the private address {address}")
        return address


def allow(crawler: Crawler, hosts: Iterable[str]) -> Guard:
    """Set up the guard of one crawler: its settings, the names, and the reactor's resolver.

    The resolver is put in here and not only by a setting, because Scrapy heeds that setting in some of its ways of
    starting a crawl only.
    """
    entries = [entry.lower() for entry in hosts]
    crawler.settings.set(ALLOW_SETTING, entries, priority="spider")
    guard = Guard(entries)
    GuardedResolver.allowed_names.update(entry.rpartition(":")[0] or entry for entry in entries)
    from twisted.internet import reactor

    if not isinstance(getattr(reactor, "resolver", None), GuardedResolver):
        GuardedResolver.from_crawler(crawler, reactor).install_on_reactor()
    return guard
