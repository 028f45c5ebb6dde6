"""Addresses: expanding what a site file writes, the one canonical form of a page's address, and crawler traps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from patrol.directory import SearchStart

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_MOST = 10_000
_TRACKING = re.compile(
    r"^(utm_\w+|spm|scm|from|pos|source|src|ref|refer|referer|share\w*|trace_?id|track\w*|_t|t|ts|timestamp|rand|"
    r"gclid|fbclid|msclkid|bd_vid|wx\w*|isappinstalled|scene|clicktime|enterid|sessionid|jsessionid|phpsessid|sid)$",
    re.I,
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.I)
_TRAPS = re.compile(r"(^|[/?&_-])(calendar|login|logout|signin|register|cart|basket|checkout|print)([/?&=._-]|$)", re.I)


def expand(address: str) -> Iterator[str]:
    """``list?page={1..3}`` → three addresses; several ranges multiply. At most 10,000.

    >>> list(expand("http://a.cn/{1..2}"))
    ['http://a.cn/1', 'http://a.cn/2']
    """
    parts = _RANGE.split(address)
    ranges = [
        [
            str(n).zfill(len(low) if low.startswith("0") else 0)
            for n in range(int(low), min(int(high), int(low) + _MOST) + 1)
        ]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    for count, chosen in enumerate(product(*ranges)):
        if count >= _MOST:
            return
        yield "".join(text + value for text, value in zip(parts[::3], (*chosen, ""), strict=True))


def searches(start: SearchStart, terms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``(term, address)`` for every title and alias, alone and with each of the added words."""
    for term in terms:
        for words in (term, *(f"{term} {more}" for more in start.also)):
            yield term, start.search.replace("{work}", quote(words))


def canonical(url: str) -> str:
    """The one address of a page: no fragment, no tracking or session parameters, the rest of the query in order,
    host in lower case without a leading ``m.`` or ``www.`` twin being told apart by scheme's default port."""
    try:
        parts = urlsplit(safe_url_string(url))
        host = (parts.hostname or "").lower()
        port = (
            f":{parts.port}" if parts.port and (parts.scheme, parts.port) not in (("http", 80), ("https", 443)) else ""
        )
    except ValueError:
        return url
    pairs = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    path = _SESSION_PATH.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, host + port, path, urlencode(sorted(pairs)), ""))


def is_trap(url: str) -> bool:
    """Whether an address looks like one of the endless or useless kinds: calendars, logins, carts, print versions, or a
    path that repeats itself."""
    parts = urlsplit(url)
    pieces = [piece for piece in parts.path.split("/") if piece]
    repeated = len(pieces) > 4 and len(set(pieces)) <= len(pieces) // 2
    return repeated or len(url) > 2000 or len(parse_qsl(parts.query)) > 6 or bool(_TRAPS.search(parts.path))


def same_site(url: str, home: str) -> bool:
    """Whether two addresses are on the same host and port."""
    return urlsplit(url).netloc.lower() == urlsplit(home).netloc.lower()
