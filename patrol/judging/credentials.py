"""Credential check: finds what a site or shop must show and does not, or shows wrongly; a licence lead for each. Pure.

They need no proof of copyright, and they accuse nobody of copying. What a program cannot see (numbers in pictures,
licences on a page of their own) is said in every sentence, because an honest seller must not be harmed by it.
Sources: 互联网信息服务管理办法 12 (the number stands on the home page), 出版管理条例 35–36, 区块链信息服务管理规定 11, 13.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from patrol.judging.model import LeadDraft, PageFacts, SignalDraft
from patrol.tables.policy import GoodsRow, Policy
from patrol.text.licences import Licence, LicenceKind, normalise, read_numbers
from patrol.vocabulary import Field, MatchKind

_OF_SITE = frozenset({LicenceKind.ICP_FILING, LicenceKind.ICP_PERMIT, LicenceKind.TELECOM})
SHARED = _OF_SITE | {LicenceKind.POLICE, LicenceKind.CULTURE, LicenceKind.PUBLICATION, LicenceKind.BLOCKCHAIN}
"""Kinds of numbers that belong to one operator, so that they tell when they stand on two unrelated sites."""

_NOT_OF_SITE = frozenset({LicenceKind.ISBN, LicenceKind.REGISTRATION})
_BORROWED = "疑似冒用"
MAX_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Stock:
    """What a seller was seen to offer of one kind of goods. ``examples``: (capture id, title) of a few listings."""

    goods: GoodsRow
    titles: int
    publishers: tuple[str, ...] = ()
    examples: tuple[tuple[int, str], ...] = ()
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedNumber:
    """A number of this site that also stands on the home page of an unrelated one. ``weaker``: less else on this site
    goes with the number than on the other; otherwise it cannot be told which of the two borrows."""

    licence: Licence
    other: str
    weaker: bool


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as this patrol saw it. ``page``: its home page (title: what the site is called); ``footer`` and ``inside``:
    the lines of the home page and of ``sampled`` other pages in which numbers stand; ``is_read``: something could be
    read on the home page at all; ``stock``: what it sells itself."""

    page: PageFacts
    footer: str
    inside: str
    sampled: int
    field: Field
    is_read: bool = True
    is_collectibles: bool = False
    stock: tuple[Stock, ...] = ()
    shared: tuple[SharedNumber, ...] = ()
    copyright_leads: int = 0
    abroad: tuple[SignalDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """A seller on a site of many. ``page``: its first listing (title and seller: its name, url: its own page)."""

    page: PageFacts
    field: Field
    stock: tuple[Stock, ...]
    copyright_leads: int = 0


def site_key(site: str) -> tuple[str, str]:
    return "site", _digest("site", site)


def shop_key(site: str, seller: str) -> tuple[str, str]:
    return "shop", _digest("shop", site, unicodedata.normalize("NFKC", seller).strip().casefold())


def site_lead(facts: SiteFacts, policy: Policy) -> LeadDraft | None:
    """Return the licence lead of a site, if its signs amount to one."""
    numbers = tuple(n for n in read_numbers(facts.footer) if n.kind not in _NOT_OF_SITE)
    signals = [
        *_filing(facts, numbers, policy),
        *_doubtful(facts, numbers, policy),
        *_shared(facts, policy),
        *_permits(facts, numbers, policy),
    ]
    if signals:
        signals += facts.abroad
    for stock in facts.stock:
        signals += _scripts(stock, policy)
        if signals and stock.goods.licensed:
            signals += [*_breadth(stock, policy), *_examples(stock)]
    return _lead(facts.page, site_key(facts.page.site), facts.field, signals, facts.copyright_leads, policy)


def shop_lead(facts: ShopFacts, policy: Policy) -> LeadDraft | None:
    """Return the licence lead of a shop: publications without a number on its pages, or stock of a breadth that tells."""
    points = policy.weights.credentials
    signals: list[SignalDraft] = []
    for stock in facts.stock:
        signals += _scripts(stock, policy)
        if not stock.goods.licensed or (stock.licences or _sells_its_own(facts.page.seller, stock)):
            continue
        if stock.titles >= policy.weights.publications_at_least:
            values = {"titles": stock.titles, "label": stock.goods.label, "pages": stock.titles}
            signals.append(SignalDraft("shop_without_licence", points.shop_without_licence, "", values))
            signals += [*_breadth(stock, policy), *_examples(stock)]
    key = shop_key(facts.page.site, facts.page.seller)
    return _lead(facts.page, key, facts.field, signals, facts.copyright_leads, policy)


def _lead(
    page: PageFacts,
    key: tuple[str, str],
    field: Field,
    signals: list[SignalDraft],
    copyright_leads: int,
    policy: Policy,
) -> LeadDraft | None:
    if signals and copyright_leads:
        points = policy.weights.credentials.copyright_leads
        values = {"whose": "本店铺" if page.seller else "本网站", "count": copyright_leads}
        signals = [*signals, SignalDraft("copyright_leads", points, "", values)]
    score = round(sum(signal.points for signal in signals), 1)
    grade = policy.weights.grade(score)
    if grade is None:
        return None
    codes = frozenset(signal.code for signal in signals)
    return LeadDraft(
        keys=(key,),
        kind=MatchKind.LICENCE,
        field=field,
        work_id="",
        work_ids=frozenset(),
        grade=grade,
        score=score,
        department=policy.department(field, MatchKind.LICENCE, codes),
        signals=tuple(sorted(signals, key=lambda s: -s.points)),
    )


# -- signs of a site ---------------------------------------------------------------------------------------------------


def _filing(facts: SiteFacts, numbers: tuple[Licence, ...], policy: Policy) -> Iterator[SignalDraft]:
    if any(n.kind in _OF_SITE for n in numbers):
        return
    points = policy.weights.credentials
    inside = next((n for n in read_numbers(facts.inside) if n.kind in _OF_SITE), None)
    if inside is not None:
        yield SignalDraft("icp_inside_only", points.icp_inside_only, "footer", {"number": inside.number})
    elif facts.is_read:
        yield SignalDraft("no_icp", points.no_icp, "footer", {"sampled": facts.sampled})


def _doubtful(facts: SiteFacts, numbers: tuple[Licence, ...], policy: Policy) -> Iterator[SignalDraft]:
    """What a number's own form gives away; each kind of fault weighs once."""
    points = policy.weights.credentials
    left = {"number_place": points.number_place, "number_malformed": points.number_malformed}
    for number in numbers:
        doubt = "；".join(number.doubts)
        if doubt:
            values = {"kind": number.kind.label, "number": number.number, "doubt": doubt}
            code = "number_place" if _BORROWED in doubt else "number_malformed"
            values["doubt"] = doubt.removesuffix(f"，{_BORROWED}")
            yield SignalDraft(code, left[code], _place(facts.footer, number), values)
            left[code] = 0
    places = {n.kind.label: n.place for n in numbers if n.place and n.kind in (*_OF_SITE, LicenceKind.POLICE)}
    if len(set(places.values())) > 1:
        said = "，".join(f"{kind}为“{place}”" for kind, place in places.items())
        yield SignalDraft("places_differ", points.places_differ, "footer", {"places": said})


def _shared(facts: SiteFacts, policy: Policy) -> Iterator[SignalDraft]:
    left = policy.weights.credentials.number_shared
    for shared in facts.shared:
        values = {"kind": shared.licence.kind.label, "number": shared.licence.number, "other": shared.other}
        points = left if shared.weaker else round(left / 2, 1)
        yield SignalDraft("number_shared", points, _place(facts.footer, shared.licence), values)
        left = 0


def _permits(facts: SiteFacts, numbers: tuple[Licence, ...], policy: Policy) -> Iterator[SignalDraft]:
    points = policy.weights.credentials
    kinds = {number.kind for number in numbers}
    stock = _licensed(facts.stock)
    if (
        stock is not None
        and LicenceKind.PUBLICATION not in kinds
        and not stock.licences
        and stock.titles >= policy.weights.publications_at_least
    ):
        values = {"titles": stock.titles, "label": stock.goods.label}
        if "出版物经营许可" in normalise(facts.footer):
            full = points.publication_licence_unnumbered
            yield SignalDraft("publication_licence_unnumbered", full, "footer", values)
        else:
            yield SignalDraft("no_publication_licence", points.no_publication_licence, "footer", values)
    if facts.is_collectibles and LicenceKind.BLOCKCHAIN not in kinds:
        yield SignalDraft("no_blockchain", points.no_blockchain, "footer")


# -- signs of stock ----------------------------------------------------------------------------------------------------


def _licensed(stock: Iterable[Stock]) -> Stock | None:
    return next((part for part in stock if part.goods.licensed), None)


def _breadth(stock: Stock, policy: Policy) -> Iterator[SignalDraft]:
    publishers = len(stock.publishers)
    row = next((r for r in policy.weights.breadth if stock.titles >= r.titles and publishers >= r.publishers), None)
    if row is not None:
        values = {
            "titles": stock.titles,
            "label": stock.goods.label,
            "publishers": publishers,
            "examples": "、".join(stock.publishers[:3]),
        }
        yield SignalDraft("shop_breadth", row.points, "", values)


def _scripts(stock: Stock, policy: Policy) -> list[SignalDraft]:
    """Goods that need no permit tell only by their breadth."""
    broad = list(_breadth(stock, policy)) if not stock.goods.licensed else []
    if not broad:
        return []
    points = policy.weights.credentials.many_scripts
    return [SignalDraft("many_scripts", points, ""), *broad, *_examples(stock)]


def _examples(stock: Stock) -> Iterator[SignalDraft]:
    """A few listings, so that the lead rests on pages that are in evidence."""
    for capture_id, title in stock.examples[:MAX_EXAMPLES]:
        yield SignalDraft("goods_seen", 0, "title:0", {"title": title}, capture_id)


def _sells_its_own(seller: str, stock: Stock) -> bool:
    """A publisher may sell what it published itself (出版管理条例): its only publisher is named in the shop's name."""
    return len(stock.publishers) == 1 and stock.publishers[0].removesuffix("社") in seller


# -- places ------------------------------------------------------------------------------------------------------------


def _place(footer: str, number: Licence) -> str:
    """``footer:OFFSET`` of the line in which the number stands."""
    offset = 0
    for line in footer.splitlines(keepends=True):
        if number.number in normalise(line):
            return f"footer:{offset}"
        offset += len(line)
    return "footer"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
