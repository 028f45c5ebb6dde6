"""Registrable domain: tells which part of a host one owner has, by the public suffix list that comes with tldextract.

Suffixes that companies give out count too (``vercel.app``, ``myshopify.com``): each name under them has an owner of its
own. Nothing is fetched and nothing cached on disk; the list is as old as the installed package.
"""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract


def registrable_domain(url: str) -> str:
    """Return the domain that one owner registered or was given, in lower case as it goes over the wire; host and port of
    a bare address or a name without a dot; "" for what is no address.

    >>> registrable_domain("https://www.shop.example.com.cn/1"), registrable_domain("https://a.one.vercel.app/")
    ('example.com.cn', 'one.vercel.app')
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return ""
    if "." not in host or _is_address(host):
        return parts.netloc.lower()
    found = _suffixes().extract_str(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else host
    # A suffix that the list does not know is one label, as the list's own rule ``*`` has it.
    return ".".join(host.split(".")[-2:])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> TLDExtract:
    # Takes a quarter of a second, with an HTTP client that is never used.
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
