"""Default site: says which site file reads a single address, and gives hosts without one a plain file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from patrol.directory.site_file import SiteProblem, find_sites
from patrol.directory.site_model import SiteFile
from patrol.net.urls import place
from patrol.vocabulary import PageKind

_HOST = re.compile(r"^(?=.{3,100}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}(:\d{1,5})?$")
_RULES = "single pages, version 1: crawl direct, structured data and main text"
_POLITE_PACE = {"delay": 3, "at_once": 1}


def host_of(url: str) -> str:
    """Return host and port as they name a site of single pages: lower-case, internationalised names as they go over the
    wire; "" where there is none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except (ValueError, UnicodeError):
        return ""
    return host + port if _HOST.match(host + port) else ""


def single_page_site(name: str) -> SiteFile | None:
    """Return the built-in site file of a host that has none: the addresses of its targets are the pages, read by
    structured data and main text. None when ``name`` is no host's.

    Each host is a site of its own, so that one that blocks us stops nobody else's pages. Its pages count as articles:
    only what the page itself calls a seller is taken for one, since an author whom it names may be the one robbed.
    """
    if not _HOST.match(name):
        return None
    return SiteFile(
        name=name,
        kind=PageKind.ARTICLE,
        start=(f"http://{name}/",),
        crawl="direct",
        pace=_POLITE_PACE,
        sha256=hashlib.sha256(_RULES.encode()).hexdigest(),
    )


class SiteBook:
    """Which site an address belongs to, by the hosts that the site files name (``www.`` and mobile twins alike)."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files = {name: file for name, file in find_sites(folders).items() if not isinstance(file, SiteProblem)}
        self._names: dict[str, str] = {}
        for name, file in self._files.items():
            for here in filter(None, map(place, file.addresses)):
                self._names.setdefault(here, name)

    @property
    def files(self) -> Mapping[str, SiteFile]:
        return self._files

    def site_of(self, url: str) -> str | None:
        """Return the name of the site whose file names the host of ``url``; None when there is none."""
        return self._names.get(place(url))
