"""URLs: give the one canonical form of a page's address, and tell when two are of one site. Pure functions over text."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from w3lib.url import safe_url_string

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


@lru_cache(4096)
def canonical(url: str) -> str:
    """Return the one address of a page: no fragment (unless it is a route, ``#!/…``), no default port, no tracking or
    session parameters, the rest of the query in order.

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


def _says_nothing(name: str, value: str) -> bool:
    if _TRACKING.match(name):
        return True
    return any(names.match(name) and values.match(value) for names, values in _DOUBTFUL.items())


def same_site(url: str, home: str) -> bool:
    """Tell whether two addresses are on the same host and port, ``www.`` and ``m.`` twins included."""
    return place(url) == place(home) != ""


def place(url: str) -> str:
    """Return host and port that tell a site: without ``www.`` and the mobile twins' prefixes; "" for what is no address."""
    try:
        return re.sub(r"^(www|m|wap|mobile)\.", "", urlsplit(url).netloc.lower())
    except ValueError:
        return ""
