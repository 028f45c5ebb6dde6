"""Resolvers: ask the machine's own way (hosts file included), and every name server it is set to, what a name means.

Several answers, because one alone may have been spoofed; that they agree is a fact for the evidence, no proof.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from patrol import clock
from patrol.net.connection import DnsAnswer

SYSTEM = "system"
RESOLV_CONF = Path("/etc/resolv.conf")
SECONDS = 3.0
MAX_SERVERS = 4
MAX_ADDRESSES = 32


_NOT_IN_DNS = ("localhost", "local", "internal", "test", "example", "invalid")
"""Names that no name server is to be asked about (RFC 6761, 6762)."""


def nameservers(path: Path = RESOLV_CONF) -> tuple[str, ...]:
    """Return the name servers that this machine asks, in order; none where there is no such file (or no readable one)."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return tuple(w[1] for w in words if len(w) > 1 and w[0] == "nameserver")[:MAX_SERVERS]


def is_address(host: str) -> bool:
    """Tell whether a host is written as an address, so that there is nothing to resolve."""
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def ask_all(host: str, servers: Sequence[str] | None = None, port: int = 53) -> tuple[DnsAnswer, ...]:
    """Ask the system first, then each name server (those of ``resolv.conf`` unless given), all at the same time, each
    within ``SECONDS``. Never raises: an answer without addresses says why."""
    if is_address(host):
        return ()
    asked = nameservers() if servers is None else servers
    if host.rstrip(".").rpartition(".")[2].lower() in _NOT_IN_DNS:
        asked = ()
    with ThreadPoolExecutor(1 + len(asked), thread_name_prefix="patrol-dns") as threads:
        return tuple(
            threads.map(lambda ask: ask(host), [ask_system, *(partial(ask_server, s, port=port) for s in asked)])
        )


def ask_system(host: str) -> DnsAnswer:
    """Ask the system: what programs on this machine are told."""
    at = clock.now()
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return DnsAnswer(SYSTEM, (), at, "域名解析不到")
    addresses = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return DnsAnswer(SYSTEM, tuple(addresses)[:MAX_ADDRESSES], at)


def ask_server(server: str, host: str, port: int = 53) -> DnsAnswer:
    """Ask one name server (A and AAAA), past hosts file and cache of this machine."""
    # Loaded for names in DNS only: it takes a quarter of a second.
    import dns.exception
    import dns.resolver

    at = clock.now()
    resolver = dns.resolver.Resolver(configure=False)
    addresses: list[str] = []
    problem = ""
    try:
        resolver.nameservers = [server]
        resolver.port = port
        for kind in ("A", "AAAA"):
            try:
                answer = resolver.resolve(host, kind, lifetime=SECONDS / 2, search=False)
                addresses += [record.to_text() for record in answer]
            except dns.resolver.NoAnswer:
                continue
    except dns.resolver.NXDOMAIN:
        problem = "没有这个域名"
    except dns.exception.Timeout:
        problem = "超时没有回应"
    except (dns.exception.DNSException, OSError, ValueError):
        problem = "解析服务器没有给出可用的回答"
    if not addresses and not problem:
        problem = "没有地址记录"
    return DnsAnswer(server, tuple(addresses[:MAX_ADDRESSES]), at, problem)
