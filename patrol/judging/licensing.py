"""Licensing: decides whether this seller, on this site, on this day, may use this work, from the authorisations (授权).

An authorisation holds for the account that it names, or else for a seller of the licensee's own name; it holds for
a whole site when its account says so (``*``, 全站, 不限), when the licensee is the site itself, or when the page shows no
seller at all. What is over, or used elsewhere than allowed, is said, because it is a lead of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from patrol.judging.model import PageFacts, SignalDraft


class Standing(StrEnum):
    """How a use stands to the authorisations of its work."""

    NONE = "none"
    AUTHORISED = "authorised"
    EXPIRED = "expired"
    NOT_BEGUN = "not_begun"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the ledger, as judging needs it."""

    licensee: str
    site: str = ""
    account: str = ""
    scope: str = ""
    territory: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """The best standing that any grant gives, and the signal that says why it does not suffice."""

    standing: Standing
    signal: SignalDraft | None = None


_EVERYONE = frozenset({"*", "全站", "不限", "全部"})

# Best first: one grant in force outweighs another that is over.
_ORDER = (Standing.AUTHORISED, Standing.EXPIRED, Standing.NOT_BEGUN, Standing.EXCEEDED, Standing.NONE)


@dataclass(frozen=True, slots=True)
class Use:
    """What the page does that an authorisation's scope must name: any of ``words`` has to stand in it."""

    label: str
    words: tuple[str, ...]


def permission(
    grants: Sequence[Grant],
    page: PageFacts,
    today: date,
    uses: Sequence[Use] = (),
    site_names: frozenset[str] = frozenset(),
) -> Permission:
    """Weigh all grants of one work for one page. A grant whose scope is given and does not name one of ``uses`` is
    exceeded. ``site_names``: what the site and whoever runs it are called in the directory."""
    found = [_weigh(grant, page, today, uses, site_names) for grant in grants]
    return min(found, key=lambda p: _ORDER.index(p.standing), default=Permission(Standing.NONE))


def _weigh(grant: Grant, page: PageFacts, today: date, uses: Sequence[Use], site_names: frozenset[str]) -> Permission:
    here = not grant.site or _same_site(grant.site, page)
    whole = _whole_site(grant, page, site_names) if grant.site else _is_the_site(grant, page, site_names)
    if not _is_party(grant, page) and not (here and whole):
        return Permission(Standing.NONE)
    values = {"licensee": grant.licensee}
    if not here:
        values |= {"allowed": grant.site, "found": page.site}
        return Permission(Standing.EXCEEDED, SignalDraft("exceeded", 0, values=values))
    if grant.valid_to is not None and today > grant.valid_to:
        values |= {"valid_to": grant.valid_to.isoformat()}
        return Permission(Standing.EXPIRED, SignalDraft("expired", 0, values=values))
    if grant.valid_from is not None and today < grant.valid_from:
        values |= {"valid_from": grant.valid_from.isoformat()}
        return Permission(Standing.NOT_BEGUN, SignalDraft("not_begun", 0, values=values))
    if _is_abroad_only(grant.territory):
        values |= {"allowed": grant.territory, "found": "境内可以访问的页面"}
        return Permission(Standing.EXCEEDED, SignalDraft("exceeded", 0, values=values))
    beyond = next((use for use in uses if grant.scope and not any(word in grant.scope for word in use.words)), None)
    if beyond is not None:
        values |= {"allowed": grant.scope, "found": beyond.label}
        return Permission(Standing.EXCEEDED, SignalDraft("exceeded", 0, values=values))
    return Permission(Standing.AUTHORISED)


def _is_party(grant: Grant, page: PageFacts) -> bool:
    """Is the page's seller the one who was licensed?"""
    given = [name for name in (grant.account, "" if grant.account else grant.licensee) if name]
    shown = {_plain(name) for name in (page.seller, page.seller_url) if name}
    return any(_plain(name) in shown for name in given)


def _whole_site(grant: Grant, page: PageFacts, site_names: frozenset[str]) -> bool:
    if grant.account:
        return grant.account.strip() in _EVERYONE
    return _is_the_site(grant, page, site_names) or not (page.seller or page.seller_url)


def _is_the_site(grant: Grant, page: PageFacts, site_names: frozenset[str]) -> bool:
    """Whether the licensee is the site itself, and no account of it is named."""
    named = {_plain(name) for name in site_names} | {_plain(page.site)}
    account = grant.account.strip()
    return (not account or account in _EVERYONE) and _plain(grant.licensee) in named


_HERE = ("全球", "世界", "不限", "全部", "中国", "大陆", "内地", "境内", "全国", "国内")
_ABROAD = (
    "海外",
    "境外",
    "国外",
    "港澳台",
    "香港",
    "澳门",
    "台湾",
    "美国",
    "日本",
    "韩国",
    "欧洲",
    "北美",
    "东南亚",
    "新加坡",
    "马来西亚",
)


def _is_abroad_only(territory: str) -> bool:
    """Whether an authorisation is for places abroad only. One for a province or a town is not judged: a page has no
    bounds within the country. ``中国台湾`` and the like name a part, not the whole."""
    words = territory
    for part in ("香港", "澳门", "台湾"):
        words = words.replace(f"中国{part}", part)
    return any(word in words for word in _ABROAD) and not any(word in words for word in _HERE)


def _same_site(site: str, page: PageFacts) -> bool:
    """A site is named as its folder, or by host or address."""
    wanted = _plain(site)
    host = urlsplit(page.canonical_url or page.url).hostname or ""
    named = (urlsplit(wanted).hostname or "") if "://" in wanted else wanted.split("/", 1)[0]
    return wanted == _plain(page.site) or (bool(named) and (host == named or host.endswith("." + named)))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold().rstrip("/")
