"""Addresses: expanding what a site file writes, the one canonical form of a page's address, and crawler traps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from patrol.directory import SearchStart

MOST_EXPANDED = 10_000
LONGEST = 2000
_OPEN = re.compile(r"\{(\d+)\.\.\}")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")

# Names that say nothing but where a visitor came from, on the platforms and statistics services in common use.
_TRACKING = re.compile(
    r"^(utm_\w+|spm\w*|scm|gclid|fbclid|msclkid|yclid|bd_vid|bdtoken|_openstat|wxfid|wx_header|isappinstalled|"
    r"share_(?:source|medium|plat|session_id|tag|times|from|token|uid|id)|share(?:token|id|from)|vd_source|unique_k|"
    r"trace_?id|track(?:ing)?_?(?:id|code)|clicktime|enterid|nsukey|hmsr|hmpl|hmcu|hmkw|hmci|from_spmid|spm_id_from)$",
    re.I,
)
# Names that mean different things on different sites: dropped only with a value that names no page.
_DOUBTFUL = {
    re.compile(r"^(from|source|src|ref|refer|referer|referrer|scene|pos|channel)$", re.I): re.compile(
        r"^[a-z_.\-]*$", re.I
    ),
    re.compile(r"^(t|_t|ts|_|timestamp|rand|random|r|v|nocache)$", re.I): re.compile(r"^(\d{10,17}|0?\.\d+)$"),
    re.compile(r"^(sid|session_?id|jsessionid|phpsessid|aspsessionid\w*|cfid|cftoken)$", re.I): re.compile(
        r"^[0-9a-z_\-]{16,}$", re.I
    ),
    re.compile(r"^extra$", re.I): re.compile(r"^page=\d+(&.*)?$", re.I),  # on forums: the list one came from
}
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.I)
_PORTS = {("http", 80), ("https", 443)}

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
    """``list?page={1..3}`` → three addresses; several ranges multiply. At most 10,000.

    >>> list(expand("http://a.cn/{1..2}"))
    ['http://a.cn/1', 'http://a.cn/2']
    """
    parts = _RANGE.split(address)
    ranges = [
        [
            str(n).zfill(len(low) if low.startswith("0") else 0)
            for n in range(int(low), min(int(high), int(low) + MOST_EXPANDED) + 1)
        ]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    for count, chosen in enumerate(product(*ranges)):
        if count >= MOST_EXPANDED:
            return
        yield "".join(text + value for text, value in zip(parts[::3], (*chosen, ""), strict=True))


def open_range(address: str) -> tuple[str, int] | None:
    """``list?page={1..}`` → ``("list?page={}", 1)``: counted on until a page gives nothing new; None for other addresses.

    >>> endless("http://a.cn/{3..}")
    ('http://a.cn/{}', 3)
    """
    found = _OPEN.search(address)
    return (address[: found.start()] + "{}" + address[found.end() :], int(found[1])) if found else None


def searches(start: SearchStart, terms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``(term, address)`` for every title and alias, alone and with each of the added words, in the site's encoding."""
    for term in terms:
        for words in (term, *(f"{term} {more}" for more in start.also)):
            yield term, start.search.replace("{work}", quote(words, safe="", encoding=start.encoding, errors="replace"))


@lru_cache(4096)
def canonical(url: str) -> str:
    """The one address of a page: no fragment (unless it is a route, ``#!/…``), no default port, no tracking or session
    parameters, the rest of the query in order.

    What might tell two pages apart is kept: a page opened twice costs a second, a page taken for another is missed.

    >>> canonical("HTTP://A.cn:80/b;jsessionid=1F?utm_source=x&b=2&a=1#top")
    'http://a.cn/b?a=1&b=2'
    """
    try:
        parts = urlsplit(safe_url_string(url.strip()))
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port and (parts.scheme, parts.port) not in _PORTS else ""
    except ValueError:
        return url
    host = f"[{host}]" if ":" in host else host
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
        kept = sorted((name, value) for name, value in pairs if not _says_nothing(name, value))
        query = urlencode(kept, encoding="latin-1")
    path = _SESSION_PATH.sub("", parts.path) or "/"
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((parts.scheme, host + port, path, query, fragment))


def with_route(url: str, asked: str) -> str:
    """The address of a page that came for ``asked``, with the route that no server sees (``#!/item/17``) put back.

    >>> with_route("http://a.cn/", "http://a.cn/#!/item/17")
    'http://a.cn/#!/item/17'
    """
    place, mark, route = asked.partition("#")
    same = canonical(url) == canonical(place)
    return f"{url}#{route}" if mark and route.startswith(("!", "/")) and same else url


def _says_nothing(name: str, value: str) -> bool:
    if _TRACKING.match(name):
        return True
    return any(names.match(name) and values.match(value) for names, values in _DOUBTFUL.items())


def is_endless(url: str) -> bool:
    """Whether an address looks made by a loop: far too long, or its path repeating itself."""
    if len(url) > LONGEST:
        return True
    pieces = [piece for piece in urlsplit(url).path.split("/") if piece]
    return len(pieces) > 4 and len(set(pieces)) <= len(pieces) // 2


def is_trap(url: str) -> bool:
    """Whether a link that nobody named in a site file is of the endless or useless kinds: facets and sort orders,
    calendars, logins, carts, print versions, files."""
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    useless = bool(_USELESS.search(parts.path) or _FILES.search(parts.path))
    return useless or len(names) > 6 or any(_FACETS.match(name) for name in names) or is_endless(url)


def same_site(url: str, home: str) -> bool:
    """Whether two addresses are on the same host and port, ``www.`` and ``m.`` twins included."""
    return _place(url) == _place(home)


def _place(url: str) -> str:
    return re.sub(r"^(www|m|wap|mobile)\.", "", urlsplit(url).netloc.lower())
