"""URL expansion: expands the addresses that a site file writes, and tells crawler traps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from urllib.parse import parse_qsl, quote, urlsplit

from patrol.directory import SearchStart
from patrol.net.urls import canonical, same_site

__all__ = [
    "canonical",
    "expand",
    "is_endless",
    "is_trap",
    "open_range",
    "same_site",
    "searches",
    "with_route",
]

MAX_EXPANDED = 10_000
MAX_ADDRESS_LENGTH = 2000
_OPEN = re.compile(r"\{(\d+)\.\.\}")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")

_USELESS = re.compile(
    r"(^|/)(calendar|login|logout|signin|signup|sign-in|register|passport|cart|basket|checkout|wishlist|password|"
    r"captcha|redirect|member|space|print|rss|feed|wp-json|xmlrpc|api)(/|\.|$)|"
    r"/(add|edit|delete|reply|compose|report)/?$",
    re.I,
)
_FACETS = re.compile(
    r"^(sort\w*|order\w*|orderby|dir|direction|view|mode|display|filter\w*|facets?|selected_facets|price_?(?:from|to|min|max)|"
    r"(?:min|max)_?price|per_?page|page_?size|limit|replytocom|action|do|goto|authorid|year|month|date|day)$",
    re.I,
)
_FILES = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|bmp|css|js|json|xml|mp[34]|m4a|avi|mov|flv|m3u8|ts|zip|rar|7z|gz|apk|exe|dmg|iso|pdf|docx?|"
    r"xlsx?|pptx?|epub|mobi|torrent|woff2?|ttf)$",
    re.I,
)


def expand(address: str) -> Iterator[str]:
    """Expand ``list?page={1..3}`` to three addresses; several ranges multiply. At most 10,000.

    >>> list(expand("http://a.cn/{1..2}"))
    ['http://a.cn/1', 'http://a.cn/2']
    """
    parts = _RANGE.split(address)
    ranges = [
        [
            str(n).zfill(len(low) if low.startswith("0") else 0)
            for n in range(int(low), min(int(high), int(low) + MAX_EXPANDED) + 1)
        ]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    for count, chosen in enumerate(product(*ranges)):
        if count >= MAX_EXPANDED:
            return
        yield "".join(text + value for text, value in zip(parts[::3], (*chosen, ""), strict=True))


def open_range(address: str) -> tuple[str, int] | None:
    """Split ``list?page={1..}`` into ``("list?page={}", 1)``: counted on until a page gives nothing new; None for other
    addresses.

    >>> open_range("http://a.cn/{3..}")
    ('http://a.cn/{}', 3)
    """
    found = _OPEN.search(address)
    return (address[: found.start()] + "{}" + address[found.end() :], int(found[1])) if found else None


def searches(start: SearchStart, terms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield ``(term, address)`` for every title and alias, alone and with each of the added words, in the site's
    encoding."""
    for term in terms:
        for words in (term, *(f"{term} {more}" for more in start.also)):
            yield term, start.search.replace("{work}", quote(words, safe="", encoding=start.encoding, errors="replace"))


def with_route(url: str, asked: str) -> str:
    """Put the route that no server sees (``#!/item/17``) back on the address of a page that came for ``asked``.

    >>> with_route("http://a.cn/", "http://a.cn/#!/item/17")
    'http://a.cn/#!/item/17'
    """
    place, mark, route = asked.partition("#")
    same = canonical(url) == canonical(place)
    return f"{url}#{route}" if mark and route.startswith(("!", "/")) and same else url


def is_endless(url: str) -> bool:
    """Tell whether an address looks made by a loop: far too long, or its path repeating itself."""
    if len(url) > MAX_ADDRESS_LENGTH:
        return True
    pieces = [piece for piece in urlsplit(url).path.split("/") if piece]
    return len(pieces) > 4 and len(set(pieces)) <= len(pieces) // 2


def is_trap(url: str) -> bool:
    """Tell whether a link that nobody named in a site file is of the endless or useless kinds: facets and sort orders,
    calendars, logins, carts, print versions, files."""
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    useless = bool(_USELESS.search(parts.path) or _FILES.search(parts.path))
    return useless or len(names) > 6 or any(_FACETS.match(name) for name in names) or is_endless(url)
